"""Files that are not whole, hold more than the movie, or were changed on the way."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_webm
from tests.clips.case import OFTEN_KEYED, SMALL, TWO, Case, small, streamed
from tests.clips.craft_avi import Avi
from tests.clips.make import make_clip, make_jpegs

Make = Callable[[], bytes]
ARCHIVE = b"PK\x03\x04" + bytes(200)
PAGE = b"<html><script>alert(1)</script></html>"


def damaged() -> Iterator[Case]:
    """All of them."""
    yield from cut()
    yield from followed()
    yield from parts_missing()
    yield from bits_flipped()


def _spoilt(
    name: str, make: Make, kind: str, seconds: float | None = None, *, good: bool, rule: str = "damaged"
) -> Case:
    length = None if seconds is None else Fraction(seconds).limit_denominator(100)
    return Case(name, make, rule, kind, length, mendable=good)


def cut() -> Iterator[Case]:
    """Cut off. What was there before the cut can be kept when it lasts long enough."""
    first = partial(lambda: craft.movie_first(make_clip(4, size=SMALL, encode=OFTEN_KEYED)))
    for seconds, good in ((3, True), (1, True), (0.8, False)):
        make = partial(lambda seconds: first()[: craft.sample_starts(first())[round(seconds * 25)]], seconds)
        yield _spoilt(f"mp4 cut after {seconds} s", make, "mp4", seconds, good=good)
        jpegs = partial(lambda seconds: _cut_avi(round(seconds * 25)), seconds)
        yield _spoilt(f"avi cut after {seconds} s", jpegs, "avi", seconds, good=good)
        frames = partial(lambda seconds: _cut_webm(round(seconds * 25)), seconds)
        yield _spoilt(f"webm cut after {seconds} s", frames, "webm", seconds, good=good)
        pieces = partial(lambda seconds: _cut_fragments(round(seconds * 5)), seconds)
        yield _spoilt(f"mp4 of fragments cut after {seconds} s", pieces, "mp4", seconds, good=good)
    long = partial(lambda: craft.movie_first(small(seconds=30.0))[:-3000])
    yield _spoilt("30 s of mp4 without their end", long, "mp4", good=True)
    for share in (0.1, 0.5, 0.9):
        last = partial(lambda share: small()[: int(len(small()) * share)], share)
        yield _spoilt(f"{share:.0%} of an mp4 with its header behind", last, "mp4", good=False)
        header = partial(lambda share: first()[: int(first().index(b"mdat") * share)], share)
        yield _spoilt(f"{share:.0%} of an mp4's header", header, "mp4", good=False)
    for kind, header_bytes in (("webm", 30), ("avi", 200)):
        head = partial(lambda kind, header_bytes: small(kind)[:header_bytes], kind, header_bytes)
        yield _spoilt(f"the first {header_bytes} bytes of a {kind}", head, kind, good=False)
    for kind, good in (("mp4", False), ("webm", True), ("avi", True)):
        less = partial(lambda kind: small(kind)[:-1], kind)
        yield _spoilt(f"a {kind} without its last byte", less, kind, good=good)


def _cut_avi(frames: int) -> bytes:
    """Cut within the frame that follows."""
    clip = Avi(make_jpegs(100)).indexed()
    at = clip.index(b"movi")
    for _ in range(frames + 1):
        at = clip.index(b"00dc", at + 4)
    return clip[: at + 100]


def _cut_webm(frames: int) -> bytes:
    """Cut within the frame that follows."""
    clip = small("webm", 4.0)
    (cluster,) = (part for part in craft_webm.parts(clip) if part.id_bytes == craft_webm.CLUSTER)
    blocks = [part for part in craft_webm.elements(cluster.content) if part.id_bytes == craft_webm.BLOCK]
    return clip[: clip.index(cluster.content) + blocks[frames].start + 10]


def _cut_fragments(count: int) -> bytes:
    """Cut within the header of the fragment that follows."""
    clip, at = streamed(4.0), 0
    for _ in range(count + 1):
        at = clip.index(b"moof", at + 4)
    return clip[: at + 20]


def followed() -> Iterator[Case]:
    """Something is glued to their end."""
    clips: tuple[tuple[str, str, Make], ...] = (
        ("an mp4", "mp4", small),
        ("an mp4 with its header in front", "mp4", lambda: craft.movie_first(small())),
        ("an mp4 of fragments", "mp4", streamed),
        ("a webm", "webm", partial(small, "webm")),
        ("a recording", "webm", lambda: craft_webm.recorded(small("webm"))),
        ("an avi", "avi", partial(small, "avi")),
    )
    for name, kind, clip in clips:
        for what, tail in (("a ZIP", ARCHIVE), ("a page", PAGE), ("zeros", bytes(500))):
            if what == "zeros" and name == "a recording":
                continue  # indistinguishable from a recorder's reserved space
            make = partial(lambda clip, tail: clip() + tail, clip, tail)
            yield _spoilt(f"{what} behind {name}", make, kind, 2, good=True)
    for kind, end in (("mp4", 0.4), ("webm", 0.4), ("avi", 0.4)):
        short = partial(lambda kind, end: small(kind, end) + ARCHIVE, kind, end)
        yield _spoilt(f"a ZIP behind {end} s of {kind}", short, kind, end, good=False)
    long = partial(lambda: small(seconds=30.0) + PAGE)
    yield _spoilt("a page behind 30 s of mp4", long, "mp4", 30, good=True)
    twice = partial(lambda: small("avi") + small("avi"))
    yield _spoilt("an avi behind an avi", twice, "avi", 2, good=True)


def parts_missing() -> Iterator[Case]:
    """A part of the file is not there, or says something else than the others."""

    def mp4(name: str, make: Make, rule: str = "damaged", seconds: float | None = None) -> Case:
        return _spoilt(name, make, "mp4", seconds, good=False, rule=rule)

    yield mp4("only a type", lambda: craft.TYPE_BOX)
    yield mp4("only a header", lambda: craft.movie_of()[:-8])
    yield mp4("no header", lambda: small().replace(b"moov", b"free"))
    yield mp4("tracks without frames", lambda: craft.word_at(small(), b"stsz", 8, 0), "undecodable")
    yield mp4("boxes that contradict", lambda: craft.word_at(small(), b"stbl", 0, 9999))
    yield mp4("a header of four gigabytes", lambda: craft.word_at(small(), b"moov", -8, 0xFFFFFFFF))
    for size in (2, 7):
        wrong = partial(lambda size: craft.word_at(small(), b"moov", -8, size), size)
        yield mp4(f"a header of {size} bytes", wrong)
    elsewhere = partial(lambda: craft.elsewhere(small(), b"/etc/passwd"))
    yield mp4("pictures that are in another file", elsewhere, "undecodable")
    yield mp4("noise for pictures", lambda: craft.scrambled(craft.movie_first(small())), "undecodable", 2)
    yield mp4("zeros for pictures", partial(_blank_pictures), "undecodable", 2)
    offsets = partial(lambda: craft.word_at(small(), b"stco", 8, 9_000_000))
    yield mp4("pictures behind the end", offsets, "undecodable")
    zeros = partial(lambda: craft_webm.with_frames(small("webm"), lambda frame: bytes(len(frame))))
    yield _spoilt("zeros for pictures in webm", zeros, "webm", 2, good=False, rule="undecodable")
    for spoilt, rule in ((2, None), (20, "undecodable"), (50, "undecodable")):
        some = partial(lambda spoilt: Avi([bytes(500)] * spoilt + make_jpegs(50 - spoilt)).indexed(), spoilt)
        yield Case(f"zeros for {spoilt} of 50 pictures in avi", some, rule, "avi", TWO)
    empty = craft_webm.webm_of(craft_webm.element(craft_webm.TRACKS, craft_webm.element(b"\xae")))
    yield _spoilt("a track of nothing", lambda: empty, "webm", good=False)
    yield _spoilt("a webm without clusters", _without_clusters, "webm", good=False)


def _blank_pictures() -> bytes:
    clip = craft.movie_first(small())
    start = clip.index(b"mdat") + 4
    return clip[:start] + bytes(len(clip) - start)


def _without_clusters() -> bytes:
    kept = [
        part
        for part in craft_webm.parts(small("webm"))
        if part.id_bytes in (craft_webm.INFO, craft_webm.TRACKS)
    ]
    return craft_webm.webm_of(*(craft_webm.element(part.id_bytes, part.content) for part in kept))


def bits_flipped() -> Iterator[Case]:
    """Single bits of the pictures changed on the way: few spoil few frames."""
    frames = make_jpegs(50)
    frames[20] = _flipped(frames[20])
    yield Case("a bit flipped in avi", Avi(frames).indexed, None, "avi", TWO)
    bent = partial(lambda: craft_webm.with_frames(small("webm"), _flipped, only=49))
    yield Case("a bit flipped in webm", bent, None, "webm", TWO)
    yield Case("a bit flipped in mp4", partial(_bit_of_the_last), None, "mp4", TWO)


def _flipped(frame: bytes) -> bytes:
    middle = len(frame) * 2 // 3
    return frame[:middle] + bytes([frame[middle] ^ 4]) + frame[middle + 1 :]


def _bit_of_the_last() -> bytes:
    """In the last frame: what follows a broken frame of H.264 is broken with it."""
    clip = small()
    start, end = craft.sample_starts(clip)[-2:]
    return clip[:start] + _flipped(clip[start:end]) + clip[end:]
