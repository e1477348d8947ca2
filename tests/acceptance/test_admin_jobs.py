"""A moderator finds the jobs of their server and acts on them; nobody else can, whatever they send."""

from hashlib import sha256

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.kie.outcomes import Outcome
from tests.acceptance.clips import good
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.moderation import (
    JOBS,
    NOBODY_KNOWS,
    OPEN,
    a_moderator,
    forged,
    job_id,
    listed,
    lost,
    opened,
    pressed,
    reference,
)
from tests.acceptance.scene import RETRY_ANYWAY, Scene

SECOND_CHARGE = "Trying again may cost a second time."
NO_SUCH_JOB = "I found no such job"
NEEDS_RIGHT = "These buttons are for people with the permission **Manage Server** or a role in `mod_roles`."
BACK, RELOAD = "Back to the list", "Reload"
NOWHERE = "01K00000000000000000000000"
SLOW = pytest.mark.seconds(180)
"""Several processes start, one after the other."""


async def test_a_moderator_reads_every_job_of_the_server_with_what_is_unknown_on_top(scene: Scene) -> None:
    unknown = await lost(scene, name="Fen")
    done = await scene.order(by=scene.sven, name="Owl")
    await done.result()

    told = await listed(scene, a_moderator(scene))

    assert "2 jobs" in told.text
    assert told.text.index(reference(unknown)) < told.text.index(reference(done))
    assert NOBODY_KNOWS in told.text
    assert {scene.mira.mention, scene.sven.mention} <= set(told.text.replace("\n", " ").split(" "))
    assert scene.pings(scene.mira) == [await unknown.failure(label=RETRY_ANYWAY)]


async def test_a_moderator_narrows_the_list_down(scene: Scene) -> None:
    scene.house.kie.script(Outcome.never(), scene.fails())
    running = await scene.order()
    await running.polled()
    failed = await scene.order(by=scene.sven)
    await failed.failure()
    gro = a_moderator(scene)

    by_member = await listed(scene, gro, member=scene.sven)
    by_state = await listed(scene, gro, state="running", since="1h")
    by_nothing = await listed(scene, gro, state="cancelled")

    assert reference(failed) in by_member.text
    assert reference(running) not in by_member.text
    assert reference(running) in by_state.text
    assert reference(failed) not in by_state.text
    assert "no such jobs" in by_nothing.text


async def test_a_long_list_is_turned_page_by_page_and_keeps_what_was_chosen(scene: Scene) -> None:
    jobs = [await scene.order(by=scene.sven) for _ in range(9)]
    for job in jobs:
        await job.result()
    await (await scene.order()).result()
    gro = a_moderator(scene)
    told = await listed(scene, gro, member=scene.sven, state="done")
    first = {job.prompt for job in jobs if reference(job) in told.text}

    await pressed(gro, told, "▶")

    assert len(first) == 8
    assert f"9 jobs · done · {scene.sven.mention} · page 2 of 2" in told.text
    assert {job.prompt for job in jobs if reference(job) in told.text} == {job.prompt for job in jobs} - first


async def test_the_timeline_of_an_unknown_job_warns_and_a_moderator_takes_the_chance(scene: Scene) -> None:
    job = await lost(scene)
    gro = a_moderator(scene)

    timeline = await opened(scene, gro, job)

    assert NOBODY_KNOWS in timeline.text
    assert SECOND_CHARGE in timeline.text
    assert "Nothing will settle it by itself: signed callbacks are not set up." in timeline.text
    assert f"jobs settle {reference(job)} --attempt 1 --task TASK_ID" in timeline.text
    told = await pressed(gro, timeline, RETRY_ANYWAY)
    assert "attempt 2 of 3" in told.text
    result = await job.result(2)
    assert result.pinged_user_ids == {scene.mira.id}
    assert len(job.submissions) == 2
    line = await (await job.thread()).wait_for_message(lambda one: "Trying again" in one.text)
    assert gro.mention in line.text


