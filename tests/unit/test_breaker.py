"""A provider that takes nothing: nobody is sent there, and its return is noticed without anybody's help."""

import asyncio
from datetime import datetime, timedelta

import pytest
from structlog.testing import LogCapture

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.jobs import retry
from bot.jobs.breaker import PROBE_LEASE, Breaker
from bot.model import Attempt, Circuit
from bot.notices import NoticeKind
from tests.builders import NOON, PROVIDER
from tests.fakes.circuits import MemoryCircuitStore
from tests.fakes.provider import Verb
from tests.unit.engine_rig import Rig

CARD = NoticeKind.CARD
AN_HOUR = timedelta(hours=1)
OFF = Circuit(PROVIDER, Fault.MODEL_OFF, NOON - AN_HOUR, NOON)
"""Open for an hour, and to be tried now."""


async def who_waits(rig: Rig) -> Attempt:
    """A queued attempt, its card drawn."""
    attempt = await rig.queued()
    rig.world.announce(attempt.job_id, 0, [CARD], NOON)
    await rig.circuits.open(OFF, NOON)
    assert await rig.tell() == [CARD]
    return attempt


def events(log: LogCapture) -> list[tuple[str, object]]:
    return [
        (entry["event"], entry.get("fault")) for entry in log.entries if entry["event"].startswith("circuit")
    ]


async def test_without_a_circuit_nobody_is_asked() -> None:
    rig = Rig()

    assert await rig.breaker.lets_through()

    assert rig.provider.probes == 0


async def test_before_its_time_an_open_circuit_is_not_tried() -> None:
    rig = Rig()
    await rig.circuits.open(OFF, NOON)
    rig.clock.advance(-1)

    assert not await rig.breaker.lets_through()

    assert rig.provider.probes == 0


class SlowCircuits(MemoryCircuitStore):
    """Lets others go on before anything is written, as a database does."""

    async def open(self, circuit: Circuit, now: datetime) -> bool:
        await asyncio.sleep(0)
        return await super().open(circuit, now)


async def test_lanes_that_try_an_open_circuit_at_once_ask_once() -> None:
    rig = Rig()
    circuits = SlowCircuits(rig.world)
    await circuits.open(OFF, NOON)
    breaker = Breaker(circuits=circuits, provider=rig.provider, clock=rig.clock, ring=rig.bell.ring)

    assert all(await asyncio.gather(breaker.lets_through(), breaker.lets_through()))

    assert rig.provider.probes == 1


async def test_a_good_answer_closes_the_circuit_redraws_who_waited_and_wakes_the_lanes(
    log: LogCapture,
) -> None:
    rig = Rig()
    attempt = await who_waits(rig)
    rig.rung.clear()

    assert await rig.breaker.lets_through()

    assert await rig.circuits.get(PROVIDER) is None
    assert rig.stored(attempt).fault is None
    assert rig.pending(attempt) == [CARD]
    assert rig.rung.is_set()
    assert events(log) == [("circuit_closed", Fault.MODEL_OFF)]


async def test_the_same_refusal_again_is_told_to_nobody(log: LogCapture) -> None:
    rig = Rig()
    attempt = await who_waits(rig)
    rig.provider.fail(Verb.PROBE, Refused(Fault.MODEL_OFF), times=3)

    for _ in range(3):
        assert not await rig.breaker.lets_through()
        assert not await rig.breaker.lets_through()
        circuit = await rig.circuits.get(PROVIDER)
        assert circuit is not None
        assert circuit.opened_at == OFF.opened_at
        assert circuit.probe_at == rig.clock.now() + timedelta(minutes=30)
        rig.clock.set(circuit.probe_at)

    assert rig.provider.probes == 3
    assert rig.pending(attempt) == []
    assert events(log) == []


async def test_a_new_reason_is_told_once_to_the_operator_and_on_the_cards(log: LogCapture) -> None:
    rig = Rig()
    attempt = await who_waits(rig)
    rig.provider.fail(Verb.PROBE, Refused(Fault.NO_CREDIT))

    assert not await rig.breaker.lets_through()

    assert rig.stored(attempt).fault is Fault.NO_CREDIT
    assert rig.pending(attempt) == [CARD]
    assert events(log) == [("circuit_opened", Fault.NO_CREDIT)]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Unanswered(Fault.PROVIDER_TROUBLE), retry.UNCLEAR_PROBE_SECONDS),
        (Unanswered(Fault.UNREACHABLE), retry.UNCLEAR_PROBE_SECONDS),
        (NotSent(Fault.UNREACHABLE), retry.UNCLEAR_PROBE_SECONDS),
        (Refused(Fault.PROVIDER_TROUBLE), retry.UNCLEAR_PROBE_SECONDS),
        (Refused(Fault.THROTTLED), retry.THROTTLE_SECONDS),
    ],
)
async def test_an_answer_that_says_nothing_leaves_it_open_for_the_reason_it_had(
    error: ProviderError, seconds: float
) -> None:
    rig = Rig()
    attempt = await who_waits(rig)
    rig.provider.fail(Verb.PROBE, error)

    assert not await rig.breaker.lets_through()

    circuit = await rig.circuits.get(PROVIDER)
    assert circuit == Circuit(PROVIDER, Fault.MODEL_OFF, OFF.opened_at, NOON + timedelta(seconds=seconds))
    assert rig.pending(attempt) == []


async def test_a_probe_that_breaks_off_is_not_repeated_at_once() -> None:
    rig = Rig()
    await rig.circuits.open(OFF, NOON)
    rig.provider.fail(Verb.PROBE, RuntimeError("our own bug"))

    with pytest.raises(RuntimeError):
        await rig.breaker.lets_through()

    assert not await rig.breaker.lets_through()
    assert rig.provider.probes == 1
    assert await rig.breaker.next_due(None) == NOON + PROBE_LEASE


async def test_an_open_circuit_is_tried_at_its_time_whether_or_not_anybody_waits() -> None:
    rig = Rig()
    assert await rig.breaker.next_due(None) is None
    assert await rig.breaker.next_due(NOON) == NOON

    await rig.circuits.open(OFF, NOON)

    assert await rig.breaker.next_due(None) == OFF.probe_at
    assert await rig.breaker.next_due(NOON - AN_HOUR) == OFF.probe_at
