"""A character outlives the provider's copy of its clip: a new id under the old name, and no id is lost."""

import asyncio
from datetime import timedelta
from hashlib import sha256

from sandbox.discord.messages import Message
from sandbox.kie.outcomes import Outcome
from tests.acceptance.clips import SMALL
from tests.acceptance.crowd import Crowd
from tests.acceptance.host import Host
from tests.acceptance.scene import CANCEL, RETRY, WAIT_SECONDS, Job, Scene, clip_file, id_block
from tests.acceptance.test_faults import whole
from tests.acceptance.test_library import NOBODYS, SHOW, asked, made
from tests.acceptance.test_library_changes import DELETE, REFRESH, RENAME, pressed
from tests.clips.make import make_clip

pytest_plugins = ("tests.acceptance.host_fixtures",)

HOUR_SECONDS = timedelta(hours=1).total_seconds()
DAY_SECONDS = timedelta(days=1).total_seconds()
RENEW = "Renew"
UPLOAD = "Upload the clip"


async def refreshed(scene: Scene, reference: str = "Fen") -> Message:
    """The answer to `/character refresh`: to its question, where there is one, and that it is wanted."""
    answer = await asked(scene.channel, scene.mira, REFRESH, character=reference)
    if RENEW not in answer.buttons:
        return answer
    assert "It is one more attempt" in answer.text
    renewed = (await (await scene.mira.press(answer, RENEW)).first_response()).message
    assert renewed is not None
    return renewed


async def is_found(scene: Scene, job: Job, *references: str) -> bool:
    """Whether every reference leads to the latest id."""
    told = [await asked(scene.channel, scene.mira, SHOW, character=reference) for reference in references]
    return all(id_block(job.tasks[-1]) in one.text for one in told)


async def test_a_character_whose_upload_has_lapsed_is_renewed_and_found_by_both_ids(
    host: Host, guests: Crowd
) -> None:
    scene = guests.scene
    job = await made(scene, "Fen")
    await asked(scene.channel, scene.mira, RENAME, character="Fen", name="Wren")
    host.set_clock(DAY_SECONDS)
    host.rig.house.kie.advance(DAY_SECONDS)
    old = job.tasks[0]
    (address,) = job.submissions[0].body["input"]["character_file_url"]
    files = host.rig.house.kie.files
    assert files.find(address.removeprefix(files.base_url)) is None

    await refreshed(scene, "wren")
    result = await job.result(2)

    assert "**Wren** is renewed" in result.text
    assert scene.mira.id in result.pinged_user_ids
    assert result.channel is await job.thread()
    assert job.tasks[1].character_id != old.character_id
    assert await is_found(scene, job, old.character_id, job.tasks[1].character_id, "Wren")
    assert len(job.submissions) == 2
    assert scene.uploads == 2


LATELY = "Lately a character on Sora 2 cost 20 credits"


async def test_before_anybody_orders_they_read_what_a_character_cost_lately(scene: Scene) -> None:
    await made(scene, "Fen")

    question = await asked(scene.channel, scene.mira, REFRESH, character="Fen")
    sheet = await asked(scene.channel, scene.mira, SHOW, character="Fen")
    posted = await asked(scene.channel, scene.mira, SHOW, character="Fen", post=True)
    told = await asked(scene.channel, scene.sven, "character help")
    form = await (await scene.sven.run_command(scene.channel, "character new")).wait_for_modal()

    assert LATELY in question.text
    assert LATELY in sheet.text
    assert "Lately" not in posted.text, "nobody can order anything there"
    assert LATELY in told.text
    assert "Lately one cost 20 credits." in str(form.components)
    assert len(scene.submissions) == 1, "nothing was ordered by asking"


async def restarted(host: Host, hours: float) -> None:
    """The bot as it is started again, that many hours after the test began."""
    await host.rig.house.bot.kill()
    host.set_clock(hours * HOUR_SECONDS)
    await host.rig.house.bot.start()


