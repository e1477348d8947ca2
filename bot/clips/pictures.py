"""Brings decoded frames into the form in which they are shown, with Pillow, which meets raw pixels only."""

from functools import cache
from typing import Any

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from PIL import Image, ImageFilter

from bot.clips.colours import RGB, in_sdr
from bot.clips.footage import Look
from bot.clips.upright import Turn

LUT_POINTS = 25
"""A side of the cube of colours that HDR is looked up in; between its points is interpolated."""
TURNINGS = {
    Turn.LEFT: Image.Transpose.ROTATE_90,
    Turn.OVER: Image.Transpose.ROTATE_180,
    Turn.RIGHT: Image.Transpose.ROTATE_270,
    Turn.MIRROR: Image.Transpose.FLIP_LEFT_RIGHT,
    Turn.FLIP: Image.Transpose.FLIP_TOP_BOTTOM,
    Turn.TRANSPOSE: Image.Transpose.TRANSPOSE,
    Turn.TRANSVERSE: Image.Transpose.TRANSVERSE,
}


def as_image(frame: VideoFrame, look: Look, size: tuple[int, int]) -> Image.Image:
    """A frame as it is shown, upright and in SDR, with this width and height."""
    return _turned(_in_sdr(frame, look, size), look.turn)


def as_video(frame: VideoFrame, look: Look, size: tuple[int, int]) -> VideoFrame:
    """The same for an encoder: 4:2:0 with 8 bits."""
    if look.colours.is_hdr:
        frames: Any = VideoFrame
        return _encodable(frames.from_image(as_image(frame, look, size)))
    stored = (size[1], size[0]) if look.turn.swaps_sides else size
    return _turned_planes(_encodable(frame, stored, is_rgb=look.colours.matrix == RGB), look.turn)


def _in_sdr(frame: VideoFrame, look: Look, size: tuple[int, int]) -> Image.Image:
    width, height = (size[1], size[0]) if look.turn.swaps_sides else size
    hdr = look.colours.is_hdr
    source = Colorspace.BT2020 if hdr else None
    scaled = frame.reformat(
        width, height, "rgb24", src_colorspace=source, interpolation=Interpolation.AREA, threads=1
    )
    plane = scaled.planes[0]
    image = Image.frombuffer("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1)
    return image.filter(_tone_map(look.colours.transfer)) if hdr else image


@cache
def _tone_map(transfer: int) -> ImageFilter.Color3DLUT:
    return ImageFilter.Color3DLUT.generate(LUT_POINTS, lambda *signal: in_sdr(transfer, signal))


def _encodable(frame: VideoFrame, size: tuple[int, int] | None = None, *, is_rgb: bool = True) -> VideoFrame:
    width, height = size or (frame.width, frame.height)
    return frame.reformat(
        width,
        height,
        "yuv420p",
        dst_colorspace=Colorspace.ITU709 if is_rgb else None,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC,
        threads=1,
    )


def _turned(image: Image.Image, turn: Turn) -> Image.Image:
    return image if turn is Turn.NONE else image.transpose(TURNINGS[turn])


def _turned_planes(frame: VideoFrame, turn: Turn) -> VideoFrame:
    """Turns each of the three planes, so that colours need not be computed again."""
    if turn is Turn.NONE:
        return frame
    width, height = (frame.height, frame.width) if turn.swaps_sides else (frame.width, frame.height)
    turned = VideoFrame(width, height, frame.format.name)
    for plane, target in zip(frame.planes, turned.planes, strict=True):
        stored = (plane.width, plane.height)
        image = Image.frombuffer("L", stored, bytes(plane), "raw", "L", plane.line_size, 1)
        padded = Image.new("L", (target.line_size, target.height))
        padded.paste(_turned(image, turn))
        target.update(padded.tobytes())
    return turned
