"""Tells what a file is by its bytes and refuses what is damaged, foreign or made to be costly.

Pure and bounded: no recursion, every count limited, nothing decoded. The three walks are beside it.
"""

from bot.clips import rules, scan_avi, scan_mp4, scan_webm
from bot.clips.rules import wrong_container
from bot.errors import ClipRejected
from bot.model import ClipKind

# What people send by mistake: first bytes, its name, whether it can be re-cut into a clip.
FOREIGN: tuple[tuple[bytes, str, bool], ...] = (
    (b"GIF87a", "a GIF picture", True),
    (b"GIF89a", "a GIF picture", True),
    (b"\x89PNG", "a PNG picture", False),
    (b"\xff\xd8\xff", "a JPEG picture", False),
    (b"BM", "a bitmap picture", False),
    (b"PK\x03\x04", "a ZIP archive", False),
    (b"%PDF", "a PDF document", False),
    (b"MZ", "a program", False),
    (b"\x7fELF", "a program", False),
    (b"OggS", "an Ogg file", False),
    (b"ID3", "an MP3 file", False),
    (b"FLV\x01", "a Flash video", False),
    (b"\x30\x26\xb2\x75", "a Windows Media file", False),
    (b"\x00\x00\x01\xba", "an MPEG program stream", False),
    (b"#EXTM3U", "a playlist", False),
)
TEXT_SAMPLE_BYTES = 512
TEXT_CONTROLS = b"\t\n\r\f"


def scan(content: bytes) -> ClipKind:
    """The container of a file that is whole and within its budgets.

    Raises:
        ClipRejected: empty, wrong_container, no_video, damaged or too_complex.
    """
    if not content:
        rules.judge_size(0)
    if content.startswith(scan_webm.MAGIC):
        scan_webm.scan(content)
        return ClipKind.WEBM
    if content.startswith(scan_avi.MAGIC):
        scan_avi.scan(content)
        return ClipKind.AVI
    if scan_mp4.starts_like_movie(content):
        scan_mp4.scan(content)
        return ClipKind.MP4
    raise foreign(content)


def foreign(content: bytes) -> ClipRejected:
    """The refusal of a file that is none of the three, by its first bytes."""
    for magic, name, mendable in FOREIGN:
        if content.startswith(magic):
            return wrong_container(name, mendable=mendable)
    return wrong_container("a text file" if _is_text(content) else "an unknown kind of file")


def _is_text(content: bytes) -> bool:
    sample = content[:TEXT_SAMPLE_BYTES]
    return all(byte >= ord(" ") or byte in TEXT_CONTROLS for byte in sample)
