"""Long random histories, lived through by the fakes and both databases: every answer has to be the same."""

import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DramatisError
from bot.fault import Fault
from bot.model import MOVES, Attempt, AttemptState, Circuit, MessageRef, Place, PlaceKind
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered
from bot.stores import Rate
from storage.database import sqlite_url
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_character, a_clip, a_job, an_attempt
from tests.contract.stores import PLENTY, Stores, memory_stores, sql_stores
from tests.postgres.server import PostgresServer

STEPS = 150
PROVIDERS = ("one", "other")
CAP = 25
RATE = Rate(4, 10.0)
FORMS = ("form 1", "form 2", "form 3")
SECOND = timedelta(seconds=1)

Verb = Callable[[Stores], Awaitable[Any]]


@dataclass
class History:
    """What happens next, and what is known so far of what happened."""

    chance: random.Random
    makes: list[Stores]
    now: datetime = NOON
    job_ids: list[str] = field(default_factory=list)
    copies: list[Attempt] = field(default_factory=list)
    notices: list[tuple[Announcement, ...]] = field(default_factory=list)
    outcomes: int = 0

    async def all(self, verb: Verb) -> Any:
        """The answer of all makes, which is one answer; an error on purpose is an answer too."""
        one, *others = [await answer_of(verb, stores) for stores in self.makes]
        for other in others:
            assert comparable(one) == comparable(other)
        self.outcomes += not isinstance(one, type)
        return one

    def some_job_id(self) -> str:
        return self.chance.choice([*self.job_ids[-12:], "01K"])

    def some_copy(self) -> Attempt:
        """A copy of an attempt as it was lately: often current, sometimes stale."""
        return self.chance.choice(self.copies[-8:])

    def remember(self, answer: Any) -> None:
        self.copies += [found for found in as_list(answer) if isinstance(found, Attempt)]


async def answer_of(verb: Verb, stores: Stores) -> Any:
    try:
        return await verb(stores)
    except DramatisError as error:
        return type(error)


def as_list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def comparable(answer: Any) -> Any:
    """The answer without the numbers that a database gives out as it likes."""
    if isinstance(answer, list):
        return [comparable(part) for part in answer]
    return replace(answer, announcement_id=0) if isinstance(answer, Announcement) else answer


async def accept(history: History) -> None:
    place = Place(history.chance.choice((GUILD_ID, 2, None)), 3, PlaceKind.TEXT)
    job = a_job(created_at=history.now, owner_id=history.chance.choice((OWNER_ID, 1)), place=place)
    attempt = an_attempt(job, provider=history.chance.choice(PROVIDERS))
    form_id = history.chance.choice((None, *FORMS))
    accepted = await history.all(
        lambda stores: stores.jobs.accept(job, attempt, daily_cap=CAP, form_id=form_id)
    )
    if accepted is None:
        history.job_ids.append(job.job_id)
        history.copies.append(attempt)


async def acknowledge(history: History) -> None:
    job_id, card = history.some_job_id(), history.chance.choice((None, MessageRef(5, 6)))
    await history.all(lambda stores: stores.jobs.acknowledge(job_id, card, history.now))


async def claim(history: History) -> None:
    states = history.chance.sample(list(AttemptState), 4)
    limit = history.chance.randrange(4)
    history.remember(await history.all(lambda stores: stores.jobs.claim(states, history.now, 8, limit)))


async def claim_turns(history: History) -> None:
    limit = history.chance.randrange(1, 4)
    history.remember(
        await history.all(lambda stores: stores.jobs.claim_turns(PROVIDER, history.now, 8, limit))
    )
    await history.all(lambda stores: stores.jobs.next_turn(PROVIDER, history.now))


async def save(history: History) -> None:
    chance, copy = history.chance, history.some_copy()
    states = sorted(MOVES[copy.state] - {AttemptState.SUBMITTING})
    changed = copy.postpone(history.now + chance.randrange(5) * SECOND, polls=copy.polls + 1)
    if states and chance.random() < 0.7:
        changed = copy.move(chance.choice(states), due_at=history.now, task_id=chance.choice((None, "t")))
    made = a_character(changed) if changed.state is AttemptState.SUCCEEDED else None
    notices = chance.sample(list(NoticeKind), chance.randrange(4))
    clip = chance.choice((None, a_clip()))
    answer = await history.all(
        lambda stores: stores.jobs.save(
            changed, now=history.now, notices=notices, clip=clip, character=made, forget_ticket=clip is None
        )
    )
    history.remember(answer)


