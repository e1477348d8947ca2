"""Tells what a file is by its bytes and refuses what is damaged, foreign or made to be costly.

Pure and bounded: no recursion, every count limited, nothing decoded. The three walks are beside it.
"""

from bot.clip import ClipKind
from bot.clips import rules, scan_avi, scan_mp4, scan_webm
from bot.clips.container import Container, Demuxer
from bot.clips.rules import wrong_container
from bot.errors import ClipRejected

GIF_MAGICS = (b"GIF87a", b"GIF89a")
# What people send by mistake: first bytes, and its name. Nothing of it is ever read any further.
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BM", "a bitmap picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"FLV\x01", "a Flash video"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b"#EXTM3U", "a playlist"),
)
TEXT_SAMPLE_BYTES = 512
TEXT_CONTROLS = b"\t\n\r\f"


def scan(content: bytes) -> Container:
    """How to read a file that is within its budgets: a clip, or something that a clip may be made of.

    Raises:
        ClipRejected: empty, wrong_container, no_video, damaged or too_complex, and nothing can be made of it.
    """
    if not content:
        rules.judge_size(0)
    if content.startswith(scan_webm.MAGIC):
        return scan_webm.scan(content)
    if content.startswith(scan_avi.MAGIC):
        return scan_avi.scan(content)
    if scan_mp4.starts_like_movie(content):
        return scan_mp4.scan(content)
    if content.startswith(GIF_MAGICS):
        return Container(Demuxer.GIF, ClipKind.MP4, len(content), wrong_container("a GIF picture"))
    raise foreign(content)


def foreign(content: bytes) -> ClipRejected:
    """The refusal of a file that is none of the three, by its first bytes."""
    for magic, name in FOREIGN:
        if content.startswith(magic):
            return wrong_container(name)
    return wrong_container("a text file" if _is_text(content) else "an unknown kind of file")


def _is_text(content: bytes) -> bool:
    sample = content[:TEXT_SAMPLE_BYTES]
    return all(byte >= ord(" ") or byte in TEXT_CONTROLS for byte in sample)
