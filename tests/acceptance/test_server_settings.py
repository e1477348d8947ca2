"""What a server has decided is shown, changed and kept in a log; what is amiss is found."""

import pytest

from sandbox.discord.commands import ClientRefused
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.moderation import ADMIN, MANAGER, a_moderator, opened, pressed, told
from tests.acceptance.scene import Scene


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quota_per_day", "-1"),
        ("quota_per_day", "1000000000000000000"),
        ("quota_at_once", "0"),
        ("quota_server_per_day", "@everyone"),
        ("allowed_channels", "123456789012345678"),
        ("allowed_roles", "<@&123456789012345678>"),
        ("allowed_roles", "everybody"),
        ("colour", "red"),
        ("retention", "x" * 3000),
    ],
)
async def test_what_a_setting_does_not_take_is_named_and_changes_nothing(
    scene: Scene, name: str, value: str
) -> None:
    gro = a_moderator(scene)
    before = await told(gro, scene.channel, "set")

    answer = await told(gro, scene.channel, "set", setting=name, value=value)

    assert "Nothing was changed." in answer
    assert "It takes" in answer or "There are:" in answer
    assert len(answer) < 1000
    assert await told(gro, scene.channel, "set") == before


@pytest.mark.parametrize("per_day", [-1, 10**18, 1001])
async def test_discords_own_app_refuses_a_quota_out_of_its_span(scene: Scene, per_day: int) -> None:
    gro = a_moderator(scene)

    with pytest.raises(ClientRefused):
        await told(gro, scene.channel, "quota set", target=scene.mira, per_day=per_day)


async def test_settings_are_suggested_with_what_they_take_and_channels_by_name(scene: Scene) -> None:
    gro = a_moderator(scene)
    general = scene.guild.add_text_channel("general")
    command = f"{ADMIN} set"

    names = await gro.autocomplete(scene.channel, command, "setting", "channel")
    values = await gro.autocomplete(scene.channel, command, "value", "gen", setting="allowed_channels")
    more = await gro.autocomplete(
        scene.channel, command, "value", f"<#{general.id}> stu", setting="allowed_channels"
    )
    limits = await gro.autocomplete(scene.channel, command, "value", "", setting="quota_per_day")
    nonsense = await gro.autocomplete(scene.channel, command, "value", "", setting="colour")

    asked_for = ["allowed_channels", "log_channel", "results", "results_channel", "thread_archive"]
    asked_for.append("review_channel")
    assert [choice.value for choice in names] == asked_for
    assert [(choice.name, choice.value) for choice in values] == [("#general", f"<#{general.id}>")]
    assert [choice.value for choice in more] == [f"<#{general.id}> <#{scene.channel.id}>"]
    assert [choice.value for choice in limits] == ["none"]
    assert nonsense == []


async def test_every_change_is_in_the_log_with_who_made_it(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="quota_per_day", value="5")
    await told(gro, scene.channel, "block add", member=scene.sven, reason="spam")
    await told(gro, scene.channel, "quota set", target=scene.mira, at_once=2)

    shown = await told(gro, scene.channel, "set")

    assert f"<@{gro.id}> set `quota_per_day`: none → 5" in shown
    assert f"<@{gro.id}> blocked <@{scene.sven.id}>: for good" in shown
    assert f"<@{gro.id}> set the quota of `{scene.mira.id}`" in shown
    other = Scene(scene.house, "another server")
    elsewhere = await told(a_moderator(other), other.channel, "set")
    assert "Latest changes" not in elsewhere
    assert "`quota_per_day` · **none**" in elsewhere


async def test_who_was_given_the_command_but_does_not_manage_the_server_only_moderates(scene: Scene) -> None:
    scene.guild.let_use(ADMIN, scene.sven)
    needs = "for people with the permission **Manage Server**"

    assert needs in await told(scene.sven, scene.channel, "set", setting="quota_per_day", value="5")
    assert needs in await told(scene.sven, scene.channel, "set")
    assert needs in await told(scene.sven, scene.channel, "quota set", target=scene.sven, per_day=9)
    assert needs in await told(scene.sven, scene.channel, "quota reset", target=scene.sven)
    assert (
        await scene.sven.autocomplete(scene.channel, f"{ADMIN} set", "value", "", setting="allowed_channels")
        == []
    )
    assert "can't make characters" in await told(scene.sven, scene.channel, "block add", member=scene.mira)
    with pytest.raises(ClientRefused):
        await told(scene.mira, scene.channel, "block remove", member=scene.mira)


async def test_a_moderator_who_loses_the_role_meanwhile_changes_nothing_more(scene: Scene) -> None:
    keeper = scene.guild.add_role("Keeper", MANAGER)
    gro = scene.guild.add_member("Gro", roles=[keeper])
    job = await scene.order()
    await job.result()
    timeline = await opened(scene, gro, job)
    gro.take_role(keeper)

    assert "Manage Server" in (await pressed(gro, timeline, "Reload")).text
    with pytest.raises(ClientRefused):
        await told(gro, scene.channel, "set", setting="quota_per_day", value="0")
    await (await scene.order()).result()


async def test_diagnose_names_each_permission_and_where_to_give_it(scene: Scene) -> None:
    gro = a_moderator(scene)
    general = scene.guild.add_text_channel("general")
    general.deny_bot("SEND_MESSAGES_IN_THREADS", "ADD_REACTIONS")

    here = await told(gro, scene.channel, "diagnose")
    there = await told(gro, scene.channel, "diagnose", channel=general)

    assert f"What I may do in <#{scene.channel.id}>" in here
    assert "✅ **Send Messages in Threads** for results" in here
    assert "Nothing that I need is missing." in here
    assert "✅ The provider `kie-sora-2-characters` takes orders" in here
    assert f"What I may do in <#{general.id}>" in there
    assert "❌ **Send Messages in Threads** for results" in there
    assert "▫️ **Add Reactions** for the 🔁 under failures (missing, but I can do without)" in there
    assert "Give what is missing in the channel's settings" in there


async def test_diagnose_finds_deleted_channels_and_roles_a_pause_and_a_provider_that_takes_nothing(
    scene: Scene,
) -> None:
    gro, creator = a_moderator(scene), scene.guild.add_role("Creator")
    general = scene.guild.add_text_channel("general")
    await told(gro, scene.channel, "set", setting="allowed_channels", value=f"<#{general.id}>")
    await told(gro, scene.channel, "set", setting="allowed_roles", value=f"{creator.id} {scene.guild.id}")
    await told(gro, scene.channel, "pause")
    general.delete()
    scene.guild.delete_role(creator)
    scene.house.expected_log_events |= {"circuit_opened"}
    other = Scene(scene.house, "another server")
    scene.house.kie.pause_model()
    waiting = await other.order()
    await waiting.card_says("switched off at the provider")

    found = await told(gro, scene.channel, "diagnose")

    assert f"❌ `allowed_channels` names what was deleted: `{general.id}`." in found
    assert "Nothing else is in `allowed_channels`, so only moderators can make characters." in found
    assert "`allowed_roles` names what was deleted" not in found
    assert "❌ The server is paused: `/characters-admin resume` ends that." in found
    assert "❌ The provider `kie-sora-2-characters` takes no orders" in found
    scene.house.kie.resume_model()
    memory = scene.house.memory
    memory.let_time_pass(LONG_WHILE_SECONDS)
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "the circuit should close")
    await waiting.result()
