"""Everything that the editing child does with one clip: shows it, cuts it, or makes a picture of it."""

from typing import BinaryIO

from bot.clips import cutting, limits, looking, rules
from bot.clips.edit_answer import Made
from bot.clips.footage import judge_footage, nothing_to_see
from bot.clips.pictures import CELL_PIXELS, TALLEST_CELL_PIXELS, contact_sheet, jpeg, sharpness, upright
from bot.clips.recut import encoded
from bot.clips.reel import Reel
from bot.errors import ClipRejected
from bot.model import Part


def edit(file: BinaryIO, arguments: list[str]) -> Made | ClipRejected:
    """What was asked for, or why it cannot be."""
    try:
        reel = Reel(file)
        match arguments:
            case ["preview"]:
                return _preview(reel)
            case ["cut", start, length]:
                return _cut(reel, Part(int(start), int(length)))
            case ["poster"]:
                return _poster(reel)
    except ClipRejected as rejected:
        return rejected
    except MemoryError:
        return rules.too_complex(None, "more than fits in memory", rules.ACCEPTED_FRAMES)
    raise ValueError(arguments)


def _preview(reel: Reel) -> Made:
    footage = reel.survey()
    judge_footage(footage)
    wide = cutting.within_box(footage.look, CELL_PIXELS, CELL_PIXELS)
    rows = limits.SHEET_ROWS_WIDE if wide[0] >= wide[1] else limits.SHEET_ROWS_TALL
    wanted = looking.moments(footage, limits.SHEET_COLUMNS * rows)
    pictures = [
        (time - footage.start, upright(frame, footage.look, CELL_PIXELS, TALLEST_CELL_PIXELS))
        for time, frame in reel.chosen(wanted)
    ]
    return Made(contact_sheet(pictures), round(float(footage.seconds), 3))


def _cut(reel: Reel, part: Part) -> Made:
    footage = reel.survey()
    cut = cutting.plan(footage, part)
    size = cutting.within_sides(footage.look, limits.CUT_LONG_SIDE_PIXELS, limits.CUT_SHORT_SIDE_PIXELS)
    pictures = (
        (at, seconds, frame.reformat(*size, "yuv420p", interpolation="BICUBIC", threads=1))
        for at, seconds, frame in cutting.without_gaps(cutting.kept(reel.pictures(cut.first), cut), cut)
    )
    return Made(encoded(pictures, cut, size, cutting.bits_per_second(cut.seconds, has_sound=False)))


def _poster(reel: Reel) -> Made:
    footage = reel.survey()
    side = limits.POSTER_SIDE_PIXELS
    pictures = (
        upright(frame, footage.look, side, side)
        for _, frame in reel.chosen(looking.middle_moments(footage, limits.POSTER_CHOICE))
    )
    best = max(pictures, key=sharpness, default=None)
    if best is None:
        raise nothing_to_see()
    return Made(jpeg(best, limits.POSTER_BYTES))
