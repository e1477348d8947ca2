"""The process that works on one clip: started by path, reads it from stdin as a file, answers, ends.

As in `child`, limits come first, then the imports that a hostile file could misuse.
"""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]


def main(parent: int, arguments: list[str]) -> None:
    """Answers on the real stdout; whatever a library prints goes nowhere."""
    from bot.clips import child, edit_answer, limits, report  # noqa: PLC0415  # the path is set only now

    child.die_with(parent)
    answer_descriptor = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    child.confine(limits.EDIT_MEMORY_BYTES, limits.EDIT_CPU_SECONDS, limits.EDIT_DESCRIPTORS)
    from bot.clips import edit  # noqa: PLC0415  # loads FFmpeg

    os.write(answer_descriptor, report.READY)
    child.seal()
    answer = edit_answer.write(edit.edit(sys.stdin.buffer, arguments))
    with os.fdopen(answer_descriptor, "wb") as output:
        output.write(answer)


if __name__ == "__main__":
    sys.path.insert(0, str(HOME))
    main(int(sys.argv[1]), sys.argv[2:])
    # Taking FFmpeg down in order takes longer than looking at most clips.
    os._exit(0)
