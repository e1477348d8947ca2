"""When the running bot makes a backup, and what follows from one that failed."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.backup_rounds import TROUBLE, BackupRounds, build_backup_rounds
from bot.backups import Backup, Contents
from tests.builders import NOON
from tests.fakes.clock import FixedClock
from tests.unit.settings_desk import Environment

DAY = timedelta(days=1)


class Cellar:
    """Where backups go; it may be full. Also told how they stand."""

    def __init__(self, latest: datetime | None) -> None:
        self.latest = latest
        self.is_full = False
        self.made: list[datetime] = []
        self.told: list[datetime | None] = []

    async def make(self, now: datetime) -> Backup:
        if self.is_full:
            raise OSError("no space left on device")
        self.made.append(now)
        self.latest = now
        return Backup(Path("backup"), Contents(str(now), "sqlite", "0001", "", 1, 0), ())

    def backups_stand(self, latest: datetime | None, every: timedelta) -> None:
        assert every == DAY
        self.told.append(latest)


def rounds_over(cellar: Cellar, clock: FixedClock) -> BackupRounds:
    return BackupRounds(cellar.make, lambda: cellar.latest, every=DAY, clock=clock, meter=cellar)


@pytest.mark.parametrize(
    ("latest", "count"),
    [
        (None, 1),
        (NOON - DAY, 1),
        (NOON - DAY + timedelta(seconds=1), 0),
        (NOON, 0),
        (NOON + timedelta(minutes=5), 0),
        (NOON + 30 * DAY, 1),
    ],
)
async def test_one_is_made_when_the_last_one_is_old_enough(latest: datetime | None, count: int) -> None:
    cellar = Cellar(latest)

    await rounds_over(cellar, FixedClock()).look()

    assert len(cellar.made) == count
    assert cellar.told == [latest, NOON][: 1 + count]


async def test_the_next_one_comes_after_the_pause_and_not_before() -> None:
    cellar, clock = Cellar(None), FixedClock()
    keeper = rounds_over(cellar, clock)
    for _ in range(13):
        await keeper.look()
        clock.advance(2 * 3600)

    assert cellar.made == [NOON, NOON + DAY]


async def test_one_that_failed_is_tried_again_in_an_hour() -> None:
    cellar, clock = Cellar(None), FixedClock()
    keeper = rounds_over(cellar, clock)
    cellar.is_full = True
    with pytest.raises(OSError, match="no space"):
        await keeper.look()
    cellar.is_full = False

    clock.advance(TROUBLE.total_seconds() - 1)
    await keeper.look()
    assert (cellar.made, cellar.told) == ([], [None, None])

    clock.advance(1)
    await keeper.look()
    assert cellar.made == [NOON + TROUBLE]


def test_nothing_is_kept_up_where_nothing_is_scheduled(environment: Environment) -> None:
    cellar = Cellar(None)

    assert build_backup_rounds(environment.load(), FixedClock(), cellar) is None
    assert build_backup_rounds(environment.load(BACKUP_EVERY_HOURS="24"), FixedClock(), cellar) is not None
