"""What a benchmark prints: the ratio, and the admission where ours is worse."""

import pytest

from benchmarks.figures import Line, quantile, table


@pytest.mark.parametrize(
    ("ours", "baseline", "less_is_better", "ratio"),
    [
        (1.0, 2.0, True, "0.50"),
        (2.0, 1.0, True, "2.00  ours is worse"),
        (2.0, 1.0, False, "2.00"),
        (1.0, 2.0, False, "0.50  ours is worse"),
        (1.04, 1.0, True, "1.04"),
        (2.0, 1.0, None, "2.00"),
        (0.0, 0.0, True, "–"),
        (1.0, 0.0, True, "–  ours is worse"),
        (1.0, None, True, "–"),
    ],
)
def test_a_ratio_says_where_ours_is_worse(
    ours: float, baseline: float | None, less_is_better: bool | None, ratio: str
) -> None:
    assert Line("delay", ours, baseline, "s", less_is_better=less_is_better).cells()[3] == ratio


def test_a_table_stands_in_columns() -> None:
    lines = table("Speed", [Line("delay", 1.0, 20.0, "s"), Line("a longer name", 1000, 2, digits=0)])

    assert lines == [
        "Speed",
        "  figure           ours  baseline  ratio",
        "  delay          1.00 s   20.00 s  0.05",
        "  a longer name   1,000         2  500.00  ours is worse",
    ]


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, 2.0, 4.0], 0.99) == 4.0
