"""Discord's markup in a terminal: people, times and code by what they mean, never by how they are written."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.text import Text

from sandbox.markup import paragraphs, relative

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = {7: "Mira"}


def plain(text: str) -> str:
    return paragraphs(text, NAMES, NOW).plain


def test_people_are_shown_by_name() -> None:
    assert plain("<@7> and <@8>") == "@Mira and @8"


def test_emphasis_is_shown_and_its_marks_are_not() -> None:
    shown = paragraphs("**Fen** is `ready`", NAMES, NOW)

    assert shown.plain == "Fen is ready"
    assert {"bold", "cyan"} <= {str(span.style) for span in shown.spans}


def test_what_was_escaped_is_shown_without_the_escapes() -> None:
    assert plain(r"a\*b\_c \@\u200beveryone".replace(r"\u200b", "\u200b")) == "a*b_c @everyone"


def test_lines_lose_the_marks_of_their_kind() -> None:
    assert plain("### Title\n> quoted\n-# small") == "Title\n▎quoted\nsmall"


def test_code_stands_as_it_is_between_its_fences() -> None:
    assert plain("```\nchar_**7**\n```") == "  char_**7**  "


def test_links_are_shown_by_their_label() -> None:
    assert plain("[Jump to it](https://discord.com/channels/1/2)") == "Jump to it"


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-2), "just now"),
        (timedelta(seconds=-40), "40 seconds ago"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(hours=-5), "5 hours ago"),
        (timedelta(days=2), "in 2 days"),
    ],
)
def test_times_are_told_from_now(distance: timedelta, words: str) -> None:
    moment = int((NOW + distance).timestamp())

    assert relative(distance.total_seconds()) == words
    assert plain(f"<t:{moment}:R>") == words


def test_dates_are_spelt_out() -> None:
    assert plain(f"<t:{int(NOW.timestamp())}:D>") == "23 November 2026"


def test_nothing_is_read_as_the_terminals_own_markup() -> None:
    assert isinstance(paragraphs("[red]not red[/red]", NAMES, NOW), Text)
    assert plain("[red]not red[/red]") == "[red]not red[/red]"
