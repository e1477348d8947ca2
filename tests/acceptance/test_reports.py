"""Anybody reports what they see; moderators take it down or leave it; the reporter hears what came of it."""

from typing import Any

import pytest

from sandbox.discord.channels import GuildChannel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.threads import Thread
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import (
    MANAGER,
    a_moderator,
    forged,
    job_id,
    pressed,
    private,
    reference,
    told,
)
from tests.acceptance.scene import WAIT_SECONDS, Job, Scene
from tests.acceptance.test_takedown import gone, restarted

MENU = "Report character"
TAKE_DOWN, DISMISS = "Take down…", "Dismiss…"
NOTHING_THERE = "I found nothing in that message that was made here."
NO_SUCH_REPORT = "There is no such report in this server."
NEEDS_RIGHT = "a role in `mod_roles`"
CANARY = "||boo|| @everyone <@&1> **bold** `code` [x](https://x.example) {0} %s"
FORBIDDEN, UNSEEN = 50013, 50001


async def with_review_channel(scene: Scene, gro: Member) -> GuildChannel:
    channel = scene.guild.add_text_channel("review")
    for setting, value in {"review_channel": f"<#{channel.id}>", "newcomer_days": "none"}.items():
        await told(gro, scene.channel, "set", setting=setting, value=value)
    return channel


async def reported(by: Member, message: Message, kind: str = "likeness", words: str = CANARY) -> str:
    modal = await (await by.run_message_command(message, MENU)).wait_for_modal()
    return await private(await by.submit(modal, kind=kind, words=words))


async def refused(by: Member, message: Message) -> str:
    return await private(await by.run_message_command(message, MENU))


async def asked(channel: GuildChannel, job: Job) -> Message:
    """What moderators see of the report."""
    mark = f"report · ref {reference(job)}"
    return await channel.wait_for_message(lambda one: mark in one.text, WAIT_SECONDS)


async def says(scene: Scene, message: Message, *words: str) -> None:
    await scene.house.discord.until(
        lambda: all(word in message.text for word in words) or None, WAIT_SECONDS, f"{words}"
    )


async def heard(scene: Scene, reporter: Member, *words: str) -> Message:
    dm = scene.house.discord.dm(reporter)
    return await dm.wait_for_message(lambda one: all(word in one.text for word in words), WAIT_SECONDS)


async def made(scene: Scene, **options: Any) -> tuple[Job, Message]:
    job = await scene.order(**options)
    return job, await job.result()


async def dismissed(by: Member, message: Message, note: str = "it is fine") -> str:
    modal = await (await by.press(message, DISMISS)).wait_for_modal()
    return await private(await by.submit(modal, note=note))


def no_picture(*messages: Message) -> bool | None:
    return True if not any(message.files for message in messages) else None


async def without_picture(scene: Scene, *messages: Message) -> None:
    await scene.house.discord.until(lambda: no_picture(*messages), WAIT_SECONDS, "no picture")


async def test_a_report_goes_to_the_moderators_who_take_it_down_and_the_reporter_hears_of_it(
    scene: Scene,
) -> None:
    gro = a_moderator(scene)
    review = await with_review_channel(scene, gro)
    job, result = await made(scene, subject="me")

    answer = await reported(scene.sven, result)

    assert "Reported." in answer
    question = await asked(review, job)
    for words in (scene.sven.mention, scene.mira.mention, "that person did not agree", "**Me**"):
        assert words in question.text
    assert "\\|\\|boo\\|\\|" in question.text
    assert question.files, "moderators see the picture"
    assert not result.deleted
    assert result.files, "it is not hidden for this reason"
    letter = await heard(scene, scene.guild.owner, "A member has made a report", reference(job))
    modal = await (await gro.press(question, TAKE_DOWN)).wait_for_modal()
    assert "Removed:" in await private(await gro.submit(modal, reason="no person agreed"))
    await gone(scene, result)
    told = await heard(scene, scene.guild.owner, "What was reported is taken down", reference(job))
    for words in (scene.sven.mention, scene.mira.mention, gro.mention, "boo"):
        assert words not in letter.text + told.text, "the people who run the bot get no names"
    await says(scene, question, "Taken down by", gro.mention)
    assert (question.buttons, question.files) == ({}, [])
    await heard(scene, scene.sven, "was removed. Thank you.", reference(job))
    owners = await heard(scene, scene.mira, "moderators removed what you made")
    assert scene.sven.mention not in owners.text
    assert not any(one.mentions_everyone for one in scene.messages())


