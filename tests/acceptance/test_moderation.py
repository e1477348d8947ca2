"""Moderators decide who may make characters and how many; members read what stands in their way."""

import asyncio

import pytest

from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.moderation import MANAGER, a_moderator, opened, pressed
from tests.acceptance.scene import CREATE, LOOP, Scene, clip_file

ADMIN = "characters-admin"
NOTHING_CHARGED = "Nothing was charged."


async def told(by: Member, channel: Channel, command: str, /, **options: object) -> str:
    """What a command of the moderators answers, for the caller alone."""
    return await private(await by.run_command(channel, f"{ADMIN} {command}", **options))


async def private(call: Call) -> str:
    response = await call.first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message.text


async def turned_away(scene: Scene, by: Member | None = None, where: Channel | None = None) -> str:
    """What somebody reads who may not make a character; their own words are in it."""
    job = await scene.order(where, by)
    assert job.response.ephemeral
    assert job.response.message is not None
    assert job.prompt in job.response.message.text
    assert (job.tasks, job.states) == ([], [])
    return job.response.message.text


async def test_a_member_reads_in_which_channels_characters_can_be_made(scene: Scene) -> None:
    gro = a_moderator(scene)
    general = scene.guild.add_text_channel("general")
    changed = await told(gro, general, "set", setting="allowed_channels", value=f"<#{scene.channel.id}>")

    assert changed == f"`allowed_channels`: any → **<#{scene.channel.id}>**"
    assert f"can be made in <#{scene.channel.id}>" in await turned_away(scene, where=general)
    job = await scene.order()
    await job.result()
    await (await scene.order(await job.thread())).result()
    moderators = await scene.order(general, scene.ola)
    await moderators.result(place=await moderators.thread())


async def test_a_member_reads_which_role_is_missing_and_nobody_is_pinged(scene: Scene) -> None:
    creator = scene.guild.add_role("Creator", mentionable=True)
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="allowed_roles", value=f"<@&{creator.id}>")

    assert f"one of these roles: <@&{creator.id}>" in await turned_away(scene)
    assert not scene.anybody_pinged()
    scene.mira.give_role(creator)
    await (await scene.order()).result()
    scene.mira.take_role(creator)
    await turned_away(scene)


