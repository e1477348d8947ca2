"""A task at the provider, from its first look to its end."""

from datetime import timedelta

import pytest

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.jobs import polling
from bot.model import AttemptState, Character, HandedOver, Person
from bot.notices import NoticeKind
from bot.ports import Absent, Broke, Made, Running
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER
from tests.fakes.provider import Verb
from tests.unit.engine_rig import Rig

S = AttemptState
CARD, FAILURE, RESULT = NoticeKind.CARD, NoticeKind.FAILURE, NoticeKind.RESULT
TASK = "task_0001"


async def test_a_success_leaves_the_character_and_its_announcement_in_one_save() -> None:
    rig = Rig()
    attempt = await rig.waiting(fault=Fault.UNREACHABLE)
    rig.provider.finish(TASK, Made("  Char-Ünï_42.mira  ", 20.5))
    rig.clock.advance(90)
    saves = rig.jobs.saves

    done = await rig.advance(attempt)

    assert rig.jobs.saves == saves + 1
    assert (done.state, done.ended_at) == (S.SUCCEEDED, rig.clock.now())
    assert (done.credits_spent, done.fault) == (20.5, None)
    (character,) = rig.world.characters.values()
    assert character == Character(
        character_id=character.character_id,
        job_id=attempt.job_id,
        attempt_id=attempt.attempt_id,
        owner_id=OWNER_ID,
        guild_id=GUILD_ID,
        name="Mira",
        provider=PROVIDER,
        provider_character_id="  Char-Ünï_42.mira  ",
        created_at=rig.clock.now(),
        may_stop_working_at=NOON + timedelta(hours=24),
    )
    assert rig.pending(attempt) == [CARD, RESULT]


async def test_the_lifetime_of_a_character_counts_from_the_upload() -> None:
    rig = Rig()
    attempt = await rig.waiting(handed_over=HandedOver("https://files.example/1", NOON - timedelta(hours=3)))
    rig.provider.finish(TASK)

    await rig.advance(attempt)

    (character,) = rig.world.characters.values()
    assert character.may_stop_working_at == NOON + timedelta(hours=21)


async def test_a_save_that_fails_leaves_neither_character_nor_announcement() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.finish(TASK)
    rig.jobs.save_errors.append(OSError("database is locked"))

    again = await rig.advance(attempt)

    assert again.state is S.WAITING
    assert rig.world.characters == {}
    assert rig.pending(attempt) == []
    assert (await rig.advance(attempt)).state is S.SUCCEEDED


async def test_a_look_that_was_overtaken_makes_no_second_character() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.finish(TASK)
    rig.jobs.before_save.append(lambda: rig.desk.cancel(attempt.job_id, Person(OWNER_ID, GUILD_ID)))

    ended = await rig.advance(attempt)

    assert ended.state is S.CANCELLED
    assert rig.world.characters == {}
    assert rig.pending(attempt) == [CARD]


async def test_a_failed_task_keeps_the_providers_own_words() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.finish(TASK, Broke(Fault.LIKENESS, "content_policy", "likeness of a person", 0.0))

    failed = await rig.advance(attempt)

    assert (failed.state, failed.fault, failed.ended_at) == (S.FAILED, Fault.LIKENESS, NOON)
    assert (failed.provider_code, failed.provider_text) == ("content_policy", "likeness of a person")
    assert failed.credits_spent == 0.0
    assert rig.pending(attempt) == [CARD, FAILURE]


async def test_a_running_task_is_looked_at_again_on_schedule() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.tasks[TASK] = Running("generating", 40)

    waits = []
    for _ in range(9):
        await rig.advance(attempt)
        waits.append(rig.wait_seconds(attempt))
        rig.clock.advance(waits[-1])

    assert waits == [4, 6, 8, 10, 15, 20, 30, 30, 30]
    assert rig.pending(attempt) == []


async def test_the_operators_schedule_is_kept() -> None:
    rig = Rig(poll_schedule=(2.0, 3.0))
    attempt = await rig.waiting()
    rig.provider.tasks[TASK] = Running("waiting")

    await rig.advance(attempt)

    assert rig.wait_seconds(attempt) == 3


@pytest.mark.parametrize("error_type", [NotSent, Refused, Unanswered])
@pytest.mark.parametrize("fault", [Fault.KEY_REFUSED, Fault.NONSENSE, Fault.MODEL_OFF, Fault.NO_CREDIT])
async def test_a_provider_that_cannot_be_asked_says_nothing_about_the_task(
    error_type: type[ProviderError], fault: Fault
) -> None:
    rig = Rig()
    attempt = await rig.waiting(misses=2)
    rig.provider.fail(Verb.LOOK_UP, error_type(fault, code="500"))

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.polls, waiting.misses, waiting.fault) == (S.WAITING, 1, 0, None)
    assert rig.pending(attempt) == []
    assert await rig.circuits.get(PROVIDER) is None


async def test_a_new_task_the_provider_does_not_find_may_just_be_new() -> None:
    rig = Rig()
    attempt = await rig.waiting()

    for _ in range(14):
        assert (await rig.advance(attempt)).state is S.WAITING
        rig.clock.advance(rig.wait_seconds(attempt))


