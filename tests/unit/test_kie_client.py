"""The client on real sockets: what leaves, what may be lost, and what no error may carry."""

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Running
from bot.providers.kie.client import ANSWER_LIMIT_BYTES, KieClient, KieConfig, KieTimeouts
from bot.providers.kie.wire.strict_json import JsonValue
from tests.fakes.raw_http import RawReply, RawRequest, RawServer, Then, answer, raw_server

KEY = "k3y-that-must-not-leak"
TASK_ID = "a" * 32
BODY: dict[str, JsonValue] = {
    "model": "sora-2-characters",
    "input": {"character_file_url": ["https://files.example/secret-clip.mp4"]},
}
PICTURE_BODY: dict[str, JsonValue] = {
    "descriptions": "clay robot",
    "image_urls": ["https://files.example/secret-clip.jpeg"],
}
ACCEPTED = answer(json.dumps({"code": 200, "msg": "success", "data": {"taskId": TASK_ID}}).encode())


def record(task_id: str) -> bytes:
    content = {"taskId": task_id, "state": "waiting"}
    return answer(json.dumps({"code": 200, "msg": "success", "data": content}).encode())


@asynccontextmanager
async def client_of(
    base_url: str, *, version: str = "1.2.3", limit_seconds: float = 5, connect_seconds: float = 5
) -> AsyncIterator[KieClient]:
    timeouts = KieTimeouts(connect_seconds, *[limit_seconds] * 4)
    async with aiohttp.ClientSession() as session:
        yield KieClient(session, KieConfig(base_url, base_url, KEY, timeouts, version))


async def failure_of(call: Awaitable[object]) -> ProviderError:
    """The error of a call that must fail, after a search of everything it carries."""
    with pytest.raises(ProviderError) as caught:
        await call
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(error.__dict__)
    assert KEY not in told
    assert "127.0.0.1" not in told
    assert "secret-clip" not in told
    assert TASK_ID not in told
    assert error.__context__ is None
    assert error.__cause__ is None
    return error


CALLS: list[Callable[[KieClient], Awaitable[object]]] = [
    lambda client: client.create_task(BODY),
    lambda client: client.create_character(PICTURE_BODY),
    lambda client: client.record_info(TASK_ID),
    lambda client: client.credit(),
]
each_call = pytest.mark.parametrize(
    "call", CALLS, ids=["create_task", "create_character", "record_info", "credit"]
)


async def test_a_submission_says_who_asks_and_nothing_more_than_needed() -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.replies.append(RawReply(ACCEPTED))

        assert await client.create_task(BODY) == TASK_ID

    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/api/v1/jobs/createTask")
    assert json.loads(request.body) == BODY
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"] == "Dramatis/1.2.3 (+self-hosted Discord bot)"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert "cookie" not in request.headers


@pytest.mark.parametrize("path", ["", "/", "/relay", "/relay/"])
async def test_a_base_address_may_have_a_path(path: str) -> None:
    async with raw_server() as server, client_of(server.base_url + path) as client:
        server.replies.append(RawReply(ACCEPTED))

        await client.create_task(BODY)

    assert server.requests[0].target == path.rstrip("/") + "/api/v1/jobs/createTask"


@pytest.mark.parametrize(
    ("task_id", "query"),
    [
        (TASK_ID, TASK_ID),
        ("a&b=c#d", "a%26b%3Dc%23d"),
        ("a+b%20c", "a%2Bb%2520c"),
        ("../x?y", None),
    ],
)
async def test_a_task_id_is_quoted(task_id: str, query: str | None) -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.replies.append(RawReply(record(task_id)))

        assert await client.record_info(task_id) == Running("waiting")

    path, _, found = server.requests[0].target.partition("?taskId=")
    assert path == "/api/v1/jobs/recordInfo"
    assert query is None or found == query


async def test_a_balance_is_read() -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.replies.append(RawReply(answer(b'{"code": 200, "msg": "success", "data": 60.62}')))

        assert await client.credit() == 60.62

    assert server.requests[0].target == "/api/v1/chat/credit"


# What certainly did not leave.