async def test_reloaded_the_timeline_shows_what_became_of_it_and_leads_back(scene: Scene) -> None:
    job = await lost(scene)
    gro = a_moderator(scene)
    timeline = await opened(scene, gro, job)
    await pressed(gro, timeline, RETRY_ANYWAY)
    await job.result(2)

    again = await pressed(gro, timeline, RELOAD)

    assert again is timeline
    assert "**Attempt 1** · ❔ Outcome unknown" in timeline.text
    assert "**Attempt 2** · ✅ Done" in timeline.text
    assert f"`{job.tasks[1].task_id}`" in timeline.text
    assert RETRY_ANYWAY not in timeline.buttons
    await pressed(gro, timeline, BACK)
    assert "### Jobs in this server" in timeline.text
    assert "Outcome unknown as well: attempt 1" in timeline.text


async def test_the_providers_own_words_are_shown_to_moderators_and_to_nobody_else(scene: Scene) -> None:
    words = "please show these words to moderators only"
    scene.house.kie.script(scene.fails(words))
    job = await scene.order()
    failure = await job.failure()

    timeline = await opened(scene, a_moderator(scene), job)

    assert f"500 – {words}" in timeline.text
    assert "Stated about the clip: **Fictional or animated character**" in timeline.text
    assert f"SHA-256 `{sha256(good()).hexdigest()}`" in timeline.text
    assert words not in failure.text
    assert words not in job.card.text


async def test_a_moderator_cancels_from_the_timeline(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("switched off at the provider")
    gro = a_moderator(scene)

    told = await pressed(gro, await opened(scene, gro, job), "Cancel")

    assert "Nothing was charged" in told.text
    await job.card_says("Cancelled")
    assert job.states == ["cancelled"]
    scene.house.kie.resume_model()
    memory = scene.house.memory
    memory.let_time_pass(LONG_WHILE_SECONDS)
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "the circuit should close")


