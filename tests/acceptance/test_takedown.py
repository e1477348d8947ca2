"""Moderators take down what was made in their server: what goes, who may, and who is told."""

from typing import Any

import pytest

from sandbox.discord.calls import Modal
from sandbox.discord.commands import ClientRefused
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import (
    ADMIN,
    MANAGER,
    a_moderator,
    forged,
    job_id,
    opened,
    pressed,
    private,
    reference,
    told,
)
from tests.acceptance.scene import WAIT_SECONDS, Job, Scene
from tests.acceptance.test_renewals import refreshed

REMOVE = "characters-admin remove"
ASK, KEEP = "Remove…", "Keep"
NOTHING_CALLED_SO = "I found nothing in this server that is called so."
NEEDS_RIGHT = "a role in `mod_roles`"
REASON = "no person agreed ||boo|| @everyone <@&1> **bold** `code` [x](https://x.example) {0} %s"
FORBIDDEN, UNSEEN = 50013, 50001


async def asked(scene: Scene, by: Member, what: str) -> Message:
    response = await (await by.run_command(scene.channel, REMOVE, what=what)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def form_of(by: Member, question: Message) -> Modal:
    return await (await by.press(question, ASK)).wait_for_modal()


async def removed(scene: Scene, by: Member, job: Job, reason: str = REASON) -> str:
    modal = await form_of(by, await asked(scene, by, reference(job)))
    return await private(await by.submit(modal, reason=reason))


async def gone(scene: Scene, message: Message) -> None:
    await scene.house.discord.until(lambda: message.deleted or None, WAIT_SECONDS, "it should be deleted")


async def read_by_owner(scene: Scene, owner: Member | None = None) -> Message:
    """What the bot tells the owner in private."""
    dm = scene.house.discord.dm(owner or scene.mira)
    return await dm.wait_for_message(lambda one: "moderators removed" in one.text, WAIT_SECONDS)


async def restarted(scene: Scene) -> None:
    await scene.house.bot.kill()
    await scene.house.bot.wait()
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()


async def listed_by(member: Member, scene: Scene, command: str = "character list") -> str:
    return await private(await member.run_command(scene.channel, command))


async def test_everything_goes_and_the_owner_reads_why(scene: Scene) -> None:
    gro = a_moderator(scene)
    job = await scene.order(name="Fen")
    result = await job.result()
    show: dict[str, Any] = {"character": "Fen", "post": True}
    shown = await (await scene.mira.run_command(scene.channel, "character show", **show)).wait_for_answer()
    question = await asked(scene, gro, job.tasks[0].character_id)
    assert "one character" in question.text
    assert "2 messages" in question.text

    answer = await private(await gro.submit(await form_of(gro, question), reason=REASON))

    assert f"Removed: `{reference(job)}`" in answer
    for message in (result, shown):
        await gone(scene, message)
    await job.card_says("Removed", reference(job))
    assert job.prompt.replace("_", "\\_") not in job.card.text
    assert (job.card.files, job.card.buttons) == ([], {})
    notice = await read_by_owner(scene)
    assert "Their reason: no person agreed \\|\\|boo" in notice.text
    assert gro.mention not in notice.text
    assert not any(one.mentions_everyone for one in scene.messages())


async def test_nothing_of_it_is_left_in_any_list_but_that_it_was_removed(scene: Scene) -> None:
    gro = a_moderator(scene)
    job = await scene.order(name="Fen")
    await job.result()
    share = {"character": "Fen", "access": "everyone-here"}
    await private(await scene.mira.run_command(scene.channel, "character share", **share))
    assert "Fen" in await listed_by(scene.sven, scene)

    await removed(scene, gro, job)

    for member in (scene.mira, scene.sven):
        assert "Fen" not in await listed_by(member, scene)
    status = await listed_by(scene.mira, scene, "character status")
    assert "Removed by the moderators of this server" in status
    assert "took down" in await told(gro, scene.channel, "set")
    timeline = await opened(scene, gro, job)
    assert f"**Removed** by {gro.mention}" in timeline.text
    assert "Try again" not in timeline.buttons
    memory, mark = scene.house.memory, job_id(job)
    assert not memory.rows("SELECT 1 AS found FROM characters WHERE job_id = :id", id=mark)
    (row,) = memory.rows("SELECT clip_key, clip_poster_key FROM jobs WHERE job_id = :id", id=mark)
    assert (row["clip_key"], row["clip_poster_key"]) == (None, None)


async def test_a_character_that_was_renewed_goes_with_all_its_messages(scene: Scene) -> None:
    gro = a_moderator(scene)
    job = await scene.order(name="Fen")
    first = await job.result()
    await refreshed(scene)
    second = await job.result(2)

    await removed(scene, gro, job)

    await gone(scene, first)
    await gone(scene, second)
    assert NOTHING_CALLED_SO in (await asked(scene, gro, "char_nobody_has")).text


async def test_a_running_job_is_stopped_and_what_the_provider_makes_of_it_is_shown_to_nobody(
    scene: Scene,
) -> None:
    gro = a_moderator(scene)
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    await job.polled()
    question = await asked(scene, gro, reference(job))
    assert "may still be charged" in question.text

    await removed(scene, gro, job)

    await job.card_says("Removed")
    notice = await read_by_owner(scene)
    assert "may still be charged" in notice.text
    assert job.states == ["cancelled"]
    assert len(job.submissions) == 1


async def test_what_waits_for_a_moderator_is_stopped_before_anything_is_paid(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "set", setting="approval", value="all")
    job = await scene.order()
    await job.card_says("Waiting for a moderator")

    await removed(scene, gro, job)

    await job.card_says("Removed")
    assert (scene.uploads, job.submissions, job.states) == (0, [], ["cancelled"])
    assert "Nothing waiting." in await told(gro, scene.channel, "queue")


async def test_the_first_of_two_counts_and_the_second_is_told_who(scene: Scene) -> None:
    gro, ada = a_moderator(scene), scene.guild.add_member("Ada", MANAGER)
    job = await scene.order()
    await job.result()
    forms = [await form_of(by, await asked(scene, by, reference(job))) for by in (gro, ada)]

    calls = [await by.submit(form, reason="r") for by, form in zip((gro, ada), forms, strict=True)]
    answers = [await private(call) for call in calls]

    (won,) = [index for index, answer in enumerate(answers) if answer.startswith("Removed:")]
    assert "You were not the first" in answers[1 - won]
    assert (gro, ada)[won].mention in answers[1 - won]
    assert "You were not the first" in (await asked(scene, gro, reference(job))).text


async def test_nobody_else_may_and_a_role_lost_with_the_form_open_counts_no_more(
    scene: Scene,
) -> None:
    job = await scene.order()
    result = await job.result()
    for member in (scene.mira, scene.sven, scene.ola):
        with pytest.raises(ClientRefused):
            await member.run_command(scene.channel, REMOVE, what=reference(job))
    scene.guild.let_use(ADMIN, scene.sven)
    question = await asked(scene, scene.sven, reference(job))
    assert NEEDS_RIGHT in (await pressed(scene.sven, question, ASK)).text
    keeper = scene.guild.add_role("Keeper", MANAGER)
    gro = scene.guild.add_member("Gro", roles=[keeper])
    modal = await form_of(gro, await asked(scene, gro, reference(job)))

    gro.take_role(keeper)
    answer = await private(await gro.submit(modal, reason="r"))

    assert NEEDS_RIGHT in answer
    assert not result.deleted
    assert job.states == ["succeeded"]


async def test_another_server_hears_the_same_as_of_what_does_not_exist(scene: Scene) -> None:
    job = await scene.order()
    result = await job.result()
    elsewhere = Scene(scene.house, "elsewhere")
    ulf = elsewhere.guild.add_member("Ulf", MANAGER)

    for what in (reference(job), job_id(job), job.tasks[0].character_id, "7F3A-21QX", "@everyone"):
        assert NOTHING_CALLED_SO in (await asked(elsewhere, ulf, what)).text
    crafted = forged(elsewhere, f"c1:tkd:ask:{job_id(job)}")
    assert NOTHING_CALLED_SO in (await pressed(ulf, crafted, "Press")).text
    assert not result.deleted


async def test_who_keeps_it_changes_nothing(scene: Scene) -> None:
    gro = a_moderator(scene)
    job = await scene.order()
    result = await job.result()

    kept = await pressed(gro, await asked(scene, gro, reference(job)), KEEP)

    assert "Nothing was removed." in kept.text
    assert not result.deleted


async def test_it_goes_on_after_a_restart_in_the_middle_of_it(scene: Scene) -> None:
    gro = a_moderator(scene)
    job = await scene.order()
    result = await job.result()
    question = await asked(scene, gro, reference(job))
    await restarted(scene)
    modal = await form_of(gro, question)
    await restarted(scene)
    scene.house.discord.faults.fail("DELETE", "/channels/*/messages/*", status=503, times=None)
    await private(await gro.submit(modal, reason=REASON))
    await restarted(scene)
    assert not result.deleted
    scene.house.discord.faults.clear()

    await gone(scene, result)

    await read_by_owner(scene)
    await job.card_says("Removed")


async def test_a_message_that_cannot_be_deleted_is_named_in_the_log_and_the_timeline(scene: Scene) -> None:
    scene.house.expected_refusals |= {FORBIDDEN, UNSEEN}
    gro = a_moderator(scene)
    log = scene.guild.add_text_channel("log")
    await told(gro, scene.channel, "set", setting="log_channel", value=f"<#{log.id}>")
    job = await scene.order()
    result = await job.result()
    scene.house.discord.faults.fail("DELETE", "/channels/*/messages/*", status=403, code=UNSEEN, times=None)

    await removed(scene, gro, job)

    line = await log.wait_for_message(lambda one: "could not delete" in one.text, WAIT_SECONDS)
    assert f"{scene.guild.id}/{result.channel.id}/{result.id}" in line.text
    assert "Discord did not let me delete that message" in (await opened(scene, gro, job)).text
    assert not scene.anybody_pinged() or scene.pings()
