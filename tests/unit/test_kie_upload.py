"""Uploads on real sockets: streamed, measured, and never whole when the stream is not what it should be."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from email.parser import BytesParser

import aiohttp
import pytest

from bot.clip import ClipKind, StoredClip
from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.providers.kie.client import KieClient, KieConfig, KieTimeouts
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.uploads import Uploads, random_name
from tests.fakes.raw_http import RawReply, RawRequest, Then, answer, raw_server

KEY = "k3y-that-must-not-leak"
URL = "https://tempfile.example/kieai/100001/dramatis/a.mp4"
STORED = answer(
    json.dumps({"success": True, "code": 200, "msg": "ok", "data": {"downloadUrl": URL}}).encode()
)
CONTENT = bytes(range(256)) * 40
CLIP = StoredClip("clips/ab/cdef.mp4", "00" * 32, len(CONTENT))


class Stream:
    """Chunks of a clip; remembers how many were taken and whether it was closed."""

    def __init__(self, *chunks: bytes, then: Exception | None = None) -> None:
        self.taken = 0
        self.closed = asyncio.Event()
        self._chunks = chunks
        self._then = then

    async def read(self) -> AsyncIterator[bytes]:
        try:
            for chunk in self._chunks:
                self.taken += 1
                yield chunk
            if self._then is not None:
                raise self._then
        finally:
            self.closed.set()


@asynccontextmanager
async def provider_at(base_url: str, limit_seconds: float = 5) -> AsyncIterator[Sora2Characters]:
    timeouts = KieTimeouts(upload_seconds=limit_seconds)
    async with aiohttp.ClientSession() as session:
        client = KieClient(session, KieConfig(base_url, base_url, KEY, timeouts))
        yield Sora2Characters(client, Uploads(client, lambda: "f00d"))


def parts_of(request: RawRequest) -> list[Message]:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    return [part for part in message.walk() if not part.is_multipart()]


async def test_a_clip_arrives_as_it_is_with_its_fields_before_it() -> None:
    stream = Stream(CONTENT[:100], b"", CONTENT[100:])
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.replies.append(RawReply(STORED))

        assert await provider.hand_over(CLIP, ClipKind.MP4, stream.read()) == URL

    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/api/file-stream-upload")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    folder, name, file = parts_of(request)
    assert (folder["content-disposition"], folder.get_payload()) == (
        'form-data; name="uploadPath"',
        "dramatis",
    )
    assert (name["content-disposition"], name.get_payload()) == ('form-data; name="fileName"', "f00d.mp4")
    assert file["content-disposition"] == 'form-data; name="file"; filename="f00d.mp4"'
    assert file.get_content_type() == "video/mp4"
    assert file.get_payload(decode=True) == CONTENT
    assert stream.closed.is_set()


async def test_an_upload_states_its_length() -> None:
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.replies.append(RawReply(STORED))
        await provider.hand_over(CLIP, ClipKind.MP4, Stream(CONTENT).read())

    [request] = server.requests
    assert "transfer-encoding" not in request.headers
    assert request.whole
    assert request.body.endswith(b"--\r\n")


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [(ClipKind.MP4, "video/mp4"), (ClipKind.WEBM, "video/webm"), (ClipKind.AVI, "video/avi")],
)
async def test_each_kind_has_its_type_and_extension(kind: ClipKind, content_type: str) -> None:
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.replies.append(RawReply(STORED))
        await provider.hand_over(CLIP, kind, Stream(CONTENT).read())

    _, name, file = parts_of(server.requests[0])
    assert name.get_payload() == f"f00d.{kind}"
    assert file.get_content_type() == content_type


def test_names_are_128_random_bits() -> None:
    names = {random_name() for _ in range(100)}

    assert len(names) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


async def test_a_large_clip_is_never_whole_in_memory() -> None:
    stream = Stream(*[b"x" * 65536] * 1000)
    clip = StoredClip("large", "00" * 32, 65536 * 1000)
    async with raw_server() as server, provider_at(server.base_url) as provider:
        # Answers at once and reads no further: what was taken until then is all that was ever held.
        server.replies.append(RawReply(answer(b'{"code": 500, "msg": "full"}', 500), Then.HANG, early=True))
        with pytest.raises(Refused):
            await provider.hand_over(clip, ClipKind.MP4, stream.read())

    assert 0 < stream.taken < 500


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (CONTENT[:-1],),
        (CONTENT[:50], CONTENT[50:-1]),
        (CONTENT, b"x"),
        (CONTENT + b"x",),
        (b"x" * 200_000,),
    ],
    ids=["empty", "short", "short-in-two", "long", "long-at-once", "much-too-long"],
)
async def test_a_clip_of_another_size_is_not_uploaded(chunks: tuple[bytes, ...]) -> None:
    stream = Stream(*chunks)
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.otherwise = lambda _: RawReply(STORED)
        with pytest.raises(ClipMissing) as caught:
            await provider.hand_over(CLIP, ClipKind.MP4, stream.read())
        await asyncio.wait_for(server.idle.wait(), 5)

    assert caught.value.key == CLIP.key
    assert stream.closed.is_set()
    assert not any(request.whole for request in server.requests)


async def test_a_clip_that_proves_altered_after_its_last_byte_is_not_uploaded() -> None:
    altered = ClipMissing(CLIP.key)
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.otherwise = lambda _: RawReply(STORED)
        with pytest.raises(ClipMissing) as caught:
            await provider.hand_over(CLIP, ClipKind.MP4, Stream(CONTENT, then=altered).read())
        await asyncio.wait_for(server.idle.wait(), 5)

    assert caught.value is altered
    assert not any(request.whole for request in server.requests)


async def test_an_address_given_before_the_clip_was_sent_is_not_believed() -> None:
    clip = StoredClip("large", "00" * 32, 65536 * 1000)
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.replies.append(RawReply(STORED, Then.HANG, early=True))
        with pytest.raises(Unanswered) as caught:
            await provider.hand_over(clip, ClipKind.MP4, Stream(*[b"x" * 65536] * 1000).read())

    assert caught.value.fault == Fault.NONSENSE


@pytest.mark.parametrize(
    ("reply", "kind", "fault"),
    [
        (RawReply(answer(b'{"success": false, "code": 401, "msg": "no"}', 401)), Refused, Fault.KEY_REFUSED),
        (RawReply(answer(b'{"success": false, "code": 500, "msg": "no"}')), Refused, Fault.PROVIDER_TROUBLE),
        (RawReply(answer(b"error code: 1010", 403)), Refused, Fault.EDGE_REFUSED),
        (RawReply(answer(b"<html>", 413)), Refused, Fault.REQUEST_INVALID),
        (RawReply(answer(b"<html>", 502)), Unanswered, Fault.PROVIDER_TROUBLE),
        (RawReply(answer(b"{}")), Unanswered, Fault.NONSENSE),
        (RawReply(b"", Then.RESET), Unanswered, Fault.UNREACHABLE),
        (RawReply(b"", Then.RESET, early=True), Unanswered, Fault.UNREACHABLE),
        (RawReply(b"", Then.HANG), Unanswered, Fault.UNREACHABLE),
    ],
)
async def test_an_upload_that_fails_closes_its_stream(
    reply: RawReply, kind: type[ProviderError], fault: Fault
) -> None:
    stream = Stream(CONTENT)
    limit_seconds = 0.1 if reply.then is Then.HANG else 5
    async with raw_server() as server, provider_at(server.base_url, limit_seconds) as provider:
        server.replies.append(reply)
        with pytest.raises(kind) as caught:
            await provider.hand_over(CLIP, ClipKind.MP4, stream.read())

    assert caught.value.fault == fault
    assert stream.closed.is_set()
    assert KEY not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_without_a_connection_the_stream_is_not_begun_but_closed() -> None:
    stream = Stream(CONTENT)
    chunks = stream.read()
    async with provider_at("http://127.0.0.1:1") as provider:
        with pytest.raises(NotSent):
            await provider.hand_over(CLIP, ClipKind.MP4, chunks)

    assert stream.taken == 0
    with pytest.raises(StopAsyncIteration):
        await anext(chunks)


async def test_a_cancelled_upload_closes_its_stream() -> None:
    stream = Stream(*[b"x" * 65536] * 1000)
    clip = StoredClip("large", "00" * 32, 65536 * 1000)
    async with raw_server() as server, provider_at(server.base_url) as provider:
        server.replies.append(RawReply(b"", Then.HANG))
        upload = asyncio.create_task(provider.hand_over(clip, ClipKind.MP4, stream.read()))
        await asyncio.wait_for(server.arrived.wait(), 5)
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload

        await asyncio.wait_for(server.idle.wait(), 5)
    assert stream.closed.is_set()


async def test_a_nameless_upload_leaves_the_name_to_the_provider() -> None:
    async with raw_server() as server, aiohttp.ClientSession() as session:
        client = KieClient(session, KieConfig(server.base_url, server.base_url, KEY))
        server.replies.append(RawReply(STORED))
        url = await client.upload_stream(None, "video/mp4", Stream(CONTENT).read(), len(CONTENT), "dramatis")

    folder, file = parts_of(server.requests[0])
    assert url == URL
    assert folder.get_payload() == "dramatis"
    assert file["content-disposition"] == 'form-data; name="file"; filename="clip"'


async def test_the_two_hosts_are_kept_apart() -> None:
    async with raw_server() as api, raw_server() as uploads, aiohttp.ClientSession() as session:
        client = KieClient(session, KieConfig(api.base_url, uploads.base_url, KEY))
        provider = Sora2Characters(client, Uploads(client))
        uploads.replies.append(RawReply(STORED))
        api.replies.append(RawReply(answer(b'{"code": 404, "msg": "no such task"}')))
        await provider.hand_over(CLIP, ClipKind.MP4, Stream(CONTENT).read())
        await provider.look_up("t")

    assert [request.target for request in uploads.requests] == ["/api/file-stream-upload"]
    assert [request.target for request in api.requests] == ["/api/v1/jobs/recordInfo?taskId=t"]
