"""Interactions and views without a connection: payloads as Discord sends them, read by discord.py itself."""

from typing import Any

import discord
from discord import ui

from tests.builders import CHANNEL_ID, GUILD_ID, OWNER_ID, a_snowflake

APPLICATION_ID = 1200000000000000009
SLASH, COMPONENT, AUTOCOMPLETE = 2, 3, 4
TEXT, DM, GROUP = 0, 1, 3
IN_GUILD, IN_BOT_DM, IN_PRIVATE_CHANNEL = 0, 1, 2
EVERYTHING = discord.Permissions.all().value


def an_interaction(**changes: Any) -> discord.Interaction[discord.Client]:
    """A slash command in a text channel of a server; any field of the payload can be set by name."""
    user = {"id": str(OWNER_ID), "username": "mira", "discriminator": "0", "avatar": None}
    defaults: dict[str, Any] = {
        "id": str(a_snowflake()),
        "application_id": str(APPLICATION_ID),
        "type": SLASH,
        "token": "interaction-token",
        "version": 1,
        "context": IN_GUILD,
        "guild_id": str(GUILD_ID),
        "guild": {"id": str(GUILD_ID), "locale": "en-US", "features": []},
        "channel": a_channel(TEXT),
        "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {"0": str(GUILD_ID)},
        "app_permissions": str(EVERYTHING),
        "member": a_member(user, permissions="0"),
        "data": {"id": "1", "name": "character", "type": 1},
        "entitlements": [],
    }
    payload = defaults | changes
    client = discord.Client(intents=discord.Intents(guilds=True))
    state = client._connection
    myself = {"id": str(APPLICATION_ID), "username": "dramatis", "discriminator": "0", "avatar": None}
    state.user = discord.ClientUser(state=state, data=myself)  # type: ignore[arg-type]  # a payload
    return discord.Interaction(data=payload, state=state)  # type: ignore[arg-type]  # a payload


def in_a_dm(**changes: Any) -> discord.Interaction[discord.Client]:
    user = {"id": str(OWNER_ID), "username": "mira", "discriminator": "0", "avatar": None}
    dm = {
        "context": IN_BOT_DM,
        "guild_id": None,
        "channel": {"id": str(CHANNEL_ID), "type": DM, "recipients": [user]},
        "user": user,
        "authorizing_integration_owners": {"0": "0"},
    }
    return an_interaction(**dm | changes)


def a_channel(kind: int) -> dict[str, Any]:
    return {
        "id": str(CHANNEL_ID),
        "type": kind,
        "name": "studio",
        "position": 0,
        "guild_id": str(GUILD_ID),
        "permissions": str(EVERYTHING),
        "parent_id": str(CHANNEL_ID + 1),
        "owner_id": str(OWNER_ID),
        "message_count": 0,
        "member_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-11-23T12:00:00+00:00",
            "locked": False,
        },
        "bitrate": 64_000,
        "user_limit": 0,
        "permission_overwrites": [],
    }


def a_member(user: dict[str, Any], permissions: str) -> dict[str, Any]:
    return {
        "user": user,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "permissions": permissions,
        "flags": 0,
    }


def buttons_of(view: ui.LayoutView) -> list[ui.Button[Any]]:
    return [item for item in view.walk_children() if isinstance(item, ui.Button)]


def labels_of(view: ui.LayoutView) -> list[str]:
    return [button.label or "" for button in buttons_of(view)]
