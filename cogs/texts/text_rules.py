"""What moderators read about their rules for texts, and what a member reads who hits one."""

from collections.abc import Iterator, Sequence

from bot.moderation.text_rules import NAME_UNITS, TEXT_UNITS, RuleAction, RuleKind, TextRule
from bot.refusals.rules import RuleRefused, TextRefused
from cogs.markdown import shown

KINDS = {RuleKind.WORD: "Word", RuleKind.PATTERN: "Pattern"}
ACTIONS = {RuleAction.BLOCK: "Refuse the order", RuleAction.FLAG: "A moderator looks first"}
TITLE = "### What texts may not hold here"
HITS_TITLE = "### This text would hit"
NO_RULES = "There are no rules for texts in this server. `/characters-admin rules add` makes one."
NO_HITS = "This text hits no rule of this server."
REMOVED = "The rule is gone. It is noted in the audit log."
NOT_THERE = "There is no rule of this name. Nothing was changed. `/characters-admin rules list` shows all."
FOUND_SHOWN = 200
_DOES = {RuleAction.BLOCK: "refuses", RuleAction.FLAG: "goes to a moderator"}
_WHATS = {
    "name": "A rule's name",
    "text": "A rule's text",
    "pattern": "This pattern",
    "count": "One more rule",
}


def rule_line(rule: TextRule) -> str:
    words = shown(rule.text, TEXT_UNITS)
    return f"- **{shown(rule.name, NAME_UNITS)}** · {_DOES[rule.action]} · {rule.kind}: {words}"


def added(rule: TextRule) -> str:
    return f"From now on:\n{rule_line(rule)}\n-# `/characters-admin rules test` tries it on a text."


def listed(rules: Sequence[TextRule]) -> Iterator[str]:
    """The list, a paragraph each."""
    yield TITLE if rules else NO_RULES
    yield from map(rule_line, rules)


def hit(rules: Sequence[TextRule]) -> Iterator[str]:
    """What a dry run found."""
    yield HITS_TITLE if rules else NO_HITS
    yield from map(rule_line, rules)


def rule_refused(error: RuleRefused) -> str:
    found = shown(error.found, FOUND_SHOWN)
    accepted = error.accepted
    return f"{_WHATS[error.what]} is not taken: {found}. Nothing was changed.\nIt takes {accepted}."


def text_refused(error: TextRefused) -> str:
    name = shown(error.name, NAME_UNITS)
    return (
        f"What you wrote hits the rule **{name}** of this server, so nothing was started. "
        "Nothing was charged.\n"
        "Change the words and send it again; the moderators of this server can say more about the rule."
    )
