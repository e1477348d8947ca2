"""The composition root: everything is built, wired and closed here, and nowhere else."""

import asyncio
import random
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog
from aiohttp import web
from discord.http import Route
from filelock import FileLock, Timeout
from ulid import ULID

from bot import prose
from bot.client import DramatisClient, Shards
from bot.clips import limits
from bot.clips.check import Unreadable, Verdict, check_files
from bot.clips.download import AttachmentDownload, attachment_session
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock
from bot.errors import (
    AlreadyRunning,
    ClipStoreUnavailable,
    DataFolderUnusable,
    DiscordUnreachable,
    TokenRefused,
)
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.desk import Desk, DeskRules
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.hints import Hints
from bot.jobs.intake import Intake
from bot.jobs.lanes import Bell
from bot.jobs.outbox import Outbox
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.logs import configure_logs
from bot.ports import Provider
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.settings import Settings
from bot.web.callbacks import PATH, KieCallbacks
from bot.web.listener import Check, listener
from cogs.commands import Tree, character_group
from cogs.controls import job_buttons
from cogs.create import Create
from cogs.delivery.thread_replies import ThreadReplies
from cogs.library import Library
from cogs.presses import Switchboard
from cogs.retries import Retries
from cogs.status import Status
from storage.announcements import SqlAnnouncementStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.clips import ObjectClipStore
from storage.database import Database
from storage.errors import DatabaseUnusable, SchemaTooNew
from storage.jobs import SqlJobStore

log = structlog.get_logger(__name__)

__all__ = [
    "AlreadyRunning",
    "ClipStoreUnavailable",
    "DataFolderUnusable",
    "DatabaseUnusable",
    "DiscordUnreachable",
    "SchemaTooNew",
    "TokenRefused",
    "Unreadable",
    "Verdict",
    "judge",
    "run",
]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered."""

    database: Database
    jobs: SqlJobStore
    announcements: SqlAnnouncementStore
    characters: SqlCharacterStore
    circuits: SqlCircuitStore
    clips: ObjectClipStore


async def run(settings: Settings) -> None:
    """The bot, until SIGTERM or SIGINT.

    Raises:
        AlreadyRunning, DataFolderUnusable: another process serves this data folder, or nobody can.
        DiscordUnreachable, TokenRefused: Discord does not answer, or does not take the token.
        DatabaseUnusable, SchemaTooNew, ClipStoreUnavailable: what is remembered cannot be used.
    """
    configure_logs(settings.log_level, settings.log_format, settings.secret_values)
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(stack.enter_async_context(_assembled(settings)))
        if await _first_of(opening, asyncio.create_task(stop.wait())) is not opening:
            return
        client, runner = opening.result()
        gateway = asyncio.create_task(client.connect(), name="gateway")
        runner.start()
        lanes = asyncio.create_task(runner.join())
        ended = await _first_of(gateway, lanes, asyncio.create_task(stop.wait()), keep=(gateway, lanes))
        log.info("stopping", asked=stop.is_set())
        await runner.stop()
        await client.close()
        await _first_of(gateway, lanes)
        ended.result()


async def _first_of(*tasks: asyncio.Task[Any], keep: Sequence[asyncio.Task[Any]] = ()) -> asyncio.Task[Any]:
    """The first task that ends; the others are cancelled, but for those to `keep`."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    others = [task for task in tasks if task not in done and task not in keep]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return done.pop()


