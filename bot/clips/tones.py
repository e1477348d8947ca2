"""Brings HDR pictures down to SDR with FFmpeg, through a table of colours; in the child process only."""

from array import array
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from sys import byteorder

from av.filter.graph import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation

from bot.clips.colours import Rgb, in_sdr

LEVEL = 5
"""FFmpeg's `haldclut`: a table of LEVEL squared points a side, laid out as a picture of LEVEL cubed."""
POINTS = LEVEL**2
SIDE = LEVEL**3
PLANAR_RGB = "gbrp16le"
"""16 bits, in which FFmpeg looks colours up four times faster than in any other form."""
TABLE_PLANES = (0, 1, 2)
"""What part of a colour each plane of a table holds. The form has green first, but FFmpeg 8.1 and 9.0 read
tables as if red was; a test of the colours that come out tells when that is mended."""
WHITE = 65_535
TIME_BASE = Fraction(1, 1000)


class ToneMap:
    """Looks up the colours of pictures of one size and one transfer, one after the other."""

    def __init__(self, transfer: int, width: int, height: int) -> None:
        self._size = (width, height)
        self._count = 0
        graph = Graph()
        graph.threads = 1
        form = VideoFormat(PLANAR_RGB)
        self._pictures = graph.add_buffer(width=width, height=height, format=form, time_base=TIME_BASE)
        table = graph.add_buffer(width=SIDE, height=SIDE, format=form, time_base=TIME_BASE)
        looked_up = graph.add("haldclut")
        self._results = graph.add("buffersink")
        self._pictures.link_to(looked_up, 0, 0)
        table.link_to(looked_up, 0, 1)
        looked_up.link_to(self._results)
        graph.configure()
        self._graph = graph
        table.push(_table(transfer))
        table.push(None)

    def in_sdr(self, frame: VideoFrame) -> VideoFrame:
        """The picture in RGB of BT.709, in the map's size."""
        width, height = self._size
        scaled = frame.reformat(
            width,
            height,
            PLANAR_RGB,
            src_colorspace=Colorspace.BT2020,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        scaled.pts, scaled.time_base = self._count, TIME_BASE
        self._count += 1
        self._pictures.push(scaled)
        result = self._results.pull()
        if not isinstance(result, VideoFrame):
            raise TypeError(result)
        return result


@cache
def tone_map(transfer: int, width: int, height: int) -> ToneMap:
    """The map for all pictures of a clip."""
    return ToneMap(transfer, width, height)


def _table(transfer: int) -> VideoFrame:
    """What becomes of evenly spaced colours, red changing fastest."""
    steps = [step / (POINTS - 1) for step in range(POINTS)]
    colours = [in_sdr(transfer, (red, green, blue)) for blue in steps for green in steps for red in steps]
    frame = VideoFrame(SIDE, SIDE, PLANAR_RGB)
    for plane, part in zip(frame.planes, TABLE_PLANES, strict=True):
        plane.update(_rows(colours, part, plane.line_size))
    frame.pts, frame.time_base = 0, TIME_BASE
    return frame


def _rows(colours: Sequence[Rgb], part: int, line_bytes: int) -> bytes:
    values = array("H", (round(colour[part] * WHITE) for colour in colours))
    if byteorder == "big":
        values.byteswap()
    rows = (values[start : start + SIDE].tobytes() for start in range(0, SIDE * SIDE, SIDE))
    return b"".join(row.ljust(line_bytes, b"\0") for row in rows)
