"""Routes that go by an interaction's token: its original answer and its follow-ups."""

from typing import Final

from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route, snowflake
from sandbox.discord.calls import Call
from sandbox.discord.errors import refusal
from sandbox.discord.form import MessageForm, read_form
from sandbox.discord.messages import Message
from sandbox.discord.rest_callbacks import ANSWER_FLAGS, posted_by
from sandbox.discord.rest_messages import change_of
from sandbox.discord.sending import edit
from sandbox.discord.shapes import message_json

ORIGINAL: Final = "@original"


def _call(ask: Ask) -> Call:
    """The call whose token this is.

    Raises:
        Refusal: 50027 unknown or older than 15 minutes, 10015 not answered yet or another application.
    """
    if ask.number("webhook_id") != ask.world.application_id:
        raise refusal(10015)
    call = ask.world.calls.get(ask.params["webhook_token"])
    if call is None or call.is_expired:
        raise refusal(50027)
    if call.response is None:
        raise refusal(10015)
    return call


def _message(ask: Ask, call: Call) -> Message:
    named = ask.params.get("message_id", ORIGINAL)
    message = call.original
    if named != ORIGINAL:
        number = snowflake(named, "message_id")
        mine = [one for one in (call.original, *call.followups) if one is not None]
        message = next((one for one in mine if one.id == number), None)
    if message is None or message.deleted:
        raise refusal(10008)
    return message


def create_followup(ask: Ask) -> Answer:
    """A further message. The first one after "is thinking" takes its place, and keeps its visibility."""
    call = _call(ask)
    form = read_form(ask.body, ask.uploads)
    original = call.original
    if original is not None and original.loading and not original.deleted:
        return Answer(200, message_json(_changed(ask, call, original, form)))
    message = posted_by(call, ask, form, (form.flags or 0) & ANSWER_FLAGS)
    call.followups.append(message)
    ask.world.changed()
    return Answer(200, message_json(message))


def _changed(ask: Ask, call: Call, message: Message, form: MessageForm) -> Message:
    was_loading = message.loading
    edit(message, change_of(ask, message, form))
    if was_loading:
        call.followups.append(message)
        ask.world.changed()
    return message


def read_answer(ask: Ask) -> Answer:
    return Answer(200, message_json(_message(ask, _call(ask))))


def update_answer(ask: Ask) -> Answer:
    call = _call(ask)
    message = _message(ask, call)
    form = read_form(ask.body, ask.uploads, message)
    return Answer(200, message_json(_changed(ask, call, message, form)))


def delete_answer(ask: Ask) -> Answer:
    _message(ask, _call(ask)).delete()
    return NO_CONTENT


WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES: Final = (
    Route("POST", WEBHOOK, create_followup),
    *(
        route
        for path in (f"{WEBHOOK}/messages/{ORIGINAL}", f"{WEBHOOK}/messages/{{message_id}}")
        for route in (
            Route("GET", path, read_answer),
            Route("PATCH", path, update_answer),
            Route("DELETE", path, delete_answer),
        )
    ),
)
