"""The panel, and the shape of the commands around it as they are published."""

from typing import Any, cast

import discord
import pytest
from discord.ext import commands

from bot.clock import SystemClock
from bot.jobs.desk import Desk
from bot.jobs.staff.moderation import Moderation
from bot.orders.picks import PickStore
from cogs import cards
from cogs.admin import panel
from cogs.admin.panel import StartPanel
from cogs.commands import Tree, admin_group
from cogs.controls import Control
from cogs.orders.message_clips import MessageClips
from cogs.orders.ordering import Ordering
from tests.builders import an_id
from tests.unit.discord_payloads import buttons_of

MANAGE_GUILD = discord.Permissions(manage_guild=True).value


@pytest.fixture
def published() -> dict[str, dict[str, Any]]:
    client = commands.Bot(command_prefix="!", intents=discord.Intents.none(), tree_cls=Tree)
    clock = SystemClock()
    # Publishing asks nothing of desk and store.
    desk, picks = cast("Desk", None), cast("PickStore", None)
    ordering = Ordering(
        desk=desk,
        moderation=cast("Moderation", None),
        clock=clock,
        allowed_guilds=None,
    )
    group = admin_group()
    StartPanel(group, ordering, client=client)
    clips = MessageClips(ordering, picks=picks, clock=clock, client=client, new_id=an_id)
    client.tree.add_command(group)
    client.tree.add_command(clips.menu)
    return {command.name: command.to_dict(client.tree) for command in client.tree.get_commands()} | {
        menu.name: menu.to_dict(client.tree)
        for menu in client.tree.get_commands(type=discord.AppCommandType.message)
    }


def test_the_group_for_moderators_is_for_servers_and_for_those_who_manage_them(
    published: dict[str, dict[str, Any]],
) -> None:
    group = published["characters-admin"]

    assert group["description"] == "Look after the AI video characters made in this server."
    assert group["contexts"] == [0]
    assert group["integration_types"] == [0]
    assert group["default_member_permissions"] == MANAGE_GUILD
    assert "panel" in [option["name"] for option in group["options"]]
    assert all(1 < len(option["description"]) <= 100 for option in group["options"])


def test_the_menu_is_on_messages_in_servers_and_in_the_bots_own_direct_messages(
    published: dict[str, dict[str, Any]],
) -> None:
    menu = published["Create character from clip"]

    assert menu["type"] == discord.AppCommandType.message.value
    assert len(menu["name"]) <= 32
    assert menu["contexts"] == [0, 1]
    assert menu["integration_types"] == [0]
    assert menu["default_member_permissions"] is None


def test_a_panel_is_one_small_message_with_one_button() -> None:
    view = panel.panel()

    assert cards.overrun(view) is None
    (button,) = buttons_of(view)
    assert button.custom_id is not None
    assert Control.parse(button.custom_id) == Control("pnl", "new", "0")
    assert button.label == "New character"
    assert not button.is_dispatchable(), "discord.py would keep a view for every panel"
