"""Sends requests to kie.ai and hands the answers to `wire`. No address, header or key leaves in an error."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field

import aiohttp
from aiohttp import Payload

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.operator.credits import shortage
from bot.ports import Made, TaskReport
from bot.providers.kie.clip_body import ClipStream, base64_json
from bot.providers.kie.multipart import clip_form
from bot.providers.kie.wire import results
from bot.providers.kie.wire.classify import accepted_content
from bot.providers.kie.wire.requests import (
    UPLOADS,
    Endpoint,
    empty_character,
    empty_task,
    upload_fields,
)
from bot.providers.kie.wire.strict_json import JsonValue

ANSWER_LIMIT_BYTES = 1024 * 1024
"""Real answers have a few kilobytes; a longer one counts as none."""


@dataclass(frozen=True, slots=True)
class KieTimeouts:
    """How long each kind of call may take in all, connecting included."""

    connect_seconds: float = 10
    create_task_seconds: float = 60
    create_character_seconds: float = 120
    read_seconds: float = 30
    upload_seconds: float = 120


@dataclass(frozen=True, slots=True)
class KieConfig:
    """Where the provider is and how to speak to it.

    `version` is ours, for the User-Agent; `tls` replaces the default trust store where an operator has one.
    Below `reserve_credits` a probe says that nothing is to be ordered.
    """

    api_base_url: str
    upload_base_url: str
    api_key: str = field(repr=False)
    timeouts: KieTimeouts = KieTimeouts()
    version: str = "0"
    reserve_credits: float = 0.0
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    endpoint: Endpoint
    limit_seconds: float
    params: Mapping[str, str] | None = None
    json: Mapping[str, JsonValue] | None = None
    body: Payload | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    http_status: int
    body: bytes


class KieClient:
    """The calls. `session` serves all of them but submissions; whoever made it closes it."""

    def __init__(self, session: aiohttp.ClientSession, config: KieConfig) -> None:
        self._session = session
        self._config = config

    async def create_task(self, body: Mapping[str, JsonValue]) -> str:
        """Submits a task, once (kie: createTask). Returns the task id.

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        call = _Call("POST", Endpoint.CREATE_TASK, self._config.timeouts.create_task_seconds, json=body)
        return results.task_id(await self._order(call))

    async def create_character(self, body: Mapping[str, JsonValue]) -> Made:
        """Has a character made of a picture, once; it comes in the answer (kie: Gemini Omni).

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        limit_seconds = self._config.timeouts.create_character_seconds
        return results.made_character(
            await self._order(_Call("POST", Endpoint.CREATE_CHARACTER, limit_seconds, json=body))
        )

    async def _order(self, call: _Call) -> JsonValue:
        """The content of the answer to something that is charged, asked for once."""
        # A kept connection that the other side has just closed looks, from here, like one that died after
        # the request: nobody would know whether a task exists. A connection of its own, made for this
        # request and closed behind it, leaves one reading: once it stands, anything lost is unknown.
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=self._session.trust_env,
        ) as session:
            return await self._ask(session, call)

    async def record_info(self, task_id: str) -> TaskReport:
        """How a task stands (kie: Get Task Detail).

        Raises:
            ProviderError: no usable answer.
        """
        limit_seconds = self._config.timeouts.read_seconds
        call = _Call("GET", Endpoint.RECORD_INFO, limit_seconds, params={"taskId": task_id})
        return results.task_report(await self._ask(self._session, call), task_id)

    async def probe(self, model: str) -> None:
        """Asks with an empty order, and for the balance, whether `model` would take a task; free.

        Raises:
            Refused: it would not, for this fault.
            ProviderError: no usable answer.
        """
        await self._probe(Endpoint.CREATE_TASK, empty_task(model))

    async def probe_characters(self) -> None:
        """Asks the same about characters of pictures; free.

        Raises:
            Refused, ProviderError: as `probe`.
        """
        await self._probe(Endpoint.CREATE_CHARACTER, empty_character())

    async def _probe(self, endpoint: Endpoint, order: Mapping[str, JsonValue]) -> None:
        try:
            await self._ask(
                self._session, _Call("POST", endpoint, self._config.timeouts.read_seconds, json=order)
            )
        except Refused as refusal:
            # "This field is required": everything else about the order was found to be in order.
            if refusal.fault is not Fault.REQUEST_INVALID:
                raise
        fault = shortage(await self.credit(), self._config.reserve_credits)
        if fault is not None:
            raise Refused(fault, text="the balance does not allow it")

    async def credit(self) -> float:
        """The account's remaining credits, which every other use of the account shares (kie: Get Credits).

        Raises:
            ProviderError: no usable answer.
        """
        call = _Call("GET", Endpoint.CREDIT, self._config.timeouts.read_seconds)
        return results.balance(await self._ask(self._session, call))

    async def upload_stream(
        self,
        name: str | None,
        content_type: str,
        chunks: AsyncIterator[bytes],
        size_bytes: int,
        upload_path: str,
    ) -> str:
        """Uploads a file as it comes (kie: File Stream Upload). Returns its public address.

        `name`, with extension, replaces any file of that name; with None the provider makes one up. What
        `chunks` raises comes through as it is, and then no whole file has left.

        Raises:
            StreamMismatch: `chunks` does not hold `size_bytes`.
            ProviderError: it did not work.
        """
        clip = ClipStream(chunks, size_bytes)
        form = clip_form(upload_fields(upload_path, name), name, content_type, clip)
        return await self._upload(Endpoint.UPLOAD, form, clip)

    async def upload_base64(
        self, name: str | None, chunks: AsyncIterator[bytes], size_bytes: int, upload_path: str
    ) -> str:
        """Uploads a file as text, a third longer, also as it comes (kie: Base64 File Upload).

        Returns and raises what `upload_stream` does; the type is found out there.
        """
        clip = ClipStream(chunks, size_bytes)
        body = base64_json(upload_fields(upload_path, name), clip)
        return await self._upload(Endpoint.UPLOAD_BASE64, body, clip)

    async def upload_url(self, name: str | None, url: str, size_bytes: int, upload_path: str) -> str:
        """Has the provider fetch a file, within 30 seconds (kie: File URL Upload). Returns its new address.

        Raises:
            ProviderError: it did not work, or what it fetched has not `size_bytes`.
        """
        fields: dict[str, JsonValue] = {**upload_fields(upload_path, name), "fileUrl": url}
        limit_seconds = self._config.timeouts.upload_seconds
        call = _Call("POST", Endpoint.UPLOAD_URL, limit_seconds, json=fields)
        return results.fetched_url(await self._ask(self._session, call), size_bytes)

    async def _upload(self, endpoint: Endpoint, body: Payload, clip: ClipStream) -> str:
        call = _Call("POST", endpoint, self._config.timeouts.upload_seconds, body=body)
        try:
            content = await self._ask(self._session, call)
        except ProviderError:
            if clip.failure is not None:
                raise clip.failure from None
            raise
        finally:
            if isinstance(clip.chunks, AsyncGenerator):
                await clip.chunks.aclose()
        if not clip.complete:
            raise Unanswered(Fault.NONSENSE, text="accepted before the end")
        return results.download_url(content)

    async def _ask(self, session: aiohttp.ClientSession, call: _Call) -> JsonValue:
        """The content of the answer when it says yes."""
        answer = await self._answer(session, call)
        return accepted_content(call.endpoint, answer.http_status, answer.body)

    async def _answer(self, session: aiohttp.ClientSession, call: _Call) -> _Answer:
        failure: ProviderError
        try:
            async with asyncio.timeout(call.limit_seconds):
                return await self._exchange(session, call)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            # Name look-up, connection or TLS: aiohttp writes the first byte only after these.
            failure = NotSent(Fault.UNREACHABLE, text=type(error).__name__)
        except (aiohttp.ClientError, OSError) as error:  # asyncio's TimeoutError is an OSError
            failure = Unanswered(Fault.UNREACHABLE, text=type(error).__name__)
        # Raised out here, so that the error does not drag aiohttp's along: its text holds the address, and
        # its repr() the Authorization header.
        raise failure

    async def _exchange(self, session: aiohttp.ClientSession, call: _Call) -> _Answer:
        upload = call.endpoint in UPLOADS
        base_url = self._config.upload_base_url if upload else self._config.api_base_url
        connect_seconds = self._config.timeouts.connect_seconds
        async with session.request(
            call.method,
            base_url.rstrip("/") + call.endpoint,
            params=call.params,
            json=call.json,
            data=call.body,
            headers=self._headers(),
            timeout=aiohttp.ClientTimeout(connect=connect_seconds, sock_connect=connect_seconds),
            ssl=self._config.tls or True,
            # The key goes to the configured hosts and nowhere else.
            allow_redirects=False,
            raise_for_status=False,
        ) as response:
            return _Answer(response.status, self._without_key(await _body(response)))

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._config.api_key}",
            # Both hosts refuse the default agents of HTTP libraries with a bare 403.
            "User-Agent": f"Dramatis/{self._config.version} (+self-hosted Discord bot)",
            "Accept": "application/json",
            # Small answers gain nothing from compression, and a compressed one can be a bomb.
            "Accept-Encoding": "identity",
        }

    def _without_key(self, body: bytes) -> bytes:
        key = self._config.api_key.encode("utf-8")
        return body.replace(key, b"[key]") if key else body


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, or nothing when it is too long to be an answer."""
    found = bytearray()
    async for chunk in response.content.iter_chunked(ANSWER_LIMIT_BYTES):
        found += chunk
        if len(found) > ANSWER_LIMIT_BYTES:
            return b""
    return bytes(found)
