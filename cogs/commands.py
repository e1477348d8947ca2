"""The command tree: the groups that the cogs fill, and what happens when a command breaks."""

from typing import Any

import discord
from discord import app_commands

from cogs import failures, guards


def character_group() -> app_commands.Group:
    """An empty `/character`; each cog adds its commands when it is built."""
    return app_commands.Group(
        name="character",
        description="Make and keep AI video characters.",
        # Not in other people's conversations: the bot could not tell the result there.
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )


def admin_group() -> app_commands.Group:
    """An empty `/characters-admin`, for servers only.

    Discord offers it to those with Manage Server until somebody there decides otherwise, under Integrations.
    """
    return app_commands.Group(
        name="characters-admin",
        description="Look after the AI video characters made in this server.",
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )


def privacy_group() -> app_commands.Group:
    """An empty `/privacy`: a command of its own, so that no server can switch it off with `/character`."""
    return app_commands.Group(
        name="privacy",
        description="See, take along or delete what this bot stores about you.",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )


def operator_group() -> app_commands.Group:
    """An empty `/characters-op`, published to one server, and offered to its administrators alone."""
    return app_commands.Group(
        name="characters-op",
        description="Run this bot.",
        default_permissions=discord.Permissions.none(),
    )


def add(group: app_commands.Group, name: str, description: str, callback: Any) -> None:
    """Puts one command into a group; its options are those of the callback."""
    group.add_command(app_commands.Command(name=name, description=description, callback=callback))


class Tree(app_commands.CommandTree[Any]):
    """A command tree that never leaves a person without an answer."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Stops malformed payloads, over which discord.py would stumble outside of every error path."""
        if guards.is_sound(interaction.data or {}):
            return True
        await failures.answer(interaction, failures.MalformedPayload())
        return False

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        await failures.on_tree_error(interaction, error)
