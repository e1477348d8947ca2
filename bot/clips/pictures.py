"""Makes JPEG pictures of decoded frames with Pillow, which meets raw pixels only and never a file."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from bot.clips import limits
from bot.clips.cutting import within_box
from bot.clips.footage import Look
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
QUALITIES = (85, 75, 65, 55, 45, 35)
GROUND = (24, 25, 28)
CELL_PIXELS = limits.SHEET_WIDTH_PIXELS // limits.SHEET_COLUMNS
TALLEST_CELL_PIXELS = CELL_PIXELS * 16 // 9
TIME_FONT_PIXELS = 46
"""On a phone the sheet is about 350 points wide: this is then as high as Discord's own text."""
TIME_MARGIN_PIXELS = 8
FONT = ImageFont.load_default(TIME_FONT_PIXELS)
Image.preinit()


def upright(frame: VideoFrame, look: Look, box_width: int, box_height: int) -> Image.Image:
    """A frame as it is shown, in RGB, no larger than the box."""
    look = replace(look, width=frame.width, height=frame.height)
    width, height = within_box(look, box_width, box_height)
    if look.turn.swaps_sides:
        width, height = height, width
    scaled = frame.reformat(width, height, "rgb24", interpolation="AREA", threads=1)
    plane = scaled.planes[0]
    image = Image.frombuffer("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1)
    return image if look.turn is Turn.NONE else image.transpose(TURNINGS[look.turn])


def contact_sheet(pictures: Sequence[tuple[Fraction, Image.Image]]) -> bytes:
    """Pictures in rows, each with its time in seconds written on it, as a JPEG of at most SHEET_BYTES."""
    columns = min(limits.SHEET_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    cell_height = min(max(image.height for _, image in pictures), TALLEST_CELL_PIXELS)
    sheet = Image.new("RGB", (columns * CELL_PIXELS, rows * cell_height), GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (seconds, image) in enumerate(pictures):
        left, top = number % columns * CELL_PIXELS, number // columns * cell_height
        sheet.paste(image, (left + (CELL_PIXELS - image.width) // 2, top + (cell_height - image.height) // 2))
        _write_time(draw, left, top + cell_height, time_label(seconds))
    return jpeg(sheet, limits.SHEET_BYTES)


def _write_time(draw: ImageDraw.ImageDraw, left: int, bottom: int, text: str) -> None:
    """White on black at the lower left of a cell."""
    width = round(draw.textlength(text, FONT)) + 2 * TIME_MARGIN_PIXELS
    top = bottom - TIME_FONT_PIXELS - TIME_MARGIN_PIXELS
    draw.rectangle((left, top, left + width, bottom), fill="black")
    draw.text((left + TIME_MARGIN_PIXELS, bottom - TIME_MARGIN_PIXELS), text, "white", FONT, anchor="ls")


def time_label(seconds: Fraction) -> str:
    """Minutes, seconds and a tenth: 0:05.0, 61:02.5."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def sharpness(image: Image.Image) -> float:
    """How much neighbours differ, on average: the more, the sharper."""
    grey = image.convert("L")
    return sum(
        ImageStat.Stat(ImageChops.difference(grey, ImageChops.offset(grey, *by))).mean[0]
        for by in ((1, 0), (0, 1))
    )


def jpeg(image: Image.Image, limit_bytes: int) -> bytes:
    """The picture in the best quality that fits."""
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= limit_bytes:
            break
    return file.getvalue()
