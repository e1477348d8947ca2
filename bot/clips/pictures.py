"""Brings decoded frames into the form in which they are shown, with Pillow, which meets raw pixels only."""

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from PIL import Image

from bot.clips.colours import RGB
from bot.clips.footage import Look
from bot.clips.tones import tone_map
from bot.clips.upright import Turn

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
    stored = _stored_size(look, size)
    shown = _in_sdr(frame, look, stored)
    scaled = shown.reformat(*stored, "rgb24", interpolation=Interpolation.AREA, threads=1)
    plane = scaled.planes[0]
    image = Image.frombuffer("RGB", stored, bytes(plane), "raw", "RGB", plane.line_size, 1)
    return _turned(image, look.turn)


def as_video(frame: VideoFrame, look: Look, size: tuple[int, int]) -> VideoFrame:
    """The same for an encoder: 4:2:0 with 8 bits."""
    stored = _stored_size(look, size)
    is_rgb = look.colours.is_hdr or look.colours.matrix == RGB
    encodable = _in_sdr(frame, look, stored).reformat(
        *stored,
        "yuv420p",
        dst_colorspace=Colorspace.ITU709 if is_rgb else None,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC,
        threads=1,
    )
    return _turned_planes(encodable, look.turn)


def _stored_size(look: Look, size: tuple[int, int]) -> tuple[int, int]:
    return (size[1], size[0]) if look.turn.swaps_sides else size


def _in_sdr(frame: VideoFrame, look: Look, stored: tuple[int, int]) -> VideoFrame:
    if not look.colours.is_hdr:
        return frame
    return tone_map(look.colours.transfer, *stored).in_sdr(frame)


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
