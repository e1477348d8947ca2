"""The provider says no: what the member is told, what becomes of the job, and what it cost."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sandbox.kie.server import Kie
from tests.acceptance.memory import LONG_WHILE_SECONDS
from tests.acceptance.scene import RETRY, Scene

CREATE_TASK = "createTask"
PROVIDER_WORDS = "please show nobody these words"


def refusing(code: int, words: str = PROVIDER_WORDS) -> Callable[[Kie], None]:
    return lambda kie: kie.faults.refuse(CREATE_TASK, code=code, msg=words)


@dataclass(frozen=True, slots=True)
class Wait:
    """A refusal of everybody: the queue stands still, and later goes on by itself."""

    refuse: Callable[[Kie], None]
    told: str
    relent: Callable[[Kie], None] = lambda _: None


WAITS = {
    "402 no credit": Wait(refusing(402), "run out of credit"),
    "401 key refused": Wait(refusing(401), "does not accept this bot's key"),
    "433 key's own limit": Wait(refusing(433), "spending limit"),
    "455 maintenance": Wait(refusing(455), "closed for maintenance"),
    "505 function off": Wait(refusing(505), "switched this function off"),
    "403 at the edge": Wait(lambda kie: kie.faults.edge_refusal(CREATE_TASK), "turned this bot away"),
    "model paused": Wait(Kie.pause_model, "switched off at the provider", Kie.resume_model),
    "model withdrawn": Wait(Kie.withdraw_model, "switched off at the provider", Kie.resume_model),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
async def test_a_refusal_of_everybody_keeps_the_place_and_goes_on_later(scene: Scene, wait: Wait) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    wait.refuse(scene.house.kie)
    job = await scene.order()

    card = await job.card_says(wait.told, "Your place is kept", "Nothing has been")
    assert PROVIDER_WORDS not in card.text
    assert "Cancel" in card.buttons
    assert scene.pings() == []
    assert job.tasks == []

    wait.relent(scene.house.kie)
    scene.house.memory.let_time_pass(LONG_WHILE_SECONDS)
    await job.result()
    assert [one.accepted for one in job.submissions] == [False, True]


async def test_while_the_provider_refuses_everybody_nobody_else_is_sent_into_it(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    scene.house.kie.pause_model()
    first = await scene.order()
    await first.card_says("switched off at the provider")
    uploads = scene.uploads

    second = await scene.order(by=scene.sven)
    await second.card_says("switched off at the provider", "Nothing has been uploaded or paid")

    assert scene.uploads == uploads
    assert len(scene.submissions) == 1
    scene.house.kie.resume_model()
    scene.house.memory.let_time_pass(LONG_WHILE_SECONDS)
    await first.result()
    await second.result()


async def test_a_job_that_waits_for_the_provider_can_be_cancelled_for_free(scene: Scene) -> None:
    scene.house.expected_log_events |= {"circuit_opened"}
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("switched off at the provider")

    call = await scene.mira.press(job.card, "Cancel")

    answer = (await call.first_response()).message
    assert answer is not None
    assert "Nothing was charged" in answer.text
    await job.card_says("Cancelled", "Nothing was charged")
    scene.house.kie.resume_model()
    scene.house.memory.let_time_pass(LONG_WHILE_SECONDS)
    memory = scene.house.memory
    await memory.until(lambda: not memory.rows("SELECT * FROM circuits"), "nobody waits, and still it closes")
    assert job.tasks == []


async def test_a_throttled_order_waits_and_is_sent_once_more(scene: Scene) -> None:
    scene.house.kie.faults.refuse(CREATE_TASK, code=429, status=429)
    job = await scene.order()
    await scene.house.kie.ledger.wait_until(lambda: len(job.submissions) == 1, 20)
    await scene.house.memory.until_state(job.prompt, "handed_over")

    scene.house.memory.let_time_pass()

    await job.result()
    assert [one.accepted for one in job.submissions] == [False, True]
    assert len(job.tasks) == 1


async def test_a_refused_request_ends_with_the_providers_fault_named_as_ours(scene: Scene) -> None:
    scene.house.kie.faults.refuse(CREATE_TASK, code=422, msg="character_prompt is required")
    job = await scene.order()

    failure = await job.failure()

    assert "fault of this bot" in failure.text
    assert "Nothing was charged" in failure.text
    assert "is required" not in failure.text
    assert scene.pings() == [failure]
    assert (len(job.submissions), job.tasks) == (1, [])


async def test_a_refusal_of_the_content_ends_at_once_with_what_usually_helps(scene: Scene) -> None:
    words = "The prompt was flagged: nudity and sexual content are not allowed"
    scene.house.kie.faults.refuse(CREATE_TASK, code=500, msg=words)
    job = await scene.order()

    failure = await job.failure()

    assert "sexual content" in failure.text
    assert "Nothing was charged" in failure.text
    assert len(job.submissions) == 1


async def test_trouble_without_a_reason_is_repeated_twice_and_then_told(scene: Scene) -> None:
    scene.house.kie.faults.refuse(CREATE_TASK, code=500, msg=PROVIDER_WORDS, times=3)
    job = await scene.order()
    for count in (1, 2):
        await scene.house.memory.until_tries(job.prompt, count)
        scene.house.memory.let_time_pass()

    failure = await job.failure()

    assert "trouble of its own" in failure.text
    assert "Nothing was charged" in failure.text
    assert PROVIDER_WORDS not in failure.text
    assert (len(job.submissions), job.tasks) == (3, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("The server is busy, please try again later", "trouble of its own"),
        ("Content contains realistic human faces: a real person", "real person"),
        ("mystery 0x7f", "a reason that I do not know"),
    ],
)
async def test_a_failed_task_is_told_in_our_words_with_its_price(scene: Scene, words: str, told: str) -> None:
    scene.house.kie.script(scene.fails(words))
    job = await scene.order()

    failure = await job.failure()

    assert told in failure.text
    assert words not in failure.text
    assert "Nothing was charged" in failure.text
    assert RETRY in failure.buttons
    assert "Your prompt is kept" in failure.text
    await job.card_says("Character not made")


async def test_a_failed_task_that_was_charged_says_so(scene: Scene) -> None:
    scene.house.kie.script(scene.fails(refunds=False))
    job = await scene.order()

    failure = await job.failure()

    assert "The provider charged 20 credits" in failure.text


async def test_a_result_without_a_readable_id_is_not_called_a_success(scene: Scene) -> None:
    scene.house.kie.script(scene.succeeds(result_json='{"character_id": "two words"}'))
    job = await scene.order()

    failure = await job.failure()

    assert "no id that I can read" in failure.text
    assert "Trying again may cost a second time" in failure.text


@pytest.mark.parametrize("trouble", ["502", "reset"])
async def test_trouble_while_looking_says_nothing_about_the_task(scene: Scene, trouble: str) -> None:
    faults = scene.house.kie.faults
    order: dict[str, Callable[[], None]] = {
        "502": lambda: faults.http("recordInfo", status=502, times=2),
        "reset": lambda: faults.reset("recordInfo", times=2),
    }
    order[trouble]()
    job = await scene.order()

    await job.result()

    assert len(job.submissions) == 1


async def test_when_the_stream_is_out_of_order_the_clip_goes_as_base64_and_nobody_waits(scene: Scene) -> None:
    scene.house.kie.faults.http("file-stream-upload", status=503)
    job = await scene.order()

    await job.result()

    (submission,) = job.submissions
    (source_url,) = submission.body["input"]["character_file_url"]
    (upload,) = (upload for upload in scene.house.kie.ledger.uploads if upload.url == source_url)
    assert upload.endpoint == "file-base64-upload"


async def test_an_upload_that_fails_costs_nothing_and_is_repeated(scene: Scene) -> None:
    for method in ("file-stream-upload", "file-base64-upload"):
        scene.house.kie.faults.http(method, status=503)
    job = await scene.order()
    await scene.house.memory.until_tries(job.prompt, 1)

    scene.house.memory.let_time_pass()

    await job.result()
    assert len(job.submissions) == 1
