"""The way of every request: the CDN's look at the agent, planned faults, the work, the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.kie.account import is_library_agent
from sandbox.kie.answers import refusal, upload_refusal
from sandbox.kie.background import Background
from sandbox.kie.clock import SandboxClock
from sandbox.kie.faults import EDGE_HEADERS, EDGE_PAGE, FILE, UPLOAD_ENDPOINTS, Faults
from sandbox.kie.inputs import Refused
from sandbox.kie.ledger import Exchange, Ledger

Work = Callable[[web.Request, Exchange], Awaitable[Mapping[str, Any] | web.Response]]
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]

# As the real hosts: behind a CDN that sets a cookie, and without any rate-limit header.
_HOST_HEADERS = {
    "Server": "cloudflare",
    "CF-RAY": "0123456789abcdef-FRA",
    "Set-Cookie": "__cf_bm=sandbox; path=/; HttpOnly",
}


class Front:
    """Wraps the work of an endpoint with everything that may happen around it."""

    def __init__(self, clock: SandboxClock, ledger: Ledger, faults: Faults, background: Background) -> None:
        self._clock = clock
        self._ledger = ledger
        self._faults = faults
        self._background = background
        self._serving: set[asyncio.Task[None]] = set()

    def route(self, endpoint: str, work: Work) -> Route:
        """A handler for aiohttp's router."""

        async def serve(request: web.Request) -> web.StreamResponse:
            if task := asyncio.current_task():
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)
            try:
                return await self._serve(endpoint, request, work)
            except (ConnectionError, web.RequestPayloadError):
                return web.Response()  # the client has gone; nobody reads this
            except web.HTTPException:
                raise
            except Exception as defect:
                self._background.note(defect)
                raise

        return serve

    async def close(self) -> None:
        """Ends what is still served to clients that have gone: aiohttp knows nothing of it any more."""
        serving = tuple(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, endpoint: str, request: web.Request, work: Work) -> web.StreamResponse:
        agent = request.headers.get("User-Agent", "")
        exchange = self._ledger.open_exchange(endpoint, self._clock.now(), agent)
        await self._faults.pass_stage(exchange, "arrival")
        if endpoint != FILE and is_library_agent(agent):
            exchange.fault = "edge"
            return self._settled(exchange, edge_refusal())
        if request.content_type != "multipart/form-data":
            exchange.body = await request.read()
        await self._faults.pass_stage(exchange, "before")
        spoil = self._faults.take(endpoint)
        exchange.fault = spoil.name if spoil else None
        answer = web.Response()
        if spoil is None or spoil.when == "after":
            answer = await _answered(work, request, exchange)
        self._settled(exchange, answer)
        await self._faults.pass_stage(exchange, "after")
        return await spoil.act(request, answer) if spoil else answer

    def _settled(self, exchange: Exchange, answer: web.Response) -> web.Response:
        exchange.settled = True
        if exchange.endpoint in UPLOAD_ENDPOINTS:
            exchange.body = b""
        self._ledger.note()
        return answer


async def _answered(work: Work, request: web.Request, exchange: Exchange) -> web.Response:
    status = 200
    try:
        body = await work(request, exchange)
    except Refused as refused:
        status = refused.http_status
        refuse = upload_refusal if exchange.endpoint in UPLOAD_ENDPOINTS else refusal
        body = refuse(refused.code, refused.message)
    if isinstance(body, web.Response):
        return body
    exchange.code = body["code"]
    return web.json_response(body, status=status, headers=_HOST_HEADERS)


def edge_refusal() -> web.Response:
    """What the CDN sends to an agent it does not like."""
    return web.Response(status=403, text=EDGE_PAGE, content_type="text/html", headers=EDGE_HEADERS)