def reminders(scene: Scene) -> list[Message]:
    return [message for message in scene.messages() if "may stop working soon" in message.text]


async def test_a_character_that_is_about_to_lapse_is_told_once_renewed_and_paid_for_twice_in_all(
    host: Host, guests: Crowd
) -> None:
    scene, house = guests.scene, host.rig.house
    job = await made(scene, "Fen")
    old = job.tasks[0]
    await restarted(host, 17)
    assert reminders(scene) == []

    await restarted(host, 19)
    thread = await job.thread()
    reminder = await thread.wait_for_message(lambda one: "may stop working soon" in one.text, WAIT_SECONDS)
    await restarted(host, 20)
    house.kie.advance(25 * HOUR_SECONDS)
    await restarted(host, 25)
    told = await pressed(scene.mira, reminder, RENEW)
    result = await job.result(2)

    assert reminders(scene) == [reminder]
    assert reminder.pinged_user_ids == {scene.mira.id}
    assert "**Fen** may stop working soon" in reminder.text
    assert told.startswith("Renewing **Fen**")
    assert "**Fen** is renewed" in result.text
    assert await is_found(scene, job, old.character_id, job.tasks[1].character_id, "Fen")
    assert "before the latest renewal" in await pressed(scene.mira, reminder, RENEW)
    assert await whole(guests) == ["succeeded", "succeeded"]
    assert len(scene.submissions) == len(job.tasks) == 2


async def test_refreshing_from_several_sides_at_once_is_one_renewal(scene: Scene) -> None:
    job = await made(scene, "Fen")
    sheet = await asked(scene.channel, scene.mira, SHOW, character="Fen")

    async def press() -> str:
        return await pressed(scene.mira, sheet, RENEW)

    async def command() -> str:
        return (await refreshed(scene)).text

    answers = await asyncio.gather(press(), command(), press(), command())
    await job.result(2)

    assert sum(answer.startswith("Renewing") for answer in answers) == 1
    assert len(job.submissions) == len(job.tasks) == 2
    late = await pressed(scene.mira, sheet, RENEW)
    assert "before the latest renewal" in late
    assert len(job.submissions) == 2


async def test_a_renewal_that_fails_is_told_and_tried_again_from_its_message(scene: Scene) -> None:
    job = await made(scene, "Fen")
    scene.house.kie.script(scene.fails())

    await refreshed(scene)
    thread = await job.thread()
    failure = await thread.wait_for_message(
        lambda one: "renewal, attempt 2" in one.text and RETRY in one.buttons, WAIT_SECONDS
    )
    assert "keeps the id that it has" in failure.text
    assert await is_found_by_its_first_id(scene, job)
    told = await pressed(scene.mira, failure, RETRY)
    await job.result(3)

    assert "renewal, attempt 3" in told
    assert await is_found(scene, job, job.tasks[0].character_id, "Fen")
    assert len(job.submissions) == 3


async def is_found_by_its_first_id(scene: Scene, job: Job) -> bool:
    told = await asked(scene.channel, scene.mira, SHOW, character="Fen")
    return id_block(job.tasks[0]) in told.text


async def test_a_renewal_that_is_cancelled_leaves_the_character_as_it_was(scene: Scene) -> None:
    job = await made(scene, "Fen")
    scene.house.kie.script(Outcome.never())
    await refreshed(scene)
    await job.polled(2)
    assert "being renewed already" in (await refreshed(scene)).text
    deletion = await asked(scene.channel, scene.mira, DELETE, character="Fen")
    assert "being renewed already" in await pressed(scene.mira, deletion, "Delete")

    await pressed(scene.mira, await job.card_says("Renewing a character"), CANCEL)

    await job.card_says("Renewal cancelled")
    assert await is_found_by_its_first_id(scene, job)


