"""The same clip with the same words, ordered again within ten minutes, is the job that there is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.clip import SourceTask
from bot.model import Attachment, AttemptState, Job, Order, Person, Place, PlaceKind, Subject, Visibility
from bot.orders.repeats import REPEATED_WITHIN
from bot.refusals.entries import AlreadyOrdered
from tests.builders import (
    CHANNEL_ID,
    GUILD_ID,
    NOON,
    OWNER_ID,
    a_job,
    a_snowflake,
    an_attempt,
    an_order,
)
from tests.contract.stores import PLENTY, Stores, a_claimed, a_waiting_attempt

S = AttemptState
ORDER = an_order(attachment=Attachment("https://cdn.discordapp.com/1", "fox.mp4", 41_230))


def repeated(order: Order = ORDER, **changes: Any) -> Job:
    """The same order in another interaction, its clip at another address, in another channel perhaps."""
    ticket = replace(order.ticket, interaction_id=a_snowflake())
    attachment = replace(order.attachment, url=f"https://cdn.discordapp.com/{a_snowflake()}")
    created_at = changes.pop("created_at", NOON)
    fields: dict[str, Any] = {"ticket": ticket, "attachment": attachment} | changes
    again = replace(order, **fields)
    return a_job(order=again, created_at=created_at)


async def accept(stores: Stores, job: Job) -> None:
    person = Person(job.order.owner_id, job.order.place.guild_id)
    await stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, person=person)


async def test_another_part_of_a_video_is_another_order(stores: Stores) -> None:
    source = SourceTask("0123456789abcdef", 0.5, 3.0)
    first = repeated(source_task=source)
    await accept(stores, repeated())
    await accept(stores, first)
    await accept(stores, repeated(source_task=replace(source, end_seconds=3.5)))

    with pytest.raises(AlreadyOrdered) as caught:
        await accept(stores, repeated(source_task=source))

    assert caught.value.job_id == first.job_id
    stored = await stores.jobs.job(first.job_id)
    assert stored is not None
    assert stored.order.source_task == source


async def test_the_same_order_within_ten_minutes_is_answered_with_its_job(stores: Stores) -> None:
    first = repeated()
    await accept(stores, first)

    with pytest.raises(AlreadyOrdered) as caught:
        await accept(stores, repeated(place=Place(GUILD_ID, CHANNEL_ID + 1, PlaceKind.VOICE)))

    assert (caught.value.job_id, caught.value.created_at) == (first.job_id, NOON)
    assert caught.value.reference == first.reference
    just_in_time = NOON + REPEATED_WITHIN - timedelta(seconds=1)
    with pytest.raises(AlreadyOrdered):
        await accept(stores, repeated(created_at=just_in_time))
    await accept(stores, repeated(created_at=NOON + REPEATED_WITHIN))


@pytest.mark.parametrize(
    "change",
    [
        {"owner_id": OWNER_ID + 1},
        {"place": Place(GUILD_ID + 1, CHANNEL_ID, PlaceKind.TEXT)},
        {"place": Place(None, CHANNEL_ID, PlaceKind.DM)},
        {"subject": Subject.FICTIONAL},
        {"prompt": "a calm voice!"},
        {"safety": ""},
        {"name": None},
        {"visibility": Visibility.PRIVATE},
        {"attachment": replace(ORDER.attachment, size_bytes=41_231)},
        {"attachment": replace(ORDER.attachment, filename="fox2.mp4")},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_whatever_is_different_makes_another_order(stores: Stores, change: dict[str, Any]) -> None:
    await accept(stores, repeated())
    await accept(stores, repeated(**change))

    with pytest.raises(AlreadyOrdered):
        await accept(stores, repeated(**change))


@pytest.mark.parametrize("state", [S.REJECTED, S.CANCELLED, S.FAILED])
async def test_what_came_to_nothing_may_be_ordered_anew(stores: Stores, state: AttemptState) -> None:
    first = repeated()
    await accept(stores, first)
    (attempt,) = await stores.jobs.claim([S.RECEIVED], NOON, 60, 1)
    queued = attempt if state is S.REJECTED else attempt.move(S.QUEUED)
    if queued is not attempt:
        queued = await stores.jobs.save(queued, now=NOON)
    await stores.jobs.save(queued.move(state, ended_at=NOON), now=NOON)

    await accept(stores, repeated())


@pytest.mark.parametrize("state", [S.SUCCEEDED])
async def test_what_has_become_a_character_is_not_ordered_twice(stores: Stores, state: AttemptState) -> None:
    waiting = await a_waiting_attempt(stores, "task", job=repeated())
    claimed = await a_claimed(stores, waiting)
    await stores.jobs.save(claimed.move(state, ended_at=NOON), now=NOON)

    with pytest.raises(AlreadyOrdered):
        await accept(stores, repeated())


async def test_a_job_that_was_taken_back_stands_for_nothing(stores: Stores) -> None:
    first = repeated()
    await accept(stores, first)
    await stores.jobs.forget(first.job_id)

    await accept(stores, repeated())


async def test_fifty_of_the_same_at_once_are_one_job(stores: Stores) -> None:
    answers = await asyncio.gather(*(accept(stores, repeated()) for _ in range(50)), return_exceptions=True)

    assert answers.count(None) == 1
    assert {type(answer) for answer in answers} == {type(None), AlreadyOrdered}
