"""Frames brought into the form in which they are shown."""

from array import array
from fractions import Fraction
from typing import Any

import pytest
from av import VideoFrame
from PIL import Image

from bot.clips.colours import HLG, LIMITED, PQ, RGB, Colours, in_sdr
from bot.clips.footage import Look
from bot.clips.pictures import as_image, as_video
from bot.clips.sheet import jpeg, sharpness
from bot.clips.upright import Turn

FULL = 2
SIZE = (64, 48)
BT2020 = 9
# ITU-R BT.2100, matrix of BT.2020: red, green and blue to brightness.
LUMA = (0.2627, 0.6780, 0.0593)


def look(turn: Turn = Turn.NONE, **colours: int) -> Look:
    return Look("hevc", "any", *SIZE, Fraction(1), turn, Colours(**colours))


def flat(pixels: str, values: tuple[float, float, float], *, bits: int = 8) -> VideoFrame:
    """One colour; the three numbers as they are stored."""
    frame = VideoFrame(*SIZE, pixels)
    for plane, value in zip(frame.planes, values, strict=True):
        code = "B" if bits == 8 else "H"
        plane.update((array(code, [round(value)]) * (plane.buffer_size // array(code).itemsize)).tobytes())
    return frame


def hdr_frame(red: float, green: float, blue: float) -> VideoFrame:
    """A colour of BT.2020 in 10 bits of limited range."""
    luma = sum(factor * part for factor, part in zip(LUMA, (red, green, blue), strict=True))
    values = (64 + 876 * luma, 512 + 896 * (blue - luma) / 1.8814, 512 + 896 * (red - luma) / 1.4746)
    frame = flat("yuv420p10le", values, bits=10)
    frame.colorspace, frame.color_range = BT2020, LIMITED
    return frame


def colour_of(image: Image.Image) -> tuple[int, ...]:
    pixel: Any = image.getpixel((image.width // 2, image.height // 2))
    return tuple(pixel)


def stored_in(frame: VideoFrame) -> list[int]:
    """The first number of each plane."""
    return [bytes(plane)[0] for plane in frame.planes]


@pytest.mark.parametrize("transfer", [HLG, PQ])
@pytest.mark.parametrize(
    "signal", [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.75, 0.75, 0.75), (0.7, 0.4, 0.3), (0.3, 0.6, 0.5)]
)
def test_hdr_colours_become_what_the_norm_says(transfer: int, signal: tuple[float, float, float]) -> None:
    hdr = look(matrix=BT2020, transfer=transfer, primaries=BT2020)
    expected = [255 * part for part in in_sdr(transfer, signal)]

    image = as_image(hdr_frame(*signal), hdr, SIZE)

    assert colour_of(image) == pytest.approx(expected, abs=3)


def test_hdr_is_encoded_in_bt709() -> None:
    hdr = look(matrix=BT2020, transfer=HLG, primaries=BT2020)

    brightness, blue, red = stored_in(as_video(hdr_frame(0.75, 0.75, 0.75), hdr, SIZE))

    assert brightness == pytest.approx(16 + 219 * 0.935, abs=3)
    assert [blue, red] == pytest.approx([128, 128], abs=1)


def test_sdr_of_limited_range_keeps_its_numbers() -> None:
    frame = flat("yuv420p", (90, 100, 180))

    assert stored_in(as_video(frame, look(matrix=6), SIZE)) == [90, 100, 180]


def test_full_range_becomes_limited() -> None:
    frame = flat("yuvj420p", (255, 128, 128))
    frame.color_range = FULL

    assert stored_in(as_video(frame, look(range=FULL), SIZE)) == [235, 128, 128]


def test_rgb_is_encoded_in_bt709() -> None:
    frame = VideoFrame(*SIZE, "rgb24")
    frame.planes[0].update(bytes((255, 0, 0)) * (frame.planes[0].buffer_size // 3))

    # BT.709 makes 63 of pure red, BT.601 would make 81.
    assert stored_in(as_video(frame, look(matrix=RGB), SIZE))[0] == pytest.approx(63, abs=1)


def corner_frame() -> VideoFrame:
    """Dark, bright at its stored upper left."""
    frame = VideoFrame(*SIZE, "yuv420p")
    for plane, (dark, bright) in zip(frame.planes, ((40, 220), (128, 90), (128, 200)), strict=True):
        rows = [
            bytes(
                bright if x < plane.width // 4 and y < plane.height // 4 else dark
                for x in range(plane.line_size)
            )
            for y in range(plane.height)
        ]
        plane.update(b"".join(rows))
    return frame


# Where the stored upper left goes: left to right, top to bottom.
CORNERS = {
    Turn.NONE: (0, 0),
    Turn.LEFT: (0, 1),
    Turn.OVER: (1, 1),
    Turn.RIGHT: (1, 0),
    Turn.MIRROR: (1, 0),
    Turn.FLIP: (0, 1),
    Turn.TRANSPOSE: (0, 0),
    Turn.TRANSVERSE: (1, 1),
}


@pytest.mark.parametrize("turn", Turn)
def test_pictures_and_videos_are_turned_alike(turn: Turn) -> None:
    size = (SIZE[1], SIZE[0]) if turn.swaps_sides else SIZE
    across, down = CORNERS[turn]

    image = as_image(corner_frame(), look(turn), size)
    video = as_video(corner_frame(), look(turn), size)

    assert image.size == (video.width, video.height) == size
    for number, plane in enumerate(video.planes):
        x, y = across * (plane.width - 1), down * (plane.height - 1)
        assert bytes(plane)[y * plane.line_size + x] == (220, 90, 200)[number]
    brightness: Any = image.convert("L").getpixel((across * (size[0] - 1), down * (size[1] - 1)))
    assert brightness > 150


def test_the_sharper_picture_is_sharper() -> None:
    sharp = Image.effect_noise((64, 64), 60).convert("RGB")

    assert sharpness(sharp) > 2 * sharpness(sharp.resize((8, 8)).resize((64, 64)))


def test_a_picture_is_saved_as_well_as_it_fits() -> None:
    noise = Image.effect_noise((640, 360), 60).convert("RGB")

    best, small = jpeg(noise, 10_000_000), jpeg(noise, 80_000)

    assert len(small) <= 80_000 < len(best)
