"""The sentences of private answers: refusals, confirmations, and the short words of the lists.

A refusal says what happened, what it cost, and what to do now. No function here takes a member's own words:
those are added where the answer is put together.
"""

from collections.abc import Callable
from typing import Any

from bot.errors import (
    AttachmentGone,
    AttachmentUnreachable,
    AttemptsExhausted,
    ClipRejected,
    ClipWithdrawn,
    CuttingBusy,
    FormLapsed,
    FormUsed,
    LimitReached,
    MessageUnreadable,
    NoClipThere,
    NotAllowed,
    NotCancellable,
    NotFound,
    NotOffered,
    NotRetryable,
    PartNotThere,
    PermissionsMissing,
    ServerNotAllowed,
    SettingRefused,
    TextTooLong,
    UserFault,
    WrongPlace,
)
from bot.model import FREE_STATES, OPEN_STATES, AttemptState
from bot.orders.source_task import SourceRefused
from bot.refusals.library import (
    BeingRenewed,
    ClipGone,
    NameEmpty,
    NameTaken,
    NotMadeThere,
    NotShareable,
    PictureSettled,
    PictureUnavailable,
    RenewalUnknown,
    RenewedSince,
)
from bot.refusals.moves import NotMovable
from bot.refusals.reviews import ReviewOver
from bot.refusals.rules import RuleRefused, TextRefused
from cogs.markdown import relative, shown
from cogs.texts import (
    entries,
    failover,
    library,
    offers,
    picturing,
    privacy,
    reports,
    reviews,
    sources,
    takedowns,
    text_rules,
    withheld,
)
from cogs.texts.faults import of_rule

NOTHING_USED = "Nothing was charged."

SAFETY_PRESETS = (
    "Keep it suitable for children of all ages.",
    "No weapons, no violence, no frightening scenes.",
    "No alcohol, tobacco, drugs or gambling.",
    "No politics, no religion, no brands or logos.",
    "Always fully clothed; no romance.",
    "Speak politely; no swearing and no insults.",
)
"""What the `safety` option offers; each at most 100 characters (Discord: Application Commands)."""

OUTDATED = (
    f"Discord sent this command in a form that I don't know. {NOTHING_USED}\n"
    "Restart Discord, or press Ctrl+R, and send it again."
)
EARLIER_ATTEMPT = (
    f"This button is from an earlier attempt. {NOTHING_USED} "
    "The newest message about the job has the right one, and so has `/character status`."
)
BUSY = "This job is changing at this very moment. Try again in a few seconds."
OLD_CONTROL = "This control is from an older version. Use `/character status` instead."
SEND_ANOTHER = "Send another one with `/character create`."
OLD_FORM = (
    f"This form is from an older version, and I could not read it. {NOTHING_USED}\n"
    "Open a new one with `/character new`."
)
PRIVATE_ACCEPTED = (
    "Only you see this. I'm looking at your clip now, and go on in a private thread here or, if I can't make "
    "one, in a direct message. `/character status` shows how it stands."
)
NOTHING_RUNNING = "Nothing running. `/character create` starts something."
VALUE_SHOWN = 60
"""Of a value that a setting does not take."""
MORE = "-# There is more, but no room for it here."
JUMP_LABEL = "Jump to it"
BACK_LABEL = "◀"
ON_LABEL = "▶"
PRESENT_STATE = "How it stands now:"
PROMPT_TITLE = "Your prompt:"
SAFETY_TITLE = "Your safety text:"
CUT = "The beginning only; the whole text is in the attached file."

