"""WebM files bent by hand, element by element."""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

VP8_START_CODE = b"\x9d\x01\x2a"
HEADER = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
CLUSTER = b"\x1f\x43\xb6\x75"
INFO = b"\x15\x49\xa9\x66"
TRACKS = b"\x16\x54\xae\x6b"
BLOCK = b"\xa3"
BLOCK_HEADER_BYTES = 4
"""The track, the time and the flags."""
DURATION = b"\x44\x89\x88"
"""The element with its size: eight bytes, as FFmpeg writes it."""
FILLER = b"\xec\x40\x08"
"""A filler of eight bytes that takes the same place."""
FRAME_DURATION = b"\x23\xe3\x83\x84"
UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"


class Part(NamedTuple):
    """An element of the Segment, whole; `start` is where it begins in the file."""

    id_bytes: bytes
    content: bytes
    start: int


def element(id_bytes: bytes, content: bytes = b"") -> bytes:
    """A WebM element with an eight-byte size."""
    return id_bytes + (len(content) | 1 << 56).to_bytes(8) + content


def endless(id_bytes: bytes, content: bytes) -> bytes:
    """A WebM element that does not say where it ends."""
    return id_bytes + UNKNOWN_SIZE + content


def webm_of(*content: bytes, doc_type: bytes = b"webm") -> bytes:
    """A WebM that holds just these elements."""
    header = element(HEADER, element(b"\x42\x82", doc_type))
    return header + element(SEGMENT, b"".join(content))


def parts(webm: bytes) -> Iterator[Part]:
    """The elements of the Segment of a WebM that FFmpeg made."""
    offset = webm.index(SEGMENT) + len(SEGMENT)
    yield from elements(webm, offset + _length(webm[offset]))


def elements(content: bytes, offset: int = 0) -> Iterator[Part]:
    """Elements in a row, each of known size."""
    while offset < len(content):
        start = offset
        id_bytes = content[offset : offset + _length(content[offset])]
        offset += len(id_bytes)
        width = _length(content[offset])
        size = int.from_bytes(content[offset : offset + width]) & (1 << 7 * width) - 1
        offset += width + size
        yield Part(id_bytes, content[offset - size : offset], start)


def _length(first: int) -> int:
    return 9 - first.bit_length()


def recorded(webm: bytes) -> bytes:
    """The WebM as a browser records it: neither length nor index, and nothing says where it ends."""
    return _head(webm) + b"".join(
        endless(CLUSTER, part.content) for part in parts(webm) if part.id_bytes == CLUSTER
    )


def switched_off(webm: bytes, frames: int) -> bytes:
    """Such a recording, cut within the frame that follows the first `frames`."""
    written, left = _head(webm), frames
    for cluster in (part.content for part in parts(webm) if part.id_bytes == CLUSTER):
        blocks = [part for part in elements(cluster) if part.id_bytes == BLOCK]
        if left < len(blocks):
            return written + endless(CLUSTER, cluster[: blocks[left].start + 10])
        left -= len(blocks)
        written += endless(CLUSTER, cluster)
    return written


def _head(webm: bytes) -> bytes:
    """Everything before the first cluster, without length and index."""
    kept = (
        element(part.id_bytes, part.content.replace(DURATION, FILLER))
        for part in parts(webm)
        if part.id_bytes in (INFO, TRACKS)
    )
    return webm[: webm.index(SEGMENT)] + endless(SEGMENT, b"".join(kept))


def with_frames(webm: bytes, bend: Callable[[bytes], bytes], only: int | None = None) -> bytes:
    """The WebM of one track with its frames changed, all or only one of them; none may change its length."""
    changed, number = bytearray(webm), 0
    for cluster in (part for part in parts(webm) if part.id_bytes == CLUSTER):
        at = webm.index(cluster.content, cluster.start)
        for block in (part for part in elements(cluster.content) if part.id_bytes == BLOCK):
            start = at + cluster.content.index(block.content, block.start) + BLOCK_HEADER_BYTES
            if only in (None, number):
                frame = block.content[BLOCK_HEADER_BYTES:]
                changed[start : start + len(frame)] = bend(frame)
            number += 1
    return bytes(changed)


def without_length(webm: bytes) -> bytes:
    """The WebM whose length is called a filler."""
    return webm.replace(DURATION, FILLER)


def length_says(webm: bytes, seconds: float) -> bytes:
    """The WebM whose header claims another length."""
    at = webm.index(DURATION) + 3
    return webm[:at] + struct.pack(">d", seconds * 1000) + webm[at + 8 :]


def without_frame_rate(webm: bytes) -> bytes:
    """The WebM that does not say how long a frame lasts: a recorder does not know."""
    return webm.replace(FRAME_DURATION, b"\xec\x86\0\0")


def called_webm(matroska: bytes) -> bytes:
    """The Matroska movie that claims to be WebM; a filler takes the place of the four letters."""
    return matroska.replace(b"\x42\x82\x88matroska", b"\x42\x82\x84webm\xec\x82\0\0", 1)


def huge_vp8(webm: bytes) -> bytes:
    """The WebM whose VP8 key frames claim 16383 x 16383; its header still tells the truth."""
    pieces = webm.split(VP8_START_CODE)
    return VP8_START_CODE.join(
        [pieces[0], *(struct.pack("<HH", 16383, 16383) + piece[4:] for piece in pieces[1:])]
    )


def nested_tags(depth: int) -> bytes:
    """Tags in tags."""
    content = b""
    for _ in range(depth):
        content = element(b"\x67\xc8", content)
    return element(b"\x12\x54\xc3\x67", content)


def blocks(webm: bytes, count: int, ticks_apart: int = 0) -> bytes:
    """The WebM with a cluster of `count` blocks of one byte each, for its first track."""
    block = b"".join(
        b"\xa3\x85\x81" + struct.pack(">h", index * ticks_apart % 4000) + b"\x80\x00"
        for index in range(count)
    )
    cluster = element(CLUSTER, b"\xe7\x81\x00" + block)
    head = webm[: webm.index(SEGMENT)]
    kept = [part for part in parts(webm) if part.id_bytes in (INFO, TRACKS)]
    return head + element(SEGMENT, b"".join(element(part.id_bytes, part.content) for part in kept) + cluster)
