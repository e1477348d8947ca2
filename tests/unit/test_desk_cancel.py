"""Who may stop a job, when, and what happens when the machine moves it at the same moment."""

import pytest

from bot.errors import JobConflict, NotAllowed, NotCancellable, NotFound
from bot.jobs.checkpoint import SAVE_TRIES
from bot.model import Attempt, AttemptState, Person, Place, PlaceKind
from bot.notices import NoticeKind
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, a_snowflake
from tests.fakes.jobs import MemoryJobStore
from tests.unit.engine_rig import Rig

OWNER = Person(OWNER_ID, GUILD_ID)
MODERATOR = Person(a_snowflake(), GUILD_ID, may_manage=True)
S = AttemptState
CANCELLABLE = {S.RECEIVED, S.OFFERED, S.MENDING, S.REVIEW, S.QUEUED, S.HANDED_OVER, S.WAITING}


@pytest.mark.parametrize("state", sorted(CANCELLABLE))
@pytest.mark.parametrize("person", [OWNER, MODERATOR])
async def test_what_goes_on_can_be_cancelled(state: AttemptState, person: Person) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)
    rig.rung.clear()

    before = await rig.desk.cancel(attempt.job_id, person)

    assert before.attempt.state is state
    ended = rig.stored(attempt)
    assert (ended.state, ended.ended_at) == (S.CANCELLED, NOON)
    asked = [NoticeKind.REVIEW] if state is S.REVIEW else []
    assert rig.pending(attempt) == [NoticeKind.CARD, *asked]
    assert rig.job_of(attempt).order.ticket.token == ""
    assert rig.rung.is_set()


@pytest.mark.parametrize("state", sorted(set(S) - CANCELLABLE))
async def test_what_has_ended_or_is_being_paid_for_this_moment_cannot(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)

    with pytest.raises(NotCancellable) as refusal:
        await rig.desk.cancel(attempt.job_id, OWNER)

    assert refusal.value.state is state
    assert rig.stored(attempt) == attempt
    assert rig.pending(attempt) == []


async def test_strangers_and_other_servers_cancel_nothing() -> None:
    rig = Rig()
    attempt = await rig.queued()

    with pytest.raises(NotAllowed):
        await rig.desk.cancel(attempt.job_id, Person(a_snowflake(), GUILD_ID))
    for elsewhere in (
        Person(MODERATOR.user_id, None),
        Person(MODERATOR.user_id, a_snowflake(), may_manage=True),
    ):
        with pytest.raises(NotFound):
            await rig.desk.cancel(attempt.job_id, elsewhere)

    assert rig.stored(attempt) == attempt


async def test_in_direct_messages_nobody_cancels_for_somebody_else() -> None:
    rig = Rig()
    attempt = await rig.queued(place=Place(None, CHANNEL_ID, PlaceKind.DM))

    with pytest.raises(NotAllowed):
        await rig.desk.cancel(attempt.job_id, Person(a_snowflake(), None, may_manage=True))

    assert rig.stored(attempt) == attempt


async def test_a_worker_that_saves_in_between_does_not_save_the_job_from_its_owner() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.jobs.before_save.append(lambda: worker_saves(rig, attempt))

    before = await rig.desk.cancel(attempt.job_id, OWNER)

    assert before.attempt.polls == 1
    assert rig.stored(attempt).state is S.CANCELLED


async def test_a_worker_that_submits_in_between_wins() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    marked = attempt.move(S.SUBMITTING)
    rig.jobs.before_save.append(lambda: MemoryJobStore.save(rig.jobs, marked, now=NOON))

    with pytest.raises(NotCancellable) as refusal:
        await rig.desk.cancel(attempt.job_id, OWNER)

    assert refusal.value.state is S.SUBMITTING
    assert rig.stored(attempt).state is S.SUBMITTING


async def test_a_worker_whose_job_was_cancelled_changes_nothing_any_more() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.jobs.before_save.append(lambda: rig.desk.cancel(attempt.job_id, OWNER))

    await rig.advance(attempt)

    assert rig.stored(attempt).state is S.CANCELLED
    assert rig.provider.submissions == []
    assert rig.pending(attempt) == [NoticeKind.CARD]


async def test_a_cancel_that_is_overtaken_again_and_again_gives_up() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.jobs.before_save.extend([lambda: worker_saves(rig, attempt)] * SAVE_TRIES)

    with pytest.raises(JobConflict):
        await rig.desk.cancel(attempt.job_id, OWNER)

    assert rig.stored(attempt).state is S.QUEUED


async def worker_saves(rig: Rig, attempt: Attempt) -> None:
    current = rig.stored(attempt)
    await MemoryJobStore.save(rig.jobs, current.postpone(NOON, polls=current.polls + 1), now=NOON)
