"""The local provider's callbacks: signed, repeated, lost, early, forged."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.kie.callbacks import OTHER_TASK_ID, signature
from sandbox.kie.outcomes import CallbackScript, IdSpelling, Outcome, Signature
from sandbox.kie.server import Kie, open_kie
from tests.integration.kie_client import Client, Receiver, open_client, open_receiver

WEBHOOK_KEY = "sandbox-webhook-key"


@pytest.fixture
async def kie() -> AsyncIterator[Kie]:
    async with open_kie(webhook_key=WEBHOOK_KEY) as running:
        running.default = Outcome.never()
        yield running


@pytest.fixture
async def client(kie: Kie) -> AsyncIterator[Client]:
    async with open_client(kie) as plain:
        yield plain


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as listening:
        yield listening


async def called_back(
    kie: Kie, client: Client, receiver: Receiver, script: CallbackScript, *, deliveries: int = 1
) -> str:
    """The id of a task that has succeeded and been called back as scripted."""
    kie.script(Outcome(seconds=0, callback=script))
    task_id = await client.submitted(callback_url=f"{receiver.url}/token")
    await receiver.wait_for(deliveries)
    return task_id


def is_signed(headers: dict[str, str], task_id: str) -> bool:
    stamp = headers["X-Webhook-Timestamp"]
    digest = hmac.new(WEBHOOK_KEY.encode(), f"{task_id}.{stamp}".encode(), hashlib.sha256).digest()
    return hmac.compare_digest(headers["X-Webhook-Signature"], base64.b64encode(digest).decode())


def data_of(body: bytes) -> dict[str, Any]:
    return dict(json.loads(body)["data"])


def test_a_signature_matches_the_published_vector() -> None:
    made = signature("fixture-key-not-a-secret", "0123456789abcdef0123456789abcdef", "1700000000")

    assert made == "vfhXBx/LSAS3Gd4h1cJLl6JjPaLIkgvfsc+Gckkz0vE="


async def test_an_end_is_called_back_once_and_signed(kie: Kie, client: Client, receiver: Receiver) -> None:
    task_id = await called_back(kie, client, receiver, CallbackScript())

    await kie.ledger.wait_until(lambda: bool(kie.ledger.deliveries), timeout_seconds=20)
    delivery = kie.ledger.deliveries[0]
    assert is_signed(receiver.headers[0], task_id)
    assert (delivery.status, delivery.try_number, delivery.body) == (200, 1, receiver.bodies[0])
    assert data_of(receiver.bodies[0]) == await client.record(task_id)


async def test_without_a_key_nothing_is_signed(kie: Kie, client: Client, receiver: Receiver) -> None:
    kie.callbacks.webhook_key = None
    await called_back(kie, client, receiver, CallbackScript())

    assert not [name for name in receiver.headers[0] if name.startswith("X-Webhook")]


async def test_without_a_callback_url_nothing_is_called(kie: Kie, client: Client) -> None:
    kie.finish(await client.submitted())

    assert kie.ledger.deliveries == []


async def test_a_signature_is_timed_by_the_clock_that_was_not_moved(
    kie: Kie, client: Client, receiver: Receiver
) -> None:
    task_id = await client.submitted(callback_url=f"{receiver.url}/token")
    kie.advance(3600)
    kie.finish(task_id)
    await receiver.wait_for(1)

    stamp = int(receiver.headers[0]["X-Webhook-Timestamp"])
    assert abs(stamp - kie.clock.base_now().timestamp()) < 60


async def test_delivery_stops_after_three_failures(kie: Kie, client: Client, receiver: Receiver) -> None:
    kie.callbacks.retry_seconds = 0.001
    receiver.statuses = [500, 401, 503, 503]

    task_id = await called_back(kie, client, receiver, CallbackScript(), deliveries=3)
    await kie.callbacks.sent(kie.task(task_id))

    assert [delivery.status for delivery in kie.ledger.deliveries] == [500, 401, 503]
    assert [delivery.try_number for delivery in kie.ledger.deliveries] == [1, 2, 3]


async def test_a_failed_try_is_repeated_until_it_succeeds(
    kie: Kie, client: Client, receiver: Receiver
) -> None:
    kie.callbacks.retry_seconds = 0.001
    receiver.statuses = [500]

    await called_back(kie, client, receiver, CallbackScript(), deliveries=2)
    await kie.ledger.wait_until(lambda: len(kie.ledger.deliveries) == 2, timeout_seconds=20)

    assert [delivery.status for delivery in kie.ledger.deliveries] == [500, 200]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/cb/x", "ClientConnectorError"),
        ("https://bot.example/cb/x", "host is not on loopback"),
    ],
)
async def test_a_dead_receiver_and_one_beyond_loopback_are_on_record(
    kie: Kie, client: Client, url: str, reason: str
) -> None:
    kie.callbacks.retry_seconds = 0.001
    kie.finish(await client.submitted(callback_url=url))

    await kie.ledger.wait_until(lambda: len(kie.ledger.deliveries) == 3, timeout_seconds=20)

    assert {(delivery.status, delivery.error) for delivery in kie.ledger.deliveries} == {(None, reason)}


async def test_a_callback_may_be_lost(kie: Kie, client: Client, receiver: Receiver) -> None:
    kie.script(Outcome(seconds=0, callback=CallbackScript(deliveries=0)))
    task_id = await client.submitted(callback_url=f"{receiver.url}/token")
    task = await kie.wait_for_end(task_id, timeout_seconds=20)
    await kie.callbacks.sent(task)

    assert kie.ledger.deliveries == []


async def test_a_callback_may_be_doubled(kie: Kie, client: Client, receiver: Receiver) -> None:
    task_id = await called_back(kie, client, receiver, CallbackScript(deliveries=2), deliveries=2)

    assert [data_of(body)["taskId"] for body in receiver.bodies] == [task_id, task_id]


async def test_a_callback_may_be_late(kie: Kie, client: Client, receiver: Receiver) -> None:
    kie.script(Outcome(seconds=0, callback=CallbackScript(delay_seconds=300)))
    late = await client.submitted(callback_url=f"{receiver.url}/late")
    await kie.wait_for_end(late, timeout_seconds=20)
    prompt = await called_back(kie, client, receiver, CallbackScript())

    kie.advance(300)
    await receiver.wait_for(2)

    assert [data_of(body)["taskId"] for body in receiver.bodies] == [prompt, late]


async def test_an_early_callback_is_there_before_the_answer(
    kie: Kie, client: Client, receiver: Receiver
) -> None:
    kie.script(Outcome(seconds=60, callback=CallbackScript(early=True)))

    task_id = await client.submitted(callback_url=f"{receiver.url}/token")

    assert [data_of(body)["taskId"] for body in receiver.bodies] == [task_id]


async def test_a_lost_answer_can_still_be_called_back(kie: Kie, client: Client, receiver: Receiver) -> None:
    kie.script(Outcome(seconds=0))
    kie.faults.delay("createTask", 3600, when="after")
    submitting = asyncio.create_task(client.submit(callback_url=f"{receiver.url}/token"))

    await receiver.wait_for(1)

    assert not submitting.done()
    kie.advance(3600)
    assert (await submitting)["data"]["taskId"] == data_of(receiver.bodies[0])["taskId"]


@pytest.mark.parametrize(
    ("spelling", "places"),
    [
        (IdSpelling.CAMEL_CASE, {"taskId"}),
        (IdSpelling.SNAKE_CASE, {"task_id"}),
        (IdSpelling.TOP_LEVEL, {"top"}),
        (IdSpelling.EVERYWHERE, {"taskId", "task_id", "top"}),
        (IdSpelling.CONFLICTING, {"taskId"}),
        (IdSpelling.NOWHERE, set()),
    ],
)
async def test_the_task_id_is_where_it_was_ordered(
    kie: Kie, client: Client, receiver: Receiver, spelling: IdSpelling, places: set[str]
) -> None:
    task_id = await called_back(kie, client, receiver, CallbackScript(spelling=spelling))

    body = json.loads(receiver.bodies[0])
    found = {"top": body.get("taskId")} | {name: body["data"].get(name) for name in ("taskId", "task_id")}
    assert {place for place, value in found.items() if value == task_id} == places
    assert (found["task_id"] == OTHER_TASK_ID) is (spelling is IdSpelling.CONFLICTING)


@pytest.mark.parametrize("kind", [Signature.FORGED, Signature.OTHER_TASK])
async def test_a_forged_signature_has_the_right_form_and_does_not_match(
    kie: Kie, client: Client, receiver: Receiver, kind: Signature
) -> None:
    task_id = await called_back(kie, client, receiver, CallbackScript(signature=kind))

    assert len(receiver.headers[0]["X-Webhook-Signature"]) == 44
    assert not is_signed(receiver.headers[0], task_id)
    assert is_signed(receiver.headers[0], OTHER_TASK_ID) is (kind is Signature.OTHER_TASK)


async def test_a_signature_may_be_missing(kie: Kie, client: Client, receiver: Receiver) -> None:
    await called_back(kie, client, receiver, CallbackScript(signature=Signature.MISSING))

    assert "X-Webhook-Signature" not in receiver.headers[0]


async def test_a_stale_callback_is_well_signed(kie: Kie, client: Client, receiver: Receiver) -> None:
    task_id = await called_back(kie, client, receiver, CallbackScript(timestamp_shift_seconds=-301))

    stamp = int(receiver.headers[0]["X-Webhook-Timestamp"])
    assert is_signed(receiver.headers[0], task_id)
    assert kie.clock.base_now().timestamp() - stamp >= 300


async def test_an_altered_body_keeps_its_valid_signature(
    kie: Kie, client: Client, receiver: Receiver
) -> None:
    altered = {"state": "success", "resultJson": '{"character_id":"evil"}'}
    kie.script(Outcome.fails("400", "refused", seconds=0, callback=CallbackScript(altered=altered)))
    task_id = await client.submitted(callback_url=f"{receiver.url}/token")
    await receiver.wait_for(1)

    assert is_signed(receiver.headers[0], task_id)
    assert data_of(receiver.bodies[0])["resultJson"] == '{"character_id":"evil"}'
    assert (await client.record(task_id))["state"] == "fail"


async def test_any_bytes_may_be_called_back_at_any_time(kie: Kie, client: Client, receiver: Receiver) -> None:
    task_id = await client.submitted(callback_url=f"{receiver.url}/token")

    await kie.call_back(task_id, CallbackScript(body=b"[" * 1000))
    await kie.call_back(task_id)

    assert receiver.bodies[0] == b"[" * 1000
    assert data_of(receiver.bodies[1])["state"] == "generating"
