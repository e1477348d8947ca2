"""The listener over a real socket: whether we live, and whether we can do our job."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.web import listener as listening
from bot.web.listener import CannotListen, Check, listener

HOST = "127.0.0.1"
LIMIT_SECONDS = 20.0


async def fine() -> bool:
    return True


async def failing() -> bool:
    return False


async def breaking() -> bool:
    raise OSError("database is locked")


async def hanging() -> bool:
    await asyncio.Event().wait()
    return True


@asynccontextmanager
async def asking(**checks: Check) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a listener with these checks."""
    async with (
        listener(HOST, 0, checks) as port,
        aiohttp.ClientSession(f"http://{HOST}:{port}") as session,
    ):
        yield session


@pytest.mark.parametrize("check", [fine, failing, breaking])
async def test_we_live_as_long_as_we_answer_whatever_else_is_broken(check: Check) -> None:
    async with asking(database=check) as session, session.get("/healthz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"status": "alive"}


async def test_we_are_ready_when_every_check_passes() -> None:
    async with asking(database=fine, discord=fine) as session, session.get("/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"status": "ready", "checks": {"database": True, "discord": True}}


@pytest.mark.parametrize("check", [failing, breaking])
async def test_we_are_not_ready_while_a_check_fails_and_say_which(check: Check) -> None:
    async with asking(database=fine, discord=check) as session, session.get("/readyz") as answer:
        assert answer.status == 503
        assert await answer.json() == {"status": "not ready", "checks": {"database": True, "discord": False}}


async def test_a_check_that_hangs_counts_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "CHECK_SECONDS", 0.01)

    async with asking(database=hanging) as session, session.get("/readyz") as answer:
        assert answer.status == 503


async def test_readiness_is_asked_for_anew_each_time() -> None:
    answers = iter([True, False, True])

    async def changing() -> bool:
        return next(answers)

    async with asking(database=changing) as session:
        statuses = []
        for _ in range(3):
            async with session.get("/readyz") as answer:
                statuses.append(answer.status)

    assert statuses == [200, 503, 200]


@pytest.mark.parametrize("path", ["/", "/healthz/", "/readyz/x", "/metrics/../etc/passwd", "/%2e%2e/secret"])
async def test_there_is_nothing_else_to_see(path: str) -> None:
    async with asking(database=fine) as session, session.get(path) as answer:
        assert answer.status == 404


async def test_nothing_can_be_posted_to_what_is_only_read() -> None:
    async with asking(database=fine) as session, session.post("/healthz", data=b"x") as answer:
        assert answer.status == 405


async def test_nobody_listens_any_more_afterwards_even_if_a_client_stays_connected() -> None:
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(LIMIT_SECONDS), listener(HOST, 0, {}) as port:
            await (await session.get(f"http://{HOST}:{port}/healthz")).read()

        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"http://{HOST}:{port}/healthz")


async def test_a_port_that_is_taken_is_told_with_its_number() -> None:
    async with listener(HOST, 0, {}) as port:
        with pytest.raises(CannotListen) as refusal:
            async with listener(HOST, port, {}):
                pass

    assert (refusal.value.host, refusal.value.port) == (HOST, port)
    assert "in use" in refusal.value.cause


async def test_garbage_is_answered_and_breaks_nothing() -> None:
    async with asyncio.timeout(LIMIT_SECONDS), listener(HOST, 0, {"database": fine}) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"\x16\x03\x01 not http at all\r\n\r\n")
        status_line = await reader.readline()
        writer.close()
        async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:{port}/readyz") as answer:
            ready = json.loads(await answer.text())

    assert b" 400 " in status_line
    assert ready["status"] == "ready"
