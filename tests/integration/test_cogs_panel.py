"""The start panel and its button, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sandbox.discord.channels import Channel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.messages import Message
from tests.integration.cogs_studio import CLIP, Studio, open_studio, text_of


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def panel_in(studio: Studio, channel: Channel) -> Message:
    """A panel, posted by somebody who manages the server."""
    boss = studio.guild.add_member("Boss", "MANAGE_GUILD")
    call = await boss.run_command(channel, "characters-admin panel")
    assert "The panel is here." in text_of(await call.first_response())
    (message,) = (one for one in channel.messages if one.author is studio.discord.world.bot)
    return message


async def test_a_panel_is_a_message_of_the_bots_own_with_one_button(studio: Studio) -> None:
    panel = await panel_in(studio, studio.channel)

    assert panel.webhook_id is None, "no answer to a command, which would name who called it"
    assert "Make a character" in panel.text
    assert list(panel.buttons) == ["New character"]
    assert panel.buttons["New character"].custom_id == "c1:pnl:new:0"
    assert panel.pinged_user_ids == frozenset()


async def test_anybody_may_press_the_panel_as_often_as_they_like(studio: Studio) -> None:
    panel = await panel_in(studio, studio.channel)

    modals = [
        await (await member.press(panel, "New character")).wait_for_modal()
        for member in (studio.mira, studio.tom, studio.mira)
    ]
    call = await studio.mira.submit(modals[2], clip=CLIP, subject="me")
    response = await call.first_response()
    assert response.message is not None
    await studio.story_on(response.message)

    assert len({modal.custom_id for modal in modals}) == 3
    assert response.message is not panel
    assert panel.history == [], "the panel stays as it is"
    assert (await studio.jobs_of(studio.mira))[0].job.card is not None


async def test_only_those_who_manage_the_server_are_offered_the_panel_command(studio: Studio) -> None:
    for member in (studio.mira, studio.ola):
        with pytest.raises(ClientRefused, match="lacks the permissions"):
            await member.run_command(studio.channel, "characters-admin panel")
    boss = studio.guild.add_member("Boss", "MANAGE_GUILD")
    with pytest.raises(ClientRefused, match="not offered"):
        await boss.run_command(studio.discord.dm(boss), "characters-admin panel")


async def test_a_panel_is_not_posted_where_no_job_could_be_told(studio: Studio) -> None:
    boss = studio.guild.add_member("Boss", "MANAGE_GUILD")
    studio.channel.deny_bot("SEND_MESSAGES", "CREATE_PUBLIC_THREADS")

    response = await (await boss.run_command(studio.channel, "characters-admin panel")).first_response()

    assert "**Send Messages**, **Create Public Threads**" in text_of(response)
    assert studio.channel.messages == []


async def test_a_panel_that_discord_does_not_take_is_told(studio: Studio) -> None:
    boss = studio.guild.add_member("Boss", "MANAGE_GUILD")
    studio.discord.faults.fail("POST", "/channels/*/messages", status=403, code=50013)

    with capture_logs() as logs:
        response = await (await boss.run_command(studio.channel, "characters-admin panel")).first_response()

    assert "did not take the panel" in text_of(response)
    assert [one["event"] for one in logs if "panel" in one["event"]] == ["panel_not_posted"]
    assert studio.channel.messages == []
