"""A server's rules for texts, and what they do to orders in the transaction that stores them."""

from dataclasses import replace

import pytest

from bot.model import Person
from bot.moderation.text_rules import RULES_AT_MOST, RuleAction, RuleKind, TextRule, rule_of
from bot.refusals.rules import RuleRefused, TextRefused
from bot.review import Flag
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt
from tests.contract.stores import PLENTY, Stores

OWNER = Person(OWNER_ID, GUILD_ID)
GUNS = rule_of("guns", RuleKind.WORD, "gun", RuleAction.BLOCK)
BEARS = rule_of("bears", RuleKind.PATTERN, "bears?", RuleAction.FLAG)
MODERATOR = OWNER_ID + 5


async def put(stores: Stores, rule: TextRule, guild_id: int = GUILD_ID) -> None:
    await stores.text_rules.put(guild_id, rule, actor_id=MODERATOR, now=NOON)


async def test_rules_are_kept_by_name_and_noted_in_the_audit_log(stores: Stores) -> None:
    await put(stores, GUNS)
    await put(stores, BEARS)
    await put(stores, GUNS, GUILD_ID + 1)
    await put(stores, replace(GUNS, text="guns"))

    assert await stores.text_rules.rules(GUILD_ID) == [BEARS, replace(GUNS, text="guns")]
    assert await stores.text_rules.remove(GUILD_ID, "guns", actor_id=MODERATOR, now=NOON)
    assert not await stores.text_rules.remove(GUILD_ID, "guns", actor_id=MODERATOR, now=NOON)
    assert await stores.text_rules.rules(GUILD_ID) == [BEARS]
    assert await stores.text_rules.rules(GUILD_ID + 1) == [GUNS]
    deeds = await stores.servers.deeds(GUILD_ID, PLENTY)
    assert [deed.action for deed in deeds] == ["unrule", "rule", "rule", "rule"]
    assert deeds[1].after == "block word: guns"


async def test_a_server_has_a_limited_number_of_rules(stores: Stores) -> None:
    for number in range(RULES_AT_MOST):
        await put(stores, replace(GUNS, name=f"rule {number}"))

    with pytest.raises(RuleRefused):
        await put(stores, GUNS)
    await put(stores, replace(BEARS, name="rule 0"))
    await put(stores, GUNS, GUILD_ID + 1)


async def test_a_text_that_is_blocked_makes_no_job_and_one_that_is_flagged_waits(stores: Stores) -> None:
    await put(stores, GUNS)
    await put(stores, BEARS)
    blocked, flagged = a_job(prompt="a GUN", created_at=NOON), a_job(prompt="two bears", created_at=NOON)
    elsewhere = Person(OWNER_ID, GUILD_ID + 1)

    with pytest.raises(TextRefused) as caught:
        await stores.jobs.accept(blocked, an_attempt(blocked), daily_cap=PLENTY, person=OWNER)
    review = await stores.jobs.accept(flagged, an_attempt(flagged), daily_cap=PLENTY, person=OWNER)

    assert caught.value.name == "guns"
    assert await stores.jobs.job(blocked.job_id) is None
    assert review is not None
    assert (review.flags, review.rule) == ((Flag.TEXT_RULE,), "bears")
    assert await stores.reviews.of_attempt(review.attempt_id) == review
    assert await stores.jobs.accept(blocked, an_attempt(blocked), daily_cap=PLENTY, person=elsewhere) is None
