"""The settings panel: picks count at once, for admins only, and after a restart as before it."""

from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.moderation import MANAGER, a_moderator, pressed, told
from tests.acceptance.scene import Scene
from tests.acceptance.test_ranks import ONLY_ADMINS

SETUP = "characters-admin setup"
PICK = "c1s:cfg:set:0:"


async def panel(scene: Scene, by: Member) -> Message:
    response = await (await by.run_command(scene.channel, SETUP)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def picked(by: Member, message: Message, setting: str, *values: object) -> Message:
    response = await (await by.select(message, PICK + setting, values)).first_response()
    assert response.kind == "update" or response.ephemeral
    assert response.message is not None
    return response.message


async def test_settings_are_picked_page_by_page(scene: Scene) -> None:
    gro, creator = a_moderator(scene), scene.guild.add_role("Creator")
    shown = await panel(scene, gro)

    shown = await picked(gro, shown, "allowed_roles", creator)
    assert f"`allowed_roles` · **<@&{creator.id}>**" in shown.text
    shown = await picked(gro, shown, "allowed_channels", scene.channel)
    assert f"`allowed_channels` · **<#{scene.channel.id}>**" in shown.text
    shown = await picked(gro, shown, "allowed_roles")
    assert "`allowed_roles` · **any**" in shown.text
    shown = await pressed(gro, shown, "Next ▶")
    shown = await picked(gro, shown, "reaction_retry", "off")
    assert "`reaction_retry` · **off**" in shown.text
    log = scene.guild.add_text_channel("mod-log")
    shown = await picked(gro, shown, "log_channel", log)
    assert f"`log_channel` · **<#{log.id}>**" in shown.text

    settings = await told(gro, scene.channel, "set")
    assert f"<@{gro.id}> set `reaction_retry`: on → off" in settings
    assert f"`allowed_channels` · **<#{scene.channel.id}>**" in settings
    assert not scene.anybody_pinged()


async def test_every_press_asks_for_the_right_and_outlives_a_restart(scene: Scene) -> None:
    keeper = scene.guild.add_role("Keeper", MANAGER)
    gro = scene.guild.add_member("Gro", roles=[keeper])
    shown = await panel(scene, gro)
    await scene.house.bot.stop()
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()

    shown = await picked(gro, shown, "mod_roles", keeper)
    gro.take_role(keeper)

    assert ONLY_ADMINS in (await picked(gro, shown, "mod_roles")).text
    assert ONLY_ADMINS in (await pressed(gro, shown, "Next ▶")).text
    assert ONLY_ADMINS in (await pressed(gro, shown, "Post a start panel here")).text
    assert f"`mod_roles` · **<@&{keeper.id}>**" in await told(a_moderator(scene), scene.channel, "set")


async def test_a_start_panel_is_posted_from_it(scene: Scene) -> None:
    gro = a_moderator(scene)
    shown = await panel(scene, gro)

    await pressed(gro, shown, "Post a start panel here")

    await scene.channel.wait_for_message(lambda one: "New character" in one.buttons, 20.0)