_OPTION_NAMES = {"prompt": "prompt", "safety": "safety text", "name": "name"}
_PERMISSION_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "read_message_history": "Read Message History",
}
_ACTIONS = {
    "retry": "Only the person who started this, or a moderator here, can try it again.",
    "cancel": "Only the person who started this, or a moderator here, can cancel it.",
    "move": "Only the person who started this, or a moderator here, can have it made elsewhere.",
    "cut": "Only the person who sent this clip can choose the part to keep.",
    "administer": "This is for people with the permission **Manage Server** or a role in `admin_roles`. "
    "Nothing was changed.",
    "oversee": "These buttons are for people with the permission **Manage Server** or a role in `mod_roles`.",
    "react": "In this server reactions try nothing again; the button **Try again** does.",
    "operate": "This is for the people who run this bot: the owner of its application, and its team.",
    "ask": "I don't take commands from other bots.",
    "post": "I post a character for its owner, or where it is shared with the whole server.",
    "post-elsewhere": "I post a character only in the server it was made in, whose moderators can take it "
    "down. Without `post` I show it to you alone.",
    "review": "Only the moderators of this server decide about this.",
    "review-own": (
        "Nobody decides about their own. It waits for somebody else, for a day at most, and costs nothing "
        "meanwhile: whoever has **Manage Messages** here, **Manage Server**, or a role in `mod_roles`. Where "
        "there is nobody else, whoever has **Manage Server** can give such a role with "
        "`/characters-admin set`, or set `approval` to `off` there and order anew."
    ),
    "pick": "Only the person who posted a clip can use it.",
}
_LIMITS = {
    "bot-day": "of this bot for a day, for everybody together,",
    "member-day": "of yours for a day in this server",
    "server-day": "of this server for a day, for everybody together,",
}
_NOT_FOUND = {
    "job": "I found no such job of yours here. `/character status` lists what I know.",
    "character": "I found no such character of yours. `/character list` shows them.",
    "review": "There is no such thing to decide about here. `/characters-admin queue` lists what waits.",
    "any-job": "No job is called so. Give its reference, such as 7F3A-21QX, or its whole id.",
    "bulk": "I found no such list of jobs in this server. Run `/characters-admin bulk` again.",
    "removable": "I found nothing in this server that is called so. Give the reference that my messages "
    "about it end with, such as 7F3A-21QX, or the id of the character.",
    "reportable": "I found nothing in that message that was made here. Use the menu on a message of mine "
    "that shows a character, or what it is made of.",
    "report": "There is no such report in this server. `/characters-admin queue` lists what waits.",
    "server-job": "I found no such job in this server. `/characters-admin jobs` lists those that there are.",
}
_NOT_RETRYABLE: dict[AttemptState, str] = {
    AttemptState.SUCCEEDED: "This one worked: its character is in `/character list`.",
    AttemptState.REJECTED: "Its clip was refused, so there is nothing to try again with. "
    "Send another clip with `/character create`.",
    AttemptState.FAILED: "This one cannot be tried again. Another clip or prompt can be sent with "
    "`/character create`.",
    AttemptState.CANCELLED: "I kept no clip of it to try again with. "
    "Send it once more with `/character create`.",
}


def refusal(error: UserFault) -> str:
    """What a person is told about something that they can change."""
    return _TEXTS[type(error)](error)


def has_text(kind: type[UserFault]) -> bool:
    return kind in _TEXTS


def records_unavailable(reference: str) -> str:
    """While the database does not do its work; the same reference is in the log."""
    return (
        "My own records are out of reach at the moment, so I changed nothing. "
        f"{NOTHING_USED} Try again in a minute.\n"
        f"If it stays like this, tell the bot's operator this reference: `{reference}`"
    )


def internal(reference: str) -> str:
    """For everything that was not foreseen; the same reference is in the log."""
    return (
        "Something broke on my side, and I stopped there. What you had before is still there.\n"
        f"If it happens again, tell the bot's operator this reference: `{reference}`"
    )


def trying_again(attempt_word: str, state: AttemptState) -> str:
    asked = f" {withheld.GOES_TO_MODERATOR}" if state is AttemptState.REVIEW else ""
    return f"Trying again: {attempt_word}.{asked}"


def cancelled(state_before: AttemptState) -> str:
    """Honest about the money: what was free when it was stopped, and what may not have been."""
    return f"Cancelled. {charge_word(state_before)}"


def charge_word(state: AttemptState) -> str:
    if state in FREE_STATES:
        return "Nothing was charged."
    return "The provider had already started; it may still be charged."


def _clip_rejected(error: ClipRejected) -> str:
    text = of_rule(error.rule, error.found, error.accepted)
    return f"{text.what} {NOTHING_USED}\n{text.now} Then send it again."


def _text_too_long(error: TextTooLong) -> str:
    name = _OPTION_NAMES.get(error.option, error.option)
    over = error.length - error.limit
    shorten = f"Shorten it by {over:,} and send it again; an emoji counts as two or more."
    if not error.floor_length:
        fact = f"Your {name} is {error.length:,} characters long; the limit is {error.limit:,}."
        return f"{fact} {NOTHING_USED}\n{shorten}"
    fact = (
        f"Your {name} comes to {error.length:,} characters together with the {error.floor_length:,} of this "
        f"bot's own safety text, which always applies; the limit is {error.limit:,}."
    )
    return f"{fact} {NOTHING_USED}\n{shorten}"


def _attachment_gone(error: AttachmentGone) -> str:
    return (
        f"Discord no longer gives out that clip (it answered {error.status}). {NOTHING_USED}\n"
        "Attach it again with `/character create`."
    )


def _attachment_unreachable(_: AttachmentUnreachable) -> str:
    return f"I could not fetch that clip from Discord just now. {NOTHING_USED}\nTry again in a minute."


def _no_clip_there(_: NoClipThere) -> str:
    return (
        f"There is no video in that message. {NOTHING_USED}\n"
        "Use the menu on a message of yours with a clip of 1 to 4 seconds, or `/character create`."
    )


def _clip_withdrawn(_: ClipWithdrawn) -> str:
    return (
        f"The message with that clip, or the clip in it, was deleted, so I left it alone. {NOTHING_USED}\n"
        "Post the clip again, or attach it to `/character create`."
    )


def _message_unreadable(error: MessageUnreadable) -> str:
    return (
        f"I can't read the messages of <#{error.channel_id}>, so I take no clip from one. {NOTHING_USED}\n"
        "I need **View Channel** and **Read Message History** there. In a channel that I can read you can "
        "attach the clip to `/character create`."
    )


