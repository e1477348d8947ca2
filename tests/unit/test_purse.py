"""The balance is looked at now and then, a low one is told once, and a reserve is kept."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from structlog.testing import LogCapture

from bot.errors import RecordsUnavailable, Unanswered
from bot.fault import Fault
from bot.jobs.account.purse import Bookkeeping, Purse
from bot.model import Circuit
from bot.operator.balance_news import BalanceNews
from bot.operator.credits import Balance, Thresholds
from tests.builders import NOON, PROVIDER
from tests.fakes.credits import MemoryCreditStore
from tests.fakes.operating import MemoryOperatingStore
from tests.unit.engine_rig import Rig

OTHER = "other"
MINUTE = 60.0


@dataclass
class Till:
    """The account, as the test says."""

    left: float = 1000.0
    failing: bool = False
    asked: int = 0

    async def credit(self) -> float:
        self.asked += 1
        if self.failing:
            raise Unanswered(Fault.UNREACHABLE)
        return self.left


def purse_of(rig: Rig, till: Till, warn_below: float = 200.0, pause_below: float = 50.0) -> Purse:
    return Purse(
        account=till,
        ledger=MemoryCreditStore(rig.world),
        operating=MemoryOperatingStore(rig.world),
        circuits=rig.circuits,
        providers=(PROVIDER, OTHER),
        clock=rig.clock,
        thresholds=Thresholds(warn_below, pause_below),
        ring=rig.bell.ring,
    )


async def look(rig: Rig, purse: Purse, after_seconds: float = 5 * MINUTE) -> None:
    await purse.look()
    rig.clock.advance(after_seconds)


def told(log: LogCapture) -> list[tuple[str, str]]:
    return [
        (entry["event"], entry["log_level"]) for entry in log.entries if entry["event"].startswith("balance")
    ]


async def test_the_balance_is_asked_for_every_five_minutes_and_every_minute_while_it_is_low() -> None:
    rig, till = Rig(), Till()
    purse = purse_of(rig, till)

    for _ in range(10):
        await look(rig, purse, MINUTE)
    assert till.asked == 2
    till.left = 100.0
    for _ in range(5):
        await look(rig, purse, MINUTE)
    assert till.asked == 7
    assert len(rig.world.balances) == 7


async def test_a_second_process_does_not_ask_again() -> None:
    rig, till = Rig(), Till()

    await purse_of(rig, till).look()
    await purse_of(rig, till).look()

    assert till.asked == 1


async def test_a_clock_that_was_put_back_does_not_end_the_looking() -> None:
    rig, till = Rig(), Till()
    purse = purse_of(rig, till)
    await purse.look()

    rig.clock.advance(-3600)
    await purse.look()

    assert till.asked == 2


async def test_a_shortage_is_told_once_and_so_is_its_end(log: LogCapture) -> None:
    rig, till = Rig(), Till(left=150.0)

    for _ in range(3):
        await look(rig, purse_of(rig, till))
    till.left = 200.0
    for _ in range(2):
        await look(rig, purse_of(rig, till))
    till.left = 1.0
    await look(rig, purse_of(rig, till, pause_below=0.0))

    assert told(log) == [("balance_low", "warning"), ("balance_well", "info"), ("balance_low", "warning")]


async def test_a_shortage_below_the_reserve_is_told_once_more(log: LogCapture) -> None:
    rig, till = Rig(), Till(left=150.0)
    for left in (150.0, 40.0, 150.0, 900.0):
        till.left = left
        await look(rig, purse_of(rig, till))

    assert [(entry["event"], entry.get("level")) for entry in log.entries if "balance" in entry["event"]] == [
        ("balance_low", "low"),
        ("balance_low", "short"),
        ("balance_well", None),
    ]


class Forgetful(MemoryOperatingStore):
    """Breaks as it is about to keep how the balance stands."""

    async def note_balance(self, news: BalanceNews) -> None:
        raise RecordsUnavailable(str(news.level))


async def test_the_line_in_the_log_is_not_lost_where_the_row_is_not_written(log: LogCapture) -> None:
    rig, till = Rig(), Till(left=150.0)
    broken = purse_of(rig, till)
    broken._operating = Forgetful(rig.world)

    with pytest.raises(RecordsUnavailable):
        await broken.look()

    assert told(log) == [("balance_low", "warning")]
    assert rig.world.operator_news == {}
    rig.clock.advance(MINUTE)
    await purse_of(rig, till).look()
    assert list(rig.world.operator_news) == ["balance"]


async def test_a_provider_that_does_not_tell_the_balance_changes_nothing(log: LogCapture) -> None:
    rig, till = Rig(), Till(failing=True)

    await purse_of(rig, till).look()

    assert rig.world.balances == {}
    assert told(log) == [("balance_not_told", "info")]


async def test_below_the_reserve_nothing_is_ordered_and_what_waits_says_why(log: LogCapture) -> None:
    rig, till = Rig(), Till(left=49.0)
    attempt = await rig.queued()

    await purse_of(rig, till).look()

    assert rig.stored(attempt).fault is Fault.CREDIT_RESERVE
    assert not await rig.breaker.lets_through()
    opened = [entry for entry in log.entries if entry["event"] == "circuit_opened"]
    assert [(entry["provider"], entry["fault"]) for entry in opened] == [
        (PROVIDER, Fault.CREDIT_RESERVE),
        (OTHER, Fault.CREDIT_RESERVE),
    ]


async def test_a_circuit_that_is_open_for_another_reason_keeps_it() -> None:
    rig, till = Rig(), Till(left=0.0)
    off = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + timedelta(hours=1))
    await rig.circuits.open(off, NOON)

    await purse_of(rig, till).look()

    assert rig.world.circuits[PROVIDER] == off
    assert rig.world.circuits[OTHER].fault is Fault.NO_CREDIT


async def test_once_there_is_enough_again_the_provider_is_asked_at_once_and_the_queue_goes_on() -> None:
    rig, till = Rig(), Till(left=10.0)
    purse = purse_of(rig, till)
    await look(rig, purse)
    assert not await rig.breaker.lets_through()

    till.left = 1000.0
    await purse.look()

    assert await rig.breaker.lets_through()
    assert rig.provider.probes == 1


async def test_a_full_account_leaves_other_open_circuits_alone() -> None:
    rig, till = Rig(), Till()
    off = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON + timedelta(hours=1))
    await rig.circuits.open(off, NOON)

    await purse_of(rig, till).look()

    assert rig.world.circuits == {PROVIDER: off}


def books_of(rig: Rig, till: Till) -> Bookkeeping:
    return Bookkeeping(
        account=till,
        ledger=MemoryCreditStore(rig.world),
        operating=MemoryOperatingStore(rig.world),
        clock=rig.clock,
        cap=200,
    )


async def test_a_report_has_the_balance_of_this_moment_and_the_cap_in_force() -> None:
    rig, till = Rig(), Till(left=77.25)
    await rig.queued()

    report = await books_of(rig, till).report()

    assert (report.balance, report.asked) == (Balance(NOON, 77.25), True)
    assert (report.counted, report.cap) == (1, 200)
    rig.world.operating = replace(rig.world.operating, daily_cap=0)
    assert (await books_of(rig, till).report()).cap == 0


async def test_a_report_without_an_answer_has_the_last_balance_that_is_known() -> None:
    rig, till = Rig(), Till(failing=True)
    assert (await books_of(rig, till).report()).balance is None
    earlier = Balance(NOON - timedelta(days=40), 5.0)
    await MemoryCreditStore(rig.world).sample(earlier)

    report = await books_of(rig, till).report()

    assert (report.balance, report.asked) == (earlier, False)
