"""One random history as it is lived: a process that dies and starts again, and what members do meanwhile."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.clip import Part
from bot.errors import DramatisError, DuplicateInteraction, LimitReached, NotAllowed, NotFound
from bot.jobs.runner import CHOSEN, LEASE_SECONDS, LOST, NEW, UNDER_WAY
from bot.model import RETRYABLE_STATES, Attempt, AttemptState, Job, MessageRef, Order, Person, Visibility
from bot.moderation.servers import Approval
from bot.notices import Announcement, NoticeState
from bot.refusals.reviews import ReviewOver
from tests.builders import GUILD_ID, PROVIDER, a_snowflake, an_order
from tests.integration.job_ground import Census, Plot
from tests.integration.job_laws import Laws
from tests.integration.job_outside import Crash, Deed, Plan
from tests.integration.job_process import RULES, Outside, Process

UPLOAD_LANE, SUBMIT_LANE, OUTBOX_LANE = "upload", "submit", "outbox"
LANES = {
    "intake": NEW,
    "cut": CHOSEN,
    UPLOAD_LANE: {AttemptState.QUEUED},
    SUBMIT_LANE: {AttemptState.HANDED_OVER},
    "lost": LOST,
    "follow": UNDER_WAY,
    "overdue": {AttemptState.QUEUED, AttemptState.HANDED_OVER},
}
BEHIND_BREAKER = (UPLOAD_LANE, SUBMIT_LANE)
MANAGER = 1200000000000000777
MOST_ROUNDS = 600
"""Far more than any history needs to come to rest."""


class Shown(StrEnum):
    """How far the answer to an interaction came."""

    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "shown, and then nothing"
    WITHDRAWN = "not shown, withdrawn"
    NOTHING = "not shown, and then nothing"


@dataclass
class Held:
    """What a slow worker has claimed and not stepped yet."""

    item: Attempt | Announcement
    step: Callable[[Any], Awaitable[None]]
    strikes: int


class Life:
    """What can happen; each verb leaves the laws to be looked at."""

    def __init__(self, plot: Plot) -> None:
        self.outside = Outside(plot)
        self.ledger = self.outside.ledger
        self.clock = self.outside.clock
        self.provider = self.outside.provider
        self.discord = self.outside.discord
        self.process = Process(self.outside)
        self.held: list[Held] = []
        self.seen = Census({}, {}, {}, [], {}, 0, frozenset())
        self._touched = True
        self._idle = False
        self.orders: list[Order] = []
        self.laws = Laws(self.ledger, self.provider, self.outside.clips, RULES)
        self.outside.fate.deeds = {
            Deed.CANCEL: self._cancel_any,
            Deed.HINT: self._hint_any,
            Deed.TAKEOVER: self._take_over,
        }

    async def census(self) -> Census:
        return await self.outside.plot.census()

    async def check(self) -> None:
        """Looks whether every promise still holds, if anything has happened since the last look."""
        if self._touched:
            self._touched = False
            self.seen = await self.census()
            self.laws.look(self.seen)
            self.laws.look_at_deliveries()

    async def restart(self) -> None:
        """A new process over the same rows; what the old one held in memory is gone."""
        self._touched = True
        self.outside.fate.revive()
        self.held.clear()
        self.process = Process(self.outside)
        await self.outside.plot.stores.instances.release()
        assert (await self.census()).leases == 0, "a lease is held by nobody"

    async def act(self, plan: Plan | None, action: Callable[[], Awaitable[object]]) -> bool:
        """Does something, during which the plan may strike; True when it went through undisturbed."""
        fate = self.outside.fate
        self._touched = True
        fate.arm(plan)
        try:
            await action()
        except (Crash, OSError):
            assert fate.struck
        finally:
            struck = fate.struck
            fate.arm(None)
            if fate.dead:
                await self.restart()
        return struck is None

    # What members do.

    async def order(self, shown: Shown, **changes: Any) -> None:
        order = an_order(**changes)
        self.orders.append(order)
        self.discord.called_at[order.ticket.interaction_id] = self.clock.now()
        try:
            story = await self.process.desk.accept(order)
        except LimitReached:
            return
        if shown in (Shown.ACKNOWLEDGED, Shown.UNACKNOWLEDGED):
            await self.acknowledge(order, story.job.job_id, only_show=shown is Shown.UNACKNOWLEDGED)
        elif shown is Shown.WITHDRAWN:
            await self.process.desk.withdraw(story.job.job_id)

    async def acknowledge(self, order: Order, job_id: str, *, only_show: bool) -> None:
        card = self.discord.shown.setdefault(order.ticket.interaction_id, a_message(order))
        self.laws.promised[order.ticket.interaction_id] = job_id
        if not only_show:
            await self.process.desk.acknowledge(
                job_id, card if order.visibility is Visibility.THREAD else None
            )

    def order_of(self, job: Job) -> Order:
        """The order as it was given; what is stored of it forgets the ticket."""
        return self._order_of(job.order.ticket.interaction_id)

    def _order_of(self, interaction_id: int) -> Order:
        return next(order for order in self.orders if order.ticket.interaction_id == interaction_id)

    async def order_twice(self, interaction_id: int) -> None:
        """Discord delivers an interaction again."""
        before = self.seen
        order = self._order_of(interaction_id)
        with suppress(DuplicateInteraction):
            await self.process.desk.accept(order)
        after = await self.census()
        assert (after.jobs, after.attempts) == (before.jobs, before.attempts), "a second job"

    async def retry(self, job_id: str, number: int, person: Person) -> None:
        before, job = self.seen.attempts_of(job_id), self.seen.jobs[job_id]
        try:
            await self.process.desk.retry(job_id, number, person)
        except DramatisError as error:
            self._refused_rightly(error, person, job)
            assert (await self.census()).attempts_of(job_id) == before
        else:
            assert may_act(person, job.order)
            assert before[-1].state in RETRYABLE_STATES
            assert before[-1].number == number

    async def choose(self, job_id: str, part: Part, person: Person) -> None:
        job = self.seen.jobs[job_id]
        try:
            await self.process.desk.choose(job_id, part, person)
            is_theirs = True
        except DramatisError as error:
            is_theirs = not isinstance(error, NotAllowed | NotFound)
        assert is_theirs == (person == owner_of(job.order))

    def held_for_moderators(self) -> list[Attempt]:
        """What waits for a yes."""
        return [one for one in self.seen.attempts.values() if one.state is AttemptState.REVIEW]

    async def ask_moderators(self, approval: Approval) -> None:
        """The server decides what its moderators look at, from now on."""
        by: dict[str, Any] = {"actor_id": MANAGER, "now": self.clock.now()}
        await self.outside.plot.stores.servers.change(GUILD_ID, "approval", approval.value, **by)

    async def decide(self, attempt_id: str, person: Person, *, approves: bool) -> None:
        """A moderator, or somebody else, presses a button under the question."""
        attempt = self.seen.attempts[attempt_id]
        order, desk = self.seen.jobs[attempt.job_id].order, self.process.reviewing
        is_theirs = may_act(person, order) and person.user_id not in (order.owner_id, attempt.requested_by)
        try:
            if approves:
                await desk.approve(attempt_id, person)
            else:
                await desk.reject(attempt_id, person, "no")
        except ReviewOver:
            assert may_act(person, order)
        except (NotAllowed, NotFound):
            assert not is_theirs
        else:
            assert is_theirs
            assert attempt.state is AttemptState.REVIEW, "decided without being asked"

    async def cancel(self, job_id: str, person: Person) -> None:
        job = self.seen.jobs[job_id]
        try:
            await self.process.desk.cancel(job_id, person)
        except DramatisError as error:
            self._refused_rightly(error, person, job)
        else:
            assert may_act(person, job.order)

    @staticmethod
    def _refused_rightly(error: DramatisError, person: Person, job: Job) -> None:
        is_theirs = not isinstance(error, NotAllowed | NotFound)
        assert is_theirs == may_act(person, job.order), error

    async def _cancel_any(self) -> None:
        for job in (await self.census()).jobs.values():
            with suppress(DramatisError):
                await self.process.desk.cancel(job.job_id, owner_of(job.order))
        await self._look_meanwhile()

    # What the provider does.

    async def hint(self, token: str, task_id: str, *, signed: bool) -> None:
        if signed:
            self.laws.revivable.add(token)
        if signed and task_id != self.provider.task_of.get(token):
            self.laws.misled.add(token)
        await self.process.hints.take(token, task_id, signed=signed)

    async def _hint_any(self) -> None:
        for token, task_id in list(self.provider.task_of.items()):
            await self.hint(token, task_id, signed=True)
        await self._look_meanwhile()

    async def _look_meanwhile(self) -> None:
        """So that what the step in hand makes of it afterwards is seen too."""
        self.laws.look(await self.census())

    # What the process does.

    async def claim(self, lane: str, process: Process | None = None) -> list[Held]:
        work = (process or self.process).lanes[lane]
        strikes = self.outside.fate.strikes
        claimed = await work.claim(1)
        if lane in BEHIND_BREAKER and claimed and self.outside.fate.strikes == strikes:
            circuit = await self.outside.plot.stores.circuits.get(PROVIDER)
            assert circuit is None, "the queue moves although the circuit is open"
        return [Held(item, work.step, strikes) for item in claimed]

    async def step(self, held: Held, *, late: bool = False) -> None:
        item = held.item
        try:
            await held.step(item)
        finally:
            if isinstance(item, Announcement) and (late or self.outside.fate.strikes > held.strikes):
                self.ledger.disturbed[item.announcement_id] += 1

    async def work(self, lanes: list[str]) -> bool:
        """One step in the first of the lanes that has something to do."""
        self._idle = False
        for lane in filter(self._may_have_work, lanes):
            for held in await self.claim(lane):
                await self.step(held)
                return True
        self._idle = True
        return False

    async def go_on(self, lanes: list[str], steps: int) -> None:
        """Some steps, each when it is due."""
        for _ in range(steps):
            self.clock.advance(self.due_seconds())
            self._touched = True
            await self.work(lanes)
            await self.check()

    async def hold(self, lanes: list[str]) -> None:
        """Claims for a worker that is slow."""
        self._touched = True
        for lane in filter(self._may_have_work, lanes):
            if claimed := await self.claim(lane):
                self.held += claimed
                return

    async def _take_over(self) -> None:
        """The step takes so long that its lease ends, and another process goes on with the row."""
        self.clock.advance(LEASE_SECONDS + 1)
        other = Process(self.outside)
        for lane in filter(self._may_have_work, list(other.lanes)):
            for held in await self.claim(lane, other):
                await self.step(held)

    def _may_have_work(self, lane: str) -> bool:
        """Whether anything was due there at the last look: most claims would come back with nothing."""
        return any(moment <= self.clock.now() for moment in self._due_in(lane))

    def _due_in(self, lane: str) -> list[datetime]:
        if lane == OUTBOX_LANE:
            notices = self.seen.announcements.values()
            return [notice.due_at for notice in notices if notice.state is NoticeState.PENDING]
        return [attempt.due_at for attempt in self.seen.attempts.values() if attempt.state in LANES[lane]]

    def due_seconds(self) -> float:
        """From now until something is due; what is due already and held up is not waited for."""
        moments = [moment for lane in self.process.lanes for moment in self._due_in(lane)]
        later = [moment for moment in moments if moment > self.clock.now()]
        if not later or (len(later) < len(moments) and not self._idle):
            return 0.0
        return (min(later) - self.clock.now()) / timedelta(seconds=1)

    async def next_due_seconds(self) -> float | None:
        """From now until a lane would look again."""
        moments = [await work.next_due() for work in self.process.lanes.values()]
        due = [moment for moment in moments if moment is not None]
        return (min(due) - self.clock.now()) / timedelta(seconds=1) if due else None

    async def come_to_rest(self) -> None:
        """The provider's good day: everything that is open ends, and everybody is told."""
        self.provider.heal()
        self.discord.outcomes.clear()
        self.discord.deaf.clear()
        await self.restart()
        for _ in range(MOST_ROUNDS):
            if not await self.work(list(self.process.lanes)):
                seconds = await self.next_due_seconds()
                if seconds is None:
                    break
                self.clock.advance(max(seconds, 0.5))
            else:
                self._touched = True
                await self.check()
        self._touched = True
        await self.check()
        self.laws.look_at_rest(await self.census())


def may_act(person: Person, order: Order) -> bool:
    here = person.guild_id == order.place.guild_id
    return here and (person.user_id == order.owner_id or (person.may_manage and person.guild_id is not None))


def owner_of(order: Order) -> Person:
    return Person(order.owner_id, order.place.guild_id)


def a_message(order: Order) -> MessageRef:
    return MessageRef(order.place.channel_id, a_snowflake())
