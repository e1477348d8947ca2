"""How the parts fit together: engine, cogs, lanes and listener, on what `bot.app` has opened."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import aiohttp
from aiohttp import web
from discord import app_commands
from discord.ext import commands
from ulid import ULID

from bot import prose
from bot.client import DramatisClient
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
from bot.jobs.failover import MovingOn, Ways, makers_of
from bot.jobs.following import Following
from bot.jobs.gatekeeper import Gatekeeper
from bot.jobs.hints import Hints
from bot.jobs.intake import Intake, IntakeLimits
from bot.jobs.lanes import Bell
from bot.jobs.library import CharacterLibrary
from bot.jobs.mending import Mending
from bot.jobs.moderation import Moderation
from bot.jobs.outbox import Outbox
from bot.jobs.oversight import Oversight
from bot.jobs.reminders import Reminders
from bot.jobs.renewal import RenewalRules, Renewals
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.notices import SettledBy
from bot.ports import Provider
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.gemini_omni import GeminiOmni
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.uploads import Uploads
from bot.settings import Settings
from bot.web.callbacks import PATH, KieCallbacks
from cogs.admin_gates import AdminGates
from cogs.admin_jobs import AdminJobs
from cogs.admin_quotas import AdminQuotas
from cogs.admin_settings import AdminSettings
from cogs.commands import admin_group, character_group
from cogs.controls import job_buttons, job_selects
from cogs.create import Create
from cogs.delivery.thread_replies import ThreadReplies
from cogs.diagnose import Diagnose
from cogs.elsewhere import Elsewhere
from cogs.library import Library
from cogs.library_changes import LibraryChanges
from cogs.message_clips import MessageClips
from cogs.missed_reactions import MissedReactions
from cogs.new_character import NewCharacter
from cogs.offers import Offers
from cogs.ordering import Ordering
from cogs.panel import StartPanel
from cogs.pictures import Pictures
from cogs.presses import Switchboard
from cogs.renewals import Refresh
from cogs.retries import Retries
from cogs.status import Status
from storage.announcements import SqlAnnouncementStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.clips import ObjectClipStore
from storage.database import Database
from storage.gates import SqlGateStore
from storage.instances import SqlInstanceStore
from storage.jobs import SqlJobStore
from storage.picks import SqlPickStore
from storage.records import SqlJobRecords
from storage.servers import SqlServerStore
from storage.stranded import SqlStrandedStore


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
    servers: SqlServerStore
    stranded: SqlStrandedStore
    gates: SqlGateStore
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


def build_desk(ground: Ground) -> Desk:
    settings, memory = ground.settings, ground.memory
    return Desk(
        jobs=memory.jobs,
        announcements=memory.announcements,
        circuits=memory.circuits,
        ways=build_ways(ground),
        clock=ground.clock,
        rules=DeskRules(daily_cap=settings.daily_creation_cap),
        new_id=new_id,
        new_token=_new_token,
        ring=ground.bell.ring,
    )


def build_ways(ground: Ground) -> Ways:
    settings, memory = ground.settings, ground.memory
    return Ways(
        order=settings.providers,
        makers=makers_of(providers_of(settings, ground.session)),
        circuits=memory.circuits,
        servers=memory.servers,
        new_token=_new_token,
        clock=ground.clock,
    )


def settled_by(settings: Settings) -> SettledBy:
    """A callback can settle a lost order only if it reaches us, and its signature says whose it is."""
    heard = settings.public_base_url is not None and bool(settings.signature_keys)
    return SettledBy.CALLBACK if heard else SettledBy.OPERATOR


async def add_cogs(ground: Ground, client: DramatisClient) -> None:
    desk, clock, guilds = build_desk(ground), ground.clock, ground.settings.guild_ids
    group, admin, settling = character_group(), admin_group(), settled_by(ground.settings)
    ordering = Ordering(
        desk=desk,
        moderation=build_moderation(ground),
        clock=clock,
        allowed_guilds=guilds,
        safety_floor=prose.STRICT_FLOOR,
    )
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
    library_cogs = build_library(ground, group)
    elsewhere = Elsewhere(desk=desk, allowed_guilds=guilds)
    offers = Offers(desk=desk, pictures=pictures(ground), allowed_guilds=guilds)
    admin_jobs = build_admin_jobs(ground, admin)
    pressed = (retries, elsewhere, *library_cogs, offers, new_character, admin_jobs)
    switchboard = Switchboard(
        {key: press for cog in pressed for key, press in cog.presses.items()},
        {**new_character.forms, **message_clips.forms},
    )
    missed = MissedReactions(desk=desk, client=client, allowed_guilds=guilds)
    for cog in (
        create,
        message_clips,
        panel,
        status,
        missed,
        *pressed,
        *moderating_cogs(ground, admin),
        switchboard,
    ):
        await client.add_cog(cog)
    for command in (group, admin, message_clips.menu):
        client.tree.add_command(command)
    client.add_dynamic_items(job_buttons(switchboard.press), job_selects(switchboard.press))


def moderating_cogs(ground: Ground, group: app_commands.Group) -> Sequence[commands.Cog]:
    """The commands by which moderators decide and look around, without any button."""
    moderation, guilds = build_moderation(ground), ground.settings.guild_ids
    return (
        AdminSettings(group, moderation=moderation, allowed_guilds=guilds),
        AdminGates(group, moderation=moderation, allowed_guilds=guilds),
        AdminQuotas(group, moderation=moderation, allowed_guilds=guilds),
        Diagnose(
            group,
            moderation=moderation,
            circuits=ground.memory.circuits,
            providers=ground.settings.providers,
            clock=ground.clock,
            allowed_guilds=guilds,
        ),
    )


def build_moderation(ground: Ground) -> Moderation:
    memory, bell = ground.memory, ground.bell
    return Moderation(servers=memory.servers, store=memory.gates, clock=ground.clock, ring=bell.ring)


def pictures(ground: Ground) -> Pictures:
    return Pictures(ground.memory.clips.whole)


def build_renewals(ground: Ground, library: CharacterLibrary) -> Renewals:
    memory, settings = ground.memory, ground.settings
    return Renewals(
        library=library,
        jobs=memory.jobs,
        circuits=memory.circuits,
        clips=memory.clips,
        clock=ground.clock,
        rules=RenewalRules(settings.providers, settings.daily_creation_cap),
        new_id=new_id,
        new_token=_new_token,
        ring=ground.bell.ring,
    )


def build_reminders(ground: Ground) -> Reminders:
    memory = ground.memory
    library = CharacterLibrary(characters=memory.characters, jobs=memory.jobs)
    return Reminders(
        characters=memory.characters,
        announcements=memory.announcements,
        servers=memory.servers,
        renewals=build_renewals(ground, library),
        clock=ground.clock,
        ring=ground.bell.ring,
    )


def build_library(ground: Ground, group: app_commands.Group) -> tuple[Library, LibraryChanges, Refresh]:
    memory, clock, guilds = ground.memory, ground.clock, ground.settings.guild_ids
    library = CharacterLibrary(characters=memory.characters, jobs=memory.jobs)
    renewals = build_renewals(ground, library)
    return (
        Library(group, library=library, pictures=pictures(ground), clock=clock, allowed_guilds=guilds),
        LibraryChanges(group, library=library, clock=clock, allowed_guilds=guilds),
        Refresh(group, renewals=renewals, library=library, clock=clock, allowed_guilds=guilds),
    )


def build_admin_jobs(ground: Ground, group: app_commands.Group) -> AdminJobs:
    memory, settings = ground.memory, ground.settings
    oversight = Oversight(records=memory.records, announcements=memory.announcements, clock=ground.clock)
    return AdminJobs(
        group, oversight=oversight, allowed_guilds=settings.guild_ids, settled_by=settled_by(settings)
    )


def build_runner(ground: Ground, announcer: ThreadReplies, living: Callable[[], int]) -> Runner:
    memory, clock, bell = ground.memory, ground.clock, ground.bell
    ways = build_ways(ground)
    outbox = Outbox(
        jobs=memory.jobs,
        announcements=memory.announcements,
        announcer=announcer,
        ways=ways,
        clock=clock,
        ring=bell.ring,
    )
    providers = providers_of(ground.settings, ground.session)
    moving_on = MovingOn(
        ways=ways,
        providers=tuple(providers),
        stranded=memory.stranded,
        jobs=memory.jobs,
        checkpoint=Checkpoint(memory.jobs, clock, bell.ring),
        clock=clock,
    )
    return Runner(
        engine=build_engine(ground, announcer, providers),
        outbox=outbox,
        jobs=memory.jobs,
        announcements=memory.announcements,
        # Of each that is known: jobs may wait at one that PROVIDERS lists no more.
        breakers=[
            Breaker(circuits=memory.circuits, provider=provider, clock=clock, ring=bell.ring)
            for provider in providers.values()
        ],
        moving_on=moving_on,
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
        rules=SubmissionRules(
            settings.submit_rate,
            _callback_url(settings),
            at_once=[name for name, one in providers.items() if one.capabilities.ends_at_once],
        ),
        timetable=timetable,
        following=following,
        chance=random.random,
    )
    return Engine(
        jobs=memory.jobs,
        providers=providers,
        intake=intake,
        mending=mending,
        gatekeeper=Gatekeeper(store=memory.gates, checkpoint=checkpoint, clock=clock),
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
    return KieCallbacks(hints, settings.signature_keys, clock).routes()


def providers_of(settings: Settings, session: aiohttp.ClientSession) -> Mapping[str, Provider]:
    """Every provider by name: jobs may also be with one that PROVIDERS lists no more."""
    config = KieConfig(
        api_base_url=settings.kie_api_base_url,
        upload_base_url=settings.kie_upload_base_url,
        api_key=settings.kie_api_key.get_secret_value(),
        version=_version(),
    )
    client = KieClient(session, config)
    uploads = Uploads(client)
    known: Sequence[Provider] = (Sora2Characters(client, uploads), GeminiOmni(client, uploads))
    return {provider.name: provider for provider in known}


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
