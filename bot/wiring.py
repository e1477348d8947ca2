"""How the parts fit together: engine, cogs, lanes and listener, on what `bot.app` has opened."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

import aiohttp
import discord
from aiohttp import web
from discord import app_commands
from discord.http import Route
from ulid import ULID

from bot import prose
from bot.client import DramatisClient, Shards
from bot.clips import limits
from bot.clips.download import AttachmentDownload
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock
from bot.jobs.acceptance import Acceptance
from bot.jobs.breaker import Breaker
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.desk import Desk, DeskRules
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.hints import Hints
from bot.jobs.intake import Intake, IntakeLimits
from bot.jobs.lanes import Bell
from bot.jobs.mending import Mending
from bot.jobs.outbox import Outbox
from bot.jobs.oversight import Oversight
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.notices import SettledBy
from bot.ports import Provider
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.uploads import Uploads
from bot.settings import Settings
from bot.web.callbacks import PATH, KieCallbacks, doctor_token
from cogs.admin_jobs import AdminJobs
from cogs.commands import Tree, admin_group, character_group
from cogs.controls import job_buttons, job_selects
from cogs.create import Create
from cogs.delivery.thread_replies import ThreadReplies
from cogs.library import Library
from cogs.message_clips import MessageClips
from cogs.missed_reactions import MissedReactions
from cogs.new_character import NewCharacter
from cogs.offers import Offers
from cogs.ordering import Ordering
from cogs.panel import StartPanel
from cogs.pictures import Pictures
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
from storage.picks import SqlPickStore
from storage.records import SqlJobRecords

AnyClient = TypeVar("AnyClient", bound=DramatisClient)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered."""

    database: Database
    jobs: SqlJobStore
    announcements: SqlAnnouncementStore
    instances: SqlInstanceStore
    characters: SqlCharacterStore
    circuits: SqlCircuitStore
    picks: SqlPickStore
    records: SqlJobRecords
    clips: ObjectClipStore


@dataclass(frozen=True, slots=True)
class Ground:
    """What the parts stand on: opened first, closed last."""

    settings: Settings
    memory: Memory
    session: aiohttp.ClientSession
    attachments: AttachmentDownload
    probe: ClipProbe
    editor: ChildEditor
    clock: SystemClock
    bell: Bell


def memory_on(database: Database, instance_id: str, clips: ObjectClipStore) -> Memory:
    """What is remembered in a database, under the name of this process, and in a clip store."""
    return Memory(
        database=database,
        jobs=SqlJobStore(database, instance_id),
        announcements=SqlAnnouncementStore(database, instance_id),
        instances=SqlInstanceStore(database, instance_id),
        characters=SqlCharacterStore(database),
        circuits=SqlCircuitStore(database),
        picks=SqlPickStore(database),
        records=SqlJobRecords(database),
        clips=clips,
    )


def build_client(
    settings: Settings, kind: type[AnyClient], trace: aiohttp.TraceConfig | None = None
) -> AnyClient:
    """A client that knows where Discord is; it is not yet logged in."""
    Route.BASE = settings.discord_api_base_url
    # Nobody speaks here, so nobody needs to be told what speaking would take.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    shard_ids = tuple(int(shard_id) for shard_id in settings.shard_ids) or None
    return kind(
        tree_cls=Tree,
        published_file=settings.data_dir / "published-commands",
        shards=Shards(settings.shard_count, shard_ids),
        trace=trace,
    )


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


def settled_by(settings: Settings) -> SettledBy:
    """A callback can settle a lost order only if it reaches us, and its signature says whose it is."""
    heard = settings.public_base_url is not None and bool(settings.signature_keys)
    return SettledBy.CALLBACK if heard else SettledBy.OPERATOR


async def add_cogs(ground: Ground, client: DramatisClient) -> None:
    desk, clock, guilds = build_desk(ground), ground.clock, ground.settings.guild_ids
    group, admin, settling = character_group(), admin_group(), settled_by(ground.settings)
    ordering = Ordering(desk=desk, clock=clock, allowed_guilds=guilds, safety_floor=prose.STRICT_FLOOR)
    create = Create(group, ordering)
    new_character = NewCharacter(group, ordering)
    message_clips = MessageClips(
        ordering, picks=ground.memory.picks, clock=clock, client=client, new_id=new_id
    )
    panel = StartPanel(admin, ordering, client=client)
    retries = Retries(
        desk=desk,
        clock=clock,
        allowed_guilds=guilds,
        own_user_id=lambda: _own_id(client),
        settled_by=settling,
    )
    status = Status(group, desk=desk, clock=clock, allowed_guilds=guilds, settled_by=settling)
    library = Library(group, desk=desk, clock=clock, allowed_guilds=guilds)
    offers = Offers(desk=desk, pictures=pictures(ground), allowed_guilds=guilds)
    admin_jobs = build_admin_jobs(ground, admin)
    pressed = (retries, library, offers, new_character, admin_jobs)
    switchboard = Switchboard(
        {key: press for cog in pressed for key, press in cog.presses.items()},
        {**new_character.forms, **message_clips.forms},
    )
    missed = MissedReactions(desk=desk, client=client, allowed_guilds=guilds)
    for cog in (create, message_clips, panel, status, missed, *pressed, switchboard):
        await client.add_cog(cog)
    for command in (group, admin, message_clips.menu):
        client.tree.add_command(command)
    client.add_dynamic_items(job_buttons(switchboard.press), job_selects(switchboard.press))


