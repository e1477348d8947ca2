"""HDR brought down to SDR."""

import pytest

from bot.clips.colours import BT709, HLG, LIMITED, PQ, RGB, UNSPECIFIED, Colours, in_sdr

BT601 = 6
FULL = 2
# What ITU-R BT.2408 codes white paper as, 203 nits.
WHITE_PAPER = {HLG: 0.75, PQ: 0.58}
STEPS = [step / 50 for step in range(51)]


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_black_stays_black_and_nothing_is_brighter_than_white(transfer: int) -> None:
    assert in_sdr(transfer, (0, 0, 0)) == (0, 0, 0)
    for signal in ((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert all(0 <= part <= 1 for part in in_sdr(transfer, signal))


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_white_paper_is_bright_and_leaves_room_above(transfer: int) -> None:
    paper = WHITE_PAPER[transfer]

    assert in_sdr(transfer, (paper, paper, paper)) == pytest.approx([0.935] * 3, abs=0.01)
    assert in_sdr(transfer, (1, 1, 1)) == pytest.approx([1.0] * 3, abs=0.01)


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_greys_stay_grey_and_in_order(transfer: int) -> None:
    greys = [in_sdr(transfer, (step, step, step)) for step in STEPS]
    brightness = [round(grey[0], 9) for grey in greys]

    assert all(max(grey) - min(grey) < 0.002 for grey in greys)
    assert brightness == sorted(brightness)


def test_red_of_bt2020_is_red_of_bt709() -> None:
    red, green, blue = in_sdr(HLG, (0.6, 0.4, 0.4))

    assert red > green + 0.1
    assert abs(green - blue) < 0.1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Colours(9, LIMITED, HLG, 9), Colours(BT709, LIMITED, BT709, BT709)),
        (Colours(9, LIMITED, PQ, 9), Colours(BT709, LIMITED, BT709, BT709)),
        (Colours(RGB, FULL, 13, BT709), Colours(BT709, LIMITED, BT709, BT709)),
        (Colours(BT601, FULL, BT601, 5), Colours(BT601, LIMITED, BT601, 5)),
        (Colours(), Colours(UNSPECIFIED, LIMITED, UNSPECIFIED, UNSPECIFIED)),
    ],
)
def test_what_is_not_converted_keeps_its_meaning(before: Colours, after: Colours) -> None:
    assert before.after() == after
