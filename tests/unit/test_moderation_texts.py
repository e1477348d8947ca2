"""What moderators read, whatever stands in it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deeds import Deed
from bot.fault import Fault
from bot.jobs.staff.moderation import Allowance
from bot.model import Circuit, PlaceKind
from bot.moderation.gates import Block, Pause, Quota, Used
from bot.moderation.servers import IDS_AT_MOST, RULES, Results, ServerSettings
from bot.orders.prose import utf16_units
from bot.refusals.entries import ServerPaused
from cogs.admin.setting_choices import suggestions
from cogs.guards import needed_in
from cogs.texts import answers, diagnosis, moderation
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER

LATER = NOON + timedelta(hours=1)
MANY = frozenset(range(10**18, 10**18 + IDS_AT_MOST))
FULL = ServerSettings(
    allowed_channels=MANY,
    allowed_roles=MANY,
    mod_roles=MANY,
    admin_roles=MANY,
    log_channel=10**19,
    results_channel=10**19,
    review_channel=10**19,
)
MENTION = re.compile(r"(?<!\\)<(?:@|#)|@everyone|@here")


def test_every_setting_that_is_offered_has_a_rule_and_says_what_it_decides() -> None:
    assert set(moderation.SETTINGS) <= set(RULES)
    for name in moderation.SETTINGS:
        assert RULES[name].accepted in moderation.setting(name, ServerSettings())


def test_the_fullest_list_of_settings_fits_into_a_message() -> None:
    deed = Deed(GUILD_ID, OWNER_ID, NOON, "set", "allowed_roles", "9" * 600, "9" * 600)
    lines = [moderation.setting_line(name, FULL) for name in moderation.SETTINGS]

    assert sum(map(utf16_units, [*lines, moderation.deeds([deed] * 5)])) < 3800


@given(st.text(min_size=1, max_size=300))
def test_a_reason_mentions_and_formats_nothing(reason: str) -> None:
    texts = (
        moderation.blocks([Block(7, None, reason)]).replace("<@7>", ""),
        answers.refusal(ServerPaused(until=None, reason=reason)),
        moderation.deeds([Deed(GUILD_ID, 7, NOON, "block", "7", None, reason)]).replace("<@7>", ""),
    )

    for text in texts:
        assert MENTION.search(text) is None
        assert "\n\n" not in text


def test_long_lists_are_cut_and_counted() -> None:
    text = moderation.blocks([Block(user_id, LATER, "x" * 300) for user_id in range(60)])

    assert "35 more" in text
    assert utf16_units(text) < 4000


def test_a_pause_and_a_block_say_how_they_end() -> None:
    assert "block remove" in moderation.blocked(Block(7))
    assert "<t:" in moderation.blocked(Block(7, LATER))
    assert "resume" in moderation.paused(Pause())
    assert "<t:" in moderation.paused(Pause(LATER))


def test_what_a_member_may_is_told_beside_what_is_used() -> None:
    text = moderation.allowance(7, Allowance(Quota(5, None), Used(2, 1, 9), 100, LATER))

    assert text == (
        "<@7> may make 5 a day, any number at once. Today: 2, running now: 1. "
        "The whole server today: 9 of 100."
    )


def test_suggestions_go_on_from_the_last_word_and_never_grow_too_long() -> None:
    names = {f"<#{10**18 + number}>": f"#room-{number}" for number in range(30)}
    first, second = list(names)[:2]

    assert [one.value for one in suggestions(names, "room-7")] == [f"<#{10**18 + 7}>"]
    assert first not in [one.value for one in suggestions(names, f"{first} room")]
    assert f"{first}, {second}" in [one.value for one in suggestions(names, f"{first}, ROOM-1")]
    assert all(len(one.value) <= 100 for one in suggestions(names, " ".join(list(names)[:3]) + " room"))
    assert suggestions(names, " ".join(list(names)[:5]) + " room") == []


@pytest.mark.parametrize("needed", [needed_in(kind, Results.THREAD) for kind in PlaceKind])
def test_every_needed_permission_is_in_the_table(needed: tuple[str, ...]) -> None:
    assert set(needed) <= set(diagnosis.PERMISSIONS)
    nothing, everything = (diagnosis.permissions(held, needed) for held in ((), diagnosis.PERMISSIONS))

    assert nothing.count(diagnosis.MISSING) == len(needed)
    assert diagnosis.MISSING not in everything
    assert diagnosis.ALL_THERE in everything


def test_the_diagnosis_says_where_results_go_if_not_to_threads() -> None:
    nowhere = ServerSettings(results=Results.RESULTS_CHANNEL)

    assert diagnosis.results(ServerSettings()) == ""
    assert diagnosis.results(nowhere).startswith(diagnosis.MISSING)
    assert diagnosis.results(replace(nowhere, results=Results.CHANNEL)) == diagnosis.UNDER_CARDS
    assert diagnosis.results(replace(nowhere, results_channel=5)) == "", "the line about the channel says it"
    told = {diagnosis.writable("results_channel", 5, (), results) for results in Results}
    assert len(told) == len(Results)


def test_the_diagnosis_fits_into_a_message_at_its_worst() -> None:
    gone = [("allowed_channels", sorted(MANY)), ("allowed_roles", sorted(MANY))]
    circuit = Circuit(PROVIDER, Fault.KEY_LIMIT, NOON, LATER)
    parts = (
        diagnosis.title(10**18),
        diagnosis.permissions((), tuple(diagnosis.PERMISSIONS)),
        diagnosis.settings(gone, FULL),
        diagnosis.pause(Pause(LATER, "x" * 300)),
        *(diagnosis.provider(PROVIDER, circuit, NOON) for _ in range(2)),
    )

    assert sum(map(utf16_units, parts)) < 3900
    assert "Nothing else is in `allowed_roles`" in parts[2]
