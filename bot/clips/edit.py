"""Everything that the editing child does with one clip: shows it, cuts it, or makes a picture of it."""

from collections.abc import Sequence
from typing import BinaryIO

from av.audio.frame import AudioFrame

from bot.clip import Part
from bot.clips import limits, rules
from bot.clips.copy_plan import copy_plan
from bot.clips.copying import copied
from bot.clips.cutting import (
    Cut,
    filling_box,
    kept,
    most_bits_per_second,
    plan,
    within_box,
    within_bytes,
    within_sides,
    without_gaps,
)
from bot.clips.edit_answer import Made
from bot.clips.footage import Footage, Look, judge_footage, nothing_to_see
from bot.clips.looking import Wanted, middle_moments, moments, moments_at
from bot.clips.pictures import as_image, as_video
from bot.clips.recut import Form, encoded
from bot.clips.reel import Reel
from bot.clips.sheet import PICTURE_WIDTH_PIXELS, TALLEST_PICTURE_PIXELS, contact_sheet, jpeg, sharpness
from bot.clips.sound import sound_of
from bot.errors import ClipRejected


def edit(file: BinaryIO, arguments: list[str]) -> Made | ClipRejected:
    """What was asked for, or why it cannot be."""
    try:
        reel = Reel(file)
        match arguments:
            case ["preview"]:
                return _preview(reel)
            case ["cut", start, length]:
                return _cut(reel, Part(int(start), int(length)))
            case ["stills", *milliseconds]:
                return _stills(reel, [int(one) for one in milliseconds])
            case ["poster"]:
                return _poster(reel)
            case ["poster", milliseconds]:
                return _poster_at(reel, int(milliseconds))
    except ClipRejected as rejected:
        return rejected
    except MemoryError:
        return rules.too_complex(None, "more than fits in memory", rules.ACCEPTED_FRAMES)
    raise ValueError(arguments)


def _preview(reel: Reel) -> Made:
    footage = reel.survey()
    judge_footage(footage)
    size = filling_box(footage.look, PICTURE_WIDTH_PIXELS, TALLEST_PICTURE_PIXELS)
    rows = limits.SHEET_ROWS_WIDE if size[0] >= size[1] else limits.SHEET_ROWS_TALL
    sheet = _sheet(reel, footage, moments(footage, limits.SHEET_COLUMNS * rows))
    return Made(sheet, round(float(footage.seconds), 3))


def _stills(reel: Reel, milliseconds: Sequence[int]) -> Made:
    footage = reel.survey()
    return Made(_sheet(reel, footage, moments_at(footage, milliseconds)))


def _sheet(reel: Reel, footage: Footage, wanted: Sequence[Wanted]) -> bytes:
    size = filling_box(footage.look, PICTURE_WIDTH_PIXELS, TALLEST_PICTURE_PIXELS)
    pictures = [
        (time - footage.start, as_image(frame, footage.look, size)) for time, frame in reel.chosen(wanted)
    ]
    if not pictures:
        raise nothing_to_see()
    return contact_sheet(pictures)


def _poster(reel: Reel) -> Made:
    footage = reel.survey()
    return _sharpest(reel, footage, middle_moments(footage, limits.POSTER_CHOICE))


def _poster_at(reel: Reel, milliseconds: int) -> Made:
    footage = reel.survey()
    return _sharpest(reel, footage, moments_at(footage, [milliseconds]))


def _sharpest(reel: Reel, footage: Footage, wanted: Sequence[Wanted]) -> Made:
    size = within_box(footage.look, limits.POSTER_SIDE_PIXELS, limits.POSTER_SIDE_PIXELS)
    pictures = (as_image(frame, footage.look, size) for _, frame in reel.chosen(wanted))
    best = max(pictures, key=sharpness, default=None)
    if best is None:
        raise nothing_to_see()
    return Made(jpeg(best, limits.POSTER_BYTES))


def _cut(reel: Reel, part: Part) -> Made:
    footage = reel.survey()
    cut = plan(footage, part)
    return Made(_as_it_is(reel, footage, cut) or _made_anew(reel, footage, cut))


def _as_it_is(reel: Reel, footage: Footage, cut: Cut) -> bytes | None:
    copy = copy_plan(footage, cut)
    if copy is None:
        return None
    return copied(reel, copy, sound_of(reel, copy.start, copy.seconds))


def _made_anew(reel: Reel, footage: Footage, cut: Cut) -> bytes:
    sound = sound_of(reel, cut.start, cut.seconds)
    most = most_bits_per_second(cut.seconds, has_sound=bool(sound))
    return within_bytes(lambda rate: _encoded(reel, footage.look, cut, sound, rate), most)


def _encoded(reel: Reel, look: Look, cut: Cut, sound: Sequence[AudioFrame], bits_per_second: int) -> bytes:
    size = within_sides(look, limits.CUT_LONG_SIDE_PIXELS, limits.CUT_SHORT_SIDE_PIXELS)
    form = Form(*size, 1 / cut.step, look.colours.after(), bits_per_second)
    pictures = (
        (at, seconds, as_video(frame, look, size))
        for at, seconds, frame in without_gaps(kept(reel.pictures(cut.first), cut), cut)
    )
    return encoded(pictures, sound, form)
