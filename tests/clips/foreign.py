"""Files that are something else, mostly under a clip's name. Nothing is made of them."""

import struct
from collections.abc import Iterator

from tests.clips import craft, craft_webm
from tests.clips.case import Case, small

MAGICS = (
    ("a JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("a bitmap", b"BM\x36\x10\0\0"),
    ("a ZIP", b"PK\x03\x04\x14\0"),
    ("a program for Windows", b"MZ\x90\0\x03\0\0\0"),
    ("a program for Linux", b"\x7fELF\x02\x01\x01"),
    ("a PDF", b"%PDF-1.7\n"),
    ("an Ogg", b"OggS\0\x02"),
    ("an MP3", b"ID3\x04\0\0\0\0\0\0"),
    ("a Flash video", b"FLV\x01\x01\0\0\0\x09"),
    ("a Windows Media file", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ("a program stream", b"\x00\x00\x01\xba\x44"),
    ("a transport stream", b"\x47\x40\x00\x10"),
    ("an archive", b"7z\xbc\xaf\x27\x1c"),
    ("a raw H.264 stream", b"\0\0\0\x01\x67\x42\xc0\x1e"),
)
TEXTS = (
    ("a text", b"ordinary text, called clip.mp4\n" * 20),
    ("an HLS playlist", b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"),
    ("a playlist with a mark in front", b"\xef\xbb\xbf#EXTM3U\nfile:///etc/passwd\n"),
    ("a concat script", b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
    ("a session description", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n"),
    ("a DASH manifest", b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>'),
    ("an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("a page", b"<!doctype html><script>alert(1)</script>"),
    ("a letter about ftypmp42", b"The first box of an MP4 is called ftypmp42."),
    ("one byte", b"\0"),
    ("seven bytes", b"\0\0\0\x18fty"),
)
PICTURES = ((b"avif", b"mif1"), (b"heic", b"mif1"), (b"mif1", b"heic"))


def foreign() -> Iterator[Case]:
    """All of them."""
    for name, magic in MAGICS:
        yield _other(name, magic + bytes(100))
    for name, content in TEXTS:
        yield _other(name, content)
    for brand, other in PICTURES:
        yield _other(f"a picture called {brand.decode()}", craft.branded(small(), brand, other))
    yield _other("a PNG", craft.png())
    yield _other("a WAVE", b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(28))
    yield _other("a WebP", b"RIFF" + struct.pack("<I", 36) + b"WEBPVP8 " + bytes(28))
    yield _other("a RIFF of another kind", b"RIFF" + struct.pack("<I", 36) + b"ACON" + bytes(32))
    yield _other("an EBML of another kind", craft_webm.webm_of(doc_type=b"mystery"))
    yield _other("noise", bytes((index * 37 + 11) % 256 for index in range(5000)))


def _other(name: str, content: bytes) -> Case:
    return Case(name, lambda: content, "wrong_container")
