"""How engine, lanes and listener fit together, on what `bot.app` has opened."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import aiohttp
from aiohttp import web

from bot.clips import limits
from bot.figures import Meter
from bot.ground import Ground, new_id, new_token
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
from bot.jobs.library import CharacterLibrary
from bot.jobs.measured import MeasuredProvider, MeasuredSteps
from bot.jobs.mending import Mending
from bot.jobs.moderation import Moderation
from bot.jobs.outbox import Outbox
from bot.jobs.picturing import Picturing
from bot.jobs.renewal import Renewals
from bot.jobs.reporting import Reporting
from bot.jobs.reviewing import Reviewing
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.takedown import Takedown
from bot.jobs.timetable import Timetable
from bot.notices import SettledBy
from bot.ports import Announcer, Provider, SourceKind
from bot.providers import published
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.gemini_omni import GeminiOmni
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.sora_2_characters_pro import Sora2CharactersPro
from bot.providers.kie.uploads import Uploads
from bot.providers.kie.wire.requests import CONTENT_TYPES
from bot.providers.originals import Originals
from bot.settings import Settings
from bot.web.callbacks import PATH, KieCallbacks, doctor_token
from bot.web.metrics import Gateway, Metrics


def build_desk(ground: Ground) -> Desk:
    settings, memory = ground.settings, ground.memory
    return Desk(
        jobs=memory.jobs,
        announcements=memory.announcements,
        circuits=memory.circuits,
        servers=memory.servers,
        ways=build_ways(ground),
        clock=ground.clock,
        rules=DeskRules(daily_cap=settings.daily_creation_cap),
        new_id=new_id,
        new_token=new_token,
        ring=ground.bell.ring,
    )


def build_ways(ground: Ground) -> Ways:
    settings, memory = ground.settings, ground.memory
    return Ways(
        order=settings.providers,
        makers=makers_of(providers_of(settings, ground.session)),
        circuits=memory.circuits,
        servers=memory.servers,
        new_token=new_token,
        ledger=memory.credits,
        clock=ground.clock,
    )


def settled_by(settings: Settings) -> SettledBy:
    """A callback can settle a lost order only if it reaches us, and its signature says whose it is."""
    heard = settings.public_base_url is not None and bool(settings.signature_keys)
    return SettledBy.CALLBACK if heard else SettledBy.OPERATOR


def build_moderation(ground: Ground) -> Moderation:
    memory, bell = ground.memory, ground.bell
    return Moderation(servers=memory.servers, store=memory.gates, clock=ground.clock, ring=bell.ring)


def build_reviewing(ground: Ground) -> Reviewing:
    memory, clock, ring = ground.memory, ground.clock, ground.bell.ring
    checkpoint = Checkpoint(memory.jobs, clock, ring)
    return Reviewing(
        store=memory.reviews,
        announcements=memory.announcements,
        circuits=memory.circuits,
        servers=memory.servers,
        checkpoint=checkpoint,
        clock=clock,
        ring=ring,
    )


def build_takedown(ground: Ground) -> Takedown:
    memory = ground.memory
    return Takedown(store=memory.takedowns, records=memory.records, clock=ground.clock, ring=ground.bell.ring)


def build_reporting(ground: Ground) -> Reporting:
    memory = ground.memory
    return Reporting(
        store=memory.reports,
        servers=memory.servers,
        jobs=memory.jobs,
        clock=ground.clock,
        new_id=new_id,
        ring=ground.bell.ring,
    )


def build_renewals(ground: Ground, library: CharacterLibrary) -> Renewals:
    memory, settings = ground.memory, ground.settings
    return Renewals(
        library=library,
        jobs=memory.jobs,
        circuits=memory.circuits,
        ways=build_ways(ground),
        clips=memory.clips,
        clock=ground.clock,
        daily_cap=settings.daily_creation_cap,
        new_id=new_id,
        new_token=new_token,
        ring=ground.bell.ring,
    )


def build_picturing(ground: Ground) -> Picturing:
    memory = ground.memory
    return Picturing(
        jobs=memory.jobs,
        clips=memory.clips,
        editor=ground.editor,
        clock=ground.clock,
        ring=ground.bell.ring,
    )


def build_metrics(ground: Ground, gateway: Gateway) -> Metrics:
    providers = tuple(providers_of(ground.settings, ground.session))
    return Metrics(
        ground.memory.figures,
        ground.clock,
        version=_version(),
        providers=providers,
        gateway=gateway,
        warn_below=ground.settings.credits_warn_below,
    )


def build_runner(ground: Ground, announcer: Announcer, living: Callable[[], int], meter: Meter) -> Runner:
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
    originals = Originals(memory.clips, ground.settings.clip_public_base_url)
    known = given_our_addresses(ground, providers_of(ground.settings, ground.session, originals))
    providers = {name: MeasuredProvider(provider, meter) for name, provider in known.items()}
    moving_on = MovingOn(
        ways=ways,
        providers=tuple(providers),
        stranded=memory.stranded,
        jobs=memory.jobs,
        checkpoint=Checkpoint(memory.jobs, clock, bell.ring),
        clock=clock,
    )
    return Runner(
        engine=MeasuredSteps(build_engine(ground, announcer, providers), meter),
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


def build_engine(ground: Ground, announcer: Announcer, providers: Mapping[str, Provider]) -> Engine:
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
        lasting=published.is_lasting(settings.clip_public_base_url),
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
        reviewing=build_reviewing(ground),
        gatekeeper=Gatekeeper(
            store=memory.gates, checkpoint=checkpoint, clock=clock, allowed_guilds=settings.guild_ids
        ),
        submissions=submissions,
        following=following,
        checkpoint=checkpoint,
        clock=clock,
    )


def _clip_line(ground: Ground, announcer: Announcer, checkpoint: Checkpoint) -> tuple[Intake, Mending]:
    """What stands before the queue."""
    memory, clock = ground.memory, ground.clock
    acceptance = Acceptance(
        circuits=memory.circuits,
        reviews=memory.reviews,
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


def given_our_addresses(ground: Ground, providers: Mapping[str, Provider]) -> Mapping[str, Provider]:
    """The providers as they are, or handed our own addresses where clips have some."""
    base_url = ground.settings.clip_public_base_url
    if base_url is None:
        return providers
    return {
        name: published.PublishedSources(
            provider,
            shelf=ground.memory.clips,
            session=ground.session,
            base_url=base_url,
            content_types=CONTENT_TYPES,
        )
        for name, provider in providers.items()
    }


def takes_videos(ground: Ground) -> bool:
    """Whether a provider that PROVIDERS lists takes a part of a video."""
    known = providers_of(ground.settings, ground.session)
    return any(known[name].capabilities.source is SourceKind.TASK for name in ground.settings.providers)


def providers_of(
    settings: Settings, session: aiohttp.ClientSession, originals: Originals | None = None
) -> Mapping[str, Provider]:
    """Every provider by name: jobs may also be with one that PROVIDERS lists no more.

    Only who hands files over needs `originals`.
    """
    client = kie_client(settings, session)
    uploads = Uploads(client, originals=originals)
    known: Sequence[Provider] = (
        Sora2Characters(client, uploads),
        GeminiOmni(client, uploads),
        Sora2CharactersPro(client, uploads),
    )
    return {provider.name: provider for provider in known}


def kie_client(settings: Settings, session: aiohttp.ClientSession) -> KieClient:
    config = KieConfig(
        api_base_url=settings.kie_api_base_url,
        upload_base_url=settings.kie_upload_base_url,
        api_key=settings.kie_api_key.get_secret_value(),
        version=_version(),
        reserve_credits=settings.credits_pause_below,
    )
    return KieClient(session, config)


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("dramatis")
    return "0"
