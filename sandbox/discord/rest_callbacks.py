"""The route that answers an interaction."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route
from sandbox.discord.calls import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Call
from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.form import MessageForm, read_form
from sandbox.discord.hub import Json
from sandbox.discord.messages import COMPONENTS_V2, EPHEMERAL, LOADING, SUPPRESS_EMBEDS, Message
from sandbox.discord.modal_rules import check_modal
from sandbox.discord.rest_messages import change_of
from sandbox.discord.sending import COMMAND_ANSWER_KIND, DEFAULT_KIND, NewMessage, edit, post
from sandbox.discord.shapes import message_json

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
# Discord: Receiving and Responding, Interaction Callback Type. Which answer each kind of call takes.
ACCEPTED: Final[Mapping[int, tuple[int, ...]]] = {
    COMMAND: (MESSAGE, DEFERRED, MODAL),
    COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
}
CHOICES_LIMIT: Final = 25
CHOICE_LIMIT: Final = 100  # characters of its name, and of a text value
ANSWER_FLAGS: Final = SUPPRESS_EMBEDS | EPHEMERAL | 1 << 12 | COMPONENTS_V2


def answer_interaction(ask: Ask) -> Answer:
    """The first answer to a call.

    Raises:
        Refusal: 10062 unknown or older than three seconds, 40060 answered before, 50035.
    """
    call = ask.world.calls.get(ask.params["interaction_token"])
    if call is None or call.id != ask.number("interaction_id"):
        raise refusal(10062)
    if call.response is not None:
        raise refusal(40060)
    if call.is_too_late:
        raise refusal(10062)
    kind: Any = ask.body.get("type") if isinstance(ask.body, dict) else None
    _check_kind(call, kind)
    ANSWERS[kind](ask, call, ask.body.get("data") or {})
    return Answer(200, _receipt(call, kind)) if ask.flag("with_response") else NO_CONTENT


def _check_kind(call: Call, kind: Any) -> None:
    faults = FormFaults()
    accepted = ACCEPTED[call.kind]
    if call.message is None:
        accepted = tuple(one for one in accepted if one not in {DEFERRED_UPDATE, UPDATE})
    faults.choice(("type",), kind, accepted)
    faults.raise_if_found()


def _receipt(call: Call, kind: int) -> Json:
    """Discord: Interaction Callback Response Object. Deferred answers come without `resource`."""
    interaction: Json = {"id": str(call.id), "type": call.kind}
    shape: Json = {"interaction": interaction}
    if call.original is not None:
        interaction["response_message_id"] = str(call.original.id)
        interaction["response_message_loading"] = call.original.loading
        interaction["response_message_ephemeral"] = call.original.ephemeral
        if kind in {MESSAGE, UPDATE}:
            shape["resource"] = {"type": kind, "message": message_json(call.original)}
    return shape


def posted_by(call: Call, ask: Ask, form: MessageForm, flags: int) -> Message:
    """A new message in the name of the call.

    Raises:
        Refusal: 50006 for nothing at all.
    """
    if not (form.content or form.embeds or form.components or form.uploads):
        raise refusal(50006)
    folder = "ephemeral-attachments" if flags & EPHEMERAL else "attachments"
    files = form.files(ask.world, f"{folder}/{call.channel.id}") or []
    is_first_to_command = call.kind == COMMAND and call.original is None
    new = NewMessage(
        author=ask.world.bot,
        content=form.content or "",
        embeds=form.embeds or (),
        components=form.shown_components(ask.world, files) or (),
        flags=flags,
        files=files,
        allowed_mentions=form.allowed_mentions,
        kind=COMMAND_ANSWER_KIND if is_first_to_command else DEFAULT_KIND,
        metadata=call.metadata(),
        webhook_id=ask.world.application_id,
        visible_to=call.user if flags & EPHEMERAL else None,
    )
    return post(call.channel, new)


def _message(ask: Ask, call: Call, content: Json) -> None:
    form = read_form(content, ask.uploads)
    call.original = posted_by(call, ask, form, (form.flags or 0) & ANSWER_FLAGS)
    call.answered(MESSAGE)


def _deferred(ask: Ask, call: Call, content: Json) -> None:
    """Show that the bot is thinking. Only the ephemeral flag is heeded."""
    flags = LOADING | (content.get("flags") or 0) & EPHEMERAL
    new = NewMessage(
        author=ask.world.bot,
        flags=flags,
        kind=COMMAND_ANSWER_KIND if call.kind == COMMAND else DEFAULT_KIND,
        metadata=call.metadata(),
        webhook_id=ask.world.application_id,
        visible_to=call.user if flags & EPHEMERAL else None,
    )
    call.original = post(call.channel, new)
    call.answered(DEFERRED)


def _deferred_update(ask: Ask, call: Call, content: Json) -> None:
    del ask, content
    call.original = call.message
    call.answered(DEFERRED_UPDATE)


def _update(ask: Ask, call: Call, content: Json) -> None:
    message = call.message
    if message is None or message.deleted:
        raise refusal(10008)
    form = read_form(content, ask.uploads, message)
    edit(message, change_of(ask, message, form))
    call.original = message
    call.answered(UPDATE)


def _choices(ask: Ask, call: Call, content: Json) -> None:
    del ask
    faults = FormFaults()
    choices = content.get("choices")
    faults.length(("data", "choices"), choices, 0, CHOICES_LIMIT)
    for index, choice in enumerate(choices if isinstance(choices, list) else []):
        path = ("data", "choices", index)
        faults.length((*path, "name"), choice.get("name"), 1, CHOICE_LIMIT)
        if isinstance(choice.get("value"), str):
            faults.length((*path, "value"), choice["value"], 1, CHOICE_LIMIT)
    faults.raise_if_found()
    call.answered(CHOICES, choices=tuple(choices or ()))


def _modal(ask: Ask, call: Call, content: Json) -> None:
    del ask
    check_modal(content)
    call.answered(MODAL, modal=content)


ANSWERS: Final[Mapping[Any, Callable[[Ask, Call, Json], None]]] = {
    MESSAGE: _message,
    DEFERRED: _deferred,
    DEFERRED_UPDATE: _deferred_update,
    UPDATE: _update,
    CHOICES: _choices,
    MODAL: _modal,
}
ROUTES: Final = (
    Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", answer_interaction),
)
