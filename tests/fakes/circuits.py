"""Circuits in memory."""

from dataclasses import replace
from datetime import datetime

from bot.fault import Fault
from bot.model import Attempt, Circuit
from tests.fakes.world import World


class MemoryCircuitStore:
    """A CircuitStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def get(self, provider: str) -> Circuit | None:
        return self._world.circuits.get(provider)

    async def open(self, circuit: Circuit, now: datetime) -> bool:
        known = self._world.circuits.get(circuit.provider)
        if known is not None and known.fault is circuit.fault:
            self._world.circuits[circuit.provider] = replace(known, probe_at=circuit.probe_at)
            return False
        self._world.circuits[circuit.provider] = circuit
        self._mark(self._world.waiting_for(circuit.provider), circuit.fault, now)
        self._rearm_others(circuit.provider, now)
        return True

    async def close(self, provider: str, now: datetime) -> bool:
        circuit = self._world.circuits.pop(provider, None)
        if circuit is None:
            return False
        waiting = self._world.waiting_for(provider)
        self._mark([attempt for attempt in waiting if attempt.fault is circuit.fault], None, now)
        self._rearm_others(provider, now)
        return True

    def _rearm_others(self, provider: str, now: datetime) -> None:
        others = [other for other in self._world.circuits if other != provider]
        behind = {attempt.job_id for other in others for attempt in self._world.waiting_for(other)}
        self._world.rearm_cards(behind.__contains__, now)

    def _mark(self, attempts: list[Attempt], fault: Fault | None, now: datetime) -> None:
        for attempt in attempts:
            self._world.attempts[attempt.attempt_id] = replace(attempt, fault=fault)
        affected = {attempt.job_id for attempt in attempts}
        self._world.rearm_cards(affected.__contains__, now)
