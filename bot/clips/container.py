"""What the byte scan says of a file that is worth reading."""

from dataclasses import dataclass
from enum import StrEnum

from bot.clip import ClipKind
from bot.errors import ClipRejected


class Demuxer(StrEnum):
    """The readers of FFmpeg that are ever started, by their FFmpeg names."""

    MOV = "mov"
    MATROSKA = "matroska"
    AVI = "avi"
    GIF = "gif"


@dataclass(frozen=True, slots=True)
class Container:
    """How a file is read, and how far it is whole.

    `kind` is what it is, or would be mended to. `refusal` is what is wrong with it whatever is inside: the
    first `whole_bytes` are then read to see whether a good clip can be made of them.
    """

    demuxer: Demuxer
    kind: ClipKind
    whole_bytes: int
    refusal: ClipRejected | None = None
