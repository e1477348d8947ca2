"""The feeder of changed clips: what it must find, it finds; and it is the same at each run."""

from pathlib import Path

import pytest

from bot.clips.endings import BROKEN, UNFINISHED
from bot.clips.probe import CHILD_FILE, ClipProbe
from tests.clips import fuzz
from tests.clips.mutants import Herd

READY = "import os, sys\nos.write(1, b'ready\\n')\nsys.stdin.buffer.read()\n"
FAULTY = {
    "killed": ("os.kill(os.getpid(), 11)", UNFINISHED),
    "talking nonsense": ("print('{}')", BROKEN),
}
CLIPS = 3


async def fed(folder: Path, clips: int = CLIPS, child_file: Path = CHILD_FILE) -> fuzz.Findings:
    """The first mutants of the first seed, with another child in the place of the real one if need be."""
    async with ClipProbe(parallel=1, child_file=child_file) as probe:
        return await fuzz.fuzz(probe, Herd(1), range(clips), 1, folder)


def kept(folder: Path) -> set[bytes]:
    return {file.read_bytes() for file in folder.glob("*.bin")}


@pytest.mark.parametrize("fault", FAULTY)
async def test_a_clip_that_harms_its_child_is_told_and_kept(fault: str, tmp_path: Path) -> None:
    program, told = FAULTY[fault]
    child = tmp_path / "child.py"
    child.write_text(READY + program)

    found = await fed(tmp_path, child_file=child)

    assert len(found.faults) == CLIPS
    assert all(told in line for line in found.faults)
    assert kept(tmp_path) == {Herd(1).mutant(number).content for number in range(CLIPS)}


async def test_whatever_else_is_raised_is_a_fault(tmp_path: Path) -> None:
    found = await fed(tmp_path, clips=1, child_file=tmp_path / "missing.py")

    assert len(found.faults) == 1
    assert "ProbeUnusable" in found.faults[0]


async def test_memory_that_is_not_given_back_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "WARM_CLIPS", 1)
    monkeypatch.setattr(fuzz, "LEAK_BYTES", -fuzz.MEGA)

    found = await fed(tmp_path, clips=2)

    assert len(found.faults) == 1
    assert "memory grew" in found.faults[0]


async def test_changed_clips_are_judged_and_nothing_else_happens(tmp_path: Path) -> None:
    found = await fed(tmp_path)

    assert found.faults == []
    assert found.verdicts.total() == CLIPS
    assert found.verdicts["error"] == 0
    assert found.slowest[0] > 0
    assert kept(tmp_path) == set()


def test_the_same_seed_and_number_make_the_same_mutant() -> None:
    numbers = range(20)

    forwards = [Herd(7).mutant(number) for number in numbers]
    herd = Herd(7)
    backwards = [herd.mutant(number) for number in reversed(numbers)]

    assert forwards == backwards[::-1]
    assert len({mutant.content for mutant in forwards}) == len(numbers)
    assert forwards != [Herd(8).mutant(number) for number in numbers]
