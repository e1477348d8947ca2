"""The local provider's straight path: hand a clip over, submit, follow the task, count the credits."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sandbox.kie.outcomes import Outcome, ResultShape
from sandbox.kie.server import Kie, UnknownTask, open_kie
from tests.integration.kie_client import AVI, MP4, WEBM, Client, open_client


@pytest.fixture
async def kie() -> AsyncIterator[Kie]:
    async with open_kie(seconds_to_success=60) as running:
        yield running


@pytest.fixture
async def client(kie: Kie) -> AsyncIterator[Client]:
    async with open_client(kie) as plain:
        yield plain


async def test_a_clip_becomes_a_character_id(kie: Kie, client: Client) -> None:
    task_id = await client.submitted(character_prompt="clay robot")
    kie.advance(60)

    record = await client.record(task_id)

    assert record["state"] == "success"
    assert json.loads(record["resultJson"]) == {"character_id": kie.task(task_id).character_id}
    assert record["completeTime"] - record["createTime"] >= 60_000
    assert record["costTime"] == 60


async def test_a_task_ends_by_itself_in_real_time(client: Client, kie: Kie) -> None:
    kie.default = Outcome(seconds=0.05)

    task_id = await client.submitted()
    task = await kie.wait_for_end(task_id, timeout_seconds=20)

    assert task.end is not None
    assert (await client.record(task_id))["state"] == "success"


async def test_states_follow_the_documented_path(kie: Kie, client: Client) -> None:
    task_id = await client.submitted()
    seen = []

    for _ in range(4):
        seen.append((await client.record(task_id))["state"])
        kie.advance(20.5)

    assert seen == ["waiting", "queuing", "generating", "success"]


async def test_scripted_outcomes_are_used_in_order_and_then_the_default(kie: Kie, client: Client) -> None:
    kie.script(Outcome.fails("400", "may depict a realistic human", seconds=5), Outcome(character_id="one"))
    task_ids = [await client.submitted() for _ in range(3)]
    kie.advance(60)

    records = [await client.record(task_id) for task_id in task_ids]

    assert [record["state"] for record in records] == ["fail", "success", "success"]
    assert records[0]["failCode"] == "400"
    assert records[0]["failMsg"] == "may depict a realistic human"
    assert json.loads(records[1]["resultJson"]) == {"character_id": "one"}


async def test_a_never_ending_task_ends_when_told(kie: Kie, client: Client) -> None:
    kie.script(Outcome.never("waiting", "digesting"), Outcome.never())
    stuck, other = await client.submitted(), await client.submitted()
    kie.advance(86_000)
    before = await client.record(stuck)

    kie.finish(stuck)
    kie.fail(other, "500", "Internal server error")

    assert before["state"] == "digesting"
    assert (await client.record(stuck))["state"] == "success"
    assert (await client.record(other))["failMsg"] == "Internal server error"


@pytest.mark.parametrize("shape", list(ResultShape))
async def test_the_result_comes_in_the_ordered_shape(kie: Kie, client: Client, shape: ResultShape) -> None:
    hostile = "@everyone `]) \n<b>"
    kie.script(Outcome(shape=shape, character_id=hostile))
    task_id = await client.submitted()
    kie.finish(task_id)

    result = (await client.record(task_id))["resultJson"]

    encoded = json.dumps(hostile)
    assert (
        result
        == {
            ResultShape.PLAIN: f'{{"character_id":{encoded}}}',
            ResultShape.CAMEL_CASE: f'{{"characterId":{encoded}}}',
            ResultShape.ID_LIST_TEXT: f'{{"character_id_list":{encoded}}}',
            ResultShape.ID_LIST_ARRAY: f'{{"character_id_list":[{encoded}]}}',
            ResultShape.NESTED: f'{{"resultObject":{{"character_id":{encoded}}}}}',
            ResultShape.DOUBLE_ENCODED: json.dumps(f'{{"character_id":{encoded}}}'),
            ResultShape.LIST: f'[{{"character_id":{encoded}}}]',
            ResultShape.OBJECT: {"character_id": hostile},
            ResultShape.NUMBER_ID: '{"character_id":4711}',
            ResultShape.MISSING_ID: '{"resultUrls":[]}',
            ResultShape.NOT_JSON: f"character_id={hostile}",
            ResultShape.EMPTY_TEXT: "",
            ResultShape.NULL: None,
        }[shape]
    )


async def test_a_result_may_be_any_text_and_a_record_may_carry_any_field(kie: Kie, client: Client) -> None:
    kie.script(
        Outcome(
            seconds=0,
            result_json='{"character_id": "x"',
            fields={"progress": 100},
            credits_field="consumeCredits",
        )
    )
    record = await client.record(await client.submitted())

    assert record["resultJson"] == '{"character_id": "x"'
    assert record["progress"] == 100
    assert record["consumeCredits"] == 20
    assert "creditsConsumed" not in record


async def test_param_echoes_the_request_with_its_input_encoded_twice(client: Client) -> None:
    clip_url = await client.uploaded_url()
    callback_url = "http://127.0.0.1:9/cb/token"
    task_id = await client.submitted(clip_url, callback_url=callback_url, safety_instruction="kind")

    echo = json.loads((await client.record(task_id))["param"])

    assert echo["callBackUrl"] == callback_url
    assert json.loads(echo["input"]) == {"character_file_url": [clip_url], "safety_instruction": "kind"}


async def test_an_uploaded_clip_is_served_without_a_key_until_it_lapses(kie: Kie, client: Client) -> None:
    url = await client.uploaded_url()
    async with client.session.get(url, headers={"Authorization": ""}) as response:
        served, mime_type = await response.read(), response.content_type

    kie.advance(24 * 3600)
    async with client.session.get(url) as response:
        late_status = response.status

    assert (served, mime_type) == (MP4, "video/mp4")
    assert late_status == 404


async def test_an_upload_gets_a_made_up_name_and_equal_names_overwrite(kie: Kie, client: Client) -> None:
    made_up = (await client.upload())["data"]["fileName"]
    first = (await client.upload(MP4, fileName="same.mp4"))["data"]["downloadUrl"]
    second = (await client.upload(WEBM, fileName="same.mp4"))["data"]["downloadUrl"]

    async with client.session.get(first) as response:
        served = await response.read()

    assert made_up != "clip.mp4"
    assert made_up.endswith(".mp4")
    assert (first, served) == (second, WEBM)
    assert [upload.overwrote for upload in kie.ledger.uploads] == [False, False, True]


async def test_the_ledger_knows_size_and_hash_of_a_large_upload(kie: Kie, client: Client) -> None:
    content = MP4 + bytes(range(256)) * 12_000

    stored = (await client.upload(content))["data"]

    upload = kie.ledger.uploads[0]
    assert stored["fileSize"] == upload.size_bytes == len(content)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_clip_nobody_can_fetch_makes_the_task_fail_as_busy(kie: Kie, client: Client) -> None:
    lapsed = await client.uploaded_url()
    kie.files.lifetime_seconds = 0
    beyond = "https://clips.example/clip.mp4"
    task_ids = [await client.submitted(lapsed), await client.submitted(beyond)]
    kie.advance(60)

    records = [await client.record(task_id) for task_id in task_ids]

    assert [record["state"] for record in records] == ["fail", "fail"]
    assert "server is busy" in records[0]["failMsg"]


@pytest.mark.parametrize("content", [MP4, WEBM, AVI])
async def test_the_three_containers_are_taken(kie: Kie, client: Client, content: bytes) -> None:
    task_id = await client.submitted(await client.uploaded_url(content))
    kie.advance(60)

    assert (await client.record(task_id))["state"] == "success"


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + b"\0" * 50, b"\0\0\0\x14ftypqt  " + b"\0" * 50, b"", MP4 + b"\0" * 10_000_000],
    ids=["another kind of file", "QuickTime", "nothing", "over 10 MB"],
)
async def test_other_content_passes_upload_and_fails_at_the_model(
    kie: Kie, client: Client, content: bytes
) -> None:
    task_id = await client.submitted(await client.uploaded_url(content))
    kie.advance(60)

    record = await client.record(task_id)

    assert (record["state"], record["failCode"]) == ("fail", "400")


async def test_a_task_costs_twenty_credits_and_a_failed_one_gives_them_back(kie: Kie, client: Client) -> None:
    kie.balance = Decimal("60.62")
    kie.script(Outcome(), Outcome.fails("500", "Internal server error"), Outcome.never())
    done, failed, _ = [await client.submitted() for _ in range(3)]
    with_all_running = (await client.credit())["data"]
    refused = await client.submit()
    kie.advance(60)

    spent = (await client.record(done))["creditsConsumed"], (await client.record(failed))["creditsConsumed"]

    assert with_all_running == 0.62
    assert (refused["code"], refused["data"]) == (402, None)
    assert spent == (20, 0)
    assert (await client.credit())["data"] == 20.62
    assert kie.ledger.credits_spent == 40


async def test_a_failed_task_may_be_charged_all_the_same(kie: Kie, client: Client) -> None:
    kie.script(Outcome.fails("500", "Internal server error", seconds=0, refunds=False))

    record = await client.record(await client.submitted())

    assert (record["state"], record["creditsConsumed"]) == ("fail", 20)
    assert kie.ledger.credits_spent == 20


async def test_a_task_ends_only_once(kie: Kie, client: Client) -> None:
    task_id = await client.submitted()
    kie.finish(task_id)
    kie.fail(task_id, "500", "too late")
    kie.advance(60)

    assert (await client.record(task_id))["state"] == "success"
    assert kie.ledger.credits_spent == 20


async def test_clips_are_not_looked_into_when_told_so(kie: Kie, client: Client) -> None:
    kie.runner.checks_clips = False
    task_id = await client.submitted(await client.uploaded_url(b"anything"))
    kie.advance(60)

    assert (await client.record(task_id))["state"] == "success"


async def test_the_ledger_shows_a_double_charge(kie: Kie, client: Client) -> None:
    first = "http://127.0.0.1:9/cb/attempt-1"
    second = "http://127.0.0.1:9/cb/attempt-2"
    original = await client.submitted(callback_url=first, character_prompt="x")
    await client.submitted(callback_url=second, character_prompt="x")
    await client.submitted(callback_url=first, character_prompt="y")
    before = kie.ledger.double_submissions()

    repeated = await client.submitted(callback_url=first, character_prompt="x")

    assert before == []
    assert [[task.task_id for task in group] for group in kie.ledger.double_submissions()] == [
        [original, repeated]
    ]
    assert len(kie.ledger.accepted_for("attempt-1")) == 3
    assert len(kie.ledger.accepted_for("attempt-2")) == 1


async def test_submissions_and_polls_are_on_record(kie: Kie, client: Client) -> None:
    task_id = await client.submitted(callback_url="http://127.0.0.1:9/cb/t")
    await client.create({"model": "sora-2-characters", "input": {}})
    await client.poll(task_id)
    await client.poll(task_id)

    first = await kie.wait_for_submission(timeout_seconds=20)
    second = await kie.wait_for_submission(timeout_seconds=20)

    assert (first.accepted, first.task_id, first.callback_url) == (True, task_id, "http://127.0.0.1:9/cb/t")
    assert (second.accepted, second.code, second.task_id) == (False, 500, None)
    assert len(kie.ledger.polls[task_id]) == 2
    with pytest.raises(TimeoutError):
        await kie.wait_for_submission(timeout_seconds=0.01)


async def test_a_lost_record_and_an_unknown_task_read_as_null(kie: Kie, client: Client) -> None:
    task_id = await client.submitted()
    unknown = await client.poll("0" * 32)

    kie.forget(task_id)
    live = await client.poll(task_id)
    kie.forget(task_id, code=404)
    documented = await client.poll(task_id)
    kie.forget(task_id, code=200)

    assert unknown == live == {"code": 422, "msg": "recordInfo is null", "data": None}
    assert documented["code"] == 404
    assert await client.poll(task_id) == {"code": 200, "msg": "success", "data": None}
    with pytest.raises(UnknownTask):
        kie.finish("0" * 32)


async def test_a_fresh_record_may_be_unknown_for_a_while(kie: Kie, client: Client) -> None:
    kie.script(Outcome(seconds=60, hidden_seconds=10))
    task_id = await client.submitted()
    early = await client.poll(task_id)
    kie.advance(10)

    assert early["msg"] == "recordInfo is null"
    assert (await client.record(task_id))["state"] == "waiting"


async def test_an_injected_clock_drives_the_tasks() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)

    async with open_kie(seconds_to_success=60, clock=lambda: now) as kie, open_client(kie) as client:
        task_id = await client.submitted()
        before = (await client.record(task_id))["state"]
        now += timedelta(seconds=60)
        task = await kie.wait_for_end(task_id, timeout_seconds=20)

        record = await client.record(task_id)

    assert before == "waiting"
    assert task.end is not None
    assert (record["state"], record["createTime"]) == ("success", 1793491200000)


async def test_a_task_of_earlier_runs_on_and_calls_back_when_it_is_ended(kie: Kie, client: Client) -> None:
    earlier = datetime.now(UTC) - timedelta(minutes=5)

    kie.resume("a" * 32, earlier, "http://127.0.0.1:9/callbacks/kie/x")
    running = await client.record("a" * 32)
    kie.finish("a" * 32)
    ended = await client.record("a" * 32)

    assert running["state"] == "generating"
    assert ended["state"] == "success"
    assert ended["costTime"] == 300
    await kie.ledger.wait_until(lambda: len(kie.ledger.deliveries) > 0, 5)
