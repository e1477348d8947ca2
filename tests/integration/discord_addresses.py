"""discord.py keeps the addresses of Discord in globals: pointed at the local Discord here, and put back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord.server import DEFAULT_TOKEN, Discord


@contextmanager
def addresses_kept() -> Iterator[None]:
    """Puts back whatever the block makes of the addresses."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@contextmanager
def pointed_at(server: Discord) -> Iterator[None]:
    """Points discord.py at the sandbox, for as long as the block lasts."""
    with addresses_kept():
        Route.BASE = server.api_base_url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
        yield


@asynccontextmanager
async def running(client: discord.Client, server: Discord) -> AsyncIterator[None]:
    """The client, connected, for as long as the block lasts."""
    with pointed_at(server):
        task = asyncio.create_task(client.start(DEFAULT_TOKEN))
        try:
            ready = asyncio.create_task(server.bot_ready())
            await asyncio.wait([ready, task], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                ready.cancel()
                await task
            await ready
            yield
        finally:
            await client.close()
            await asyncio.gather(task, return_exceptions=True)
