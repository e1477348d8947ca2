"""`python -m bot drain`, `guild` and `credits --daily-cap`, beside a database that a bot uses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import operations
from bot.__main__ import cli
from bot.errors import LimitReached
from bot.model import AttemptState, Job, Person
from bot.operator.operating import EVERYWHERE, SHELL
from bot.refusals.entries import BotDraining, ServerBarred
from sandbox.box import Box, open_sandbox
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from storage.servers import SqlServerStore
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt
from tests.integration.backup_desk import logs_as_before
from tests.integration.command_line import LIMIT_SECONDS, Outcome
from tests.integration.discord_addresses import addresses_kept

HERE = Person(OWNER_ID, GUILD_ID)


@dataclass(frozen=True, slots=True)
class Shell:
    """A data folder that is in use, and the settings for it."""

    box: Box
    folder: Path
    database: Database

    async def run(self, *arguments: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        settings = self.box.environment(self.folder / "data")
        result = await asyncio.to_thread(CliRunner().invoke, cli, arguments, env=settings)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    async def order(self) -> Job:
        job = a_job()
        await SqlJobStore(self.database).accept(job, an_attempt(job), daily_cap=1000, person=HERE)
        return job

    async def noted(self, action: str) -> None:
        """Waits until somebody has done this."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while action not in {done for _, done, _ in await self.deeds()}:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.01)

    async def deeds(self) -> list[tuple[int, str, str | None]]:
        found = await SqlServerStore(self.database).deeds(EVERYWHERE, 99)
        return [(deed.actor_id, deed.action, deed.after) for deed in found]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logs_as_before(), addresses_kept():
        yield


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    """The database stays open, as a running bot has it."""
    (tmp_path / "data").mkdir()
    database = await Database.open(sqlite_url(tmp_path / "data" / "dramatis.db"))
    async with open_sandbox() as box:
        yield Shell(box, tmp_path, database)
    await database.close()


async def test_a_drain_holds_for_the_bot_that_runs_and_says_when_it_is_safe_to_stop(shell: Shell) -> None:
    await shell.order()

    begun = await shell.run("drain", "on", "--message", "Back at six")
    look = await shell.run("drain")
    with pytest.raises(BotDraining, match="Back at six"):
        await shell.order()
    ended = await shell.run("drain", "off")

    assert (begun.code, look.code, ended.code) == (0, 0, 0)
    assert "nothing new is begun, 1 left" in look.out
    assert "No drain is on" in ended.out
    await shell.order()
    assert await shell.deeds() == [(SHELL, "drain", None), (SHELL, "drain", "Back at six")]


async def test_with_nothing_left_it_is_safe_to_stop(shell: Shell) -> None:
    assert "It is safe to stop." in (await shell.run("drain", "on")).out


async def test_it_can_be_waited_for_that_nothing_is_left(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "LOOK_SECONDS", 0.01)
    job = await shell.order()
    waiting = asyncio.create_task(shell.run("drain", "on", "--wait"))
    await shell.noted("drain")
    assert not waiting.done()

    (attempt,) = [story.attempt for story in [await SqlJobStore(shell.database).story(job.job_id)] if story]
    await SqlJobStore(shell.database).save(attempt.move(AttemptState.REJECTED, ended_at=NOON), now=NOON)
    outcome = await waiting

    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "Nothing is left. It is safe to stop.")


async def test_without_a_drain_there_is_nothing_to_wait_for(shell: Shell) -> None:
    outcome = await shell.run("drain", "--wait")

    assert (outcome.code, "No drain is on" in outcome.err) == (1, True)


async def test_a_server_is_blocked_and_allowed_again(shell: Shell) -> None:
    blocked = await shell.run("guild", str(GUILD_ID), "--block", "--reason", "[spam]")
    with pytest.raises(ServerBarred):
        await shell.order()
    allowed = await shell.run("guild", str(GUILD_ID), "--allow")

    assert (blocked.code, "yes: [spam]" in blocked.out) == (0, True)
    assert (allowed.code, "yes" in allowed.out) == (0, False)
    await shell.order()


async def test_a_server_is_left(shell: Shell) -> None:
    guild = shell.box.discord.add_guild("Elsewhere")

    left = await shell.run("guild", str(guild.id), "--leave")
    again = await shell.run("guild", str(guild.id), "--leave")

    assert (left.code, guild.has_bot, again.code) == (0, False, 1)
    assert "The bot is not in that server." in again.err


async def test_a_cap_holds_at_once_and_is_written_down(shell: Shell) -> None:
    await shell.order()

    outcome = await shell.run("credits", "--daily-cap", "1")
    with pytest.raises(LimitReached):
        await shell.order()

    assert "Attempts today: 0 of 1." in outcome.out, "the builders' job is of another day"
    assert await shell.deeds() == [(SHELL, "daily_cap", "1")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("guild", "12"),
        ("guild", "many"),
        ("guild", str(GUILD_ID), "--block", "--allow"),
        ("drain", "perhaps"),
        ("credits", "--daily-cap", "-1"),
    ],
)
async def test_what_cannot_be_meant_ends_with_two(shell: Shell, arguments: tuple[str, ...]) -> None:
    outcome = await shell.run(*arguments)

    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert await shell.deeds() == []


async def test_without_a_database_it_says_what_is_missing(tmp_path: Path) -> None:
    async with open_sandbox() as box:
        environment = box.environment(tmp_path / "data")
        for command in (["drain", "on"], ["guild", str(GUILD_ID)]):
            result = await asyncio.to_thread(CliRunner().invoke, cli, command, env=environment)
            assert (result.exit_code, "database" in result.stderr) == (1, True)
