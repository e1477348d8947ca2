"""The editor and its children: hostile clips, children that go mad, places, spools, memory."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clip import ClipRule, Part
from bot.clips import edit_answer, report
from bot.clips.edit_answer import Made
from bot.clips.editor import CHILD_FILE, ChildEditor, EditorUnusable
from bot.clips.spool import spooled
from bot.errors import ClipRejected
from tests.clips.case import Case, small
from tests.clips.costly import costly
from tests.clips.damaged import damaged
from tests.clips.foreign import foreign
from tests.clips.sources import Source, made, seen
from tests.integration.clip_editing import in_chunks

PATIENCE_SECONDS = 30
SHORT_WALL_SECONDS = 3.0
PART = Part(0, 1500)
JPEG = b"\xff\xd8\xff a picture"
BOMBS = ("900 tracks", "20,000,000 samples in a fragment", "500,000 edits", "key frames of 16383 x 16383")
MP4 = b"\0\0\0\x18ftypisom"

# A child that does as the file beside it says; `well` makes it the real one.
MOODY_CHILD = """
import os, runpy, signal, subprocess, sys, time
from pathlib import Path
mood = Path(__file__).with_name("mood").read_bytes()
if mood == b"well":
    sys.argv[0] = {child!r}
    runpy.run_path({child!r}, run_name="__main__")
if mood == b"stillborn":
    sys.exit(1)
os.write(1, b"ready\\n")
if mood == b"curious" and "DISCORD_TOKEN" not in os.environ:
    mood = b"signal 9"
if mood.startswith(b"signal "):
    os.kill(os.getpid(), int(mood.split()[1]))
elif mood == b"hang":
    started = Path(__file__).with_name("started")
    if started.exists():
        started.write_text("now")
    time.sleep(600)
elif mood == b"orphan":
    os.write(1, b"%d\\n" % subprocess.Popen(["sleep", "600"]).pid)
    time.sleep(600)
elif mood == b"flood":
    while True:
        os.write(1, b"x" * 65536)
elif mood == b"exit":
    sys.exit(3)
else:
    os.write(1, mood)
