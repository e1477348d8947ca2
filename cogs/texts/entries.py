"""What somebody is told whom a server's moderators do not let in: what stands in the way, and what to do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.errors import UserFault
from bot.refusals.entries import (
    AlreadyOrdered,
    BlockRefused,
    BotDraining,
    ChannelNotAllowed,
    MemberBlocked,
    PrivateNotAllowed,
    RoleMissing,
    ServerBarred,
    ServerLeft,
    ServerPaused,
    SwitchedOff,
    TooManyRunning,
)
from cogs.markdown import date_and_time, relative, shown
from cogs.texts import notices

REASON_SHOWN = 300
LISTED_AT_MOST = 10
"""Of channels and roles in a sentence."""
_BLOCKS = {
    "yourself": "You cannot block yourself.",
    "bot": "Bots make no characters, so there is nothing to block.",
    "manager": "This member may manage the server, and could unblock themselves. Take that right away first.",
}


def _server_paused(error: ServerPaused) -> str:
    return (
        f"The moderators of this server have paused the making of characters{_until(error.until)}"
        f"{_because(error.reason)}. {notices.NOT_CHARGED}\n"
        "What is running already goes on."
    )


def _switched_off(_: SwitchedOff) -> str:
    return (
        f"The moderators of this server have switched the making of characters off. {notices.NOT_CHARGED}\n"
        "What was made before stays in `/character list`."
    )


def _member_blocked(error: MemberBlocked) -> str:
    who = "You can't make characters here" if error.own else "Whose job this is can't make characters here"
    return (
        f"{who}{_until(error.until)}{_because(error.reason)}. {notices.NOT_CHARGED}\n"
        "Questions: the moderators of this server decide about it."
    )


def _channel_not_allowed(error: ChannelNotAllowed) -> str:
    channels = _listed([f"<#{channel_id}>" for channel_id in error.channel_ids])
    return (
        f"In this server, characters can be made in {channels} and the threads there. {notices.NOT_CHARGED}"
    )


def _role_missing(error: RoleMissing) -> str:
    roles = _listed([f"<@&{role_id}>" for role_id in error.role_ids])
    if error.unseen:
        return (
            "In the server that this belongs to, it takes one of its roles, and I can't see yours from here. "
            f"{notices.NOT_CHARGED}\nAsk for it there: `/character retry`, or for a renewal "
            "`/character refresh`."
        )
    return (
        f"In this server, characters are for those who have one of these roles: {roles}. "
        f"{notices.NOT_CHARGED}\nThe moderators of this server give them."
    )


def _too_many_running(error: TooManyRunning) -> str:
    return (
        f"You have {error.running} running, and {error.limit} at once is the limit here. "
        f"{notices.NOT_CHARGED}\n"
        "Send it again when one is done, or cancel one: `/character status` shows them."
    )


def _already_ordered(error: AlreadyOrdered) -> str:
    return (
        f"You sent this same clip with the same words {relative(error.created_at)}: it is job "
        f"**{error.reference}**, and `/character status` shows it. Nothing more was charged.\n"
        "I know a clip by its file's name and size here. If it is another one, or you want a second "
        "character, change a word."
    )


def _block_refused(error: BlockRefused) -> str:
    return f"{_BLOCKS[error.why]} Nothing was changed."


def _bot_draining(error: BotDraining) -> str:
    said = f"They say: {shown(error.message, REASON_SHOWN)}\n" if error.message else ""
    return (
        "The people who run this bot let it begin nothing new just now; what is running is finished. "
        f"{notices.NOT_CHARGED}\n{said}Try again later."
    )


def _server_barred(error: ServerBarred) -> str:
    return (
        f"The people who run this bot let nothing new be made in this server{_because(error.reason)}. "
        f"{notices.NOT_CHARGED}\nThe moderators of this server can ask them about it."
    )


def _private_not_allowed(_: PrivateNotAllowed) -> str:
    return (
        f"In this server results are for everybody to see, the moderators decided. {notices.NOT_CHARGED}\n"
        "Leave out `visibility` to have it made here, or order it in a direct message to me."
    )


def _server_left(_: ServerLeft) -> str:
    return (
        f"I was removed from the server that this belongs to. {notices.NOT_CHARGED}\n"
        "In another server, or in a direct message to me, you can start a new one with `/character create`."
    )


def _until(until: datetime | None) -> str:
    return "" if until is None else f" until {date_and_time(until)}"


def _because(reason: str | None) -> str:
    return f" (reason: {shown(reason, REASON_SHOWN)})" if reason else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED_AT_MOST} more" if len(names) > LISTED_AT_MOST else ""
    return ", ".join(names[:LISTED_AT_MOST]) + more


TEXTS: dict[type[UserFault], Callable[[Any], str]] = {
    SwitchedOff: _switched_off,
    ServerPaused: _server_paused,
    MemberBlocked: _member_blocked,
    ChannelNotAllowed: _channel_not_allowed,
    RoleMissing: _role_missing,
    PrivateNotAllowed: _private_not_allowed,
    TooManyRunning: _too_many_running,
    AlreadyOrdered: _already_ordered,
    BlockRefused: _block_refused,
    BotDraining: _bot_draining,
    ServerBarred: _server_barred,
    ServerLeft: _server_left,
}
