"""What the provider itself sends out: fetches of clips, and callbacks. Never beyond loopback."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

# The provider's own fetch gives up after this long (File Upload API, URL upload page).
FETCH_TIMEOUT_SECONDS = 30.0
# A receiver of a callback has this long to answer (callback pages of the sibling APIs).
CALLBACK_TIMEOUT_SECONDS = 15.0
# As much of a receiver's answer as is worth keeping.
KEPT_ANSWER_BYTES = 4096
_CHUNK_BYTES = 64 * 1024

OWN_AGENT = "kie-sandbox/1.0"


class Unreachable(Exception):
    """A URL that brought nothing. `reason` is for a test's eyes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver of a callback answered."""

    status: int
    answer: bytes


class Outbound:
    """One session for everything that leaves; redirects are not followed."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    def open(cls) -> Self:
        return cls(aiohttp.ClientSession(trust_env=False, headers={"User-Agent": OWN_AGENT}))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, url: str, take: Callable[[bytes], None]) -> None:
        """GET a URL and pass its body on in pieces.

        Raises:
            Unreachable: not on loopback, no connection, too slow, or a status other than 200.
        """
        refuse_beyond_loopback(url)
        limit = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
        try:
            async with self._session.get(url, timeout=limit, allow_redirects=False) as response:
                if response.status != 200:  # noqa: PLR2004 - the status itself is the clearest name
                    raise Unreachable(f"HTTP {response.status}")
                async for piece in response.content.iter_chunked(_CHUNK_BYTES):
                    take(piece)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """POST a callback.

        Raises:
            Unreachable: not on loopback, no connection, or no answer in time.
        """
        refuse_beyond_loopback(url)
        limit = aiohttp.ClientTimeout(total=CALLBACK_TIMEOUT_SECONDS)
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                return Receipt(response.status, (await response.content.read(KEPT_ANSWER_BYTES)))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error


def refuse_beyond_loopback(url: str) -> None:
    """Let only this machine's own addresses pass.

    Raises:
        Unreachable: the URL names another host.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise Unreachable("host is not on loopback")
