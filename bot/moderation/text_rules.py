"""What a server does not want in texts: words and patterns, matched in linear time. The rules are pure.

Matching reads what an eye reads: without regard to case and width, without marks and invisible characters,
and with letters of other alphabets taken for the Latin ones that they look like.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import re2

from bot.model import Job
from bot.orders.prose import clean
from bot.refusals.rules import RuleRefused, TextRefused

RULES_AT_MOST = 50
NAME_UNITS = 40
TEXT_UNITS = 200
MEMORY_BYTES = 1 << 20
"""For one compiled pattern: far more than an ordinary one needs, and little for fifty."""
_TWINS = str.maketrans(
    "аеорсухіјѕԁһԛԝвкмнтαοριντυχκβεη",
    "aeopcyxijsdhqwbkmhtaopivtuxkben",
)
"""Cyrillic and Greek letters that are drawn like Latin ones, after case is gone."""
_UNSEEN = frozenset({"Cf", "Mn", "Me"})


class RuleKind(StrEnum):
    """How a rule's text is read: as it stands, between word boundaries, or as a pattern in RE2's syntax."""

    WORD = "word"
    PATTERN = "pattern"


class RuleAction(StrEnum):
    """What follows from a hit: the order is not taken, or a moderator looks at it first."""

    BLOCK = "block"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule of one server, known there by its name."""

    name: str
    kind: RuleKind
    text: str
    action: RuleAction


def rule_of(name: str, kind: RuleKind, text: str, action: RuleAction) -> TextRule:
    """A rule as it is stored, tried once.

    Raises:
        RuleRefused: it has no name or text, is too long, is no pattern, or would hit every text.
    """
    named, wanted = name_of(name), clean(text)
    for what, given, limit in (("name", named, NAME_UNITS), ("text", wanted, TEXT_UNITS)):
        if not 1 <= len(given) <= limit:
            raise RuleRefused(what, found=str(len(given)), accepted=f"1 to {limit} characters")
    rule = TextRule(named, kind, wanted, action)
    if kind is RuleKind.WORD and not folded(wanted).strip():
        raise RuleRefused("text", found=wanted, accepted="something that can be seen")
    try:
        hits_nothing = _compiled(rule).search("") is None
    except re2.error as error:
        raise RuleRefused("pattern", found=_words(error), accepted="a pattern in the syntax of RE2") from None
    if not hits_nothing:
        raise RuleRefused("pattern", found=wanted, accepted="one that does not match an empty text")
    return rule


def name_of(text: str) -> str:
    """A rule's name as it is stored, however it was typed."""
    return " ".join(clean(text).split()).casefold()


def hits(rules: Iterable[TextRule], *texts: str | None) -> list[TextRule]:
    """The rules that one of the texts hits, those that block in front."""
    read = [form for text in texts if text for form in (folded(text), text)]
    found = [rule for rule in rules if any(_compiled(rule).search(form) for form in read)]
    return sorted(found, key=lambda rule: (rule.action is not RuleAction.BLOCK, rule.name))


def check_texts(rules: Iterable[TextRule], job: Job | None) -> str | None:
    """The name of the rule for which a moderator looks at a job's texts first; None where none is hit.

    Raises:
        TextRefused: a rule that blocks is hit.
    """
    order = job.order if job else None
    found = hits(rules, order.prompt, order.safety, order.name) if order else []
    if not found:
        return None
    if found[0].action is RuleAction.BLOCK:
        raise TextRefused(found[0].name)
    return found[0].name


def folded(text: str) -> str:
    """The text as it is read."""
    plain = unicodedata.normalize("NFKD", text)
    seen = "".join(one for one in plain if unicodedata.category(one) not in _UNSEEN)
    return unicodedata.normalize("NFC", seen.casefold().translate(_TWINS))


def _words(error: re2.error) -> str:
    """What the engine minds; it says so in bytes."""
    said = error.args[0] if error.args else b""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


@lru_cache(maxsize=1024)
def _compiled(rule: TextRule) -> Any:
    """The rule ready to be searched with; raises `re2.error` for what is no pattern."""
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, MEMORY_BYTES
    if rule.kind is RuleKind.PATTERN:
        return re2.compile(rule.text, options=options)
    # RE2's own \b knows ASCII letters only.
    word = re2.escape(folded(rule.text))
    return re2.compile(rf"(?:^|[^\pL\pN_]){word}(?:$|[^\pL\pN_])", options=options)


class TextRuleStore(Protocol):
    """The rules of servers. Every change is a line in the audit log, in its transaction."""

    async def rules(self, guild_id: int) -> Sequence[TextRule]:
        """All rules of a server, by their names."""
        ...

    async def put(self, guild_id: int, rule: TextRule, *, actor_id: int, now: datetime) -> None:
        """Adds a rule, or replaces the one of its name.

        Raises:
            RuleRefused: the server has as many as it may.
        """

    async def remove(self, guild_id: int, name: str, *, actor_id: int, now: datetime) -> bool:
        """Takes a rule away; False where there is none of this name."""
        ...
