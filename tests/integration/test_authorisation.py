"""Nothing can be done with the bot for which no rule says who may do it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import discord
import pytest
from discord import app_commands

from bot import app
from bot.assembly.cogs import add_cogs
from bot.assembly.ground import Ground
from bot.client import DramatisClient, Shards
from bot.clock import SystemClock
from bot.jobs.lanes import Bell
from bot.setting_values import KNOWN_PROVIDERS
from cogs.commands import Tree
from cogs.presses import Switchboard
from tests.authorisation import (
    CHARACTER_PRESSES,
    COMMANDS,
    COMMANDS_OF_SOME,
    FORMS,
    MANAGERS,
    MEMBER_MENUS,
    MENUS,
    OPERATOR_COMMANDS,
    OPERATOR_PRESSES,
    PRESSES,
)
from tests.unit.settings_desk import GUILD, Environment

MANAGE_GUILD = discord.Permissions(manage_guild=True)
NOBODY = cast("Any", None)
"""Building the cogs asks nothing of it."""


ALL_PROVIDERS = ",".join(KNOWN_PROVIDERS)


@pytest.fixture(params=[{}, {"PROVIDERS": ALL_PROVIDERS}], ids=["default", "all providers"])
async def client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[DramatisClient]:
    """The client with all the cogs that the bot has, connected to nothing."""
    environment = Environment(monkeypatch, tmp_path)
    data_dir = tmp_path / "data"
    settings = environment.load(DATA_DIR=str(data_dir), OPERATOR_GUILD=str(GUILD), **request.param)
    data_dir.mkdir()
    async with AsyncExitStack() as stack:
        ground = Ground(
            settings=settings,
            memory=await app._remember(settings, stack),
            session=NOBODY,
            attachments=NOBODY,
            probe=NOBODY,
            editor=NOBODY,
            clock=SystemClock(),
            bell=Bell(),
        )
        made = DramatisClient(tree_cls=Tree, published_file=tmp_path / "published", shards=Shards())
        stack.push_async_callback(made.close)
        await add_cogs(ground, made)
        yield made


def leaves(client: DramatisClient) -> dict[str, app_commands.Command[Any, ..., Any]]:
    """Every command that can be called."""
    found = client.tree.walk_commands()
    return {one.qualified_name: one for one in found if isinstance(one, app_commands.Command)}


def switchboard(client: DramatisClient) -> Switchboard:
    found = client.get_cog("Switchboard")
    assert isinstance(found, Switchboard)
    return found


async def test_every_command_has_a_rule_and_every_rule_a_command(
    client: DramatisClient, request: pytest.FixtureRequest
) -> None:
    has_all = "all providers" in request.node.name

    assert set(leaves(client)) == {*COMMANDS, *(COMMANDS_OF_SOME if has_all else ())}


async def test_every_command_of_the_operator_has_a_rule_and_is_in_one_server_alone(
    client: DramatisClient,
) -> None:
    found = client.tree.walk_commands(guild=discord.Object(GUILD))
    names = {one.qualified_name for one in found if isinstance(one, app_commands.Command)}
    (group,) = client.tree.get_commands(guild=discord.Object(GUILD))

    assert names == set(OPERATOR_COMMANDS)
    assert not names & set(leaves(client))
    assert isinstance(group, app_commands.Group)
    assert group.default_permissions == discord.Permissions.none()


async def test_every_menu_entry_has_a_rule(client: DramatisClient) -> None:
    kinds = (discord.AppCommandType.message, discord.AppCommandType.user)
    menus = {menu.name for kind in kinds for menu in client.tree.get_commands(type=kind)}

    assert menus == {*MENUS, *MEMBER_MENUS}


async def test_every_button_and_form_has_a_rule(client: DramatisClient) -> None:
    assert set(switchboard(client)._presses) == {*PRESSES, *CHARACTER_PRESSES, *OPERATOR_PRESSES}
    assert set(switchboard(client)._forms) == set(FORMS)


async def test_what_is_for_managers_is_offered_to_nobody_else_and_in_servers_only(
    client: DramatisClient,
) -> None:
    for name, command in leaves(client).items():
        top = command.root_parent
        assert top is not None
        is_for_managers = (COMMANDS | COMMANDS_OF_SOME)[name].offered_to == MANAGERS
        assert (top.default_permissions == MANAGE_GUILD) is is_for_managers, name
        assert top.allowed_contexts is not None
        assert top.allowed_contexts.dm_channel is not is_for_managers, name


async def test_every_command_fits_into_what_discord_takes(client: DramatisClient) -> None:
    for command in client.tree.get_commands(type=discord.AppCommandType.chat_input):
        shape = command.to_dict(client.tree)
        assert text_units(shape) <= 8000


def text_units(shape: Any) -> int:
    """Names, descriptions and values of a command (Discord: Application Commands, 8,000 characters)."""
    if isinstance(shape, list):
        return sum(map(text_units, shape))
    if not isinstance(shape, dict):
        return 0
    own = sum(len(str(shape.get(key, ""))) for key in ("name", "description", "value"))
    return own + text_units(shape.get("options", [])) + text_units(shape.get("choices", []))
