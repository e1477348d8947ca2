"""Files of a few kilobytes or megabytes that cost gigabytes or minutes to whoever trusts them."""

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_avi, craft_webm
from tests.clips.case import OFTEN_KEYED, SMALL, Case, small, streamed
from tests.clips.make import make_clip, make_repeated

HUGE = 16_000
UNPACKED_BYTES = 300_000_000


def bomb(name: str, make: Callable[[], bytes], kind: str, rule: str = "too_complex") -> Case:
    """A file that is never accepted and never mended."""
    return Case(name, make, rule, kind)


def costly() -> Iterator[Case]:
    """All of them."""
    yield from pixels()
    yield from boxes()
    yield from tables()
    yield from elements()
    yield from chunks()


def pixels() -> Iterator[Case]:
    """Pictures that are too large, or too many."""
    yield bomb("a long side", partial(make_clip, 1, fps=4, size=(4112, 16)), "mp4")
    yield bomb(
        "a little more than the largest picture", partial(make_clip, 1, fps=4, size=(4096, 2320)), "mp4"
    )
    yield bomb("H.264 of 16000 x 16000", lambda: craft.huge_h264(small(), HUGE), "mp4")
    claimed = partial(lambda: craft.sized(craft.huge_h264(small(), HUGE), HUGE, HUGE))
    yield bomb("H.264 of 16000 x 16000, said so", claimed, "mp4")
    yield bomb(
        "key frames of 16383 x 16383", lambda: craft_webm.huge_vp8(small("webm")), "webm", "undecodable"
    )
    yield bomb("JPEGs of 65500 x 65500", lambda: craft_avi.huge_jpeg(small("avi")), "avi", "undecodable")
    pngs = partial(_png_in_avi, HUGE)
    yield bomb("PNGs of 16000 x 16000", pngs, "avi", "undecodable")
    yield bomb("500 frames a second", partial(make_clip, 4, fps=500, size=(16, 16)), "mp4")
    yield bomb(
        "one frame, shown 40,000 times", lambda: craft.each_sample_is_the_first(small(), 40_000), "mp4"
    )
    yield bomb(
        "one frame, shown 120,000 times", lambda: craft.each_sample_is_the_first(small(), 120_000), "mp4"
    )
    flat = partial(make_repeated, 480, 120, (4096, 2304))
    yield Case("480 flat frames of the largest size", flat, None, "webm", Fraction(4))


def _png_in_avi(side: int) -> bytes:
    """FFmpeg's own, their sizes changed; the checksums are wrong, which nobody gets far enough to see."""
    clip = make_clip(2, "avi", size=SMALL, codec="png")
    return clip.replace(b"IHDR" + struct.pack(">II", *SMALL), b"IHDR" + struct.pack(">II", side, side))


def boxes() -> Iterator[Case]:
    """Boxes without end: tracks, fragments, fillers, boxes in boxes."""
    for count in (900, 8000):
        tracks = partial(lambda count: craft.repeated(small(), count), count)
        yield bomb(f"{count} tracks", tracks, "mp4")
    yield bomb("33 tracks of nothing", lambda: craft.movie_of(*[craft.box(b"trak")] * 33), "mp4")
    yield bomb("100,000 fragments", lambda: craft.fragments(_lean(), 100_000)[:9_900_000], "mp4")
    yield bomb("2,500 fragments", lambda: small() + craft.box(b"moof") * 2500, "mp4")
    yield bomb("a million empty boxes", lambda: small() + craft.box(b"free") * 1_000_000, "mp4")
    inside = partial(lambda: craft.movie_of(craft.box(b"free") * 1_000_000))
    yield bomb("a million empty boxes in the header", inside, "mp4")
    notes = partial(lambda: craft.movie_of(craft.box(b"udta", craft.box(b"name") * 30_000)))
    yield bomb("30,000 notes", notes, "mp4")
    for depth in (40, 60_000):
        nested = partial(lambda depth: craft.TYPE_BOX + craft.nested(b"moov", depth), depth)
        yield bomb(f"{depth:,} nested boxes", nested, "mp4")
    packed = partial(lambda: craft.packed_header(small(), UNPACKED_BYTES))
    yield bomb("a compressed header of 300 MB", packed, "mp4")
    yield bomb("a compressed header", lambda: craft.movie_of(craft.box(b"cmov", bytes(64))), "mp4")


