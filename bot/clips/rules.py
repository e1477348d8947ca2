"""The verdict: what was measured on a clip, held against the limits. Reads no file, starts nothing."""

from dataclasses import dataclass
from typing import NoReturn

from bot.clips import limits
from bot.errors import ClipRejected
from bot.model import ClipFacts, ClipKind, ClipRule

ACCEPTED_CONTAINERS = "MP4, WebM or AVI"
ACCEPTED_SECONDS = f"{limits.SHORTEST_SECONDS} to {limits.LONGEST_SECONDS} s"
ACCEPTED_BYTES = f"at most {limits.LIMIT_BYTES:,} bytes"
ACCEPTED_TRACKS = "exactly one video track"
ACCEPTED_PIXELS = f"at most {limits.SIDE_PIXELS} pixels a side and {limits.AREA_PIXELS:,} in all"
ACCEPTED_PACKETS = f"at most {limits.VIDEO_PACKETS:,} frames"
ACCEPTED_WHOLE = "a whole, unaltered file"
ACCEPTED_FRAMES = "a video that plays"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was seen by reading packets and decoding frames; nothing in it is a header's claim.

    `video_microseconds` spans the video packets, `timeline_microseconds` those of sound too. `complete` is
    False when reading stopped at a budget, so that spans and counts are lower bounds. `video_packets` are to
    be shown, `decoded_packets` of them were put through the decoder, `errors` failed, `frames` came out.
    """

    kind: ClipKind
    codec: str
    width: int
    height: int
    video_tracks: int
    video_microseconds: int
    timeline_microseconds: int
    video_packets: int
    decoded_packets: int
    frames: int
    errors: int
    complete: bool


def verdict(measured: Measurement, size_bytes: int) -> ClipFacts:
    """The facts of a good clip.

    Raises:
        ClipRejected: with the measured value and the limit in it.
    """
    judge_size(size_bytes)
    judge_tracks(measured.kind, measured.video_tracks)
    judge_codec(measured.kind, measured.codec)
    judge_pixels(measured.kind, measured.width, measured.height)
    _judge_length(measured, size_bytes)
    _judge_effort(measured, size_bytes)
    _judge_pictures(measured, size_bytes)
    return ClipFacts(
        kind=measured.kind,
        seconds=_rounded(measured.video_microseconds),
        size_bytes=size_bytes,
        width=measured.width,
        height=measured.height,
        codec=measured.codec,
        fps=_fps(measured),
    )


def judge_size(size_bytes: int) -> None:
    """Refuses what its size alone decides.

    Raises:
        ClipRejected: empty, or too_big.
    """
    if size_bytes <= 0:
        raise ClipRejected(ClipRule.EMPTY, found="0 bytes", accepted=ACCEPTED_CONTAINERS, size_bytes=0)
    if size_bytes > limits.LIMIT_BYTES:
        raise too_big(f"{size_bytes:,} bytes", size_bytes)


def judge_attachment(size_bytes: int) -> None:
    """Refuses what is nothing, or too large even to be cut; the size may be a claim.

    Raises:
        ClipRejected: empty, or too_big.
    """
    if size_bytes > limits.MEND_LIMIT_BYTES:
        raise ClipRejected(
            ClipRule.TOO_BIG,
            found=f"{size_bytes:,} bytes",
            accepted=f"{ACCEPTED_BYTES}, or {limits.MEND_LIMIT_BYTES:,} to cut a part out",
            size_bytes=size_bytes,
        )
    if size_bytes <= 0:
        judge_size(size_bytes)


def too_big(found: str, size_bytes: int | None) -> ClipRejected:
    """The refusal of a clip of `size_bytes`, or of one whose end was never seen."""
    return ClipRejected(
        ClipRule.TOO_BIG,
        found=found,
        accepted=ACCEPTED_BYTES,
        size_bytes=size_bytes,
        mendable=size_bytes is None or size_bytes <= limits.MEND_LIMIT_BYTES,
    )


def wrong_container(found: str, *, mendable: bool = False) -> ClipRejected:
    """The refusal of a file that is something else; `found` names it."""
    return ClipRejected(
        ClipRule.WRONG_CONTAINER, found=found, accepted=ACCEPTED_CONTAINERS, mendable=mendable
    )


def damaged(kind: ClipKind | None, found: str, *, mendable: bool = False) -> ClipRejected:
    """The refusal of a file that is not whole; mendable when its pictures can still be found."""
    return ClipRejected(ClipRule.DAMAGED, found=found, accepted=ACCEPTED_WHOLE, kind=kind, mendable=mendable)


def too_complex(kind: ClipKind | None, found: str, accepted: str) -> ClipRejected:
    """The refusal of a file that would cost more to look at than any honest one."""
    return ClipRejected(ClipRule.TOO_COMPLEX, found=found, accepted=accepted, kind=kind)


def over(kind: ClipKind, thing: str, count: int, limit: int) -> None:
    """Refuses `count` of a countable `thing` above its limit.

    Raises:
        ClipRejected: too_complex.
    """
    if count > limit:
        raise too_complex(kind, f"{count:,} {thing}", f"at most {limit:,} {thing}")


def judge_tracks(kind: ClipKind, video_tracks: int) -> None:
    """Refuses anything but one video track; cover art is not to be counted.

    Raises:
        ClipRejected: no_video, or too_complex.
    """
    if video_tracks == 1:
        return
    raise ClipRejected(
        ClipRule.TOO_COMPLEX if video_tracks else ClipRule.NO_VIDEO,
        found=f"{video_tracks} video tracks",
        accepted=ACCEPTED_TRACKS,
        kind=kind,
    )


def judge_codec(kind: ClipKind, codec: str) -> None:
    """Refuses a codec that is not on the container's list.

    Raises:
        ClipRejected: wrong_container (WebM is defined by its codecs), or undecodable.
    """
    if codec in limits.CODECS[kind]:
        return
    webm = kind is ClipKind.WEBM
    raise ClipRejected(
        ClipRule.WRONG_CONTAINER if webm else ClipRule.UNDECODABLE,
        found=f"{codec} video",
        accepted=", ".join(limits.CODECS[kind]),
        kind=None if webm else kind,
        mendable=webm,
    )


def judge_pixels(kind: ClipKind | None, width: int, height: int) -> None:
    """Refuses pictures that are nothing, or too large to look at.

    Raises:
        ClipRejected: undecodable, or too_complex.
    """
    found = f"{width} x {height} pixels"
    if width < 1 or height < 1:
        raise ClipRejected(ClipRule.UNDECODABLE, found=found, accepted=ACCEPTED_FRAMES, kind=kind)
    if max(width, height) > limits.SIDE_PIXELS or width * height > limits.AREA_PIXELS:
        raise ClipRejected(ClipRule.TOO_COMPLEX, found=found, accepted=ACCEPTED_PIXELS, kind=kind)


def _judge_length(measured: Measurement, size_bytes: int) -> None:
    picture, timeline = measured.video_microseconds, measured.timeline_microseconds
    shortest = limits.SHORTEST_SECONDS * limits.MICROSECONDS - limits.TOLERANCE_MICROSECONDS
    longest = limits.LONGEST_SECONDS * limits.MICROSECONDS
    if measured.video_packets == 0 and measured.complete:
        _refuse(measured, size_bytes, ClipRule.UNDECODABLE, "no frames at all", ACCEPTED_FRAMES)
    bound = "" if measured.complete else "more than "
    if picture > longest + limits.TOLERANCE_MICROSECONDS:
        found = f"{bound}{_in_words(picture)}"
        _refuse(measured, size_bytes, ClipRule.TOO_LONG, found, ACCEPTED_SECONDS)
    if timeline > longest + limits.AUDIO_TAIL_MICROSECONDS:
        found = f"{bound}{_in_words(timeline)} with its sound"
        _refuse(measured, size_bytes, ClipRule.TOO_LONG, found, ACCEPTED_SECONDS)
    if picture < shortest and measured.complete:
        _refuse(measured, size_bytes, ClipRule.TOO_SHORT, _in_words(picture), ACCEPTED_SECONDS)


def _judge_effort(measured: Measurement, size_bytes: int) -> None:
    if measured.video_packets > limits.VIDEO_PACKETS or not measured.complete:
        found = f"more than {min(measured.video_packets, limits.VIDEO_PACKETS):,} frames"
        _refuse(measured, size_bytes, ClipRule.TOO_COMPLEX, found, ACCEPTED_PACKETS)


def _judge_pictures(measured: Measurement, size_bytes: int) -> None:
    forgiven = max(limits.FORGIVEN_ERRORS, limits.FORGIVEN_ERROR_SHARE * measured.decoded_packets)
    wanted = max(1, limits.LEAST_FRAME_SHARE * measured.decoded_packets)
    few = measured.video_packets < limits.LEAST_FRAMES or measured.frames < wanted
    if few or measured.errors > forgiven:
        found = f"{measured.frames} of {measured.decoded_packets} frames could be read"
        _refuse(measured, size_bytes, ClipRule.UNDECODABLE, found, ACCEPTED_FRAMES)


def _fps(measured: Measurement) -> float:
    """Frames a second, counted; undecoded packets count as a frame each."""
    unseen = measured.video_packets - measured.decoded_packets
    return round((measured.frames + unseen) * limits.MICROSECONDS / measured.video_microseconds, 3)


def _in_words(microseconds: int) -> str:
    return f"{microseconds / limits.MICROSECONDS:.2f} s"


def _rounded(microseconds: int) -> float:
    return round(microseconds / limits.MICROSECONDS, 3)


def _refuse(measured: Measurement, size_bytes: int, rule: ClipRule, found: str, accepted: str) -> NoReturn:
    """Refuses with all that is known. Of what was measured, only a length can be mended, by cutting."""
    longer = max(measured.video_microseconds, measured.timeline_microseconds)
    too_long = rule is ClipRule.TOO_LONG
    raise ClipRejected(
        rule,
        found=found,
        accepted=accepted,
        seconds=_rounded(longer if too_long else measured.video_microseconds),
        size_bytes=size_bytes,
        kind=measured.kind,
        mendable=too_long,
    )
