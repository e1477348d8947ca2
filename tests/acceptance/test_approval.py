"""A moderator says yes or no before anything is uploaded or paid, and what follows from it."""

from typing import Any

from sandbox.discord.calls import Modal
from sandbox.discord.channels import GuildChannel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.moderation import a_moderator, attempt_id, forged, job_id, pressed, told
from tests.acceptance.scene import CANCEL, WAIT_SECONDS, Job, Scene

WAITING = "Waiting for a moderator"
APPROVE, REJECT, BLOCK = "Approve", "Reject…", "Block requester…"
PERSON: dict[str, Any] = {"subject": "person-with-permission"}
CANARY = "||boo|| @everyone <@&1> **bold** `code` ```fence``` [x](https://x.example) {0} %s"
FORBIDDEN = 50013
SEEN_BY_NOBODY = 50001


async def with_review_channel(scene: Scene, **settings: str) -> GuildChannel:
    """The server asks its moderators in a channel of their own; newcomers are not flagged."""
    channel = scene.guild.add_text_channel("review")
    wanted = {"review_channel": f"<#{channel.id}>", "newcomer_days": "none"} | settings
    gro = a_moderator(scene)
    for setting, value in wanted.items():
        await told(gro, scene.channel, "set", setting=setting, value=value)
    return channel


async def asked(channel: GuildChannel, job: Job) -> Message:
    """The question about a job."""
    mark = attempt_id(job)
    return await channel.wait_for_message(
        lambda one: any(mark in str(component) for component in one.version.components), WAIT_SECONDS
    )


async def says(scene: Scene, message: Message, *words: str) -> None:
    await scene.house.discord.until(
        lambda: all(word in message.text for word in words) or None, WAIT_SECONDS, f"{words}"
    )


def words_of(job: Job) -> str:
    """The prompt as it stands in a message."""
    return job.prompt.replace("_", "\\_")


def nothing_left(job: Job) -> bool:
    return (job.scene.uploads, job.submissions, job.states) == (0, [], ["review"])


async def form_of(by: Member, message: Message, button: str) -> Modal:
    return await (await by.press(message, button)).wait_for_modal()


