"""Walks the chunks of an AVI file (RIFF, with OpenDML's further parts) without trusting any of them."""

from typing import NamedTuple

from bot.clip import ClipKind, ClipRule
from bot.clips import limits
from bot.clips.container import Container, Demuxer
from bot.clips.rules import damaged, over, wrong_container
from bot.errors import ClipRejected

AVI = ClipKind.AVI
MAGIC = b"RIFF"
FIRST, FURTHER = b"AVI ", b"AVIX"
"""The forms of the first part of a file, and of those that OpenDML adds after a gigabyte."""
FOREIGN_FORMS = {b"WAVE": "a WAVE sound file", b"WEBP": "a WebP picture", b"RMID": "a MIDI file"}
LIST_HEADER_BYTES = 12
CHUNK_HEADER_BYTES = 8
OLD_INDEX_ENTRY_BYTES = 16


class Chunk(NamedTuple):
    """A chunk: its name (for a list, the list's kind), where its content starts and ends."""

    name: bytes
    start: int
    end: int
    is_list: bool


class Tally:
    """What has been counted so far in one file: its first `whole_bytes` are chunks as they should be."""

    def __init__(self) -> None:
        self.whole_bytes = 0
        self.chunks = 0
        self.tracks = 0
        self.index_entries = 0
        self.names: set[bytes] = set()


def scan(content: bytes) -> Container:
    """How to read an AVI file.

    Raises:
        ClipRejected: wrong_container, damaged or too_complex.
    """
    form = content[8:LIST_HEADER_BYTES]
    if form != FIRST:
        raise wrong_container(FOREIGN_FORMS.get(form, "a RIFF file that is no AVI"))
    tally, refusal = Tally(), None
    try:
        _walk_file(content, tally)
    except ClipRejected as rejected:
        refusal = rejected
        if rejected.rule is not ClipRule.DAMAGED or not {b"hdrl", b"movi"} <= tally.names:
            raise
    return Container(Demuxer.AVI, AVI, tally.whole_bytes, refusal)


def _walk_file(content: bytes, tally: Tally) -> None:
    """Counts all chunks of the parts."""
    offset = 0
    while len(content) - offset > 1:  # one byte may be the padding of an odd part
        part, form = _chunk(content, offset), FURTHER if offset else FIRST
        if part is None or part.name != form or not content.startswith(MAGIC, offset):
            raise damaged(AVI, "bytes after the end of the movie")
        _count(content, part, tally)
        _walk(content, part, tally)
        offset = part.end + (part.end - offset) % 2
        tally.whole_bytes = min(offset, len(content))
        if part.end > len(content):
            raise damaged(AVI, f"a file cut off, {part.end - len(content):,} bytes missing")
    tally.whole_bytes = len(content)
    if not {b"hdrl", b"movi"} <= tally.names:
        raise damaged(AVI, "a file without its movie")


def _walk(content: bytes, part: Chunk, tally: Tally) -> None:
    """Counts all chunks of a part, in the order of the file, without recursion."""
    lists, offset = [part], part.start
    while lists:
        parent = lists[-1]
        if min(parent.end, len(content)) - offset < CHUNK_HEADER_BYTES:
            lists.pop()
            offset = max(offset, parent.end + (parent.end - parent.start) % 2)
            continue
        tally.whole_bytes = offset
        chunk = _chunk(content, offset)
        if chunk is None or chunk.end > parent.end:
            raise damaged(AVI, "an index that contradicts itself")
        _count(content, chunk, tally)
        if chunk.is_list:
            lists.append(chunk)
            over(AVI, "levels of lists", len(lists), limits.BOX_DEPTH)
        offset = chunk.start if chunk.is_list else chunk.end + (chunk.end - chunk.start) % 2


def _count(content: bytes, chunk: Chunk, tally: Tally) -> None:
    tally.chunks += 1
    over(AVI, "chunks", tally.chunks, limits.CHUNKS)
    if chunk.is_list:
        tally.names.add(chunk.name)
        tally.tracks += chunk.name == b"strl"
        over(AVI, "tracks", tally.tracks, limits.TRACKS)
    elif chunk.name == b"idx1":
        tally.index_entries += (chunk.end - chunk.start) // OLD_INDEX_ENTRY_BYTES
    elif chunk.name == b"indx" or chunk.name.startswith(b"ix"):
        # OpenDML: two bytes of entry size, two of kind, then the count.
        tally.index_entries += int.from_bytes(content[chunk.start + 4 : chunk.start + 8], "little")
    over(AVI, "index entries", tally.index_entries, limits.INDEX_ENTRIES)


def _chunk(content: bytes, offset: int) -> Chunk | None:
    """The chunk at `offset`; None where there is no room for one. It may claim to end after the file."""
    start = offset + CHUNK_HEADER_BYTES
    if start > len(content):
        return None
    name = content[offset : offset + 4]
    end = start + int.from_bytes(content[offset + 4 : start], "little")
    if name not in (MAGIC, b"LIST"):
        return Chunk(name, start, end, is_list=False)
    inside = offset + LIST_HEADER_BYTES
    if inside > min(end, len(content)):
        return None
    return Chunk(content[start:inside], inside, end, is_list=True)