async def test_a_minor_is_hidden_at_once_for_everybody_but_moderators_until_it_is_dismissed(
    scene: Scene,
) -> None:
    gro = a_moderator(scene)
    review = await with_review_channel(scene, gro)
    job, result = await made(scene, name="Fen")
    show: dict[str, Any] = {"character": "Fen", "post": True}
    shown = await (await scene.mira.run_command(scene.channel, "character show", **show)).wait_for_answer()
    assert result.files
    assert job.card.files

    assert "hidden at once" in await reported(scene.sven, job.card, "minor")

    await without_picture(scene, result, job.card)
    await gone(scene, shown)
    assert "Its picture is hidden" in result.text
    assert job.tasks[0].character_id in result.text, "the id stays until it is decided"
    own = await (await scene.mira.run_command(scene.channel, "character list")).first_response()
    assert own.message is not None
    assert not own.message.files
    question = await asked(review, job)
    assert question.files
    assert "Dismissed." in await dismissed(gro, question, CANARY)
    await scene.house.discord.until(lambda: result.files or None, WAIT_SECONDS, "the picture is back")
    await scene.house.discord.until(lambda: job.card.files or None, WAIT_SECONDS, "and on the card")
    await says(scene, question, "Dismissed by", gro.mention)
    await heard(scene, scene.sven, "left it", "\\|\\|boo")
    assert not scene.pings(scene.sven)


async def test_a_running_job_whose_card_is_reported_shows_no_picture_of_its_result_either(
    scene: Scene,
) -> None:
    scene.house.kie.script(Outcome(seconds=1.5))
    job = await scene.order()
    await job.polled()

    await reported(scene.sven, job.card, "minor")

    result = await job.result()
    await without_picture(scene, result, job.card)


async def test_without_a_review_channel_it_waits_in_the_queue_and_the_log_says_so(scene: Scene) -> None:
    gro = a_moderator(scene)
    log = scene.guild.add_text_channel("log")
    await told(gro, scene.channel, "set", setting="log_channel", value=f"<#{log.id}>")
    job, result = await made(scene)

    await reported(scene.sven, result)

    line = await log.wait_for_message(lambda one: "was told of a report about" in one.text, WAIT_SECONDS)
    assert reference(job) in line.text
    assert scene.sven.mention not in line.text
    queue = await (await gro.run_command(scene.channel, "characters-admin queue")).first_response()
    assert queue.message is not None
    assert scene.sven.mention in queue.message.text
    assert "Dismissed." in await dismissed(gro, queue.message)
    assert "Nothing waiting." in await told(gro, scene.channel, "queue")


async def test_a_review_channel_that_takes_nothing_leaves_it_to_the_queue(scene: Scene) -> None:
    scene.house.expected_refusals |= {FORBIDDEN, UNSEEN}
    gro = a_moderator(scene)
    review = await with_review_channel(scene, gro)
    review.deny_bot("SEND_MESSAGES")
    _, result = await made(scene)

    await reported(scene.sven, result)

    assert scene.sven.mention in await told(gro, scene.channel, "queue")


async def test_a_second_report_is_answered_with_the_first_and_another_member_may_report_too(
    scene: Scene,
) -> None:
    gro = a_moderator(scene)
    review = await with_review_channel(scene, gro)
    job, result = await made(scene)
    await reported(scene.sven, result)

    assert "the moderators have not decided yet" in await refused(scene.sven, job.card)
    await reported(scene.ola, result)
    question = await asked(review, job)
    await dismissed(gro, question)
    answers = {await refused(member, result) for member in (scene.sven, scene.ola)}

    assert any("left it." in answer for answer in answers)
    assert any("not decided yet" in answer for answer in answers)


async def test_blocked_members_report_and_nobody_reports_without_end(scene: Scene) -> None:
    gro = a_moderator(scene)
    await told(gro, scene.channel, "block add", member=scene.sven)
    jobs = [await made(scene) for _ in range(6)]

    answers = [await reported(scene.sven, result) for _, result in jobs]

    assert ["Reported." in answer for answer in answers] == [True] * 5 + [False]
    assert "as many as I take from one member" in answers[-1]


