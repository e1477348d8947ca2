"""What is refused as it is, and how much of it could be made a good clip."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_webm
from tests.clips.case import OFTEN_KEYED, SMALL, TWO, Case, small
from tests.clips.make import make_clip, pad_to

LIMIT_BYTES = 10_000_000


def mendable() -> Iterator[Case]:
    """All of them."""
    yield from quicktime()
    yield from matroska()
    yield from gifs()
    yield from codecs()
    yield from sizes()


def other(name: str, make: Callable[[], bytes], seconds: Fraction | None = TWO, *, good: bool = True) -> Case:
    """A file in another container, that a good clip can be made of or not."""
    return Case(name, make, "wrong_container", None, seconds, mendable=good)


def quicktime() -> Iterator[Case]:
    """MOV and 3GP: the boxes are MP4's, the brand is not."""
    clip = partial(make_clip, size=SMALL)
    yield other("mov", partial(clip, 2, "mov"))
    yield other("mov with sound", partial(clip, 2, "mov", audio_seconds=2))
    yield other("mov of HEVC, as telephones write it", partial(clip, 2, "mov", codec="libx265"))
    yield other("mov of ProRes", partial(clip, 2, "mov", codec="prores_ks"))
    yield other("mov of 30 s", partial(clip, 30, "mov"), Fraction(30))
    yield other("mov of 0.4 s", partial(clip, 0.4, "mov"), Fraction(2, 5), good=False)
    yield other("mov of one frame", partial(clip, 3, "mov", fps=Fraction(1, 3)), Fraction(3), good=False)
    yield other("mov of sound", partial(clip, 0, "mov", video_tracks=0, audio_seconds=2), None, good=False)
    yield other("mov of another codec", partial(clip, 2, "mov", codec="png"), None, good=False)
    yield other("mov of noise", lambda: craft.scrambled(craft.movie_first(clip(2, "mov"))), good=False)
    yield other("mov without its header", lambda: clip(2, "mov")[:3000], None, good=False)
    cut = partial(_first_part, "mov", Fraction(7, 5))
    yield other("mov that breaks off after 1.4 s", cut, Fraction(7, 5))
    yield other(
        "mov that breaks off after 0.4 s",
        partial(_first_part, "mov", Fraction(2, 5)),
        Fraction(2, 5),
        good=False,
    )
    bomb = partial(lambda: craft.repeated(clip(2, "mov"), 900))
    yield other("mov of 900 tracks", bomb, None, good=False)
    yield other("a movie without brands", lambda: craft.unbranded(small()))
    yield other("a 3GP that is nothing else", lambda: craft.branded(small(), b"3gp5", b"3gp5"))
    yield other("a 3G2 that is nothing else", lambda: craft.branded(small(), b"3g2a", b"3g2a"))
    yield other("an unknown brand", lambda: craft.branded(small(), b"zzzz"), None, good=False)


def _first_part(kind: str, seconds: Fraction) -> bytes:
    """A movie of 3 s with its header in front, cut where the picture that follows `seconds` begins."""
    clip = craft.movie_first(make_clip(3, kind, size=SMALL, encode=OFTEN_KEYED))
    return clip[: craft.sample_starts(clip)[int(seconds * 25)]]


def matroska() -> Iterator[Case]:
    """MKV, under its own name or WebM's."""
    clip = partial(make_clip, size=SMALL)
    yield other("mkv", partial(clip, 2, "matroska"))
    yield other("mkv of VP9", partial(clip, 2, "matroska", codec="libvpx-vp9"))
    yield other("mkv of 30 s", partial(clip, 30, "matroska"), Fraction(30))
    yield other("mkv of 0.4 s", partial(clip, 0.4, "matroska"), Fraction(2, 5), good=False)
    sound = partial(clip, 0, "matroska", video_tracks=0, audio_seconds=2)
    yield other("mkv of sound", sound, None, good=False)
    yield other("mkv of another codec", partial(clip, 2, "matroska", codec="ffv1"), None, good=False)
    cut = partial(lambda: clip(2, "matroska")[:-2000])
    yield other("mkv that breaks off", cut, None)
    for codec, seconds, good in (
        ("libx264", 2, True),
        ("libx264", 0.4, False),
        ("mpeg4", 2, True),
        ("ffv1", 2, False),
    ):
        named = partial(
            lambda codec, seconds: craft_webm.called_webm(clip(seconds, "matroska", codec=codec)),
            codec,
            seconds,
        )
        length = None if codec == "ffv1" else Fraction(seconds).limit_denominator(10)
        yield other(f"{codec} of {seconds} s called webm", named, length, good=good)


def gifs() -> Iterator[Case]:
    """Pictures that move, and one that does not."""
    clip = partial(make_clip, kind="gif", size=SMALL)
    yield other("gif", partial(clip, 2))
    yield other("gif of 10 s", partial(clip, 10), Fraction(10))
    yield other("gif of 0.4 s", partial(clip, 0.4), Fraction(2, 5), good=False)
    yield other("gif of one picture", partial(clip, 0.04), None, good=False)
    yield other("gif of nothing", lambda: b"GIF89a" + bytes(20), None, good=False)
    huge = partial(lambda: clip(2)[:6] + b"\xff\xff\xff\xff" + clip(2)[10:])
    yield other("gif of 65535 x 65535 pixels", huge, None, good=False)


def codecs() -> Iterator[Case]:
    """In the right container, but with a codec that does not belong there."""
    clip = partial(make_clip, size=(64, 64))
    for kind, codec, good in (
        ("mp4", "mpeg2video", True),
        ("mp4", "mpeg1video", True),
        ("avi", "mpeg2video", True),
        ("avi", "png", False),
        ("avi", "magicyuv", False),
        ("avi", "ffv1", False),
        ("avi", "snow", False),
    ):
        make = partial(clip, 2, kind, codec=codec)
        yield Case(f"{codec} in {kind}", make, "undecodable", kind, TWO if good else None, mendable=good)
    short = partial(clip, 0.4, codec="mpeg2video")
    yield Case("0.4 s of mpeg2video in mp4", short, "undecodable", "mp4", Fraction(2, 5))
    long = partial(clip, 30, codec="mpeg2video")
    yield Case("30 s of mpeg2video in mp4", long, "undecodable", "mp4", Fraction(30), mendable=True)
    for name in (b"zzzz", b"encv"):
        strange = partial(lambda name: small().replace(b"avc1\0", name + b"\0"), name)
        yield Case(f"a codec called {name.decode()}", strange, "undecodable", "mp4")


def sizes() -> Iterator[Case]:
    """Files that are refused for their size before a byte of them is read."""
    for size in (LIMIT_BYTES + 1, 10 * 1024 * 1024, 10 * 1024 * 1024 + 1):
        big = partial(pad_to, small(), size)
        yield Case(f"{size:,} bytes", big, "too_big", None, None, mendable=True)
    yield Case("nothing", lambda: b"", "empty")
