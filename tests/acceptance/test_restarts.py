"""The bot ends at some moment and starts again: same task, no second order, each thing told once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from sandbox.bot_run import BotRun
from sandbox.discord.asks import RecordedRequest
from sandbox.kie.ledger import Exchange
from sandbox.kie.outcomes import Outcome
from tests.acceptance.house import House
from tests.acceptance.scene import RETRY_ANYWAY, Job, Scene, clip_file

CREATE_TASK, UPLOAD = "createTask", "file-stream-upload"
MESSAGES = "/channels/*/messages"
SLOW_SECONDS = 0.6
STOPPED_WELL = 0
KILLED = -9
THREAD_EXISTS = 160004
UNKNOWN = "submission_outcome_unknown"


@dataclass(frozen=True, slots=True)
class Ending:
    """How the bot ends: `begin` may return before it has."""

    begin: Callable[[BotRun], Awaitable[None]]
    code: int


async def _ask_to_stop(bot: BotRun) -> None:
    bot.ask_to_stop()


ENDINGS = {
    "SIGTERM": Ending(_ask_to_stop, STOPPED_WELL),
    "SIGKILL": Ending(BotRun.kill, KILLED),
}


@pytest.fixture(autouse=True)
def _threads_may_exist(house: House) -> None:
    """Killed between opening a thread and noting it down, the bot asks again and is told that it is there."""
    house.expected_refusals |= {THREAD_EXISTS}


both_endings = pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())


async def end(scene: Scene, ending: Ending) -> None:
    """End the bot, and check how it ended."""
    await ending.begin(scene.house.bot)
    await ended(scene, ending)


async def ended(scene: Scene, ending: Ending) -> None:
    assert await scene.house.bot.wait() == ending.code
    await scene.house.discord.bot_gone()


async def assert_done_once(job: Job) -> None:
    """One order, one task, one result, one ping."""
    result = await job.result()
    await job.card_says("Character made")
    assert job.results() == [result]
    assert job.scene.pings() == [result]
    assert (len(job.submissions), len(job.tasks)) == (1, 1)
    assert job.states == ["succeeded"]


@both_endings
async def test_while_the_clip_is_copied(scene: Scene, ending: Ending) -> None:
    cdn = scene.house.discord.cdn
    name = f"slow-{scene.guild.id}.mp4"
    clip = clip_file(filename=name)
    cdn.slow(name, bytes_per_second=clip.size_bytes / SLOW_SECONDS)
    job = await scene.order(clip=clip)
    await scene.house.discord.until(lambda: any(one.filename == name for one in cdn.downloads) or None)

    await end(scene, ending)
    await scene.house.bot.start()

    await assert_done_once(job)


@both_endings
async def test_while_the_clip_is_handed_over(scene: Scene, ending: Ending) -> None:
    scene.house.kie.faults.delay(UPLOAD, SLOW_SECONDS)
    uploads = len(scene.house.kie.ledger.requests_to(UPLOAD))
    job = await scene.order()
    await scene.house.kie.ledger.wait_until(
        lambda: len(scene.house.kie.ledger.requests_to(UPLOAD)) > uploads, 20
    )

    await end(scene, ending)
    await scene.house.bot.start()

    await assert_done_once(job)


async def test_asked_to_stop_while_the_order_is_on_its_way_it_waits_for_the_answer(scene: Scene) -> None:
    async def ask_to_stop(_: Exchange) -> None:
        scene.house.bot.ask_to_stop()

    scene.house.kie.faults.on_request(CREATE_TASK, ask_to_stop, times=1)
    scene.house.kie.faults.delay(CREATE_TASK, SLOW_SECONDS, when="after")
    job = await scene.order()
    await ended(scene, ENDINGS["SIGTERM"])
    assert job.states == ["waiting"]

    await scene.house.bot.start()

    await assert_done_once(job)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_while_the_order_is_on_its_way_nobody_knows_and_nothing_is_sent_again(
    scene: Scene, moment: str
) -> None:
    async def kill(_: Exchange) -> None:
        await scene.house.bot.kill()

    scene.house.expected_log_events |= {UNKNOWN}
    scene.house.kie.faults.on_request(
        CREATE_TASK, kill, when="before" if moment == "before" else "after", times=1
    )
    job = await scene.order()
    await job.task()
    await ended(scene, ENDINGS["SIGKILL"])
    assert job.states == ["submitting"]

    await scene.house.bot.start()

    failure = await job.failure(label=RETRY_ANYWAY)
    assert "It may have been charged" in failure.text
    assert scene.pings() == [failure]
    assert (len(job.submissions), len(job.tasks)) == (1, 1)


@both_endings
async def test_while_the_provider_works(scene: Scene, ending: Ending) -> None:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()

    await end(scene, ending)
    scene.house.kie.finish(task.task_id)
    await scene.house.bot.start()

    await assert_done_once(job)


@both_endings
async def test_while_the_result_is_posted_and_discord_did_not_get_it(scene: Scene, ending: Ending) -> None:
    scene.house.discord.faults.reset("POST", MESSAGES)
    job = await end_at_result(scene, ending)
    await ended(scene, ending)
    scene.house.memory.let_time_pass()

    await scene.house.bot.start()

    await assert_done_once(job)


@both_endings
async def test_while_the_result_is_posted_and_discord_got_it(scene: Scene, ending: Ending) -> None:
    job = await end_at_result(scene, ending)
    await job.result()
    await ended(scene, ending)

    await scene.house.bot.start()

    await assert_done_once(job)


async def end_at_result(scene: Scene, ending: Ending) -> Job:
    """A job whose result is just being posted when the bot ends."""
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    task = await job.polled()
    seen: list[RecordedRequest] = []

    async def end_bot(request: RecordedRequest) -> None:
        if not seen and task.character_id in str(request.json):
            seen.append(request)
            await ending.begin(scene.house.bot)

    scene.house.discord.faults.on_request("POST", MESSAGES, end_bot)
    scene.house.kie.finish(task.task_id)
    await scene.house.discord.until(lambda: seen or None)
    return job


async def test_a_job_whose_answer_was_never_seen_by_us_goes_on(scene: Scene) -> None:
    """Discord showed the card, and the bot died before it knew."""
    answered: list[RecordedRequest] = []

    async def kill(request: RecordedRequest) -> None:
        if not answered:
            answered.append(request)
            await scene.house.bot.kill()

    scene.house.discord.faults.on_request("POST", "/interactions/*/*/callback", kill)
    job = await scene.order()
    await ended(scene, ENDINGS["SIGKILL"])
    scene.house.memory.let_time_pass()

    await scene.house.bot.start()

    await assert_done_once(job)


async def test_many_jobs_at_every_stage_all_go_on(scene: Scene) -> None:
    jobs = [await scene.order(by=member) for member in (scene.mira, scene.ola, scene.sven) for _ in range(2)]
    await jobs[0].task()

    await scene.house.bot.restart()
    scene.house.memory.let_time_pass()

    # The order of one or another was on its way when the bot was killed.
    scene.house.expected_log_events |= {UNKNOWN}
    for job in jobs:
        state = await scene.house.memory.until(lambda job=job: settled(job), "the job should end")  # type: ignore[misc]  # bound in the loop
        message = await (job.result() if state == "succeeded" else job.failure(label=RETRY_ANYWAY))
        assert message.pinged_user_ids == {job.call.user.id}
        assert len(job.submissions) == 1
        assert len(job.tasks) == 1


def settled(job: Job) -> str | None:
    """How the job ended, if it has."""
    (state,) = job.states
    return state if state in ("succeeded", "unknown") else None
