"""The probe with real child processes: good clips, hostile clips, and children that go mad."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clip import ClipFacts, ClipRule
from bot.clips import limits
from bot.clips.probe import CHILD_FILE, ClipProbe, ProbeUnusable
from bot.errors import AttachmentGone, ClipRejected
from tests.clips.corpus import costly, small
from tests.clips.craft import huge_h264
from tests.clips.make import make_clip, pad_to
from tests.clips.stands import timed_callbacks

CHUNK_BYTES = 65_536
PATIENCE_SECONDS = 50
CROWD_SECONDS = 0.3
HUNG = ("hang", "deaf", "closed", "orphan")
SHORT_WALL_SECONDS = 1.5
"""How long hung children are waited for here; a busy machine must be able to start one meanwhile."""
STAND_SECONDS = 0.02
PEAK_GROWTH_BYTES = 6_000_000
"""Less than the clip that is passed through has."""

# A child that does as the file beside it says; `well` makes it the real one.
MOODY_CHILD = """
import os, runpy, signal, subprocess, sys, time
from pathlib import Path
mood = Path(__file__).with_name("mood").read_text()
if mood == "well":
    sys.argv[0] = {child!r}
    runpy.run_path({child!r}, run_name="__main__")
if mood == "stillborn":
    sys.exit(1)
os.write(1, b"ready\\n")
if mood == "deaf":
    time.sleep(600)
if mood == "curious" and "DISCORD_TOKEN" not in os.environ:
    mood = "signal 9"
content = sys.stdin.buffer.read()
if mood.startswith("signal "):
    os.kill(os.getpid(), int(mood.split()[1]))
elif mood == "hang":
    time.sleep(600)
elif mood == "orphan":
    os.write(1, b"%d\\n" % subprocess.Popen(["sleep", "600"]).pid)
    time.sleep(600)
elif mood == "flood":
    while True:
        os.write(1, b"x" * 65536)
elif mood == "closed":
    os.close(1)
    time.sleep(600)
elif mood == "exit":
    sys.exit(3)
else:
    os.write(1, mood.encode())
