"""The listener: answers whether the process lives and whether it can do its job."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

Check = Callable[[], Awaitable[bool]]
CHECKS = web.AppKey("checks", Mapping[str, Check])

log = structlog.get_logger(__name__)


async def healthz(_request: web.Request) -> web.Response:
    """The event loop turns. Discord's or the provider's absence is no reason to restart us."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Every check by name; 503 while one of them fails."""
    results = {name: await check() for name, check in request.app[CHECKS].items()}
    ready = all(results.values())
    body = {"status": "ready" if ready else "not ready", "checks": results}
    return web.json_response(body, status=200 if ready else 503)


@asynccontextmanager
async def listener(host: str, port: int, checks: Mapping[str, Check]) -> AsyncIterator[int]:
    """Listens while the context lasts; yields the port, which the system chooses for 0."""
    app = web.Application()
    app[CHECKS] = checks
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        log.info("listening", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()