@each_call
async def test_where_nobody_listens_nothing_was_sent(call: Callable[[KieClient], Awaitable[object]]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with client_of(f"http://127.0.0.1:{port}") as client:
            error = await failure_of(call(client))

    assert (type(error), error.fault) == (NotSent, Fault.UNREACHABLE)


@each_call
async def test_an_unknown_host_was_sent_nothing(
    call: Callable[[KieClient], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_such_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_such_name)
    async with client_of("http://provider.example") as client:
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (NotSent, Fault.UNREACHABLE)


@each_call
async def test_a_host_without_tls_was_sent_nothing(call: Callable[[KieClient], Awaitable[object]]) -> None:
    heard = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server, client_of(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (NotSent, Fault.UNREACHABLE)
    assert b"api/v1" not in heard


@each_call
async def test_a_handshake_without_end_was_sent_nothing(
    call: Callable[[KieClient], Awaitable[object]],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word of TLS
        base_url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        async with client_of(base_url, connect_seconds=0.05) as client:
            error = await failure_of(call(client))

    assert (type(error), error.fault) == (NotSent, Fault.UNREACHABLE)


@each_call
async def test_a_broken_base_address_was_sent_nothing(call: Callable[[KieClient], Awaitable[object]]) -> None:
    async with client_of("http://") as client:
        error = await failure_of(call(client))

    assert type(error) is NotSent


# What may have arrived.


@each_call
@pytest.mark.parametrize(
    "reply",
    [
        RawReply(b"", Then.CLOSE),
        RawReply(b"", Then.RESET),
        RawReply(ACCEPTED[:20], Then.CLOSE),
        RawReply(ACCEPTED[:-5], Then.CLOSE),
        RawReply(ACCEPTED[:-5], Then.RESET),
        RawReply(b"not http at all\r\n\r\n", Then.CLOSE),
        RawReply(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Then.CLOSE),
        RawReply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Then.CLOSE),
        RawReply(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", Then.CLOSE),
        RawReply(b"HTTP/1.1 200 " + b"K" * 20_000 + b"\r\n\r\n", Then.CLOSE),
    ],
    ids=[
        "closed",
        "reset",
        "cut-head",
        "cut-body",
        "reset-body",
        "prose",
        "length",
        "chunk",
        "heads",
        "line",
    ],
)
async def test_a_lost_answer_is_told_as_lost(
    call: Callable[[KieClient], Awaitable[object]], reply: RawReply
) -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda _: reply
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (Unanswered, Fault.UNREACHABLE)


@each_call
async def test_silence_ends_at_the_time_limit(call: Callable[[KieClient], Awaitable[object]]) -> None:
    async with raw_server() as server, client_of(server.base_url, limit_seconds=0.05) as client:
        server.otherwise = lambda _: RawReply(b"", Then.HANG)
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (Unanswered, Fault.UNREACHABLE)
    assert len(server.requests) == 1


@each_call
async def test_an_answer_in_drops_does_not_stretch_the_limit(
    call: Callable[[KieClient], Awaitable[object]],
) -> None:
    async with raw_server() as server, client_of(server.base_url, limit_seconds=0.1) as client:
        server.otherwise = lambda _: RawReply(ACCEPTED, drip_seconds=0.02)
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (Unanswered, Fault.UNREACHABLE)


@each_call
async def test_an_endless_answer_is_cut_and_is_none(call: Callable[[KieClient], Awaitable[object]]) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda _: RawReply(head + b" " * (ANSWER_LIMIT_BYTES + 1), Then.HANG)
        error = await failure_of(call(client))
        await asyncio.wait_for(server.idle.wait(), 5)

    assert (type(error), error.fault) == (Unanswered, Fault.NONSENSE)


async def test_a_submission_is_posted_once_however_it_ends() -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda _: RawReply(b"", Then.RESET)
        await failure_of(client.create_task(BODY))
        await failure_of(client.create_character(PICTURE_BODY))

    assert [request.target for request in server.requests] == [
        "/api/v1/jobs/createTask",
        "/api/v1/omni/character/create",
    ]


async def test_a_submission_never_takes_a_connection_that_was_used_before() -> None:
    def last_word(request: RawRequest) -> RawReply:
        # Keeps the connection, and then dies on whatever comes over it next.
        return RawReply(record(TASK_ID) if request.method == "GET" else ACCEPTED, Then.KEEP)

    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = last_word
        await client.record_info(TASK_ID)
        await client.record_info(TASK_ID)
        await client.create_task(BODY)
        await client.create_task(BODY)

    assert [request.connection for request in server.requests] == [1, 1, 2, 3]


async def test_a_cancelled_submission_leaves_no_connection_behind() -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda _: RawReply(b"", Then.HANG)
        task = asyncio.create_task(client.create_task(BODY))
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        await asyncio.wait_for(server.idle.wait(), 5)


# Who gets to see the key.


@each_call
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(
    call: Callable[[KieClient], Awaitable[object]], status: int
) -> None:
    async with raw_server() as canary, raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda _: RawReply(answer(b"", status, Location=canary.base_url))
        error = await failure_of(call(client))

    assert (type(error), error.fault) == (Unanswered, Fault.NONSENSE)
    assert canary.connections == 0


@each_call
async def test_a_key_that_is_sent_back_is_blotted_out(call: Callable[[KieClient], Awaitable[object]]) -> None:
    def echo(request: RawRequest) -> RawReply:
        message = f"no: {request.headers['authorization'].removeprefix('Bearer ')} {request.body.decode()}"
        return RawReply(answer(json.dumps({"code": 400, "msg": message}).encode()))

    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = echo
        error = await failure_of(call(client))

    assert type(error) is Refused
    assert error.text is not None
    assert error.text.startswith("no: [key]")


@each_call
async def test_a_key_in_a_page_is_blotted_out(call: Callable[[KieClient], Awaitable[object]]) -> None:
    async with raw_server() as server, client_of(server.base_url) as client:
        server.otherwise = lambda request: RawReply(answer(request.headers["authorization"].encode(), 403))
        error = await failure_of(call(client))

    assert (type(error), error.fault, error.text) == (Refused, Fault.EDGE_REFUSED, "[key]")


def test_a_config_does_not_show_its_key() -> None:
    assert KEY not in repr(KieConfig("https://a.example", "https://b.example", KEY))


async def test_the_rest_of_one_answer_is_not_taken_for_the_next(server_with_tail: RawServer) -> None:
    async with client_of(server_with_tail.base_url) as client:
        assert await client.record_info("t1") == Running("waiting")

        assert await client.record_info("t2") == Running("waiting")


@pytest.fixture
async def server_with_tail() -> AsyncIterator[RawServer]:
    async with raw_server() as server:
        server.replies.extend(
            [RawReply(record("t1") + record("t1"), Then.KEEP), RawReply(record("t2"), Then.KEEP)]
        )
        yield server
