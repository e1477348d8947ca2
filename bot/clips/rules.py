"""The verdict: what was measured on a clip, held against the limits. Reads no file, starts nothing."""

from dataclasses import dataclass
from math import ceil, floor
from typing import NoReturn

from bot.clip import ClipFacts, ClipKind, ClipRule
from bot.clips import limits
from bot.errors import ClipRejected

ACCEPTED_CONTAINERS = "MP4, WebM or AVI"
TOLERANCE_SECONDS = limits.TOLERANCE_MICROSECONDS / limits.MICROSECONDS
SHORTEST = limits.SHORTEST_SECONDS * limits.MICROSECONDS - limits.TOLERANCE_MICROSECONDS
LONGEST = limits.LONGEST_SECONDS * limits.MICROSECONDS + limits.TOLERANCE_MICROSECONDS
LONGEST_WITH_SOUND = limits.LONGEST_SECONDS * limits.MICROSECONDS + limits.AUDIO_TAIL_MICROSECONDS
"""Microseconds, each still accepted."""
CLOSE_MICROSECONDS = 10_000
ACCEPTED_SECONDS = (
    f"{limits.SHORTEST_SECONDS} to {limits.LONGEST_SECONDS} s, give or take {TOLERANCE_SECONDS:g} s"
)
ACCEPTED_SOUND = f"at most {LONGEST_WITH_SOUND / limits.MICROSECONDS:g} s with its sound"
ACCEPTED_BYTES = f"at most {limits.LIMIT_BYTES:,} bytes"
ACCEPTED_TRACKS = "a video track"
ACCEPTED_PIXELS = f"at most {limits.SIDE_PIXELS} pixels a side and {limits.AREA_PIXELS:,} in all"
ACCEPTED_PACKETS = f"at most {limits.VIDEO_PACKETS:,} frames"
ACCEPTED_WHOLE = "a whole, unaltered file"
ACCEPTED_FRAMES = "a video that plays"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was seen by reading packets and decoding frames; nothing in it is a header's claim.

    Of several video tracks the first is looked at. `video_microseconds` spans its packets,
    `timeline_microseconds` those of all tracks of pictures and sound. `complete` is False when reading
    stopped at a budget, `intact` when the file broke off: then spans and counts are lower bounds.
    `video_packets` are to be shown, `decoded_packets` of them were put through the decoder, `errors` failed,
    `frames` came out.
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
    intact: bool


def verdict(measured: Measurement, size_bytes: int) -> ClipFacts:
    """The facts of a good clip.

    Raises:
        ClipRejected: with the measured value and the limit in it.
    """
    judge_size(size_bytes)
    judge_tracks(measured.kind, measured.video_tracks)
    _judge_codec(measured, size_bytes)
    judge_pixels(measured.kind, measured.width, measured.height)
    _judge_wholeness(measured, size_bytes)
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


def with_facts(refusal: ClipRejected, measured: Measurement, size_bytes: int) -> ClipRejected:
    """The refusal with all that is known about its clip, and whether a good one can be made of it."""
    picture, timeline = measured.video_microseconds, measured.timeline_microseconds
    too_long = refusal.rule is ClipRule.TOO_LONG
    refusal.seconds = _rounded(max(picture, timeline) if too_long else picture)
    refusal.size_bytes = size_bytes
    refusal.mendable = refusal.rule is not ClipRule.TOO_COMPLEX and _mendable(measured)
    return refusal


def _mendable(measured: Measurement) -> bool:
    """Whether a good clip can be cut out of what was seen: there is enough of it, and it plays."""
    return measured.video_microseconds >= SHORTEST and _plays(measured)


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


def wrong_container(found: str) -> ClipRejected:
    """The refusal of a file that is something else; `found` names it."""
    return ClipRejected(ClipRule.WRONG_CONTAINER, found=found, accepted=ACCEPTED_CONTAINERS)


def damaged(kind: ClipKind | None, found: str) -> ClipRejected:
    """The refusal of a file that is not whole."""
    return ClipRejected(ClipRule.DAMAGED, found=found, accepted=ACCEPTED_WHOLE, kind=kind)


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
    """Refuses what has no video track; cover art is not to be counted. Of several the first is judged.

    Raises:
        ClipRejected: no_video.
    """
    if video_tracks == 0:
        raise ClipRejected(ClipRule.NO_VIDEO, found="0 video tracks", accepted=ACCEPTED_TRACKS, kind=kind)


