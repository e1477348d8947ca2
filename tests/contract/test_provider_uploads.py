"""The three ways of handing a file to kie, on real sockets: when one is out of order, the next is tried."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.uploads import BASE64_LIMIT_BYTES, Uploads
from bot.providers.originals import Originals
from sandbox.kie.faults import Faults
from sandbox.kie.server import Kie, open_kie
from storage.clips import ObjectClipStore
from tests.clip_address import ClipAddress, clip_address
from tests.contract.provider_benches import CLIP_CONTENT, PICTURE_CONTENT, chunks

KEY = "kie-test-key"
STREAM, BASE64, FETCH = "file-stream-upload", "file-base64-upload", "file-url-upload"
TROUBLES: dict[str, Callable[[Faults, str], None]] = {
    "a page of 503": lambda faults, way: faults.http(way, status=503),
    "no such endpoint": lambda faults, way: faults.http(way, status=404),
    "code 500": lambda faults, way: faults.refuse(way, code=500),
    "switched off": lambda faults, way: faults.refuse(way, code=505),
    "an answer without an address": lambda faults, way: faults.null_data(way),
    "stored, and half an answer": lambda faults, way: faults.truncate(way),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The local kie, a clip store with a public address, and uploads that know of both."""

    kie: Kie
    clips: ObjectClipStore
    address: ClipAddress
    uploads: Uploads

    async def keep(self, content: bytes) -> StoredClip:
        return await self.clips.keep(await self.clips.stage("a", chunks(content)))

    async def hand_over(self, kind: ClipKind | PictureKind, content: bytes) -> str:
        source = await self.keep(content)
        return await self.uploads.hand_over(source, kind, self.clips.read(source))

    def asked(self) -> list[str]:
        return [exchange.endpoint for exchange in self.kie.ledger.exchanges]


@asynccontextmanager
async def open_desk(folder: Path, *, public: bool) -> AsyncIterator[Desk]:
    clips = ObjectClipStore.at((folder / "clips").as_uri())
    async with (
        open_kie(api_key=KEY) as kie,
        clip_address(folder / "clips") as address,
        aiohttp.ClientSession() as session,
    ):
        client = KieClient(session, KieConfig(kie.api_base_url, kie.upload_base_url, KEY))
        originals = Originals(clips, address.base_url if public else None)
        yield Desk(kie, clips, address, Uploads(client, originals=originals))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, public=True) as opened:
        yield opened


@pytest.fixture
async def private_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, public=False) as opened:
        yield opened


async def failing(call: Awaitable[str]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await call
    return caught.value


async def test_while_all_is_well_a_file_is_streamed_and_no_other_way_is_asked(desk: Desk) -> None:
    url = await desk.hand_over(ClipKind.MP4, CLIP_CONTENT)

    assert desk.asked() == [STREAM]
    assert [upload.url for upload in desk.kie.ledger.uploads] == [url]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    ("kind", "content", "content_type"),
    [(ClipKind.MP4, CLIP_CONTENT, "video/mp4"), (PictureKind.JPEG, PICTURE_CONTENT, "image/jpeg")],
)
async def test_when_the_stream_is_out_of_order_the_file_goes_as_base64_at_once(
    desk: Desk, trouble: str, kind: ClipKind, content: bytes, content_type: str
) -> None:
    TROUBLES[trouble](desk.kie.faults, STREAM)

    url = await desk.hand_over(kind, content)

    assert desk.asked() == [STREAM, BASE64]
    upload = desk.kie.ledger.uploads[-1]
    assert (upload.url, upload.endpoint, upload.mime_type) == (url, BASE64, content_type)
    assert upload.sha256 == sha256(content).hexdigest()
    assert url.endswith(f".{kind}")
    assert not upload.overwrote


@pytest.mark.parametrize("size_bytes", [1, 2, 3, 65_535, 65_536, 65_537, 200_000])
async def test_as_base64_a_file_of_any_length_arrives_as_it_is(desk: Desk, size_bytes: int) -> None:
    content = (CLIP_CONTENT + bytes(range(256)) * 1000)[:size_bytes]
    desk.kie.faults.http(STREAM, status=503)

    await desk.hand_over(ClipKind.MP4, content)

    (upload,) = desk.kie.ledger.uploads
    assert (upload.endpoint, upload.sha256) == (BASE64, sha256(content).hexdigest())


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_when_base64_is_out_of_order_too_the_provider_fetches_the_file_itself(
    desk: Desk, trouble: str
) -> None:
    desk.kie.faults.http(STREAM, status=503)
    TROUBLES[trouble](desk.kie.faults, BASE64)

    url = await desk.hand_over(ClipKind.MP4, CLIP_CONTENT)

    assert desk.asked() == [STREAM, BASE64, FETCH]
    upload = desk.kie.ledger.uploads[-1]
    assert (upload.url, upload.endpoint) == (url, FETCH)
    assert upload.sha256 == sha256(CLIP_CONTENT).hexdigest()
    assert len(desk.address.asked) == 1


