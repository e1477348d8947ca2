"""The composition root: everything is built, wired and closed here, and nowhere else."""

import asyncio
import random
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
from bot.errors import ClipStoreUnavailable, DramatisError
from bot.instance import instance_id_in
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.desk import Desk, DeskRules
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.heartbeat import Heartbeat
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
from storage.instances import ALONE, SqlInstanceStore
from storage.jobs import SqlJobStore

STAGED_AT_MOST = timedelta(hours=1)
"""Far longer than a clip can be on trial: a lease is minutes."""

log = structlog.get_logger(__name__)

__all__ = [
    "AlreadyRunning",
    "ClipStoreUnavailable",
    "DatabaseUnusable",
    "SchemaTooNew",
    "TokenRefused",
    "Unreadable",
    "Verdict",
    "judge",
    "run",
]


class AlreadyRunning(DramatisError):
    """Another process holds the data folder's lock."""

    def __init__(self, lock_file: Path) -> None:
        super().__init__(lock_file)
        self.lock_file = lock_file


class TokenRefused(DramatisError):
    """Discord does not take DISCORD_TOKEN."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered."""

    database: Database
    jobs: SqlJobStore
    announcements: SqlAnnouncementStore
    instances: SqlInstanceStore
    characters: SqlCharacterStore
    circuits: SqlCircuitStore
    clips: ObjectClipStore


async def run(settings: Settings) -> None:
    """The bot, until SIGTERM or SIGINT.

    Raises:
        AlreadyRunning: another process serves this data folder.
        TokenRefused: Discord does not take the token.
        DatabaseUnusable, SchemaTooNew, ClipStoreUnavailable: what is remembered cannot be used.
    """
    configure_logs(settings.log_level, settings.log_format, settings.secret_values)
    stop = _stop_on_signals()
    async with _assembled(settings) as (client, runner):
        gateway = asyncio.create_task(client.connect(), name="gateway")
        runner.start()
        waits = [gateway, asyncio.create_task(runner.join()), asyncio.create_task(stop.wait())]
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping", asked=stop.is_set())
        await runner.stop()
        await client.close()
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        for task in done:
            task.result()


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
        await _join_others(ground, stack)
        runner = _runner(ground, announcer)
        checks = {"database": ground.memory.database.answers, "discord": _is_connected(client)}
        routes = _callbacks(ground)
        await stack.enter_async_context(listener(settings.web_host, settings.web_port, checks, routes))
        yield client, runner


def _claim_data_folder(data_dir: Path, stack: AsyncExitStack) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(data_dir / "dramatis.lock")
    try:
        stack.enter_context(lock.acquire(timeout=0))
    except Timeout:
        raise AlreadyRunning(Path(lock.lock_file)) from None


async def _remember(settings: Settings, stack: AsyncExitStack) -> Memory:
    database = await Database.open(settings.database)
    stack.push_async_callback(database.close)
    instance_id = instance_id_in(settings.data_dir, _new_id) if database.is_shared else ALONE
    clips = ObjectClipStore.at(settings.clip_store)
    # What a crash left half-copied; where others may be copying just now, only what is too old for that.
    spared = STAGED_AT_MOST if database.is_shared else timedelta()
    await clips.sweep(older_than=SystemClock().now() - spared)
    return Memory(
        database=database,
        jobs=SqlJobStore(database, instance_id),
        announcements=SqlAnnouncementStore(database, instance_id),
        instances=SqlInstanceStore(database, instance_id),
        characters=SqlCharacterStore(database),
        circuits=SqlCircuitStore(database),
        clips=clips,
    )


async def _join_others(ground: Ground, stack: AsyncExitStack) -> None:
    """Takes up what the process before us left; on a shared database, shows that we live until we stop."""
    heartbeat = Heartbeat(ground.memory.instances, ground.bell.ring)
    await heartbeat.recover()
    if ground.memory.database.is_shared:
        await stack.enter_async_context(heartbeat.beating())


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
