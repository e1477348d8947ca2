"""How the parts fit together: engine, cogs, lanes and listener, on what `bot.app` has opened."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import aiohttp
from aiohttp import web
from ulid import ULID

from bot import prose
from bot.client import DramatisClient
from bot.clips import limits
from bot.clips.download import AttachmentDownload
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock
from bot.jobs.breaker import Breaker
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
from bot.jobs.timetable import Timetable
from bot.ports import Provider
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.settings import Settings
from bot.web.callbacks import PATH, KieCallbacks
from cogs.commands import character_group
from cogs.controls import job_buttons
from cogs.create import Create
from cogs.delivery.thread_replies import ThreadReplies
from cogs.library import Library
from cogs.missed_reactions import MissedReactions
from cogs.presses import Switchboard
from cogs.retries import Retries
from cogs.status import Status
from storage.announcements import SqlAnnouncementStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.clips import ObjectClipStore
from storage.database import Database
from storage.instances import SqlInstanceStore
from storage.jobs import SqlJobStore


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


def build_desk(ground: Ground) -> Desk:
    settings, memory = ground.settings, ground.memory
    return Desk(
        jobs=memory.jobs,
        announcements=memory.announcements,
        characters=memory.characters,
        circuits=memory.circuits,
        clock=ground.clock,
        rules=DeskRules(provider=settings.providers[0], daily_cap=settings.daily_creation_cap),
        new_id=new_id,
        new_token=_new_token,
        ring=ground.bell.ring,
    )


async def add_cogs(ground: Ground, client: DramatisClient) -> None:
    desk, clock, guilds = build_desk(ground), ground.clock, ground.settings.guild_ids
    group = character_group()
    create = Create(group, desk=desk, clock=clock, allowed_guilds=guilds, safety_floor=prose.STRICT_FLOOR)
    retries = Retries(desk=desk, clock=clock, allowed_guilds=guilds, own_user_id=lambda: _own_id(client))
    missed = MissedReactions(desk=desk, client=client, allowed_guilds=guilds)
    status = Status(group, desk=desk, clock=clock, allowed_guilds=guilds)
    library = Library(group, desk=desk, clock=clock, allowed_guilds=guilds)
    switchboard = Switchboard({**retries.presses, **library.presses})
    for cog in (create, retries, missed, status, library, switchboard):
        await client.add_cog(cog)
    client.tree.add_command(group)
    client.add_dynamic_items(job_buttons(switchboard.press))


def build_runner(ground: Ground, announcer: ThreadReplies) -> Runner:
    memory, clock, bell = ground.memory, ground.clock, ground.bell
    outbox = Outbox(
        jobs=memory.jobs,
        announcements=memory.announcements,
        announcer=announcer,
        clock=clock,
        ring=bell.ring,
    )
    providers = {provider.name: provider for provider in _providers(ground)}
    breaker = Breaker(
        circuits=memory.circuits,
        provider=providers[ground.settings.providers[0]],
        clock=clock,
        ring=bell.ring,
    )
    return Runner(
        engine=build_engine(ground, announcer, providers),
        outbox=outbox,
        jobs=memory.jobs,
        announcements=memory.announcements,
        breaker=breaker,
        rate=ground.settings.submit_rate,
        clock=clock,
        bell=bell,
    )


def build_engine(ground: Ground, announcer: ThreadReplies, providers: Mapping[str, Provider]) -> Engine:
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
    timetable = Timetable(
        jobs=memory.jobs,
        clock=clock,
        schedule=settings.poll_seconds,
        callbacks=settings.public_base_url is not None,
        chance=random.random,
    )
    submissions = Submissions(
        jobs=memory.jobs,
        circuits=memory.circuits,
        clips=memory.clips,
        checkpoint=checkpoint,
        clock=clock,
        rules=SubmissionRules(settings.submit_rate, _callback_url(settings)),
        timetable=timetable,
        chance=random.random,
    )
    following = Following(
        checkpoint=checkpoint,
        clock=clock,
        timetable=timetable,
        new_id=new_id,
    )
    return Engine(
        jobs=memory.jobs,
        providers=providers,
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


def callback_routes(ground: Ground) -> Sequence[web.RouteDef]:
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


def new_id() -> str:
    return str(ULID())


def _new_token() -> str:
    return secrets.token_hex(16)


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("dramatis")
    return "0"
