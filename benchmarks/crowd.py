"""A crowd of jobs in the middle of their lives: in Discord, at the provider, and in the bot's database."""

import json
import random
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from ulid import ULID

from benchmarks.durations import Durations
from bot.clip import ClipFacts, ClipKind, KeptClip, StoredClip
from bot.jobs.learned import REMEMBERED, curve_of, pace_of, price_of
from bot.jobs.polling import BUDGET_PER_SECOND
from bot.model import (
    Attachment,
    Attempt,
    AttemptState,
    HandedOver,
    InteractionTicket,
    Job,
    MessageRef,
    Order,
    Place,
    PlaceKind,
    Subject,
    Visibility,
)
from sandbox.box import Box
from sandbox.clips import evening_clip
from sandbox.discord.channels import PUBLIC_THREAD, GuildChannel
from sandbox.discord.messages import COMPONENTS_V2, TEXT_DISPLAY, Message
from sandbox.discord.people import Member
from sandbox.discord.sending import NewMessage, post
from sandbox.discord.threads import Thread
from storage.clips import ObjectClipStore
from storage.database import Database, sqlite_url
from storage.jobs import SqlJobStore
from storage.rows import attempt_row, job_row
from storage.schema import attempts, jobs

JOBS_PER_SERVER = 500
"""Half of what Discord allows: 1,000 active threads per server."""
PROVIDER = "kie-sora-2-characters"
NO_CAP = 1_000_000


@dataclass(frozen=True, slots=True)
class Seat:
    """One job as all three sides know it. `callback_url` is None where the provider does not call back."""

    thread: Thread
    card: Message
    owner: Member
    task_id: str
    token: str
    submitted_at: datetime
    ends_at: datetime
    callback_url: str | None


def seat(
    box: Box, count: int, callback_base: str | None, durations: Durations, chance: random.Random
) -> list[Seat]:
    """Cards and threads for `count` jobs, and a running task at the provider for each."""
    now = datetime.now(UTC)
    seats: list[Seat] = []
    for number in range(count):
        if number % JOBS_PER_SERVER == 0:
            guild = box.discord.add_guild(f"Studio {number // JOBS_PER_SERVER}")
            channel, owner = guild.add_text_channel("studio"), guild.add_member(f"Member {number}")
        token = f"{chance.getrandbits(128):032x}"
        url = f"{callback_base}/callbacks/kie/{token}" if callback_base else None
        age_seconds, left_seconds = durations.of_running(chance)
        submitted_at, ends_at = now - timedelta(seconds=age_seconds), now + timedelta(seconds=left_seconds)
        task = box.kie.resume(f"{chance.getrandbits(128):032x}", submitted_at, url)
        card, thread = _card_with_thread(channel, number)
        seats.append(Seat(thread, card, owner, task.task_id, token, submitted_at, ends_at, url))
    return seats


def _card_with_thread(channel: GuildChannel, number: int) -> tuple[Message, Thread]:
    bot = channel.world.bot
    text = {"type": TEXT_DISPLAY, "content": f"job {number}"}
    card = post(channel, NewMessage(author=bot, components=(text,), flags=COMPONENTS_V2))
    thread = Thread(channel, card.id, PUBLIC_THREAD, f"job {number}", bot)
    thread.joined[bot.id] = card.version.at
    card.thread = thread
    return card, thread


def as_orders(seats: Sequence[Seat], file: Path) -> Path:
    """The same jobs for the baseline, which is told them by a file."""
    orders = [{"task_id": one.task_id, "thread_id": one.thread.id, "owner_id": one.owner.id} for one in seats]
    file.write_text("\n".join(map(json.dumps, orders)), "utf-8")
    return file


@asynccontextmanager
async def _database(data_dir: Path) -> AsyncIterator[Database]:
    database = await Database.open(sqlite_url((data_dir / "dramatis.db").resolve()))
    try:
        yield database
    finally:
        await database.close()


async def _kept_clip(data_dir: Path) -> KeptClip:
    clip = evening_clip()

    async def chunks() -> AsyncIterator[bytes]:
        yield clip

    store = ObjectClipStore.at((data_dir / "clips").resolve().as_uri())
    stored: StoredClip = await store.keep(await store.stage(str(ULID()), chunks()))
    return KeptClip(stored, ClipFacts(ClipKind.MP4, 2.0, len(clip), 854, 480, "h264", 25.0))


