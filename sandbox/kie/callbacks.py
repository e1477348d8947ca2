"""Calls the submitter back when a task has ended: body, signature, tries, and the ways all three go wrong."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from sandbox.kie import answers
from sandbox.kie.background import Background
from sandbox.kie.clock import SandboxClock
from sandbox.kie.ledger import Delivery, Ledger
from sandbox.kie.outbound import Outbound, Receipt, Unreachable
from sandbox.kie.outcomes import CallbackScript, IdSpelling, Signature
from sandbox.kie.tasks import Task

# Callback pages of the sibling APIs: sending stops after three failures in a row.
MOST_TRIES = 3
# The spacing of tries is published nowhere; short, so that a test sees all three.
RETRY_SECONDS = 0.2
OTHER_TASK_ID = "f" * 32
_FORGERS_KEY = "not-the-configured-key"


def signature(key: str, task_id: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over "<task id>.<timestamp>", key as UTF-8 (Webhook Security Verification)."""
    digest = hmac.digest(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def signed_headers(key: str | None, task_id: str, timestamp: int, kind: Signature) -> dict[str, str]:
    """Headers of one callback; the signature pair is present only when a key is configured."""
    headers = {"Content-Type": "application/json"}
    if key is None or kind is Signature.MISSING:
        return headers
    signing_key = _FORGERS_KEY if kind is Signature.FORGED else key
    signed_id = OTHER_TASK_ID if kind is Signature.OTHER_TASK else task_id
    return headers | {
        "X-Webhook-Timestamp": str(timestamp),
        "X-Webhook-Signature": signature(signing_key, signed_id, str(timestamp)),
    }


def spelt_body(envelope: dict[str, object], task_id: str, script: CallbackScript) -> bytes:
    """The envelope with the task id in the ordered place and the ordered fields altered."""
    if script.body is not None:
        return script.body
    fields = dict(envelope["data"]) if isinstance(envelope["data"], dict) else {}
    del fields["taskId"]
    spelling = script.spelling
    if spelling in {IdSpelling.CAMEL_CASE, IdSpelling.EVERYWHERE, IdSpelling.CONFLICTING}:
        fields["taskId"] = task_id
    if spelling in {IdSpelling.SNAKE_CASE, IdSpelling.EVERYWHERE}:
        fields["task_id"] = task_id
    if spelling is IdSpelling.CONFLICTING:
        fields["task_id"] = OTHER_TASK_ID
    body = envelope | {"data": fields | dict(script.altered)}
    if spelling in {IdSpelling.TOP_LEVEL, IdSpelling.EVERYWHERE}:
        body["taskId"] = task_id
    return json.dumps(body).encode()


class Callbacks:
    """Sends callbacks in the background and writes each try into the ledger."""

    def __init__(
        self,
        clock: SandboxClock,
        ledger: Ledger,
        outbound: Outbound,
        background: Background,
        webhook_key: str | None,
    ) -> None:
        self.webhook_key = webhook_key
        self.retry_seconds = RETRY_SECONDS
        self._clock = clock
        self._ledger = ledger
        self._outbound = outbound
        self._background = background
        self._sending: dict[str, asyncio.Task[None]] = {}

    def start(self, task: Task) -> None:
        """Send what the task's script orders, if a callback URL was given."""
        if task.callback_url:
            self._sending[task.task_id] = self._background.start(self._send_late(task, self._clock.now()))

    async def sent(self, task: Task) -> None:
        """Return once the callbacks of an ended task have been sent."""
        if sending := self._sending.get(task.task_id):
            await sending

    async def _send_late(self, task: Task, ended_at: datetime) -> None:
        script = task.outcome.callback
        await self._clock.sleep_until(ended_at + timedelta(seconds=script.delay_seconds))
        await self.send(task, script)

    async def send(self, task: Task, script: CallbackScript) -> None:
        """Call back now, as often as the script says, each with at most three tries."""
        for _ in range(script.deliveries):
            await self._deliver(task, script)

    async def _deliver(self, task: Task, script: CallbackScript) -> None:
        for try_number in range(1, MOST_TRIES + 1):
            if try_number > 1:
                await self._clock.sleep(self.retry_seconds)
            if await self._try(task, script, try_number):
                return

    async def _try(self, task: Task, script: CallbackScript, try_number: int) -> bool:
        timestamp = int(self._clock.base_now().timestamp()) + script.timestamp_shift_seconds
        body = spelt_body(answers.callback(task, self._clock.now()), task.task_id, script)
        headers = signed_headers(self.webhook_key, task.task_id, timestamp, script.signature)
        url = task.callback_url or ""
        at, receipt, error = self._clock.now(), None, None
        try:
            receipt = await self._outbound.post(url, body, headers)
        except Unreachable as unreachable:
            error = unreachable.reason
        self._ledger.deliveries.append(
            Delivery(
                task_id=task.task_id,
                url=url,
                at=at,
                try_number=try_number,
                headers=headers,
                body=body,
                status=receipt.status if receipt else None,
                answer=receipt.answer if receipt else b"",
                error=error,
            )
        )
        self._ledger.note()
        return receipt is not None and _is_success(receipt)


def _is_success(receipt: Receipt) -> bool:
    return 200 <= receipt.status < 300  # noqa: PLR2004 - the range of HTTP success
