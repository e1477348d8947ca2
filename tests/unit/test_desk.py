"""What people may ask for, and what the desk makes of it: accepting, withdrawing, looking up."""

import pytest

from bot.errors import DuplicateInteraction, LimitReached, NotFound
from bot.jobs.intake import ACKNOWLEDGE_WAIT
from bot.model import AttemptState, InteractionTicket, Person, Story
from bot.notices import NoticeKind
from bot.ports import Delivered
from tests.builders import (
    GUILD_ID,
    NOON,
    OWNER_ID,
    PROVIDER,
    a_snowflake,
    an_order,
)
from tests.unit.engine_rig import LEASE_SECONDS, Rig, a_card

OWNER = Person(OWNER_ID, GUILD_ID)
MODERATOR = Person(a_snowflake(), GUILD_ID, may_manage=True)
STRANGER = Person(a_snowflake(), GUILD_ID)


async def claimable(rig: Rig) -> int:
    """How many new jobs the machine would take now; takes them."""
    now = rig.clock.now()
    return len(await rig.jobs.claim([AttemptState.RECEIVED], now, LEASE_SECONDS, 10))


async def test_an_accepted_order_is_stored_as_its_first_attempt() -> None:
    rig, order = Rig(), an_order()

    story = await rig.desk.accept(order)

    stored = await rig.story_of(story.attempt)
    assert stored == story == Story(job=stored.job, attempt=stored.attempt)
    assert stored.job.order == order
    attempt = stored.attempt
    assert (attempt.number, attempt.state, attempt.created_at) == (1, AttemptState.RECEIVED, NOON)
    assert (attempt.provider, attempt.requested_by) == (PROVIDER, OWNER_ID)
    assert len(attempt.callback_token) == 32


async def test_every_attempt_has_a_token_of_its_own() -> None:
    rig = Rig()

    stories = [await rig.desk.accept(an_order()) for _ in range(3)]

    assert len({story.attempt.callback_token for story in stories}) == 3
    assert len({story.job.job_id for story in stories}) == 3


async def test_nobody_takes_a_job_whose_card_is_not_shown_yet() -> None:
    rig = Rig()
    await rig.desk.accept(an_order())

    rig.clock.advance(ACKNOWLEDGE_WAIT.total_seconds() - 0.001)

    assert await claimable(rig) == 0


async def test_a_job_whose_answer_got_lost_is_looked_into_after_a_while() -> None:
    rig = Rig()
    await rig.desk.accept(an_order())

    rig.clock.advance(ACKNOWLEDGE_WAIT.total_seconds())

    assert await claimable(rig) == 1


async def test_an_acknowledged_job_is_started_at_once() -> None:
    rig, card = Rig(), a_card()
    story = await rig.desk.accept(an_order())
    rig.rung.clear()

    await rig.desk.acknowledge(story.job.job_id, card)

    assert rig.rung.is_set()
    assert rig.job_of(story.attempt).card == card
    assert await claimable(rig) == 1


async def test_an_interaction_that_comes_twice_is_one_job() -> None:
    rig = Rig()
    ticket = InteractionTicket(a_snowflake(), a_snowflake(), "token")
    await rig.desk.accept(an_order(ticket=ticket))

    with pytest.raises(DuplicateInteraction):
        await rig.desk.accept(an_order(ticket=ticket))

    assert len(rig.world.jobs) == len(rig.world.attempts) == 1


async def test_the_days_cap_refuses_what_goes_beyond_it_and_stores_nothing_of_it() -> None:
    rig = Rig(daily_cap=2)
    for _ in range(2):
        await rig.desk.accept(an_order())

    with pytest.raises(LimitReached) as refusal:
        await rig.desk.accept(an_order())

    assert refusal.value.resets_at == NOON.replace(day=24, hour=0)
    assert len(rig.world.jobs) == len(rig.world.attempts) == 2


async def test_a_new_day_has_a_new_cap() -> None:
    rig = Rig(daily_cap=1)
    await rig.desk.accept(an_order())

    rig.clock.advance(12 * 3600)

    await rig.desk.accept(an_order())


async def test_a_withdrawn_job_leaves_nothing_and_gives_its_place_back() -> None:
    rig = Rig(daily_cap=1)
    story = await rig.desk.accept(an_order())

    await rig.desk.withdraw(story.job.job_id)

    assert not rig.world.jobs
    assert not rig.world.attempts
    assert not rig.world.announcements
    await rig.desk.accept(story.job.order)


@pytest.mark.parametrize("person", [OWNER, MODERATOR])
async def test_a_job_is_shown_to_its_owner_and_to_moderators(person: Person) -> None:
    rig = Rig()
    attempt = await rig.queued()

    story = await rig.desk.story(attempt.job_id, person)

    assert story.attempt == attempt


@pytest.mark.parametrize(
    "person",
    [
        STRANGER,
        Person(OWNER_ID, a_snowflake()),
        Person(MODERATOR.user_id, None),
        Person(MODERATOR.user_id, a_snowflake(), may_manage=True),
    ],
)
async def test_somebody_elses_job_looks_like_no_job_at_all(person: Person) -> None:
    rig = Rig()
    attempt = await rig.queued()

    with pytest.raises(NotFound) as hidden:
        await rig.desk.story(attempt.job_id, person)
    with pytest.raises(NotFound) as absent:
        await rig.desk.story("01NOSUCHJOB", person)

    assert str(hidden.value) == str(absent.value)


async def test_the_overview_holds_ones_own_jobs_of_this_place_newest_first() -> None:
    rig = Rig()
    first = await rig.queued()
    await rig.queued(order=an_order(owner_id=STRANGER.user_id))
    rig.clock.advance(1)
    second = await rig.queued()

    stories = await rig.desk.overview(OWNER)

    assert [story.job.job_id for story in stories] == [second.job_id, first.job_id]
    assert await rig.desk.overview(Person(OWNER_ID, None)) == []


async def test_what_could_not_be_told_is_kept_for_the_status_list() -> None:
    rig = Rig()
    attempt = await rig.ended(AttemptState.FAILED)
    rig.world.announce(attempt.job_id, 1, [NoticeKind.FAILURE], NOON)
    (announcement,) = await rig.announcements.claim(NOON, LEASE_SECONDS, 1)
    await rig.announcements.park(announcement, "thread_gone")

    parked = await rig.desk.undelivered(await rig.story_of(attempt))

    assert [notice.parked_reason for notice in parked] == ["thread_gone"]


async def test_a_message_of_ours_leads_to_its_announcement() -> None:
    rig, message = Rig(), a_card()
    attempt = await rig.ended(AttemptState.FAILED)
    rig.world.announce(attempt.job_id, 1, [NoticeKind.FAILURE], NOON)
    (announcement,) = await rig.announcements.claim(NOON, LEASE_SECONDS, 1)
    await rig.announcements.mark_delivered(announcement, Delivered(message), NOON)

    found = await rig.desk.announcement_on(message)

    assert found is not None
    assert (found.job_id, found.kind, found.attempt_number) == (attempt.job_id, NoticeKind.FAILURE, 1)
    assert await rig.desk.announcement_on(a_card()) is None
