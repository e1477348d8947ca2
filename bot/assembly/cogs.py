"""How the cogs fit together, with the client that they are added to."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands
from discord.http import Route

from bot.assembly.engine import (
    build_desk,
    build_moderation,
    build_picturing,
    build_renewals,
    build_reporting,
    build_reviewing,
    build_takedown,
    settled_by,
    takes_videos,
)
from bot.assembly.ground import Ground, new_id
from bot.assembly.operator import build_bookkeeping, build_control_room
from bot.assembly.rounds import build_bulks, build_privacy
from bot.client import DramatisClient, Shards
from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.desk import Desk
from bot.jobs.staff.exporting import Exporting
from bot.jobs.staff.oversight import Oversight
from bot.jobs.staff.text_ruling import TextRuling
from bot.operator.credits import Thresholds
from bot.settings import Settings
from cogs.admin.bulk import BulkJobs
from cogs.admin.cleared_settings import ClearedSettings
from cogs.admin.diagnose import Diagnose
from cogs.admin.export import Export
from cogs.admin.gates import AdminGates
from cogs.admin.history import History
from cogs.admin.jobs import AdminJobs
from cogs.admin.panel import StartPanel
from cogs.admin.quotas import AdminQuotas
from cogs.admin.rules import AdminRules
from cogs.admin.settings import AdminSettings
from cogs.admin.setup import Setup
from cogs.commands import Tree, admin_group, character_group, operator_group, privacy_group
from cogs.controls import job_buttons, job_selects
from cogs.details import Details
from cogs.help import Help
from cogs.library.changes import LibraryChanges
from cogs.library.elsewhere import Elsewhere
from cogs.library.lists import Library
from cogs.library.renewals import Refresh
from cogs.missed_reactions import MissedReactions
from cogs.moderators import Moderators
from cogs.operator.controls import OperatorControls, Surroundings
from cogs.operator.looks import OperatorLooks
from cogs.operator.removals import OperatorRemovals
from cogs.operators import Operators
from cogs.orders.create import Create
from cogs.orders.from_video import FromVideo
from cogs.orders.message_clips import MessageClips
from cogs.orders.new_character import NewCharacter
from cogs.orders.offers import Offers
from cogs.orders.ordering import Ordering
from cogs.orders.picture_choice import PictureChoice
from cogs.pictures import Pictures
from cogs.presses import Switchboard
from cogs.privacy import Links, Privacy
from cogs.retries import Retries
from cogs.reviews.queue import Reviews
from cogs.reviews.reporting import Reports
from cogs.reviews.takedown import Takedowns
from cogs.status import Status
from storage.exports import SqlExportStore

NOWHERE = 0
"""No server has this id."""
AnyClient = TypeVar("AnyClient", bound=DramatisClient)


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
        operator_guild=settings.operator_guild,
        trace=trace,
    )


async def add_cogs(ground: Ground, client: DramatisClient) -> None:
    desk, clock, guilds = build_desk(ground), ground.clock, ground.settings.guild_ids
    group, admin = character_group(), admin_group()
    ordering = build_ordering(ground, desk)
    if takes_videos(ground):
        await client.add_cog(FromVideo(group, ordering))
    new_character = NewCharacter(group, ordering, build_shelf(ground))
    message_clips = MessageClips(
        ordering, picks=ground.memory.picks, clock=clock, client=client, new_id=new_id
    )
    panel = StartPanel(admin, ordering, client=client)
    retries, status = build_retries(ground, group, client), build_status(ground, group)
    library_cogs = build_library(ground, group, desk)
    offers = Offers(desk=desk, pictures=pictures(ground), allowed_guilds=guilds)
    picture_choice = PictureChoice(picturing=build_picturing(ground), allowed_guilds=guilds)
    history = build_history(ground)
    reviews, reports = build_reviews(ground, admin), build_reports(ground, client)
    privacy = Privacy(privacy_group(), privacy=build_privacy(ground), links=lambda: _links(client))
    removing = (build_takedowns(ground, admin), reports, build_operator_removals(ground, client))
    pressed = (
        build_details(ground),
        retries,
        *removing,
        history,
        *library_cogs,
        offers,
        picture_choice,
        new_character,
        reviews,
        privacy,
        *pressed_by_moderators(ground, admin, panel),
    )
    typed_into = (new_character, message_clips, history, reviews, privacy, *removing)
    switchboard = Switchboard(
        {key: press for cog in pressed for key, press in cog.presses.items()},
        {key: form for cog in typed_into for key, form in cog.forms.items()},
    )
    missed = MissedReactions(desk=desk, client=client, allowed_guilds=guilds)
    helping = Help(group, desk=desk, moderation=build_moderation(ground), allowed_guilds=guilds)
    quiet = (Create(group, ordering), message_clips, panel, status, helping, missed)
    for cog in (*quiet, *pressed, *moderating_cogs(ground, admin), switchboard):
        await client.add_cog(cog)
    for command in (group, admin, privacy.group, message_clips.menu, history.menu, reports.menu):
        client.tree.add_command(command)
    await add_operator_cogs(ground, client)
    client.add_dynamic_items(job_buttons(switchboard.press), job_selects(switchboard.press))


def build_ordering(ground: Ground, desk: Desk) -> Ordering:
    return Ordering(
        desk=desk,
        moderation=build_moderation(ground),
        clock=ground.clock,
        allowed_guilds=ground.settings.guild_ids,
    )


def build_retries(ground: Ground, group: app_commands.Group, client: DramatisClient) -> Retries:
    return Retries(
        group,
        desk=build_desk(ground),
        clock=ground.clock,
        allowed_guilds=ground.settings.guild_ids,
        own_user_id=lambda: _own_id(client),
        settled_by=settled_by(ground.settings),
    )


def build_status(ground: Ground, group: app_commands.Group) -> Status:
    return Status(
        group,
        desk=build_desk(ground),
        moderation=build_moderation(ground),
        clock=ground.clock,
        allowed_guilds=ground.settings.guild_ids,
        settled_by=settled_by(ground.settings),
    )


def moderating_cogs(ground: Ground, group: app_commands.Group) -> Sequence[commands.Cog]:
    """The commands by which moderators decide and look around, without any button."""
    moderation, moderators = build_moderation(ground), build_moderators(ground)
    ruling = TextRuling(store=ground.memory.text_rules, clock=ground.clock)
    return (
        AdminSettings(group, moderation=moderation, moderators=moderators),
        ClearedSettings(moderation),
        Export(group, exporting=build_exporting(ground), moderators=moderators),
        AdminGates(group, moderation=moderation, moderators=moderators),
        AdminQuotas(group, moderation=moderation, moderators=moderators),
        AdminRules(group, ruling=ruling, moderators=moderators),
        Diagnose(
            group,
            moderation=moderation,
            circuits=ground.memory.circuits,
            providers=ground.settings.providers,
            clock=ground.clock,
            moderators=moderators,
        ),
    )


async def add_operator_cogs(ground: Ground, client: DramatisClient) -> None:
    """The operator's own commands, where there is a server for them."""
    guild_id = ground.settings.operator_guild
    if guild_id is None:
        return
    settings, database = ground.settings, ground.memory.database
    group, operators = operator_group(), Operators(guild_id, client.owners)
    room = build_control_room(settings, database)
    controls = OperatorControls(
        group,
        operators=operators,
        room=room,
        books=build_bookkeeping(settings, database, ground.session),
        around=Surroundings(
            gateway=client.gateway,
            free_bytes=lambda: asyncio.to_thread(free_bytes, settings.data_dir),
            clips_out_of_order=ground.memory.clips.out_of_order,
            publisher=client,
            providers=settings.providers,
            thresholds=Thresholds(settings.credits_warn_below, settings.credits_pause_below),
        ),
        clock=ground.clock,
    )
    looks = OperatorLooks(
        group, operators=operators, room=room, client=client, settled_by=settled_by(settings)
    )
    for cog in (controls, looks):
        await client.add_cog(cog)
    client.tree.add_command(group, guild=discord.Object(guild_id))


