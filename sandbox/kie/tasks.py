"""One task: what was ordered, what state it is in at a given moment, how it ended."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from sandbox.kie.inputs import CharacterRequest
from sandbox.kie.outcomes import Outcome

SUCCESS = "success"
FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Clip:
    """What a fetch of the clip's URL brought. `head` holds the first bytes, enough for a signature."""

    size_bytes: int
    sha256: str
    head: bytes


@dataclass(frozen=True, slots=True)
class End:
    """How a task ended. `result_json` is what the record carries, whatever its type."""

    state: str
    at: datetime
    result_json: object = ""
    fail_code: str | int | None = None
    fail_message: str | None = None


@dataclass(slots=True, eq=False)
class Task:
    """An accepted task. `ends_at` is None for one that never ends by itself.

    `clip_fault` is the (failCode, failMsg) that the fetch of the clip earned, once `clip_judged` is set.
    `forgotten_code` is set once the provider has lost the record.
    """

    task_id: str
    request: CharacterRequest
    outcome: Outcome
    accepted_at: datetime
    ends_at: datetime | None
    charged_credits: Decimal
    character_id: str
    clip: Clip | None = None
    clip_fault: tuple[str, str] | None = None
    clip_judged: asyncio.Event = field(default_factory=asyncio.Event)
    end: End | None = None
    forgotten_code: int | None = None

    @property
    def prompt(self) -> str | None:
        return self.request.prompt

    @property
    def safety(self) -> str | None:
        return self.request.safety

    @property
    def clip_url(self) -> str:
        return self.request.clip_url

    @property
    def clip_sha256(self) -> str | None:
        return self.clip.sha256 if self.clip else None

    @property
    def callback_url(self) -> str | None:
        return self.request.callback_url

    @property
    def callback_path(self) -> str | None:
        """The path of the callback URL, where a caller keeps the token of its attempt."""
        return urlsplit(self.request.callback_url).path if self.request.callback_url else None

    def state_at(self, now: datetime) -> str:
        """The word `state` shows: the end, or the share of the path that the time passed has reached."""
        if self.end:
            return self.end.state
        path = self.outcome.path
        if self.ends_at is None:
            return path[-1]
        total_seconds = (self.ends_at - self.accepted_at).total_seconds()
        passed_seconds = (now - self.accepted_at).total_seconds()
        if total_seconds <= 0 or passed_seconds >= total_seconds:
            return path[-1]
        return path[max(0, int(len(path) * passed_seconds / total_seconds))]

    def is_due(self, now: datetime) -> bool:
        return self.end is None and self.ends_at is not None and now >= self.ends_at