"""


class MoodyEditor:
    """An editor whose next child behaves as told."""

    def __init__(self, folder: Path) -> None:
        self._mood = folder / "mood"
        self._started = folder / "started"
        file = folder / "moody.py"
        file.write_text(MOODY_CHILD.format(child=str(CHILD_FILE)))
        self.editor = ChildEditor(folder / "spool", child_file=file)
        self.hung_seconds = SHORT_WALL_SECONDS

    def set(self, mood: str | bytes) -> None:
        self._mood.write_bytes(mood if isinstance(mood, bytes) else mood.encode())

    async def cut(self, mood: str | bytes) -> bytes:
        self.set(mood)
        self.editor._wall_seconds = self.hung_seconds if mood in ("hang", "orphan") else PATIENCE_SECONDS
        return await self.editor.cut(in_chunks(small()), PART)

    async def hanging(self) -> asyncio.Task[bytes]:
        """A cut whose child has started and hangs."""
        self.hung_seconds = PATIENCE_SECONDS
        os.mkfifo(self._started)
        cutting = asyncio.create_task(self.cut("hang"))
        # Until the child writes there is nothing to read.
        assert await asyncio.to_thread(self._started.read_text) == "now"
        async with asyncio.timeout(PATIENCE_SECONDS):
            # A child may begin before the editor is told of it.
            while not self.editor._children._living:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0)
        return cutting


@pytest.fixture
async def moody(tmp_path: Path) -> AsyncIterator[MoodyEditor]:
    made_one = MoodyEditor(tmp_path)
    yield made_one
    await made_one.editor.aclose()


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[ChildEditor]:
    async with ChildEditor(tmp_path / "spool") as made_one:
        yield made_one


def cross_section() -> list[Case]:
    """One case for each rule and kind, of what people and attackers send."""
    cases = [*costly(), *damaged(), *foreign()]
    return [*{(case.rule, case.kind, case.mendable): case for case in cases}.values()]


@pytest.mark.seconds(120)
async def test_bombs_and_garbage_end_in_a_picture_or_in_words_and_harm_nobody_else(
    editor: ChildEditor,
) -> None:
    async def outcome(case: Case) -> str | None:
        try:
            await editor.preview(in_chunks(case.make()))
        except ClipRejected as rejected:
            return None if report.WORDS.fullmatch(rejected.found) else rejected.found
        return None

    assert [said for said in await asyncio.gather(*map(outcome, cross_section())) if said] == []
    assert (await editor.preview(in_chunks(small()))).seconds == 2


@pytest.mark.seconds(120)
async def test_the_worst_bombs_are_cut_or_refused_before_the_system_steps_in(editor: ChildEditor) -> None:
    async def outcome(bomb: Case) -> str:
        try:
            await editor.cut(in_chunks(bomb.make()), PART)
        except ClipRejected as rejected:
            return rejected.found
        return "cut"

    outcomes = {bomb.name: await outcome(bomb) for bomb in costly() if bomb.name in BOMBS}

    assert len(outcomes) == len(BOMBS)
    assert "a clip that could not be read to its end" not in outcomes.values(), outcomes
    assert (await editor.preview(in_chunks(small()))).seconds == 2


@pytest.mark.parametrize("part", [Part(0, 0), Part(0, -1), Part(10**12, 10**12)])
async def test_a_part_that_nobody_can_choose_is_too_short(editor: ChildEditor, part: Part) -> None:
    with pytest.raises(ClipRejected) as caught:
        await editor.cut(in_chunks(small()), part)

    assert caught.value.rule is ClipRule.TOO_SHORT


async def test_a_part_that_begins_before_its_clip_begins_with_it(editor: ChildEditor) -> None:
    clip = await editor.cut(in_chunks(made(Source())), Part(-5000, 2000))

    assert seen(clip).numbers == list(range(60))


@pytest.mark.parametrize(
    ("mood", "rule"),
    [
        ("signal 11", ClipRule.TOO_COMPLEX),
        ("signal 9", ClipRule.TOO_COMPLEX),
        ("signal 24", ClipRule.TOO_COMPLEX),
        ("flood", ClipRule.TOO_COMPLEX),
        ("hang", ClipRule.TOO_COMPLEX),
        ("orphan", ClipRule.TOO_COMPLEX),
        ("exit", ClipRule.UNDECODABLE),
        ("", ClipRule.UNDECODABLE),
        ("garbage", ClipRule.UNDECODABLE),
        (edit_answer.write(Made(JPEG)), ClipRule.UNDECODABLE),
        (edit_answer.write(Made(MP4, 3.0)), ClipRule.UNDECODABLE),
        (edit_answer.write(Made(MP4))[:-1], ClipRule.UNDECODABLE),
        (edit_answer.write(Made(MP4.ljust(10_000_001))), ClipRule.UNDECODABLE),
    ],
)
async def test_a_child_that_breaks_refuses_its_clip_and_no_other(
    moody: MoodyEditor, mood: str | bytes, rule: ClipRule
) -> None:
    with pytest.raises(ClipRejected) as caught:
        await moody.cut(mood)

    assert (caught.value.rule, caught.value.mendable) == (rule, False)
    assert seen(await moody.cut("well")).codec == "h264"


async def test_a_refusal_says_how_large_the_clip_was(moody: MoodyEditor) -> None:
    refusal = ClipRejected(ClipRule.TOO_SHORT, found="0.50 s", accepted="1 to 4 s", seconds=0.5)

    with pytest.raises(ClipRejected) as caught:
        await moody.cut(edit_answer.write(refusal))

    assert (caught.value.found, caught.value.size_bytes) == ("0.50 s", len(small()))


async def test_a_child_sees_nothing_of_our_environment(
    moody: MoodyEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")

    with pytest.raises(ClipRejected) as caught:
        await moody.cut("curious")

    # It kills itself where there is no token.
    assert caught.value.rule is ClipRule.TOO_COMPLEX


async def test_a_broken_installation_is_no_clips_fault(moody: MoodyEditor, tmp_path: Path) -> None:
    with pytest.raises(EditorUnusable):
        await moody.cut("stillborn")
    async with ChildEditor(tmp_path, child_file=tmp_path / "missing.py") as editor:
        with pytest.raises(EditorUnusable):
            await editor.preview(in_chunks(small()))


async def test_a_folder_that_cannot_be_used_is_no_clips_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with ChildEditor(tmp_path / "file") as editor:
        with pytest.raises(EditorUnusable) as caught:
            await editor.preview(in_chunks(small()))

    assert caught.value.cause.startswith("spool: ")


async def test_closing_ends_a_child_without_blaming_its_clip(moody: MoodyEditor) -> None:
    cutting = await moody.hanging()

    await moody.editor.aclose()

    with pytest.raises(EditorUnusable):
        await cutting
    with pytest.raises(EditorUnusable):
        await moody.cut("well")


async def test_giving_up_ends_the_child(moody: MoodyEditor) -> None:
    cutting = await moody.hanging()
    child = next(iter(moody.editor._children._living))

    cutting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cutting

    async with asyncio.timeout(PATIENCE_SECONDS):
        await child.gone()
    assert seen(await moody.cut("well")).codec == "h264"


class Queue:
    """Clips that come only when they may; `taken` tells of each that is being taken in."""

    def __init__(self) -> None:
        self.taking = 0
        self.most = 0
        self.closed = 0
        self.taken = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def clip(self) -> AsyncIterator[bytes]:
        try:
            self.taking += 1
            self.most = max(self.most, self.taking)
            self.taken.release()
            await self.go.wait()
            self.taking -= 1
            yield small()
        finally:
            self.closed += 1


async def settled() -> None:
    """All tasks have come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_only_so_many_children_work_at_once_and_one_cuts(tmp_path: Path) -> None:
    queue = Queue()
    async with ChildEditor(tmp_path, parallel=2) as editor, asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(editor.cut(queue.clip(), PART))
        await queue.taken.acquire()
        await settled()
        assert queue.taking == 1
        for _ in range(3):
            group.create_task(editor.preview(queue.clip()))
        await queue.taken.acquire()
        await settled()
        queue.go.set()

    assert (queue.most, queue.closed) == (2, 6)


