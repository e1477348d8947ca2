"""The circuit breaker: keeps the queue from a provider that takes nothing, and notices when it does again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.errors import ProviderError
from bot.fault import Fault
from bot.jobs import retry
from bot.model import Circuit
from bot.ports import Clock, Provider
from bot.stores import CircuitStore

PROBE_LEASE = timedelta(minutes=2)
"""Longer than a probe can take, so that a second process does not ask at the same time."""

log = structlog.get_logger(__name__)


class Breaker:
    """One provider's circuit. Only a probe closes it: a success may have been on its way when it opened."""

    def __init__(
        self, *, circuits: CircuitStore, provider: Provider, clock: Clock, ring: Callable[[], None]
    ) -> None:
        self._circuits = circuits
        self._provider = provider
        self._clock = clock
        self._ring = ring
        self._trying = asyncio.Lock()

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._provider.name

    async def lets_through(self) -> bool:
        """Whether the queue may go on; asks the provider, for free, when an open circuit is to be tried."""
        async with self._trying:
            return await self._is_closed()

    async def _is_closed(self) -> bool:
        circuit = await self._circuits.get(self._provider.name)
        if circuit is None:
            return True
        now = self._clock.now()
        if circuit.probe_at > now:
            return False
        # Written before asking: whoever breaks off in the middle must not ask in a circle.
        await self._circuits.open(replace(circuit, probe_at=now + PROBE_LEASE), now)
        try:
            await self._provider.probe()
        except ProviderError as error:
            await self._stay_open(circuit, error)
            return False
        await self._close(circuit)
        return True

    async def next_due(self, queued_at: datetime | None) -> datetime | None:
        """When to claim again: an open circuit is tried at its time, whether or not anybody waits."""
        circuit = await self._circuits.get(self._provider.name)
        return queued_at if circuit is None else circuit.probe_at

    async def _stay_open(self, circuit: Circuit, error: ProviderError) -> None:
        now = self._clock.now()
        held = retry.after_probe(error, circuit.fault)
        log.info("probe_failed", provider=circuit.provider, fault=error.fault, code=error.code)
        again = replace(circuit, fault=held.fault, probe_at=now + timedelta(seconds=held.seconds))
        if await self._circuits.open(again, now):
            log.error("circuit_opened", provider=circuit.provider, fault=held.fault, code=error.code)
            self._ring()

    async def _close(self, circuit: Circuit) -> None:
        if await self._circuits.close(circuit.provider, self._clock.now()):
            log.warning("circuit_closed", provider=circuit.provider, fault=circuit.fault)
            self._ring()


async def fault_of_circuit(circuits: CircuitStore, provider: str) -> Fault | None:
    """Why what is queued at the provider now waits from the start; None while it takes orders."""
    circuit = await circuits.get(provider)
    return circuit.fault if circuit else None
