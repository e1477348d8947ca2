"""`/characters-admin diagnose`: what keeps the bot from working in a channel, and how to mend it."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.moderation import Moderation
from bot.moderation import servers
from bot.moderation.servers import Results, ServerSettings
from bot.ports import Clock
from bot.stores import CircuitStore
from cogs import failures
from cogs.admin.setting_choices import ids_in
from cogs.guards import PLACE_KINDS, needed_in
from cogs.moderators import Moderators
from cogs.replies import Block, Reply, stacked
from cogs.review_views import check_review_channel
from cogs.texts import diagnosis as texts
from cogs.texts import reviews

Choosable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel
Gone = list[tuple[str, list[int]]]
TOLD_IN = ("log_channel", "results_channel")


class Diagnose(commands.Cog):
    """Looks, and changes nothing."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        moderation: Moderation,
        circuits: CircuitStore,
        providers: Sequence[str],
        clock: Clock,
        moderators: Moderators,
    ) -> None:
        self._moderation = moderation
        self._circuits = circuits
        self._providers = providers
        self._clock = clock
        self._moderators = moderators
        group.add_command(
            app_commands.Command(name="diagnose", description=texts.DESCRIPTION, callback=self.diagnose)
        )

    @app_commands.describe(channel="Where; without it, here.")
    async def diagnose(self, interaction: discord.Interaction[Any], channel: Choosable | None = None) -> None:
        """Permissions in one channel, then everything that is the same all over the server."""
        guild_id = self._moderators.offered(interaction)
        channel_id = channel.id if channel else interaction.channel_id or 0
        kind = channel.type if channel else interaction.channel.type if interaction.channel else None
        held = held_in(interaction, channel)
        settings = await self._moderation.settings(guild_id)
        parts = [texts.title(channel_id), table(kind, held, settings.results_go)]
        parts.append(texts.settings(gone_from(interaction.guild, settings), settings))
        is_there, missing = check_review_channel(interaction.guild, settings)
        parts.append(reviews.diagnosis(settings, there=is_there, missing=missing))
        parts += [writable(interaction.guild, settings, name) for name in TOLD_IN]
        parts.append(texts.results(settings))
        parts.append(texts.pause(await self._moderation.paused(guild_id)))
        parts += [await self._provider(name) for name in self._providers]
        await failures.send_privately(interaction, Reply(stacked(map(Block, parts))))

    async def _provider(self, name: str) -> str:
        return texts.provider(name, await self._circuits.get(name), self._clock.now())


def held_in(interaction: discord.Interaction[Any], channel: Choosable | None) -> discord.Permissions:
    """What the bot holds here, as Discord has just told, or in another channel, as far as it is known."""
    if channel is None or channel.id == interaction.channel_id:
        return interaction.app_permissions
    return channel.permissions_for(channel.guild.me)


def table(kind: discord.ChannelType | None, held: discord.Permissions, results: Results) -> str:
    """What is held and what is missing in a channel of this kind."""
    place = PLACE_KINDS.get(kind) if kind else None
    if place is None:
        return texts.NO_PLACE
    names = [name for name in texts.PERMISSIONS if held.administrator or getattr(held, name)]
    return texts.permissions(names, needed_in(place, results))


def gone_from(guild: discord.Guild | None, settings: ServerSettings) -> Gone:
    """What the settings name that the server no longer has."""
    if guild is None:
        return []
    roles = {role.id for role in guild.roles}
    channels = {channel.id for channel in guild.channels} | {thread.id for thread in guild.threads}
    missing = {
        name: sorted(
            ids_in(name, getattr(settings, name)) - (roles if name in servers.ROLE_SETS else channels)
        )
        for name in servers.NAMES
    }
    return [(name, ids) for name, ids in missing.items() if ids]


def writable(guild: discord.Guild | None, settings: ServerSettings, name: str) -> str:
    """Whether the bot can write in the channel of a setting; empty where the server has set none."""
    channel_id: int | None = getattr(settings, name)
    channel = guild.get_channel_or_thread(channel_id) if guild and channel_id else None
    if guild is None or channel is None:
        return ""
    held = channel.permissions_for(guild.me)
    writing = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    needed = [name for name in ("view_channel", writing) if not (held.administrator or getattr(held, name))]
    return texts.writable(name, channel.id, needed, settings.results_go)
