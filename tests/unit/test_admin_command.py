"""The shape of `/characters-admin` as it is published."""

from typing import Any, cast

import discord
import pytest
from discord.ext import commands

from bot.jobs.staff.oversight import JobState, Oversight, span_of
from bot.notices import SettledBy
from cogs.admin.jobs import AdminJobs
from cogs.commands import Tree, admin_group
from cogs.moderators import Moderators

NO_OVERSIGHT = cast("Oversight", None)
"""Publishing asks nothing of it."""
NOBODY = cast("Moderators", None)
MANAGE_GUILD = 1 << 5
"""Discord: Permissions, Bitwise Permission Flags."""


@pytest.fixture
def published() -> dict[str, Any]:
    client = commands.Bot(command_prefix="!", intents=discord.Intents.none(), tree_cls=Tree)
    group = admin_group()
    AdminJobs(group, oversight=NO_OVERSIGHT, moderators=NOBODY, settled_by=SettledBy.OPERATOR)
    client.tree.add_command(group)
    return client.tree.get_commands()[0].to_dict(client.tree)


def options(published: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (jobs,) = published["options"]
    assert jobs["name"] == "jobs"
    return {option["name"]: option for option in jobs["options"]}


def test_it_is_for_servers_and_at_first_for_those_who_manage_them(published: dict[str, Any]) -> None:
    assert published["name"] == "characters-admin"
    assert published["default_member_permissions"] == MANAGE_GUILD
    assert published["contexts"] == [0]
    assert published["integration_types"] == [0]


def test_jobs_can_be_narrowed_down_and_need_not(published: dict[str, Any]) -> None:
    found = options(published)

    assert list(found) == ["member", "state", "since"]
    assert not any(option["required"] for option in found.values())
    assert found["member"]["type"] == discord.AppCommandOptionType.user.value


def test_the_choices_are_the_states_and_times_that_others_script_against(published: dict[str, Any]) -> None:
    found = options(published)

    values = {
        name: [choice["value"] for choice in option.get("choices", ())] for name, option in found.items()
    }
    assert values["state"] == [state.value for state in JobState]
    assert values["since"] == ["1h", "24h", "7d", "30d"]
    assert all(span_of(span) for span in values["since"])
