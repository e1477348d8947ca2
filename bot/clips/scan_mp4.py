"""Walks the boxes of an MP4 file (ISO/IEC 14496-12) without trusting any of them."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.clip import ClipKind, ClipRule
from bot.clips import limits
from bot.clips.container import Container, Demuxer
from bot.clips.rules import ACCEPTED_TRACKS, damaged, over, too_complex, wrong_container
from bot.errors import ClipRejected

MP4 = ClipKind.MP4

FILLERS = frozenset({b"free", b"skip", b"wide", b"uuid", b"pdin"})
TOP_LEVEL = FILLERS | frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"mfra", b"meta", b"emsg", b"prft"}
)
CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"mvex", b"moof", b"traf"}
    | {b"meta", b"ilst", b"sinf", b"schi", b"mfra"}
)
LOOSE = frozenset({b"udta", b"meta", b"ilst"})
"""Cameras leave a terminator or notes of their own in these: what is odd there only ends the look inside."""

PICTURE_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"msf1"})
SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
QUICKTIME_BRAND = b"qt  "
MOBILE_PREFIXES = (b"3gp", b"3g2", b"3ge", b"3gg", b"3gs")
MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa", b"isob"}
    | {b"isoc", b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"hev1", b"av01", b"mmp4", b"MSNV", b"XAVC"}
    | {b"CAEP", b"dash", b"msdh", b"cmfc", b"cmf2", b"cmfs", b"f4v ", b"F4V ", b"dby1"}
)
M4V_PREFIX = b"M4V"

# Tables whose entry count stands right after version and flags.
COUNTED_TABLES = frozenset({b"stts", b"ctts", b"stss", b"stsc", b"stco", b"co64"})


class Box(NamedTuple):
    """A box: its four-letter name, where its content starts, and where it says it ends."""

    name: bytes
    start: int
    end: int


class Span(NamedTuple):
    """A stretch of boxes inside `parent`, `depth` levels down."""

    parent: bytes
    start: int
    end: int
    depth: int


class Tally:
    """What has been counted so far in one file: its first `whole_bytes` are boxes as they should be."""

    def __init__(self) -> None:
        self.whole_bytes = 0
        self.names: set[bytes] = set()
        self.boxes = 0
        self.tracks = 0
        self.fragments = 0
        self.fragment_samples = 0


def starts_like_movie(content: bytes) -> bool:
    """Whether the first box is one that MP4 and QuickTime files start with."""
    return content[4:8] in TOP_LEVEL


def scan(content: bytes) -> Container:
    """How to read an MP4 file, or a QuickTime or 3GP movie.

    Raises:
        ClipRejected: wrong_container, no_video, damaged or too_complex.
    """
    refusal = _judge_brands(content)
    tally = Tally()
    try:
        _walk_file(content, tally)
    except ClipRejected as rejected:
        refusal = refusal or rejected
        if rejected.rule is not ClipRule.DAMAGED or b"moov" not in tally.names:
            raise refusal from None
    return Container(Demuxer.MOV, MP4, tally.whole_bytes, refusal)


def _judge_brands(content: bytes) -> ClipRejected | None:
    """Decides by the brands of `ftyp` alone, as players do; returns the refusal of what may be mended."""
    box = _type_box(content)
    if box is None:
        return wrong_container("a QuickTime movie of the old kind")
    if box.end > len(content) or box.end - box.start < 8:  # noqa: PLR2004  # two words: major brand and version
        raise damaged(MP4, "a file cut off in its first bytes")
    major = content[box.start : box.start + 4]
    brands = {major, *(content[at : at + 4] for at in range(box.start + 8, box.end - 3, 4))}
    if major == QUICKTIME_BRAND:
        return wrong_container("a QuickTime movie (MOV)")
    if major in PICTURE_BRANDS:
        raise wrong_container("a HEIF or AVIF picture")
    if major in SOUND_BRANDS:
        raise ClipRejected(ClipRule.NO_VIDEO, found="a sound file (M4A)", accepted=ACCEPTED_TRACKS, kind=MP4)
    if any(brand in MP4_BRANDS or brand.startswith(M4V_PREFIX) for brand in brands):
        return None
    if major.startswith(MOBILE_PREFIXES):
        return wrong_container("a 3GP movie")
    kind = f"the kind {major.decode('ascii')}" if major.isalnum() else "an unknown kind"
    raise wrong_container(f"a movie of {kind}")


def _type_box(content: bytes) -> Box | None:
    """The `ftyp` box, if nothing but fillers stands before it."""
    offset = 0
    for _ in range(limits.TOP_LEVEL_BOXES):
        box = _box(content, offset, len(content))
        if box is None or box.name not in FILLERS:
            return box if box is not None and box.name == b"ftyp" else None
        offset = box.end
    return None


def _walk_file(content: bytes, tally: Tally) -> None:
    """Counts all boxes of a file; each of its own is known to end within it."""
    for count, box in enumerate(_top_level(content), start=1):
        over(MP4, "top-level boxes", count, limits.TOP_LEVEL_BOXES)
        _count(content, box, tally)
        if box.end > len(content):
            if box.name == b"mdat":
                tally.whole_bytes = len(content)
            raise damaged(MP4, f"a file cut off, {box.end - len(content):,} bytes missing")
        if box.name in CONTAINERS:
            _walk(content, _inside(content, box, depth=1), tally)
        tally.names.add(box.name)
        tally.whole_bytes = box.end
    if not {b"moov", b"mdat"} <= tally.names:
        raise damaged(MP4, "a file without its header or its pictures")


def _top_level(content: bytes) -> Iterator[Box]:
    """The boxes of the file itself; the last may claim to end after it."""
    offset = 0
    while offset < len(content):
        box = _box(content, offset, len(content))
        if box is None or not _is_name(box.name) or (box.end > len(content) and box.name not in TOP_LEVEL):
            raise damaged(MP4, "bytes after the end of the movie")
        yield box
        offset = box.end


def _walk(content: bytes, first: Span, tally: Tally) -> None:
    """Counts all boxes below one, level by level, without recursion."""
    pending = [first]
    while pending:
        span = pending.pop()
        if span.depth > limits.BOX_DEPTH:
            raise too_complex(MP4, "boxes nested too deeply", f"at most {limits.BOX_DEPTH} levels")
        for box in _children(content, span):
            _count(content, box, tally)
            if box.name in CONTAINERS:
                pending.append(_inside(content, box, span.depth + 1))


def _children(content: bytes, span: Span) -> Iterator[Box]:
    offset = span.start
    while span.end - offset >= 8:  # noqa: PLR2004  # the shortest box; less is a terminator
        box = _box(content, offset, span.end)
        if box is None or box.end > span.end:
            if span.parent in LOOSE:
                return
            raise damaged(MP4, "a movie header that contradicts itself")
        yield box
        offset = box.end


def _inside(content: bytes, box: Box, depth: int) -> Span:
    """What is in a container. MP4's `meta` starts with version and flags, QuickTime's does not."""
    plain = box.name != b"meta" or content[box.start + 4 : box.start + 8] == b"hdlr"
    return Span(box.name, box.start if plain else box.start + 4, box.end, depth)


def _count(content: bytes, box: Box, tally: Tally) -> None:
    tally.boxes += 1
    over(MP4, "boxes", tally.boxes, limits.BOXES)
    match box.name:
        case b"cmov":
            raise too_complex(MP4, "a compressed movie header", "a plain movie header")
        case b"trak" | b"tkhd":
            _count_track(content, box, tally)
        case b"moof":
            tally.fragments += 1
            over(MP4, "fragments", tally.fragments, limits.FRAGMENTS)
        case b"elst":
            over(MP4, "edits", _word(content, box, 4), limits.EDITS)
        case b"trun":
            tally.fragment_samples += _word(content, box, 4)
            over(MP4, "samples in fragments", tally.fragment_samples, limits.FRAGMENT_SAMPLES)
        case b"stsz" | b"stz2":
            _judge_samples(content, box)
        case name if name in COUNTED_TABLES:
            over(MP4, "index entries", _word(content, box, 4), limits.TINY_SAMPLES)


def _count_track(content: bytes, box: Box, tally: Tally) -> None:
    """A track, or its header: there its number stands behind two times, of 64 bits in all versions but 0."""
    if box.name == b"trak":
        tally.tracks += 1
        over(MP4, "tracks", tally.tracks, limits.TRACKS)
        return
    number = _word(content, box, 12 if content.startswith(b"\0", box.start) else 20)
    if number > limits.TRACK_NUMBER:
        accepted = f"numbers of tracks up to {limits.TRACK_NUMBER:,}"
        raise too_complex(MP4, f"a track with the number {number:,}", accepted)


def _judge_samples(content: bytes, box: Box) -> None:
    """Sample sizes: one size for all and a count, or (size 0) a list. `stz2` always lists."""
    common_size = _word(content, box, 4) if box.name == b"stsz" else 0
    tiny = 0 < common_size <= limits.TINY_SAMPLE_BYTES
    over(MP4, "samples", _word(content, box, 8), limits.TINY_SAMPLES if tiny else limits.SAMPLES)


def _box(content: bytes, offset: int, end: int) -> Box | None:
    """The box at `offset`; None where there cannot be one. It may claim to end after `end`."""
    start = offset + 8
    if start > end:
        return None
    size, name = int.from_bytes(content[offset : offset + 4]), content[offset + 4 : start]
    if size == 1:
        start += 8
        size = int.from_bytes(content[offset + 8 : start])
    if size == 0:
        size = end - offset
    if offset + size < start or start > end:
        return None
    return Box(name, start, offset + size)


def _word(content: bytes, box: Box, at: int) -> int:
    """The 32-bit number `at` bytes into a box."""
    start = box.start + at
    if start + 4 > box.end:
        raise damaged(MP4, "a movie header that contradicts itself")
    return int.from_bytes(content[start : start + 4])


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in name)  # noqa: PLR2004  # ASCII, and QuickTime's ©
