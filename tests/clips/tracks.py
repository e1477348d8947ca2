"""Files by their tracks and pictures: sound, covers, several videos, turned and strange pictures."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft
from tests.clips.case import SMALL, TWO, Case, small
from tests.clips.craft_avi import Avi
from tests.clips.make import make_clip, make_jpegs

FOUR = Fraction(4)


def tracks() -> Iterator[Case]:
    """All of them."""
    yield from sound()
    yield from covers()
    yield from several()
    yield from pictures()


def sound() -> Iterator[Case]:
    """Sound beside the picture, longer than it, and without any."""
    clip = partial(make_clip, size=SMALL)
    for kind in ("mp4", "webm", "avi"):
        yield Case(f"{kind} with sound", partial(clip, 2, kind, audio_seconds=2), None, kind, TWO)
        alone = partial(clip, 0, kind, video_tracks=0, audio_seconds=2)
        yield Case(f"sound alone in {kind}", alone, "no_video", kind)
        longer = partial(clip, 3, kind, audio_seconds=6)
        name = f"3 s under 6 s of sound in {kind}"
        # Opus rounds its sound up to whole blocks.
        yield Case(name, longer, "too_long", kind, None if kind == "webm" else Fraction(6), mendable=True)
    yield Case("a tail of sound", partial(clip, 4, audio_seconds=4.2), None, "mp4", FOUR)
    tail = partial(clip, 4, audio_seconds=4.3)
    yield Case("a tail of sound that is too long", tail, "too_long", "mp4", mendable=True)
    hidden = partial(clip, 0.5, audio_seconds=6)
    yield Case("half a second under 6 s of sound", hidden, "too_short", "mp4", Fraction(12, 25))
    short = partial(clip, 4, audio_seconds=0.5)
    yield Case("half a second of sound", short, None, "mp4", FOUR)
    yield Case("a sound file's brand", lambda: craft.branded(small(), b"M4A ", b"isom"), "no_video", "mp4")


def covers() -> Iterator[Case]:
    """Pictures that go with the sound are no video."""
    clip = partial(make_clip, size=SMALL, cover=craft.png())
    yield Case("a cover", clip, None, "mp4", TWO)
    yield Case("sound and a cover", partial(clip, 0, video_tracks=0, audio_seconds=2), "no_video", "mp4")
    alone = partial(clip, 0, video_tracks=0)
    yield Case("a cover alone", alone, "no_video", "mp4")
    still = partial(make_clip, 3, fps=Fraction(1, 3), size=SMALL, codec="mjpeg", audio_seconds=3)
    yield Case("a cover stored as a video of one frame", still, "undecodable", "mp4", Fraction(3))


def several() -> Iterator[Case]:
    """Of several video tracks the first is judged, and all of them by their length."""
    clip = partial(make_clip, size=SMALL)
    for kind in ("mp4", "webm", "avi"):
        yield Case(f"two video tracks in {kind}", partial(clip, 2, kind, video_tracks=2), None, kind, TWO)
    long = partial(clip, 6, video_tracks=2)
    yield Case("two video tracks that are too long", long, "too_long", "mp4", Fraction(6), mendable=True)
    yield Case(
        "a second video track that is too long",
        partial(_uneven, 2, 6),
        "too_long",
        "mp4",
        Fraction(6),
        mendable=True,
    )
    yield Case(
        "a first video track that is too short", partial(_uneven, 0.4, 2), "too_short", "mp4", Fraction(2, 5)
    )
    yield Case("five video tracks", partial(clip, 2, video_tracks=5), None, "mp4", TWO)
    for handler, entry in ((b"meta", b"mebx"), (b"text", b"tx3g"), (b"hint", b"rtp "), (b"zzzz", b"zzzz")):
        make = partial(_beside, handler, entry)
        yield Case(f"a long track of {handler.decode()} beside the video", make, None, "mp4", TWO)
    yield Case("fifty video tracks", lambda: craft.repeated(small(), 50), "too_complex", "mp4")
    yield Case("no tracks", craft.movie_of, "no_video", "mp4")


def _beside(handler: bytes, entry: bytes) -> bytes:
    """2 s of video, and 10 s of something else."""
    return craft.edited(craft.second_track_is(small(seconds=10.0), handler, entry), (2000, 0))


def _uneven(first: float, second: float) -> bytes:
    """Two tracks that share the pictures of the longer one; an edit list cuts the other."""
    clip = craft.repeated(small(seconds=float(max(first, second))), 2)
    if first < second:
        return craft.edited(clip, (round(first * 1000), 0))
    return clip


def pictures() -> Iterator[Case]:
    """Pictures that are turned, odd, tiny, or change their size on the way."""
    yield Case("a clip on its side", lambda: craft.turned(small()), None, "mp4", TWO)
    yield Case("tiny pictures", partial(make_clip, size=(16, 16)), None, "mp4", TWO)
    yield Case("pictures of odd sides", partial(make_clip, 2, "webm", size=(35, 27)), None, "webm", TWO)
    yield Case("pictures of one pixel", partial(make_clip, 2, "webm", size=(1, 1)), None, "webm", TWO)
    yield Case("a narrow strip", partial(make_clip, 1, size=(2, 1024)), None, "mp4", Fraction(1))
    for frames in (2, 3):
        few = partial(make_clip, 3, fps=Fraction(frames, 3), size=SMALL)
        yield Case(f"{frames} frames for 3 s", few, None, "mp4", Fraction(3))
    growing = [*make_jpegs(25), *make_jpegs(25, (128, 96))]
    yield Case("pictures that grow on the way", lambda: Avi(growing).indexed(), None, "avi", TWO)
    yield Case("4K", partial(make_clip, 1, fps=4, size=(3840, 2160)), None, "mp4", Fraction(1))
    yield Case(
        "the largest picture", partial(make_clip, 1, fps=4, size=(4096, 2304)), None, "mp4", Fraction(1)
    )