def _lean() -> bytes:
    return make_clip(size=(16, 16), fps=5, encode=OFTEN_KEYED, mux={"movflags": "empty_moov+frag_keyframe"})


def tables() -> Iterator[Case]:
    """Tables that are long, or say that they are."""
    edits = [(8, 0)] * 500_000
    yield bomb("500,000 edits", lambda: craft.edited(small(), *edits), "mp4")
    yield bomb("65 edits", lambda: craft.edited(small(), *edits[:65]), "mp4")
    for count in (300_000, 20_000_000, 4_000_000_000):
        samples = partial(lambda count: craft.word_at(streamed(), b"trun", 4, count), count)
        yield bomb(f"{count:,} samples in a fragment", samples, "mp4")
    for name, words in ((b"stsz", (0, 10**9)), (b"stts", (10**9,)), (b"stsc", (10**9,)), (b"co64", (10**9,))):
        made = partial(lambda name, words: craft.movie_of(craft.table(name, *words)), name, words)
        yield bomb(f"a billion entries in {name.decode()}", made, "mp4")
    negative = partial(lambda: craft.word_at(_common_format(), b"tkhd", 12, 0x80000001))
    yield bomb("a track with a negative number", negative, "mp4")
    tiny = partial(lambda: craft.movie_of(craft.table(b"stsz", 1, 10**6)))
    yield bomb("a million samples of one byte", tiny, "mp4")


def _common_format() -> bytes:
    options = {"movflags": "cmaf+frag_keyframe+delay_moov"}
    return make_clip(2, size=SMALL, encode=OFTEN_KEYED, mux=options, audio_seconds=2)


def elements() -> Iterator[Case]:
    """EBML: elements without end."""
    yield bomb("a million one-byte blocks", lambda: craft_webm.blocks(small("webm"), 1_000_000), "webm")
    yield bomb("a million blocks of no size", lambda: _hollow_blocks(1_000_000), "webm")
    yield bomb("5,000 blocks in 4 s", lambda: craft_webm.blocks(small("webm"), 5000, ticks_apart=1), "webm")
    tracks = craft_webm.element(craft_webm.TRACKS, craft_webm.element(b"\xae") * 5000)
    yield bomb("5,000 webm tracks", lambda: craft_webm.webm_of(tracks), "webm")
    yield bomb("a million fillers", lambda: craft_webm.webm_of(b"\xec\x80" * 1_000_000), "webm")
    many = partial(lambda: craft_webm.webm_of(craft_webm.element(b"\x1c\x53\xbb\x6b", b"\xbb\x80" * 200_000)))
    yield bomb("200,000 marks in an index", many, "webm")
    for depth in (11, 40, 5000):
        yield bomb(
            f"{depth:,} nested tags",
            partial(lambda depth: craft_webm.webm_of(craft_webm.nested_tags(depth)), depth),
            "webm",
        )


def _hollow_blocks(count: int) -> bytes:
    return craft_webm.webm_of(craft_webm.element(craft_webm.CLUSTER, b"\xe7\x81\0" + b"\xa3\x80" * count))


def chunks() -> Iterator[Case]:
    """RIFF: chunks, lists and indexes without end."""
    chunk, riff_list, avi_of = craft_avi.chunk, craft_avi.riff_list, craft_avi.avi_of
    yield bomb("a million chunks", lambda: avi_of(riff_list(b"movi", chunk(b"00dc") * 1_000_000)), "avi")
    yield bomb("a long index", lambda: avi_of(chunk(b"idx1", bytes(16 * 200_000))), "avi")
    deep = struct.pack("<II", 0, 10**9)
    yield bomb("an index of a billion entries", lambda: avi_of(chunk(b"ix00", deep)), "avi")
    for depth in (40, 20_000):
        yield bomb(
            f"{depth:,} nested lists",
            partial(lambda depth: avi_of(craft_avi.nested_lists(depth)), depth),
            "avi",
        )
    yield bomb("33 avi tracks", lambda: avi_of(riff_list(b"hdrl", riff_list(b"strl") * 33)), "avi")
    parts = partial(lambda: small("avi") + avi_of(form=b"AVIX") * 200_000)
    yield bomb("200,000 parts", parts, "avi")