async def test_waiting_has_an_end(tmp_path: Path) -> None:
    queue = Queue()
    async with ChildEditor(tmp_path, parallel=1, wait_seconds=0.05) as editor:
        first = asyncio.create_task(editor.cut(queue.clip(), PART))
        await queue.taken.acquire()
        for work in (editor.cut(in_chunks(small()), PART), editor.preview(in_chunks(small()))):
            with pytest.raises(EditorUnusable) as caught:
                await work
            assert caught.value.cause == "busy"
        queue.go.set()
        assert seen(await first).codec == "h264"


async def test_a_child_that_is_started_for_an_editor_that_was_closed_is_ended(moody: MoodyEditor) -> None:
    queue = Queue()
    moody.set("hang")
    cutting = asyncio.create_task(moody.editor.cut(queue.clip(), PART))
    await queue.taken.acquire()

    await moody.editor.aclose()
    queue.go.set()

    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        with pytest.raises(EditorUnusable) as caught:
            await cutting
    assert (caught.value.cause, queue.closed) == ("closed", 1)


async def test_a_clip_lies_in_a_file_without_a_name_and_only_while_it_is_needed(tmp_path: Path) -> None:
    async with spooled(in_chunks(small()), tmp_path) as spool:
        assert os.listdir(tmp_path) == []  # noqa: PTH208  # the other way is thought to block
        assert os.pread(spool.descriptor, 1_000_000, 0) == small()
        assert spool.size_bytes == len(small())

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(spool.descriptor)


async def test_more_than_can_be_mended_is_not_taken_in(tmp_path: Path) -> None:
    served_bytes = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal served_bytes
        while True:
            served_bytes += 1000
            yield bytes(1000)

    with pytest.raises(ClipRejected) as caught:
        async with spooled(endless(), tmp_path, limit_bytes=10_000):
            raise AssertionError

    assert (caught.value.rule, caught.value.found) == (ClipRule.TOO_BIG, "more than 10,000 bytes")
    assert served_bytes == 11_000


async def test_the_stream_is_closed_whatever_happens(tmp_path: Path) -> None:
    queue = Queue()
    queue.go.set()
    (tmp_path / "file").write_text("")
    async with ChildEditor(tmp_path / "file") as editor:
        stream = queue.clip()
        await anext(stream)
        with pytest.raises(EditorUnusable):
            await editor.preview(stream)

    assert queue.closed == 1
