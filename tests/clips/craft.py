"""MP4 files bent by hand: boxes moved, multiplied, cut and made to lie. WebM and AVI are beside it."""

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate

TYPE_BOX = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
STSD_PREFIX_BYTES = 8
VISUAL_ENTRY_BYTES = 78
"""ISO/IEC 14496-12, 12.1.3: what stands in a visual sample entry before its boxes."""
VIDEO = (b"moov", b"trak")
SAMPLE_TABLE = (*VIDEO, b"mdia", b"minf", b"stbl")
MICROSECOND = 1_000_000

Bend = Callable[[bytes], bytes]


def box(name: bytes, content: bytes = b"") -> bytes:
    """An MP4 box."""
    return struct.pack(">I", 8 + len(content)) + name + content


def split(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes in a row, each as name and content."""
    offset = 0
    while offset + 8 <= len(content):
        size = int.from_bytes(content[offset : offset + 4])
        yield content[offset + 4 : offset + 8], content[offset + 8 : offset + size]
        offset += size


def boxes(mp4: bytes) -> dict[bytes, bytes]:
    """The top-level boxes of an MP4 by name, in their order."""
    return {name: box(name, content) for name, content in split(mp4)}


def bent(content: bytes, path: tuple[bytes, ...], bend: Bend) -> bytes:
    """The boxes in a row, with the content of the first one at `path` changed; all sizes around it follow.

    What is behind it moves: offsets of samples stay right where the header is the last box.
    """
    rebuilt, found = b"", False
    for name, inside in split(content):
        changed = inside
        if name == path[0] and not found:
            found, skipped = True, _before_boxes(name)
            rest = path[1:]
            changed = bend(inside) if not rest else inside[:skipped] + bent(inside[skipped:], rest, bend)
        rebuilt += box(name, changed)
    if not found:
        raise LookupError(path)
    return rebuilt


def _before_boxes(name: bytes) -> int:
    if name == b"stsd":
        return STSD_PREFIX_BYTES
    return VISUAL_ENTRY_BYTES if name in (b"avc1", b"mp4v") else 0


def repeated(mp4: bytes, count: int) -> bytes:
    """The MP4 with `count` copies of its first track."""

    def bend(movie: bytes) -> bytes:
        parts = [(name, box(name, inside)) for name, inside in split(movie)]
        track = next(whole for name, whole in parts if name == b"trak")
        return b"".join(whole for _, whole in parts) + track * (count - 1)

    return bent(mp4, (b"moov",), bend)


def second_track_is(mp4: bytes, handler: bytes, entry: bytes) -> bytes:
    """The MP4 with its track twice, the second one being for something else than pictures."""
    twice = repeated(mp4, 2)
    for old, new in ((b"vide", handler), (b"avc1", entry)):
        at = twice.rindex(old)
        twice = twice[:at] + new + twice[at + 4 :]
    return twice


def edited(mp4: bytes, *edits: tuple[int, int]) -> bytes:
    """The MP4 with another edit list: how long each edit is and where it starts (-1: nowhere).

    In milliseconds. For movies of 1000 ticks a second and tracks of any, as FFmpeg makes them.
    """
    scale = _media_scale(mp4)
    entries = [(length, start if start < 0 else start * scale // 1000) for length, start in edits]
    words = b"".join(struct.pack(">IiI", length, start, 1 << 16) for length, start in entries)
    edit_list = box(b"elst", struct.pack(">II", 0, len(entries)) + words)
    return bent(mp4, (*VIDEO, b"edts"), lambda _: edit_list)


def _media_scale(mp4: bytes) -> int:
    at = mp4.index(b"mdhd") + 4 + 12
    return int.from_bytes(mp4[at : at + 4])


def movie_first(mp4: bytes) -> bytes:
    """The MP4 with its header in front, as for the web; the sample offsets move along."""
    parts = boxes(mp4)
    header = bytearray(parts.pop(b"moov"))
    at = -1
    while (at := header.find(b"stco", at + 1)) >= 0:
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


def long_header_says(mp4: bytes, ticks: int) -> bytes:
    """The MP4 whose movie header is of the long form, with room for 64 bits of duration."""

    def bend(short: bytes) -> bytes:
        scale = int.from_bytes(short[12:16])
        return struct.pack(">IQQIQ", 1 << 24, 0, 0, scale, ticks) + short[20:]

    return bent(mp4, (b"moov", b"mvhd"), bend)


def without_edits(mp4: bytes) -> bytes:
    """The MP4 whose edit list is called something that no reader knows."""
    return mp4.replace(b"edts", b"free")


def branded(mp4: bytes, major: bytes, *compatible: bytes) -> bytes:
    """The MP4 with other brands; nothing else changes place."""
    size = int.from_bytes(mp4[:4])
    brands = b"".join(compatible)
    return box(b"ftyp", (major + bytes(4) + brands).ljust(size - 8, b"\0")) + mp4[size:]


def unbranded(mp4: bytes) -> bytes:
    """The movie as QuickTime wrote it before there were brands: a filler stands in their place."""
    return mp4[:4] + b"wide" + mp4[8:]


def turned(mp4: bytes) -> bytes:
    """The MP4 that says it is to be shown on its side, as phones do."""
    at = mp4.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return mp4[:at] + matrix + mp4[at + 36 :]


def elsewhere(mp4: bytes, path: bytes) -> bytes:
    """The MP4 that says its pictures are in another file, by a Macintosh alias as QuickTime wrote it."""
    alias = bytes(150) + struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + b"\xff\xff\0\0"
    reference = box(b"dref", struct.pack(">II", 0, 1) + box(b"alis", bytes(4) + alias))
    return bent(mp4, (*VIDEO, b"mdia", b"minf", b"dinf"), lambda _: reference)


def each_sample_is_the_first(mp4: bytes, count: int) -> bytes:
    """The MP4 whose index names its first sample `count` times, all within the time of its own."""
    table = dict(split(_inside(mp4, SAMPLE_TABLE)))
    first_size = int.from_bytes(table[b"stsz"][12:16])
    offset = int.from_bytes(table[b"stco"][8:12])
    ticks = max(1, int.from_bytes(table[b"stts"][8:12]) * int.from_bytes(table[b"stts"][12:16]) // count)
    tables = {
        b"stts": struct.pack(">IIII", 0, 1, count, ticks),
        b"stsz": struct.pack(">III", 0, first_size, count),
        b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
        b"stco": struct.pack(">II", 0, count) + struct.pack(">I", offset) * count,
        b"stss": struct.pack(">II", 0, 0),
    }
    for name, content in tables.items():
        if name in table:
            mp4 = bent(mp4, (*SAMPLE_TABLE, name), lambda _, content=content: content)  # type: ignore[misc]  # bound now
    return mp4


def sample_starts(mp4: bytes) -> list[int]:
    """Where in the file the samples of the first track begin; of a lone track they are in a row."""
    table = dict(split(_inside(mp4, SAMPLE_TABLE)))
    count = int.from_bytes(table[b"stsz"][8:12])
    sizes = struct.unpack(f">{count}I", table[b"stsz"][12 : 12 + 4 * count])
    return list(accumulate(sizes, initial=int.from_bytes(table[b"stco"][8:12])))


def _inside(content: bytes, path: tuple[bytes, ...]) -> bytes:
    for name in path:
        content = next(inside for found, inside in split(content) if found == name)
    return content


def huge_h264(mp4: bytes, side: int) -> bytes:
    """The MP4 whose H.264 header claims pictures of `side` x `side`; the box around it tells the truth."""
    blocks = side // 16 - 1
    numbers = "".join(_golomb(number) for number in (0, 0, 2, 1))
    sizes = _golomb(blocks) + _golomb(blocks)
    bits = numbers + "0" + sizes + "1" + "1" + "0" + "0" + "1"
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    sequence = b"\x67\x42\xc0\x33" + int(padded, 2).to_bytes(len(padded) // 8)
    picture = b"\x01\x00\x05\x68\xce\x38\x80\x00"
    record = b"\x01\x42\xc0\x33\xff\xe1" + struct.pack(">H", len(sequence)) + sequence + picture
    return bent(mp4, (*SAMPLE_TABLE, b"stsd", b"avc1", b"avcC"), lambda _: record)


def _golomb(number: int) -> str:
    """An unsigned number as H.264 writes it (ITU-T H.264, 9.1)."""
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def sized(mp4: bytes, width: int, height: int) -> bytes:
    """The MP4 whose sample entry claims pictures of another size."""
    at = mp4.index(b"\0\0\0\x01", mp4.index(b"stsd") + 4) + 4 + 8 + 24
    return mp4[:at] + struct.pack(">HH", width, height) + mp4[at + 4 :]


def packed_header(mp4: bytes, unpacked_bytes: int) -> bytes:
    """The MP4 whose header is compressed as QuickTime once did, and unpacks to zeros without end."""
    packer = zlib.compressobj(9)
    zeros = bytes(MICROSECOND)
    packed = b"".join(packer.compress(zeros) for _ in range(unpacked_bytes // MICROSECOND)) + packer.flush()
    method = box(b"dcom", b"zlib")
    content = box(b"cmvd", struct.pack(">I", unpacked_bytes) + packed)
    return bent(mp4, (b"moov",), lambda _: box(b"cmov", method + content))


def fragments(mp4: bytes, count: int) -> bytes:
    """The fragmented MP4 with `count` more copies of its last fragment's header."""
    last = box(b"moof", next(inside for name, inside in split(mp4) if name == b"moof"))
    return mp4 + last * count


def nested(name: bytes, depth: int) -> bytes:
    """A box in a box in a box."""
    return b"".join(struct.pack(">I", 8 * level) + name for level in range(depth, 0, -1))


def table(name: bytes, *words: int) -> bytes:
    """A box with version and flags, then 32-bit numbers."""
    return box(name, bytes(4) + struct.pack(f">{len(words)}I", *words))


def movie_of(*content: bytes) -> bytes:
    """An MP4 of a header and no pictures to speak of."""
    return TYPE_BOX + box(b"moov", b"".join(content)) + box(b"mdat")


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