"""


class MoodyProbe:
    """A probe whose next child behaves as told."""

    def __init__(self, folder: Path) -> None:
        self._mood = folder / "mood"
        file = folder / "moody.py"
        file.write_text(MOODY_CHILD.format(child=str(CHILD_FILE)))
        self.probe = ClipProbe(child_file=file)

    async def judge(
        self, mood: str, clip: bytes | None = None, taken: asyncio.Event | None = None
    ) -> ClipFacts:
        self._mood.write_text(mood)
        self.probe._wall_seconds = SHORT_WALL_SECONDS if mood in HUNG else limits.CHILD_WALL_SECONDS
        content = small() if clip is None else clip
        return await self.probe.judge(chunks_of(content, taken), len(content))


@pytest.fixture
async def probe() -> AsyncIterator[ClipProbe]:
    async with ClipProbe(parallel=2) as made:
        yield made


@pytest.fixture
async def moody(tmp_path: Path) -> AsyncIterator[MoodyProbe]:
    made = MoodyProbe(tmp_path)
    yield made
    await made.probe.aclose()


async def chunks_of(clip: bytes, taken: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """A clip as a store or a server hands it out; `taken` is set when its last piece is on its way."""
    for start in range(0, len(clip), CHUNK_BYTES):
        yield clip[start : start + CHUNK_BYTES]
    if taken is not None:
        taken.set()


async def rule_broken(probe: ClipProbe, clip: bytes) -> ClipRule | None:
    """The rule that the probe finds broken, if any."""
    try:
        await probe.judge(chunks_of(clip), len(clip) or 1)
    except ClipRejected as rejected:
        return rejected.rule
    return None


async def test_a_good_clip_gives_its_facts(probe: ClipProbe) -> None:
    clip = make_clip(3, "webm", fps=30, size=(96, 80))

    facts = await probe.judge(chunks_of(clip), len(clip))

    assert facts == ClipFacts(facts.kind, 3.0, len(clip), 96, 80, "vp8", 30.0)
    assert facts.kind == "webm"


async def test_exactly_ten_million_bytes_pass(probe: ClipProbe) -> None:
    clip = pad_to(small(), 10_000_000)

    assert (await probe.judge(chunks_of(clip), len(clip))).size_bytes == 10_000_000


async def test_a_stream_that_goes_on_is_stopped_at_the_limit(probe: ClipProbe) -> None:
    served_bytes, closed = 0, False

    async def endless() -> AsyncIterator[bytes]:
        nonlocal served_bytes, closed
        try:
            while True:
                served_bytes += CHUNK_BYTES
                yield bytes(CHUNK_BYTES)
        finally:
            closed = True

    with pytest.raises(ClipRejected) as caught:
        await probe.judge(endless(), 1000)

    assert caught.value.rule is ClipRule.TOO_BIG
    assert caught.value.found == "more than 10,000,000 bytes"
    assert served_bytes <= 10_000_000 + CHUNK_BYTES
    assert closed


@pytest.mark.parametrize(("size_bytes", "rule"), [(0, ClipRule.EMPTY), (10_000_001, ClipRule.TOO_BIG)])
async def test_a_size_is_refused_before_anything_is_read(size_bytes: int, rule: ClipRule) -> None:
    chunks = chunks_of(small())

    with pytest.raises(ClipRejected) as caught:
        await ClipProbe(child_file=Path("/nowhere")).judge(chunks, size_bytes)

    assert (caught.value.rule, caught.value.size_bytes) == (rule, size_bytes)
    assert await anext(chunks) == small()


async def test_a_stream_without_bytes_is_empty(probe: ClipProbe) -> None:
    assert await rule_broken(probe, b"") is ClipRule.EMPTY


async def test_trouble_with_the_source_reaches_the_caller(probe: ClipProbe) -> None:
    async def vanishing() -> AsyncIterator[bytes]:
        yield small()[:1000]
        raise AttachmentGone(404)

    with pytest.raises(AttachmentGone):
        await probe.judge(vanishing(), len(small()))

    assert await rule_broken(probe, small()) is None


@pytest.mark.parametrize(
    ("mood", "rule"),
    [
        ("signal 11", ClipRule.TOO_COMPLEX),
        ("signal 9", ClipRule.TOO_COMPLEX),
        ("signal 24", ClipRule.TOO_COMPLEX),
        ("flood", ClipRule.TOO_COMPLEX),
        ("exit", ClipRule.UNDECODABLE),
        ("", ClipRule.UNDECODABLE),
        ("garbage", ClipRule.UNDECODABLE),
        ('{"measured": {}}\n', ClipRule.UNDECODABLE),
    ],
)
async def test_a_child_that_breaks_refuses_its_clip_and_no_other(
    moody: MoodyProbe, mood: str, rule: ClipRule
) -> None:
    async with asyncio.timeout(limits.CHILD_WALL_SECONDS / 2):
        with pytest.raises(ClipRejected) as caught:
            await moody.judge(mood)

    assert caught.value.rule is rule
    assert (await moody.judge("well")).seconds == 2.0


async def test_a_child_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    async def hung(mood: str) -> ClipRule:
        folder = tmp_path / mood
        folder.mkdir()
        moody = MoodyProbe(folder)
        with pytest.raises(ClipRejected) as caught:
            await moody.judge(mood, pad_to(small(), 5_000_000))
        assert (await moody.judge("well")).seconds == 2.0
        return caught.value.rule

    # The orphan's own child holds the output open: only when that one is gone, too, can the verdict come.
    async with asyncio.timeout(PATIENCE_SECONDS):
        rules = await asyncio.gather(*map(hung, HUNG))

    assert rules == [ClipRule.TOO_COMPLEX] * len(HUNG)


async def test_a_child_sees_nothing_of_our_environment(
    moody: MoodyProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")

    with pytest.raises(ClipRejected) as caught:
        await moody.judge("curious")

    # It kills itself where there is no token.
    assert caught.value.rule is ClipRule.TOO_COMPLEX


async def test_a_broken_installation_is_no_clips_fault(moody: MoodyProbe) -> None:
    with pytest.raises(ProbeUnusable):
        await moody.judge("stillborn")


async def test_a_missing_child_is_no_clips_fault(tmp_path: Path) -> None:
    async with ClipProbe(child_file=tmp_path / "missing.py") as probe:
        with pytest.raises(ProbeUnusable):
            await probe.judge(chunks_of(small()), len(small()))


async def hanging(moody: MoodyProbe) -> asyncio.Task[ClipFacts]:
    """A judgement whose child has eaten most of a clip and hangs."""
    taken = asyncio.Event()
    judging = asyncio.create_task(moody.judge("hang", pad_to(small(), 1_000_000), taken))
    await taken.wait()
    return judging


async def test_closing_ends_a_child_without_blaming_its_clip(moody: MoodyProbe) -> None:
    judging = await hanging(moody)

    await moody.probe.aclose()

    with pytest.raises(ProbeUnusable):
        await judging
    with pytest.raises(ProbeUnusable):
        await moody.judge("well")


async def test_giving_up_ends_the_child(moody: MoodyProbe) -> None:
    judging = await hanging(moody)
    child = next(iter(moody.probe._children._living))

    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging

    async with asyncio.timeout(PATIENCE_SECONDS):
        await child.gone()
    assert (await moody.judge("well")).seconds == 2.0


async def test_only_so_many_children_run_at_once() -> None:
    at_once = 0
    most_at_once = 0
    crowd = asyncio.Event()

    async def counted() -> AsyncIterator[bytes]:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        if at_once > 2:
            crowd.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CROWD_SECONDS):
                await crowd.wait()
        at_once -= 1
        yield small()

    async with ClipProbe(parallel=2) as probe:
        await asyncio.gather(*(probe.judge(counted(), 1) for _ in range(5)))

    assert most_at_once == 2


async def test_no_step_of_judging_keeps_the_event_loop(probe: ClipProbe) -> None:
    clips = [pad_to(small(), 10_000_000), make_clip(4, fps=60, size=(640, 360)), huge_h264(small(), 16_000)]

    with timed_callbacks() as stands:
        rules = await asyncio.gather(*(rule_broken(probe, clip) for clip in clips))

    assert rules == [None, None, ClipRule.TOO_COMPLEX]
    # Of the processor: by the clock, what else this machine does would be judged with it.
    assert 0 < max(stand.processor_seconds for stand in stands) < STAND_SECONDS


MEASURING_BOT = """
import asyncio, sys
from pathlib import Path
from bot.clips.check import check_files
from bot.clips import limits
from bot.clips.probe import ClipProbe
from tests.clips.peaks import peak_bytes

async def main():
    async with ClipProbe(parallel=1) as probe:
        await check_files([Path(sys.argv[1])], probe)
        before = peak_bytes()
        verdicts = await check_files(map(Path, sys.argv[2:]), probe)
    print(peak_bytes() - before, *(verdict.rule for verdict in verdicts))

asyncio.run(main())
"""


def test_bombs_are_refused_without_moving_the_bots_memory(tmp_path: Path) -> None:
    # Some of them; that all are refused is seen with the rest of the corpus.
    bombs = [bomb for bomb in costly() if bomb.rule][::7]
    clips = [small(), pad_to(small(), 10_000_000), *(bomb.make() for bomb in bombs)]
    files = [tmp_path / f"{number}.mp4" for number in range(len(clips))]
    for file, clip in zip(files, clips, strict=True):
        file.write_bytes(clip)

    bot = subprocess.run(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-c", MEASURING_BOT, *map(str, files)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )

    grown_bytes, *rules = bot.stdout.decode().splitlines()[-1].split()
    assert rules == ["None", *(bomb.rule for bomb in bombs)]
    assert int(grown_bytes) < PEAK_GROWTH_BYTES
