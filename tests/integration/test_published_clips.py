"""Our own lasting addresses of clips: not to be guessed, gone with the clip, and not given unread."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.clip import ClipKind, StoredClip
from bot.doctor import sentences as s
from bot.errors import ClipMissing
from bot.providers.kie.wire.requests import CONTENT_TYPES
from bot.providers.published import PublishedSources, is_lasting
from sandbox.box import open_sandbox
from storage.clips import ObjectClipStore
from tests.clip_address import ClipAddress, clip_address
from tests.fakes.provider import FakeProvider
from tests.integration.backup_desk import CLIP, chunks, logs_as_before
from tests.integration.discord_addresses import addresses_kept
from tests.integration.test_doctor import Practice
from tests.object_store import ObjectServer, object_server

FAR_FUTURE, LONG_AGO = datetime(2100, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
LOST = StoredClip(f"sha256/00/{'0' * 64}", "0" * 64, 4)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before(), addresses_kept():
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with object_server() as found:
        yield found


@pytest.fixture(params=["folder", "bucket"])
def clips(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectClipStore:
    if request.param == "folder":
        return ObjectClipStore.at((tmp_path / "clips").as_uri())
    found: ObjectServer = request.getfixturevalue("server")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return ObjectClipStore.at(f"s3://{found.bucket()}/of/ours")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[ClipAddress]:
    async with clip_address(tmp_path / "clips") as found:
        yield found


async def kept_in(clips: ObjectClipStore, content: bytes = CLIP) -> StoredClip:
    return await clips.keep(await clips.stage("a", chunks(content)))


async def test_a_copy_has_a_name_that_nobody_guesses_and_keeps_it(clips: ObjectClipStore) -> None:
    kept = await kept_in(clips)

    key = await clips.publish(kept, "mp4", "video/mp4")
    again = await clips.publish(kept, "mp4", "video/mp4")

    assert re.fullmatch(rf"public/{kept.sha256}/[0-9a-f]{{32}}\.mp4", key)
    assert again == key
    assert await clips.whole(StoredClip(key, kept.sha256, kept.size_bytes)) == CLIP
    assert await clips.kept() == [kept], "a copy is no clip of its own"


async def test_a_copy_goes_with_its_clip_and_stays_with_it(clips: ObjectClipStore) -> None:
    wanted, stray = await kept_in(clips), await kept_in(clips, b"stray")
    copies = [await clips.publish(one, "mp4", "video/mp4") for one in (wanted, stray)]

    assert await clips.sweep_kept({wanted.key}, LONG_AGO) == 0
    assert await clips.sweep_kept({wanted.key}, FAR_FUTURE) == 2

    assert await clips.holds(StoredClip(copies[0], wanted.sha256, wanted.size_bytes))
    assert not await clips.holds(StoredClip(copies[1], stray.sha256, stray.size_bytes))


async def test_a_clip_that_is_lost_is_not_laid_out(clips: ObjectClipStore) -> None:
    with pytest.raises(ClipMissing):
        await clips.publish(LOST, "mp4", "video/mp4")


async def handed_over(address: ClipAddress, provider: FakeProvider) -> str:
    """Where the provider is told to find a clip that is kept behind the address."""
    clips = ObjectClipStore.at(address.folder.as_uri())
    kept = await kept_in(clips)
    async with aiohttp.ClientSession() as session:
        published = PublishedSources(
            provider, shelf=clips, session=session, base_url=address.base_url, content_types=CONTENT_TYPES
        )
        return await published.hand_over(kept, ClipKind.MP4, clips.read(kept))


async def test_a_provider_is_given_our_address_once_that_was_read(address: ClipAddress) -> None:
    provider = FakeProvider("any")

    url = await handed_over(address, provider)

    assert address.asked == [url.removeprefix(address.base_url)]
    assert provider.hand_overs == []
    assert is_lasting(address.base_url)(url)


@pytest.mark.parametrize(
    ("status", "content"), [(404, None), (403, None), (302, None), (200, b"<html>hello")]
)
async def test_an_address_that_brings_something_else_is_not_given(
    address: ClipAddress, status: int, content: bytes | None
) -> None:
    address.status, address.content = status, content
    provider = FakeProvider("any")

    url = await handed_over(address, provider)

    assert [one.content for one in provider.hand_overs] == [CLIP]
    assert not is_lasting(address.base_url)(url)


async def test_an_address_at_which_nobody_answers_is_not_given(address: ClipAddress) -> None:
    address.base_url = "http://127.0.0.1:1"
    provider = FakeProvider("any")

    await handed_over(address, provider)

    assert len(provider.hand_overs) == 1


def test_without_an_address_of_ours_none_lasts() -> None:
    assert not is_lasting(None)("https://clips.example/public/a")
    assert not is_lasting("https://clips.example")("https://clips.example.org/public/a")


async def test_the_doctor_reads_a_sample_through_the_address_and_takes_it_away(
    address: ClipAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    address.folder.mkdir()
    settings = {"CLIP_STORE_URL": address.folder.as_uri(), "CLIP_PUBLIC_BASE_URL": address.base_url}
    async with open_sandbox() as box:
        box.discord.add_guild("Studio")
        practice = Practice(box, tmp_path)
        _, lines = await practice.lines(**settings)
        address.content = b"something else"
        _, spoilt = await practice.lines(**settings)

    assert lines["clip address"]["found"] == s.CLIPS_READABLE
    assert spoilt["clip address"]["advice"] == s.CLIP_ADDRESS_BROKEN
    assert [path for path in address.folder.rglob("*") if path.is_file()] == []
