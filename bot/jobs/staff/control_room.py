"""What the operator sees and decides about the whole bot; who may is asked before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.errors import NotFound
from bot.jobs.staff.oversight import Timeline, for_moderators
from bot.model import Circuit
from bot.moderation.gates import GateStore, Pause
from bot.operator.credits import Balance, CreditStore
from bot.operator.operating import Bar, Drain, Operating, OperatingStore, Vitals, VitalStore
from bot.ports import Clock
from bot.records import JobRecords, Wanted
from bot.refusals.settlements import ReferenceAmbiguous
from bot.stores import AnnouncementStore, CircuitStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot stands. `circuits` are those that are open, `balance` the last that is known."""

    at: datetime
    vitals: Vitals
    circuits: tuple[Circuit, ...]
    balance: Balance | None
    operating: Operating


@dataclass(frozen=True, slots=True)
class ServerStanding:
    """How a server stands with the bot: its jobs in all, and what keeps it from ordering more.

    `left_at` is when the bot was removed from it, where it is not there any more.
    """

    guild_id: int
    jobs: int
    bar: Bar | None
    pause: Pause | None
    left_at: datetime | None = None


class ControlRoom:
    """`providers` are all that could have an open circuit."""

    def __init__(
        self,
        *,
        operating: OperatingStore,
        vitals: VitalStore,
        ledger: CreditStore,
        circuits: CircuitStore,
        gates: GateStore,
        records: JobRecords,
        announcements: AnnouncementStore,
        providers: Sequence[str],
        clock: Clock,
    ) -> None:
        self._operating = operating
        self._vitals = vitals
        self._ledger = ledger
        self._circuits = circuits
        self._gates = gates
        self._records = records
        self._announcements = announcements
        self._providers = providers
        self._clock = clock

    async def standing(self) -> Standing:
        """Everything that the bot's own records tell of how it stands."""
        now = self._clock.now()
        found = [await self._circuits.get(provider) for provider in self._providers]
        return Standing(
            at=now,
            vitals=await self._vitals.vitals(now),
            circuits=tuple(circuit for circuit in found if circuit is not None),
            balance=await self._ledger.latest(),
            operating=await self._operating.state(),
        )

    async def set_daily_cap(self, cap: int, actor_id: int) -> None:
        """Sets the cap of new attempts in a day, in place of the setting."""
        await self._operating.set_daily_cap(cap, actor_id=actor_id, now=self._clock.now())
        log.warning("daily_cap_set", cap=cap, actor_id=actor_id)

    async def set_drain(self, drain: Drain | None, actor_id: int) -> bool:
        """Begins a drain, or ends it; False where nothing changed."""
        changed = await self._operating.set_drain(drain, actor_id=actor_id, now=self._clock.now())
        if changed:
            log.warning("drain_set", on=drain is not None, actor_id=actor_id)
        return changed

    async def server(self, guild_id: int) -> ServerStanding:
        gates = await self._gates.gates(guild_id, [])
        return ServerStanding(
            guild_id=guild_id,
            jobs=await self._records.count(Wanted(guild_id=guild_id)),
            bar=await self._operating.bar_of(guild_id),
            pause=gates.pause,
            left_at=gates.left_at,
        )

    async def bar(self, guild_id: int, reason: str | None, actor_id: int) -> None:
        """Lets nothing new be begun in a server."""
        bar = Bar(guild_id, reason)
        await self._operating.bar(bar, actor_id=actor_id, now=self._clock.now())
        log.warning("server_barred", guild_id=guild_id, actor_id=actor_id)

    async def unbar(self, guild_id: int, actor_id: int) -> bool:
        """Lets a server in again; False where it was not barred."""
        return await self._operating.unbar(guild_id, actor_id=actor_id, now=self._clock.now())

    async def timeline(self, reference: str) -> Timeline:
        """One job of any server, by its reference or its id; of a private one no word of the member.

        Raises:
            NotFound: none is called so.
            ReferenceAmbiguous: several are.
        """
        job_ids = await self._records.called(reference)
        if len(job_ids) > 1:
            raise ReferenceAmbiguous(tuple(job_ids))
        record = await self._records.record(job_ids[0]) if job_ids else None
        if record is None:
            raise NotFound("any-job")
        return Timeline(for_moderators(record), await self._announcements.parked_of(record.job.job_id))
