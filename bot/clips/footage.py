"""What a clip that is to be shown or cut holds, told by its packets and one look at a picture; pure."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from bot.clip import ClipRule
from bot.clips import limits, rules, scan_avi, scan_mp4, scan_webm
from bot.clips.colours import Colours
from bot.clips.scan import foreign
from bot.clips.timeline import Track
from bot.clips.upright import Turn
from bot.errors import ClipRejected

ACCEPTED_SOURCES = "MP4, MOV, 3GP, MKV, WebM, AVI or GIF"
ACCEPTED_CODECS = ", ".join(limits.EDIT_CODECS)
HEAD_BYTES = 512
RIFF_FORM = slice(8, 12)


class Shot(NamedTuple):
    """A packet of one picture: when it is shown and for how long, in ticks; `hidden` by an edit list."""

    time: int
    duration: int
    size_bytes: int
    is_key: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one decoded picture shows of all: stored size, shape of pixels, which way is up, and colours."""

    codec: str
    pixel_format: str
    width: int
    height: int
    pixel_aspect: Fraction
    turn: Turn
    colours: Colours


@dataclass(frozen=True, slots=True)
class Footage:
    """All pictures of a clip in the order of decoding, and its span in seconds by its own clock.

    `times` are when pictures are shown, in ticks and in order.
    """

    shots: tuple[Shot, ...]
    time_base: Fraction
    times: tuple[int, ...]
    start: Fraction
    end: Fraction
    look: Look

    @property
    def seconds(self) -> Fraction:
        return self.end - self.start

    def time(self, shot: Shot) -> Fraction:
        """When it is shown, in seconds by the clip's own clock."""
        return shot.time * self.time_base

    def spacing(self) -> Fraction:
        """The usual time from one picture to the next; 0 where there is only one."""
        ticks = [after - before for before, after in pairwise(self.times)]
        return median_low(ticks or [0]) * self.time_base


def footage_of(shots: tuple[Shot, ...], time_base: Fraction, look: Look) -> Footage:
    """What the packets of a clip tell.

    Raises:
        ClipRejected: undecodable: nothing is ever shown.
    """
    track = Track(time_base)
    for shot in shots:
        if not shot.is_hidden:
            track.add(shot.time, shot.duration)
    span = track.span()
    if span is None:
        raise nothing_to_see()
    times = tuple(sorted({shot.time for shot in shots if not shot.is_hidden}))
    return Footage(shots, time_base, times, *span, look)


def demuxer_of(head: bytes) -> str:
    """FFmpeg's demuxer for a file that starts like this; names are never asked.

    Raises:
        ClipRejected: wrong_container.
    """
    if head.startswith(scan_webm.MAGIC):
        return "matroska"
    if head.startswith(scan_avi.MAGIC) and head[RIFF_FORM] == b"AVI ":
        return "avi"
    if head.startswith(b"GIF8"):
        return "gif"
    if scan_mp4.starts_like_movie(head):
        return "mov"
    form = scan_avi.FOREIGN_FORMS.get(head[RIFF_FORM]) if head.startswith(scan_avi.MAGIC) else None
    found = form or foreign(head).found
    raise ClipRejected(ClipRule.WRONG_CONTAINER, found=found, accepted=ACCEPTED_SOURCES)


def judge_codec(codec: str) -> None:
    """Refuses what is not on the list.

    Raises:
        ClipRejected: undecodable.
    """
    if codec not in limits.EDIT_CODECS:
        raise ClipRejected(ClipRule.UNDECODABLE, found=f"{codec} video", accepted=ACCEPTED_CODECS)


def judge_footage(footage: Footage) -> None:
    """Refuses what no acceptable clip can be cut from.

    Raises:
        ClipRejected: undecodable, or too_short.
    """
    if len(footage.times) < limits.LEAST_FRAMES:
        raise still_picture()
    judge_length(footage.seconds)


def judge_length(seconds: Fraction) -> None:
    """Refuses what is too short to be a clip.

    Raises:
        ClipRejected: too_short.
    """
    shortest = Fraction(limits.SHORTEST_SECONDS * limits.MICROSECONDS - limits.TOLERANCE_MICROSECONDS)
    if seconds * limits.MICROSECONDS < shortest:
        raise ClipRejected(
            ClipRule.TOO_SHORT,
            found=f"{float(seconds):.2f} s",
            accepted=rules.ACCEPTED_SECONDS,
            seconds=round(float(seconds), 3),
        )


def nothing_to_see() -> ClipRejected:
    """The refusal of a clip of which not one picture can be decoded."""
    found = "not one frame could be read"
    return ClipRejected(ClipRule.UNDECODABLE, found=found, accepted=rules.ACCEPTED_FRAMES)


def still_picture() -> ClipRejected:
    """The refusal of what does not move."""
    return ClipRejected(ClipRule.UNDECODABLE, found="a single picture", accepted=rules.ACCEPTED_FRAMES)


def few_pictures(came: int, promised: int) -> ClipRejected:
    """The refusal of a part of which too little can be decoded."""
    found = f"{came} of {promised} frames could be read"
    return ClipRejected(ClipRule.UNDECODABLE, found=found, accepted=rules.ACCEPTED_FRAMES)