async def sent(by: Member, modal: Modal, **values: Any) -> str:
    response = await (await by.submit(modal, **values)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message.text


async def test_nothing_leaves_before_the_yes_and_everything_after_it(scene: Scene) -> None:
    review = await with_review_channel(scene)

    job = await scene.order(**PERSON, name="Fen")

    await job.card_says(WAITING, "Nothing has been uploaded or paid.")
    assert words_of(job) not in job.card.text
    question = await asked(review, job)
    assert f"||{words_of(job)}||" in question.text
    assert "Someone who gave me permission" in question.text
    assert "possibly a real person" in question.text
    assert question.files, "the picture of the clip"
    assert nothing_left(job)

    answer = await pressed(scene.ola, question, APPROVE)

    assert "Approved." in answer.text
    result = await job.result()
    await job.card_says("Character made", words_of(job))
    await says(scene, question, "Approved by", scene.ola.mention)
    assert question.buttons == {}
    assert not question.files
    assert words_of(job) not in question.text
    assert scene.pings() == [result]
    late = await pressed_again(scene, a_moderator(scene), job)
    assert "You were not the first" in late.text
    assert scene.ola.mention in late.text


async def pressed_again(scene: Scene, by: Member, job: Job) -> Message:
    """A press on a question that somebody else's app still shows."""
    return await pressed(by, forged(scene, f"c1:rev:approve:{attempt_id(job)}"), "Press")


async def test_who_turns_it_down_gives_a_reason_and_may_block_the_member(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    job = await scene.order()
    question = await asked(review, job)

    modal = await form_of(scene.ola, question, REJECT)
    answer = await sent(scene.ola, modal, reason=f"Not here. {CANARY}", **{"for": "1d"})

    assert "Turned down." in answer
    failure = await job.failure(label=None)
    assert "A moderator did not approve this: Not here." in failure.text
    assert "Nothing was charged." in failure.text
    assert "Try again" not in failure.buttons
    await says(scene, question, "Turned down by", scene.ola.mention)
    assert job.states == ["failed"]
    assert (scene.uploads, job.submissions) == (0, [])
    refused = await scene.order()
    assert "You can't make characters here until" in (refused.response.message or failure).text
    assert not any(message.mentions_everyone for message in scene.messages())
    assert scene.pings() == [failure]


async def test_blocking_the_requester_is_one_form(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    job = await scene.order()

    modal = await form_of(scene.ola, await asked(review, job), BLOCK)
    answer = await sent(scene.ola, modal, reason="spam", **{"for": "good"})

    assert "can't make characters here now" in answer
    await job.failure(label=None)
    assert f"- <@{scene.mira.id}> for good" in await told(a_moderator(scene), scene.channel, "block list")


async def test_nobody_decides_about_their_own_and_only_moderators_about_others(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    job = await scene.order(by=scene.ola)
    question = await asked(review, job)

    for button in (APPROVE, REJECT, BLOCK):
        assert "Nobody decides about their own" in (await pressed(scene.ola, question, button)).text
        assert "Only the moderators" in (await pressed(scene.sven, question, button)).text

    assert nothing_left(job)
    await pressed(a_moderator(scene), question, APPROVE)
    await job.result()


async def test_a_moderator_who_lost_the_right_with_the_form_open_decides_nothing(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    role = scene.guild.add_role("Moderator", permissions=["MANAGE_MESSAGES"])
    scene.sven.give_role(role)
    job = await scene.order()
    modal = await form_of(scene.sven, await asked(review, job), REJECT)

    scene.sven.take_role(role)
    answer = await sent(scene.sven, modal, reason="no", **{"for": "no"})

    assert "Only the moderators" in answer
    assert nothing_left(job)


async def test_the_buttons_work_after_a_restart(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    job = await scene.order()
    question = await asked(review, job)

    await scene.house.bot.kill()
    await scene.house.bot.wait()
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()
    await pressed(scene.ola, question, APPROVE)

    await job.result()
    await says(scene, question, "Approved by")


async def test_what_cannot_be_asked_waits_in_the_list_and_diagnose_says_why(
    scene: Scene,
) -> None:
    scene.house.expected_refusals |= {FORBIDDEN, SEEN_BY_NOBODY}
    review = await with_review_channel(scene, approval="all")
    review.deny_bot("SEND_MESSAGES")
    job = await scene.order()
    await job.card_says(WAITING)
    await scene.house.memory.until(
        lambda: scene.house.memory.rows(
            "SELECT 1 AS found FROM announcements WHERE job_id = :job_id AND kind = 'review'"
            " AND state = 'parked'",
            job_id=job_id(job),
        ),
        "the question should be parked",
    )
    gro = a_moderator(scene)

    response = await (await gro.run_command(scene.channel, "characters-admin queue")).first_response()

    assert response.ephemeral
    assert response.message is not None
    assert "Nobody was asked: I lack the permission to post in the review channel." in response.message.text
    assert f"||{words_of(job)}||" in response.message.text
    assert "Send Messages" in await told(gro, scene.channel, "diagnose")
    assert "Approved." in (await pressed(gro, response.message, APPROVE)).text
    await job.result()
    assert "Nothing waiting." in await told(gro, scene.channel, "queue")


async def test_what_its_owner_cancels_asks_nobody_any_more(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    job = await scene.order()
    question = await asked(review, job)

    await pressed(scene.mira, job.card, CANCEL)

    await says(scene, question, "Nobody has to decide about it any more")
    assert question.buttons == {}
    assert job.states == ["cancelled"]


async def test_beyond_the_soft_limit_a_moderator_is_asked_and_the_member_reads_it(scene: Scene) -> None:
    review = await with_review_channel(scene, quota_soft_per_day="1")
    await (await scene.order()).result()

    job = await scene.order()

    await job.card_says("It goes to a moderator of this server first.")
    question = await asked(review, job)
    assert "used up what they may in a day" in question.text
    await pressed(scene.ola, question, APPROVE)
    await job.result()


async def test_words_of_any_kind_stay_behind_their_spoilers(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    prompt = f"{scene.new_prompt()} {CANARY}"

    job = await scene.order(prompt=prompt, safety=CANARY)

    question = await asked(review, job)
    assert question.text.count("||") == 4, "two texts, each behind one spoiler"
    assert not scene.anybody_pinged()
    assert "Read it all" not in question.buttons


async def test_a_long_text_is_cut_in_the_question_and_read_in_private(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    prompt = f"{scene.new_prompt()} {'word ' * 900}the end"
    question = await asked(review, await scene.order(prompt=prompt))

    whole = await pressed(scene.ola, question, "Read it all")

    assert "the end" not in question.text
    assert whole.text.startswith("**What the member wrote**")
    assert whole.files or "the end" in whole.text


async def test_a_channel_of_another_server_is_not_taken(scene: Scene) -> None:
    elsewhere = Scene(scene.house, "elsewhere")

    answer = await told(
        a_moderator(scene), scene.channel, "set", setting="review_channel", value=str(elsewhere.channel.id)
    )

    assert "Nothing was changed." in answer


async def test_the_list_is_turned_page_by_page_over_a_restart_by_who_may_decide(scene: Scene) -> None:
    await with_review_channel(scene, approval="all")
    jobs = [await scene.order() for _ in range(5)]
    for job in jobs:
        await job.card_says(WAITING)
    gro = a_moderator(scene)
    first = await shown(gro, scene)
    assert "Page 1 of 2" in first.text
    assert words_of(jobs[0]) in first.text
    assert words_of(jobs[4]) not in first.text

    await scene.house.bot.kill()
    await scene.house.bot.start()
    second = await pressed(gro, first, "c1:rev:page:0:1")

    assert "Page 2 of 2" in second.text
    assert words_of(jobs[4]) in second.text
    assert "Approved." in (await pressed(gro, second, APPROVE)).text
    await jobs[4].result()
    refused = await pressed(scene.sven, forged(scene, "c1:rev:page:0:1"), "Press")
    assert "Only the moderators" in refused.text


async def test_a_moderators_own_order_waits_for_another_and_they_read_what_to_do(scene: Scene) -> None:
    review = await with_review_channel(scene, approval="all")
    gro = a_moderator(scene)
    job = await scene.order(by=gro)
    question = await asked(review, job)

    refused = await pressed(gro, question, APPROVE)

    for words in ("about their own", "costs nothing", "Manage Messages", "mod_roles", "approval"):
        assert words in refused.text
    assert nothing_left(job)
    assert "Approved." in (await pressed(scene.ola, question, APPROVE)).text
    await job.result()


async def test_an_owner_reads_in_the_details_what_was_really_sent(scene: Scene) -> None:
    job = await scene.order(safety="no hats")
    await job.result()
    listed = (
        await (await scene.mira.run_command(scene.channel, "character status")).first_response()
    ).message
    assert listed is not None

    told_in_private = await pressed(scene.mira, listed, "Details")

    (submission,) = job.submissions
    sent_text = submission.body["input"]["safety_instruction"]
    assert sent_text.endswith("no hats")
    assert "Sent as the safety text:" in told_in_private.text
    assert all(line in told_in_private.text for line in sent_text.splitlines() if line.strip())
    refused = await pressed(scene.sven, forged(scene, f"c1:job:info:{job_id(job)}"), "Press")
    assert "no hats" not in refused.text


async def shown(by: Member, scene: Scene) -> Message:
    response = await (await by.run_command(scene.channel, "characters-admin queue")).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message
