"""What Discord's refusals mean for a message that has to arrive: pure, no calls."""

from enum import StrEnum

import aiohttp
import discord

from bot.errors import DeliveryPostponed
from cogs.texts.notices import ParkReason

FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0
DOUBLINGS = 6
"""5 s doubled six times is past the longest wait; more would only be a large number."""
DEAD_TOKEN_WAIT_SECONDS = 300.0
"""With a refused bot token nothing works until somebody acts; Discord bans addresses that keep asking."""


class Verdict(StrEnum):
    """What to do about one refused call."""

    GONE = "gone"
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    THREAD_EXISTS = "thread-exists"
    TEXT_REFUSED = "text-refused"
    EDITS_USED_UP = "edits-used-up"
    NO_DIRECT_MESSAGES = "no-direct-messages"
    TICKET_DEAD = "ticket-dead"
    IMPOSSIBLE = "impossible"
    LATER = "later"


# Discord: Opcodes and Status Codes, "JSON Error Codes".
_MEANINGS: dict[Verdict, frozenset[int]] = {
    # Unknown channel, server, message.
    Verdict.GONE: frozenset({10003, 10004, 10008}),
    # Missing access, missing permissions; wrong kind of channel; too many threads, of either kind.
    Verdict.FORBIDDEN: frozenset({50001, 50013, 50024, 160006, 160007}),
    # Thread archived; thread locked.
    Verdict.CLOSED: frozenset({50083, 160005}),
    Verdict.THREAD_EXISTS: frozenset({160004}),
    Verdict.TEXT_REFUSED: frozenset({200000, 200001}),
    Verdict.EDITS_USED_UP: frozenset({30046}),
    # Cannot send to this user; the user and the bot share no server.
    Verdict.NO_DIRECT_MESSAGES: frozenset({50007, 50278}),
    # Unknown webhook, unknown interaction, invalid webhook token.
    Verdict.TICKET_DEAD: frozenset({10015, 10062, 50027}),
}
_VERDICTS = {code: verdict for verdict, codes in _MEANINGS.items() for code in codes}
_PARK_REASONS = {
    Verdict.GONE: ParkReason.GONE,
    Verdict.FORBIDDEN: ParkReason.FORBIDDEN,
    Verdict.CLOSED: ParkReason.CLOSED,
    Verdict.THREAD_EXISTS: ParkReason.CLOSED,
    Verdict.NO_DIRECT_MESSAGES: ParkReason.NO_DIRECT_MESSAGES,
    Verdict.TICKET_DEAD: ParkReason.TOO_LATE,
}

Trouble = discord.HTTPException | discord.RateLimited | aiohttp.ClientError | OSError
"""All that a call to Discord raises; a time-out is an OSError."""
TROUBLE = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)


def verdict_of(error: Trouble) -> Verdict:
    """What to do about a refused or failed call."""
    if not isinstance(error, discord.HTTPException):
        return Verdict.LATER
    known = _VERDICTS.get(error.code)
    if known is not None:
        return known
    if error.status in (401, 408, 429) or error.status >= 500:  # noqa: PLR2004 - where server errors begin
        return Verdict.LATER
    return {403: Verdict.FORBIDDEN, 404: Verdict.GONE}.get(error.status, Verdict.IMPOSSIBLE)


def unless_later(error: Trouble) -> Verdict:
    """What to do about a refused call; raises the error again when the answer is to wait."""
    verdict = verdict_of(error)
    if verdict is Verdict.LATER:
        raise error
    return verdict


def reason_of(verdict: Verdict) -> ParkReason:
    """What is remembered when nothing better than `verdict` was to be had."""
    return _PARK_REASONS.get(verdict, ParkReason.REFUSED)


def postponed(error: Trouble, tries: int) -> DeliveryPostponed:
    """When to try again, after `tries` earlier times."""
    wait_seconds = min(FIRST_WAIT_SECONDS * 2 ** min(tries, DOUBLINGS), LONGEST_WAIT_SECONDS)
    if isinstance(error, discord.RateLimited):
        return DeliveryPostponed(max(wait_seconds, error.retry_after), "rate-limited")
    if isinstance(error, discord.HTTPException):
        if error.status == 401:  # noqa: PLR2004 - HTTP: unauthorised
            wait_seconds = max(wait_seconds, DEAD_TOKEN_WAIT_SECONDS)
        return DeliveryPostponed(wait_seconds, f"http-{error.status}")
    return DeliveryPostponed(wait_seconds, type(error).__name__)