async def test_a_file_too_large_for_base64_is_fetched(desk: Desk) -> None:
    desk.kie.faults.http(STREAM, status=503)

    await desk.hand_over(ClipKind.MP4, CLIP_CONTENT + bytes(BASE64_LIMIT_BYTES))

    assert desk.asked() == [STREAM, FETCH]


async def test_without_a_public_address_there_are_two_ways_and_the_first_ones_fault_is_told(
    private_desk: Desk,
) -> None:
    private_desk.kie.faults.http(STREAM, status=503)
    private_desk.kie.faults.http(BASE64, status=500)

    error = await failing(private_desk.hand_over(ClipKind.MP4, CLIP_CONTENT))

    assert isinstance(error, Unanswered)
    assert (error.fault, error.code) == (Fault.PROVIDER_TROUBLE, "503")
    assert private_desk.asked() == [STREAM, BASE64]
    assert private_desk.kie.ledger.uploads == []


@pytest.mark.parametrize(("status", "content"), [(404, None), (200, b"<html>please log in")])
async def test_what_the_provider_could_not_fetch_whole_is_not_given_to_a_model(
    desk: Desk, status: int, content: bytes | None
) -> None:
    desk.address.status, desk.address.content = status, content
    for way in (STREAM, BASE64):
        desk.kie.faults.http(way, status=503)

    error = await failing(desk.hand_over(ClipKind.MP4, CLIP_CONTENT))

    assert (error.fault, error.code) == (Fault.PROVIDER_TROUBLE, "503")
    assert desk.asked() == [STREAM, BASE64, FETCH]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (401, Fault.KEY_REFUSED),
        (402, Fault.NO_CREDIT),
        (429, Fault.THROTTLED),
        (433, Fault.KEY_LIMIT),
        (455, Fault.MAINTENANCE),
    ],
)
async def test_what_is_said_of_the_account_holds_for_every_way(desk: Desk, code: int, fault: Fault) -> None:
    desk.kie.faults.refuse(STREAM, code=code)

    error = await failing(desk.hand_over(ClipKind.MP4, CLIP_CONTENT))

    assert isinstance(error, Refused)
    assert error.fault == fault
    assert desk.asked() == [STREAM]


async def test_what_the_second_way_says_of_the_account_is_what_counts(desk: Desk) -> None:
    desk.kie.faults.http(STREAM, status=503)
    desk.kie.faults.refuse(BASE64, code=401)

    error = await failing(desk.hand_over(ClipKind.MP4, CLIP_CONTENT))

    assert error.fault == Fault.KEY_REFUSED
    assert desk.asked() == [STREAM, BASE64]


async def test_a_host_that_is_away_is_away_for_every_way(desk: Desk) -> None:
    await desk.kie.go_down("upload")

    error = await failing(desk.hand_over(ClipKind.MP4, CLIP_CONTENT))

    assert isinstance(error, NotSent)
    assert desk.address.asked == []


async def test_a_clip_that_is_gone_when_it_is_read_again_is_missing(desk: Desk) -> None:
    source = await desk.keep(CLIP_CONTENT)
    desk.kie.faults.http(STREAM, status=503)
    await desk.clips.delete(source)

    with pytest.raises(ClipMissing):
        await desk.uploads.hand_over(source, ClipKind.MP4, chunks(CLIP_CONTENT))

    assert desk.kie.ledger.uploads == []


async def test_a_clip_that_proves_altered_as_base64_is_not_uploaded(desk: Desk) -> None:
    source = await desk.keep(CLIP_CONTENT)
    (file,) = (path for path in desk.address.folder.rglob("*") if path.is_file())
    file.write_bytes(CLIP_CONTENT[:-1] + b"x")
    desk.kie.faults.http(STREAM, status=503)

    with pytest.raises(ClipMissing):
        await desk.uploads.hand_over(source, ClipKind.MP4, chunks(CLIP_CONTENT))

    assert desk.kie.ledger.uploads == []
