"""The process that looks into one clip: started by path, fed through stdin, answers one line of JSON, ends.

Limits come first, then the imports that a hostile file could misuse; nothing of this runs in the bot itself.
"""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

HOME = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
NOBODY = 65534


def main(parent: int) -> None:
    """Answers on the real stdout; whatever a library prints goes nowhere."""
    die_with(parent)
    answer_descriptor = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from bot.clips import limits, report  # noqa: PLC0415  # the limits come before every other import

    confine(limits.CHILD_MEMORY_BYTES, limits.CHILD_CPU_SECONDS, limits.CHILD_DESCRIPTORS)
    from bot.clips import look  # noqa: PLC0415  # loads FFmpeg

    os.write(answer_descriptor, report.READY)
    content = sys.stdin.buffer.read(limits.LIMIT_BYTES + 1)
    seal()
    die_with(parent)  # whoever gives up rights is forgotten as somebody's child
    hurry(limits.LOOK_CPU_SECONDS)
    os.write(answer_descriptor, report.write(look.look(content)))


def die_with(parent: int) -> None:
    """Ends this process when the bot ends, and gains no rights; Linux only, elsewhere stdin's end must do."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)
        with contextlib.suppress(OSError):
            # When memory runs out on this machine, this process goes first, not the bot.
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def confine(memory_bytes: int, cpu_seconds: int, descriptors: int) -> None:
    """Sets the limits of this process. macOS does not enforce the first, Windows has none of them."""
    if sys.platform != "win32":
        for kind, limit in (
            (resource.RLIMIT_AS, memory_bytes),
            (resource.RLIMIT_CPU, cpu_seconds),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, descriptors),
        ):
            _, hard = resource.getrlimit(kind)
            value = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (value, value))


def seal() -> None:
    """From here on nothing can be opened or started: no file, no socket, no process. All needed is in memory.

    Root could still start processes, so root is given up.
    """
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        if os.geteuid() == 0:
            with contextlib.suppress(OSError):  # a container may have forbidden even that
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)


def hurry(cpu_seconds: float) -> None:
    """Ends this process, by a signal, once it has used so much more of the processor."""
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


if __name__ == "__main__":
    sys.path.insert(0, str(HOME))
    main(int(sys.argv[1]))
    # Taking FFmpeg down in order takes longer than looking at most clips.
    os._exit(0)
