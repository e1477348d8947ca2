"""Moderators decide who may make characters and how many; members read what stands in their way."""

import asyncio

from sandbox.discord.channels import Channel
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.moderation import MANAGER, a_moderator, pressed, private, told
from tests.acceptance.scene import CREATE, LOOP, Scene, clip_file

NOTHING_CHARGED = "Nothing was charged."


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
