"""The clip store."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from bot.clip import StoredClip
from bot.errors import AttachmentUnreachable, ClipMissing
from bot.ports import ClipStore
from storage.clips import ObjectClipStore
from tests.fakes.clips import MemoryClipStore
from tests.object_store import ObjectServer, object_server

KIB = 1024
CHUNK_FLOOR = 64 * KIB
BUCKET = "bucket"
MAKES: dict[str, Callable[[Path], ClipStore]] = {
    "memory": lambda _folder: MemoryClipStore(),
    "folder": lambda folder: ObjectClipStore.at((folder / "clips %?#ä").as_uri()),
    "objects": lambda _folder: ObjectClipStore(MemoryStore()),
}


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with object_server() as found:
        yield found


@pytest.fixture(params=[*MAKES, BUCKET])
def clips(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClipStore:
    if request.param != BUCKET:
        return MAKES[request.param](tmp_path)
    found: ObjectServer = request.getfixturevalue("server")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return ObjectClipStore.at(f"s3://{found.bucket()}/of/ours")


async def in_chunks(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def content_of(clips: ClipStore, clip: StoredClip) -> bytes:
    return b"".join([chunk async for chunk in clips.read(clip)])


def some_bytes(size: int, seed: int = 1) -> bytes:
    return bytes((seed * position) % 251 for position in range(size))


@pytest.mark.parametrize("size", [0, 1, CHUNK_FLOOR, 300_001])
async def test_what_was_staged_and_kept_reads_back(clips: ClipStore, size: int) -> None:
    content = some_bytes(size)

    staged = await clips.stage("01JATTEMPT", in_chunks(content))
    assert await content_of(clips, staged) == content
    kept = await clips.keep(staged)

    digest = sha256(content).hexdigest()
    assert kept == StoredClip(f"sha256/{digest[:2]}/{digest}", digest, size)
    assert await content_of(clips, kept) == content


async def test_chunks_are_not_small_however_small_they_came(clips: ClipStore) -> None:
    clip = await clips.stage("a", in_chunks(some_bytes(5 * CHUNK_FLOOR + 7), size=100))

    sizes = [len(chunk) async for chunk in clips.read(clip)]

    assert sum(sizes) == clip.size_bytes
    assert all(size >= CHUNK_FLOOR for size in sizes[:-1])


async def test_a_kept_clip_is_no_longer_staged(clips: ClipStore) -> None:
    staged = await clips.stage("a", in_chunks(b"clip"))
    await clips.keep(staged)

    with pytest.raises(ClipMissing) as caught:
        await content_of(clips, staged)

    assert caught.value.key == staged.key


async def test_keeping_again_is_harmless(clips: ClipStore) -> None:
    staged = await clips.stage("a", in_chunks(b"clip"))
    kept = await clips.keep(staged)

    assert await clips.keep(staged) == kept
    assert await clips.keep(kept) == kept

    assert await content_of(clips, kept) == b"clip"


async def test_the_same_bytes_from_two_orders_are_one_object(clips: ClipStore) -> None:
    first = await clips.keep(await clips.stage("a", in_chunks(b"clip")))
    second = await clips.keep(await clips.stage("b", in_chunks(b"clip")))

    assert first == second
    assert await content_of(clips, first) == b"clip"


async def test_staging_again_replaces_what_an_earlier_try_left(clips: ClipStore) -> None:
    await clips.stage("a", in_chunks(b"an earlier, longer try"))
    staged = await clips.stage("a", in_chunks(b"clip"))

    assert await content_of(clips, staged) == b"clip"


async def test_a_stream_that_breaks_leaves_nothing_to_keep(clips: ClipStore) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(CHUNK_FLOOR)
        raise AttachmentUnreachable("reset")

    with pytest.raises(AttachmentUnreachable):
        await clips.stage("a", breaking())

    whole = bytes(100 * CHUNK_FLOOR)
    promised = StoredClip("incoming/a", sha256(whole).hexdigest(), len(whole))
    with pytest.raises(ClipMissing):
        await clips.keep(promised)
    with pytest.raises(ClipMissing):
        await content_of(clips, promised)


async def test_a_stream_that_breaks_leaves_the_earlier_try(clips: ClipStore) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise AttachmentUnreachable("reset")

    earlier = await clips.stage("a", in_chunks(b"clip"))

    with pytest.raises(AttachmentUnreachable):
        await clips.stage("a", breaking())

    assert await content_of(clips, await clips.keep(earlier)) == b"clip"


async def test_what_was_never_staged_cannot_be_kept(clips: ClipStore) -> None:
    with pytest.raises(ClipMissing):
        await clips.keep(StoredClip("incoming/a", sha256(b"").hexdigest(), 0))


async def test_a_discarded_clip_is_gone_and_discarding_is_harmless(clips: ClipStore) -> None:
    staged = await clips.stage("a", in_chunks(b"clip"))

    await clips.discard("a")
    await clips.discard("a")

    with pytest.raises(ClipMissing):
        await clips.keep(staged)


async def test_the_store_says_what_it_holds(clips: ClipStore) -> None:
    staged = await clips.stage("a", in_chunks(b"clip"))
    kept = await clips.keep(staged)

    assert await clips.holds(kept)
    assert not await clips.holds(staged)
    assert not await clips.holds(replace(kept, size_bytes=kept.size_bytes + 1))
    await clips.delete(kept)
    assert not await clips.holds(kept)


async def test_a_deleted_clip_is_gone_and_deleting_is_harmless(clips: ClipStore) -> None:
    kept = await clips.keep(await clips.stage("a", in_chunks(b"clip")))

    await clips.delete(kept)
    await clips.delete(kept)

    with pytest.raises(ClipMissing):
        await content_of(clips, kept)


@pytest.mark.parametrize(
    "promise", [{"size_bytes": 5}, {"size_bytes": 3}, {"sha256": sha256(b"another").hexdigest()}]
)
async def test_bytes_that_are_not_what_was_stored_are_missing(
    clips: ClipStore, promise: dict[str, Any]
) -> None:
    kept = await clips.keep(await clips.stage("a", in_chunks(b"clip")))
    chunks = clips.read(replace(kept, **promise))

    assert await anext(chunks) == b"clip"
    with pytest.raises(ClipMissing):
        await anext(chunks)


BAD_NAMES = [
    *(
        "",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:\\x",
        "a.mp4",
        "a b",
        " a",
        "a\n",
        "\n",
        "a\0b",
    ),
    *("%2e%2e", "%00", "~", "$HOME", "`id`", "a;b", "a|b", "*", "?", "#1", "a#1", "ä", "\u202egpj", "🙂"),
    *("x" * 65, "CON:", "-" * 500),
]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_name_that_we_would_not_make_is_refused(clips: ClipStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a staging name"):
        await clips.stage(name, in_chunks(b"clip"))
    with pytest.raises(ValueError, match="not a staging name"):
        await clips.discard(name)


async def test_something_small_is_read_in_one_piece(clips: ClipStore) -> None:
    content = some_bytes(70_000)
    kept = await clips.keep(await clips.stage("picture", in_chunks(content)))

    assert await clips.whole(kept) == content
    with pytest.raises(ClipMissing):
        await clips.whole(replace(kept, size_bytes=1))


async def test_what_was_kept_and_is_not_wanted_is_swept_once_it_is_old(clips: ClipStore) -> None:
    wanted = await clips.keep(await clips.stage("a", in_chunks(some_bytes(100, seed=1))))
    stray = await clips.keep(await clips.stage("b", in_chunks(some_bytes(100, seed=2))))
    staged = await clips.stage("c", in_chunks(some_bytes(100, seed=3)))

    young = await clips.sweep_kept({wanted.key}, datetime(2000, 1, 1, tzinfo=UTC))
    old = await clips.sweep_kept({wanted.key}, datetime(2100, 1, 1, tzinfo=UTC))

    assert (young, old) == (0, 1)
    assert len(await content_of(clips, wanted)) == len(await content_of(clips, staged)) == 100
    with pytest.raises(ClipMissing):
        await content_of(clips, stray)
