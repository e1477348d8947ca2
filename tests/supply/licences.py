"""`make licences`: docs/licences.md from the lock file and from what the packages say of themselves."""

from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from tests.supply.locks import ROOT, RUNTIME, locked, version_of

PAGE = ROOT / "docs" / "licences.md"
NOT_EVERYWHERE = {
    # From their own metadata: the first is installed on Python 3.13 and newer only, the second on Windows.
    "audioop-lts": "PSF-2.0",
    "colorama": "BSD-3-Clause",
}
IN_ITS_LICENCE_FILE = {"google-re2": "BSD-3-Clause"}
"""Packages whose fields say less: their classifier names the family alone."""
SPDX = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
"""What older packages say in a classifier, as SPDX spells it."""
HEAD = """\
# Licences

What a running bot consists of besides its own code ([MIT](../LICENSE)), as locked in `requirements.txt`. Made
by `make licences` from what the packages say of themselves; do not edit.

**FFmpeg is inside.** PyAV's own code is BSD-3-Clause, but its wheels bundle FFmpeg with x264 and x265
(GPL-2.0-or-later) and with libraries under the LGPL. Running the bot is not handing it on. Whoever does hand
on an image or an installer that contains the wheel owes its receivers the terms of the GPL, version 3, and an
offer of the sources.

The image also holds `pg_dump`, `pg_restore` and `libpq` of PostgreSQL 18, under the PostgreSQL Licence.

| Package | Version | Licence |
| --- | --- | --- |
"""


def stated(expression: str | None, classifiers: Sequence[str], text: str | None) -> str | None:
    """The licence as an SPDX expression, from the three fields that may hold it; None: it is not told there.

    The newest field counts first. The oldest may hold a whole licence text, which is not taken.
    """
    if expression:
        return expression
    known = [SPDX[words] for words in classifiers if words in SPDX]
    if known:
        return " AND ".join(known)
    return text if text and " " not in text else None


def licence_of(name: str) -> str:
    """The licence of an installed package.

    Raises:
        PackageNotFoundError: it is not installed.
        LookupError: it does not tell, or in words that are not known here.
    """
    read_by_us = NOT_EVERYWHERE | IN_ITS_LICENCE_FILE
    if name in read_by_us:
        return read_by_us[name]
    about = distribution(name).metadata
    expression, text = (about.get_all(field, [None])[0] for field in ("License-Expression", "License"))
    found = stated(expression, [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", [])], text)
    if found is None:
        raise LookupError(name)
    return found


def page() -> str:
    """The whole text of docs/licences.md."""
    versions: dict[str, list[str]] = {}
    for requirement in locked(RUNTIME):
        versions.setdefault(requirement.name, []).append(version_of(requirement))
    rows = [f"| {name} | {', '.join(found)} | {licence_of(name)} |\n" for name, found in versions.items()]
    return HEAD + "".join(rows)


def write(path: Path = PAGE) -> None:
    path.write_text(page(), "utf-8")


if __name__ == "__main__":
    write()
