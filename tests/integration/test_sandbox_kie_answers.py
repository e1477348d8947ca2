"""What the local provider answers, against the published facts: shapes, refusals, limits."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from sandbox.kie.account import RateWindow
from sandbox.kie.outcomes import Outcome
from sandbox.kie.server import Kie, open_kie
from tests.integration.kie_client import KEY, MODEL, MP4, Client, open_client, open_receiver

SCHEMAS = json.loads((Path(__file__).parents[1] / "samples" / "kie" / "answers.schema.json").read_text())
CLIP_URL = "http://127.0.0.1:9/clip.mp4"


def obeys(body: object, schema: str) -> None:
    """Fail unless the body fits the named schema."""
    Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": SCHEMAS["$defs"]}).validate(body)


@pytest.fixture
async def kie() -> AsyncIterator[Kie]:
    async with open_kie(seconds_to_success=60) as running:
        yield running


@pytest.fixture
async def client(kie: Kie) -> AsyncIterator[Client]:
    async with open_client(kie) as plain:
        yield plain


async def test_every_success_has_the_published_shape(kie: Kie, client: Client) -> None:
    kie.balance = Decimal("60.62")
    accepted = await client.submit()
    task_id = accepted["data"]["taskId"]
    running = await client.poll(task_id)
    kie.advance(60)

    obeys(accepted, "createTask")
    assert accepted["data"]["recordId"] == task_id
    obeys(running, "recordInfo")
    assert running["data"]["state"] == "waiting"
    obeys(await client.poll(task_id), "recordInfo")
    obeys(await client.credit(), "credit")
    media_url = "https://tempfile.aiquickdraw.com/x/y.mp4"
    obeys(await download_url(client, media_url), "download-url")


async def test_a_failed_record_has_the_published_shape(kie: Kie, client: Client) -> None:
    kie.script(Outcome.fails("400", "upload may depict a realistic human", seconds=0))

    failed = await client.poll(await client.submitted())

    obeys(failed, "recordInfo")
    assert failed["data"]["state"] == "fail"
    assert failed["data"]["creditsConsumed"] == 0


async def test_the_three_ways_of_uploading_answer_alike(kie: Kie, client: Client) -> None:
    base, encoded = f"{kie.upload_base_url}/api", base64.b64encode(MP4).decode()
    streamed = await client.upload()
    raw = await client.post(
        f"{base}/file-base64-upload", json={"base64Data": encoded, "uploadPath": "a/b", "fileName": "n.mp4"}
    )
    as_url = await client.post(
        f"{base}/file-base64-upload",
        json={"base64Data": f"data:video/mp4;base64,{encoded}", "uploadPath": "a/b"},
    )
    fetched = await client.post(
        f"{base}/file-url-upload", json={"fileUrl": streamed["data"]["downloadUrl"], "uploadPath": "a/b"}
    )

    for answer in (streamed, raw, as_url, fetched):
        obeys(answer, "upload")
        assert (answer["data"]["fileSize"], answer["data"]["mimeType"]) == (len(MP4), "video/mp4")
    assert raw["data"]["filePath"] == "kieai/100001/a/b/n.mp4"
    assert len({upload.sha256 for upload in kie.ledger.uploads}) == 1
    assert {exchange.body for exchange in kie.ledger.exchanges} == {b""}


@pytest.mark.parametrize(
    ("fields", "part_of_message"),
    [
        ({"uploadPath": ""}, "uploadPath is required"),
        ({"uploadPath": "/clips"}, "slash"),
        ({"uploadPath": "clips/"}, "slash"),
        ({"uploadPath": "a/../../b"}, "slash"),
        ({"fileName": "../x.mp4"}, "plain file name"),
    ],
)
async def test_a_wrong_upload_is_refused_in_the_upload_hosts_words(
    kie: Kie, client: Client, fields: dict[str, str], part_of_message: str
) -> None:
    refused = await client.upload(MP4, **fields)

    obeys(refused, "upload_refusal")
    assert refused["code"] == 400
    assert part_of_message in refused["msg"]
    assert kie.ledger.uploads == []


@pytest.mark.parametrize(
    ("endpoint", "body", "code"),
    [
        ("file-base64-upload", {"uploadPath": "a"}, 400),
        ("file-base64-upload", {"uploadPath": "a", "base64Data": "%%%"}, 400),
        ("file-base64-upload", {"base64Data": "AAAA"}, 400),
        ("file-base64-upload", [], 400),
        ("file-url-upload", {"uploadPath": "a", "fileUrl": "ftp://127.0.0.1/x"}, 400),
        ("file-url-upload", {"uploadPath": "a", "fileUrl": CLIP_URL}, 500),
        ("file-url-upload", {"uploadPath": "a", "fileUrl": "http://192.0.2.1/x"}, 500),
        ("file-stream-upload", {"uploadPath": "a"}, 400),
    ],
)
async def test_a_wrong_json_upload_is_refused(
    kie: Kie, client: Client, endpoint: str, body: object, code: int
) -> None:
    refused = await client.post(f"{kie.upload_base_url}/api/{endpoint}", json=body)

    obeys(refused, "upload_refusal")
    assert refused["code"] == code


async def test_a_multipart_upload_without_a_file_is_refused(kie: Kie, client: Client) -> None:
    form = aiohttp.FormData({"uploadPath": "clips"}, default_to_multipart=True)

    refused = await client.post(f"{kie.upload_base_url}/api/file-stream-upload", data=form)

    obeys(refused, "upload_refusal")
    assert refused["msg"] == "file is required"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 500),
        (None, 500),
        ("text", 422),
        ({"character_prompt": "x"}, 500),
        ({"character_file_url": CLIP_URL}, 422),
        ({"character_file_url": []}, 422),
        ({"character_file_url": [CLIP_URL, CLIP_URL]}, 422),
        ({"character_file_url": ["file:///etc/passwd"]}, 422),
        ({"character_file_url": ["not a url"]}, 422),
        ({"character_file_url": [7]}, 422),
        ({"character_file_url": [CLIP_URL], "character_prompt": "x" * 5001}, 422),
        ({"character_file_url": [CLIP_URL], "safety_instruction": "\U0001f600" * 2501}, 422),
        ({"character_file_url": [CLIP_URL], "safety_instruction": 7}, 422),
        ({"character_file_url": [CLIP_URL], "character_user_name": "x"}, 422),
    ],
)
async def test_wrong_input_is_refused_before_anything_is_charged(
    kie: Kie, client: Client, fields: object, code: int
) -> None:
    before = kie.balance

    refused = await client.create({"model": MODEL, "input": fields})

    obeys(refused, "refusal")
    assert refused["code"] == code
    assert kie.balance == before
    assert kie.ledger.tasks == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 422),
        ([], 400),
        ({"model": "sora-2-characterz", "input": {}}, 422),
        ({"model": MODEL, "input": {"character_file_url": [CLIP_URL]}, "callBackUrl": "bot/cb"}, 422),
        ({"model": MODEL, "input": {"character_file_url": [CLIP_URL]}, "progressCallBackUrl": CLIP_URL}, 422),
    ],
)
async def test_a_wrong_envelope_is_refused(client: Client, body: object, code: int) -> None:
    refused = await client.create(body)

    obeys(refused, "refusal")
    assert refused["code"] == code


async def test_prompts_at_their_limits_are_taken(client: Client) -> None:
    accepted = await client.submit(character_prompt="x" * 5000, safety_instruction="\U0001f600" * 2500)

    assert accepted["code"] == 200


async def test_unknown_fields_may_be_let_through(kie: Kie, client: Client) -> None:
    kie.api.unknown_fields_refused = False

    assert (await client.submit(character_user_name="x"))["code"] == 200


async def test_a_liveness_probe_tells_unknown_paused_and_alive_apart(kie: Kie, client: Client) -> None:
    probe = {"model": MODEL, "input": {}}
    alive = await client.create(probe)
    kie.pause_model()
    paused = await client.create(probe)
    kie.withdraw_model()
    withdrawn = await client.create(probe)
    kie.resume_model()

    assert (alive["code"], alive["msg"]) == (500, "This field is required")
    assert paused["code"] == 500
    assert "interface is temporarily paused" in paused["msg"]
    assert withdrawn["code"] == 422
    assert "model name you specified is not supported" in withdrawn["msg"]
    assert (await client.submit())["code"] == 200


async def test_a_wrong_key_is_refused_in_the_body_of_a_200(kie: Kie, client: Client) -> None:
    for path in ("/api/v1/chat/credit", "/api/v1/jobs/recordInfo?taskId=x"):
        url, headers = f"{kie.api_base_url}{path}", {"Authorization": "Bearer wrong"}
        async with client.session.get(url, headers=headers) as response:
            assert response.status == 200
            refused = await response.json()
            obeys(refused, "refusal")
            assert refused["code"] == 401


async def test_a_submission_needs_key_and_content_type(kie: Kie, client: Client) -> None:
    url = f"{kie.api_base_url}/api/v1/jobs/createTask"
    body = json.dumps({"model": MODEL, "input": {"character_file_url": [CLIP_URL]}})

    no_key = await client.post(
        url, data=body, headers={"Authorization": "", "Content-Type": "application/json"}
    )
    wrong_type = await client.post(url, data=body, headers={"Content-Type": "text/plain"})

    assert (no_key["code"], wrong_type["code"]) == (401, 401)
    assert kie.ledger.tasks == []


async def test_a_library_agent_is_stopped_at_the_edge(kie: Kie) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        for url in (f"{kie.api_base_url}/api/v1/chat/credit", f"{kie.upload_base_url}/api/file-url-upload"):
            async with session.request("POST" if "upload" in url else "GET", url) as response:
                page = await response.text()
                assert (response.status, response.content_type) == (403, "text/html")
                assert "1010" in page
                assert response.headers["CF-RAY"]


async def test_an_answer_carries_no_rate_limit_header(kie: Kie, client: Client) -> None:
    async with client.session.get(f"{kie.api_base_url}/api/v1/chat/credit") as response:
        names = {name.lower() for name in response.headers}

    assert not {name for name in names if "ratelimit" in name or name == "retry-after"}


async def test_the_twenty_first_submission_in_ten_seconds_is_dropped(kie: Kie, client: Client) -> None:
    kie.balance = Decimal(10_000)
    clip_url = await client.uploaded_url()
    codes = [(await client.submit(clip_url))["code"] for _ in range(20)]
    body = {"model": MODEL, "input": {"character_file_url": [clip_url]}}
    async with client.session.post(f"{kie.api_base_url}/api/v1/jobs/createTask", json=body) as response:
        status, refused = response.status, await response.json()
    kie.advance(10)

    assert codes == [200] * 20
    obeys(refused, "refusal")
    assert (status, refused["code"]) == (429, 429)
    assert (await client.submit(clip_url))["code"] == 200
    assert len(kie.ledger.tasks) == 21


async def test_polls_may_be_throttled_in_a_200(kie: Kie, client: Client) -> None:
    kie.account.poll_window, kie.account.throttle_status = RateWindow(1, 10), 200
    task_id = await client.submitted()

    url = f"{kie.api_base_url}/api/v1/jobs/recordInfo"
    first = await client.poll(task_id)
    async with client.session.get(url, params={"taskId": task_id}) as response:
        status, second = response.status, await response.json()

    assert (first["code"], second["code"], status) == (200, 429, 200)


def test_a_place_in_the_window_is_free_again_once_its_seconds_have_passed() -> None:
    window, start = RateWindow(1, 10), datetime(2026, 11, 1, tzinfo=UTC)

    admitted = [window.admits(start + timedelta(seconds=seconds)) for seconds in (0, 9.9, 10, 19.9, 20)]

    assert admitted == [True, False, True, False, True]


async def test_a_download_link_is_refused_for_an_upload_and_a_foreign_url(client: Client) -> None:
    for url in (await client.uploaded_url(), "https://elsewhere.example/y.mp4"):
        assert await download_url(client, url) == {"code": 422, "msg": "url is wrong", "data": None}


async def test_each_host_knows_only_its_own_endpoints(kie: Kie, client: Client) -> None:
    elsewhere = await client.post(f"{kie.api_base_url}/api/file-stream-upload", json={})
    wrong_method = await client.get(f"{kie.upload_base_url}/api/file-stream-upload")

    obeys(elsewhere, "refusal")
    assert elsewhere["code"] == 404
    obeys(wrong_method, "upload_refusal")
    assert wrong_method["code"] == 405


async def test_a_record_without_a_task_id_is_refused(kie: Kie, client: Client) -> None:
    refused = await client.get(f"{kie.api_base_url}/api/v1/jobs/recordInfo")

    obeys(refused, "refusal")


async def test_callbacks_have_the_published_shape(kie: Kie, client: Client) -> None:
    kie.script(Outcome.never(), Outcome.never())
    async with open_receiver() as receiver:
        done = await client.submitted(callback_url=f"{receiver.url}/a")
        failed = await client.submitted(callback_url=f"{receiver.url}/b")
        kie.finish(done)
        await receiver.wait_for(1)
        kie.fail(failed, "501", "generation failed")
        await receiver.wait_for(2)

    success, failure = (json.loads(body) for body in receiver.bodies)
    obeys(success, "callback")
    obeys(failure, "callback")
    assert (success["code"], success["data"]["taskId"]) == (200, done)
    assert (failure["code"], failure["data"]["taskId"]) == (501, failed)


async def download_url(client: Client, url: str) -> dict[str, Any]:
    return await client.post(f"{client.kie.api_base_url}/api/v1/common/download-url", json={"url": url})
