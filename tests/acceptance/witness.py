"""Collects a history: from the sandbox what was shown and paid, from the database what is remembered."""

import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from sandbox.discord.calls import COMMAND, Call
from sandbox.discord.channels import Channel
from sandbox.discord.guilds import Guild
from sandbox.discord.messages import Message, walk
from sandbox.kie.tasks import Task
from tests.acceptance.history import MICROSECONDS, Accepted, Books, History, Paid, Row, Shown
from tests.acceptance.house import House

CANCEL_BUTTON = "c1:job:cancel:"
"""On every card; behind it stands the job's id."""
CALLBACK_PATH = "/callbacks/kie/"
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
TABLES = ("jobs", "attempts", "announcements", "characters")
SHIFTS = (
    "UPDATE attempts SET created_at = created_at - :by, due_at = due_at - :by WHERE ended_at IS NULL",
    "UPDATE attempts SET submitted_at = submitted_at - :by WHERE ended_at IS NULL",
    "UPDATE announcements SET due_at = due_at - :by WHERE state = 'pending'",
    "UPDATE circuits SET probe_at = probe_at - :by",
)
"""The whole of a waiting row is moved: how long ago something was accepted says more than when it is due."""


class Reader:
    """Reads a bot's database while it runs, whichever kind it is."""

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        # No pool: each look opens and closes, so that nothing is held between two of them.
        self._engine: AsyncEngine = create_async_engine(f"{DRIVERS[scheme]}://{rest}", poolclass=NullPool)

    async def rows(self, statement: str, **values: Any) -> list[Row]:
        """The rows of a SELECT."""
        async with self._engine.connect() as connection:
            found = await connection.execute(text(statement), values)
            return [dict(row) for row in found.mappings()]

    async def books(self, guild_id: int) -> Books:
        """What is remembered of one server, all at one moment."""
        tables: dict[str, list[Row]] = {}
        async with self._engine.connect() as connection:
            for table in TABLES:
                found = await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
                tables[table] = [dict(row) for row in found.mappings()]
        jobs = tuple(row for row in tables.pop("jobs") if row["guild_id"] == guild_id)
        ours = {row["job_id"] for row in jobs}
        rest = {name: tuple(row for row in rows if row["job_id"] in ours) for name, rows in tables.items()}
        return Books(now_microseconds(), jobs, **rest)

    async def let_pass(self, microseconds: int) -> None:
        """Make time pass for everything that waits."""
        async with self._engine.begin() as connection:
            for statement in SHIFTS:
                await connection.execute(text(statement), {"by": microseconds})

    async def close(self) -> None:
        await self._engine.dispose()


def now_microseconds() -> int:
    return int(time.time() * MICROSECONDS)


async def history_of(house: House, reader: Reader, guild: Guild) -> History:
    """Everything that concerns one server."""
    books = await reader.books(guild.id)
    calls = [call for call in house.discord.world.calls.values() if call.channel.guild is guild]
    accepted = [found for call in calls if (found := accepted_by(call)) is not None]
    prompts = {row["prompt"] for row in books.jobs}
    return History(
        books=books,
        accepted=accepted,
        shown=[as_shown(message) for message in messages_of(house, guild)],
        paid=[as_paid(task) for task in house.kie.ledger.tasks if task.prompt in prompts],
        threads=[thread.name for thread in guild.threads],
    )


def messages_of(house: House, guild: Guild) -> Iterator[Message]:
    """Every message of the bot's that somebody of this server has ever seen."""
    world = house.discord.world
    private: list[Channel] = [
        channel for person, channel in world.private_channels.items() if person in guild.members
    ]
    public = [channel for channel in world.channels.values() if channel.guild is guild]
    for channel in (*public, *private):
        for message in channel.by_id.values():
            if message.author is world.bot:
                yield message


def texts_of(message: Message) -> tuple[str, ...]:
    """Everything it has said, the oldest first."""
    return tuple(version.text for version in (*message.history, message.version))


def as_shown(message: Message) -> Shown:
    return Shown(
        message_id=message.id,
        place=message.channel.place,
        said=texts_of(message),
        pinged=message.pinged_user_ids,
        pings_everybody=message.mentions_everyone,
        is_response=message.interaction_metadata is not None,
    )


def as_paid(task: Task) -> Paid:
    path = task.callback_path or ""
    token = path.partition(CALLBACK_PATH)[2] or None
    return Paid(task.task_id, task.prompt or "", token, task.character_id)


def accepted_by(call: Call) -> Accepted | None:
    """The job that a call was answered with, if its answer was a card and not a refusal."""
    if call.kind != COMMAND or call.response is None or call.original is None:
        return None
    versions = (*call.original.history, call.original.version)
    ids = [str(one.get("custom_id", "")) for version in versions for one in walk(version.components)]
    jobs = {one.removeprefix(CANCEL_BUTTON) for one in ids if one.startswith(CANCEL_BUTTON)}
    if not jobs:
        return None
    said = [said for message in (call.original, *call.followups) for said in texts_of(message)]
    return Accepted(job_id=jobs.pop(), owner_id=call.user.id, said=tuple(said))
