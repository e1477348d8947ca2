"""Walks the elements of a WebM file (EBML: RFC 8794; Matroska: RFC 9559) without trusting any of them."""

from typing import NamedTuple

from bot.clip import ClipKind, ClipRule
from bot.clips import limits
from bot.clips.container import Container, Demuxer
from bot.clips.rules import damaged, over, too_complex, wrong_container
from bot.errors import ClipRejected

WEBM = ClipKind.WEBM
MAGIC = b"\x1a\x45\xdf\xa3"

HEADER = 0x1A45DFA3
DOC_TYPE = 0x4282
SEGMENT = 0x18538067
CLUSTER = 0x1F43B675
TRACK_ENTRY = 0xAE
VOID, CRC = 0xEC, 0xBF

# SeekHead, Info, Tracks, Cluster, Cues, Attachments, Chapters, Tags.
IN_SEGMENT = frozenset(
    {0x114D9B74, 0x1549A966, 0x1654AE6B, CLUSTER, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, VOID, CRC}
)
# Timestamp, SilentTracks, Position, PrevSize, SimpleBlock, BlockGroup, EncryptedBlock.
IN_CLUSTER = frozenset({0xE7, 0x5854, 0xA7, 0xAB, 0xA3, 0xA0, 0xAF, VOID, CRC})
# Those above that hold others, then Seek, TrackEntry, Video, Audio, ContentEncodings, ContentEncoding,
# CuePoint, CueTrackPositions, AttachedFile, Tag, Targets, SimpleTag.
MASTERS = frozenset(
    {SEGMENT, CLUSTER, 0xA0, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1254C367}
    | {0x4DBB, TRACK_ENTRY, 0xE0, 0xE1, 0x6D80, 0x6240, 0xBB, 0xB7, 0x61A7, 0x7373, 0x63C0, 0x67C8}
)
LIVE = {SEGMENT: IN_SEGMENT, CLUSTER: IN_CLUSTER}
"""The two masters that a recorder may leave without a size, and what then belongs to them."""

LONGEST_ID_BYTES = 4
LONGEST_SIZE_BYTES = 8


class Element(NamedTuple):
    """An element: its id, where its content starts, and its end, None when its size is unknown."""

    id: int
    start: int
    end: int | None


class Frame(NamedTuple):
    """A master being walked; `end` is where it must end, None when only the file's end limits it."""

    id: int
    end: int | None
    sized: bool


class Tally:
    """What has been counted so far in one file: its first `whole_bytes` are elements as they should be."""

    def __init__(self) -> None:
        self.whole_bytes = 0
        self.elements = 0
        self.tracks = 0


def scan(content: bytes) -> Container:
    """How to read a WebM file, or a Matroska movie; one that a recorder left unfinished counts as whole.

    Raises:
        ClipRejected: wrong_container, damaged or too_complex.
    """
    header = _element(content, 0)
    if header is None or header.end is None or header.end > len(content):
        raise damaged(WEBM, "a file cut off in its first bytes")
    foreign = _judge_doc_type(_doc_type(content, header.start, header.end))
    tally, refusal = Tally(), foreign
    try:
        _walk(content, _segment(content, header.end), tally)
    except ClipRejected as rejected:
        refusal = foreign or rejected
        if rejected.rule is not ClipRule.DAMAGED or tally.tracks == 0:
            raise refusal from None
    return Container(Demuxer.MATROSKA, ClipKind.MP4 if foreign else WEBM, tally.whole_bytes, refusal)


def _judge_doc_type(doc_type: bytes) -> ClipRejected | None:
    """Returns the refusal of what a clip may be made of. Matroska is what a file is that does not say."""
    if doc_type == b"webm":
        return None
    if doc_type in (b"matroska", b""):
        return wrong_container("a Matroska movie (MKV)")
    raise wrong_container("an EBML file that is no movie")


def _doc_type(content: bytes, offset: int, end: int) -> bytes:
    for _ in range(limits.TRACKS):
        element = _element(content, offset)
        if offset >= end or element is None or element.end is None or element.end > end:
            break
        if element.id == DOC_TYPE:
            return content[element.start : element.end].rstrip(b"\0")
        offset = element.end
    return b""


