"""`/characters-admin set`: what a server has decided, shown and changed."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import SettingRefused
from bot.jobs.staff.moderation import Moderation
from bot.moderation import servers
from cogs import failures
from cogs.admin.setting_choices import CHOICE_LENGTH, Suggestions, change, named, suggestions
from cogs.moderators import Moderators
from cogs.replies import Block, Reply, stacked
from cogs.texts import moderation as texts

CHOICES_SHOWN = 25


class AdminSettings(commands.Cog):
    """Everything here is an admin's, whoever was given the command under Integrations."""

    def __init__(self, group: app_commands.Group, *, moderation: Moderation, moderators: Moderators) -> None:
        self._moderation = moderation
        self._moderators = moderators
        group.add_command(
            app_commands.Command(name="set", description=texts.SET_DESCRIPTION, callback=self.set)
        )

    async def names(self, _interaction: discord.Interaction[Any], current: str) -> Suggestions:
        found = {name: f"{name}: {means}" for name, means in texts.SETTINGS.items()}
        return [
            app_commands.Choice(name=label[:CHOICE_LENGTH], value=name)
            for name, label in found.items()
            if current.casefold() in label.casefold()
        ]

    async def values(self, interaction: discord.Interaction[Any], current: str) -> Suggestions:
        """What the chosen setting may be; channels and roles one after the other, by name."""
        name = str(interaction.namespace.setting or "")
        if interaction.guild is None or not await self._moderators.administers(interaction):
            return []
        words = servers.RULES[name].choices if name in texts.SETTINGS else ()
        plain_words = [word for word in words if current.strip().casefold() in word]
        mentions = suggestions(named(interaction.guild, name), current)
        found = [app_commands.Choice(name=word, value=word) for word in plain_words] + mentions
        return found[:CHOICES_SHOWN]

    @app_commands.describe(
        setting="Which one; without it, all are shown.",
        value="What it is to be; without it, what it is now is shown.",
    )
    @app_commands.autocomplete(setting=names, value=values)
    async def set(
        self, interaction: discord.Interaction[Any], setting: str | None = None, value: str | None = None
    ) -> None:
        """Shows all, one, or changes one.

        Raises:
            NotAllowed: the caller is no admin.
            SettingRefused: there is no such setting, or it takes no such value.
        """
        guild_id = await self._moderators.admin(interaction)
        if setting is None and value is None:
            await failures.send_privately(interaction, await self._all(guild_id))
            return
        name = known(setting or "")
        if value is None:
            present = await self._moderation.settings(guild_id)
            await failures.tell(interaction, texts.setting(name, present))
            return
        before, after = await change(self._moderation, interaction, guild_id, name, value)
        await failures.tell(interaction, texts.changed(name, before, after))

    async def _all(self, guild_id: int) -> Reply:
        settings = await self._moderation.settings(guild_id)
        lines = [texts.setting_line(name, settings) for name in texts.SETTINGS]
        deeds = texts.deeds(await self._moderation.latest_deeds(guild_id))
        return Reply(stacked(map(Block, [texts.SETTINGS_TITLE, *lines, deeds, texts.HOW_TO_CHANGE])))


def known(name: str) -> str:
    """The name of a setting that is offered.

    Raises:
        SettingRefused: there is none of this name.
    """
    if name not in texts.SETTINGS:
        raise SettingRefused("setting", found=name, accepted=", ".join(texts.SETTINGS))
    return name
