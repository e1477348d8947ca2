"""Calls of Discord's for what can be told later: what may pass is told apart from what lasts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

from bot.errors import DeliveryPostponed
from cogs.delivery.policy import FIRST_WAIT_SECONDS, TROUBLE, Verdict, postponed, verdict_of


@asynccontextmanager
async def asking(
    client: discord.Client, limit_seconds: float | None = None, *, tries: int = 0
) -> AsyncIterator[None]:
    """Gives the calls in its block so long; a refusal that lasts comes through as discord.py raises it.

    Raises:
        DeliveryPostponed: there is no answer now, after `tries` earlier times.
    """
    try:
        async with asyncio.timeout(limit_seconds):
            yield
    except TROUBLE as error:
        if verdict_of(error) is Verdict.LATER:
            raise postponed(error, tries) from error
        raise
    except RuntimeError as error:
        # A token that is refused closes the client under us; aiohttp calls that a RuntimeError.
        if not client.is_closed():
            raise
        raise DeliveryPostponed(FIRST_WAIT_SECONDS, "client-closed") from error
