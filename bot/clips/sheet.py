"""Makes JPEG pictures to look at a clip by: contact sheets and posters."""

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from bot.clips import limits

QUALITIES = (85, 75, 65, 55, 45, 35)
GROUND = (24, 25, 28)
GAP_PIXELS = 4
CELL_PIXELS = limits.SHEET_WIDTH_PIXELS // limits.SHEET_COLUMNS
PICTURE_WIDTH_PIXELS = CELL_PIXELS - GAP_PIXELS
TALLEST_PICTURE_PIXELS = PICTURE_WIDTH_PIXELS * 16 // 9
TIME_FONT_PIXELS = 46
"""On a phone the sheet is about 350 points wide: this is then as high as Discord's own text."""
TIME_MARGIN_PIXELS = 8
FONT = ImageFont.load_default(TIME_FONT_PIXELS)
# What Pillow would import later; by then no file can be opened any more.
Image.preinit()


def contact_sheet(pictures: Sequence[tuple[Fraction, Image.Image]]) -> bytes:
    """Pictures of one size in rows, each with its time in seconds on it, as a JPEG of at most SHEET_BYTES."""
    columns = min(limits.SHEET_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    cell_height = pictures[0][1].height + GAP_PIXELS
    sheet = Image.new("RGB", (columns * CELL_PIXELS, rows * cell_height), GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, (seconds, image) in enumerate(pictures):
        left = number % columns * CELL_PIXELS + (CELL_PIXELS - image.width) // 2
        top = number // columns * cell_height + GAP_PIXELS // 2
        sheet.paste(image, (left, top))
        _write_time(draw, left, top + image.height, time_label(seconds))
    return jpeg(sheet, limits.SHEET_BYTES)


def _write_time(draw: ImageDraw.ImageDraw, left: int, bottom: int, text: str) -> None:
    """White on black, at the lower left of a picture."""
    width = round(draw.textlength(text, FONT)) + 2 * TIME_MARGIN_PIXELS
    top = bottom - TIME_FONT_PIXELS - TIME_MARGIN_PIXELS // 2
    draw.rectangle((left, top, left + width, bottom - 1), fill="black")
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