def _segment(content: bytes, offset: int) -> Element:
    for _ in range(limits.TRACKS):
        element = _element(content, offset)
        if element is None or element.id not in (VOID, CRC) or element.end is None:
            break
        offset = element.end
    if element is None or element.id != SEGMENT:
        raise damaged(WEBM, "a file without its movie")
    return element


def _walk(content: bytes, segment: Element, tally: Tally) -> None:
    """Counts all elements of the Segment, in the order of the file, without recursion."""
    cut = segment.end is not None and segment.end > len(content)
    frames = [Frame(SEGMENT, None if cut else segment.end, segment.end is not None)]
    offset = segment.start
    while frames and offset < len(content):
        tally.whole_bytes = offset
        if frames[-1].end is not None and offset >= frames[-1].end:
            frames.pop()
            continue
        element = _element(content, offset)
        if element is None:
            _judge_broken(content, offset, frames[-1])
            break
        if not frames[-1].sized and element.id not in LIVE[frames[-1].id]:
            _leave_live(frames, element)
            continue
        _count(element, tally)
        offset = _enter(content, element, frames)
    if segment.end is not None:
        _judge_end(content, segment.end, tally)
    tally.whole_bytes = len(content)


def _judge_end(content: bytes, end: int, tally: Tally) -> None:
    """A Segment of known size ends where the file does."""
    tally.whole_bytes = min(end, len(content))
    if end > len(content):
        raise damaged(WEBM, f"a file cut off, {end - len(content):,} bytes missing")
    if end < len(content):
        raise damaged(WEBM, "bytes after the end of the movie")


def _leave_live(frames: list[Frame], element: Element) -> None:
    """An unsized Cluster ends at the next part of the Segment; anything else there is no part of a movie."""
    live = frames.pop()
    if live.id != CLUSTER or element.id not in IN_SEGMENT:
        raise damaged(WEBM, "bytes after the end of the movie")


def _enter(content: bytes, element: Element, frames: list[Frame]) -> int:
    """Where to go on: inside a master, behind anything else."""
    limit = frames[-1].end
    if element.end is None and element.id not in LIVE:
        raise damaged(WEBM, "an index that contradicts itself")
    if element.end is not None and limit is not None and element.end > limit:
        raise damaged(WEBM, "an index that contradicts itself")
    if element.id not in MASTERS:
        return element.end or len(content)
    if len(frames) >= limits.BOX_DEPTH:
        raise too_complex(WEBM, "elements nested too deeply", f"at most {limits.BOX_DEPTH} levels")
    # A master that runs past the file's end is a recorder's last one: its limit is the file.
    cut = element.end is not None and element.end > len(content)
    end = limit if element.end is None or cut else element.end
    frames.append(Frame(element.id, end, sized=element.end is not None))
    return element.start


def _judge_broken(content: bytes, offset: int, frame: Frame) -> None:
    """No element here: the end of an unfinished recording, or damage."""
    rest = len(content) - offset
    if frame.end is not None or rest >= LONGEST_ID_BYTES + LONGEST_SIZE_BYTES:
        raise damaged(WEBM, "an index that contradicts itself")


def _count(element: Element, tally: Tally) -> None:
    tally.elements += 1
    over(WEBM, "elements", tally.elements, limits.ELEMENTS)
    if element.id == TRACK_ENTRY:
        tally.tracks += 1
        over(WEBM, "tracks", tally.tracks, limits.TRACKS)


def _element(content: bytes, offset: int) -> Element | None:
    """The element at `offset`; None where there cannot be one. It may claim to end after the file."""
    id_bytes = _length(content, offset)
    if not 0 < id_bytes <= LONGEST_ID_BYTES:
        return None
    at = offset + id_bytes
    size_bytes = _length(content, at)
    start = at + size_bytes
    if size_bytes == 0 or start > len(content):
        return None
    unknown = (1 << 7 * size_bytes) - 1
    size = int.from_bytes(content[at:start]) & unknown
    return Element(int.from_bytes(content[offset:at]), start, None if size == unknown else start + size)


def _length(content: bytes, offset: int) -> int:
    """Bytes of the variable-size number at `offset`, 1-8; 0 where there is none."""
    if offset >= len(content) or content[offset] == 0:
        return 0
    return LONGEST_SIZE_BYTES + 1 - content[offset].bit_length()