def _form_used(_: FormUsed) -> str:
    return (
        "This form was sent before, and is one job: `/character status` shows it. "
        "Nothing was charged for sending it twice."
    )


def _form_lapsed(_: FormLapsed) -> str:
    return (
        f"This form was open for too long, and I no longer know its clip. {NOTHING_USED}\n"
        "Use the menu on the message once more."
    )


def _wrong_place(_: WrongPlace) -> str:
    return (
        f"I can't work in this kind of conversation: I could not tell you the result here. {NOTHING_USED}\n"
        "Use a text channel, a thread or a voice chat of a server, or a direct message with me."
    )


def _server_not_allowed(error: ServerNotAllowed) -> str:
    return (
        f"This bot is not switched on for this server. {NOTHING_USED}\n"
        f"Its operator can allow it: the server's id is `{error.guild_id}`."
    )


def _permissions_missing(error: PermissionsMissing) -> str:
    names = ", ".join(f"**{_PERMISSION_NAMES.get(name, name)}**" for name in error.permissions)
    return (
        f"I can't post in <#{error.channel_id}> yet, so I did not start. {NOTHING_USED}\n"
        f"I lack: {names}.\nA moderator can give them to me in the channel's settings, under Permissions."
    )


def _limit_reached(error: LimitReached) -> str:
    whose = _LIMITS.get(error.scope, "here")
    when = relative(error.resets_at)
    if error.limit == 0:
        return (
            f"The limit {whose} is 0, so nothing can be made. {NOTHING_USED}\nOnly those who set it can help."
        )
    return (
        f"The limit {whose} is used up: {error.limit:,} of {error.limit:,} attempts, none is left. "
        f"{NOTHING_USED}\nIt starts afresh {when}; send it again then."
    )


def _not_found(error: NotFound) -> str:
    return _NOT_FOUND.get(error.thing, "I found no such thing of yours here.")


def _not_allowed(error: NotAllowed) -> str:
    return _ACTIONS.get(error.action, "That is not yours to do here.")


def _not_retryable(error: NotRetryable) -> str:
    if error.state in OPEN_STATES:
        reason = "This is running already."
    else:
        reason = _NOT_RETRYABLE.get(error.state, "This cannot be tried again as it stands.")
    return f"{reason} {NOTHING_USED}"


def _attempts_exhausted(error: AttemptsExhausted) -> str:
    return (
        f"All {error.limit} of {error.limit} attempts for this clip are used. {NOTHING_USED}\n"
        "Start afresh with `/character create`; a different clip often works."
    )


def _not_cancellable(error: NotCancellable) -> str:
    if error.state is AttemptState.SUBMITTING:
        return "It is being handed to the provider this very moment. Try again in a few seconds."
    if error.state is AttemptState.UNKNOWN:
        return "Nobody knows whether the provider took it, so there is nothing to cancel."
    return "It has ended already, so there is nothing to cancel."


def _setting_refused(error: SettingRefused) -> str:
    found = shown(error.found, VALUE_SHOWN) or "nothing"
    if error.name == "setting":
        return f"There is no setting {found}. Nothing was changed.\nThere are: {error.accepted}."
    return f"`{error.name}` does not take {found}. Nothing was changed.\nIt takes {error.accepted}."


_TEXTS: dict[type[UserFault], Callable[[Any], str]] = {
    ClipRejected: _clip_rejected,
    TextTooLong: _text_too_long,
    AttachmentGone: _attachment_gone,
    AttachmentUnreachable: _attachment_unreachable,
    NoClipThere: _no_clip_there,
    ClipWithdrawn: _clip_withdrawn,
    MessageUnreadable: _message_unreadable,
    FormUsed: _form_used,
    FormLapsed: _form_lapsed,
    WrongPlace: _wrong_place,
    ServerNotAllowed: _server_not_allowed,
    PermissionsMissing: _permissions_missing,
    LimitReached: _limit_reached,
    NotFound: _not_found,
    NotAllowed: _not_allowed,
    NotRetryable: _not_retryable,
    AttemptsExhausted: _attempts_exhausted,
    NotCancellable: _not_cancellable,
    NotOffered: offers.not_offered,
    PartNotThere: offers.part_not_there,
    CuttingBusy: offers.busy,
    NotMovable: failover.not_movable,
    SourceRefused: sources.refused,
    SettingRefused: _setting_refused,
    NameTaken: library.name_taken,
    NameEmpty: library.name_empty,
    NotShareable: library.not_shareable,
    BeingRenewed: library.being_renewed,
    RenewedSince: library.renewed_since,
    RenewalUnknown: library.renewal_unknown,
    ClipGone: library.clip_gone,
    ReviewOver: reviews.review_over,
    RuleRefused: text_rules.rule_refused,
    TextRefused: text_rules.text_refused,
    NotMadeThere: failover.not_made_there,
    PictureSettled: picturing.settled,
    PictureUnavailable: picturing.unavailable,
    **entries.TEXTS,
    **privacy.TEXTS,
    **takedowns.TEXTS,
    **reports.TEXTS,
}
