"""The clip store's folder, looked at from outside."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clip import StoredClip
from bot.errors import ClipMissing, ClipStoreUnavailable
from storage.clips import ObjectClipStore

MIB = 1024 * 1024
BIG = 200 * MIB
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "clips"


@pytest.fixture
def clips(folder: Path) -> ObjectClipStore:
    return ObjectClipStore.at(folder.as_uri())


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


STAGE_AND_READ = """
import asyncio, resource, sys
from storage.clips import ObjectClipStore

MIB = 1024 * 1024

def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def stream(count):
    for number in range(count):
        yield bytes([number]) * MIB

async def main():
    clips = ObjectClipStore.at(sys.argv[1])
    await clips.stage("warm-up", stream(12))
    before = peak_kib()
    clip = await clips.stage("big", stream(200))
    read = 0
    async for chunk in clips.read(clip):
        read += len(chunk)
    print(clip.size_bytes, read, peak_kib() - before)

asyncio.run(main())
"""


async def test_a_stream_of_200_mb_passes_through_little_memory(folder: Path) -> None:
    """In a process of its own: the peak of this one belongs to whatever test was the greediest."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STAGE_AND_READ, folder.as_uri(), stdout=subprocess.PIPE, cwd=ROOT
    )
    output, _ = await asyncio.wait_for(child.communicate(), 60)

    staged, read, peak_growth_kib = map(int, output.split())
    assert staged == read == BIG
    assert peak_growth_kib < 40 * 1024


@pytest.mark.usefixtures("clips")
def test_only_its_owner_can_look_into_the_folder(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_the_folder_holds_what_was_kept_and_nothing_else(clips: ObjectClipStore, folder: Path) -> None:
    kept = await clips.keep(await clips.stage("a", once(b"clip")))
    await clips.stage("b", once(b"staged"))
    await clips.discard("b")

    assert files_in(folder) == [kept.key]


async def test_a_kept_clip_and_every_folder_above_it_are_pushed_to_the_disk(
    clips: ObjectClipStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = set()
    really_sync = os.fsync

    def remember(descriptor: int) -> None:
        really_sync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", remember)
    kept = await clips.keep(await clips.stage("a", once(b"clip")))

    path = folder / kept.key
    wanted = [path, path.parent, path.parent.parent, folder]
    assert {place.stat().st_ino for place in wanted} <= synced


async def test_a_cancelled_stage_leaves_no_file(clips: ObjectClipStore, folder: Path) -> None:
    reached = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield bytes(MIB)
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(clips.stage("a", stalling()))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert files_in(folder) == []


STAGE_AND_HANG = """
import asyncio, sys
from storage.clips import ObjectClipStore

async def hanging():
    for _ in range(12):
        yield bytes(1024 * 1024)
    print("half", flush=True)
    await asyncio.Event().wait()

asyncio.run(ObjectClipStore.at(sys.argv[1]).stage("a", hanging()))
"""


async def test_a_killed_process_leaves_nothing_to_keep_and_its_leavings_are_swept(folder: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STAGE_AND_HANG, folder.as_uri(), stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"half\n"
    child.kill()
    await child.wait()
    clips = ObjectClipStore.at(folder.as_uri())
    assert files_in(folder) != []

    with pytest.raises(ClipMissing):
        await clips.keep(StoredClip("incoming/a", "0" * 64, 12 * MIB))

    now = datetime.now(UTC)
    assert await clips.sweep(now - timedelta(hours=1)) == 0
    assert await clips.sweep(now + timedelta(hours=1)) == 1
    assert files_in(folder) == []


async def test_sweeping_removes_forgotten_stages_and_leaves_kept_clips(
    clips: ObjectClipStore, folder: Path
) -> None:
    kept = await clips.keep(await clips.stage("a", once(b"clip")))
    await clips.stage("forgotten", once(b"staged"))
    os.utime(folder / "incoming" / "forgotten", (0, 0))
    await clips.stage("fresh", once(b"staged"))

    swept = await clips.sweep(datetime.now(UTC) - timedelta(hours=1))

    assert swept == 1
    assert files_in(folder) == ["incoming/fresh", kept.key]


async def test_bytes_altered_on_the_disk_are_noticed(clips: ObjectClipStore, folder: Path) -> None:
    kept = await clips.keep(await clips.stage("a", once(b"clip")))
    (folder / kept.key).write_bytes(b"CLIP")

    with pytest.raises(ClipMissing):
        _ = [chunk async for chunk in clips.read(kept)]


async def test_a_fresh_copy_mends_altered_bytes(clips: ObjectClipStore, folder: Path) -> None:
    kept = await clips.keep(await clips.stage("a", once(b"clip")))
    (folder / kept.key).write_bytes(b"CLIP")

    await clips.keep(await clips.stage("b", once(b"clip")))

    assert [chunk async for chunk in clips.read(kept)] == [b"clip"]


async def test_a_store_that_cannot_be_used_is_not_a_missing_clip(
    clips: ObjectClipStore, folder: Path
) -> None:
    (folder / "incoming").write_bytes(b"a file where a folder should be")

    with pytest.raises(ClipStoreUnavailable) as caught:
        await clips.stage("a", once(b"clip"))

    assert caught.value.key == "incoming/a"
    assert "\n" not in caught.value.cause


@pytest.mark.parametrize("url", ["nonsense", "ftp://host/x", "s3://"])
def test_an_address_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(ClipStoreUnavailable):
        ObjectClipStore.at(url)


def test_an_object_store_is_built_from_its_address() -> None:
    ObjectClipStore.at("s3://bucket/prefix")
