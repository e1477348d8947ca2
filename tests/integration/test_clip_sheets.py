"""Contact sheets and posters, made by real children and looked at."""

from collections.abc import AsyncIterator
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.clip import ClipRule
from bot.clips.editor import ChildEditor
from bot.clips.sheet import time_label
from bot.errors import ClipRejected
from tests.clips.craft import movie_first
from tests.clips.sources import Source, is_upright, made, noisy, number_in
from tests.integration.clip_editing import in_chunks

CELL = 320
GAP = 4
HLG = (9, 18, 9)


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[ChildEditor]:
    async with ChildEditor(tmp_path / "spool") as made_one:
        yield made_one


def cells(sheet: bytes, width: int, height: int) -> list[Image.Image]:
    """The pictures on a sheet without the gaps between them, row by row; all of one size."""
    image = Image.open(BytesIO(sheet))
    columns, rows = image.width // CELL, image.height // (height + GAP)
    assert image.size == (columns * CELL, rows * (height + GAP))
    pictures = []
    for number in range(columns * rows):
        left = number % columns * CELL + (CELL - width) // 2
        top = number // columns * (height + GAP) + GAP // 2
        pictures.append(image.crop((left, top, left + width, top + height)))
    return pictures


def has_label(picture: Image.Image) -> bool:
    """Whether there is white writing on black at the lower left."""
    corner = picture.convert("L").crop((0, picture.height - 40, 130, picture.height - 4))
    shares = [sum(corner.histogram()[first:last]) for first, last in ((0, 40), (215, 256))]
    return (
        min(shares) > corner.width * corner.height * 0.1 and sum(shares) > corner.width * corner.height * 0.7
    )


async def test_a_sheet_shows_twelve_pictures_from_all_over_the_clip(editor: ChildEditor) -> None:
    preview = await editor.preview(in_chunks(made(Source(seconds=12, size=(640, 360)))))

    pictures = cells(preview.sheet, 316, 178)
    assert preview.seconds == 12
    assert [number_in(picture) for picture in pictures] == [second * 30 for second in range(12)]
    assert all(is_upright(picture) and has_label(picture) for picture in pictures)
    assert len(preview.sheet) <= 300_000


@pytest.mark.parametrize("colours", [None, HLG], ids=["sdr", "hdr"])
async def test_tall_pictures_come_in_two_rows(
    editor: ChildEditor, colours: tuple[int, int, int] | None
) -> None:
    source = Source(seconds=4, codec="libx265", pixels="yuv420p10le", colours=colours, turn_degrees=-90)

    preview = await editor.preview(in_chunks(made(source)))

    pictures = cells(preview.sheet, 316, 560)
    assert [number_in(picture) for picture in pictures] == [number * 15 for number in range(8)]
    assert all(is_upright(picture) and has_label(picture) for picture in pictures)


async def test_a_short_animation_shows_each_picture_once(editor: ChildEditor) -> None:
    source = Source(seconds=0.5, kind="gif", codec="gif", pixels="rgb8", fps=10, holds=(4,), size=(60, 60))

    preview = await editor.preview(in_chunks(made(source)))

    # Of the last picture, too, a GIF says how long it stands; this one does not.
    assert preview.seconds == 1.7
    pictures = cells(preview.sheet, 316, 316)
    assert [number_in(picture) for picture in pictures[:5]] == [0, 1, 2, 3, 4]


async def test_a_recording_with_a_single_key_frame_is_shown_all_over(editor: ChildEditor) -> None:
    source = Source(seconds=8, kind="webm", codec="libvpx-vp9", key_every=9999, mux=(("live", "1"),))

    preview = await editor.preview(in_chunks(made(source)))

    numbers = [number_in(picture) for picture in cells(preview.sheet, 316, 178)]
    assert numbers == pytest.approx([number * 20 for number in range(12)], abs=1)


async def test_a_sheet_of_noise_still_fits(editor: ChildEditor) -> None:
    preview = await editor.preview(in_chunks(noisy(1.5, (640, 360))))

    assert len(preview.sheet) <= 300_000


