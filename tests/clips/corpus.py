"""The corpus: every kind of file people and attackers send, each with the truth of how it was made."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

from tests.clips import craft
from tests.clips.make import NTSC, make_clip, pad_to, true_seconds

SMALL = (64, 48)
SHORTEST, LONGEST = Fraction(95, 100), Fraction(405, 100)
EDGE_SECONDS = (0.9, 0.95, 1, 4, 4.05, 4.2)
RATES = (24, 25, NTSC, 30, 60)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
ORDERED_ODDLY = {"preset": "veryfast", "x264-params": "b-adapt=0:bframes=3:keyint=12"}


@dataclass(frozen=True)
class Case:
    """A file and what must be said of it: `rule` is None for a good clip. Lengths are known where given."""

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


def everything() -> list[Case]:
    """All cases, good ones first."""
    return [*lengths(), *good(), *lies(), *foreign(), *damaged(), *costly(), *tracks()]


def lengths() -> Iterator[Case]:
    """The edges of 1 to 4 s at usual frame rates: what counts is what whole frames can store."""
    for seconds in EDGE_SECONDS:
        for rate in RATES:
            length = true_seconds(seconds, rate)
            rule = "too_short" if length < SHORTEST else "too_long" if length > LONGEST else None
            make = partial(make_clip, seconds, fps=rate, size=SMALL)
            name = f"mp4 of {seconds} s at {float(rate):.5g} fps"
            yield Case(name, make, rule, "mp4", length, mendable=rule == "too_long")
    for kind in ("webm", "avi"):
        for seconds, rule in ((0.8, "too_short"), (1, None), (4, None), (4.2, "too_long")):
            make = partial(make_clip, seconds, kind, size=SMALL)
            length, mendable = true_seconds(seconds, 25), rule == "too_long"
            yield Case(f"{kind} of {seconds} s", make, rule, kind, length, mendable=mendable)


def good() -> Iterator[Case]:
    """Clips that play, however unusual they are made."""
    clip = partial(make_clip, size=SMALL)
    two = Fraction(2)
    for kind, codec in (
        ("mp4", "mpeg4"),
        ("mp4", "libx265"),
        ("webm", "libvpx-vp9"),
        ("avi", "mpeg4"),
        ("avi", "libx264"),
        ("avi", "huffyuv"),
        ("avi", "msmpeg4v2"),
    ):
        yield Case(f"{codec} in {kind}", partial(clip, 2, kind, codec=codec), None, kind, two)
    for kind in ("mp4", "webm", "avi"):
        sound = partial(clip, 2, kind, audio_seconds=2)
        yield Case(f"{kind} with sound", sound, None, kind, two)
    for kind in ("mp4", "avi"):
        reordered = partial(clip, 2, kind, codec="libx264", encode=ORDERED_ODDLY)
        yield Case(f"reordered frames in {kind}", reordered, None, kind, two)
    yield Case("a tail of sound", partial(clip, 4, audio_seconds=4.2), None, "mp4", Fraction(4))
    yield Case("fragments", partial(clip, mux=FRAGMENTED), None, "mp4", two)
    yield Case("a header in front", lambda: craft.movie_first(small()), None, "mp4", two)
    yield Case(
        "a filler in front", lambda: craft.box(b"free", bytes(9)) + clip(mux=FRAGMENTED), None, "mp4", two
    )
    yield Case("a live recording", partial(clip, 2, "webm", mux={"live": "1"}), None, "webm", two)
    yield Case("a recording from second 100", partial(clip, 2, "webm", start_seconds=100), None, "webm", two)
    yield Case("cover art", partial(clip, cover=craft.png()), None, "mp4", two)
    yield Case("the M4V brand", lambda: craft.branded(small(), b"M4V ", b"M4V "), None, "mp4", two)
    yield Case("3GP that is MP4, too", lambda: craft.branded(small(), b"3gp4", b"isom"), None, "mp4", two)
    yield Case("exactly ten million bytes", lambda: pad_to(small(), 10_000_000), None, "mp4", two)
    for kind in ("mp4", "webm", "avi"):
        strange = partial(lambda kind: clip(2, kind).replace(b"Lavf", b"\xff\xfe\xc3\x28"), kind)
        yield Case(f"names in no alphabet in {kind}", strange, None, kind, two)
    yield Case("240 frames a second", partial(clip, 4, fps=240), None, "mp4", Fraction(4))
    yield Case("tiny pictures", partial(make_clip, size=(16, 16)), None, "mp4", two)


def lies() -> Iterator[Case]:
    """Headers that claim another length: packets decide."""

    def lying(seconds: float, claim: float) -> bytes:
        return craft.header_says(craft.without_edits(small(seconds=seconds)), claim)

    long, short = Fraction(30), Fraction(2, 5)
    yield Case("30 s called 3 s", partial(lying, 30, 3), "too_long", "mp4", long, mendable=True)
    yield Case("2 s called an hour", partial(lying, 2, 3600), None, "mp4", Fraction(2))
    yield Case("2 s called nothing", partial(lying, 2, 0), None, "mp4", Fraction(2))
    yield Case("2 s called unknown", partial(lying, 2, 4e9), None, "mp4", Fraction(2))
    yield Case("30 s shown as 3 s", lambda: craft.word_at(small(seconds=30.0), b"elst", 8, 3000), None, "mp4")
    yield Case("0.4 s called 3 s", partial(lying, 0.4, 3), "too_short", "mp4", short)


def foreign() -> Iterator[Case]:
    """Files that are something else, mostly under a clip's name."""

    def other(name: str, content: bytes, *, mendable: bool = False) -> Case:
        return Case(name, lambda: content, "wrong_container", mendable=mendable)

    movie = partial(make_clip, size=SMALL)
    yield Case("a QuickTime movie", partial(movie, 2, "mov"), "wrong_container", mendable=True)
    yield Case("a Matroska movie", partial(movie, 2, "matroska"), "wrong_container", mendable=True)
    yield Case("a GIF", partial(movie, 2, "gif", codec="gif"), "wrong_container", mendable=True)
    yield Case("a 3GP", lambda: craft.branded(small(), b"3gp5", b"3gp5"), "wrong_container", mendable=True)
    yield Case("an AVIF", lambda: craft.branded(small(), b"avif", b"mif1"), "wrong_container")
    yield Case("an unknown brand", lambda: craft.branded(small(), b"zzzz"), "wrong_container")
    yield Case("no brand", lambda: small()[32:], "wrong_container", mendable=True)
    yield Case("H.264 called WebM", partial(_matroska_called_webm), "wrong_container", mendable=True)
    yield Case("an M4A", lambda: craft.branded(small(), b"M4A ", b"isom"), "no_video", "mp4")
    yield other("a PNG", craft.png())
    yield other("a JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(100))
    yield other("a ZIP", b"PK\x03\x04" + bytes(100))
    yield other("a text", b"ordinary text, called clip.mp4\n" * 20)
    yield other("an HLS playlist", b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    yield other("a concat script", b"ffconcat version 1.0\nfile '/etc/passwd'\n")
    yield other("a session description", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n")
    yield other("a DASH manifest", b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>')
    yield other("an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    yield other("a WAVE", b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(28))
    yield other("an Ogg", b"OggS" + bytes(100))
    yield other("noise", bytes((index * 37 + 11) % 256 for index in range(5000)))
    yield other("one byte", b"\0")
    yield Case("nothing", lambda: b"", "empty")


def _matroska_called_webm() -> bytes:
    matroska = make_clip(2, "matroska", size=SMALL)
    # The name is four letters shorter: a filler element takes their place.
    return matroska.replace(b"\x42\x82\x88matroska", b"\x42\x82\x84webm\xec\x82\0\0", 1)


def damaged() -> Iterator[Case]:
    """Files that are not whole, or hold more than the movie."""

    def first() -> bytes:
        return craft.movie_first(small())

    for name, clip, mendable in (
        ("mp4", partial(small), False),
        ("mp4 with its header in front", first, True),
        ("webm", partial(small, "webm"), True),
        ("avi", partial(small, "avi"), True),
    ):
        kind = name.split()[0]
        half = partial(lambda clip: clip()[: len(clip()) * 2 // 3], clip)
        yield Case(f"two thirds of an {name}", half, "damaged", kind, mendable=mendable)
        less = partial(lambda clip: clip()[:-1], clip)
        yield Case(f"an {name} without its last byte", less, "damaged", kind, mendable=mendable)
        zipped = partial(lambda clip: clip() + b"PK\x03\x04" + bytes(200), clip)
        yield Case(f"a ZIP behind an {name}", zipped, "damaged", kind, mendable=True)
        page = partial(lambda clip: clip() + b"<html><script>alert(1)</script></html>", clip)
        yield Case(f"a page behind an {name}", page, "damaged", kind, mendable=True)
    live = partial(make_clip, 4, "webm", size=SMALL, mux={"live": "1", "cluster_time_limit": "500"})
    yield Case("a recorder that was switched off", lambda: live()[:-40], None, "webm")
    yield Case(
        "a page behind a recording", lambda: live() + b"<html></html>" * 3, "damaged", "webm", mendable=True
    )
    yield Case("only a type", lambda: craft.TYPE_BOX, "damaged", "mp4")
    yield Case("only a header", lambda: craft.movie_of()[:-8], "damaged", "mp4")
    yield Case("no tracks", craft.movie_of, "no_video", "mp4")
    yield Case("tracks without frames", lambda: craft.word_at(small(), b"stsz", 8, 0), "undecodable", "mp4")
    yield Case("no header", lambda: small().replace(b"moov", b"free"), "damaged", "mp4")
    yield Case(
        "noise for pictures", lambda: craft.scrambled(craft.movie_first(small())), "undecodable", "mp4"
    )
    yield Case("zeros for pictures", partial(_blank_pictures), "undecodable", "mp4")
    yield Case("a codec nobody knows", lambda: small().replace(b"avc1\0", b"zzzz\0"), "undecodable", "mp4")
    yield Case("an encrypted movie", lambda: small().replace(b"avc1\0", b"encv\0"), "undecodable", "mp4")
    yield Case("PNG pictures in AVI", partial(small, "avi", codec="png"), "undecodable", "avi")
    yield Case("one still picture", partial(make_clip, 2, fps=0.5, size=SMALL), "undecodable", "mp4")
    yield Case("boxes that contradict", lambda: craft.word_at(small(), b"stbl", 0, 9999), "damaged", "mp4")


def _blank_pictures() -> bytes:
    clip = craft.movie_first(small())
    start = clip.index(b"mdat") + 4
    return clip[:start] + bytes(len(clip) - start)


def costly() -> Iterator[Case]:
    """Files of a few kilobytes that cost gigabytes or minutes to whoever trusts them."""

    def bomb(name: str, make: Callable[[], bytes], kind: str, rule: str = "too_complex") -> Case:
        return Case(name, make, rule, kind)

    yield bomb("a long side", partial(make_clip, 1, fps=4, size=(4112, 16)), "mp4")
    yield bomb("key frames of 16383 x 16383", lambda: craft.huge_vp8(small("webm")), "webm", "undecodable")
    yield bomb("pictures of 65500 x 65500", lambda: craft.huge_jpeg(small("avi")), "avi", "undecodable")
    yield bomb("500 frames a second", partial(make_clip, 4, fps=500, size=(16, 16)), "mp4")
    fragments = make_clip(mux=FRAGMENTED, size=SMALL)
    yield bomb("20 million samples", lambda: craft.word_at(fragments, b"trun", 4, 20_000_000), "mp4")
    yield bomb("900 tracks", lambda: craft.movie_of(*[craft.box(b"trak")] * 900), "mp4")
    yield bomb("a compressed header", lambda: craft.movie_of(craft.box(b"cmov", bytes(64))), "mp4")
    yield bomb("half a million edits", lambda: craft.movie_of(craft.table(b"elst", 500_000)), "mp4")
    yield bomb("a billion sizes", lambda: craft.movie_of(craft.table(b"stsz", 0, 10**9)), "mp4")
    yield bomb("a billion times", lambda: craft.movie_of(craft.table(b"stts", 10**9)), "mp4")
    yield bomb("60,000 nested boxes", lambda: craft.TYPE_BOX + craft.nested(b"moov", 60_000), "mp4")
    yield bomb("40 nested boxes", lambda: craft.TYPE_BOX + craft.nested(b"moov", 40), "mp4")
    yield bomb("30,000 boxes", lambda: craft.movie_of(*[craft.box(b"free")] * 30_000), "mp4")
    yield bomb("5,000 boxes in a row", lambda: small() + craft.box(b"free") * 5000, "mp4")
    yield bomb("2,500 fragments", lambda: small() + craft.box(b"moof") * 2500, "mp4")
    tracks = craft.element(b"\x16\x54\xae\x6b", craft.element(b"\xae") * 5000)
    yield bomb("5,000 tracks", lambda: craft.webm_of(tracks), "webm")
    yield bomb("30,000 fillers", lambda: craft.webm_of(craft.element(b"\xec") * 30_000), "webm")
    yield bomb("nested tags", lambda: craft.webm_of(_nested_tags(40)), "webm")
    yield bomb(
        "30,000 chunks", lambda: craft.avi_of(craft.riff_list(b"movi", craft.chunk(b"00dc") * 30_000)), "avi"
    )
    yield bomb("a long index", lambda: craft.avi_of(craft.chunk(b"idx1", bytes(16 * 30_000))), "avi")
    yield bomb("nested lists", lambda: craft.avi_of(_nested_lists(40)), "avi")


def _nested_tags(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = craft.element(b"\x67\xc8", content)
    return craft.element(b"\x12\x54\xc3\x67", content)


def _nested_lists(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = craft.riff_list(b"rec ", content)
    return content


def tracks() -> Iterator[Case]:
    """Files with the wrong number of video tracks, or with more sound than picture."""
    clip = partial(make_clip, size=SMALL)
    for kind in ("mp4", "webm", "avi"):
        yield Case(
            f"sound alone in {kind}",
            partial(clip, 0, kind, video_tracks=0, audio_seconds=2),
            "no_video",
            kind,
        )
        yield Case(f"two video tracks in {kind}", partial(clip, 2, kind, video_tracks=2), "too_complex", kind)
    only_cover = partial(clip, 0, video_tracks=0, audio_seconds=2, cover=craft.png())
    yield Case("sound and cover art", only_cover, "no_video", "mp4")
    long_sound = partial(clip, 3, audio_seconds=6)
    yield Case("3 s under 6 s of sound", long_sound, "too_long", "mp4", Fraction(6), mendable=True)