async def judge(paths: Sequence[Path]) -> list[Verdict | Unreadable]:
    """One verdict per file, as the bot would give it."""
    async with ClipProbe() as probe:
        return await check_files(paths, probe)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the parts stand on: opened first, closed last."""

    settings: Settings
    memory: Memory
    session: aiohttp.ClientSession
    attachments: AttachmentDownload
    probe: ClipProbe
    clock: SystemClock
    bell: Bell


@asynccontextmanager
async def _assembled(settings: Settings) -> AsyncIterator[tuple[DramatisClient, Runner]]:
    """Opens from the ground up: data folder, database, network, Discord; closes the other way round."""
    async with AsyncExitStack() as stack:
        _claim_data_folder(settings.data_dir, stack)
        ground = Ground(
            settings=settings,
            memory=await _remember(settings, stack),
            session=await stack.enter_async_context(_session()),
            attachments=await _attachments(settings, stack),
            probe=await stack.enter_async_context(ClipProbe()),
            clock=SystemClock(),
            bell=Bell(),
        )
        client = _client(settings)
        stack.push_async_callback(client.close)
        announcer = ThreadReplies(client, ground.clock)
        await _add_cogs(ground, client)
        await _log_in(client, settings)
        runner = _runner(ground, announcer)
        await runner.recover()
        checks = {"database": ground.memory.database.answers, "discord": _is_connected(client)}
        routes = _callbacks(ground)
        await stack.enter_async_context(listener(settings.web_host, settings.web_port, checks, routes))
        yield client, runner


def _claim_data_folder(data_dir: Path, stack: AsyncExitStack) -> None:
    lock = FileLock(data_dir / "dramatis.lock")
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        stack.enter_context(lock.acquire(timeout=0))
    except Timeout:
        raise AlreadyRunning(Path(lock.lock_file)) from None
    except OSError as error:
        raise DataFolderUnusable(data_dir, error.strerror or type(error).__name__) from None


async def _remember(settings: Settings, stack: AsyncExitStack) -> Memory:
    database = await Database.open(settings.database)
    stack.push_async_callback(database.close)
    clips = ObjectClipStore.at(settings.clip_store)
    await clips.sweep(older_than=SystemClock().now())  # what a crash left half-copied; we are alone here
    return Memory(
        database=database,
        jobs=SqlJobStore(database),
        announcements=SqlAnnouncementStore(database),
        characters=SqlCharacterStore(database),
        circuits=SqlCircuitStore(database),
        clips=clips,
    )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())


async def _attachments(settings: Settings, stack: AsyncExitStack) -> AttachmentDownload:
    """With a session of its own, which reaches nothing but Discord's file hosts."""
    hosts = frozenset(settings.discord_cdn_hosts)
    return AttachmentDownload(await stack.enter_async_context(attachment_session(hosts)), hosts)


def _client(settings: Settings) -> DramatisClient:
    """A client that knows where Discord is; it is not yet logged in."""
    Route.BASE = settings.discord_api_base_url
    # Nobody speaks here, so nobody needs to be told what speaking would take.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    shard_ids = tuple(int(shard_id) for shard_id in settings.shard_ids) or None
    return DramatisClient(
        tree_cls=Tree,
        published_file=settings.data_dir / "published-commands",
        shards=Shards(settings.shard_count, shard_ids),
    )


async def _log_in(client: DramatisClient, settings: Settings) -> None:
    """From here on Discord can be called; the commands are published with it."""
    try:
        await client.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        raise TokenRefused from None
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise DiscordUnreachable(settings.discord_api_base_url, type(error).__name__) from None


def _desk(ground: Ground) -> Desk:
    settings, memory = ground.settings, ground.memory
    return Desk(
        jobs=memory.jobs,
        announcements=memory.announcements,
        characters=memory.characters,
        circuits=memory.circuits,
        clock=ground.clock,
        rules=DeskRules(provider=settings.providers[0], daily_cap=settings.daily_creation_cap),
        new_id=_new_id,
        new_token=_new_token,
        ring=ground.bell.ring,
    )


