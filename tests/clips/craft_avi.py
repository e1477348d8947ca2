"""AVI files written by hand: with or without an index, in one part or several, and made to lie."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

JPEG_SIZE_MARKERS = (b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x08")
HAS_INDEX = 0x10
KEY_FRAME = 0x10
INDEX_OF_INDEXES, INDEX_OF_CHUNKS = 0, 1


def chunk(name: bytes, content: bytes = b"") -> bytes:
    """An AVI chunk, padded to an even length."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def riff_list(kind: bytes, *content: bytes) -> bytes:
    """An AVI list."""
    return chunk(b"LIST", kind + b"".join(content))


def avi_of(*content: bytes, form: bytes = b"AVI ") -> bytes:
    """An AVI that holds just these chunks."""
    return chunk(b"RIFF", form + b"".join(content))


def nested_lists(depth: int) -> bytes:
    """Lists in lists."""
    content = b""
    for _ in range(depth):
        content = riff_list(b"rec ", content)
    return content


def huge_jpeg(avi: bytes) -> bytes:
    """The AVI whose pictures claim 65500 x 65500; its header still tells the truth."""
    for marker in JPEG_SIZE_MARKERS:
        parts = avi.split(marker)
        avi = marker.join([parts[0], *(struct.pack(">HH", 65500, 65500) + part[4:] for part in parts[1:])])
    return avi


@dataclass(frozen=True, slots=True)
class Avi:
    """Motion JPEG in AVI. An empty frame is one that the camera dropped: the one before is shown again."""

    frames: Sequence[bytes]
    fps: int = 25
    size: tuple[int, int] = (64, 48)
    claimed_frames: int | None = None

    def indexed(self) -> bytes:
        """With the index of the old kind at its end."""
        index = b"".join(
            struct.pack("<4sIII", b"00dc", KEY_FRAME if frame else 0, offset, len(frame))
            for frame, offset in zip(self.frames, self._offsets(4), strict=True)
        )
        return avi_of(self._header(HAS_INDEX), self._movie(), chunk(b"idx1", index))

    def unindexed(self) -> bytes:
        """Without any index, as a camera leaves it whose battery was empty."""
        return avi_of(self._header(0), self._movie())

    def open_dml(self, parts: int = 1) -> bytes:
        """In several parts, each with its index in it, and an index of those in the header (OpenDML 1.02)."""
        share = -(-len(self.frames) // parts)
        pieces = [self.frames[start : start + share] for start in range(0, len(self.frames), share)]
        whole, places = b"", [(0, 0, 0)] * len(pieces)
        for _ in range(2):  # the places are known only when everything has been written once
            whole, found = b"", []
            for number, piece in enumerate(pieces):
                part, place = _with_index(piece, len(whole), b"" if number else self._header(0, places))
                whole += part
                found.append((*place, len(piece)))
            places = found
        return whole

    def _offsets(self, first: int) -> list[int]:
        offsets, at = [], first
        for frame in self.frames:
            offsets.append(at)
            at += len(chunk(b"00dc", frame))
        return offsets

    def _movie(self) -> bytes:
        return riff_list(b"movi", *(chunk(b"00dc", frame) for frame in self.frames))

    def _header(self, flags: int, places: Sequence[tuple[int, int, int]] = ()) -> bytes:
        count = len(self.frames) if self.claimed_frames is None else self.claimed_frames
        width, height = self.size
        main = struct.pack("<10I16x", 1_000_000 // self.fps, 0, 0, flags, count, 0, 1, 0, width, height)
        stream = struct.pack(
            "<4s4sIHHIIIIIIiI8x", b"vids", b"MJPG", 0, 0, 0, 0, 1, self.fps, 0, count, 0, -1, 0
        )
        picture = struct.pack(
            "<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0
        )
        parts = [chunk(b"strh", stream), chunk(b"strf", picture)]
        if places:
            entries = b"".join(struct.pack("<QII", *place) for place in places)
            index = struct.pack("<HBBI4s12x", 4, 0, INDEX_OF_INDEXES, len(places), b"00dc") + entries
            parts.append(chunk(b"indx", index))
        return riff_list(b"hdrl", chunk(b"avih", main), riff_list(b"strl", *parts))


def _with_index(frames: Sequence[bytes], at: int, header: bytes) -> tuple[bytes, tuple[int, int]]:
    """One part that starts `at` bytes into the file, and where in the file its index is, with its size."""
    base = at + 12 + len(header) + 12
    chunks, entries = b"", b""
    for frame in frames:
        entries += struct.pack("<II", len(chunks) + 8, len(frame))
        chunks += chunk(b"00dc", frame)
    index = chunk(
        b"ix00", struct.pack("<HBBI4sQI", 2, 0, INDEX_OF_CHUNKS, len(frames), b"00dc", base, 0) + entries
    )
    movie = riff_list(b"movi", chunks, index)
    part = avi_of(header, movie, form=b"AVI " if header else b"AVIX")
    return part, (base + len(chunks), len(index))
