"""Which characters are about to stop working, and that their owners are told of each id once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import AttemptState, Character
from bot.notices import NoticeKind, NoticeState, nonce_of
from bot.stores import Lapse
from tests.builders import NOON, OWNER_ID, a_character, an_attempt, an_id
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, a_waiting_attempt

HOUR = timedelta(hours=1)
S = AttemptState
LAPSING = NoticeKind.LAPSING


async def made(stores: Stores, stops_in: timedelta | None) -> Character:
    """A character that its job made at noon."""
    attempt = await a_waiting_attempt(stores, an_id())
    stops = None if stops_in is None else NOON + stops_in
    character = a_character(attempt, name=None, may_stop_working_at=stops)
    await stores.jobs.save(attempt.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=character)
    return character


async def renewed(stores: Stores, character: Character, number: int, state: AttemptState) -> Character | None:
    """The character after one more attempt that ended in this state."""
    attempt = an_attempt(
        job_id=character.job_id, number=number, state=S.QUEUED, renews=character.character_id
    )
    await stores.jobs.open_attempt(attempt, daily_cap=PLENTY)
    if state is S.QUEUED:
        return None
    steps = {S.SUCCEEDED: (S.HANDED_OVER, S.SUBMITTING), S.UNKNOWN: (S.HANDED_OVER, S.SUBMITTING)}
    for step in steps.get(state, ()):
        attempt = await stores.jobs.save(attempt.move(step), now=NOON)
    new = replace(character, provider_character_id=f"char_{number}", may_stop_working_at=NOON + number * HOUR)
    succeeded = new if state is S.SUCCEEDED else None
    await stores.jobs.save(attempt.move(state, ended_at=NOON), now=NOON, character=succeeded)
    return succeeded


async def lapsing(stores: Stores) -> list[Lapse]:
    return await stores.characters.lapsing(NOON, NOON + 6 * HOUR)


async def test_what_stops_in_that_time_is_listed_the_first_one_first(stores: Stores) -> None:
    for hours in (0, 7, 30):
        await made(stores, hours * HOUR)
    await made(stores, None)
    later, sooner = await made(stores, 6 * HOUR), await made(stores, HOUR)

    assert await lapsing(stores) == [Lapse(sooner, 1), Lapse(later, 1)]


async def test_an_id_that_was_told_about_is_not_listed_again_and_its_row_has_its_own_nonce(
    stores: Stores,
) -> None:
    character = await made(stores, HOUR)

    for _ in range(2):
        await stores.announcements.add(character.job_id, 1, LAPSING, NOON)

    assert await lapsing(stores) == []
    claimed = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    assert [(one.kind, one.attempt_number, one.state, one.nonce) for one in claimed] == [
        (LAPSING, 1, NoticeState.PENDING, nonce_of(character.job_id, 1, LAPSING))
    ]


@pytest.mark.parametrize("state", [S.QUEUED, S.FAILED, S.CANCELLED, S.UNKNOWN])
async def test_what_somebody_tried_to_renew_since_is_not_listed(stores: Stores, state: AttemptState) -> None:
    character = await made(stores, HOUR)

    await renewed(stores, character, 2, state)

    assert await lapsing(stores) == []


async def test_the_new_id_of_a_renewed_character_is_listed_in_its_turn(stores: Stores) -> None:
    character = await made(stores, HOUR)
    await stores.announcements.add(character.job_id, 1, LAPSING, NOON)

    new = await renewed(stores, character, 2, S.SUCCEEDED)

    assert new is not None
    assert await lapsing(stores) == [Lapse(new, 2)]
    await stores.announcements.add(character.job_id, 2, LAPSING, NOON)
    assert await lapsing(stores) == []


async def test_a_deleted_character_is_not_listed_nor_one_whose_job_is_gone(stores: Stores) -> None:
    deleted, orphan = await made(stores, HOUR), await made(stores, HOUR)

    await stores.characters.delete(OWNER_ID, deleted.character_id)
    await stores.jobs.forget(orphan.job_id)

    assert await lapsing(stores) == []
