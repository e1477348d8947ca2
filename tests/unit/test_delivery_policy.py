"""What each refusal of Discord's means for a message that has to arrive."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from cogs.delivery.policy import Trouble, Verdict, postponed, reason_of, unless_later, verdict_of
from cogs.texts.notices import ParkReason


def refused(status: int, code: int = 0) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="")
    return discord.HTTPException(response, {"code": code, "message": "refused"})


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (404, 10003, Verdict.GONE),
        (404, 10004, Verdict.GONE),
        (404, 10008, Verdict.GONE),
        (404, 0, Verdict.GONE),
        (403, 50001, Verdict.FORBIDDEN),
        (403, 50013, Verdict.FORBIDDEN),
        (403, 0, Verdict.FORBIDDEN),
        (400, 50024, Verdict.FORBIDDEN),
        (400, 160006, Verdict.FORBIDDEN),
        (400, 160007, Verdict.FORBIDDEN),
        (400, 50083, Verdict.CLOSED),
        (400, 160005, Verdict.CLOSED),
        (400, 160004, Verdict.THREAD_EXISTS),
        (400, 200000, Verdict.TEXT_REFUSED),
        (400, 200001, Verdict.TEXT_REFUSED),
        (429, 30046, Verdict.EDITS_USED_UP),
        (403, 50007, Verdict.NO_DIRECT_MESSAGES),
        (403, 50278, Verdict.NO_DIRECT_MESSAGES),
        (401, 50027, Verdict.TICKET_DEAD),
        (404, 10015, Verdict.TICKET_DEAD),
        (404, 10062, Verdict.TICKET_DEAD),
        (400, 50035, Verdict.IMPOSSIBLE),
        (429, 20028, Verdict.LATER),
        (429, 0, Verdict.LATER),
        (401, 0, Verdict.LATER),
        (408, 0, Verdict.LATER),
        (500, 0, Verdict.LATER),
        (503, 0, Verdict.LATER),
        (520, 0, Verdict.LATER),
    ],
)
def test_every_refusal_has_its_verdict(status: int, code: int, verdict: Verdict) -> None:
    assert verdict_of(refused(status, code)) is verdict


@pytest.mark.parametrize(
    "error",
    [
        discord.RateLimited(90.0),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        ConnectionResetError(104, "reset by peer"),
        TimeoutError(),
    ],
)
def test_a_call_that_got_no_answer_is_made_again_later(error: Trouble) -> None:
    assert verdict_of(error) is Verdict.LATER
    assert postponed(error, 0).after_seconds >= 5
    with pytest.raises(type(error)):
        unless_later(error)


def test_a_refused_bot_token_is_not_tried_often() -> None:
    assert postponed(refused(401), 0).after_seconds == 300
    assert postponed(refused(503), 0).after_seconds == 5


def test_the_cause_is_a_short_word_without_any_address() -> None:
    assert postponed(refused(503), 0).cause == "http-503"
    assert postponed(discord.RateLimited(90.0), 0).cause == "rate-limited"
    assert postponed(ConnectionResetError(104, "https://secret.example"), 0).cause == "ConnectionResetError"


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.LATER])
def test_every_verdict_that_ends_a_delivery_has_a_reason(verdict: Verdict) -> None:
    assert reason_of(verdict) in set(ParkReason)