async def test_what_is_not_the_bots_or_shows_nothing_is_not_reported(scene: Scene) -> None:
    job, _ = await made(scene)
    thread = job.card.thread
    assert isinstance(thread, Thread)
    for place in (scene.channel, thread):
        written = await scene.mira.write(place, "look")
        assert NOTHING_THERE in await refused(scene.sven, written)
    panel = await told(a_moderator(scene), scene.channel, "panel")
    assert "The panel is here." in panel
    posted = next(one for one in scene.channel.messages if "New character" in one.buttons)
    assert NOTHING_THERE in await refused(scene.sven, posted)


async def test_another_server_can_neither_report_nor_decide(scene: Scene) -> None:
    job, result = await made(scene)
    await reported(scene.sven, result)
    (row,) = scene.house.memory.rows("SELECT report_id FROM reports WHERE job_id = :id", id=job_id(job))
    elsewhere = Scene(scene.house, "elsewhere")
    ulf = elsewhere.guild.add_member("Ulf", MANAGER)

    for action in ("remove", "dismiss"):
        for report_id in (row["report_id"], "0" * 26):
            crafted = forged(elsewhere, f"c1:rpt:{action}:{report_id}")
            assert NO_SUCH_REPORT in (await pressed(ulf, crafted, "Press")).text
    assert "Nothing waiting." in await told(ulf, elsewhere.channel, "queue")


async def test_only_moderators_decide_and_the_right_is_asked_when_the_form_comes_back(scene: Scene) -> None:
    keeper = scene.guild.add_role("Keeper", MANAGER)
    gro = scene.guild.add_member("Gro", roles=[keeper])
    review = await with_review_channel(scene, gro)
    job, result = await made(scene)
    await reported(scene.sven, result, "minor")
    question = await asked(review, job)
    for member in (scene.mira, scene.sven, scene.ola):
        for button in (TAKE_DOWN, DISMISS):
            assert NEEDS_RIGHT in (await pressed(member, question, button)).text
    forms = [await (await gro.press(question, one)).wait_for_modal() for one in (TAKE_DOWN, DISMISS)]

    gro.take_role(keeper)
    answers = [
        await private(await gro.submit(forms[0], reason="r")),
        await private(await gro.submit(forms[1], note="n")),
    ]

    assert all(NEEDS_RIGHT in answer for answer in answers)
    assert not result.deleted
    assert question.buttons


async def test_the_first_decision_counts_and_nobody_dismisses_what_is_about_their_own(scene: Scene) -> None:
    gro, ada = a_moderator(scene), scene.guild.add_member("Ada", MANAGER)
    review = await with_review_channel(scene, gro)
    job, result = await made(scene, by=ada)
    await reported(scene.sven, result)
    question = await asked(review, job)
    assert "Nobody decides about their own" in (await pressed(ada, question, DISMISS)).text
    late = await (await gro.press(question, TAKE_DOWN)).wait_for_modal()
    ulf = scene.guild.add_member("Ulf", MANAGER)

    await dismissed(ulf, question)

    assert (
        "You were not the first" in (await pressed(gro, forged(scene, await id_of(scene, job)), "Press")).text
    )
    # What was left as it is can be taken down all the same, by whoever thinks otherwise.
    assert "Removed:" in await private(await gro.submit(late, reason="r"))


async def id_of(scene: Scene, job: Job) -> str:
    (row,) = scene.house.memory.rows("SELECT report_id FROM reports WHERE job_id = :id", id=job_id(job))
    return f"c1:rpt:dismiss:{row['report_id']}"


@pytest.mark.seconds(120)
async def test_forms_and_buttons_work_after_a_restart(scene: Scene) -> None:
    gro = a_moderator(scene)
    review = await with_review_channel(scene, gro)
    job, result = await made(scene)
    modal = await (await scene.sven.run_message_command(result, MENU)).wait_for_modal()
    await restarted(scene)

    await private(await scene.sven.submit(modal, kind="minor", words=""))
    question = await asked(review, job)
    await restarted(scene)
    await dismissed(gro, question)

    await says(scene, question, "Dismissed by")
    await heard(scene, scene.sven, "left it")
    await scene.house.discord.until(lambda: result.files or None, WAIT_SECONDS, "the picture is back")
