"""The clips of these tests: one good one, and each kind of bad one. Made once per run."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from tests.clips.craft import png, repeated
from tests.clips.craft_webm import called_webm
from tests.clips.make import make_clip, pad_to

LIMIT_BYTES = 10_000_000
SMALL = (160, 120)


@functools.cache
def good() -> bytes:
    """2 s of MP4."""
    return make_clip(2.0, size=SMALL)


@functools.cache
def heavy() -> bytes:
    """4 s of MP4 that take a good part of a second to decode."""
    return make_clip(3.9, fps=60, size=(640, 480))


@dataclass(frozen=True, slots=True)
class BadClip:
    """A file that must be refused, and what the member has to be told: what was found, what is accepted."""

    body: Callable[[], bytes]
    found: str
    accepted: str
    filename: str = "clip.mp4"


BAD: dict[str, BadClip] = {
    "text under a clip's name": BadClip(lambda: b"not a video at all\n" * 400, "", "MP4, WebM or AVI"),
    "empty": BadClip(lambda: b"", "0 bytes", "MP4, WebM or AVI"),
    "truncated": BadClip(lambda: good()[: len(good()) // 2], "", "whole"),
    "a picture": BadClip(png, "PNG", "MP4, WebM or AVI", "clip.png"),
    "a picture under a clip's name": BadClip(png, "PNG", "MP4, WebM or AVI"),
    "sound alone": BadClip(lambda: make_clip(0, audio_seconds=2.0), "0 video tracks", "a video track"),
    "too short": BadClip(lambda: make_clip(0.9, fps=30, size=SMALL), "0.90 s", "1 to 4 s"),
    "a bomb": BadClip(lambda: repeated(good(), 900), "33 tracks", "at most 32 tracks"),
}


@dataclass(frozen=True, slots=True)
class MendableClip:
    """A file that cannot be used as it is and can be cut: what is found, and how long what comes of it is."""

    body: Callable[[], bytes]
    found: str
    seconds: float
    button: str = "Use the whole clip"
    filename: str = "clip.mp4"


MENDABLE: dict[str, MendableClip] = {
    "too long": MendableClip(lambda: make_clip(9.0, size=SMALL), "9.00 s", 4.0, "Use this part"),
    "too long by a little": MendableClip(lambda: make_clip(4.2, size=SMALL), "4.20 s", 4.0),
    "one byte too many": MendableClip(lambda: pad_to(good(), LIMIT_BYTES + 1), "10,000,001 bytes", 2.0),
    "another container": MendableClip(
        lambda: make_clip(2.0, "mov", size=SMALL), "QuickTime", 2.0, filename="clip.mov"
    ),
    "another container and too long": MendableClip(
        lambda: make_clip(6.0, "matroska", size=SMALL, audio_seconds=6.0),
        "Matroska",
        4.0,
        "Use this part",
        "clip.mkv",
    ),
    "a moving picture": MendableClip(
        lambda: make_clip(2.0, "gif", 10, SMALL, codec="gif"), "GIF", 2.0, filename="fox.gif"
    ),
    "a page behind its end": MendableClip(
        lambda: good() + b"<html><script>alert(1)</script></html>", "bytes after the end", 2.0
    ),
    "another codec": MendableClip(
        lambda: called_webm(make_clip(2.0, "matroska", size=SMALL)), "h264", 2.0, filename="clip.webm"
    ),
}
