"""The editing child's own precautions, and what large clips cost the bot and the child."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clips import edit_answer, report
from bot.clips.edit_answer import Made
from bot.clips.editor import CHILD_FILE
from bot.errors import ClipRejected
from tests.clips.corpus import small
from tests.clips.sources import Source, made

PATIENCE_SECONDS = 60
ROOT = Path(__file__).parents[2]
PEAK_GROWTH_BYTES = 8_000_000
"""Far less than any of the clips that are passed through."""
UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


def edited(clip: bytes, folder: Path, *arguments: str, **environment: str) -> Made | ClipRejected:
    """The answer of the real child, started by path from a strange folder."""
    file = folder / "clip"
    file.write_bytes(clip)
    with file.open("rb") as opened:
        answer = subprocess.run(  # noqa: S603  # our own interpreter with our own program
            [sys.executable, "-I", "-B", str(CHILD_FILE), str(os.getpid()), *arguments],
            stdin=opened,
            capture_output=True,
            cwd=folder,
            env=environment,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    file.unlink()
    assert answer.stderr == b""
    assert answer.stdout.startswith(report.READY)
    return edit_answer.read(answer.stdout.removeprefix(report.READY))


def test_the_child_works_from_any_folder_without_environment_and_writes_no_files(tmp_path: Path) -> None:
    assert isinstance(edited(small(), tmp_path, "cut", "0", "2000"), Made)
    assert list(tmp_path.iterdir()) == []


def test_modules_lying_about_are_not_imported(tmp_path: Path) -> None:
    for name in ("av", "bot", "json", "PIL"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")

    assert isinstance(edited(small(), tmp_path, "poster", PYTHONPATH=str(tmp_path)), Made)


SPYING = """
import os, resource, socket, sys
sys.path.insert(0, {root!r})
from bot.clips import edit, edit_child, rules
def spy(file, arguments):
    print("a library that talks")
    found = []
    for attempt in (socket.socket, lambda: open("/etc/hostname"), os.pipe, lambda: file.raw.write(b"x")):
        try:
            found.append(str(attempt()))
        except OSError as error:
            found.append(error.strerror)
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC)
    soft = [resource.getrlimit(kind)[0] for kind in kinds]
    return rules.damaged(None, f"{{found}} {{soft}} {{arguments}}")
edit.edit = spy
edit_child.main(os.getppid(), ["poster"])
"""


def test_work_happens_under_all_limits_and_with_only_the_answer_on_the_output(tmp_path: Path) -> None:
    (tmp_path / "clip").write_bytes(small())
    with (tmp_path / "clip").open("r+b") as opened:
        answer = subprocess.run(  # noqa: S603  # our own interpreter with our own program
            [sys.executable, "-c", SPYING.format(root=str(ROOT))],
            stdin=opened,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        ).stdout

    outcome = edit_answer.read(answer.removeprefix(report.READY))
    assert isinstance(outcome, ClipRejected)
    none = "Too many open files"
    assert outcome.found.startswith(f"['{none}', '{none}', '{none}', ")
    assert outcome.found.endswith(f" [{1024**3}, 60, 0] ['poster']")
    assert (tmp_path / "clip").read_bytes() == small()


POWERLESS = """
import os, sys
sys.path.insert(0, {root!r})
from bot.clips import child, edit, edit_answer, edit_child, limits, report
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
edit_child.main(os.getppid(), sys.argv[1:])
"""


@pytest.mark.parametrize(
    "arguments",
    [("preview",), ("cut", "1500", "2000"), ("stills", "0", "500"), ("poster",), ("poster", "500")],
)
@pytest.mark.parametrize(
    "source",
    [
        Source(codec="libx265", sound_seconds=6, turn_degrees=90),
        Source(kind="webm", codec="libvpx-vp9", sound_codec="libopus", sound_seconds=6),
        Source(kind="matroska", codec="libsvtav1"),
    ],
    ids=["hevc", "vp9", "av1"],
)
def test_nothing_is_started_or_opened_on_the_way(
    tmp_path: Path, source: Source, arguments: tuple[str, ...]
) -> None:
    # Root may always start threads and processes; the seal is for everybody else.
    (tmp_path / "clip").write_bytes(made(source))
    with (tmp_path / "clip").open("rb") as opened:
        answer = subprocess.run(  # noqa: S603  # our own interpreter with our own program
            [sys.executable, "-c", POWERLESS.format(root=str(ROOT)), *arguments],
            stdin=opened,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        ).stdout

    assert isinstance(edit_answer.read(answer.removeprefix(report.READY)), Made)


MEASURING_BOT = """
import asyncio, resource, sys
from pathlib import Path
from bot.clips.check import _chunks
from bot.clips.editor import ChildEditor
from bot.clip import Part

async def main(folder, warm, start, clip):
    async with ChildEditor(Path(folder)) as editor:
        await editor.cut(_chunks(Path(warm)), Part(0, 2000))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        preview = await editor.preview(_chunks(Path(clip)))
        cut = await editor.cut(_chunks(Path(clip)), Part(int(start), 2000))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(after - before, child, preview.seconds, len(preview.sheet), len(cut))

asyncio.run(main(*sys.argv[1:]))
"""


def measured(folder: Path, clip: bytes, start_milliseconds: int) -> tuple[int, int, float, int, int]:
    """Growth of a bot's memory and the most that a child had, in bytes; the preview's seconds; sizes."""
    for name, content in (("warm", small()), ("clip", clip)):
        (folder / name).write_bytes(content)
    names = [folder / "spool", folder / "warm", start_milliseconds, folder / "clip"]
    bot = subprocess.run(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-c", MEASURING_BOT, *map(str, names)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3 * PATIENCE_SECONDS,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )
    grown, child, seconds, sheet_bytes, cut_bytes = bot.stdout.decode().split()
    return int(grown) * UNIT_BYTES, int(child) * UNIT_BYTES, float(seconds), int(sheet_bytes), int(cut_bytes)


@pytest.mark.seconds(180)
def test_half_a_minute_in_full_hd_does_not_move_the_bots_memory(tmp_path: Path) -> None:
    clip = made(Source(seconds=30, fps=10, size=(1920, 1080), sound_seconds=30, key_every=20))

    grown, child, seconds, sheet_bytes, cut_bytes = measured(tmp_path, clip, 25_000)

    assert seconds == 30
    assert grown < PEAK_GROWTH_BYTES
    assert child < 512 * 1024**2
    assert 0 < sheet_bytes <= 300_000
    assert 0 < cut_bytes <= 10_000_000


@pytest.mark.seconds(180)
def test_a_clip_of_more_than_a_hundred_megabytes_does_not_move_the_bots_memory(tmp_path: Path) -> None:
    clip = made(Source(kind="avi", codec="rawvideo", seconds=16, size=(640, 360)))
    assert len(clip) > 160_000_000

    grown, child, seconds, _, _ = measured(tmp_path, clip, 9_000)

    assert seconds == 16
    assert grown < PEAK_GROWTH_BYTES
    assert child < 150 * 1024**2
