"""Who may use a command: its own default, and what the people of a server decided instead."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.discord.people import Member
from tests.integration.sandbox_discord_api import COMMANDS, Studio, open_studio

DIAGNOSE = "admin diagnose"


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


async def may_use(studio: Studio, member: Member) -> bool:
    try:
        await member.run_command(studio.channel, DIAGNOSE)
    except ClientRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("permissions", "allowed"), [("MANAGE_GUILD", True), ("ADMINISTRATOR", True), ("MANAGE_MESSAGES", False)]
)
async def test_where_nothing_was_decided_the_commands_own_default_counts(
    studio: Studio, permissions: str, allowed: bool
) -> None:
    ola = studio.guild.add_member("Ola", permissions)

    assert await may_use(studio, ola) is allowed


async def test_who_was_let_in_needs_no_permission(studio: Studio) -> None:
    studio.guild.let_use("admin", studio.mira)

    assert await may_use(studio, studio.mira)


async def test_who_was_shut_out_is_shut_out_whatever_they_hold(studio: Studio) -> None:
    ola = studio.guild.add_member("Ola", "MANAGE_GUILD")
    studio.guild.let_use("admin", ola, allowed=False)

    assert not await may_use(studio, ola)


async def test_administrators_pass_always(studio: Studio) -> None:
    ola = studio.guild.add_member("Ola", "ADMINISTRATOR")
    studio.guild.let_use("admin", ola, allowed=False)

    assert await may_use(studio, ola)


async def test_one_role_that_may_is_enough_and_everybody_comes_last(studio: Studio) -> None:
    yes, no = studio.guild.add_role("yes"), studio.guild.add_role("no")
    both = studio.guild.add_member("Both", roles=[yes, no])
    one = studio.guild.add_member("One", "MANAGE_GUILD", roles=[no])
    studio.guild.let_use("admin", yes)
    studio.guild.let_use("admin", no, allowed=False)
    studio.guild.let_use("admin", studio.guild.everyone)

    assert await may_use(studio, both)
    assert not await may_use(studio, one)
    assert await may_use(studio, studio.mira)


async def test_a_decision_about_a_member_beats_those_about_their_roles(studio: Studio) -> None:
    yes = studio.guild.add_role("yes")
    ola = studio.guild.add_member("Ola", roles=[yes])
    studio.guild.let_use("admin", yes)
    studio.guild.let_use("admin", ola, allowed=False)

    assert not await may_use(studio, ola)


async def test_a_decision_is_of_one_server_and_outlives_a_new_publishing(studio: Studio) -> None:
    elsewhere = studio.discord.add_guild("Elsewhere")
    channel = elsewhere.add_text_channel("general")
    there = elsewhere.add_member("Mira", user=studio.mira.user)
    studio.guild.let_use("admin", studio.mira)

    await studio.api("PUT", f"/applications/{studio.discord.world.application_id}/commands", COMMANDS)

    assert await may_use(studio, studio.mira)
    with pytest.raises(ClientRefused):
        await there.run_command(channel, DIAGNOSE)


async def test_a_bot_can_read_what_was_decided(studio: Studio) -> None:
    path = (
        f"/applications/{studio.discord.world.application_id}/guilds/{studio.guild.id}/commands/permissions"
    )
    assert await studio.api("GET", path) == (200, [])
    studio.guild.let_use("admin", studio.mira)

    _, (decided,) = await studio.api("GET", path)

    (command_id,) = [one["id"] for one in studio.discord.commands if one["name"] == "admin"]
    assert (decided["id"], decided["guild_id"]) == (command_id, str(studio.guild.id))
    assert decided["permissions"] == [{"id": str(studio.mira.id), "type": 2, "permission": True}]


async def test_nothing_is_decided_about_a_command_that_is_not_there(studio: Studio) -> None:
    with pytest.raises(ClientRefused):
        studio.guild.let_use("nothing", studio.mira)


@pytest.mark.parametrize("wanted", ["many", "-1", -1, True, 1.5, [], "٣"])
async def test_a_default_that_is_no_set_of_permissions_is_refused(studio: Studio, wanted: Any) -> None:
    address = f"/applications/{studio.discord.world.application_id}/commands"
    command = {"name": "make", "description": "Make.", "default_member_permissions": wanted}

    status, answer = await studio.api("PUT", address, [command])

    assert status == 400
    assert answer["errors"]["0"]["default_member_permissions"]["_errors"]


@pytest.mark.parametrize("wanted", [None, 0, 32, "32"])
async def test_a_default_may_be_a_number_digits_or_nothing(studio: Studio, wanted: Any) -> None:
    address = f"/applications/{studio.discord.world.application_id}/commands"
    command = {"name": "make", "description": "Make.", "default_member_permissions": wanted}

    status, (answer,) = await studio.api("PUT", address, [command])

    assert status == 200
    assert answer["default_member_permissions"] == (None if wanted is None else str(wanted))
