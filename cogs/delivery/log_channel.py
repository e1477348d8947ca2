"""The channel in which a server reads what its moderators do."""

import asyncio

import discord
import structlog

from bot.errors import DeliveryPostponed
from bot.moderation.audit import LogLine
from cogs.delivery.calls import Calls
from cogs.delivery.policy import FIRST_WAIT_SECONDS, TROUBLE, Verdict, postponed, verdict_of
from cogs.replies import plain
from cogs.texts import moderation as texts

TELLING_SECONDS = 20.0

log = structlog.get_logger(__name__)


class DeedReplies:
    """Says a line by the bot's own token. A channel that takes nothing stops nothing."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._calls = Calls(client)

    def serves(self, guild_id: int) -> bool:
        """Whether this process is the one that is connected to the server."""
        return self._client.get_guild(guild_id) is not None

    async def tell(self, line: LogLine) -> None:
        """Tells one line, or gives it up where the channel takes nothing.

        Raises:
            DeliveryPostponed: not now.
        """
        try:
            async with asyncio.timeout(TELLING_SECONDS):
                await self._calls.post(line.channel_id, plain(texts.log_line(line.deed)), nonce=line.nonce)
        except TROUBLE as error:
            verdict = verdict_of(error)
            if verdict is Verdict.LATER:
                raise postponed(error, 0) from error
            log.warning("log_channel_refused", guild_id=line.deed.guild_id, verdict=verdict)
        except RuntimeError as error:
            # A token that is refused closes the client under us; aiohttp calls that a RuntimeError.
            if not self._client.is_closed():
                raise
            raise DeliveryPostponed(FIRST_WAIT_SECONDS, "client-closed") from error
