"""What is done about characters that are about to lapse: told once, renewed once, or nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.fault import Fault
from bot.jobs.characters.reminders import AHEAD, LATE, Reminders
from bot.model import Attempt, AttemptState, Character, Person
from bot.moderation.servers import Renewal, ServerSettings
from bot.notices import NoticeKind, NoticeState
from bot.ports import Broke, Made
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character
from tests.fakes.servers import MemoryServerStore
from tests.unit.engine_rig import KEPT, Rig
from tests.unit.test_renewal import carried_through

S = AttemptState
LAPSING = NoticeKind.LAPSING
SECOND = timedelta(seconds=1)


def reminders_of(rig: Rig, renewal: Renewal = Renewal.ASK) -> Reminders:
    rig.world.settings[GUILD_ID] = ServerSettings(renewal=renewal)
    return Reminders(
        characters=rig.characters,
        announcements=rig.announcements,
        servers=MemoryServerStore(rig.world),
        departures=rig.departures,
        renewals=rig.renewals,
        clock=rig.clock,
        ring=rig.bell.ring,
    )


async def made(rig: Rig, stops_in: timedelta) -> Character:
    """A character whose source lapses after some time, and whose result was told."""
    attempt = await rig.waiting(task_id="task_first")
    character = a_character(attempt, name="Fen", may_stop_working_at=NOON + stops_in)
    await rig.jobs.save(attempt.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=character)
    await rig.tell()
    return character


def attempts(rig: Rig, character: Character) -> list[Attempt]:
    return rig.world.attempts_of(character.job_id)


def told(rig: Rig, character: Character) -> list[tuple[int, NoticeState]]:
    """The reminders there are."""
    notices = rig.world.announcements_of(character.job_id)
    return [(notice.attempt_number, notice.state) for notice in notices if notice.kind is LAPSING]


async def test_the_owner_is_told_once_however_often_is_looked() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    reminders = reminders_of(rig)
    rig.rung.clear()

    for _ in range(3):
        await reminders.remind()

    assert rig.rung.is_set()
    assert told(rig, character) == [(1, NoticeState.PENDING)]
    assert await rig.tell() == [LAPSING]
    await reminders.remind()
    assert told(rig, character) == [(1, NoticeState.DELIVERED)]
    assert len(attempts(rig, character)) == 1
    assert rig.provider.submissions == []


@pytest.mark.parametrize(
    ("stops_in", "is_told"), [(AHEAD + SECOND, False), (-LATE, False), (SECOND - LATE, True)]
)
async def test_nobody_is_told_too_early_nor_long_after(stops_in: timedelta, *, is_told: bool) -> None:
    rig = Rig()
    character = await made(rig, stops_in)

    await reminders_of(rig).remind()

    assert bool(told(rig, character)) is is_told


async def test_where_it_is_never_renewed_nobody_is_told() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)

    await reminders_of(rig, Renewal.NEVER).remind()

    assert told(rig, character) == []
    assert len(attempts(rig, character)) == 1


async def test_where_it_is_renewed_by_itself_that_is_done_once_for_its_owner() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    reminders = reminders_of(rig, Renewal.AUTOMATIC)

    await reminders.remind()
    await reminders.remind()

    assert [(one.number, one.requested_by) for one in attempts(rig, character)] == [
        (1, OWNER_ID),
        (2, OWNER_ID),
    ]
    assert told(rig, character) == []
    attempt = await carried_through(rig, character, Made("char_new"))
    assert attempt.state is S.SUCCEEDED
    await reminders.remind()
    assert len(attempts(rig, character)) == 2
    assert len(rig.provider.submissions) == 1


async def test_a_renewal_that_failed_is_not_repeated_by_machine() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    reminders = reminders_of(rig, Renewal.AUTOMATIC)
    await reminders.remind()
    await carried_through(rig, character, Broke(Fault.LIKENESS))

    await reminders.remind()

    assert [one.state for one in attempts(rig, character)] == [S.SUCCEEDED, S.FAILED]
    assert told(rig, character) == []


async def test_what_cannot_be_renewed_by_itself_is_told() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    del rig.clips.objects[KEPT.key]
    reminders = reminders_of(rig, Renewal.AUTOMATIC)

    await reminders.remind()
    await reminders.remind()

    assert told(rig, character) == [(1, NoticeState.PENDING)]
    assert len(attempts(rig, character)) == 1


async def test_a_day_that_is_full_is_told_and_its_owner_may_renew_later() -> None:
    rig = Rig(daily_cap=1)
    character = await made(rig, AHEAD)

    await reminders_of(rig, Renewal.AUTOMATIC).remind()

    assert told(rig, character) == [(1, NoticeState.PENDING)]
    assert len(attempts(rig, character)) == 1


async def test_one_that_was_renewed_meanwhile_is_left_alone() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    other = replace(character, character_id="01K0000000000000000000OTHE", name="Owl")
    rig.world.characters[other.character_id] = other
    await rig.renewals.renew(Person(OWNER_ID, GUILD_ID), character.character_id)

    await reminders_of(rig, Renewal.AUTOMATIC).remind()

    assert [one.renews for one in attempts(rig, character)] == [None, character.character_id]


async def test_for_a_server_that_the_bot_was_removed_from_nothing_is_renewed_unasked() -> None:
    rig = Rig()
    character = await made(rig, AHEAD)
    await rig.departures.leave(GUILD_ID, NOON)

    await reminders_of(rig, Renewal.AUTOMATIC).remind()

    assert len(attempts(rig, character)) == 1
    assert told(rig, character) == [(1, NoticeState.PENDING)]