async def test_of_a_clip_that_was_cut_off_is_shown_what_is_there(editor: ChildEditor) -> None:
    whole = movie_first(made(Source(kind="mp4", fps=30)))

    preview = await editor.preview(in_chunks(whole[: len(whole) * 2 // 3]))

    assert 2 < preview.seconds < 5
    assert number_in(cells(preview.sheet, 316, 178)[-1]) < preview.seconds * 30


@pytest.mark.parametrize(
    ("source", "rule", "found"),
    [
        (Source(seconds=0.9), ClipRule.TOO_SHORT, "0.90 s"),
        (Source(seconds=0.04), ClipRule.UNDECODABLE, "a single picture"),
        (Source(seconds=1.1, size=(4112, 32)), ClipRule.TOO_COMPLEX, "4112 x 32 pixels"),
        (Source(seconds=1.1, codec="png", pixels="rgb24"), ClipRule.UNDECODABLE, "png video"),
    ],
    ids=["too short", "a picture", "too large", "not listed"],
)
async def test_what_no_clip_can_be_made_of_is_refused_at_once(
    editor: ChildEditor, source: Source, rule: ClipRule, found: str
) -> None:
    with pytest.raises(ClipRejected) as caught:
        await editor.preview(in_chunks(made(source)))

    assert (caught.value.rule, caught.value.found, caught.value.mendable) == (rule, found, False)


async def test_a_poster_is_the_sharpest_picture_of_the_middle(editor: ChildEditor) -> None:
    source = Source(seconds=3, fps=12, size=(1280, 720), sharp_picture=17)

    poster = await editor.poster(in_chunks(made(source)))

    assert poster is not None
    assert len(poster) <= 100_000
    image = Image.open(BytesIO(poster))
    assert (image.size, number_in(image), is_upright(image)) == ((640, 360), 17, True)


async def test_a_poster_stands_upright_and_is_not_enlarged(editor: ChildEditor) -> None:
    tall = Source(seconds=1, size=(1280, 720), turn_degrees=90)

    posters = [
        await editor.poster(in_chunks(made(source))) for source in (tall, replace(tall, size=(320, 180)))
    ]

    images = [Image.open(BytesIO(poster or b"")) for poster in posters]
    assert [image.size for image in images] == [(360, 640), (180, 320)]
    assert all(is_upright(image) for image in images)


async def test_a_poster_of_noise_still_fits(editor: ChildEditor) -> None:
    poster = await editor.poster(in_chunks(noisy(1.5, (640, 360))))

    assert poster is not None
    assert len(poster) <= 100_000


async def test_a_clip_without_a_whole_picture_has_no_poster(editor: ChildEditor) -> None:
    whole = made(Source(kind="mp4", seconds=1))
    start = whole.index(b"mdat") + 4

    assert await editor.poster(in_chunks(whole[:start] + bytes(len(whole) - start))) is None


@pytest.mark.parametrize(
    ("tenths", "label"),
    [(0, "0:00.0"), (50, "0:05.0"), (599, "0:59.9"), (600, "1:00.0"), (36_625, "61:02.5")],
)
def test_times_are_written_in_minutes_and_tenths(tenths: int, label: str) -> None:
    assert time_label(Fraction(tenths, 10)) == label


async def test_stills_show_the_clip_at_the_moments_that_were_named(editor: ChildEditor) -> None:
    moments = [0, 500, 1000, 1500, 2000]

    sheet = await editor.stills(in_chunks(made(Source(seconds=2, size=(640, 360)))), moments)

    pictures = cells(sheet, 316, 178)[:5]
    assert [number_in(picture) for picture in pictures] == [0, 15, 30, 45, 59]
    assert all(is_upright(picture) and has_label(picture) for picture in pictures)


@pytest.mark.parametrize(("moment", "number"), [(0, 0), (1500, 45), (2000, 59), (60_000, 59)])
async def test_a_poster_is_that_of_the_moment_that_was_chosen(
    editor: ChildEditor, moment: int, number: int
) -> None:
    poster = await editor.poster(in_chunks(made(Source(seconds=2, size=(640, 360)))), moment)

    assert poster is not None
    picture = Image.open(BytesIO(poster))
    assert number_in(picture) == number
    assert is_upright(picture)
