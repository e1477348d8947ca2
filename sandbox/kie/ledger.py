"""What the provider saw and did: the only thing a test needs to read afterwards."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.kie.tasks import Task

CREATE_TASK = "createTask"


@dataclass(slots=True, eq=False)
class Exchange:
    """One request, filled in while it is answered.

    `body` is empty for uploads (a file is nothing to keep in memory). `code` is the body code the provider
    decided on, None when a fault stood in for the work; `fault` names what replaced or spoiled the answer.
    `settled`: the work is done (or will not be); only the answer is still to leave.
    """

    number: int
    endpoint: str
    at: datetime
    user_agent: str
    body: bytes = b""
    code: int | None = None
    task_id: str | None = None
    fault: str | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """One createTask request; `accepted`: a task exists and was charged, whatever the client was told."""

    number: int
    at: datetime
    body: Mapping[str, Any]
    accepted: bool
    code: int | None
    task_id: str | None
    callback_url: str | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """One file taken in: `name` as filed, `folder` the uploadPath, `file` where the bytes lie."""

    name: str
    folder: str
    url: str
    size_bytes: int
    sha256: str
    mime_type: str
    at: datetime
    endpoint: str
    overwrote: bool
    file: Path


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to call back. `status` is None when no answer came; `error` then says why."""

    task_id: str
    url: str
    at: datetime
    try_number: int
    headers: Mapping[str, str]
    body: bytes
    status: int | None
    answer: bytes
    error: str | None


@dataclass(slots=True)
class Ledger:
    """Everything in order of arrival. `polls` maps a task id to the moments it was asked for."""

    exchanges: list[Exchange] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    polls: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def submissions(self) -> list[Submission]:
        """Every createTask received, refused and spoiled ones included, once its fate is known."""
        return [
            _submission(exchange)
            for exchange in self.exchanges
            if exchange.endpoint == CREATE_TASK and exchange.settled
        ]

    @property
    def credits_spent(self) -> Decimal:
        """What all tasks cost, credits given back after failures not counted."""
        return sum((task.charged_credits for task in self.tasks), Decimal(0))

    def accepted_for(self, callback_token: str) -> list[Task]:
        """Accepted tasks whose callback URL carries this token as a path segment or query value."""
        return [task for task in self.tasks if callback_token in _tokens(task.callback_url)]

    def double_submissions(self) -> list[list[Task]]:
        """Groups of two or more accepted tasks with the same prompt, clip and callback path: paid twice."""
        groups: defaultdict[tuple[str | None, str, str | None], list[Task]] = defaultdict(list)
        for task in self.tasks:
            groups[(task.prompt, self._clip_key(task), task.callback_path)].append(task)
        return [group for group in groups.values() if len(group) > 1]

    def _clip_key(self, task: Task) -> str:
        """The hash of a task's clip, known from the upload before the clip was fetched; else its URL."""
        uploaded = next((upload.sha256 for upload in self.uploads if upload.url == task.clip_url), None)
        return uploaded or task.clip_sha256 or task.clip_url

    def requests_to(self, endpoint: str) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.endpoint == endpoint]

    def open_exchange(self, endpoint: str, at: datetime, user_agent: str) -> Exchange:
        exchange = Exchange(len(self.exchanges) + 1, endpoint, at, user_agent)
        self.exchanges.append(exchange)
        self.note()
        return exchange

    def note(self) -> None:
        """Wake whoever waits for something to show up here."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, condition: Callable[[], bool], timeout_seconds: float) -> None:
        """Return once the condition holds.

        Raises:
            TimeoutError: it did not within this many real seconds.
        """
        async with asyncio.timeout(timeout_seconds):
            while not condition():
                await self._changed.wait()


def _submission(exchange: Exchange) -> Submission:
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        body = None
    fields = body if isinstance(body, dict) else {}
    return Submission(
        number=exchange.number,
        at=exchange.at,
        body=fields,
        accepted=exchange.task_id is not None,
        code=exchange.code,
        task_id=exchange.task_id,
        callback_url=fields.get("callBackUrl"),
        fault=exchange.fault,
    )


def _tokens(callback_url: str | None) -> set[str]:
    if callback_url is None:
        return set()
    parts = urlsplit(callback_url)
    values = [piece.partition("=")[2] for piece in parts.query.split("&")]
    return {*parts.path.split("/"), *values} - {""}
