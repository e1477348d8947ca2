"""`python -m bot credits` as an operator runs it, beside a database that a bot uses."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.model import Attempt, AttemptState, HandedOver
from bot.operator.credits import Balance
from bot.stores import Rate
from sandbox.box import Box, open_sandbox
from storage.credits import SqlCreditStore
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from tests.builders import a_clip, a_job, an_attempt
from tests.integration.backup_desk import logs_as_before
from tests.integration.command_line import Outcome

S = AttemptState
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shell:
    """A data folder that is in use, and the settings for it."""

    box: Box
    folder: Path
    jobs: SqlJobStore
    ledger: SqlCreditStore

    async def run(self, *arguments: str, **environment: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        settings = self.box.environment(self.folder / "data") | environment
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["credits", *arguments], env=settings)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    async def told(self, **environment: str) -> dict[str, Any]:
        outcome = await self.run("--json", **environment)
        assert (outcome.code, outcome.err) == (0, "")
        found: dict[str, Any] = json.loads(outcome.out)
        return found

    async def ordered(self, task_id: str) -> Attempt:
        job = a_job(clip=a_clip(), created_at=NOW)
        attempt = an_attempt(job)
        await self.jobs.accept(job, attempt, daily_cap=1000)
        queued = await self.jobs.save(attempt.move(S.QUEUED), now=NOW, clip=job.clip)
        there = HandedOver("https://files.example/1.mp4", NOW)
        handed_over = await self.jobs.save(queued.move(S.HANDED_OVER, handed_over=there), now=NOW)
        marked = await self.jobs.begin_submission(handed_over, now=NOW, rate=Rate(1000, 1.0))
        assert marked is not None
        return await self.jobs.save(marked.move(S.WAITING, task_id=task_id), now=NOW)

    async def made(self, task_id: str, told: float | None) -> None:
        running = await self.ordered(task_id)
        await self.jobs.save(running.move(S.SUCCEEDED, ended_at=NOW, credits_spent=told), now=NOW)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    """The database stays open, as a running bot has it."""
    (tmp_path / "data").mkdir()
    database = await Database.open(sqlite_url(tmp_path / "data" / "dramatis.db"))
    async with open_sandbox() as box:
        yield Shell(box, tmp_path, SqlJobStore(database), SqlCreditStore(database))
    await database.close()


async def test_the_balance_is_that_of_this_moment_with_its_fractions(shell: Shell) -> None:
    shell.box.kie.balance = Decimal("5916.25")

    outcome = await shell.run(DAILY_CREATION_CAP="7")

    assert (outcome.code, outcome.err) == (0, "")
    assert "Balance: 5916.25 credits." in outcome.out
    assert "Attempts today: 0 of 7." in outcome.out
    assert "not known:" not in outcome.out


async def test_what_the_provider_told_the_balance_showed_and_nobody_knows_are_kept_apart(
    shell: Shell,
) -> None:
    shell.box.kie.balance = Decimal(60)
    await shell.ledger.sample(Balance(NOW - MINUTE, 100.0))
    await shell.made("first", 12.5)
    await shell.made("second", None)
    before = await shell.told()
    await shell.ordered("third")
    during = await shell.told()
    outcome = await shell.run()

    assert before["today"] == {
        "told": 12.5,
        "told_orders": 1,
        "by_balance": 27.5,
        "by_balance_orders": 1,
        "unknown_orders": 0,
    }
    assert before["month"] == before["today"]
    assert (before["balance"], before["asked"], before["counted"], before["cap"]) == (60.0, True, 2, 200)
    assert (during["today"]["told"], during["today"]["unknown_orders"]) == (12.5, 2)
    assert "not known: orders that go on" in outcome.out


async def test_an_estimate_is_called_one(shell: Shell) -> None:
    shell.box.kie.balance = Decimal(60)
    await shell.ledger.sample(Balance(NOW - MINUTE, 100.0))
    await shell.made("first", None)

    outcome = await shell.run()

    assert "40 credits, 1 orders" in outcome.out
    assert "by the balance: the provider told no price" in outcome.out


async def test_a_provider_that_does_not_answer_leaves_the_last_balance_with_its_time(shell: Shell) -> None:
    away = {"KIE_API_BASE_URL": "http://127.0.0.1:9"}
    assert "The balance is not known" in (await shell.run(**away)).out
    await shell.ledger.sample(Balance(NOW, 80.5))

    outcome = await shell.run(**away)

    assert outcome.code == 0
    assert f"Balance: 80.5 credits at {NOW:%Y-%m-%d %H:%M:%S} UTC" in outcome.out
    assert (await shell.told(**away))["asked"] is False


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (150, "below CREDITS_WARN_BELOW (200): top up the account soon"),
        (40, "Nothing is ordered"),
        (0, "top up"),
    ],
)
async def test_a_balance_that_is_too_low_is_called_that(shell: Shell, left: int, told: str) -> None:
    shell.box.kie.balance = Decimal(left)

    assert told in (await shell.run(CREDITS_PAUSE_BELOW="50")).out


async def test_without_a_database_it_says_what_is_missing(tmp_path: Path) -> None:
    async with open_sandbox() as box:
        environment = box.environment(tmp_path / "data")
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["credits"], env=environment)

    assert result.exit_code == 1
    assert "database" in result.stderr


@pytest.mark.parametrize("name", ["CREDITS_WARN_BELOW", "CREDITS_PAUSE_BELOW"])
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "many"])
async def test_a_threshold_that_is_none_ends_it_with_two(shell: Shell, name: str, value: str) -> None:
    outcome = await shell.run(**{name: value})

    assert outcome.code == 2
    assert name in outcome.err
