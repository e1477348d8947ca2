"""The REST side: from an HTTP request through recording, faults, limits and checks to its answer."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiohttp import BodyPartReader, hdrs, web

from sandbox.discord import (
    rest_callbacks,
    rest_commands,
    rest_identity,
    rest_messages,
    rest_reactions,
    rest_threads,
    rest_webhooks,
)
from sandbox.discord.asks import Answer, Ask, RecordedRequest, Route
from sandbox.discord.errors import Refusal, not_found, refusal, unauthorized
from sandbox.discord.faults import Fault, Faults
from sandbox.discord.form import Upload
from sandbox.discord.hub import Json
from sandbox.discord.limits import Bucket, RateLimits
from sandbox.discord.openapi import Checker
from sandbox.discord.world import World

PREFIX: Final = "/api/v10"
ROUTES: Final[tuple[Route, ...]] = (
    *rest_identity.ROUTES,
    *rest_commands.ROUTES,
    *rest_callbacks.ROUTES,
    *rest_webhooks.ROUTES,
    *rest_messages.ROUTES,
    *rest_reactions.ROUTES,
    *rest_threads.ROUTES,
)
WITHOUT_BOT_TOKEN: Final = ("/interactions/", "/webhooks/", "/gateway")  # and not /gateway/bot
TOO_MANY: Final = 429
REQUEST_LIMIT_BYTES: Final = 25 * 1024 * 1024  # Discord: Reference, Uploading Files
FIRST_ERROR: Final = 400  # HTTP statuses from here on are errors


class RestDesk:
    """Answers everything below /api/v10."""

    def __init__(self, world: World, token: str, checker: Checker | None) -> None:
        self.world = world
        self.faults = Faults()
        self.limits = RateLimits(world.clock.monotonic)
        self.requests: list[RecordedRequest] = []
        self.mistakes: list[Exception] = []  # of the sandbox itself
        self.token = token
        self._checker = checker

    def add_routes(self, app: web.Application, more: Sequence[Route] = ()) -> None:
        """Register every known route, and a last one for all others."""
        for route in (*more, *ROUTES):
            app.router.add_route(route.method, PREFIX + route.template, self._answerer(route))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._answerer(None))

    def _answerer(self, route: Route | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route)

        return answer

    async def _serve(self, request: web.Request, route: Route | None) -> web.StreamResponse:
        is_too_big = (request.content_length or 0) > REQUEST_LIMIT_BYTES
        body, uploads, is_broken = (None, (), False) if is_too_big else await read_body(request)
        record = self._recorded(request, route, body, uploads)
        self.requests.append(record)
        self.world.changed()
        if self._checker is not None:
            self._checker.check(record.method, record.route or record.path, record.query, body)
        await self.faults.reached(record, "before")
        bucket = self.limits.bucket(request.method, route.template if route else "", request.match_info)
        allowed = self.limits.take(bucket)
        fault = self.faults.take(record, "before")
        if fault and (spoilt := await self._spoil(request, fault, record, bucket)):
            return spoilt
        if not allowed:
            return self._too_many(record, bucket, self.limits.left_seconds(bucket), is_global=False)
        ask = Ask(self.world, request.match_info, request.query, body, uploads)
        spoilt_body = 40005 if is_too_big else 50109 if is_broken else None
        answer = self._answer(request, route, ask, spoilt_body)
        await self.faults.reached(record, "after")
        fault = self.faults.take(record, "after")
        if fault and (spoilt := await self._spoil(request, fault, record, bucket)):
            return spoilt
        return self._respond(record, bucket, answer)

    def _recorded(
        self, request: web.Request, route: Route | None, body: Any, uploads: Sequence[Upload]
    ) -> RecordedRequest:
        headers = {name: value for name, value in request.headers.items() if name != hdrs.AUTHORIZATION}
        return RecordedRequest(
            method=request.method,
            path=request.path.removeprefix(PREFIX),
            route=route.template if route else "",
            query=dict(request.query),
            json=body,
            filenames=tuple(upload.filename for upload in uploads),
            headers=headers,
            at=self.world.clock.monotonic(),
        )

    def _answer(self, request: web.Request, route: Route | None, ask: Ask, body_fault: int | None) -> Answer:
        """Do what is asked; a refusal becomes an answer too, and so does a mistake of the sandbox itself."""
        try:
            return self._checked(request, route, body_fault).answer(ask)
        except Refusal as refused:
            return Answer(refused.status, refused.body())
        except Exception as mistake:  # noqa: BLE001  # shown when the sandbox closes; the bot must get an answer
            self.mistakes.append(mistake)
            return Answer(500, {"message": "500: Internal Server Error", "code": 0})

    def _checked(self, request: web.Request, route: Route | None, body_fault: int | None) -> Route:
        """The route, once the request may go there.

        Raises:
            Refusal: 401, 404, or the fault of the body.
        """
        path = request.path.removeprefix(PREFIX)
        if not self._is_authorized(request, path):
            raise unauthorized()
        if route is None:
            raise not_found()
        if body_fault is not None:
            raise refusal(body_fault)
        return route

    def _is_authorized(self, request: web.Request, path: str) -> bool:
        if path != "/gateway/bot" and path.startswith(WITHOUT_BOT_TOKEN):
            return True
        return request.headers.get(hdrs.AUTHORIZATION) == f"Bot {self.token}"

    async def _spoil(
        self, request: web.Request, fault: Fault, record: RecordedRequest, bucket: Bucket
    ) -> web.StreamResponse | None:
        """Apply a fault; None when the request goes on as if nothing had been."""
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault.resets:
            reset_connection(request)
            record.status = 0
            return web.Response(status=500)  # nobody receives it
        if fault.page is not None:
            record.status = fault.status
            return web.Response(status=fault.status or TOO_MANY, text=fault.page, content_type="text/html")
        if fault.retry_after_seconds is not None:
            return self._too_many(
                record,
                bucket,
                fault.retry_after_seconds,
                is_global=fault.is_global,
                scope=fault.scope,
            )
        refused = fault.refusal()
        if refused is None:
            return None
        return self._respond(record, bucket, Answer(refused.status, fault.body or refused.body()))

    def _too_many(
        self,
        record: RecordedRequest,
        bucket: Bucket,
        retry_after_seconds: float,
        *,
        is_global: bool,
        scope: str = "user",
    ) -> web.Response:
        body: Json = {"message": "You are being rate limited.", "global": is_global}
        body["retry_after"] = round(retry_after_seconds, 3)
        response = self._respond(record, bucket, Answer(TOO_MANY, body))
        response.headers["Via"] = "1.1 google"  # its absence marks a block by the network in front of Discord
        response.headers["Retry-After"] = str(max(1, round(retry_after_seconds)))
        response.headers["X-RateLimit-Scope"] = "global" if is_global else scope
        if is_global:
            response.headers["X-RateLimit-Global"] = "true"
        return response

    def _respond(self, record: RecordedRequest, bucket: Bucket, answer: Answer) -> web.Response:
        record.status = answer.status
        record.answer = answer.body
        is_error = answer.status >= FIRST_ERROR and isinstance(answer.body, dict)
        record.code = answer.body.get("code", 0) if is_error else 0
        clock = self.world.clock
        headers = bucket.headers(clock.monotonic(), clock.now().timestamp())
        self.world.changed()
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        encoded = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
        # discord.py compares the type as a whole; a charset behind it would hide the JSON.
        return web.Response(
            status=answer.status, body=encoded, headers=headers, content_type="application/json"
        )


async def read_body(request: web.Request) -> tuple[Any, tuple[Upload, ...], bool]:
    """The JSON of a request, its files, and whether the JSON was broken."""
    uploads: list[Upload] = []
    if request.content_type.startswith("multipart/"):
        text = await _read_parts(request, uploads)
    else:
        text = await request.read()
    if not text:
        return None, tuple(uploads), False
    try:
        return json.loads(text), tuple(uploads), False
    except ValueError:
        return None, tuple(uploads), True


async def _read_parts(request: web.Request, uploads: list[Upload]) -> bytes:
    text = b""
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read())
        name = part.name or ""
        if name == "payload_json":
            text = content
        elif name.startswith("files["):
            uploads.append(Upload(int(name[6:-1]), part.filename or "unknown", content))
    return text


def reset_connection(request: web.Request) -> None:
    """Break the TCP connection so that the other side sees a reset."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
