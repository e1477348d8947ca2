"""The local provider's faults: what the client meets, and whether the work was done all the same."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Literal

import aiohttp
import pytest
from aiohttp import web

from sandbox.kie.background import Background
from sandbox.kie.faults import Stage, UnknownEndpoint
from sandbox.kie.ledger import Exchange
from sandbox.kie.server import Kie, open_kie
from tests.integration.kie_client import AGENT, MODEL, MP4, Client, open_client


@pytest.fixture
async def kie() -> AsyncIterator[Kie]:
    async with open_kie(seconds_to_success=60) as running:
        yield running


@pytest.fixture
async def client(kie: Kie) -> AsyncIterator[Client]:
    async with open_client(kie) as plain:
        yield plain


async def credit_answer(client: Client) -> tuple[int, str, bytes]:
    async with client.session.get(
        f"{client.kie.api_base_url}/api/v1/chat/credit", allow_redirects=False
    ) as response:
        return response.status, response.content_type, await response.read()


@pytest.mark.parametrize("code", [401, 402, 422, 429, 433, 455, 500, 505])
async def test_any_code_can_be_ordered_for_the_next_requests(kie: Kie, client: Client, code: int) -> None:
    kie.faults.refuse("createTask", code=code, msg="ordered", times=2)
    clip_url = await client.uploaded_url()

    answers = [await client.submit(clip_url) for _ in range(3)]

    assert answers[:2] == [{"code": code, "msg": "ordered", "data": None}] * 2
    assert answers[2]["code"] == 200
    assert [submission.accepted for submission in kie.ledger.submissions] == [False, False, True]


async def test_an_upload_is_refused_in_the_upload_hosts_shape(kie: Kie, client: Client) -> None:
    kie.faults.refuse("file-stream-upload", code=500, msg="ordered", status=500)

    assert await client.upload() == {"success": False, "code": 500, "msg": "ordered"}
    assert kie.ledger.uploads == []
    assert (await client.upload())["code"] == 200


async def test_whole_answers_can_be_replaced(kie: Kie, client: Client) -> None:
    kie.faults.http("credit", status=502)
    kie.faults.edge_refusal("credit")
    kie.faults.empty("credit")
    kie.faults.null_data("credit")
    kie.faults.answer("credit", '{"code":200,"msg":"success","data":NaN}')
    kie.faults.redirect("credit", "http://127.0.0.1:9/elsewhere")

    answers = [await credit_answer(client) for _ in range(7)]

    assert answers[0][:2] == (502, "text/html")
    assert answers[1][0] == 403
    assert b"1010" in answers[1][2]
    assert answers[2] == (200, "application/json", b"")
    assert json.loads(answers[3][2]) == {"code": 200, "msg": "success", "data": None}
    assert b"NaN" in answers[4][2]
    assert answers[5][0] == 307
    assert json.loads(answers[6][2])["data"] == 5916.25


async def test_a_standing_fault_stays_until_it_is_cleared(kie: Kie, client: Client) -> None:
    kie.faults.http("credit", status=503, times=None)
    during = [(await credit_answer(client))[0] for _ in range(3)]

    kie.faults.clear()

    assert during == [503, 503, 503]
    assert (await credit_answer(client))[0] == 200


async def test_a_truncated_answer_hides_a_task_that_exists(kie: Kie, client: Client) -> None:
    kie.faults.truncate("createTask")
    body = {"model": MODEL, "input": {"character_file_url": [await client.uploaded_url()]}}

    async with client.session.post(f"{kie.api_base_url}/api/v1/jobs/createTask", json=body) as response:
        text = await response.text()

    with pytest.raises(ValueError, match=r"Unterminated|delimiter|Expecting"):
        json.loads(text)
    submission = await kie.wait_for_submission(timeout_seconds=20)
    assert (submission.accepted, submission.fault) == (True, "truncated")


@pytest.mark.parametrize(("when", "created"), [("before", False), ("after", True), ("midway", True)])
async def test_a_reset_leaves_the_task_created_or_not(
    kie: Kie, client: Client, *, when: Literal["before", "after", "midway"], created: bool
) -> None:
    clip_url = await client.uploaded_url()
    kie.faults.reset("createTask", when=when)

    with pytest.raises(aiohttp.ClientError):
        await client.submit(clip_url)

    submission = await kie.wait_for_submission(timeout_seconds=20)
    assert (submission.accepted, submission.fault) == (created, "reset")
    assert submission.body["input"] == {"character_file_url": [clip_url]}
    assert len(kie.ledger.tasks) == created


async def test_a_reset_midway_comes_after_half_of_the_answer(kie: Kie, client: Client) -> None:
    kie.faults.reset("credit", when="midway")

    async with client.session.get(f"{kie.api_base_url}/api/v1/chat/credit") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientError):
            await response.read()


async def test_a_gateway_error_may_come_after_the_work(kie: Kie, client: Client) -> None:
    kie.faults.http("createTask", status=504, when="after")
    body = {"model": MODEL, "input": {"character_file_url": [await client.uploaded_url()]}}

    async with client.session.post(f"{kie.api_base_url}/api/v1/jobs/createTask", json=body) as response:
        status = response.status

    assert status == 504
    assert len(kie.ledger.tasks) == 1


async def test_an_upload_can_be_reset_before_and_after_it_is_kept(kie: Kie, client: Client) -> None:
    kie.faults.reset("file-stream-upload", when="before")
    kie.faults.reset("file-stream-upload", when="after")

    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await client.upload()

    assert len(kie.ledger.uploads) == 1


async def test_a_record_may_come_back_altered(kie: Kie, client: Client) -> None:
    asked_for, other = await client.submitted(), await client.submitted()
    kie.faults.answer("recordInfo", kie.record_body(other))

    assert (await client.record(asked_for))["taskId"] == other
    assert (await client.record(asked_for))["taskId"] == asked_for


async def test_a_host_that_is_down_refuses_connections_and_comes_back(kie: Kie, client: Client) -> None:
    task_id = await client.submitted()
    await kie.go_down("api")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.credit()
    still_up = await client.upload()
    await kie.go_down()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.upload()
    kie.advance(60)
    await kie.come_back()

    assert still_up["code"] == 200
    assert (await client.record(task_id))["state"] == "success"


async def test_nonsense_submitted_is_refused_and_on_record(kie: Kie, client: Client) -> None:
    url, headers = f"{kie.api_base_url}/api/v1/jobs/createTask", {"Content-Type": "application/json"}

    answers = [await client.post(url, data=body, headers=headers) for body in (b"\xff", b"[" * 100_000, b"")]

    assert [answer["code"] for answer in answers] == [400, 400, 400]
    assert [submission.body for submission in kie.ledger.submissions] == [{}, {}, {}]


async def test_a_delay_is_waited_out_on_the_providers_clock(kie: Kie, client: Client) -> None:
    kie.faults.delay("credit", 600)
    asking = asyncio.create_task(client.credit())
    await kie.ledger.wait_until(lambda: len(kie.ledger.requests_to("credit")) == 1, timeout_seconds=20)
    waiting = not asking.done()

    kie.advance(600)

    assert waiting
    assert (await asking)["code"] == 200


async def test_a_dripping_answer_comes_byte_by_byte(kie: Kie, client: Client) -> None:
    kie.faults.drip("credit", seconds_per_byte=0)
    kie.faults.drip("credit", seconds_per_byte=5)

    whole = await client.credit()
    with pytest.raises(TimeoutError):
        async with client.session.get(
            f"{kie.api_base_url}/api/v1/chat/credit", timeout=aiohttp.ClientTimeout(total=0.1)
        ) as response:
            await response.read()

    assert whole["data"] == 5916.25


async def test_a_flood_is_as_large_as_ordered(kie: Kie, client: Client) -> None:
    kie.faults.flood("credit", size_bytes=3_000_000)

    _, _, body = await credit_answer(client)

    assert len(body) > 3_000_000
    assert json.loads(body)["data"] is None


async def test_a_served_file_can_be_spoilt_too(kie: Kie, client: Client) -> None:
    kie.faults.http("file", status=403)
    task_id = await client.submitted()
    kie.advance(60)

    assert (await client.record(task_id))["state"] == "fail"


async def test_hooks_run_on_arrival_before_and_after_the_work(kie: Kie, client: Client) -> None:
    seen: list[tuple[str, int, int]] = []

    def note(stage: Stage) -> None:
        async def noted(exchange: Exchange) -> None:
            seen.append((stage, len(exchange.body) > 0, len(kie.ledger.tasks)))

        kie.faults.on_request("createTask", noted, when=stage)

    stages: tuple[Stage, ...] = ("arrival", "before", "after")
    for stage in stages:
        note(stage)
    await client.submit()

    assert seen == [("arrival", False, 0), ("before", True, 0), ("after", True, 1)]


async def test_a_hook_that_fails_surfaces_when_the_sandbox_closes() -> None:
    async def complain(_: Exchange) -> None:
        raise LookupError("the hook's own check")

    async def ask() -> None:
        async with open_kie() as kie, open_client(kie) as client:
            kie.faults.on_request("credit", complain)
            assert (await credit_answer(client))[0] == 500

    with pytest.raises(LookupError, match="own check"):
        await ask()


async def test_a_hook_may_be_met_once(kie: Kie, client: Client) -> None:
    met = 0

    async def count(_: Exchange) -> None:
        nonlocal met
        met += 1

    kie.faults.on_request("credit", count, times=1)
    await client.credit()
    await client.credit()

    assert met == 1


async def test_a_client_that_dies_mid_upload_leaves_no_upload(kie: Kie, client: Client) -> None:
    reached = asyncio.Event()

    async def reach(_: Exchange) -> None:
        reached.set()

    kie.faults.on_request("file-stream-upload", reach, when="arrival")
    _, writer = await asyncio.open_connection("127.0.0.1", int(kie.upload_base_url.rpartition(":")[2]))
    head = (
        "POST /api/file-stream-upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-key\r\n"
        f"User-Agent: {AGENT}\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="c.mp4"\r\n\r\n'
    writer.write(head.encode() + part.encode() + MP4)
    await writer.drain()
    await reached.wait()
    writer.transport.abort()

    await client.upload()

    assert [upload.size_bytes for upload in kie.ledger.uploads] == [len(MP4)]


async def test_a_dead_client_does_not_undo_a_submission(kie: Kie, client: Client) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: Exchange) -> None:
        arrived.set()
        await go_on.wait()

    clip_url = await client.uploaded_url()
    kie.faults.on_request("createTask", hold)
    submitting = asyncio.create_task(client.submit(clip_url))
    await arrived.wait()
    submitting.cancel()
    await asyncio.wait([submitting])
    go_on.set()

    submission = await kie.wait_for_submission(timeout_seconds=20)

    assert submission.accepted


async def test_a_submission_that_was_held_up_is_waited_for_too(kie: Kie, client: Client) -> None:
    clip_url = await client.uploaded_url()
    kie.faults.delay("createTask", 600)
    held = asyncio.create_task(client.submit(clip_url, character_prompt="held"))
    await kie.ledger.wait_until(lambda: len(kie.ledger.requests_to("createTask")) == 1, timeout_seconds=20)
    await client.submit(clip_url, character_prompt="quick")
    first = await kie.wait_for_submission(timeout_seconds=20)
    kie.advance(600)
    await held
    second = await kie.wait_for_submission(timeout_seconds=20)

    prompts = [submission.body["input"]["character_prompt"] for submission in (first, second)]
    assert prompts == ["quick", "held"]


async def test_a_fault_for_an_unknown_endpoint_is_a_mistake(kie: Kie) -> None:
    with pytest.raises(UnknownEndpoint):
        kie.faults.http("createtask")
    with pytest.raises(UnknownEndpoint):
        kie.faults.delay("upload", 1)


async def test_a_redirected_clip_is_not_followed(kie: Kie, client: Client) -> None:
    kie.faults.redirect("file", "https://clips.example/clip.mp4")
    task_id = await client.submitted()
    kie.advance(60)

    assert (await client.record(task_id))["failMsg"] == kie.runner.dead_clip[1]


async def test_an_upload_over_the_hosts_limit_is_cut_off(
    kie: Kie, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.kie.files.UPLOAD_LIMIT_BYTES", 1000)
    form = aiohttp.FormData({"uploadPath": "clips"}, default_to_multipart=True)
    form.add_field("file", io.BytesIO(MP4 * 3), filename="clip.mp4")

    async with client.session.post(f"{kie.upload_base_url}/api/file-stream-upload", data=form) as response:
        status = response.status

    assert status == web.HTTPRequestEntityTooLarge.status_code
    assert kie.ledger.uploads == []


async def test_a_defect_in_the_background_surfaces_at_the_end() -> None:
    async def break_down() -> None:
        raise LookupError("defect")

    background = Background()
    background.start(break_down())
    await asyncio.sleep(0)

    with pytest.raises(LookupError, match="defect"):
        await background.close()


async def test_what_a_client_has_given_up_ends_with_the_sandbox() -> None:
    before = asyncio.all_tasks()
    async with open_kie() as kie, open_client(kie) as client:
        kie.faults.delay("file-stream-upload", 30.0)
        uploading = asyncio.create_task(client.upload())
        await kie.ledger.wait_until(
            lambda: bool(kie.ledger.requests_to("file-stream-upload")), timeout_seconds=20
        )
        uploading.cancel()
        await asyncio.wait([uploading])

    assert asyncio.all_tasks() <= before