async def test_a_reaction_passes_the_same_gates_as_its_button(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()
    await job.reaction_offered(failure)
    creator = scene.guild.add_role("Creator")
    await told(a_moderator(scene), scene.channel, "set", setting="allowed_roles", value=f"<@&{creator.id}>")

    await scene.mira.react(failure, LOOP)
    assert "one of these roles" in (await pressed(scene.mira, failure, "Try again")).text
    scene.mira.give_role(creator)
    await scene.mira.unreact(failure, LOOP)
    await scene.mira.react(failure, LOOP)

    await job.result(2)
    assert len(job.submissions) == 2


async def test_who_may_not_is_told_before_they_type(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "pause", reason="tidying up")

    answer = await private(await scene.mira.run_command(scene.channel, "character new"))

    assert "paused the making of characters (reason: tidying up)" in answer


async def test_a_blocked_member_reads_until_when_and_why_and_cannot_retry(scene: Scene) -> None:
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    failure = await job.failure()
    gro = a_moderator(scene)

    blocked = await told(
        gro, scene.channel, "block add", member=scene.mira, duration="7d", reason="@everyone spam"
    )

    assert f"<@{scene.mira.id}> can't make characters here until <t:" in blocked
    answer = await turned_away(scene)
    assert "You can't make characters here until <t:" in answer
    assert "spam" in answer
    assert "You can't make characters here" in (await pressed(scene.mira, failure, "Try again")).text
    assert "Whose job this is can't make characters" in (await pressed(gro, failure, "Try again")).text
    assert f"- <@{scene.mira.id}> until" in await told(gro, scene.channel, "block list")
    await (await scene.order(by=scene.sven)).result()

    await told(gro, scene.channel, "block remove", member=scene.mira)

    assert "attempt 2 of 3" in (await pressed(scene.mira, failure, "Try again")).text
    await job.result(2)


async def test_nobody_blocks_themselves_a_bot_or_somebody_who_manages_the_server(scene: Scene) -> None:
    gro = a_moderator(scene)
    ada = scene.guild.add_member("Ada", MANAGER)
    bot = scene.guild.members[scene.house.discord.world.bot.id]

    assert "cannot block yourself" in await told(gro, scene.channel, "block add", member=gro)
    assert "Bots make no characters" in await told(gro, scene.channel, "block add", member=bot)
    assert "may manage the server" in await told(gro, scene.channel, "block add", member=ada)
    assert "Nobody is blocked" in await told(gro, scene.channel, "block list")
    assert "is not blocked here" in await told(gro, scene.channel, "block remove", member=ada)


async def test_what_a_blocked_member_has_in_the_queue_ends_without_cost(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("switched off at the provider")
    await told(a_moderator(scene), scene.channel, "block add", member=scene.mira)
    scene.house.kie.resume_model()
    scene.house.memory.let_time_pass(LONG_WHILE_SECONDS)

    failure = await job.failure()

    assert "do not let the person who asked for it make characters now" in failure.text
    assert NOTHING_CHARGED in failure.text
    assert job.submissions[1:] == []
    assert job.states == ["failed"]


async def test_in_a_paused_server_what_waits_keeps_its_place_and_says_so_then_goes_on(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("switched off at the provider")
    gro = a_moderator(scene)

    paused = await told(gro, scene.channel, "pause", duration="1d", reason="tidying up")

    assert "Paused until <t:" in paused
    await job.card_says("have paused the making of characters", "Nothing has been paid", "Your place is kept")
    assert "until <t:" in await turned_away(scene, scene.sven)
    scene.house.kie.resume_model()
    memory = scene.house.memory
    memory.let_time_pass(LONG_WHILE_SECONDS)
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "the circuit should close")
    await job.card_says("have paused the making of characters")
    assert job.tasks == []

    assert "Going on" in await told(gro, scene.channel, "resume")

    await job.result()
    assert "is not paused" in await told(gro, scene.channel, "resume")


async def test_a_member_reads_what_is_used_up_and_when_it_starts_afresh(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="quota_per_day", value="1")
    await (await scene.order()).result()

    answer = await turned_away(scene)

    assert "The limit of yours for a day in this server is used up: 1 of 1 attempts, none is left." in answer
    assert "It starts afresh <t:" in answer
    await (await scene.order(by=scene.sven)).result()
    shown = await told(gro, scene.channel, "quota show", member=scene.mira)
    assert f"<@{scene.mira.id}> may make 1 a day, any number at once. Today: 1, running now: 0." in shown


async def test_the_best_role_wins_and_a_failure_that_cost_nothing_is_given_back(scene: Scene) -> None:
    gro, creator = a_moderator(scene), scene.guild.add_role("Creator")
    scene.mira.give_role(creator)
    await told(gro, scene.channel, "set", setting="quota_per_day", value="0")
    given = await told(gro, scene.channel, "quota set", target=creator, per_day=1)
    assert given == f"<@&{creator.id}>: 1 a day, any number at once"
    scene.house.kie.script(scene.fails())

    await (await scene.order()).failure()
    await (await scene.order()).result()
    await turned_away(scene)
    assert "is 0, so nothing can be made" in await turned_away(scene, scene.sven)
    await told(gro, scene.channel, "quota set", target=scene.sven, per_day=1)
    await (await scene.order(by=scene.sven)).result()

    await told(gro, scene.channel, "quota reset", target=creator)
    assert "is 0, so nothing can be made" in await turned_away(scene)


async def test_who_has_enough_running_is_told_how_many(scene: Scene) -> None:
    await told(a_moderator(scene), scene.channel, "set", setting="quota_at_once", value="1")
    scene.house.kie.script(Outcome.never())
    running = await scene.order()
    await running.polled()

    assert "You have 1 running, and 1 at once is the limit here." in await turned_away(scene)
    await pressed(scene.mira, running.card, "Cancel")
    await (await scene.order()).result()


async def test_fifty_commands_at_the_last_place_make_exactly_one_job(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="quota_server_per_day", value="1")
    people = [scene.guild.add_member(f"Member {number}") for number in range(50)]
    given = {"clip": clip_file(), "subject": "fictional"}
    prompts = [scene.new_prompt() for _ in people]

    calls = await asyncio.gather(
        *(
            member.run_command(scene.channel, CREATE, prompt=prompt, **given)
            for member, prompt in zip(people, prompts, strict=True)
        )
    )
    responses = [await call.first_response(20) for call in calls]

    made = [response for response in responses if not response.ephemeral]
    assert len(made) == 1
    refused = [response.message.text for response in responses if response.ephemeral and response.message]
    assert len(refused) == 49
    assert all("of this server for a day, for everybody together, is used up" in text for text in refused)


async def test_the_same_clip_with_the_same_words_is_answered_with_the_job_that_there_is(scene: Scene) -> None:
    first = await scene.order(name="Fen")
    reference = first.card.text.partition("ref ")[2].split()[0]

    again = await scene.order(name="Fen", prompt=first.prompt)
    assert again.response.ephemeral
    assert again.response.message is not None
    assert f"it is job **{reference}**" in again.response.message.text
    assert first.prompt in again.response.message.text

    other = await scene.order(name="Fen", prompt=f"{first.prompt}, in a hat")
    await first.result()
    await other.result()
    assert len(first.submissions) == 1
    by_another = await scene.order(by=scene.sven, name="Fen", prompt=f"{first.prompt}, in a hat")
    assert not by_another.response.ephemeral


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

    assert [choice.value for choice in names] == ["allowed_channels"]
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
    assert f"❌ `allowed_roles` names what was deleted: `{creator.id}`." in found
    assert "Nothing else is in `allowed_roles`" not in found
    assert "❌ The server is paused: `/characters-admin resume` ends that." in found
    assert "❌ The provider `kie-sora-2-characters` takes no orders" in found
    scene.house.kie.resume_model()
    memory = scene.house.memory
    memory.let_time_pass(LONG_WHILE_SECONDS)
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "the circuit should close")
    await waiting.result()
