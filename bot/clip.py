"""What a clip is: its containers and rules, what is measured, stored, and offered to be cut.

Standard library only.
"""

from dataclasses import dataclass
from enum import StrEnum


class ClipKind(StrEnum):
    """The containers the provider takes, told by content."""

    MP4 = "mp4"
    WEBM = "webm"
    AVI = "avi"


class PictureKind(StrEnum):
    """How pictures are kept; the values are file extensions, as those of `ClipKind` are."""

    JPEG = "jpg"


class ClipRule(StrEnum):
    """The rules a clip can break; the values are part of the fixed contract."""

    FILE_COUNT = "file_count"
    EMPTY = "empty"
    TOO_BIG = "too_big"
    WRONG_CONTAINER = "wrong_container"
    NO_VIDEO = "no_video"
    UNDECODABLE = "undecodable"
    DAMAGED = "damaged"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_COMPLEX = "too_complex"


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What was measured on an accepted clip; `seconds` is the span of its video packets."""

    kind: ClipKind
    seconds: float
    size_bytes: int
    width: int
    height: int
    codec: str
    fps: float | None


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A clip in our own store. `key` is its place there, `sha256` the hex digest of its bytes."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A stored clip that was judged and accepted; `poster` is a JPEG of it, if one could be made."""

    stored: StoredClip
    facts: ClipFacts
    poster: StoredClip | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The piece of a clip that is kept, counted from the clip's first picture."""

    start_milliseconds: int
    length_milliseconds: int

    @property
    def end_milliseconds(self) -> int:
        return self.start_milliseconds + self.length_milliseconds


@dataclass(frozen=True, slots=True)
class Offer:
    """A clip that is not acceptable as it is, kept until somebody says which part to make one of.

    `source` is what was attached, `sheet` a JPEG of pictures from all over it, `seconds` the span of its
    pictures; `part` is what is suggested and, once it was chosen, what was chosen.
    """

    source: StoredClip
    sheet: StoredClip
    seconds: float
    part: Part


@dataclass(frozen=True, slots=True)
class SourceTask:
    """From where to where in the video of a task that the provider has done before."""

    task_id: str
    start_seconds: float
    end_seconds: float
