"""Services and the disk on a bad day: whatever happens, the history at the end is whole."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from sandbox.kie.callbacks import OTHER_TASK_ID, signed_headers
from sandbox.kie.outcomes import CallbackScript, IdSpelling, Outcome, Signature
from sandbox.kie.server import Kie
from sandbox.kie.tasks import Task
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import MICROSECONDS
from tests.acceptance.rig import LOOK_SECONDS
from tests.acceptance.scene import WAIT_SECONDS
from tests.acceptance.witness import now_microseconds
from tests.canaries import WEBHOOK_KEY

MESSAGES = "/channels/*/messages"
ENDPOINTS = ("file-stream-upload", "createTask", "recordInfo")
PAGE = "<!doctype html><title>Just a moment...</title>"
LONG_SECONDS = 600.0
LOCKED_SECONDS = 1.0
OLD_SECONDS = 3600
TOKEN_DEAD = 50027
HTTP_OK, HTTP_UNAUTHORIZED = 200, 401


async def whole(crowd: Crowd) -> list[str]:
    """The states in which the attempts came to rest, after nothing was found wrong with the history."""
    assert await crowd.rig.judged(crowd.scene.guild) == []
    books = await crowd.rig.reader.books(crowd.scene.guild.id)
    return [row["state"] for row in books.attempts]


async def only_task(crowd: Crowd) -> Task:
    """The one task of this test, once the provider has it."""
    ledger = crowd.rig.house.kie.ledger
    prompt = f"{crowd.scene.name} 1"
    await ledger.wait_until(lambda: any(task.prompt == prompt for task in ledger.tasks), WAIT_SECONDS)
    return next(task for task in ledger.tasks if task.prompt == prompt)


async def accepted(crowd: Crowd, orders: int = 1) -> None:
    """Wait until so many orders of this test are remembered."""
    async with asyncio.timeout(WAIT_SECONDS):
        while len((await crowd.rig.reader.books(crowd.scene.guild.id)).jobs) < orders:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(LOOK_SECONDS)


async def in_state(crowd: Crowd, state: str) -> None:
    """Wait until the one attempt of this test is in this state."""
    rig, guild = crowd.rig, crowd.scene.guild
    async with asyncio.timeout(WAIT_SECONDS):
        while [row["state"] for row in (await rig.reader.books(guild.id)).attempts] != [state]:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(LOOK_SECONDS)


async def test_a_rate_limit_of_many_minutes_holds_nobody_up_for_ever(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=False)
    limit = crowd.rig.house.discord.faults.rate_limit("POST", MESSAGES, LONG_SECONDS)

    await crowd.order()

    await crowd.rig.house.logged("delivery_postponed")
    assert await whole(crowd) == ["succeeded"]
    assert limit.fired == 1


async def test_messages_whose_answers_are_lost_again_and_again_are_shown_once(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=False)
    storm = crowd.rig.house.discord.faults.reset("POST", MESSAGES, when="after", times=4)

    await crowd.order_some("good", "failing", "private")
    await accepted(crowd, 3)

    assert sorted(await whole(crowd)) == ["failed", "succeeded", "succeeded"]
    assert storm.fired == 4


async def test_a_dead_interaction_token_keeps_the_reason_from_the_public(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.discord.faults.fail("POST", "/webhooks/*/*", code=TOKEN_DEAD, times=None)
    crowd.rig.house.expected_refusals |= {HTTP_UNAUTHORIZED}

    await crowd.order_some("unusable")
    await crowd.rig.house.logged("parked")

    assert await whole(crowd) == []
    (card,) = crowd.scene.channel.messages
    assert "The clip could not be used, so nothing was started" in card.text
    assert f"{crowd.scene.name} 1" not in card.text


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_web_page_instead_of_an_answer(crowd: Crowd, endpoint: str) -> None:
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.kie.faults.http(endpoint, status=HTTP_OK, body=PAGE, when="after")

    await crowd.order()
    await only_task(crowd)

    assert await whole(crowd) == ["unknown" if endpoint == "createTask" else "succeeded"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_an_answer_that_drips_is_waited_for(crowd: Crowd, endpoint: str) -> None:
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.kie.faults.drip(endpoint, seconds_per_byte=0.002)

    await crowd.order()
    await only_task(crowd)

    assert await whole(crowd) == ["succeeded"]


@pytest.mark.parametrize("code", [200, 404, 422])
async def test_a_record_that_vanishes_is_told_as_lost_and_perhaps_charged(crowd: Crowd, code: int) -> None:
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)

    crowd.rig.house.kie.forget(task.task_id, code=code)

    assert await whole(crowd) == ["failed"]
    (ping,) = crowd.scene.pings()
    assert "may have been charged" in ping.text


async def test_a_record_that_comes_back_is_found(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.kie.script(Outcome(seconds=0.1, hidden_seconds=0.5))

    await crowd.order()
    await only_task(crowd)

    assert await whole(crowd) == ["succeeded"]


CALLBACKS: dict[str, tuple[CallbackScript, int | None]] = {
    "lost": (CallbackScript(deliveries=0), None),
    "doubled": (CallbackScript(deliveries=2), 200),
    "late": (CallbackScript(delay_seconds=0.5), 200),
    "before the answer to the order": (CallbackScript(early=True), 200),
    "forged": (CallbackScript(signature=Signature.FORGED), 401),
    "unsigned": (CallbackScript(signature=Signature.MISSING), 401),
    "signed for another task": (CallbackScript(signature=Signature.OTHER_TASK), 401),
    "replayed after an hour": (CallbackScript(timestamp_shift_seconds=-OLD_SECONDS), 401),
    "naming two tasks": (CallbackScript(spelling=IdSpelling.CONFLICTING), None),
    "naming none": (CallbackScript(spelling=IdSpelling.NOWHERE), 400),
    "not JSON": (CallbackScript(body=b"{"), 400),
    "claiming the opposite": (CallbackScript(altered={"state": "fail", "failMsg": "no"}), 200),
}


@pytest.mark.parametrize("name", CALLBACKS)
async def test_whatever_becomes_of_the_callback_the_job_ends_once(crowd: Crowd, name: str) -> None:
    script, status = CALLBACKS[name]
    await crowd.rig.begin(callbacks=True)
    crowd.rig.house.kie.script(Outcome(seconds=0.1, callback=script))

    await crowd.order()
    task = await only_task(crowd)

    assert await whole(crowd) == ["succeeded"]
    kie = crowd.rig.house.kie
    await kie.callbacks.sent(task)
    answers = [one.status for one in kie.ledger.deliveries if one.task_id == task.task_id]
    if status is not None:
        assert answers
        assert set(answers) == {status}


async def test_only_a_signed_callback_settles_an_order_whose_answer_was_lost(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=True)
    kie = crowd.rig.house.kie
    kie.faults.reset("createTask", when="after")
    kie.script(Outcome(seconds=0.0, callback=CallbackScript(deliveries=0)))
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "unknown")

    for signature in (Signature.FORGED, Signature.MISSING, Signature.OTHER_TASK):
        await kie.call_back(task.task_id, CallbackScript(signature=signature))
    await in_state(crowd, "unknown")
    await kie.call_back(task.task_id)

    await in_state(crowd, "succeeded")
    assert await whole(crowd) == ["succeeded"]


async def test_a_signed_callback_about_another_task_changes_nothing(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=True)
    crowd.rig.house.expected_log_events |= {"hint_contradicts"}
    crowd.rig.house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")

    headers = signed_headers(WEBHOOK_KEY, OTHER_TASK_ID, now_microseconds() // MICROSECONDS, Signature.VALID)
    body = {"code": 200, "data": {"taskId": OTHER_TASK_ID, "state": "success"}}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(task.callback_url or "", json=body, headers=headers)
        answer.release()
    await crowd.rig.house.logged("hint_contradicts")
    crowd.rig.house.kie.finish(task.task_id)

    assert answer.status == HTTP_OK
    assert await whole(crowd) == ["succeeded"]


async def test_a_database_that_another_program_locks_for_a_moment(crowd: Crowd) -> None:
    await crowd.rig.begin(callbacks=False)
    async with crowd.rig.reader.locked():
        call = await crowd.order()
        await asyncio.sleep(LOCKED_SECONDS)  # what is tested is that this time passes
        assert call.response is None
    await call.first_response()

    assert await whole(crowd) == ["succeeded"]


async def test_a_clip_store_that_takes_nothing_for_a_while(crowd: Crowd) -> None:
    """A file where its folder was: unlike a missing permission, that stops the superuser too."""
    await crowd.rig.begin(callbacks=False)
    crowd.rig.house.expected_log_events |= {"step_failed", "sweep_failed"}
    clips = crowd.rig.house.folder / "data" / "clips"
    aside = clips.with_name("clips-aside")
    clips.rename(aside)
    clips.touch()

    await crowd.order()
    await crowd.rig.house.logged("step_failed")
    clips.unlink()
    aside.rename(clips)

    assert await whole(crowd) == ["succeeded"]


BREAKDOWNS: dict[str, Callable[[Kie], None]] = {
    "the upload's connection breaks twice": lambda kie: kie.faults.reset("file-stream-upload", times=2),
    "looks are throttled": lambda kie: kie.faults.refuse("recordInfo", code=429, status=429, times=3),
    "looks break off": lambda kie: kie.faults.reset("recordInfo", when="midway", times=3),
    "looks find the key refused": lambda kie: kie.faults.refuse("recordInfo", code=401, status=401, times=2),
    "a look floods": lambda kie: kie.faults.flood("recordInfo", size_bytes=3_000_000),
}


@pytest.mark.parametrize("breakdown", BREAKDOWNS.values(), ids=BREAKDOWNS.keys())
async def test_what_costs_nothing_is_tried_again(crowd: Crowd, breakdown: Callable[[Kie], None]) -> None:
    await crowd.rig.begin(callbacks=False)
    breakdown(crowd.rig.house.kie)

    await crowd.order()
    await accepted(crowd)

    assert await whole(crowd) == ["succeeded"]