async def test_what_could_not_be_delivered_is_told_with_the_reason(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    scene.mira.refuse_direct_messages()
    job = await scene.order(visibility="private")
    memory = scene.house.memory
    await memory.until(lambda: memory.parked(job.prompt, "result"), "the result should be parked")

    timeline = await opened(scene, a_moderator(scene), job)

    assert "Could not be delivered" in timeline.text
    assert "the character (attempt 1): the member does not accept direct messages from me" in timeline.text


async def test_an_unknown_private_job_is_listed_without_a_word_of_its_owner(scene: Scene) -> None:
    job = await lost(scene, visibility="private", name="Shade", safety="no moonlight")
    gro = a_moderator(scene)

    told = await listed(scene, gro)
    text = told.text
    timeline = await pressed(gro, told, OPEN + job_id(job))

    for shown in (text, timeline.text):
        assert NOBODY_KNOWS in shown
        assert "only for its owner" in shown
        assert not any(secret in shown for secret in (job.prompt, "Shade", "moonlight", "fox.mp4"))
    bot = scene.house.discord.world.bot
    assert [one for one in scene.channel.messages if one.author is bot and not one.ephemeral] == []


async def test_a_private_job_tried_again_by_a_moderator_stays_private(scene: Scene) -> None:
    job = await lost(scene, visibility="private")
    gro = a_moderator(scene)

    await pressed(gro, await opened(scene, gro, job), RETRY_ANYWAY)

    thread = await scene.channel.wait_for_thread()
    result = await job.result(2, place=thread)
    assert thread.is_private
    assert gro.id not in thread.joined
    assert result.pinged_user_ids == {scene.mira.id}


@pytest.mark.parametrize("who", ["member", "message moderator"])
async def test_members_are_not_offered_the_command_and_forged_presses_get_nothing(
    scene: Scene, who: str
) -> None:
    job = await lost(scene)
    person = scene.sven if who == "member" else scene.ola
    with pytest.raises(ClientRefused):
        await person.run_command(scene.channel, JOBS)

    for custom_id in (
        f"{OPEN}{job_id(job)}:0_any_any_all",
        f"c1:adm:list:{job_id(job)}:0_any_any_all",
        f"c1:adm:list:{job_id(job)}:0_any_any_member",
    ):
        told = await pressed(person, forged(scene, custom_id), "Press")
        assert told.text == NEEDS_RIGHT


async def test_a_job_of_another_server_is_answered_like_one_that_does_not_exist(scene: Scene) -> None:
    job = await lost(scene)
    elsewhere = Scene(scene.house, "elsewhere")
    gro = a_moderator(elsewhere)
    assert "no such jobs" in (await listed(elsewhere, gro)).text

    for action in (
        "adm:open:{}:0_any_any_all",
        "adm:list:{}:0_any_any_member",
        "job:retry:{}:1",
        "job:cancel:{}",
    ):
        told = [
            (await pressed(gro, forged(elsewhere, "c1:" + action.format(one)), "Press")).text
            for one in (job_id(job), NOWHERE)
        ]
        assert told[0] == told[1], action
        assert NO_SUCH_JOB in told[0]
    assert job.states == ["unknown"]


async def test_who_is_no_moderator_any_more_gets_nothing_from_old_buttons(scene: Scene) -> None:
    job = await lost(scene)
    gro = a_moderator(scene)
    told = await listed(scene, gro)
    timeline = await opened(scene, gro, job)
    for role in gro.roles:
        gro.take_role(role)

    answers = [
        await pressed(gro, told, OPEN + job_id(job)),
        await pressed(gro, timeline, BACK),
        await pressed(gro, timeline, RELOAD),
    ]
    retry = await pressed(gro, timeline, RETRY_ANYWAY)

    assert {one.text for one in answers} == {NEEDS_RIGHT}
    assert "Only the person who started this" in retry.text
    assert job.states == ["unknown"]


async def test_who_was_let_in_by_integrations_may_look_and_is_offered_no_dead_buttons(scene: Scene) -> None:
    job = await lost(scene)
    scene.guild.let_use("characters-admin", scene.sven)

    told = await listed(scene, scene.sven)

    assert reference(job) in told.text
    assert NOBODY_KNOWS in told.text
    assert told.buttons == {}
    assert "takes the permission **Manage Server**" in told.text


async def test_who_was_shut_out_by_integrations_is_not_offered_it(scene: Scene) -> None:
    gro = a_moderator(scene)
    scene.guild.let_use("characters-admin", gro, allowed=False)

    with pytest.raises(ClientRefused):
        await gro.run_command(scene.channel, JOBS)


async def test_it_is_not_offered_in_direct_messages(scene: Scene) -> None:
    gro = a_moderator(scene)

    with pytest.raises(ClientRefused):
        await gro.run_command(scene.house.discord.dm(gro), JOBS)


async def test_an_unreadable_control_says_where_to_look_instead(scene: Scene) -> None:
    told = await pressed(a_moderator(scene), forged(scene, f"{OPEN}{NOWHERE}:0_reviewed_any_all"), "Press")

    assert "from an older version" in told.text


@pytest.mark.parametrize(("option", "value"), [("state", "reviewed"), ("since", "2h"), ("since", "")])
async def test_a_choice_that_is_not_offered_is_answered_and_finds_nothing(
    scene: Scene, option: str, value: str
) -> None:
    specs = [{"name": option, "type": 3}]

    call = await a_moderator(scene).run_unchecked(scene.channel, JOBS, specs, **{option: value})

    told = (await call.first_response()).message
    assert told is not None
    assert "in a form that I don't know" in told.text


@SLOW
async def test_after_a_restart_lists_and_timelines_go_on_where_they_stood(scene: Scene) -> None:
    job = await lost(scene)
    gro = a_moderator(scene)
    told = await listed(scene, gro, member=scene.mira, state="unknown")

    await scene.house.bot.restart()

    timeline = await pressed(gro, told, OPEN + job_id(job))
    assert NOBODY_KNOWS in timeline.text
    await pressed(gro, timeline, BACK)
    assert f"1 job · unknown · {scene.mira.mention}" in told.text
    timeline = await pressed(gro, told, OPEN + job_id(job))
    await scene.house.bot.restart()
    await pressed(gro, timeline, RETRY_ANYWAY)
    await job.result(2)
    assert job.states == ["unknown", "succeeded"]
