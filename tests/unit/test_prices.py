"""What an order will probably cost stands where somebody decides about one, if it was ever told."""

from dataclasses import replace

from bot.clip import ClipRule
from bot.fault import Fault
from bot.jobs.failover import Ways
from bot.model import AttemptState, Maker, Story
from bot.notices import SettledBy
from bot.operator.credits import price
from cogs.texts import failover, forms, lapsing, library, notices, offers, prices
from tests.builders import NOON, PROVIDER, a_character, a_clip
from tests.unit.cards_reader import a_story
from tests.unit.engine_rig import Rig

S = AttemptState
MAKER = Maker(PROVIDER, "Sora 2", from_picture=False)
PRICED = replace(MAKER, price=(20.0, 20.0))
TOLD = "Lately a character on Sora 2 cost 20 credits of this bot's account."


def test_a_price_is_the_least_and_the_most_of_what_was_told() -> None:
    assert price([]) is None
    assert price([20.5]) == (20.5, 20.5)
    assert price([30.0, 9.5, 20.0]) == (9.5, 30.0)


def test_a_price_that_differs_is_told_as_a_span_and_one_that_nobody_knows_not_at_all() -> None:
    assert prices.lately(PRICED) == TOLD
    assert "cost 9.5 to 30 credits" in prices.lately(replace(MAKER, price=(9.5, 30.0)))
    assert (prices.lately(MAKER), prices.lately(None)) == ("", "")


def test_under_a_field_of_a_form_a_price_is_said_in_few_words_and_fits() -> None:
    assert prices.briefly(PRICED) == "Lately one cost 20 credits."
    assert prices.briefly(None) == prices.briefly(MAKER) == ""
    assert forms.name_note("") == forms.NAME_NOTE
    longest = prices.briefly(replace(MAKER, price=(1234567.25, 7654321.75)))
    assert longest in forms.name_note(longest)
    assert len(forms.name_note(longest)) <= forms.NOTE_UNITS


def texts_of(maker: Maker) -> list[str]:
    """Everything that is read before an order."""
    failed = replace(a_story(state=S.FAILED, fault=Fault.PROVIDER_TROUBLE), maker=maker)
    offered = replace(
        a_story(state=S.OFFERED, rule=ClipRule.TOO_LONG, rule_found="9", rule_accepted="4"), maker=maker
    )
    made = a_story(state=S.SUCCEEDED)
    character = a_character(made.attempt, may_stop_working_at=NOON)
    lapsed = replace(made, maker=maker, character=character, job=replace(made.job, clip=a_clip()))
    return [
        notices.failure_body(failed, SettledBy.OPERATOR),
        offers.heading(offered),
        lapsing.body(lapsed),
        failover.offer(maker),
        failover.confirm(character, maker, may_cost_twice=False),
        library.confirm_renewal(character, maker, may_cost_twice=False),
    ]


def test_retry_choice_renewal_and_another_provider_name_the_price_where_it_is_known() -> None:
    assert [TOLD in text for text in texts_of(PRICED)] == [True] * 6
    assert ["Lately" in text for text in texts_of(MAKER)] == [False] * 6


def test_nothing_is_said_of_a_price_where_no_attempt_is_left() -> None:
    last = replace(a_story(state=S.FAILED, fault=Fault.PROVIDER_TROUBLE, number=3), maker=PRICED)

    assert TOLD not in notices.failure_body(last, SettledBy.OPERATOR)


async def test_a_first_order_begins_at_the_first_provider_and_its_price_is_known_beforehand() -> None:
    rig = Rig()
    await described(rig, S.FAILED)

    assert (await rig.ways.first()).price == (20.0, 20.0)


async def described(rig: Rig, state: AttemptState) -> Story:
    """A story of an attempt that ended, after another one was told to have cost 20 credits."""
    first = await rig.waiting(task_id="first")
    made = first.move(S.SUCCEEDED, ended_at=NOON, credits_spent=20.0, task_seconds=5.0)
    await rig.jobs.save(made, now=NOON)
    second = await rig.waiting(task_id="second")
    changed = second if state is S.WAITING else second.move(state, ended_at=NOON)
    story = await rig.jobs.story((await rig.jobs.save(changed, now=NOON)).job_id)
    assert story is not None
    ways: Ways = rig.ways
    return await ways.described(story)


async def test_the_price_is_learned_from_what_characters_of_the_provider_cost() -> None:
    story = await described(Rig(), S.FAILED)

    assert story.maker is not None
    assert story.maker.price == (20.0, 20.0)


async def test_while_nothing_can_be_ordered_no_price_is_looked_for() -> None:
    story = await described(Rig(), S.WAITING)

    assert story.maker is not None
    assert story.maker.price is None
