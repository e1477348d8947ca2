"""The callback route over a real socket: who is let in, what is answered, and how little junk costs."""

import asyncio
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from bot.jobs.hints import Hints
from bot.model import Attempt, AttemptState
from bot.web import callbacks
from bot.web.callbacks import KieCallbacks, doctor_token
from bot.web.listener import listener
from tests.unit.engine_rig import Rig

HOST = "127.0.0.1"
KEY, OLD_KEY = "fixture-key-not-a-secret", "the-key-before"
TASK = "0123456789abcdef0123456789abcdef"
DOCTOR = doctor_token("the secret of this bot")


@dataclass
class Door:
    """The listener with one attempt that waits for its callback."""

    rig: Rig
    attempt: Attempt
    session: aiohttp.ClientSession
    port: int

    def path(self, token: str | None = None) -> str:
        return f"/callbacks/kie/{self.attempt.callback_token if token is None else token}"

    def stamp(self, task_id: str = TASK, key: str = KEY, shift_seconds: int = 0) -> dict[str, str]:
        timestamp = str(int(self.rig.clock.now().timestamp()) + shift_seconds)
        digest = hmac.digest(key.encode(), f"{task_id}.{timestamp}".encode(), "sha256")
        return {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": b64encode(digest).decode()}

    async def post(
        self, body: bytes | None = None, headers: dict[str, str] | None = None, path: str | None = None
    ) -> tuple[int, bytes]:
        everything = {"Content-Type": "application/json"} | (self.stamp() if headers is None else headers)
        wanted = json.dumps({"code": 200, "data": {"taskId": TASK, "state": "success"}}).encode()
        async with self.session.post(
            path or self.path(), data=wanted if body is None else body, headers=everything
        ) as answer:
            return answer.status, await answer.read()

    @property
    def state(self) -> AttemptState:
        return self.rig.stored(self.attempt).state


@asynccontextmanager
async def opened(*keys: str) -> AsyncIterator[Door]:
    rig = Rig()
    attempt = await rig.ended(AttemptState.UNKNOWN)
    routes = KieCallbacks(Hints(rig.jobs, rig.checkpoint, rig.clock), keys, rig.clock, DOCTOR).routes()
    async with (
        listener(HOST, 0, {}, routes) as port,
        aiohttp.ClientSession(f"http://{HOST}:{port}") as session,
    ):
        yield Door(rig, attempt, session, port)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(KEY, OLD_KEY) as opened_door:
        yield opened_door


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
async def test_a_signed_callback_is_taken_and_acknowledged_as_the_provider_expects(
    door: Door, key: str
) -> None:
    status, body = await door.post(headers=door.stamp(key=key))

    assert (status, json.loads(body)) == (200, {"code": 200, "msg": "success"})
    assert door.state is AttemptState.WAITING
    assert door.rig.stored(door.attempt).task_id == TASK


async def test_a_hundred_equal_callbacks_are_one(door: Door) -> None:
    statuses = {(await door.post())[0] for _ in range(100)}

    assert statuses == {200}
    assert door.rig.stored(door.attempt).task_id == TASK
    assert door.rig.provider.submissions == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Webhook-Timestamp": "1763899200"}, 401),
        ({"X-Webhook-Timestamp": "１７６３８９９２００", "X-Webhook-Signature": "A" * 43 + "="}, 401),
        ({"X-Webhook-Timestamp": "1763899200", "X-Webhook-Signature": "é" * 44}, 401),
        ({"X-Webhook-Timestamp": "1763899200", "X-Webhook-Signature": "A" * 10_000}, 400),
    ],
    ids=["none", "half", "wide digits", "not ascii", "long"],
)
async def test_unsigned_and_malformed_headers_are_turned_away(
    door: Door, headers: dict[str, str], status: int
) -> None:
    found, body = await door.post(headers=headers)

    assert found == status
    assert b"Traceback" not in body
    assert door.state is AttemptState.UNKNOWN


@pytest.mark.parametrize("shift_seconds", [-301, 301, -86_400])
async def test_a_stale_or_future_stamp_is_turned_away(door: Door, shift_seconds: int) -> None:
    assert await door.post(headers=door.stamp(shift_seconds=shift_seconds)) == (401, b"")
    assert door.state is AttemptState.UNKNOWN


