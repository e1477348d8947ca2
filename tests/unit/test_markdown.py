"""What others wrote can be read in Discord, and does nothing there."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.markdown import (
    BACKTICK_TWIN,
    ELLIPSIS,
    MARKS_PER_LETTER,
    calendar_date,
    clock_time,
    in_code_block,
    mention,
    relative,
    shown,
)

# Discord's own escape rule; what is left after it is what its parsers act on.
ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
ACTIVE = re.compile(
    r"<(@|#|:|a:|t:|/|id:|https?:)|@(everyone|here)|https?://|steam://|\]\(|discord\.gg/|discord\.com/|"
    r"[`*_~|]|^\s*(#|>|-|\+|\d+\.\s)",
    re.MULTILINE | re.IGNORECASE,
)
MENTIONS = (
    "@everyone",
    "@here",
    "<@1200000000000000003>",
    "<@!1200000000000000003>",
    "<@&1200000000000000004>",
    "<#1200000000000000002>",
    "</command:1200000000000000005>",
    "<t:0:R>",
    "<:fox:1200000000000000006>",
    "<a:fox:1200000000000000006>",
    "<id:customize>",
    "@\u200beveryone",
)
MARKUP = (
    "```\n@everyone",
    "`" * 2000,
    "[safe](https://evil.example)",
    "[safe](<https://evil.example>)",
    "https://evil.example/a_b_c",
    "HTTPS://EVIL.EXAMPLE",
    "steam://run/1",
    "discord.gg/abcdef",
    "https://discord.gg/abcdef",
    "discord.com/invite/abcdef",
    "||spoiler||",
    "# Title",
    "### Title",
    "> quote",
    ">>> quote",
    "-# small",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "**bold** __under__ _it_ ~~gone~~",
    "\\**still bold**",
    "\\\\<@1200000000000000003>",
    ":joy:",
)
TEMPLATES = (
    "{0.__class__.__init__.__globals__}",
    "%s%s%n %(x)s",
    "${jndi:ldap}",
    "{{7*7}}",
    "'; DROP TABLE jobs; --",
    '" OR 1=1',
)
texts = st.one_of(
    st.text(),
    st.lists(st.sampled_from(MENTIONS + MARKUP + ("a", "\n", " ", "\u202e", "\u0301", "\ud800"))).map(
        "".join
    ),
)


def acted_on(text: str) -> str:
    """The text as Discord's parsers see it, escaped characters out of the way."""
    return ESCAPED.sub("·", text)


@pytest.mark.parametrize("text", MENTIONS + MARKUP)
def test_nothing_that_somebody_wrote_is_active_in_a_line(text: str) -> None:
    assert not ACTIVE.search(acted_on(shown(text, 300)))


@given(texts)
def test_no_text_whatever_is_active_in_a_line(text: str) -> None:
    assert not ACTIVE.search(acted_on(shown(text, 300)))


@given(texts)
def test_a_line_is_one_line_and_at_most_twice_as_long_as_its_limit(text: str) -> None:
    line = shown(text, 50)

    assert "\n" not in line
    assert len(line) <= 100


@pytest.mark.parametrize(
    "text", [*TEMPLATES, "Inspector Fen, 4.5 years. Dry humour!", "İıßς", "👩\u200d👩\u200d👧"]
)
def test_plain_text_reads_as_it_was_written(text: str) -> None:
    assert ESCAPED.sub(lambda found: found.group()[1], shown(text, 300)).replace("@\u200b", "@") == text


@given(texts)
def test_nothing_breaks_out_of_a_code_block(text: str) -> None:
    block = in_code_block(text, 300)

    assert block == "" or (block.startswith("```\n") and block.endswith("\n```"))
    assert "`" not in block.strip("`")


def test_a_code_block_keeps_lines_and_gives_every_character_back() -> None:
    text = "line one\n\ttabbed *line* <@1> @everyone\nlast"

    assert in_code_block(text, 300) == f"```\n{text}\n```"
    assert in_code_block("a ``` b", 300) == f"```\na {BACKTICK_TWIN * 3} b\n```"


@pytest.mark.parametrize("text", ["", " ", "\n" * 500, "\u200b", "\u3164\u2800"])
def test_an_empty_looking_text_makes_no_code_block(text: str) -> None:
    assert in_code_block(text, 300) == ""
    assert shown(text, 300) == ""


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("gpj\u202eexe.", "gpjexe."),
        ("a\u2066b\u2067c\u2069", "abc"),
        ("a\x00b\x1b[2J", "ab[2J"),
        ("\ufeffstart", "start"),
        ("a\ud800b\ufffe\uffff\U0001fffe", "ab"),
        ("England" + "".join(chr(0xE0000 + ord(c)) for c in "secret"), "England"),
        ("one\r\nINFO two\u2028three\x85four", "one\nINFO two\nthree\nfour"),
        ("e\u0301", "é"),
        ("x\u200dy", "xy"),
        ("👨🏽\u200d🚀 ❤️\u200d🔥", "👨🏽\u200d🚀 ❤️\u200d🔥"),
        ("\U0001fae8\u200d\U0001faea", "\U0001fae8\u200d\U0001faea"),
        ("\ue000", "\ue000"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text: str, visible: str) -> None:
    assert in_code_block(text, 300) == f"```\n{visible}\n```"


def test_stacked_marks_are_capped() -> None:
    zalgo = "x" + "\u0335" * 4999

    assert shown(zalgo, 300) == "x" + "\u0335" * MARKS_PER_LETTER


@pytest.mark.parametrize(("length", "shown_length"), [(299, 299), (300, 300), (301, 300), (5000, 300)])
def test_a_long_text_ends_in_an_ellipsis_within_its_limit(length: int, shown_length: int) -> None:
    line = shown("🦊" * length, 300)

    assert len(line) == shown_length
    assert line.endswith(ELLIPSIS) == (length > 300)


@given(texts)
def test_a_shown_text_can_be_sent_as_utf_8(text: str) -> None:
    for safe in (shown(text, 300), in_code_block(text, 300)):
        assert safe.encode().decode() == safe


def test_people_and_times_are_written_as_discord_reads_them() -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)

    assert mention(42) == "<@42>"
    assert relative(moment) == "<t:1795435200:R>"
    assert clock_time(moment) == "<t:1795435200:t>"
    assert calendar_date(moment) == "<t:1795435200:D>"