async def test_a_bot_that_is_killed_while_it_renews_goes_on_with_the_same_task(
    host: Host, guests: Crowd
) -> None:
    scene, house = guests.scene, host.rig.house
    job = await made(scene, "Fen")
    house.kie.script(Outcome.never())
    await refreshed(scene)
    task = await job.polled(2)

    await restarted(host, 0)
    assert "being renewed already" in (await refreshed(scene)).text
    house.kie.finish(task.task_id)
    await job.result(2)

    assert await is_found(scene, job, job.tasks[0].character_id, "Fen")
    assert await whole(guests) == ["succeeded", "succeeded"]
    assert len(job.submissions) == 2


async def test_two_hours_after_a_character_was_deleted_its_clip_is_gone(host: Host, guests: Crowd) -> None:
    scene, memory = guests.scene, host.rig.house.memory
    body = make_clip(2.5, size=SMALL)
    job = await scene.order(clip=clip_file(body), name="Fen")
    await job.result()
    digest = sha256(body).hexdigest()
    assert digest in [file.name for file in memory.clips()]

    deletion = await asked(scene.channel, scene.mira, DELETE, character="Fen")
    await (await scene.mira.press(deletion, "Delete")).first_response()
    await restarted(host, 2)

    await memory.until(
        lambda: digest not in [file.name for file in memory.clips()], "the clip should be gone"
    )
    assert NOBODYS in (await asked(scene.channel, scene.mira, SHOW, character="Fen")).text


async def test_nobody_renews_what_is_somebody_elses(scene: Scene) -> None:
    job = await made(scene, "Fen")
    posted = await asked(scene.channel, scene.mira, SHOW, character="Fen", post=True)

    told = await asked(scene.channel, scene.sven, REFRESH, character=job.tasks[0].character_id)

    assert NOBODYS in told.text
    assert RENEW not in posted.buttons
    assert len(scene.submissions) == 1


async def test_a_renewal_whose_answer_is_lost_is_repeated_only_by_who_was_warned(scene: Scene) -> None:
    job = await made(scene, "Fen")
    scene.house.expected_log_events.add("submission_outcome_unknown")
    scene.house.kie.faults.reset("createTask", when="after")

    await refreshed(scene)
    await scene.house.memory.until_state(job.prompt, "succeeded", "unknown")
    warning = await refreshed(scene)
    assert "may cost a second time" in warning.text
    assert len(job.submissions) == 2
    await pressed(scene.mira, warning, "Renew anyway")
    await scene.house.memory.until_state(job.prompt, "succeeded", "unknown", "succeeded")

    assert len(job.submissions) == 3
    assert await is_found(scene, job, job.tasks[0].character_id, "Fen")


async def test_where_the_clip_is_gone_it_is_asked_for_with_the_words_that_there_were(
    host: Host, guests: Crowd
) -> None:
    scene, memory = guests.scene, host.rig.house.memory
    body = make_clip(2.7, size=SMALL)
    job = await scene.order(clip=clip_file(body), name="Fen", safety="no smoking")
    await job.result()
    (kept,) = (file for file in memory.clips() if file.name == sha256(body).hexdigest())
    kept.unlink()

    told = await refreshed(scene)
    assert "My copy of the clip it was made of is gone" in told.text
    form = await (await scene.mira.press(told, UPLOAD)).wait_for_modal()
    fields = {one["component"]["custom_id"]: one["component"].get("value") for one in form.components}
    sent = await scene.mira.submit(
        form,
        clip=clip_file(),
        subject="fictional",
        prompt=fields["prompt"],
        safety=fields["safety"],
        name=fields["name"],
    )

    assert (fields["prompt"], fields["safety"], fields["name"]) == (job.prompt, "no smoking", "Fen")
    again = Job(scene, scene.channel, job.prompt, sent, await sent.first_response())
    assert id_block(job.tasks[0]) in (await job.result()).text
    assert id_block(await again.task(2)) in (await again.result(2)).text
    assert await is_found(scene, job, "Fen 2")