def judge_decoder(kind: ClipKind, codec: str) -> None:
    """Refuses a codec that is decoded nowhere, not even to be mended.

    Raises:
        ClipRejected: wrong_container, or undecodable.
    """
    if codec not in limits.EDIT_CODECS:
        raise _wrong_codec(kind, codec)


def _wrong_codec(kind: ClipKind, codec: str) -> ClipRejected:
    """WebM is defined by its codecs: with others it is another container."""
    webm = kind is ClipKind.WEBM
    return ClipRejected(
        ClipRule.WRONG_CONTAINER if webm else ClipRule.UNDECODABLE,
        found=f"{codec} video",
        accepted=", ".join(limits.CODECS[kind]),
        kind=None if webm else kind,
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


def _judge_codec(measured: Measurement, size_bytes: int) -> None:
    if measured.codec not in limits.CODECS[measured.kind]:
        raise with_facts(_wrong_codec(measured.kind, measured.codec), measured, size_bytes)


def _judge_wholeness(measured: Measurement, size_bytes: int) -> None:
    if not measured.intact:
        found = f"a file that breaks off after {_in_words(measured.video_microseconds)}"
        raise with_facts(damaged(measured.kind, found), measured, size_bytes)


def _judge_length(measured: Measurement, size_bytes: int) -> None:
    picture, timeline = measured.video_microseconds, measured.timeline_microseconds
    if measured.video_packets == 0 and measured.complete:
        _refuse(measured, size_bytes, ClipRule.UNDECODABLE, "no frames at all", ACCEPTED_FRAMES)
    bound = "" if measured.complete else "more than "
    grain = limits.WEBM_GRAIN_MICROSECONDS if measured.kind is ClipKind.WEBM else 0
    if picture > LONGEST + grain:
        found = f"{bound}{_in_words(picture)}"
        _refuse(measured, size_bytes, ClipRule.TOO_LONG, found, ACCEPTED_SECONDS)
    if picture < SHORTEST - grain and measured.complete:
        _refuse(measured, size_bytes, ClipRule.TOO_SHORT, _in_words(picture), ACCEPTED_SECONDS)
    if timeline > LONGEST_WITH_SOUND:
        found = f"{bound}{_in_words(timeline)} with its sound"
        _refuse(measured, size_bytes, ClipRule.TOO_LONG, found, ACCEPTED_SOUND)


def _judge_effort(measured: Measurement, size_bytes: int) -> None:
    if measured.video_packets > limits.VIDEO_PACKETS or not measured.complete:
        found = f"more than {min(measured.video_packets, limits.VIDEO_PACKETS):,} frames"
        _refuse(measured, size_bytes, ClipRule.TOO_COMPLEX, found, ACCEPTED_PACKETS)


def _judge_pictures(measured: Measurement, size_bytes: int) -> None:
    if not _plays(measured):
        found = f"{measured.frames} of {measured.decoded_packets} frames could be read"
        _refuse(measured, size_bytes, ClipRule.UNDECODABLE, found, ACCEPTED_FRAMES)


def _plays(measured: Measurement) -> bool:
    forgiven = max(limits.FORGIVEN_ERRORS, limits.FORGIVEN_ERROR_SHARE * measured.decoded_packets)
    wanted = max(1, limits.LEAST_FRAME_SHARE * measured.decoded_packets)
    enough = measured.video_packets >= limits.LEAST_FRAMES and measured.frames >= wanted
    return enough and measured.errors <= forgiven


def _fps(measured: Measurement) -> float:
    """Frames a second, counted; undecoded packets count as a frame each."""
    unseen = measured.video_packets - measured.decoded_packets
    return round((measured.frames + unseen) * limits.MICROSECONDS / measured.video_microseconds, 3)


def _in_words(microseconds: int) -> str:
    """Hundredths; next to a limit thousandths, rounded away from it, so that nothing reads like the limit."""
    for limit in (SHORTEST, LONGEST, LONGEST_WITH_SOUND):
        if 0 < abs(microseconds - limit) < CLOSE_MICROSECONDS:
            away = ceil if microseconds > limit else floor
            return f"{away(microseconds / 1000) / 1000:.3f} s"
    return f"{microseconds / limits.MICROSECONDS:.2f} s"


def _rounded(microseconds: int) -> float:
    return round(microseconds / limits.MICROSECONDS, 3)


def _refuse(measured: Measurement, size_bytes: int, rule: ClipRule, found: str, accepted: str) -> NoReturn:
    refusal = ClipRejected(rule, found=found, accepted=accepted, kind=measured.kind)
    raise with_facts(refusal, measured, size_bytes)
