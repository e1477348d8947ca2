"""Downloads over real sockets: what a server may do wrong, and where a name may not lead."""

import asyncio
import gzip
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.clip import ClipRule
from bot.clips.addresses import GuardedConnector
from bot.clips.download import AttachmentDownload, attachment_session
from bot.errors import AttachmentGone, AttachmentUnreachable, ClipRejected

CLIP = bytes(range(256)) * 1000
LIMIT_BYTES = 300_000
PATIENCE_SECONDS = 30

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Cdn:
    """A server that answers every request in one way, and what it was asked."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.url = f"http://{host}/attachments/1/2/clip.mp4?ex=1&hm=2"
        self.answer: Handler = self.clip
        self.requests: list[web.BaseRequest] = []
        self.closing = asyncio.Event()

    async def clip(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=CLIP)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        return await self.answer(request)


class Clock:
    """A clock that goes on by a fixed step whenever it is read."""

    def __init__(self, step_seconds: float) -> None:
        self.step_seconds = step_seconds
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += self.step_seconds
        return self.seconds


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    listener = socket.create_server(("127.0.0.1", 0))
    made = Cdn(f"127.0.0.1:{listener.getsockname()[1]}")
    runner = web.ServerRunner(web.Server(made), shutdown_timeout=0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    yield made
    made.closing.set()
    await runner.cleanup()


async def fetched(cdn: Cdn, url: str | None = None, **settings: Any) -> bytes:
    """All bytes of a download from the server, which is the only allowed host."""
    hosts = frozenset({cdn.host})
    async with attachment_session(hosts) as session, asyncio.timeout(PATIENCE_SECONDS):
        download = AttachmentDownload(session, hosts, **settings)
        return b"".join([chunk async for chunk in download.stream(url or cdn.url, LIMIT_BYTES)])


async def cause_of_failure(cdn: Cdn, **settings: Any) -> str:
    """The short word for what went wrong."""
    with pytest.raises(AttachmentUnreachable) as caught:
        await fetched(cdn, **settings)
    assert cdn.host not in "".join(traceback.format_exception(caught.value))
    return caught.value.cause


def streaming(
    *pieces: bytes, headers: dict[str, str] | None = None, then: asyncio.Event | None = None
) -> Handler:
    """Sends pieces one by one; may `then` keep the connection open in silence."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if then is not None:
            await then.wait()
        return response

    return answer


def saying(status: int, **headers: str) -> Handler:
    """A bare answer."""

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=CLIP, headers=headers)

    return answer


async def test_a_clip_arrives_whole_and_in_pieces(cdn: Cdn) -> None:
    assert await fetched(cdn) == CLIP


async def test_the_request_tells_nothing_about_us_and_wants_no_compression(cdn: Cdn) -> None:
    await fetched(cdn)

    [request] = cdn.requests
    assert request.path_qs == "/attachments/1/2/clip.mp4?ex=1&hm=2"
    assert request.headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers


async def test_an_empty_clip_is_for_the_judge_to_refuse(cdn: Cdn) -> None:
    cdn.answer = streaming()

    assert await fetched(cdn) == b""


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_lapsed_address_is_told_apart(cdn: Cdn, status: int) -> None:
    cdn.answer = saying(status)

    with pytest.raises(AttachmentGone) as caught:
        await fetched(cdn)

    assert caught.value.status == status


@pytest.mark.parametrize("status", [204, 206, 301, 302, 304, 307, 308, 400, 401, 429, 500, 502, 503])
async def test_any_other_status_is_trouble(cdn: Cdn, status: int) -> None:
    cdn.answer = saying(status, Location="http://127.0.0.1:1/secret")

    assert await cause_of_failure(cdn) == f"status {status}"
    assert len(cdn.requests) == 1


async def test_an_announced_size_is_refused_before_the_body(cdn: Cdn) -> None:
    cdn.answer = streaming(headers={"Content-Length": str(LIMIT_BYTES + 1)}, then=cdn.closing)

    with pytest.raises(ClipRejected) as caught:
        await fetched(cdn)

    assert (caught.value.rule, caught.value.size_bytes) == (ClipRule.TOO_BIG, LIMIT_BYTES + 1)


