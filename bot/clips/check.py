"""Judges files from the disc exactly as the bot judges attachments, for the command line."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.clip import ClipKind, ClipRule
from bot.clips.probe import ClipProbe
from bot.errors import ClipRejected

CHUNK_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one file: no `rule` when accepted, else `found` and `accepted` explain it."""

    file: str
    rule: ClipRule | None
    kind: ClipKind | None
    seconds: float | None
    size_bytes: int
    mendable: bool = False
    found: str | None = None
    accepted: str | None = None

    def line(self) -> str:
        """One line of JSON, part of the fixed contract."""
        return json.dumps(
            {
                "file": self.file,
                "verdict": "refused" if self.rule else "accepted",
                "rule": self.rule,
                "kind": self.kind,
                "seconds": self.seconds,
                "bytes": self.size_bytes,
                "mendable": self.mendable,
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read at all; `cause` is the system's word for it."""

    file: str
    cause: str


async def check_files(paths: Iterable[Path], probe: ClipProbe) -> list[Verdict | Unreadable]:
    """One answer for each path, in their order.

    Raises:
        ProbeUnusable: no clip can be looked into here.
    """
    return list(await asyncio.gather(*(_check(path, probe) for path in paths)))


async def _check(path: Path, probe: ClipProbe) -> Verdict | Unreadable:
    try:
        size_bytes = (await asyncio.to_thread(path.stat)).st_size
        facts = await probe.judge(_chunks(path), size_bytes)
    except ClipRejected as rejected:
        return Verdict(
            file=str(path),
            rule=rejected.rule,
            kind=rejected.kind,
            seconds=rejected.seconds,
            size_bytes=size_bytes,
            mendable=rejected.mendable,
            found=rejected.found,
            accepted=rejected.accepted,
        )
    except OSError as error:
        return Unreadable(str(path), error.strerror or type(error).__name__)
    return Verdict(str(path), None, facts.kind, facts.seconds, facts.size_bytes)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    file: BinaryIO = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
    finally:
        file.close()
