"""Which channels and roles of a server a setting may name, and how they are suggested."""

import re
from typing import Any

import discord
from discord import app_commands

from bot.errors import SettingRefused
from bot.jobs.staff.moderation import Moderation
from bot.moderation import servers
from bot.moderation.servers import ServerSettings

CHOICE_LENGTH = 100
"""Discord: Application Commands, Autocomplete."""
LAST_WORD = re.compile(r"(?P<before>.*?)(?P<word>[^\s,]*)", re.DOTALL)
NO_PLACE = discord.CategoryChannel
SILENT = (NO_PLACE, discord.ForumChannel)
"""Channels in which no message can stand by itself."""
RANKS = frozenset({"mod_roles", "admin_roles"})
"""Roles that give rights: not one that everybody has."""

Suggestions = list[app_commands.Choice[str]]


async def change(
    moderation: Moderation, interaction: discord.Interaction[Any], guild_id: int, name: str, text: str
) -> tuple[ServerSettings, ServerSettings]:
    """Changes a setting to what was typed or picked; all settings before and after.

    Raises:
        SettingRefused: there is no such setting, or it takes no such value.
    """
    before = await moderation.settings(guild_id)
    after = servers.changed(before, name, text)
    check_there(interaction.guild, name, getattr(after, name))
    await moderation.change(guild_id, name, text, interaction.user.id)
    return before, after


def named(guild: discord.Guild, name: str) -> dict[str, str]:
    """What a setting may name in a server: names by mentions."""
    if name in servers.CHANNEL_SETS | servers.ONE_CHANNEL:
        return {channel.mention: f"#{channel.name}" for channel in channels_for(guild, name)}
    if name in servers.ROLE_SETS:
        return {f"<@&{role.id}>": f"@{role.name.removeprefix('@')}" for role in roles_for(guild, name)}
    return {}


def channels_for(guild: discord.Guild, name: str) -> list[discord.abc.GuildChannel]:
    """The channels that a setting may name; of one that is written into, those that take messages."""
    is_written_into = name in servers.ONE_CHANNEL - servers.TAKES_POSTS
    unfit = SILENT if is_written_into else NO_PLACE
    return [channel for channel in guild.channels if not isinstance(channel, unfit)]


def ids_in(name: str, value: object) -> frozenset[int]:
    """The channels or roles that a value of a setting names."""
    if isinstance(value, frozenset):
        return value
    return frozenset({value} if name in servers.ONE_CHANNEL and isinstance(value, int) else ())


def roles_for(guild: discord.Guild, name: str) -> list[discord.Role]:
    """The roles that a setting may name."""
    return [role for role in guild.roles if not (name in RANKS and role.is_default())]


def suggestions(names: dict[str, str], current: str) -> Suggestions:
    """The names that go on from the last word, behind what stands before it, as far as there is room."""
    found = LAST_WORD.fullmatch(current)
    before, word = (found["before"], found["word"]) if found else ("", "")
    matching = {
        f"{before}{mark}": name
        for mark, name in names.items()
        if word.casefold() in name.casefold() and mark not in before
    }
    told = "… " if before else ""
    return [
        app_commands.Choice(name=f"{told}{name}"[:CHOICE_LENGTH], value=text)
        for text, name in matching.items()
        if len(text) <= CHOICE_LENGTH
    ]


def check_there(guild: discord.Guild | None, name: str, value: object) -> None:
    """Refuses channels and roles that this server does not have, and to make a moderator of everybody.

    Raises:
        SettingRefused: with the first that is not there.
    """
    if guild is None:
        return
    if name in servers.ROLE_SETS:
        there = {role.id for role in roles_for(guild, name)}
    else:
        there = {channel.id for channel in channels_for(guild, name)} | {one.id for one in guild.threads}
    gone = sorted(ids_in(name, value) - there)
    if gone:
        raise SettingRefused(name, found=str(gone[0]), accepted=servers.RULES[name].accepted)