async def test_a_task_the_provider_no_longer_finds_ends_after_four_misses() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.clock.advance(120)

    waits = []
    for _ in range(3):
        await rig.advance(attempt)
        waits.append(rig.wait_seconds(attempt))
        rig.clock.advance(waits[-1])
    lost = await rig.advance(attempt)

    assert waits == [30, 30, 30]
    assert (lost.state, lost.fault) == (S.FAILED, Fault.TASK_NOT_FOUND)
    assert rig.pending(attempt) == [CARD, FAILURE]


async def test_a_task_that_is_found_again_has_missed_nothing() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.clock.advance(120)
    await rig.advance(attempt)
    rig.provider.tasks[TASK] = Running("waiting")
    await rig.advance(attempt)
    rig.provider.tasks[TASK] = Absent()

    assert (await rig.advance(attempt)).misses == 1


async def test_people_are_told_once_that_a_task_takes_long() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.tasks[TASK] = Running("generating")

    told_at = [age for age in await followed(rig, attempt.attempt_id) if age is not None]

    assert told_at == [polling.SLOW_AFTER]


async def test_people_are_told_of_slowness_after_the_bot_slept_through_the_moment() -> None:
    rig = Rig()
    attempt = await rig.waiting(due_at=NOON + timedelta(minutes=10))
    rig.provider.tasks[TASK] = Running("generating")
    rig.clock.advance(40 * 60)

    await rig.advance(attempt)

    assert rig.pending(attempt) == [CARD]


async def test_people_are_told_of_slowness_whatever_the_provider_answers_meanwhile() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.tasks[TASK] = Running("generating")
    rig.provider.fail(Verb.LOOK_UP, Refused(Fault.NONSENSE), times=10_000)

    assert [age for age in await followed(rig, attempt.attempt_id) if age] == [polling.SLOW_AFTER]


async def test_a_task_is_followed_for_a_day_and_then_expires_without_being_called_failed() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.tasks[TASK] = Running("generating")

    await followed(rig, attempt.attempt_id)
    await rig.tell()
    while rig.stored(attempt).is_open:
        rig.clock.advance(rig.wait_seconds(attempt))
        await rig.advance(attempt)

    expired = rig.stored(attempt)
    assert (expired.state, expired.fault, expired.task_id) == (S.EXPIRED, Fault.TOOK_TOO_LONG, TASK)
    assert polling.GIVE_UP_AFTER <= rig.clock.now() - NOON < polling.GIVE_UP_AFTER + timedelta(hours=1)
    assert rig.pending(attempt) == [CARD, FAILURE]


async def test_a_task_that_ended_while_the_bot_was_away_for_days_is_still_found() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.finish(TASK)
    rig.clock.advance(5 * 86_400)

    assert (await rig.advance(attempt)).state is S.SUCCEEDED


async def test_a_look_that_breaks_unexpectedly_never_ends_a_paid_task_but_its_day_does() -> None:
    rig = Rig()
    attempt = await rig.waiting()
    rig.provider.fail(Verb.LOOK_UP, KeyError("resultJson"), times=20)

    for _ in range(19):
        assert (await rig.advance(attempt)).state is S.WAITING
    rig.clock.advance(86_400)

    assert (await rig.advance(attempt)).state is S.EXPIRED
    assert rig.pending(attempt) == [CARD, FAILURE]


async def followed(rig: Rig, attempt_id: str) -> list[timedelta | None]:
    """Looks, each when it is due, for twenty hours; for each the task's age if people were told something."""
    ages: list[timedelta | None] = []
    while (age := rig.clock.now() - NOON) < timedelta(hours=20):
        attempt = await rig.advance(rig.world.attempts[attempt_id])
        ages.append(age if await rig.tell() else None)
        rig.clock.advance(rig.wait_seconds(attempt))
    return ages


@pytest.mark.parametrize(
    ("told", "kept"),
    [(None, 90.0), (41.5, 41.5), (90.0, 90.0), (90.1, 90.0), (0.0, 90.0), (-5.0, 90.0)],
)
@pytest.mark.parametrize("ended", [S.SUCCEEDED, S.FAILED])
async def test_how_long_a_task_ran_is_kept_by_the_providers_clock_if_that_can_be(
    ended: AttemptState, told: float | None, kept: float
) -> None:
    rig = Rig()
    attempt = await rig.waiting()
    made, broke = Made("c", task_seconds=told), Broke(Fault.CONTENT, task_seconds=told)
    rig.provider.finish(TASK, made if ended is S.SUCCEEDED else broke)
    rig.clock.advance(90)

    done = await rig.advance(attempt)

    assert (done.state, done.task_seconds) == (ended, kept)


async def test_what_ended_is_learned_from() -> None:
    rig = Rig()
    for number in range(30):
        attempt = await rig.waiting(task_id=f"past_{number}")
        rig.provider.finish(f"past_{number}", Made(f"c{number}", task_seconds=100.0 + number / 10))
        rig.clock.advance(103)
        await rig.advance(attempt)
    rig.clock.advance(60)

    attempt = await rig.advance(await rig.handed_over())

    assert 90 <= rig.wait_seconds(attempt) <= 103
