"""What waits for a provider whose model is off may be made at another one: which, and how it gets there.

An attempt changes its provider while it waits in the queue, in one stored step, so it has at most one paid
submission: whatever was sent before was refused, or it would not be in the queue.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bot.errors import ClipMissing
from bot.fault import Fault
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.suiting import suits
from bot.model import QUEUE_STATES, RETRYABLE_STATES, Attempt, AttemptState, Circuit, Job, Maker, Order, Story
from bot.moderation.servers import Failover
from bot.notices import NoticeKind
from bot.operator.credits import CreditStore, price
from bot.orders.source_task import SourceProblem, SourceRefused
from bot.ports import Clock, Provider, SourceKind
from bot.refusals.moves import NotMovable, Unmovable
from bot.stores import CircuitStore, JobStore, ServerStore, StrandedStore

OFF = frozenset({Fault.MODEL_OFF, Fault.FEATURE_OFF})
"""What another model has no part in. A key, a balance or a bad day of the vendor's may hold it up as well."""

CHOOSABLE = RETRYABLE_STATES | {AttemptState.OFFERED, AttemptState.SUCCEEDED}
"""Where somebody may order something next: another attempt, a part of a clip, a renewal."""
PRICES_LOOKED_AT = 20

log = structlog.get_logger(__name__)


def makers_of(providers: Mapping[str, Provider]) -> dict[str, Maker]:
    """All providers as people are told of them."""
    return {
        name: Maker(
            name,
            one.capabilities.label,
            from_picture=one.capabilities.source is SourceKind.PICTURE,
            from_task=one.capabilities.source is SourceKind.TASK,
            files=one.capabilities.files,
            texts=one.capabilities.texts,
        )
        for name, one in providers.items()
    }


def is_off(circuit: Circuit | None) -> bool:
    """Whether a provider takes nothing because its model is off."""
    return circuit is not None and circuit.fault in OFF


def takes(maker: Maker, job: Job) -> bool:
    """Whether the job has what a provider makes characters of, in a form in which it takes that."""
    try:
        return suits(job, wanted_by(maker), maker.files, maker.texts)
    except ClipMissing:
        return False


def wanted_by(maker: Maker) -> SourceKind:
    if maker.from_task:
        return SourceKind.TASK
    return SourceKind.PICTURE if maker.from_picture else SourceKind.CLIP


