"""The shape of `/character` as it is published, and what `create` makes of its options."""

from typing import Any, cast

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.clock import SystemClock
from bot.jobs.desk import Desk
from bot.jobs.library import CharacterLibrary
from bot.jobs.moderation import Moderation
from bot.jobs.renewal import Renewals
from bot.notices import SettledBy
from bot.takedowns import CharacterPosts
from cogs import failures, order_options, ordering
from cogs.commands import Tree, character_group
from cogs.create import Create
from cogs.library import Library
from cogs.library_changes import LibraryChanges
from cogs.new_character import NewCharacter
from cogs.ordering import Ordering
from cogs.pictures import Pictures
from cogs.renewals import Refresh
from cogs.status import Status
from cogs.texts import answers
from tests.unit.discord_payloads import an_interaction

NO_DESK = cast("Desk", None)
"""Publishing asks nothing of it."""
NO_MODERATION = cast("Moderation", None)
NO_SHELF = cast("CharacterLibrary", None)
ORDERING = Ordering(
    desk=NO_DESK,
    moderation=NO_MODERATION,
    clock=SystemClock(),
    allowed_guilds=None,
)


@pytest.fixture
def published() -> dict[str, Any]:
    client = commands.Bot(command_prefix="!", intents=discord.Intents.none(), tree_cls=Tree)
    group = character_group()
    clock = SystemClock()
    Create(group, ORDERING)
    NewCharacter(group, ORDERING, NO_SHELF)
    Status(
        group,
        desk=NO_DESK,
        moderation=NO_MODERATION,
        clock=clock,
        allowed_guilds=None,
        settled_by=SettledBy.OPERATOR,
    )
    shelf, pictures, renewals = NO_SHELF, cast("Pictures", None), cast("Renewals", None)
    Library(
        group,
        library=shelf,
        renewals=renewals,
        pictures=pictures,
        posts=cast("CharacterPosts", None),
        clock=clock,
        allowed_guilds=None,
    )
    LibraryChanges(group, library=shelf, moderation=NO_MODERATION, clock=clock, allowed_guilds=None)
    Refresh(group, renewals=renewals, library=shelf, clock=clock, allowed_guilds=None)
    client.tree.add_command(group)
    return client.tree.get_commands()[0].to_dict(client.tree)


def options(published: dict[str, Any], command: str) -> dict[str, dict[str, Any]]:
    found = next(option for option in published["options"] if option["name"] == command)
    return {option["name"]: option for option in found["options"]}


def test_the_group_is_for_servers_and_the_bots_own_direct_messages(published: dict[str, Any]) -> None:
    assert published["name"] == "character"
    assert published["contexts"] == [0, 1]
    assert published["integration_types"] == [0]
    assert [option["name"] for option in published["options"]] == [
        "create",
        "new",
        "status",
        "list",
        "show",
        "rename",
        "share",
        "delete",
        "refresh",
    ]


def test_create_has_exactly_its_options_with_the_required_ones_first(published: dict[str, Any]) -> None:
    found = options(published, "create")

    assert list(found) == ["clip", "subject", "prompt", "safety", "name", "visibility"]
    assert [option["required"] for option in found.values()] == [True] * 2 + [False] * 4
    assert found["clip"]["type"] == discord.AppCommandOptionType.attachment.value


def test_the_choices_have_the_values_that_others_script_against(published: dict[str, Any]) -> None:
    found = options(published, "create")
    values = {
        name: [choice["value"] for choice in found[name]["choices"]] for name in ("subject", "visibility")
    }

    assert values == {
        "subject": ["me", "person-with-permission", "fictional", "animal-or-object"],
        "visibility": ["thread", "private"],
    }


def test_the_lengths_are_told_to_discord(published: dict[str, Any]) -> None:
    found = options(published, "create")

    assert found["prompt"]["max_length"] == 5000
    assert found["safety"]["max_length"] == 5000
    assert (found["name"]["min_length"], found["name"]["max_length"]) == (1, 40)
    assert found["safety"]["autocomplete"] is True


def test_show_takes_a_character_and_whether_to_post_it(published: dict[str, Any]) -> None:
    found = options(published, "show")

    assert list(found) == ["character", "post"]
    assert found["character"]["autocomplete"] is True
    assert found["post"]["type"] == discord.AppCommandOptionType.boolean.value


def test_share_has_the_choices_that_others_script_against(published: dict[str, Any]) -> None:
    found = options(published, "share")

    assert list(found) == ["character", "access", "member"]
    assert [option["required"] for option in found.values()] == [True, True, False]
    assert [choice["value"] for choice in found["access"]["choices"]] == [
        "only-me",
        "one-member",
        "everyone-here",
    ]
    assert found["member"]["type"] == discord.AppCommandOptionType.user.value


@pytest.mark.parametrize("command", ["show", "rename", "share", "delete", "refresh"])
def test_characters_are_suggested_wherever_one_is_named(published: dict[str, Any], command: str) -> None:
    assert options(published, command)["character"]["autocomplete"] is True


def test_every_description_is_written_and_fits(published: dict[str, Any]) -> None:
    described = [published, *published["options"]]
    described += [option for command in published["options"] for option in command["options"]]

    assert all(1 < len(one["description"]) <= 100 for one in described)


def test_values_that_were_not_offered_are_refused() -> None:
    with pytest.raises(failures.MalformedPayload):
        ordering._subject("you")
    with pytest.raises(failures.MalformedPayload):
        ordering._visibility("everybody")


async def test_presets_are_offered_by_what_was_typed() -> None:
    everything = await order_options.presets(an_interaction(), "")
    weapons = await order_options.presets(an_interaction(), "WEAPON")

    assert [choice.value for choice in everything] == list(answers.SAFETY_PRESETS)
    assert weapons == [
        app_commands.Choice(name=one, value=one) for one in answers.SAFETY_PRESETS if "weapon" in one
    ]
    assert len(weapons) == 1