def build_operator_removals(ground: Ground, client: DramatisClient) -> OperatorRemovals:
    """What operators press; without a server of theirs there is nothing to press, and nobody gets through."""
    return OperatorRemovals(
        operators=Operators(ground.settings.operator_guild or NOWHERE, client.owners),
        room=build_control_room(ground.settings, ground.memory.database),
        takedown=build_takedown(ground),
    )


def free_bytes(folder: Path) -> int:
    """The room on the disk of a folder."""
    return shutil.disk_usage(folder).free


def build_moderators(ground: Ground) -> Moderators:
    return Moderators(build_moderation(ground), ground.settings.guild_ids)


def pictures(ground: Ground) -> Pictures:
    return Pictures(ground.memory.clips.whole)


def build_shelf(ground: Ground) -> CharacterLibrary:
    return CharacterLibrary(characters=ground.memory.characters, jobs=ground.memory.jobs)


def build_library(
    ground: Ground, group: app_commands.Group, desk: Desk
) -> tuple[Library, LibraryChanges, Refresh, Elsewhere]:
    memory, clock, guilds, shown = ground.memory, ground.clock, ground.settings.guild_ids, pictures(ground)
    library = build_shelf(ground)
    renewals = build_renewals(ground, library)
    return (
        Library(
            group,
            library=library,
            renewals=renewals,
            pictures=shown,
            posts=memory.character_posts,
            clock=clock,
            allowed_guilds=guilds,
        ),
        LibraryChanges(
            group,
            library=library,
            moderation=build_moderation(ground),
            clock=clock,
            allowed_guilds=guilds,
        ),
        Refresh(group, renewals=renewals, library=library, clock=clock, allowed_guilds=guilds),
        Elsewhere(desk=desk, renewals=renewals, pictures=shown, allowed_guilds=guilds),
    )


