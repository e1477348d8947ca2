"""Roles that a server names for its moderators and admins count while they are held, and no longer."""

from sandbox.discord.people import Member
from tests.acceptance.moderation import ADMIN, a_moderator, listed, opened, pressed, told
from tests.acceptance.scene import LOOP, Scene

ONLY_ADMINS = "for people with the permission **Manage Server** or a role in `admin_roles`"


async def a_holder(scene: Scene, setting: str, name: str) -> Member:
    """A member with no permission of their own and a role that a setting names."""
    role = scene.guild.add_role(setting)
    await told(a_moderator(scene), scene.channel, "set", setting=setting, value=f"<@&{role.id}>")
    return scene.guild.add_member(name, roles=[role])


async def test_a_moderators_role_is_asked_for_at_every_press(scene: Scene) -> None:
    kai = await a_holder(scene, "mod_roles", "Kai")
    (role,) = kai.roles
    scene.guild.let_use(ADMIN, kai)
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()
    timeline = await opened(scene, kai, job)

    kai.take_role(role)

    assert "a role in `mod_roles`" in (await pressed(kai, timeline, "Reload")).text
    assert "or a moderator here, can try it again" in (await pressed(kai, failure, "Try again")).text
    assert not (await listed(scene, kai)).buttons

    kai.give_role(role)

    assert "attempt 2 of 3" in (await pressed(kai, failure, "Try again")).text
    await job.result(2)


async def test_a_moderators_role_counts_for_reactions(scene: Scene) -> None:
    kai = await a_holder(scene, "mod_roles", "Kai")
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()
    await job.reaction_offered(failure)

    await scene.sven.react(failure, LOOP)
    await kai.react(failure, LOOP)

    await job.result(2)
    rows = scene.house.memory.rows("SELECT requested_by FROM attempts WHERE number = 2")
    assert {"requested_by": kai.id} in [dict(row) for row in rows]


async def test_an_admins_role_changes_settings_and_cannot_be_blocked(scene: Scene) -> None:
    ada, kai = await a_holder(scene, "admin_roles", "Ada"), await a_holder(scene, "mod_roles", "Kai")
    for one in (ada, kai):
        scene.guild.let_use(ADMIN, one)

    assert ONLY_ADMINS in await told(kai, scene.channel, "set", setting="quota_per_day", value="9")
    assert "none → **9**" in await told(ada, scene.channel, "set", setting="quota_per_day", value="9")
    assert "may manage the server" in await told(kai, scene.channel, "block add", member=ada)
    ada.take_role(ada.roles[0])
    assert ONLY_ADMINS in await told(ada, scene.channel, "set", setting="quota_per_day", value="1")


async def test_nobody_makes_a_moderator_of_everybody(scene: Scene) -> None:
    gro = a_moderator(scene)

    for setting in ("mod_roles", "admin_roles"):
        answer = await told(gro, scene.channel, "set", setting=setting, value=str(scene.guild.id))
        assert "Nothing was changed." in answer
        suggested = await gro.autocomplete(scene.channel, f"{ADMIN} set", "value", "", setting=setting)
        values = [choice.value for choice in suggested]
        assert "none" in values
        assert f"<@&{scene.guild.id}>" not in values
