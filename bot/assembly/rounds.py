"""What comes round beside the jobs, on what `bot.app` has opened: reminders, retention, the account."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

import discord

from bot.assembly.engine import build_desk, build_renewals, kie_client, providers_of
from bot.assembly.ground import Ground, new_id
from bot.client import DramatisClient
from bot.jobs.account.purse import Purse
from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.characters.reminders import Reminders
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.keeping.departures import Departures
from bot.jobs.keeping.privacy import Privacy
from bot.jobs.keeping.retention import Retention
from bot.jobs.keeping.sweeping import Sweep
from bot.jobs.measured import LoopWatch
from bot.jobs.staff.audit_posts import AuditPosts
from bot.jobs.staff.bulk import Bulks
from bot.jobs.staff.operator_posts import OperatorPosts
from bot.jobs.staff.report_posts import ReportPosts
from bot.operator.credits import Thresholds
from bot.operator.figures import Meter
from cogs.delivery.log_channel import DeedReplies
from cogs.delivery.operator_letters import OperatorReplies
from cogs.delivery.report_replies import ReportReplies
from cogs.pictures import Pictures
from cogs.presence import DiscordPresence
from storage.bulks import SqlBulkStore
from storage.log_lines import SqlLogLines


def all_rounds(
    ground: Ground, client: DramatisClient, meter: Meter
) -> Iterator[AbstractAsyncContextManager[None]]:
    """All that comes round in every process; each does so for as long as its block."""
    yield build_sweep(ground).sweeping()
    yield build_reminders(ground).reminding()
    yield build_bulks(ground).working()
    yield build_privacy(ground).finishing()
    yield build_retention(ground).lapsing()
    yield build_audit_posts(ground, client).telling()
    yield build_report_posts(ground, client).telling()
    yield build_purse(ground).watching()
    yield build_operator_posts(ground, client).telling()
    yield LoopWatch(meter).watching()


def build_sweep(ground: Ground) -> Sweep:
    return Sweep(jobs=ground.memory.jobs, clips=ground.memory.clips, clock=ground.clock)


def build_retention(ground: Ground) -> Retention:
    return Retention(store=ground.memory.retention, clock=ground.clock)


def build_reminders(ground: Ground) -> Reminders:
    memory = ground.memory
    library = CharacterLibrary(characters=memory.characters, jobs=memory.jobs)
    return Reminders(
        characters=memory.characters,
        announcements=memory.announcements,
        servers=memory.servers,
        departures=memory.departures,
        renewals=build_renewals(ground, library),
        clock=ground.clock,
        ring=ground.bell.ring,
    )


def build_bulks(ground: Ground) -> Bulks:
    memory = ground.memory
    return Bulks(
        desk=build_desk(ground),
        store=SqlBulkStore(memory.database),
        records=memory.records,
        clock=ground.clock,
        new_id=new_id,
    )


def build_audit_posts(ground: Ground, client: discord.Client) -> AuditPosts:
    lines = SqlLogLines(ground.memory.database)
    return AuditPosts(lines=lines, channel=DeedReplies(client), clock=ground.clock)


def build_report_posts(ground: Ground, client: discord.Client) -> ReportPosts:
    channel = ReportReplies(client, Pictures(ground.memory.clips.whole), ground.clock)
    return ReportPosts(store=ground.memory.reports, channel=channel, clock=ground.clock)


def build_purse(ground: Ground) -> Purse:
    settings, memory = ground.settings, ground.memory
    return Purse(
        account=kie_client(settings, ground.session),
        ledger=memory.credits,
        operating=memory.operating,
        circuits=memory.circuits,
        providers=tuple(providers_of(settings, ground.session)),
        clock=ground.clock,
        thresholds=Thresholds(settings.credits_warn_below, settings.credits_pause_below),
        ring=ground.bell.ring,
    )


def build_operator_posts(ground: Ground, client: DramatisClient) -> OperatorPosts:
    letters = OperatorReplies(
        client,
        ask_owners=client.owners,
        servers=ground.memory.servers,
        operator_guild=ground.settings.operator_guild,
    )
    return OperatorPosts(news=ground.memory.operator_news, letters=letters, clock=ground.clock)


def build_departures(ground: Ground, client: discord.AutoShardedClient) -> Departures:
    jobs, clock = ground.memory.jobs, ground.clock
    return Departures(
        store=ground.memory.departures,
        presence=DiscordPresence(client),
        jobs=jobs,
        checkpoint=Checkpoint(jobs, clock, ground.bell.ring),
        clock=clock,
    )


def build_privacy(ground: Ground) -> Privacy:
    memory = ground.memory
    return Privacy(
        store=memory.privacy, jobs=memory.jobs, clock=ground.clock, new_id=new_id, ring=ground.bell.ring
    )