def pictures(ground: Ground) -> Pictures:
    return Pictures(ground.memory.clips.whole)


def build_admin_jobs(ground: Ground, group: app_commands.Group) -> AdminJobs:
    memory, settings = ground.memory, ground.settings
    oversight = Oversight(records=memory.records, announcements=memory.announcements, clock=ground.clock)
    return AdminJobs(
        group, oversight=oversight, allowed_guilds=settings.guild_ids, settled_by=settled_by(settings)
    )


def build_runner(ground: Ground, announcer: ThreadReplies, living: Callable[[], int]) -> Runner:
    memory, clock, bell = ground.memory, ground.clock, ground.bell
    outbox = Outbox(
        jobs=memory.jobs,
        announcements=memory.announcements,
        announcer=announcer,
        clock=clock,
        ring=bell.ring,
    )
    providers = providers_of(ground.settings, ground.session)
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
        living=living,
    )


def build_engine(ground: Ground, announcer: ThreadReplies, providers: Mapping[str, Provider]) -> Engine:
    settings, memory, clock = ground.settings, ground.memory, ground.clock
    checkpoint = Checkpoint(memory.jobs, clock, ground.bell.ring)
    intake, mending = _clip_line(ground, announcer, checkpoint)
    timetable = Timetable(
        jobs=memory.jobs,
        clock=clock,
        schedule=settings.poll_seconds,
        callbacks=settings.public_base_url is not None,
        chance=random.random,
    )
    following = Following(
        checkpoint=checkpoint,
        clock=clock,
        timetable=timetable,
        new_id=new_id,
    )
    submissions = Submissions(
        jobs=memory.jobs,
        circuits=memory.circuits,
        clips=memory.clips,
        checkpoint=checkpoint,
        clock=clock,
        rules=SubmissionRules(settings.submit_rate, _callback_url(settings)),
        timetable=timetable,
        following=following,
        chance=random.random,
    )
    return Engine(
        jobs=memory.jobs,
        providers=providers,
        intake=intake,
        mending=mending,
        submissions=submissions,
        following=following,
        checkpoint=checkpoint,
        clock=clock,
    )


def _clip_line(ground: Ground, announcer: ThreadReplies, checkpoint: Checkpoint) -> tuple[Intake, Mending]:
    """What stands before the queue."""
    memory, clock = ground.memory, ground.clock
    acceptance = Acceptance(
        circuits=memory.circuits,
        clips=memory.clips,
        editor=ground.editor,
        checkpoint=checkpoint,
        clock=clock,
    )
    mending = Mending(
        clips=memory.clips,
        editor=ground.editor,
        judge=ground.probe,
        acceptance=acceptance,
        checkpoint=checkpoint,
        clock=clock,
    )
    intake = Intake(
        jobs=memory.jobs,
        clips=memory.clips,
        attachments=ground.attachments,
        judge=ground.probe,
        acceptance=acceptance,
        mending=mending,
        announcer=announcer,
        checkpoint=checkpoint,
        clock=clock,
        limits=IntakeLimits(limits.LIMIT_BYTES, limits.MEND_LIMIT_BYTES),
    )
    return intake, mending


def _callback_url(settings: Settings) -> Callable[[str], str] | None:
    """Makes an attempt's own address of its token; None when the provider cannot reach us."""
    base = settings.public_base_url
    return (lambda token: base + PATH.format(token=token)) if base else None


def callback_routes(ground: Ground) -> Sequence[web.RouteDef]:
    settings, jobs, clock = ground.settings, ground.memory.jobs, ground.clock
    if settings.public_base_url is None:
        return ()
    hints = Hints(jobs, Checkpoint(jobs, clock, ground.bell.ring), clock)
    secret = settings.kie_api_key.get_secret_value()
    return KieCallbacks(hints, settings.signature_keys, clock, doctor_token(secret)).routes()


def providers_of(settings: Settings, session: aiohttp.ClientSession) -> Mapping[str, Provider]:
    """The providers by name."""
    client = kie_client(settings, session)
    sora_2_characters = Sora2Characters(client, Uploads(client))
    return {sora_2_characters.name: sora_2_characters}


def kie_client(settings: Settings, session: aiohttp.ClientSession) -> KieClient:
    config = KieConfig(
        api_base_url=settings.kie_api_base_url,
        upload_base_url=settings.kie_upload_base_url,
        api_key=settings.kie_api_key.get_secret_value(),
        version=_version(),
    )
    return KieClient(session, config)


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
