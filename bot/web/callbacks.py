"""`POST /callbacks/kie/{token}`: checks who calls, answers at once, and has the task looked at.

The cheap checks come first, so that junk costs next to nothing: the token is known, the headers are
well-formed and fresh, and only then is a bounded body read. Of the body nothing counts but the task's id.

One more token is known, `doctor_token`: what comes under it is checked and answered like a callback, and has
no task behind it.
"""

import asyncio
import hmac
import re
from collections.abc import Sequence

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.jobs.hints import HintOutcome, Hints
from bot.ports import Clock
from bot.providers.kie.wire.signature import (
    BODY_LIMIT_BYTES,
    CallbackFlaw,
    Stamp,
    named_task,
    read_hint,
    read_stamp,
)

PATH = "/callbacks/kie/{token}"
TOKEN = re.compile(r"[0-9a-f]{32}")
BODY_SECONDS = 5.0
"""The provider waits 15 s for an answer; a sender that takes longer for its body is none we know."""
HINT_SECONDS = 0.8
"""How long the answer may wait for the row to be written; after that polling finds the task anyway."""
RECEIVED = {"code": 200, "msg": "success"}
DOCTOR = b"dramatis doctor"

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """Ends a request with a status and an empty body: whoever has no business here learns nothing."""

    def __init__(self, status: int, flaw: str) -> None:
        super().__init__(status, flaw)
        self.status = status
        self.flaw = flaw


class KieCallbacks:
    """The route. Without `keys` a caller who knows the token may have its own task looked at, and no more.

    `doctor_token` is the one of `python -m bot doctor`.
    """

    def __init__(self, hints: Hints, keys: Sequence[str], clock: Clock, doctor_token: str) -> None:
        self._hints = hints
        self._keys = tuple(keys)
        self._clock = clock
        self._doctor_token = doctor_token
        self._taking: set[asyncio.Task[HintOutcome]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """200 for a callback of ours, whatever it says; 4xx with an empty body for everything else."""
        try:
            token, task_id, signed = await self._checked(request)
        except Refusal as refusal:
            log.info("callback_refused", status=refusal.status, flaw=refusal.flaw)
            return web.Response(status=refusal.status)
        if token == self._doctor_token:
            return web.json_response(RECEIVED)
        hinting = asyncio.create_task(self._hints.take(token, task_id, signed=signed))
        self._taking.add(hinting)
        hinting.add_done_callback(self._taken)
        await asyncio.wait([hinting], timeout=HINT_SECONDS)
        return web.json_response(RECEIVED)

    def _taken(self, hinting: asyncio.Task[HintOutcome]) -> None:
        self._taking.discard(hinting)
        if not hinting.cancelled() and (error := hinting.exception()) is not None:
            log.error("hint_not_stored", exc_info=error)

    async def _checked(self, request: web.Request) -> tuple[str, str, bool]:
        token = request.match_info["token"]
        if not TOKEN.fullmatch(token) or not await self._is_known(token):
            raise Refusal(404, "unknown_token")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refusal(415, "encoded")
        if request.content_type != "application/json":
            raise Refusal(415, "not_json")
        if not self._keys:
            return token, _believed(named_task(await _body(request))), False
        stamp = read_stamp(request.headers.items(), self._clock.now())
        if isinstance(stamp, CallbackFlaw):
            raise Refusal(401, stamp)
        return token, self._signed_task(stamp, await _body(request)), True

    async def _is_known(self, token: str) -> bool:
        return token == self._doctor_token or await self._hints.is_expected(token)

    def _signed_task(self, stamp: Stamp, body: bytes) -> str:
        hint = read_hint(stamp, body, self._keys)
        if isinstance(hint, CallbackFlaw):
            raise Refusal(401 if hint is CallbackFlaw.FORGED else 400, hint)
        return hint.task_id


def doctor_token(secret: str) -> str:
    """The token of the operator's own test, known to whoever has the bot's secret."""
    return hmac.digest(secret.encode(), DOCTOR, "sha256").hex()[:32]


def _believed(task_id: str | CallbackFlaw) -> str:
    if isinstance(task_id, CallbackFlaw):
        raise Refusal(400, task_id)
    return task_id


async def _body(request: web.Request) -> bytes:
    """The body, bounded in size and time.

    Raises:
        Refusal: it is too large, too slow, or breaks the protocol.
    """
    if (request.content_length or 0) > BODY_LIMIT_BYTES:
        raise Refusal(413, "too_large")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.content.read(BODY_LIMIT_BYTES + 1)
            while not request.content.at_eof() and len(body) <= BODY_LIMIT_BYTES:
                body += await request.content.read(BODY_LIMIT_BYTES + 1 - len(body))
    except TimeoutError:
        raise Refusal(408, "slow") from None
    except (web.RequestPayloadError, web.PayloadAccessError, HttpProcessingError, ConnectionError):
        raise Refusal(400, "broken") from None
    if len(body) > BODY_LIMIT_BYTES:
        raise Refusal(413, "too_large")
    return body
