"""One file of the corpus, and what most of them are made from."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from tests.clips.make import make_clip

SMALL = (64, 48)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
ORDERED_ODDLY = {"preset": "veryfast", "x264-params": "b-adapt=0:bframes=3:keyint=12"}
OFTEN_KEYED = {"g": "5"}
"""A key frame every five frames, so that fragments and cuts are short."""
TWO = Fraction(2)


@dataclass(frozen=True)
class Case:
    """A file and the truth about it, told by how it was made.

    `rule` is what it breaks, None for a good clip; `kind` is what it is, None for what is no clip's
    container. `seconds` is the length of its picture (of everything, where sound makes it too long), None
    where nobody can say. `mendable`: cutting, re-encoding or re-wrapping makes a good clip of it.
    """

    name: str
    make: Callable[[], bytes]
    rule: str | None = None
    kind: str | None = None
    seconds: Fraction | None = None
    mendable: bool = False

    def __str__(self) -> str:
        return self.name


@cache
def small(kind: str = "mp4", seconds: float = 2.0, codec: str | None = None) -> bytes:
    """A good clip of 64 x 48 pixels at 25 frames a second, made once."""
    return make_clip(seconds, kind, size=SMALL, codec=codec)


@cache
def streamed(seconds: float = 2.0) -> bytes:
    """A good MP4 of fragments of a fifth of a second, made once."""
    return make_clip(seconds, size=SMALL, encode=OFTEN_KEYED, mux=FRAGMENTED)
