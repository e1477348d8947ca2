"""Words and patterns that a server does not want in texts."""

import time

import pytest

from bot.moderation.text_rules import RuleAction, RuleKind, TextRule, check_texts, folded, hits, rule_of
from bot.refusals.rules import RuleRefused, TextRefused
from tests.builders import a_job

WORD, PATTERN = RuleKind.WORD, RuleKind.PATTERN
BLOCK, FLAG = RuleAction.BLOCK, RuleAction.FLAG


def word(text: str, action: RuleAction = BLOCK) -> TextRule:
    return rule_of("a rule", WORD, text, action)


@pytest.mark.parametrize(
    "text",
    ["gun", "a GUN!", "ｇｕｎ", "g\u200bun", "gün", "gυn", "no-gun-here", "«gun»", "two\nlines: gun"],
    ids=ascii,
)
def test_a_word_is_found_however_it_is_dressed_up(text: str) -> None:
    assert hits([word("Gun")], text)


@pytest.mark.parametrize("text", ["gunner", "begun", "gun_ner", "gunø", "9gun", "", "g u n"], ids=ascii)
def test_a_part_of_another_word_is_no_hit(text: str) -> None:
    assert hits([word("gun")], text) == []


def test_words_of_any_script_and_phrases_have_boundaries() -> None:
    assert hits([word("оружие")], "Это ОРУЖИЕ.")
    assert hits([word("оружие")], "оружиеведение") == []
    assert hits([word("big gun")], "a big gun")
    assert hits([word("c++ (x)")], "in c++ (x), then")
    assert hits([word("straße")], "STRASSE 5")


def test_a_pattern_is_read_with_and_without_dress() -> None:
    rule = rule_of("numbers", PATTERN, r"\b\d{3}-\d{4}\b", FLAG)

    assert hits([rule], "call 555-0123 now")
    assert hits([rule], "call 5550-123 now") == []
    assert hits([rule_of("eszett", PATTERN, "ß", FLAG)], "Straße")


def test_a_pattern_that_would_run_for_ever_elsewhere_is_quick_here() -> None:
    rule = rule_of("evil", PATTERN, r"(a+)+$", BLOCK)
    began = time.perf_counter()

    hits([rule], "a" * 4999 + "!")

    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", ["(", "a{1001}", r"(?=x)", r"\1", "[z-a]", "(((((a{99}){99}){99})))"])
def test_what_re2_does_not_take_is_refused_with_its_reason(pattern: str) -> None:
    with pytest.raises(RuleRefused) as caught:
        rule_of("a rule", PATTERN, pattern, BLOCK)

    assert caught.value.what == "pattern"
    assert caught.value.found


@pytest.mark.parametrize("pattern", ["a*", "", "x?", "^", "|a"])
def test_what_hits_every_text_is_refused(pattern: str) -> None:
    with pytest.raises(RuleRefused):
        rule_of("a rule", PATTERN, pattern, BLOCK)


@pytest.mark.parametrize(
    ("name", "text"), [("", "a"), ("n" * 41, "a"), ("a", ""), ("a", "x" * 201), ("a", "\u200b")]
)
def test_a_rule_has_a_name_and_a_text_of_some_length(name: str, text: str) -> None:
    with pytest.raises(RuleRefused):
        rule_of(name, WORD, text, BLOCK)


def test_a_rule_is_known_by_its_name_in_any_spelling() -> None:
    assert rule_of("  No\tGUNS ", WORD, "gun", BLOCK).name == "no guns"


def test_what_blocks_goes_before_what_is_only_flagged() -> None:
    flag, block = rule_of("a", WORD, "gun", FLAG), rule_of("b", WORD, "gun", BLOCK)

    assert hits([flag, block], "gun") == [block, flag]
    with pytest.raises(TextRefused) as caught:
        check_texts([flag, block], a_job(prompt="a gun"))
    assert caught.value.name == "b"


@pytest.mark.parametrize("field", ["prompt", "safety", "name"])
def test_every_text_of_a_member_is_read(field: str) -> None:
    job = a_job(**{"prompt": "a fox", "safety": "", "name": None} | {field: "a gun"})

    assert check_texts([rule_of("guns", WORD, "gun", FLAG)], job) == "guns"
    assert check_texts([rule_of("cats", WORD, "cat", FLAG)], job) is None


def test_a_folded_text_is_folded_once_and_for_all() -> None:
    for text in ("ÄÖÜ ß", "ｇｕｎ", "аеос", "İ", "\u0301x"):
        assert folded(folded(text)) == folded(text)
