"""What moderators do is told where their server wants it; what is deleted leaves the settings."""

from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.moderation import a_moderator, pressed, reference, told
from tests.acceptance.scene import LOOP, Scene

WAIT_SECONDS = 40.0


async def line(channel: Channel, words: str) -> Message:
    return await channel.wait_for_message(lambda one: words in one.text, WAIT_SECONDS)


async def test_every_act_of_a_moderator_is_told_once_and_pings_nobody(scene: Scene) -> None:
    gro, log = a_moderator(scene), scene.guild.add_text_channel("mod-log")
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()

    await told(gro, scene.channel, "set", setting="log_channel", value=f"<#{log.id}>")
    await told(gro, scene.channel, "block add", member=scene.sven, reason="@everyone **spam**")
    await told(gro, scene.channel, "quota set", target=scene.mira, at_once=2)
    await told(gro, scene.channel, "pause", duration="1h")
    await told(gro, scene.channel, "resume")
    await pressed(gro, failure, "Try again")

    await line(log, f"<@{gro.id}> set `log_channel`: none → {log.id}")
    await line(log, f"<@{gro.id}> blocked <@{scene.sven.id}>: for good")
    await line(log, f"<@{gro.id}> set the quota of `{scene.mira.id}`")
    await line(log, f"<@{gro.id}> paused the server")
    await line(log, f"<@{gro.id}> resumed the server")
    await line(log, f"<@{gro.id}> tried again job `{reference(job)}`")
    await job.result(2)
    texts = [message.text for message in log.by_id.values()]
    assert len(texts) == len(set(texts)) == 6
    assert not any(message.pinged_user_ids or message.mentions_everyone for message in log.by_id.values())


async def test_a_log_channel_that_takes_nothing_stops_nothing_and_diagnose_says_so(scene: Scene) -> None:
    scene.house.expected_log_events |= {"log_channel_refused"}
    gro, log = a_moderator(scene), scene.guild.add_text_channel("mod-log")
    await told(gro, scene.channel, "set", setting="log_channel", value=str(log.id))
    await line(log, "set `log_channel`")
    assert f"✅ What moderators do is told in <#{log.id}>." in await told(gro, scene.channel, "diagnose")
    log.deny_bot("SEND_MESSAGES")

    await told(gro, scene.channel, "set", setting="quota_per_day", value="9")
    memory = scene.house.memory
    untold = "SELECT * FROM deeds WHERE log_channel_id IS NOT NULL"
    await memory.until(lambda: not memory.rows(untold), "what cannot be told should be given up")

    found = await told(gro, scene.channel, "diagnose")
    assert f"❌ I cannot write into the `log_channel` <#{log.id}>: there I need **Send Messages**." in found
    await (await scene.order()).result()
    assert len(log.by_id) == 1


async def test_what_is_deleted_leaves_the_settings_and_the_log_says_so(scene: Scene) -> None:
    gro, keeper = a_moderator(scene), scene.guild.add_role("Keeper")
    log, general = scene.guild.add_text_channel("mod-log"), scene.guild.add_text_channel("general")
    for name, value in (
        ("log_channel", f"<#{log.id}>"),
        ("mod_roles", f"<@&{keeper.id}>"),
        ("allowed_channels", f"<#{general.id}> <#{scene.channel.id}>"),
    ):
        await told(gro, scene.channel, "set", setting=name, value=value)
    await told(gro, scene.channel, "quota set", target=keeper, per_day=3)

    scene.guild.delete_role(keeper)
    general.delete()

    await line(log, f"I set `mod_roles`: {keeper.id} → none")
    await line(log, f"I set the quota of `{keeper.id}`")
    both = " ".join(map(str, sorted((general.id, scene.channel.id))))
    await line(log, f"I set `allowed_channels`: {both} → {scene.channel.id}")
    log.delete()
    memory = scene.house.memory
    gone = "SELECT * FROM server_settings WHERE name = 'log_channel' AND value = 'none'"
    await memory.until(lambda: memory.rows(gone), "the log channel should be cleared")
    assert "All channels and roles in the settings are there." in await told(gro, scene.channel, "diagnose")


async def test_switched_off_nothing_starts_and_what_waits_is_kept(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    gro = a_moderator(scene)
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("switched off at the provider")

    await told(gro, scene.channel, "set", setting="enabled", value="off")
    await job.card_says("have paused the making of characters")

    refused = await scene.order(by=scene.sven)
    assert refused.response.ephemeral
    assert refused.response.message is not None
    assert "have switched the making of characters off" in refused.response.message.text
    assert refused.prompt in refused.response.message.text
    scene.house.kie.resume_model()
    memory = scene.house.memory
    memory.let_time_pass(LONG_WHILE_SECONDS)
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "the circuit should close")
    assert "have paused the making of characters" in job.card.text
    assert job.tasks == []
    await told(gro, scene.channel, "set", setting="enabled", value="on")
    await job.result()


async def test_where_reactions_do_not_count_the_button_does(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="reaction_retry", value="off")
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()

    await scene.mira.react(failure, LOOP)
    answer = await pressed(scene.mira, failure, "Try again")

    assert "attempt 2 of 3" in answer.text
    await job.result(2)
    assert failure.reactions == {LOOP: [scene.mira.id]}


async def test_where_sharing_is_off_a_character_stays_its_owners(scene: Scene) -> None:
    job = await scene.order(name="Fen")
    await job.result()
    await told(a_moderator(scene), scene.channel, "set", setting="sharing", value="off")

    for options in ({"access": "everyone-here"}, {"access": "one-member", "member": scene.sven}):
        call = await scene.mira.run_command(scene.channel, "character share", character="Fen", **options)
        response = await call.first_response()
        assert response.message is not None
        assert "have switched sharing off" in response.message.text
