"""`python -m bot jobs` and `jobs settle` as an operator runs them, on a database that others use as well."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.fault import Fault
from bot.model import Attempt, AttemptState, HandedOver, Job, Place, PlaceKind
from bot.stores import Rate
from sandbox.box import Box, open_sandbox
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from tests.builders import GUILD_ID, OWNER_ID, PROVIDER, a_clip, a_job, an_attempt
from tests.integration.command_line import Outcome
from tests.integration.kie_client import open_client

S = AttemptState
NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "a calm voice"
"""What the builders' jobs have for a prompt."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A data folder that is in use, and the settings for it."""

    box: Box
    folder: Path
    jobs: SqlJobStore

    async def run(self, *arguments: str, **environment: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        return await self.command("jobs", *arguments, **environment)

    async def command(self, *words: str, **environment: str) -> Outcome:
        settings = self.box.environment(self.folder / "data") | environment
        result = await asyncio.to_thread(CliRunner().invoke, cli, words, env=settings)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    async def listed(self, *arguments: str) -> list[dict[str, Any]]:
        """What `--json` prints."""
        outcome = await self.run("--json", *arguments)
        assert (outcome.code, outcome.err) == (0, "")
        return [json.loads(line) for line in outcome.out.splitlines()]

    async def accepted(self, **changes: Any) -> tuple[Job, Attempt]:
        job = a_job(**{"clip": a_clip(), "created_at": NOW} | changes)
        attempt = an_attempt(job)
        await self.jobs.accept(job, attempt, daily_cap=1000)
        return job, await self.jobs.save(attempt.move(S.QUEUED), now=NOW, clip=job.clip)

    async def unknown(self, **changes: Any) -> tuple[Job, Attempt]:
        job, queued = await self.accepted(**changes)
        handed_over = queued.move(S.HANDED_OVER, handed_over=HandedOver("https://files.example/1.mp4", NOW))
        saved = await self.jobs.save(handed_over, now=NOW)
        marked = await self.jobs.begin_submission(saved, now=NOW, rate=Rate(1000, 1.0))
        assert marked is not None
        lost = marked.move(S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN, provider_code="502", ended_at=NOW)
        return job, await self.jobs.save(lost, now=NOW)

    async def task(self) -> str:
        """A task that the provider works on."""
        async with open_client(self.box.kie) as client:
            return await client.submitted()

    async def attempt(self, job: Job) -> Attempt:
        story = await self.jobs.story(job.job_id)
        assert story is not None
        return story.attempt


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    """The database stays open, as a running bot has it."""
    (tmp_path / "data").mkdir()
    database = await Database.open(sqlite_url(tmp_path / "data" / "dramatis.db"))
    async with open_sandbox() as box:
        yield Shell(box, tmp_path, SqlJobStore(database))
    await database.close()


async def test_a_table_shows_unknown_attempts_first_and_says_what_they_are(shell: Shell) -> None:
    lost, _ = await shell.unknown(created_at=NOW - timedelta(hours=2))
    waiting, _ = await shell.accepted()

    outcome = await shell.run()

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.index(lost.reference) < outcome.out.index(waiting.reference)
    assert "nobody knows whether the provider took the order; it may have been charged" in outcome.out
    assert "jobs settle JOB --task TASK_ID" in outcome.out
    assert "2 of 2 jobs" in outcome.out
    assert str(GUILD_ID) in outcome.out


async def test_without_unknown_attempts_there_is_no_word_about_them(shell: Shell) -> None:
    await shell.accepted()

    assert "nobody knows" not in (await shell.run()).out


async def test_json_has_one_line_per_job_with_all_its_attempts(shell: Shell) -> None:
    job, first = await shell.unknown()
    second = an_attempt(job, number=2, state=S.QUEUED, requested_by=42)
    await shell.jobs.open_attempt(second, daily_cap=1000)

    (line,) = await shell.listed()

    attempts = line.pop("attempts")
    assert line == {
        "job": job.job_id,
        "reference": job.reference,
        "state": "queued",
        "asked_at": NOW.isoformat(),
        "server_id": str(GUILD_ID),
        "channel_id": str(job.order.place.channel_id),
        "member_id": str(OWNER_ID),
        "visibility": "thread",
    }
    assert attempts[0] == {
        "number": 1,
        "state": "unknown",
        "provider": PROVIDER,
        "asked_by_id": str(OWNER_ID),
        "asked_at": NOW.isoformat(),
        "ordered_at": NOW.isoformat(),
        "ended_at": NOW.isoformat(),
        "fault": "outcome_unknown",
        "provider_code": "502",
        "provider_text": None,
        "task_id": None,
        "credits": None,
    }
    assert [(one["number"], one["state"], one["asked_by_id"]) for one in attempts[1:]] == [
        (2, "queued", "42")
    ]
    assert first.callback_token not in json.dumps(attempts)


async def test_jobs_are_chosen_by_state_and_by_age(shell: Shell) -> None:
    lost, _ = await shell.unknown(created_at=NOW - timedelta(hours=2))
    waiting, _ = await shell.accepted(place=Place(None, 6, PlaceKind.DM))

    def ids(lines: list[dict[str, Any]]) -> list[str]:
        return [line["job"] for line in lines]

    assert ids(await shell.listed("--state", "unknown")) == [lost.job_id]
    assert ids(await shell.listed("--state", "waiting")) == [waiting.job_id]
    assert ids(await shell.listed("--since", "1h")) == [waiting.job_id]
    assert ids(await shell.listed("--since", "3h")) == [lost.job_id, waiting.job_id]
    assert ids(await shell.listed("--limit", "1")) == [lost.job_id]
    assert await shell.listed("--state", "done") == []


async def test_no_words_of_a_member_are_printed(shell: Shell) -> None:
    await shell.unknown(name="Shade")

    for outcome in (await shell.run(), await shell.run("--json")):
        assert SECRET not in outcome.out
        assert "Shade" not in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [("--since", "yesterday"), ("--state", "lost"), ("--limit", "0"), ("settle",), ("settle", "X")],
)
async def test_what_cannot_be_meant_ends_with_code_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    outcome = await shell.run(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err


async def test_settings_that_cannot_be_used_end_with_code_2(shell: Shell) -> None:
    outcome = await shell.run(WEB_PORT="many")

    assert outcome.code == 2
    assert "WEB_PORT" in outcome.err


@pytest.mark.parametrize("arguments", [(), ("settle", "7F3A-21QX", "--task", "t")])
async def test_without_a_database_it_fails_and_makes_none(shell: Shell, arguments: tuple[str, ...]) -> None:
    elsewhere = shell.folder / "elsewhere"

    outcome = await shell.run(*arguments, DATA_DIR=str(elsewhere))

    assert (outcome.code, outcome.out) == (1, "")
    assert "nothing has been written there" in outcome.err
    assert not list(shell.folder.glob("elsewhere/*"))


async def test_a_found_task_is_attached_and_due_at_once(shell: Shell) -> None:
    job, _ = await shell.unknown()
    task_id = await shell.task()

    outcome = await shell.run("settle", job.reference, "--task", task_id)

    assert (outcome.code, outcome.err) == (0, "")
    assert f"Attempt 1 of {job.reference} is task {task_id}" in outcome.out
    stored = await shell.attempt(job)
    assert (stored.state, stored.task_id, stored.fault) == (S.WAITING, task_id, None)
    assert stored.due_at <= datetime.now(UTC)


async def test_it_is_attached_once(shell: Shell) -> None:
    job, _ = await shell.unknown()
    other, _ = await shell.unknown()
    task_id = await shell.task()
    await shell.run("settle", job.job_id, "--task", task_id)

    again = await shell.run("settle", job.job_id, "--task", task_id)
    elsewhere = await shell.run("settle", other.job_id, "--task", task_id)

    assert (again.code, again.out) == (1, "")
    assert "There is no unknown attempt to settle: attempt 1 is waiting." in again.err
    assert (elsewhere.code, elsewhere.out) == (1, "")
    assert f"That task belongs to attempt 1 of job {job.job_id} already." in elsewhere.err
    assert (await shell.attempt(other)).state is S.UNKNOWN


async def test_a_task_that_nobody_knows_is_not_attached(shell: Shell) -> None:
    job, attempt = await shell.unknown()

    outcome = await shell.run("settle", job.job_id, "--task", "f" * 32)

    assert (outcome.code, outcome.out) == (1, "")
    assert f"{PROVIDER} knows no such task. Nothing was changed." in outcome.err
    assert await shell.attempt(job) == attempt


async def test_while_the_provider_is_away_nothing_is_attached(shell: Shell) -> None:
    job, attempt = await shell.unknown()
    await shell.box.kie.go_down("api")

    outcome = await shell.run("settle", job.job_id, "--task", "f" * 32)

    assert outcome.code == 1
    assert "could not be asked about that task" in outcome.err
    assert "Traceback" not in outcome.err
    assert await shell.attempt(job) == attempt


async def test_of_two_unknown_attempts_one_has_to_be_named(shell: Shell) -> None:
    job, first = await shell.unknown()
    second = an_attempt(job, number=2, state=S.UNKNOWN)
    await shell.jobs.open_attempt(second, daily_cap=1000)
    task_id = await shell.task()

    unclear = await shell.run("settle", job.reference, "--task", task_id)
    named = await shell.run("settle", job.reference, "--task", task_id, "--attempt", "1")

    assert (unclear.code, "Attempts 1 and 2 are unknown" in unclear.err) == (1, True)
    assert named.code == 0
    story = await shell.jobs.story(job.job_id, 1)
    assert story is not None
    assert (story.attempt.attempt_id, story.attempt.state) == (first.attempt_id, S.WAITING)
    assert (await shell.attempt(job)).state is S.UNKNOWN


async def test_a_name_of_no_job_says_how_jobs_are_called(shell: Shell) -> None:
    outcome = await shell.run("settle", "my-job", "--task", "t")

    assert (outcome.code, outcome.out) == (1, "")
    assert "Give its reference, such as 7F3A-21QX" in outcome.err


async def test_a_timeline_says_what_became_of_a_job_and_no_word_of_its_member(shell: Shell) -> None:
    job, attempt = await shell.unknown(created_at=NOW - timedelta(hours=1))

    outcome = await shell.command("job", job.reference.lower())

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Job {job.reference} ({job.job_id}) of member")
    rows = [line.split("│")[1:-1] for line in outcome.out.splitlines() if "│" in line]
    assert [row[2].strip() for row in rows] == ["asked for", "ordered", "unknown"]
    assert rows[-1][3].strip() == "outcome_unknown; 502"
    assert attempt.provider in rows[1][3]
    assert "it may have been charged" in outcome.out
    assert SECRET not in outcome.out


async def test_the_timeline_of_a_job_for_scripts_is_its_line_in_the_list_and_what_was_not_told(
    shell: Shell,
) -> None:
    job, _ = await shell.accepted()
    (listed,) = await shell.listed()

    outcome = await shell.command("job", job.job_id, "--json")

    assert json.loads(outcome.out) == {**listed, "unheard": []}


async def test_a_timeline_of_no_job_is_a_failure_in_words(shell: Shell) -> None:
    outcome = await shell.command("job", "0000-0000")

    assert (outcome.code, outcome.out, "No job is called so." in outcome.err) == (1, "", True)