async def test_an_unannounced_size_is_refused_one_byte_above_the_limit(cdn: Cdn) -> None:
    cdn.answer = streaming(bytes(LIMIT_BYTES))
    assert len(await fetched(cdn)) == LIMIT_BYTES

    cdn.answer = streaming(bytes(LIMIT_BYTES), b"x", then=cdn.closing)
    with pytest.raises(ClipRejected) as caught:
        await fetched(cdn)

    assert caught.value.rule is ClipRule.TOO_BIG
    assert caught.value.found == "more than 300,000 bytes"


async def test_compressed_answers_are_not_unpacked(cdn: Cdn) -> None:
    cdn.answer = streaming(gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "gzip"})

    assert await cause_of_failure(cdn) == "compressed"


async def test_a_clip_cut_off_on_its_way_is_trouble(cdn: Cdn) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(CLIP))})
        await response.prepare(request)
        await response.write(CLIP[:-1])
        assert request.transport is not None
        request.transport.close()
        return response

    cdn.answer = answer

    assert await cause_of_failure(cdn) == "ClientPayloadError"


async def test_silence_has_an_end(cdn: Cdn) -> None:
    cdn.answer = streaming(b"x", then=cdn.closing)

    assert await cause_of_failure(cdn, total_seconds=0.2) == "time-out"


async def test_a_drip_is_cut_off(cdn: Cdn) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LIMIT_BYTES):
            await response.write(b"x")
            await asyncio.sleep(0)
        return response

    cdn.answer = answer

    assert await cause_of_failure(cdn, clock=Clock(step_seconds=1)) == "too slow"


async def test_a_slow_line_that_goes_on_is_not_cut_off(cdn: Cdn) -> None:
    # Ten seconds of waiting for a quarter of a megabyte: 25 kB a second.
    assert await fetched(cdn, clock=Clock(step_seconds=1)) == CLIP


async def test_a_server_that_hangs_up_is_trouble(cdn: Cdn) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    cdn.answer = answer

    assert await cause_of_failure(cdn) in ("ServerDisconnectedError", "ClientOSError")


async def test_a_closed_port_is_trouble(cdn: Cdn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = Cdn(f"127.0.0.1:{listener.getsockname()[1]}")

    assert await cause_of_failure(closed) == "ClientConnectorError"
    assert cdn.requests == []


async def test_an_address_that_is_not_allowed_is_never_asked(cdn: Cdn) -> None:
    for url in (cdn.url.replace("127.0.0.1", "localhost"), cdn.url.replace("http:", "https:")):
        with pytest.raises(AttachmentUnreachable):
            await fetched(cdn, url)

    assert cdn.requests == []


async def test_a_proxy_of_our_environment_is_ignored(cdn: Cdn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert await fetched(cdn) == CLIP


class Misleading(AbstractResolver):
    """A name server that gives every name the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("10.0.0.1", "127.0.0.1"), ("169.254.169.254",)])
async def test_a_name_that_leads_into_a_private_network_is_not_followed(addresses: tuple[str, ...]) -> None:
    host = "cdn.discordapp.com"
    connected: list[object] = []

    async def asked(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    canary = await asyncio.start_server(asked, "127.0.0.1", 0)
    connector = GuardedConnector({f"127.0.0.1:{canary.sockets[0].getsockname()[1]}"})
    connector._resolver = Misleading(*addresses)
    async with canary, aiohttp.ClientSession(connector=connector) as session:
        download = AttachmentDownload(session, frozenset({host}))
        with pytest.raises(AttachmentUnreachable) as caught:
            _ = [chunk async for chunk in download.stream(f"https://{host}/x", LIMIT_BYTES)]

    assert caught.value.cause == "address not public"
    assert connected == []


async def test_an_ordinary_session_is_not_accepted() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TypeError):
            AttachmentDownload(session, frozenset())


async def test_a_session_that_obeys_the_environment_is_not_accepted() -> None:
    async with aiohttp.ClientSession(connector=GuardedConnector(()), trust_env=True) as session:
        with pytest.raises(TypeError):
            AttachmentDownload(session, frozenset())
