"""Lists page by page."""

import pytest

from cogs.controls import Control
from cogs.pages import PAGE_SIZE, Page, number_of


def to_page(number: int) -> Control:
    return Control("lst", "page", "0", str(number))


@pytest.mark.parametrize(
    ("wanted", "count", "page"),
    [
        (0, 0, Page(0, 1)),
        (0, 1, Page(0, 1)),
        (0, PAGE_SIZE, Page(0, 1)),
        (0, PAGE_SIZE + 1, Page(0, 2)),
        (1, PAGE_SIZE + 1, Page(1, 2)),
        (2, PAGE_SIZE + 1, Page(1, 2)),
        (10**30, 20, Page(2, 3)),
    ],
)
def test_a_page_past_the_end_is_the_last_one(wanted: int, count: int, page: Page) -> None:
    assert Page.of(wanted, count) == page


def test_a_page_knows_how_many_entries_stand_before_it() -> None:
    assert [Page(number, 3).offset for number in range(3)] == [0, 8, 16]


@pytest.mark.parametrize(
    ("number", "disabled"), [(0, [True, False]), (1, [False, False]), (2, [False, True])]
)
def test_the_buttons_lead_to_the_pages_around(number: int, disabled: list[bool]) -> None:
    back, on = Page(number, 3).buttons(to_page)

    assert (back.custom_id, on.custom_id) == (to_page(number - 1).custom_id, to_page(number + 1).custom_id)
    assert [back.disabled, on.disabled] == disabled


def test_one_page_needs_no_buttons() -> None:
    assert Page(0, 1).buttons(to_page) == ()


@pytest.mark.parametrize(
    ("text", "page"), [("3", 3), ("0", 0), (None, 0), ("-1", 0), ("x", 0), ("٣", 0), ("", 0), ("²", 0)]
)
def test_a_control_names_its_page_in_plain_digits(text: str | None, page: int) -> None:
    assert number_of(text) == page
