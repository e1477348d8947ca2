"""Orders faults: per endpoint, for the next requests, before or after the work is done."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from sandbox.kie.answers import refusal, upload_refusal
from sandbox.kie.clock import SandboxClock
from sandbox.kie.ledger import Exchange
from sandbox.kie.spoils import Cut, Drip, Flood, Replace, Reset, Spoil, When

FILE = "file"
UPLOAD_ENDPOINTS = ("file-stream-upload", "file-base64-upload", "file-url-upload")
OMNI_CHARACTER = "omni-character"
API_ENDPOINTS = ("createTask", OMNI_CHARACTER, "recordInfo", "credit", "download-url")
ENDPOINTS = (*API_ENDPOINTS, *UPLOAD_ENDPOINTS, FILE)

Stage = Literal["arrival", "before", "after"]
Hook = Callable[[Exchange], Awaitable[None]]

GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
EDGE_PAGE = (
    "<!DOCTYPE html><html><head><title>Access denied</title></head>"
    "<body><h1>Error 1010</h1><p>error code: 1010</p></body></html>"
)
EDGE_HEADERS = {"Server": "cloudflare", "CF-RAY": "0123456789abcdef-FRA"}

_T = TypeVar("_T")


class UnknownEndpoint(ValueError):
    """A fault was ordered for an endpoint that does not exist."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"{endpoint!r} is none of {', '.join(ENDPOINTS)}")
        self.endpoint = endpoint


@dataclass(slots=True)
class _Planned(Generic[_T]):
    """Something ordered for the next `times_left` requests; None: for all."""

    what: _T
    times_left: int | None


class _Plan(Generic[_T]):
    """First in, first out; an order without a number stays until it is cleared."""

    def __init__(self) -> None:
        self._orders: list[_Planned[_T]] = []

    def add(self, what: _T, times: int | None) -> None:
        self._orders.append(_Planned(what, times))

    def next(self) -> _T | None:
        """Use up one time of the oldest order."""
        return self._use(self._orders[0]) if self._orders else None

    def all(self) -> list[_T]:
        """Use up one time of every order."""
        return [self._use(order) for order in tuple(self._orders)]

    def _use(self, order: _Planned[_T]) -> _T:
        if order.times_left is not None:
            order.times_left -= 1
            if order.times_left <= 0:
                self._orders.remove(order)
        return order.what


class Faults:
    """What goes wrong next. Every order takes an endpoint of `ENDPOINTS` and `times` (None: until `clear`).

    Faults of one endpoint are met one after the other, one per request; so are delays of one stage.
    Hooks are all met by each request.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget all orders."""
        self._spoils: defaultdict[str, _Plan[Spoil]] = defaultdict(_Plan)
        self._delays: defaultdict[tuple[str, Stage], _Plan[float]] = defaultdict(_Plan)
        self._hooks: defaultdict[tuple[str, Stage], _Plan[Hook]] = defaultdict(_Plan)

    def order(self, endpoint: str, spoil: Spoil, times: int | None = 1) -> None:
        """Plan any fault.

        Raises:
            UnknownEndpoint: no such endpoint.
        """
        self._spoils[_known(endpoint)].add(spoil, times)

    def refuse(
        self, endpoint: str, *, code: int, msg: str = "refused", times: int | None = 1, status: int = 200
    ) -> None:
        """Answer with an application error; nothing is done."""
        body = upload_refusal(code, msg) if endpoint in UPLOAD_ENDPOINTS else refusal(code, msg)
        self.answer(endpoint, body, status=status, times=times)

    def answer(
        self,
        endpoint: str,
        body: object,
        *,
        status: int = 200,
        times: int | None = 1,
        when: When = "before",
        content_type: str = "application/json",
    ) -> None:
        """Answer with this body: bytes and text as they are, anything else as JSON."""
        raw = (
            body
            if isinstance(body, bytes)
            else (body if isinstance(body, str) else json.dumps(body)).encode()
        )
        self.order(endpoint, Replace("answer", when, status, raw, content_type), times)

    def http(
        self,
        endpoint: str,
        *,
        status: int = 502,
        body: str = GATEWAY_PAGE,
        times: int | None = 1,
        when: When = "before",
        content_type: str = "text/html",
    ) -> None:
        """Answer with an HTTP error of the CDN or a proxy."""
        self.order(endpoint, Replace("http", when, status, body.encode(), content_type), times)

    def edge_refusal(self, endpoint: str, *, times: int | None = 1) -> None:
        """HTTP 403 with an HTML page naming error 1010: the CDN, not the provider."""
        page = Replace("edge", "before", 403, EDGE_PAGE.encode(), "text/html", EDGE_HEADERS)
        self.order(endpoint, page, times)

    def empty(self, endpoint: str, *, times: int | None = 1, when: When = "before") -> None:
        """HTTP 200 without a body."""
        self.order(endpoint, Replace("empty", when, 200, b""), times)

    def null_data(self, endpoint: str, *, times: int | None = 1, when: When = "before") -> None:
        """Code 200 and `data` null."""
        self.answer(endpoint, {"code": 200, "msg": "success", "data": None}, times=times, when=when)

    def truncate(self, endpoint: str, *, times: int | None = 1) -> None:
        """Do the work, then send the first half of the answer as if it were all."""
        self.order(endpoint, Cut(), times)

    def reset(
        self, endpoint: str, *, when: Literal["before", "after", "midway"] = "before", times: int | None = 1
    ) -> None:
        """Reset the connection: request read and nothing done, all done, or half the answer sent."""
        self.order(endpoint, Reset("before" if when == "before" else "after", midway=when == "midway"), times)

    def redirect(self, endpoint: str, location: str, *, status: int = 307, times: int | None = 1) -> None:
        """Send the client elsewhere; nothing is done."""
        self.order(
            endpoint, Replace("redirect", "before", status, b"", headers={"Location": location}), times
        )

    def drip(self, endpoint: str, *, seconds_per_byte: float, times: int | None = 1) -> None:
        """Do the work, then send the answer byte by byte."""
        self.order(endpoint, Drip(self._clock, seconds_per_byte), times)

    def flood(self, endpoint: str, *, size_bytes: int, times: int | None = 1, when: When = "after") -> None:
        """Send an answer of about this size."""
        self.order(endpoint, Flood(size_bytes, when), times)

    def delay(self, endpoint: str, seconds: float, *, when: Stage = "before", times: int | None = 1) -> None:
        """Hold a request until so long after its arrival.

        It stands still at once (only the headers read), before the work (body read), or after it, unanswered.
        """
        self._delays[_known(endpoint), when].add(seconds, times)

    def on_request(
        self, endpoint: str, callback: Hook, *, when: Stage = "before", times: int | None = None
    ) -> None:
        """Await a callback at that stage; whatever it does (kill a process, say) happens before we go on."""
        self._hooks[_known(endpoint), when].add(callback, times)

    def take(self, endpoint: str) -> Spoil | None:
        """The fault the present request meets."""
        return self._spoils[endpoint].next()

    async def pass_stage(self, exchange: Exchange, stage: Stage) -> None:
        """Run the hooks and sit out the delays of one stage."""
        for hook in self._hooks[exchange.endpoint, stage].all():
            await hook(exchange)
        seconds = self._delays[exchange.endpoint, stage].next()
        if seconds is not None:
            await self._clock.sleep_until(exchange.at + timedelta(seconds=seconds))


def _known(endpoint: str) -> str:
    if endpoint not in ENDPOINTS:
        raise UnknownEndpoint(endpoint)
    return endpoint
