"""The composition root: everything is opened and closed here; `bot.assembly.engine` puts it together."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog

from bot import backups
from bot.assembly.cogs import (
    add_cogs,
    build_client,
    pictures,
)
from bot.assembly.engine import (
    build_metrics,
    build_runner,
    callback_routes,
    settled_by,
)
from bot.assembly.ground import (
    Ground,
    Memory,
    memory_on,
    new_id,
)
from bot.assembly.rounds import all_rounds, build_departures
from bot.backup_rounds import build_backup_rounds
from bot.backups import UpgradeUnsafe
from bot.client import DramatisClient, log_in
from bot.clips.check import Unreadable, Verdict, check_files
from bot.clips.download import AttachmentDownload, attachment_session
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock, is_plausible
from bot.data_folder import claimed
from bot.errors import ClipStoreUnavailable
from bot.instance import instance_id_in
from bot.jobs.clock_watch import ClockWatch
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.keeping.sweeping import SPARED
from bot.jobs.lanes import Bell
from bot.jobs.measured import MeasuredAnnouncer
from bot.jobs.runner import Runner
from bot.logs import configure_logs
from bot.refusals.starts import (
    AlreadyRunning,
    ClockImplausible,
    DataFolderUnusable,
    DiscordUnreachable,
    TokenRefused,
)
from bot.settings import Settings, exposed_secrets
from bot.web.listener import Check, listener
from bot.web.metrics import Gateway
from cogs.delivery.refusals import Refusals
from cogs.delivery.thread_replies import ThreadReplies
from cogs.membership import Membership
from storage.clips import ObjectClipStore
from storage.database import Database
from storage.errors import DatabaseAway, DatabaseGone, DatabaseUnusable, SchemaTooNew
from storage.instances import ALONE

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
AUTHENTICATION_FAILED = 4004
"""Discord: Gateway Close Event Codes."""

log = structlog.get_logger(__name__)

__all__ = [
    "AlreadyRunning",
    "ClipStoreUnavailable",
    "ClockImplausible",
    "DataFolderUnusable",
    "DatabaseAway",
    "DatabaseGone",
    "DatabaseUnusable",
    "DiscordUnreachable",
    "SchemaTooNew",
    "TokenRefused",
    "Unreadable",
    "UpgradeUnsafe",
    "Verdict",
    "judge",
    "run",
]


async def run(settings: Settings) -> None:
    """The bot, until SIGTERM or SIGINT.

    Raises:
        ClockImplausible: this machine does not know what time it is.
        AlreadyRunning, DataFolderUnusable: another process serves this data folder, or nobody can.
        DiscordUnreachable, TokenRefused: Discord does not answer, or does not take the token, or no longer.
        DatabaseUnusable, DatabaseGone, SchemaTooNew, ClipStoreUnavailable: what is remembered cannot be used;
            of the last, only what will not pass by itself.
        UpgradeUnsafe: it would have to be migrated, and cannot be backed up before.
    """
    configure_logs(settings.log_level, settings.log_format, settings.secret_values)
    _look_around(settings)
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(stack.enter_async_context(_assembled(settings)))
        if await _first_of(opening, asyncio.create_task(stop.wait())) is not opening:
            return
        client, runner = opening.result()
        gateway = asyncio.create_task(_connect(client), name="gateway")
        runner.start()
        lanes = asyncio.create_task(runner.join())
        ended = await _first_of(gateway, lanes, asyncio.create_task(stop.wait()), keep=(gateway, lanes))
        log.info("stopping", asked=stop.is_set())
        await runner.stop()
        await client.close()
        await _first_of(gateway, lanes)
        ended.result()


def _look_around(settings: Settings) -> None:
    """Refuses a clock that is not set; warns of what is only unwise.

    Raises:
        ClockImplausible: that is not the present time.
    """
    now = SystemClock().now()
    if not is_plausible(now):
        raise ClockImplausible(now)
    if exposed := exposed_secrets():
        log.warning("secrets_readable_by_others", files=list(map(str, exposed)))
    if settings.log_level == "DEBUG":
        log.warning("logging_at_debug")


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


@asynccontextmanager
async def _assembled(settings: Settings) -> AsyncIterator[tuple[DramatisClient, Runner]]:
    """Opens from the ground up: data folder, database, network, Discord; closes the other way round."""
    async with AsyncExitStack() as stack:
        stack.enter_context(claimed(settings.data_dir))
        ground = Ground(
            settings=settings,
            memory=await _remember(settings, stack),
            session=await stack.enter_async_context(_session()),
            attachments=await _attachments(settings, stack),
            probe=await stack.enter_async_context(ClipProbe()),
            editor=await stack.enter_async_context(ChildEditor(settings.data_dir)),
            clock=SystemClock(),
            bell=Bell(),
        )
        refusals = Refusals(ground.clock)
        client = build_client(settings, DramatisClient, refusals.trace())
        stack.push_async_callback(client.close)
        metrics = build_metrics(ground, Gateway(client.is_ready, lambda: client.latency))
        replies = ThreadReplies(
            client,
            ground.clock,
            pictures=pictures(ground),
            settled_by=settled_by(settings),
            refusals=refusals,
            servers=ground.memory.servers,
            departures=ground.memory.departures,
            posts=ground.memory.character_posts,
        )
        departures = build_departures(ground, client)
        await add_cogs(ground, client)
        await client.add_cog(Membership(departures))
        await log_in(client, settings.discord_token.get_secret_value(), settings.discord_api_base_url)
        heartbeat = await _join_others(ground, stack)
        for coming_round in all_rounds(ground, client, metrics):
            await stack.enter_async_context(coming_round)
        await stack.enter_async_context(departures.watching())
        if (scheduled := build_backup_rounds(settings, ground.clock, metrics)) is not None:
            await stack.enter_async_context(scheduled.keeping())
        runner = build_runner(ground, MeasuredAnnouncer(replies, metrics), heartbeat.living, metrics)
        checks = {
            "database": ground.memory.database.answers,
            "clips": _is_in_order(ground.memory.clips),
            "discord": _is_connected(client),
        }
        routes = [*callback_routes(ground), *metrics.routes()]
        await stack.enter_async_context(listener(settings.web_host, settings.web_port, checks, routes))
        yield client, runner


async def _remember(settings: Settings, stack: AsyncExitStack) -> Memory:
    await backups.keep_before_upgrade(settings, SystemClock().now())
    database = await Database.open(settings.database)
    stack.push_async_callback(database.close)
    instance_id = instance_id_in(settings.data_dir, new_id) if database.is_shared else ALONE
    clips = ObjectClipStore.at(settings.clip_store)
    # What a crash left half-copied; where others may be copying just now, only what is too old for that.
    spared = SPARED if database.is_shared else timedelta()
    try:
        await clips.sweep(older_than=SystemClock().now() - spared)
    except ClipStoreUnavailable as error:
        if error.turned_away:
            raise
        # It may be back in a minute: what needs no clip works meanwhile, and the rest waits.
        log.error("clip_store_away", key=error.key, cause=error.cause)  # noqa: TRY400 - the cause says it all
    return memory_on(database, instance_id, clips)


async def _join_others(ground: Ground, stack: AsyncExitStack) -> Heartbeat:
    """Takes up what the process before us left; on a shared database, shows that we live until we stop."""
    instances, ring = ground.memory.instances, ground.bell.ring
    heartbeat = Heartbeat(instances, ring)
    await heartbeat.recover()
    await stack.enter_async_context(ClockWatch(instances, ground.clock, ring).watching())
    if ground.memory.database.is_shared:
        await stack.enter_async_context(heartbeat.beating())
    return heartbeat


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())


async def _attachments(settings: Settings, stack: AsyncExitStack) -> AttachmentDownload:
    """With a session of its own, which reaches nothing but Discord's file hosts."""
    hosts = frozenset(settings.discord_cdn_hosts)
    return AttachmentDownload(await stack.enter_async_context(attachment_session(hosts)), hosts)


async def _connect(client: DramatisClient) -> None:
    """Stays connected until the client is closed.

    Raises:
        TokenRefused: the token was good, and is not any more.
    """
    try:
        await client.connect()
    except discord.ConnectionClosed as closed:
        if closed.code != AUTHENTICATION_FAILED:
            raise
        raise TokenRefused from None


def _is_connected(client: DramatisClient) -> Check:
    async def connected() -> bool:
        return client.is_ready()

    return connected


def _is_in_order(clips: ObjectClipStore) -> Check:
    async def in_order() -> bool:
        return await clips.out_of_order() is None

    return in_order


def _stop_on_signals() -> asyncio.Event:
    """Set by the first signal; the second one ends the process as if there were no handler."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def first_asked() -> None:
        for name in STOP_SIGNALS:
            loop.remove_signal_handler(name)
            signal.signal(name, signal.SIG_DFL)
        stop.set()

    for name in STOP_SIGNALS:
        with suppress(NotImplementedError):  # Windows delivers Ctrl-C as an exception instead
            loop.add_signal_handler(name, first_asked)
    return stop
