"""A moderator looks a member up, and blocks them from there; members read what is left for them."""

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import MANAGER, a_moderator, pressed, private, told
from tests.acceptance.scene import Scene

MENU = "Character history"
STATUS = "character status"


async def looked_up(scene: Scene, by: Member, member: Member) -> Message:
    response = await (await by.run_member_command(scene.channel, member, MENU)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def test_a_history_shows_jobs_statements_limits_and_blocks_of_this_server_alone(scene: Scene) -> None:
    gro = a_moderator(scene)
    scene.house.kie.script(scene.fails(), scene.succeeds())
    await (await scene.order(subject="person-with-permission", prompt="@everyone **bold**")).failure()
    await (await scene.order(subject="fictional")).result()
    await told(gro, scene.channel, "set", setting="quota_per_day", value="9")

    shown = await looked_up(scene, gro, scene.mira)

    assert f"Character history of <@{scene.mira.id}>" in shown.text
    assert "1 failed · 1 done" in shown.text
    assert "Stated about clips: " in shown.text
    assert "1 × Fictional or animated character" in shown.text
    assert "Stated about the clip: Someone who gave me permission" in shown.text
    assert "may make 9 a day" in shown.text
    assert "Not blocked here." in shown.text
    assert not scene.pings(scene.ola)
    listed = await pressed(gro, shown, "Jobs")
    assert f"<@{scene.mira.id}>" in listed.text
    other = Scene(scene.house, "another server")
    elsewhere = await looked_up(other, a_moderator(other), other.mira)
    assert "They have started nothing in this server." in elsewhere.text
    assert not elsewhere.buttons
    with pytest.raises(ClientRefused):
        await looked_up(scene, scene.sven, scene.mira)


async def test_a_member_is_blocked_from_their_history(scene: Scene) -> None:
    keeper = scene.guild.add_role("Keeper", MANAGER)
    gro = scene.guild.add_member("Gro", roles=[keeper])
    await (await scene.order()).result()
    shown = await looked_up(scene, gro, scene.mira)

    modal = await (await gro.press(shown, "Block…")).wait_for_modal()
    answer = await private(await gro.submit(modal, duration="7d", reason="spam"))

    assert f"<@{scene.mira.id}> can't make characters here until <t:" in answer
    assert "⛔ Blocked until <t:" in (await looked_up(scene, gro, scene.mira)).text
    refused = await scene.order()
    assert refused.response.message is not None
    assert "(reason: spam)" in refused.response.message.text
    again = await (await gro.press(shown, "Block…")).wait_for_modal()
    gro.take_role(keeper)
    assert "a role in `mod_roles`" in await private(await gro.submit(again, duration="good"))
    assert "a role in `mod_roles`" in (await pressed(gro, shown, "Block…")).text


async def test_nobody_blocks_themselves_from_their_own_history(scene: Scene) -> None:
    gro = a_moderator(scene)
    await (await scene.order(by=gro)).result()
    shown = await looked_up(scene, gro, gro)

    modal = await (await gro.press(shown, "Block…")).wait_for_modal()

    assert "cannot block yourself" in await private(await gro.submit(modal, duration="1d"))


async def test_status_says_what_is_left_and_when_it_starts_afresh(scene: Scene) -> None:
    gro = a_moderator(scene)
    assert "Left for you" not in await private(await scene.mira.run_command(scene.channel, STATUS))
    for name, value in (("quota_per_day", "3"), ("quota_at_once", "2"), ("quota_server_per_day", "7")):
        await told(gro, scene.channel, "set", setting=name, value=value)
    assert "3 of 3 attempts today" in await private(await scene.sven.run_command(scene.channel, STATUS))
    scene.house.kie.script(Outcome.never())
    await (await scene.order()).polled()

    answer = await private(await scene.mira.run_command(scene.channel, STATUS))

    assert "Left for you here: 2 of 3 attempts today, 1 of 2 at once, 6 of 7 of the whole server" in answer
    assert "A new day starts <t:" in answer