class Ways:
    """The ways on for what waits. `order` is PROVIDERS; `makers` also knows what is listed there no more."""

    def __init__(
        self,
        *,
        order: Sequence[str],
        makers: Mapping[str, Maker],
        circuits: CircuitStore,
        servers: ServerStore,
        new_token: Callable[[], str],
        ledger: CreditStore,
        clock: Clock,
    ) -> None:
        self._order = order
        self._ledger = ledger
        self._makers = makers
        self._circuits = circuits
        self._servers = servers
        self._new_token = new_token
        self._clock = clock

    def preferred(self, latest: str | None = None) -> str:
        """Where a new attempt begins: where the latest one was, while that is listed, else at the first.

        Of those that take clips, or pictures of them.
        """
        if latest is not None and latest in self._order:
            return latest
        return next(name for name in self._order if not self._makers[name].from_task)

    def beginning(self, order: Order) -> str:
        """Where the first attempt at an order begins.

        Raises:
            SourceRefused: it is about a video, and no provider that is listed takes one.
        """
        if order.source_task is None:
            return self.preferred()
        for name in self._order:
            if self._makers[name].from_task:
                return name
        raise SourceRefused(SourceProblem.NOT_OFFERED)

    async def described(self, story: Story) -> Story:
        """The story with its provider, and with the other one that is to be offered, if any."""
        maker, elsewhere = self.maker(story.attempt.provider), await self._offer(story)
        if maker is not None and story.attempt.state in CHOOSABLE:
            maker = await self.priced(maker)
        return replace(story, maker=maker, elsewhere=await self.priced(elsewhere) if elsewhere else None)

    async def first(self, latest: str | None = None) -> Maker:
        """The provider of `preferred`, with what its latest characters cost."""
        return await self.priced(self._makers[self.preferred(latest)])

    async def priced(self, maker: Maker) -> Maker:
        """The provider with what its latest characters cost, as far as it told."""
        return replace(maker, price=price(await self._ledger.told(maker.provider, PRICES_LOOKED_AT)))

    async def _offer(self, story: Story) -> Maker | None:
        if story.attempt.state not in QUEUE_STATES or not is_off(story.circuit):
            return None
        if await self._is_unwanted(story.job):
            return None
        return next(iter(await self.others(story.attempt.provider, story.job)), None)

    def maker(self, provider: str) -> Maker | None:
        """A provider as people are told of it; None for one that is not known any more."""
        return self._makers.get(provider)

    async def others(self, provider: str, job: Job) -> list[Maker]:
        """The other providers that would take the job now, in the operator's order."""
        return [one for one in await self.open_from(provider) if takes(one, job)]

    async def open_from(self, provider: str) -> list[Maker]:
        """The other providers that take clips now, or pictures of them, in the operator's order."""
        makers = [self._makers[name] for name in self._order if name != provider]
        return [
            maker
            for maker in makers
            if not maker.from_task and await self._circuits.get(maker.provider) is None
        ]

    async def moved(self, story: Story, provider: str) -> tuple[Maker, Attempt]:
        """The story's attempt in the queue of `provider`, where it was offered.

        Raises:
            NotMovable: it does not wait there, or may not go there.
        """
        if story.attempt.provider == provider:
            raise NotMovable(Unmovable.THERE_ALREADY)
        if story.attempt.state not in QUEUE_STATES:
            raise NotMovable(Unmovable.NOT_WAITING)
        if not is_off(story.circuit):
            raise NotMovable(Unmovable.ON_AGAIN)
        if await self._is_unwanted(story.job):
            raise NotMovable(Unmovable.SWITCHED_OFF)
        ways = await self.others(story.attempt.provider, story.job)
        maker = next((one for one in ways if one.provider == provider), None)
        if maker is None:
            raise NotMovable(Unmovable.NOT_TAKEN)
        return maker, self.at(story.attempt, provider)

    def at(self, attempt: Attempt, provider: str) -> Attempt:
        return attempt.elsewhere(provider, self._new_token(), self._clock.now())

    async def is_off(self, provider: str) -> bool:
        """Whether the model of a provider is off."""
        return is_off(await self._circuits.get(provider))

    async def _is_unwanted(self, job: Job) -> bool:
        settings = await self._servers.settings(job.order.place.guild_id)
        return settings.failover is Failover.OFF


class MovingOn:
    """Moves on by itself what waits in servers that have decided for it."""

    def __init__(
        self,
        *,
        ways: Ways,
        providers: Sequence[str],
        stranded: StrandedStore,
        jobs: JobStore,
        checkpoint: Checkpoint,
        clock: Clock,
    ) -> None:
        self._ways = ways
        self._providers = providers
        self._stranded = stranded
        self._jobs = jobs
        self._checkpoint = checkpoint
        self._clock = clock

    async def claim(self, lease_seconds: float, limit: int) -> Sequence[Attempt]:
        """Leases up to `limit` attempts that can be moved on now."""
        now = self._clock.now()
        for provider, maker in await self._routes():
            found = await self._stranded.claim(
                provider, now, lease_seconds, limit, with_poster=maker.from_picture
            )
            if found:
                return found
        return ()

    async def is_any(self) -> bool:
        """Whether `claim` may find something."""
        for provider, maker in await self._routes():
            if await self._stranded.is_any(provider, with_poster=maker.from_picture):
                return True
        return False

    async def move(self, attempt: Attempt) -> None:
        """Puts a claimed attempt in the queue of the first provider that takes it."""
        job = await self._jobs.job(attempt.job_id)
        if job is None:
            return
        maker = next(iter(await self._ways.others(attempt.provider, job)), None)
        if maker is None:
            await self._checkpoint.save(attempt)
            return
        log.info("moved_on", job_id=attempt.job_id, attempt=attempt.number, provider=maker.provider)
        await self._checkpoint.save(self._ways.at(attempt, maker.provider), NoticeKind.CARD)

    async def _routes(self) -> list[tuple[str, Maker]]:
        """From each provider whose model is off to each that takes orders."""
        return [
            (provider, maker)
            for provider in self._providers
            if await self._ways.is_off(provider)
            for maker in await self._ways.open_from(provider)
        ]
