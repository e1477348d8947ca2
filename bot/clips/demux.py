"""Opens clips with PyAV: nothing is guessed, and nothing is opened but the bytes at hand.

In child processes only. PyAV 18 and 19 are both served.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, BinaryIO

import av
import av.error

# PyAV imports these when a file needs them; by then no file can be opened any more.
import av.subtitles.codeccontext
import av.subtitles.stream
from av.container import InputContainer

from bot.clips import limits

MOVIE_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2"
"""All names of the one demuxer for MP4 and QuickTime."""
DECODER_NAMES = ("libdav1d", "msmpeg4")
"""FFmpeg's decoders of av1 and msmpeg4v3 are not called like the codec."""
COVER_ART = 0x400
"""FFmpeg's AV_DISPOSITION_ATTACHED_PIC."""
LAST_MAJOR_WITH_METADATA_ERRORS = 18

# What PyAV lets out on hostile files besides its own errors; MemoryError also means too many streams.
BROKEN_FILE = (av.error.FFmpegError, EOFError, OSError, ValueError, IndexError, AttributeError)


def open_clip(file: BinaryIO, demuxer: str, formats: str, codecs: Iterable[str]) -> InputContainer:
    """Opens with the demuxer forced, no protocol, and only the listed decoders: opening decodes, too."""
    options = {
        "max_streams": str(limits.STREAMS),
        "max_pixels": str(limits.AREA_PIXELS),
        "probesize": str(limits.PROBE_BYTES),
        "format_whitelist": formats,
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join((*codecs, *DECODER_NAMES)),
    }
    major = int(av.__version__.partition(".")[0])
    only_old: Any = {"metadata_errors": "replace"} if major <= LAST_MAJOR_WITH_METADATA_ERRORS else {}
    container: InputContainer = av.open(file, mode="r", format=demuxer, options=options, **only_old)
    return container


def fraction(time_base: Any) -> Fraction:
    """PyAV 18 has Fractions here, 19 a type of its own."""
    return Fraction(time_base.numerator, time_base.denominator)
