"""The listener: answers whether the process lives and whether it can do its job."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from bot.errors import DramatisError

CHECK_SECONDS = 3.0
"""Who asks whether we are ready waits hardly longer."""
Check = Callable[[], Awaitable[bool]]
CHECKS = web.AppKey("checks", Mapping[str, Check])

log = structlog.get_logger(__name__)


class CannotListen(DramatisError):
    """The address cannot be listened on; `cause` is the system's word for it."""

    def __init__(self, host: str, port: int, cause: str) -> None:
        super().__init__(host, port, cause)
        self.host = host
        self.port = port
        self.cause = cause


async def healthz(_request: web.Request) -> web.Response:
    """The event loop turns. Discord's or the provider's absence is no reason to restart us."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Every check by name; 503 while one of them fails."""
    results = {name: await _passes(name, check) for name, check in request.app[CHECKS].items()}
    ready = all(results.values())
    body = {"status": "ready" if ready else "not ready", "checks": results}
    return web.json_response(body, status=200 if ready else 503)


async def _passes(name: str, check: Check) -> bool:
    """What breaks or hangs is not ready either."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception:
        log.exception("check_failed", check=name)
        return False


@asynccontextmanager
async def listener(
    host: str, port: int, checks: Mapping[str, Check], routes: Sequence[web.RouteDef] = ()
) -> AsyncIterator[int]:
    """Serves health and `routes` while the context lasts; yields the port, which the system chooses for 0.

    Raises:
        CannotListen: the port is taken, or not ours to take, or there is no such address here.
    """
    app = web.Application()
    app[CHECKS] = checks
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), *routes])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotListen(host, port, str(error)) from error
        bound = runner.addresses[0][1]
        log.info("listening", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()
