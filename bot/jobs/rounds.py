"""Work that comes round again and again beside the jobs: sweeps, reminders, signs of life."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

log = structlog.get_logger(__name__)


@asynccontextmanager
async def rounds(
    work: Callable[[], Awaitable[None]], *, every_seconds: float, failed: str, at_once: bool = True
) -> AsyncIterator[None]:
    """Does `work` now (else after a first pause) and then again and again, for as long as the block.

    A round that raises is logged as the event `failed`, with its traceback; the next one comes all the same.
    """
    loop = asyncio.create_task(_run(work, every_seconds, failed, at_once=at_once), name=failed)
    try:
        yield
    finally:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


async def _run(
    work: Callable[[], Awaitable[None]], every_seconds: float, failed: str, *, at_once: bool
) -> None:
    if not at_once:
        await asyncio.sleep(every_seconds)
    while True:
        try:
            await work()
        except Exception:
            log.exception(failed)
        await asyncio.sleep(every_seconds)