def pressed_by_moderators(
    ground: Ground, group: app_commands.Group, panel: StartPanel
) -> tuple[AdminJobs, Setup, BulkJobs]:
    """The commands of moderators whose answers have buttons."""
    bulk = BulkJobs(group, bulks=build_bulks(ground), moderators=build_moderators(ground))
    return build_admin_jobs(ground, group), build_setup(ground, group, panel), bulk


def build_setup(ground: Ground, group: app_commands.Group, panel: StartPanel) -> Setup:
    moderation, moderators = build_moderation(ground), build_moderators(ground)
    return Setup(group, moderation=moderation, moderators=moderators, post_panel=panel.post)


def build_exporting(ground: Ground) -> Exporting:
    memory = ground.memory
    return Exporting(
        records=memory.records,
        store=SqlExportStore(memory.database),
        statements=memory.statements,
        servers=memory.servers,
        clock=ground.clock,
    )


def build_history(ground: Ground) -> History:
    return History(
        oversight=build_oversight(ground),
        moderation=build_moderation(ground),
        moderators=build_moderators(ground),
    )


def build_reviews(ground: Ground, group: app_commands.Group) -> Reviews:
    return Reviews(
        group,
        reviewing=build_reviewing(ground),
        reporting=build_reporting(ground),
        allowed_guilds=ground.settings.guild_ids,
    )


def build_reports(ground: Ground, client: DramatisClient) -> Reports:
    return Reports(
        reporting=build_reporting(ground),
        takedown=build_takedown(ground),
        moderators=build_moderators(ground),
        allowed_guilds=ground.settings.guild_ids,
        own_user_id=lambda: _own_id(client),
    )


def build_takedowns(ground: Ground, group: app_commands.Group) -> Takedowns:
    return Takedowns(group, takedown=build_takedown(ground), moderators=build_moderators(ground))


def build_oversight(ground: Ground) -> Oversight:
    memory = ground.memory
    return Oversight(
        records=memory.records,
        announcements=memory.announcements,
        statements=memory.statements,
        clock=ground.clock,
    )


def build_details(ground: Ground) -> Details:
    return Details(oversight=build_oversight(ground), allowed_guilds=ground.settings.guild_ids)


def build_admin_jobs(ground: Ground, group: app_commands.Group) -> AdminJobs:
    return AdminJobs(
        group,
        oversight=build_oversight(ground),
        moderators=build_moderators(ground),
        settled_by=settled_by(ground.settings),
    )


def _own_id(client: DramatisClient) -> int | None:
    return client.user.id if client.user else None


def _links(client: DramatisClient) -> Links:
    about = client.application
    return Links(about.privacy_policy_url, about.terms_of_service_url) if about else Links()