async def remember_waiting(
    seats: Sequence[Seat], data_dir: Path, durations: Durations, chance: random.Random
) -> None:
    """Puts the jobs into the bot's database as a bot leaves them that followed them until now.

    It has seen others end, and so has learned when to look; how often it has looked is of no account then.
    """
    clip, now = await _kept_clip(data_dir), datetime.now(UTC)
    known = [durations.of_ended(chance) for _ in range(REMEMBERED)]
    ages = _ages_of_looks(known, seats)
    rows = [_waiting(one, clip, _next_look(one, ages, now)) for one in seats]
    rows += [
        _ended(one, clip, now - timedelta(seconds=number), seconds)
        for number, (one, seconds) in enumerate(zip(seats, known, strict=False))
    ]
    async with _database(data_dir) as database, database.write() as connection:
        await connection.execute(insert(jobs), [job_row(job) for job, _ in rows])
        await connection.execute(insert(attempts), [attempt_row(attempt) for _, attempt in rows])


def _ages_of_looks(known: Sequence[float], seats: Sequence[Seat]) -> list[float]:
    """The ages, in seconds, at which a bot that knows these durations looks at so many tasks."""
    curve = curve_of(known)
    assert curve is not None
    pace = pace_of(curve, price_of(curve, len(seats), BUDGET_PER_SECOND))
    oldest_seconds = max((one.ends_at - one.submitted_at).total_seconds() for one in seats)
    ages = [pace.wait_seconds(0.0)]
    while ages[-1] <= oldest_seconds:
        ages.append(ages[-1] + pace.wait_seconds(ages[-1]))
    return ages


def _next_look(one: Seat, ages: Sequence[float], now: datetime) -> datetime:
    age_seconds = (now - one.submitted_at).total_seconds()
    return one.submitted_at + timedelta(seconds=ages[bisect_right(ages, age_seconds)])


def _waiting(one: Seat, clip: KeptClip, due_at: datetime) -> tuple[Job, Attempt]:
    job = _job(one, clip)
    attempt = _attempt(
        job,
        state=AttemptState.WAITING,
        callback_token=one.token,
        handed_over=HandedOver("http://127.0.0.1/clip.mp4", one.submitted_at),
        submitted_at=one.submitted_at,
        task_id=one.task_id,
        due_at=due_at,
    )
    return job, attempt


def _ended(one: Seat, clip: KeptClip, ended_at: datetime, task_seconds: float) -> tuple[Job, Attempt]:
    """Another job of the same member, long told."""
    job = _job(one, clip)
    attempt = _attempt(job, state=AttemptState.SUCCEEDED, callback_token=f"of {job.job_id}")
    return job, replace(attempt, ended_at=ended_at, task_seconds=task_seconds)


async def remember_queued(seats: Sequence[Seat], data_dir: Path) -> None:
    """Puts the jobs into the bot's database with their clips kept, next to be handed over and submitted."""
    clip = await _kept_clip(data_dir)
    async with _database(data_dir) as database:
        store = SqlJobStore(database)
        for one in seats:
            job = _job(one, clip)
            attempt = _attempt(job, state=AttemptState.QUEUED, callback_token=one.token)
            await store.accept(job, attempt, daily_cap=NO_CAP)


def _job(one: Seat, clip: KeptClip) -> Job:
    channel = one.thread.parent
    order = Order(
        ticket=InteractionTicket(channel.world.mint.next(), channel.world.application_id, ""),
        place=Place(channel.guild.id, channel.id, PlaceKind.TEXT),
        owner_id=one.owner.id,
        subject=Subject.FICTIONAL,
        prompt="somebody new",
        safety="",
        safety_sent="",
        name=None,
        visibility=Visibility.THREAD,
        attachment=Attachment("", "clip.mp4", clip.stored.size_bytes),
    )
    card = MessageRef(channel.id, one.card.id)
    return Job(str(ULID()), order, one.submitted_at, clip, card, one.thread.id)


def _attempt(
    job: Job,
    *,
    state: AttemptState,
    callback_token: str,
    due_at: datetime | None = None,
    handed_over: HandedOver | None = None,
    submitted_at: datetime | None = None,
    task_id: str | None = None,
) -> Attempt:
    return Attempt(
        attempt_id=str(ULID()),
        job_id=job.job_id,
        number=1,
        state=state,
        provider=PROVIDER,
        requested_by=job.order.owner_id,
        callback_token=callback_token,
        created_at=job.created_at,
        due_at=due_at or job.created_at,
        handed_over=handed_over,
        submitted_at=submitted_at,
        task_id=task_id,
    )
