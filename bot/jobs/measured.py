"""The engine's partners with a meter in front: what is measured is seen from outside, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol, TypeVar

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.jobs.rounds import rounds
from bot.model import Attempt, Job, MessageRef, Story, Visibility
from bot.notices import Announcement
from bot.operator.figures import CallOutcome, Meter, Rung
from bot.ports import (
    Announcer,
    Capabilities,
    Delivered,
    Made,
    Parked,
    Provider,
    Submission,
    TaskReport,
)

TELLING = "telling"
"""The step of the outbox; all others are named by the state in which they find an attempt."""
LAG_LOOK_SECONDS = 1.0

T = TypeVar("T")


class Steps(Protocol):
    """What carries an attempt one step further: the engine."""

    async def advance(self, attempt: Attempt) -> None:
        """Takes the step that the attempt's state asks for; the caller holds its lease."""


class MeasuredSteps:
    """The engine, its steps timed by the state in which they began."""

    def __init__(self, steps: Steps, meter: Meter) -> None:
        self._steps = steps
        self._meter = meter

    async def advance(self, attempt: Attempt) -> None:
        with _timed(self._meter, attempt.state):
            await self._steps.advance(attempt)


class MeasuredProvider:
    """A provider, its calls counted by how they ended."""

    def __init__(self, provider: Provider, meter: Meter) -> None:
        self._provider = provider
        self._meter = meter

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        return await self._counted("hand_over", self._provider.hand_over(source, kind, chunks))

    async def submit(self, submission: Submission) -> str | Made:
        return await self._counted("submit", self._provider.submit(submission))

    async def look_up(self, task_id: str) -> TaskReport:
        return await self._counted("look_up", self._provider.look_up(task_id))

    async def probe(self) -> None:
        await self._counted("probe", self._provider.probe())

    async def _counted(self, call: str, answer: Awaitable[T]) -> T:
        try:
            given = await answer
        except ProviderError as error:
            self._meter.provider_answered(self.name, call, outcome_of(error), error.fault)
            raise
        self._meter.provider_answered(self.name, call, CallOutcome.ANSWERED, None)
        return given


class MeasuredAnnouncer:
    """An announcer, its deliveries timed and counted by where they went."""

    def __init__(self, announcer: Announcer, meter: Meter) -> None:
        self._announcer = announcer
        self._meter = meter

    async def first_response(self, job: Job) -> MessageRef | None:
        return await self._announcer.first_response(job)

    async def deliver(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        with _timed(self._meter, TELLING):
            outcome = await self._announcer.deliver(announcement, story)
        self._meter.told(announcement.kind, rung_of(outcome, story.job))
        return outcome


class LoopWatch:
    """Looks once a second how late that second comes: whatever holds the event loop up holds everybody up."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._looked_at: float | None = None

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Looks for as long as the block."""
        return rounds(self.look, every_seconds=LAG_LOOK_SECONDS, failed="loop_unwatched")

    async def look(self) -> None:
        """Tells the meter how much later than due this look comes; of the first one nobody can say."""
        now = asyncio.get_running_loop().time()
        if self._looked_at is not None:
            self._meter.loop_lagged(max(0.0, now - self._looked_at - LAG_LOOK_SECONDS))
        self._looked_at = now


def outcome_of(error: ProviderError) -> CallOutcome:
    match error:
        case NotSent():
            return CallOutcome.NOT_SENT
        case Refused():
            return CallOutcome.REFUSED
        case Unanswered():
            return CallOutcome.UNANSWERED
        case _:
            return CallOutcome.OTHER


def rung_of(outcome: Delivered | Parked, job: Job) -> Rung:
    """Where an announcement went, seen by what it left behind; `job` as it was before."""
    if isinstance(outcome, Parked):
        return Rung.PARKED
    if outcome.message is None:
        return Rung.NO_MESSAGE
    channel_id = outcome.message.channel_id
    if outcome.message in (outcome.card, job.card):
        return Rung.CARD
    if channel_id == job.thread_id:
        return Rung.THREAD
    if channel_id == outcome.thread_id:
        return Rung.NEW_THREAD
    if job.card and channel_id == job.card.channel_id:
        return Rung.REPLY
    is_private = job.order.visibility is Visibility.PRIVATE
    return Rung.PRIVATE if is_private else Rung.OTHER_CHANNEL


@contextmanager
def _timed(meter: Meter, step: str) -> Iterator[None]:
    """Tells how long the block took, however it ends."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    try:
        yield
    finally:
        meter.step_taken(step, loop.time() - began_at)