async def _add_cogs(ground: Ground, client: DramatisClient) -> None:
    desk, clock, guilds = _desk(ground), ground.clock, ground.settings.guild_ids
    group = character_group()
    create = Create(group, desk=desk, clock=clock, allowed_guilds=guilds, safety_floor=prose.STRICT_FLOOR)
    retries = Retries(desk=desk, clock=clock, allowed_guilds=guilds, own_user_id=lambda: _own_id(client))
    status = Status(group, desk=desk, clock=clock, allowed_guilds=guilds)
    library = Library(group, desk=desk, clock=clock, allowed_guilds=guilds)
    switchboard = Switchboard({**retries.presses, **library.presses})
    for cog in (create, retries, status, library, switchboard):
        await client.add_cog(cog)
    client.tree.add_command(group)
    client.add_dynamic_items(job_buttons(switchboard.press))


def _runner(ground: Ground, announcer: ThreadReplies) -> Runner:
    memory, clock, bell = ground.memory, ground.clock, ground.bell
    outbox = Outbox(
        jobs=memory.jobs,
        announcements=memory.announcements,
        announcer=announcer,
        clock=clock,
        ring=bell.ring,
    )
    return Runner(
        engine=_engine(ground, announcer),
        outbox=outbox,
        jobs=memory.jobs,
        announcements=memory.announcements,
        circuits=memory.circuits,
        provider=ground.settings.providers[0],
        rate=ground.settings.submit_rate,
        clock=clock,
        bell=bell,
    )


def _engine(ground: Ground, announcer: ThreadReplies) -> Engine:
    settings, memory, clock = ground.settings, ground.memory, ground.clock
    checkpoint = Checkpoint(memory.jobs, clock, ground.bell.ring)
    intake = Intake(
        jobs=memory.jobs,
        circuits=memory.circuits,
        clips=memory.clips,
        attachments=ground.attachments,
        judge=ground.probe,
        announcer=announcer,
        checkpoint=checkpoint,
        clock=clock,
        limit_bytes=limits.LIMIT_BYTES,
    )
    submissions = Submissions(
        jobs=memory.jobs,
        circuits=memory.circuits,
        clips=memory.clips,
        checkpoint=checkpoint,
        clock=clock,
        rules=SubmissionRules(settings.submit_rate, settings.poll_seconds, _callback_url(settings)),
        chance=random.random,
    )
    following = Following(
        checkpoint=checkpoint,
        clock=clock,
        poll_schedule=settings.poll_seconds,
        chance=random.random,
        new_id=_new_id,
    )
    return Engine(
        jobs=memory.jobs,
        providers={provider.name: provider for provider in _providers(ground)},
        intake=intake,
        submissions=submissions,
        following=following,
        checkpoint=checkpoint,
        clock=clock,
    )


def _callback_url(settings: Settings) -> Callable[[str], str] | None:
    """Makes an attempt's own address of its token; None when the provider cannot reach us."""
    base = settings.public_base_url
    return (lambda token: base + PATH.format(token=token)) if base else None


def _callbacks(ground: Ground) -> Sequence[web.RouteDef]:
    settings, jobs, clock = ground.settings, ground.memory.jobs, ground.clock
    if settings.public_base_url is None:
        return ()
    hints = Hints(jobs, Checkpoint(jobs, clock, ground.bell.ring), clock)
    return KieCallbacks(hints, settings.signature_keys, clock).routes()


def _providers(ground: Ground) -> Sequence[Provider]:
    settings = ground.settings
    config = KieConfig(
        api_base_url=settings.kie_api_base_url,
        upload_base_url=settings.kie_upload_base_url,
        api_key=settings.kie_api_key.get_secret_value(),
        version=_version(),
    )
    return (Sora2Characters(KieClient(ground.session, config)),)


def _own_id(client: DramatisClient) -> int | None:
    return client.user.id if client.user else None


def _is_connected(client: DramatisClient) -> Check:
    async def connected() -> bool:
        return client.is_ready()

    return connected


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows delivers Ctrl-C as an exception instead
            loop.add_signal_handler(name, stop.set)
    return stop


def _new_id() -> str:
    return str(ULID())


def _new_token() -> str:
    return secrets.token_hex(16)


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("dramatis")
    return "0"
