"""The corpus: every kind of file people and attackers send, each with the truth of how it was made.

`python -m tests.clips.corpus FOLDER` writes all files, the same bytes at each run, and `truth.jsonl`.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.clips.case import FRAGMENTED, ORDERED_ODDLY, Case, small
from tests.clips.containers import containers
from tests.clips.costly import costly
from tests.clips.damaged import damaged
from tests.clips.edges import edges
from tests.clips.foreign import foreign
from tests.clips.lies import lies
from tests.clips.mendable import mendable
from tests.clips.timing import times
from tests.clips.tracks import tracks

__all__ = ["FRAGMENTED", "ORDERED_ODDLY", "SORTS", "Case", "costly", "everything", "small"]

SORTS: dict[str, Callable[[], Iterator[Case]]] = {
    "containers": containers,
    "edges": edges,
    "times": times,
    "lies": lies,
    "tracks": tracks,
    "mendable": mendable,
    "damaged": damaged,
    "foreign": foreign,
    "costly": costly,
}


def everything() -> list[Case]:
    """All cases, the good ones of every container first."""
    return [case for cases in SORTS.values() for case in cases()]


def truth(case: Case) -> dict[str, Any]:
    """What must be said of a case, in the words of `clips check --json`."""
    return {
        "name": case.name,
        "verdict": "refused" if case.rule else "accepted",
        "rule": case.rule,
        "kind": case.kind,
        "seconds": None if case.seconds is None else round(float(case.seconds), 6),
        "mendable": case.mendable,
    }


def write(folder: Path) -> None:
    """Every case as a file, numbered, under the name of its kind; the truth is a line for each."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, case in enumerate(everything()):
        file = folder / f"{number:03}.{case.kind or 'mp4'}"
        file.write_bytes(case.make())
        lines.append(json.dumps({"file": file.name, **truth(case)}) + "\n")
    (folder / "truth.jsonl").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
