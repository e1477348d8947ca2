"""Faults a test scripts: wrong answers, delays and broken connections for requests that match."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sandbox.discord.asks import RecordedRequest
from sandbox.discord.errors import REFUSALS, Refusal

When = Literal["before", "after"]
Hook = Callable[[RecordedRequest], Awaitable[None]]
BLOCK_PAGE: Final = (
    "<!doctype html><title>Access denied</title><h1>Error 1015: you are being rate limited</h1>"
)
PLAIN_MESSAGES: Final = {401: "401: Unauthorized", 403: "Forbidden", 404: "404: Not Found"}


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path glob: `*` and the `{names}` of a template stand for one step of the path, `**` for any rest."""
    parts = re.split(r"(\*\*|\*|\{[^}]*\})", glob)
    spelt = [
        ".*" if part == "**" else "[^/]+" if part == "*" or part[:1] == "{" else re.escape(part)
        for part in parts
    ]
    return re.compile("".join(spelt))


@dataclass(slots=True)
class Fault:
    """One scripted fault; `fired` counts the requests it met."""

    method: str
    pattern: re.Pattern[str]
    times: int | None  # None: for ever
    when: When
    status: int | None = None
    code: int = 0
    message: str = ""
    body: Any = None  # replaces the whole JSON body
    delay_seconds: float = 0.0
    resets: bool = False
    retry_after_seconds: float | None = None
    is_global: bool = False
    scope: str = "user"  # of a 429: user, or shared where others have used up the limit
    page: str | None = None  # HTML of the network in front, instead of JSON
    fired: int = 0
    requests: list[RecordedRequest] = field(default_factory=list)

    def matches(self, method: str, path: str) -> bool:
        spent = self.times is not None and self.fired >= self.times
        return not spent and self.method in {"*", method} and bool(self.pattern.fullmatch(path))

    def stop(self) -> None:
        """Let it match no more."""
        self.times = self.fired

    def refusal(self) -> Refusal | None:
        """The error it answers with, if it is that kind of fault."""
        if self.status is None:
            return None
        known = REFUSALS.get(self.code)
        message = self.message or (
            known[1] if known else PLAIN_MESSAGES.get(self.status, f"{self.status}: error")
        )
        return Refusal(self.status, self.code, message)


class Faults:
    """The faults in force. The first that matches, in the order they were scripted, meets the request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._hooks: list[tuple[str, re.Pattern[str], When, Hook]] = []

    def _add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def fail(
        self,
        method: str,
        route_glob: str,
        *,
        status: int | None = None,
        code: int = 0,
        times: int | None = 1,
        when: When = "before",
        message: str = "",
        body: Any = None,
    ) -> Fault:
        """Answer the next `times` matching requests with an error, before or after doing what they ask.

        Without a status, that of the JSON error code is taken; without a code, 500.
        """
        chosen = status if status is not None else REFUSALS.get(code, (500, ""))[0]
        pattern = glob_pattern(route_glob)
        return self._add(
            Fault(method, pattern, times, when, status=chosen, code=code, message=message, body=body)
        )

    def rate_limit(
        self,
        method: str,
        route_glob: str,
        retry_after_seconds: float,
        *,
        times: int | None = 1,
        is_global: bool = False,
    ) -> Fault:
        """Answer with 429."""
        fault = Fault(method, glob_pattern(route_glob), times, "before", status=429, is_global=is_global)
        fault.message = "You are being rate limited."
        fault.retry_after_seconds = retry_after_seconds
        return self._add(fault)

    def block(self, method: str, route_glob: str, *, times: int | None = 1) -> Fault:
        """Answer as the network in front of Discord does to addresses that sent too much that is invalid."""
        fault = Fault(method, glob_pattern(route_glob), times, "before", status=429, page=BLOCK_PAGE)
        return self._add(fault)

    def delay(
        self, method: str, route_glob: str, seconds: float, *, times: int | None = 1, when: When = "before"
    ) -> Fault:
        """Let matching requests wait before, or after, doing what they ask."""
        return self._add(Fault(method, glob_pattern(route_glob), times, when, delay_seconds=seconds))

    def reset(self, method: str, route_glob: str, *, times: int | None = 1, when: When = "before") -> Fault:
        """Break the connection before, or after, doing what is asked."""
        return self._add(Fault(method, glob_pattern(route_glob), times, when, resets=True))

    def on_request(self, method: str, route_glob: str, callback: Hook, *, when: When = "before") -> None:
        """Await `callback` with each matching request, before it is done or before it is answered."""
        self._hooks.append((method, glob_pattern(route_glob), when, callback))

    def clear(self) -> None:
        self._faults.clear()
        self._hooks.clear()

    async def reached(self, request: RecordedRequest, when: When) -> None:
        """Run the hooks that match at this point."""
        for method, pattern, moment, callback in list(self._hooks):
            if moment == when and method in {"*", request.method} and pattern.fullmatch(request.path):
                await callback(request)

    def take(self, request: RecordedRequest, when: When) -> Fault | None:
        """The fault this request meets now, counted as fired."""
        for fault in self._faults:
            if fault.when == when and fault.matches(request.method, request.path):
                fault.fired += 1
                fault.requests.append(request)
                return fault
        return None