@pytest.mark.parametrize("shift_seconds", [-299, 299])
async def test_the_window_is_five_minutes_either_way(door: Door, shift_seconds: int) -> None:
    assert (await door.post(headers=door.stamp(shift_seconds=shift_seconds)))[0] == 200


@pytest.mark.parametrize(("task_id", "key"), [("another", KEY), (TASK, "forged-key")])
async def test_a_forged_signature_is_turned_away_with_an_empty_body(
    door: Door, task_id: str, key: str
) -> None:
    assert await door.post(headers=door.stamp(task_id, key)) == (401, b"")
    assert door.state is AttemptState.UNKNOWN


@pytest.mark.parametrize("token", ["0" * 32, "short", "A" * 32, "../healthz", "%00"])
async def test_an_unknown_address_does_not_exist(door: Door, token: str) -> None:
    status, body = await door.post(path=door.path(token))

    assert status in (404, 400)
    assert b"Traceback" not in body


async def test_the_right_signature_at_another_attempts_address_does_not_reach_ours(door: Door) -> None:
    other = await door.rig.waiting(task_id="task_of_the_other")

    assert (await door.post(path=door.path(other.callback_token)))[0] == 200
    assert door.rig.stored(other).task_id == "task_of_the_other"
    assert door.state is AttemptState.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 60_000,
        b'{"data": {"taskId": 7}}',
        b'{"data": {"taskId": "a.b"}}',
        b'{"data": {"taskId": "a", "task_id": "b"}}',
        b'{"data": {"taskId": "a"}, "taskId": "b"}',
        b'{"data": NaN}',
        b"\xff\xfe{",
        b'{"data": {"taskId": "' + b"9" * 5000 + b'"}}',
    ],
)
async def test_hostile_json_is_answered_without_a_trace(door: Door, body: bytes) -> None:
    status, answer = await door.post(body)

    assert (status, answer) == (400, b"")
    assert door.state is AttemptState.UNKNOWN


async def test_more_than_64_kib_is_not_read(door: Door) -> None:
    large = b'{"data": {"taskId": "' + TASK.encode() + b'"}, "x": "' + b"a" * 65_536 + b'"}'

    assert (await door.post(large))[0] == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a" * 1024

    chunked = {"Content-Type": "application/json"} | door.stamp()
    async with door.session.post(door.path(), data=endless(), headers=chunked) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "nonsense"])
async def test_no_content_encoding_is_unpacked(door: Door, encoding: str) -> None:
    assert (await door.post(b"x" * 100, door.stamp() | {"Content-Encoding": encoding}))[0] in (415, 400)
    assert door.state is AttemptState.UNKNOWN


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
async def test_only_json_is_read(door: Door, content_type: str) -> None:
    assert (await door.post(headers=door.stamp() | {"Content-Type": content_type}))[0] == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_answered(door: Door, method: str) -> None:
    async with door.session.request(method, door.path()) as answer:
        assert answer.status == 405


async def test_a_sender_that_does_not_finish_is_let_go(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection(HOST, door.port)
    lines = [
        f"POST {door.path()} HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        "Content-Length: 500",
    ]
    lines += [f"{name}: {value}" for name, value in door.stamp().items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n{").encode())

    async with asyncio.timeout(5):
        first_line = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert b" 408 " in first_line


async def test_without_a_key_a_callback_may_hasten_a_look_and_nothing_else() -> None:
    async with opened() as door:
        waiting = await door.rig.waiting(task_id=TASK, due_at=door.rig.clock.now().replace(year=2027))

        assert (await door.post(headers={}, path=door.path(waiting.callback_token)))[0] == 200
        assert (await door.post(headers={}))[0] == 200

        assert door.rig.stored(waiting).due_at <= door.rig.clock.now()
        assert door.state is AttemptState.UNKNOWN


async def test_the_doctor_is_answered_like_a_callback_and_stands_for_no_task(door: Door) -> None:
    path = door.path(DOCTOR)

    assert (await door.post(path=path))[0] == 200
    assert await door.post(headers=door.stamp(key="a-key-of-nobodys"), path=path) == (401, b"")
    assert (await door.post(headers=door.stamp(shift_seconds=-301), path=path))[0] == 401
    assert (door.state, door.rig.stored(door.attempt).task_id) == (AttemptState.UNKNOWN, None)


async def test_the_doctor_of_another_bot_is_not_known(door: Door) -> None:
    assert (await door.post(path=door.path(doctor_token("another secret"))))[0] == 404
