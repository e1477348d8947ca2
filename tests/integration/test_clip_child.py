"""The child's own precautions, each seen from outside in a process of its own."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clips import report
from bot.clips.probe import CHILD_FILE
from bot.clips.rules import Measurement
from bot.errors import ClipRejected
from tests.clips.corpus import small

PATIENCE_SECONDS = 30
ROOT = str(Path(__file__).parents[2])


def ran(program: str) -> subprocess.CompletedProcess[str]:
    """A Python program that has the child's functions at hand."""
    preface = f"import sys; sys.path.insert(0, {ROOT!r})\nfrom bot.clips import child\n"
    return subprocess.run(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-c", preface + program],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def looked(clip: bytes, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The real child, started by path from a strange folder."""
    return subprocess.run(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-I", "-B", str(CHILD_FILE), str(os.getpid())],
        input=clip,
        capture_output=True,
        cwd=folder,
        env=environment,
        timeout=PATIENCE_SECONDS,
        check=True,
    )


def test_the_child_works_from_any_folder_without_environment(tmp_path: Path) -> None:
    answer = looked(small(), tmp_path)

    assert answer.stdout.startswith(report.READY)
    outcome = report.read(answer.stdout.removeprefix(report.READY)).outcome
    assert isinstance(outcome, Measurement)
    assert answer.stderr == b""


def test_modules_lying_about_are_not_imported(tmp_path: Path) -> None:
    for name in ("av", "bot", "json", "tinytag"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")

    assert looked(small(), tmp_path, PYTHONPATH=str(tmp_path)).stdout.startswith(report.READY)


def test_the_child_writes_no_files(tmp_path: Path) -> None:
    looked(small(), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_memory_is_limited() -> None:
    answer = ran(
        "child.confine(400_000_000, 8, 32)\ntry: bytes(500_000_000)\nexcept MemoryError: print('no')"
    )

    # macOS takes the limit and does not keep it.
    assert answer.stdout == ("no\n" if sys.platform == "linux" else "")


def test_time_is_limited() -> None:
    answer = ran("child.confine(400_000_000, 1, 32)\nwhile True: pass")

    assert answer.returncode in (-signal.SIGKILL, -signal.SIGXCPU)


def test_nothing_can_be_written() -> None:
    program = """
import tempfile
file = tempfile.TemporaryFile()
child.confine(400_000_000, 8, 32)
try:
    file.write(b"x"); file.flush()
except OSError as error:
    print(error.strerror)
    import os; os._exit(0)
"""

    assert ran(program).stdout == "File too large\n"


@pytest.mark.parametrize("attempt", ["socket.socket()", "open('/etc/hostname')", "os.pipe()"])
def test_once_sealed_nothing_can_be_opened(attempt: str) -> None:
    answer = ran(f"import os, socket\nchild.seal()\ntry: {attempt}\nexcept OSError as e: print(e.strerror)")

    assert answer.stdout == "Too many open files\n"


def test_once_sealed_nothing_can_be_started() -> None:
    # Root may always start processes; the seal is for everybody else.
    program = "import os\nif os.getuid() == 0: os.setuid(65534)\nchild.seal()\n"

    answer = ran(program + "try: os.fork()\nexcept OSError as e: print(e.strerror)")

    assert answer.stdout == "Resource temporarily unavailable\n"


GUARDIAN = """
import os, subprocess, sys, time
child, stdin, life = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
arguments = [sys.executable, "-I", "-B", child, str(os.getpid())]
started = subprocess.Popen(
    arguments, stdin=stdin, stdout=subprocess.PIPE, pass_fds=[life], start_new_session=True
)
print(started.stdout.readline().decode(), end="", flush=True)
time.sleep(600)
"""


def test_the_child_dies_with_a_bot_that_was_killed() -> None:
    clip_read, clip_write = os.pipe()
    life_read, life_write = os.pipe()
    guardian = subprocess.Popen(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-c", GUARDIAN, str(CHILD_FILE), str(clip_read), str(life_write)],
        pass_fds=[clip_read, life_write],
        stdout=subprocess.PIPE,
    )
    with guardian, os.fdopen(clip_write, "wb") as clip, os.fdopen(life_read, "rb") as life:
        os.close(clip_read)
        os.close(life_write)
        assert guardian.stdout is not None
        assert guardian.stdout.readline() == report.READY

        guardian.kill()

        if sys.platform != "linux":
            # Only Linux tells a child of its parent's death; elsewhere the end of its input does.
            clip.close()
        # Its input stays open; only its death closes the last end of this pipe.
        assert life.read() == b""


SPYING = """
import os, resource, signal, socket
from bot.clips import look, report, rules
kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE,
         resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
attempts = (socket.socket, lambda: open("/etc/hostname"), os.fork, lambda: os.kill(os.getppid(), 0))
def spy(content):
    print("a library that talks")
    found = [[resource.getrlimit(kind)[0] for kind in kinds], signal.getitimer(signal.ITIMER_PROF)[0] > 1]
    if sys.platform == "linux":  # prctl(2), PR_GET_PDEATHSIG: whoever changes its user loses it
        child.ctypes.CDLL(None).prctl(2, child.ctypes.byref(mark := child.ctypes.c_int()))
        found.append(mark.value)
    for attempt in attempts:
        try:
            found.append(str(attempt()))
        except OSError as error:
            found.append(error.errno)
    return report.Report(rules.damaged(None, str(found)), None)
look.look = spy
child.main(os.getppid())
"""
ROOT_CANNOT_BE_KILLED = [errno.EPERM] if os.getuid() == 0 else ["None"]


def test_looking_happens_under_all_limits_and_with_only_the_answer_on_the_output() -> None:
    answer = ran(SPYING).stdout.encode()

    assert answer.startswith(report.READY)
    outcome = report.read(answer.removeprefix(report.READY)).outcome
    assert isinstance(outcome, ClipRejected)
    attempts = [errno.EMFILE, errno.EMFILE, errno.EAGAIN, *ROOT_CANNOT_BE_KILLED]
    dies_with_the_bot = [int(signal.SIGKILL)] if sys.platform == "linux" else []
    assert outcome.found == str([[768 * 1024 * 1024, 4, 0, 0, 0, 0], True, *dies_with_the_bot, *attempts])


def test_whoever_thinks_for_too_long_is_ended() -> None:
    answer = ran("child.hurry(0.2)\nwhile True: pass")

    assert answer.returncode == -signal.SIGPROF


BENT_CLIPS = """
import random
from bot.clips.look import look
from bot.errors import ClipRejected
from tests.clips.corpus import small
chance = random.Random(5)
for kind in ("mp4", "webm", "avi"):
    small(kind)  # made while threads may still be started
child.seal()
for kind in ("mp4", "webm", "avi") * 80:
    bent = bytearray(small(kind))
    for _ in range(chance.randint(1, 10)):
        bent[chance.randrange(len(bent))] = chance.randrange(256)
    look(bytes(bent))
print("survived")
"""


def test_bent_clips_are_measured_or_refused_and_nothing_else() -> None:
    answer = ran(BENT_CLIPS)

    assert answer.stdout == "survived\n", answer.stderr


def test_a_child_of_somebody_else_does_not_start() -> None:
    answer = ran("child.die_with(1)\nprint('alive')")

    assert answer.stdout == ("" if sys.platform == "linux" else "alive\n")