async def submit(history: History) -> None:
    ready = [copy for copy in history.copies[-20:] if copy.state is AttemptState.HANDED_OVER]
    if ready:
        copy = history.chance.choice(ready)
        history.remember(
            await history.all(lambda stores: stores.jobs.begin_submission(copy, now=history.now, rate=RATE))
        )


async def retry(history: History) -> None:
    copy = history.some_copy()
    again = an_attempt(
        job_id=copy.job_id, number=copy.number + 1, created_at=history.now, provider=copy.provider
    )
    if await history.all(lambda stores: stores.jobs.job(copy.job_id)) is not None:
        answer = await history.all(lambda stores: stores.jobs.open_attempt(again, daily_cap=CAP))
        history.remember(again if answer is None else None)


async def forget(history: History) -> None:
    job_id = history.some_job_id()
    if history.chance.random() < 0.3:
        await history.all(lambda stores: stores.jobs.forget(job_id))


async def tell(history: History) -> None:
    limit = history.chance.randrange(1, 4)
    claims = [await stores.announcements.claim(history.now, 8, limit) for stores in history.makes]
    for claimed in claims:
        assert comparable(claimed) == comparable(claims[0])
    history.notices += zip(*claims, strict=True)


async def settle(history: History) -> None:
    """Each make is given its own notice, because ids differ."""
    if not history.notices:
        return
    notices = history.chance.choice(history.notices[-6:])
    what = history.chance.randrange(3)
    told = Delivered(MessageRef(7, history.chance.randrange(9)), thread_id=history.chance.choice((None, 8)))
    for stores, notice in zip(history.makes, notices, strict=True):
        if what == 0:
            await stores.announcements.mark_delivered(notice, told, history.now)
        elif what == 1:
            await stores.announcements.postpone(notice, history.now + 3 * SECOND)
        else:
            await stores.announcements.park(notice, "gone")


async def switch(history: History) -> None:
    provider = history.chance.choice(PROVIDERS)
    circuit = Circuit(provider, history.chance.choice((Fault.NO_CREDIT, Fault.MODEL_OFF)), NOON, history.now)
    if history.chance.random() < 0.5:
        await history.all(lambda stores: stores.circuits.open(circuit, history.now))
    else:
        await history.all(lambda stores: stores.circuits.close(provider, history.now))


async def restart(history: History) -> None:
    if history.chance.random() < 0.2:
        await history.all(lambda stores: stores.instances.release())


async def look(history: History) -> None:
    job_id, states = history.some_job_id(), history.chance.sample(list(AttemptState), 3)
    looks: list[Verb] = [
        lambda stores: stores.jobs.story(job_id),
        lambda stores: stores.jobs.story(job_id, 1),
        lambda stores: stores.jobs.stories_of(OWNER_ID, GUILD_ID, 5),
        lambda stores: stores.jobs.next_due(states),
        lambda stores: stores.announcements.next_due(),
        lambda stores: stores.announcements.pending_of(job_id),
        lambda stores: stores.announcements.parked_of(job_id),
        lambda stores: stores.characters.of_owner(OWNER_ID, PLENTY),
        lambda stores: stores.characters.find(OWNER_ID, "MIRA"),
        lambda stores: stores.circuits.get("one"),
    ]
    for verb in looks:
        await history.all(verb)


OFTEN = (save, look, tell, settle)
SOMETIMES = (accept, claim, claim_turns, submit)
SELDOM = (acknowledge, retry, forget, switch, restart)
MIX = 5 * OFTEN + 3 * SOMETIMES + SELDOM


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_history_is_the_same_in_memory_and_in_the_databases(
    seed: int, tmp_path: Path, postgres: PostgresServer
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres.database())
        addresses = [sqlite_url(tmp_path / "dramatis.db"), url]
        makes = [memory_stores(), *(sql_stores(address) for address in addresses)]
        history = History(random.Random(seed), [await stack.enter_async_context(make) for make in makes])
        await accept(history)
        for _ in range(STEPS):
            await history.chance.choice(MIX)(history)
            history.now += history.chance.choice((0, 0, 1, 5)) * SECOND / 2

    assert history.outcomes > STEPS, "a history of refusals proves little"
