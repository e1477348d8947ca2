"""Files bent by hand: boxes, elements and chunks moved, multiplied, cut and made to lie."""

import struct
import zlib

TYPE_BOX = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
VP8_START_CODE = b"\x9d\x01\x2a"
JPEG_SIZE_MARKERS = (b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x08")


def box(name: bytes, content: bytes = b"") -> bytes:
    """An MP4 box."""
    return struct.pack(">I", 8 + len(content)) + name + content


def boxes(mp4: bytes) -> dict[bytes, bytes]:
    """The top-level boxes of an MP4 by name, in their order."""
    found, offset = {}, 0
    while offset < len(mp4):
        size = int.from_bytes(mp4[offset : offset + 4])
        found[mp4[offset + 4 : offset + 8]] = mp4[offset : offset + size]
        offset += size
    return found


def movie_first(mp4: bytes) -> bytes:
    """The MP4 with its header in front, as for the web; the sample offsets move along."""
    parts = boxes(mp4)
    header = bytearray(parts.pop(b"moov"))
    at = header.index(b"stco")
    for entry in range(int.from_bytes(header[at + 8 : at + 12])):
        place = at + 12 + 4 * entry
        offset = int.from_bytes(header[place : place + 4]) + len(header)
        header[place : place + 4] = offset.to_bytes(4)
    first = parts.pop(b"ftyp")
    return first + bytes(header) + b"".join(parts.values())


def word_at(content: bytes, name: bytes, offset: int, value: int) -> bytes:
    """The file with a 32-bit number changed, `offset` bytes into the first box called `name`."""
    at = content.index(name) + 4 + offset
    return content[:at] + struct.pack(">I", value) + content[at + 4 :]


def header_says(mp4: bytes, seconds: float) -> bytes:
    """The MP4 whose movie, track and media headers all claim another length."""
    for name, scale_at, duration_at in ((b"mvhd", 12, 16), (b"mdhd", 12, 16)):
        at = mp4.index(name) + 4
        scale = int.from_bytes(mp4[at + scale_at : at + scale_at + 4])
        mp4 = word_at(mp4, name, duration_at, min(round(seconds * scale), 0xFFFFFFFF))
    return word_at(mp4, b"tkhd", 20, min(round(seconds * 1000), 0xFFFFFFFF))


def without_edits(mp4: bytes) -> bytes:
    """The MP4 whose edit list is called something that no reader knows."""
    return mp4.replace(b"edts", b"free")


def branded(mp4: bytes, major: bytes, *compatible: bytes) -> bytes:
    """The MP4 with other brands; nothing else changes place."""
    size = int.from_bytes(mp4[:4])
    brands = b"".join(compatible)
    return box(b"ftyp", (major + bytes(4) + brands).ljust(size - 8, b"\0")) + mp4[size:]


def nested(name: bytes, depth: int) -> bytes:
    """A box in a box in a box."""
    return b"".join(struct.pack(">I", 8 * level) + name for level in range(depth, 0, -1))


def table(name: bytes, *words: int) -> bytes:
    """A box with version and flags, then 32-bit numbers."""
    return box(name, bytes(4) + struct.pack(f">{len(words)}I", *words))


def movie_of(*content: bytes) -> bytes:
    """An MP4 of a header and no pictures to speak of."""
    return TYPE_BOX + box(b"moov", b"".join(content)) + box(b"mdat")


def element(id_bytes: bytes, content: bytes = b"") -> bytes:
    """A WebM element with an eight-byte size."""
    return id_bytes + (len(content) | 1 << 56).to_bytes(8) + content


def webm_of(*content: bytes, doc_type: bytes = b"webm") -> bytes:
    """A WebM that holds just these elements."""
    header = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", doc_type))
    return header + element(b"\x18\x53\x80\x67", b"".join(content))


def huge_vp8(webm: bytes) -> bytes:
    """The WebM whose VP8 key frames claim 16383 x 16383; its header still tells the truth."""
    parts = webm.split(VP8_START_CODE)
    return VP8_START_CODE.join(
        [parts[0], *(struct.pack("<HH", 16383, 16383) + part[4:] for part in parts[1:])]
    )


def huge_jpeg(avi: bytes) -> bytes:
    """The AVI whose pictures claim 65500 x 65500; its header still tells the truth."""
    for marker in JPEG_SIZE_MARKERS:
        parts = avi.split(marker)
        avi = marker.join([parts[0], *(struct.pack(">HH", 65500, 65500) + part[4:] for part in parts[1:])])
    return avi


def chunk(name: bytes, content: bytes = b"") -> bytes:
    """An AVI chunk, padded to an even length."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def riff_list(kind: bytes, *content: bytes) -> bytes:
    """An AVI list."""
    return chunk(b"LIST", kind + b"".join(content))


def avi_of(*content: bytes, form: bytes = b"AVI ") -> bytes:
    """An AVI that holds just these chunks."""
    return chunk(b"RIFF", form + b"".join(content))


def scrambled(content: bytes, start: float = 0.3, end: float = 0.9) -> bytes:
    """The file with a stretch overwritten by a pattern that no decoder takes for pictures."""
    first, last = int(len(content) * start), int(len(content) * end)
    noise = bytes((index * index * 31 + 7 * index) % 251 for index in range(last - first))
    return content[:first] + noise + content[last:]


def pieces(content: bytes, count: int) -> list[bytes]:
    """The file cut after each of `count` equal parts but the last."""
    return [content[: len(content) * part // count] for part in range(1, count)]


def png(side: int = 4) -> bytes:
    """A grey picture, made without any library for pictures."""

    def part(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes([128]) * side for _ in range(side)))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")
