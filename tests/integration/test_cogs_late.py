"""A database that takes its time: everybody is answered within three seconds, and nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import RecordsUnavailable
from bot.jobs import desk
from bot.model import AttemptState
from cogs import presses
from sandbox.discord.asks import RecordedRequest
from sandbox.discord.messages import Message
from tests.integration.cogs_studio import Studio, finish_work, open_studio, states, text_of

CALLBACK = "/interactions/*/*/callback"
ALREADY_ACKNOWLEDGED = 40060
OUT_OF_REACH = "My own records are out of reach"
_S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.fixture
async def failure(studio: Studio) -> Message:
    _, message = await studio.failed(await studio.accepted())
    return message


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long now is late soon."""
    monkeypatch.setattr(desk, "STORE_SECONDS", 0.05)
    monkeypatch.setattr(presses, "LATE_SECONDS", 0.05)


def held_up(studio: Studio, verb: str, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The store does this only once the event is set, and that is late."""
    hurry(monkeypatch)
    opened = asyncio.Event()
    real: Callable[..., Any] = getattr(studio.jobs, verb)

    async def late(*given: Any, **options: Any) -> Any:
        await opened.wait()
        return await real(*given, **options)

    monkeypatch.setattr(studio.jobs, verb, late)
    return opened


def broken(studio: Studio, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_off(*_: Any, **__: Any) -> None:
        raise RecordsUnavailable("database or disk is full")

    monkeypatch.setattr(studio.jobs, verb, break_off)


async def test_a_command_that_cannot_be_stored_in_time_is_refused_and_leaves_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = held_up(studio, "accept", monkeypatch)
    with capture_logs() as logs:
        call = await studio.create()

        told = text_of(await call.first_response())

    assert OUT_OF_REACH in told
    assert "Nothing was charged" in told
    assert "fox detective" in told, "the member's own words come back"
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["records_unavailable"]
    opened.set()
    await finish_work()
    await asyncio.gather(*studio.desk._taking_back)
    assert await studio.jobs_of(studio.mira) == []


async def test_a_full_disk_is_told_at_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(studio, "accept", monkeypatch)

    told = text_of(await (await studio.create()).first_response())

    assert OUT_OF_REACH in told
    assert "fox detective" in told


async def test_an_acknowledgement_that_cannot_be_stored_alarms_nobody_but_the_operator(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is there, and the machine finds it by itself."""
    broken(studio, "acknowledge", monkeypatch)
    with capture_logs() as logs:
        call = await studio.create()
        response = await call.first_response()
        await finish_work()

    assert response.message is not None
    assert not response.ephemeral
    assert call.followups == []
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["acknowledgement_not_stored"]
    assert await states(studio) == [(1, _S.RECEIVED)]


async def test_a_press_that_takes_long_is_acknowledged_first_and_answered_later(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = held_up(studio, "open_attempt", monkeypatch)

    call = await studio.mira.press(failure, "Try again")
    response = await call.first_response()
    opened.set()
    answer = await call.wait_for_followup()

    assert (response.kind, response.ephemeral) == ("deferred", True)
    assert answer.ephemeral
    assert answer.text == "Trying again: attempt 2 of 3."
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_press_that_takes_long_and_fails_is_told_so(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    opened = asyncio.Event()

    async def late_and_broken(*_: Any, **__: Any) -> None:
        await opened.wait()
        raise RecordsUnavailable("database is locked")

    monkeypatch.setattr(studio.jobs, "open_attempt", late_and_broken)

    call = await studio.mira.press(failure, "Try again")
    await call.first_response()
    opened.set()

    assert OUT_OF_REACH in (await call.wait_for_followup()).text
    assert await states(studio) == [(1, _S.FAILED)]


async def test_an_answer_that_meets_the_acknowledgement_on_its_way_comes_after_it(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = held_up(studio, "open_attempt", monkeypatch)

    async def let_the_press_go_on(_: RecordedRequest) -> None:
        if not opened.is_set():
            opened.set()
            await studio.desk.until(lambda: studio.desk.retries or None)
            await asyncio.sleep(0)  # and now the answer is on its way too

    studio.discord.faults.on_request("POST", CALLBACK, let_the_press_go_on, when="after")

    call = await studio.mira.press(failure, "Try again")

    assert (await call.wait_for_followup()).text == "Trying again: attempt 2 of 3."
    assert ALREADY_ACKNOWLEDGED in {one.code for one in studio.discord.requests}


async def test_a_quick_press_is_answered_at_once(studio: Studio, failure: Message) -> None:
    call = await studio.mira.press(failure, "Try again")

    assert text_of(await call.first_response()) == "Trying again: attempt 2 of 3."
    assert call.followups == []
