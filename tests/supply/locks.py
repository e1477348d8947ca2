"""The lock files, read: which packages, in which versions, on which Pythons and systems."""

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
IMAGE = ROOT / "requirements-image.txt"
"""What the image takes a few files of, besides what runs."""
LINE = re.compile(r"^[A-Za-z0-9].*?(?= \\$)", re.MULTILINE)
"""A requirement; its hashes follow in lines of their own."""


def locked(lock: Path) -> Iterator[Requirement]:
    """Everything in a lock file, each with exactly one version; a name may stand there once per marker."""
    yield from map(Requirement, LINE.findall(lock.read_text("utf-8")))


def locked_here(lock: Path) -> Iterator[Requirement]:
    """What of it this Python on this system takes."""
    for requirement in locked(lock):
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


def version_of(requirement: Requirement) -> str:
    """The one version it is locked to.

    Raises:
        ValueError: it is not locked.
    """
    (specifier,) = requirement.specifier
    if specifier.operator != "==":
        raise ValueError(str(requirement))
    return specifier.version
