"""The channel in which a server reads what its moderators do."""

import discord
import structlog

from bot.moderation.audit import LogLine
from cogs.delivery.asking import asking
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, verdict_of
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
        view = plain(texts.log_line(line.deed))
        try:
            async with asking(self._client, TELLING_SECONDS):
                await self._calls.post(line.channel_id, view, nonce=line.nonce)
        except TROUBLE as error:
            log.warning("log_channel_refused", guild_id=line.deed.guild_id, verdict=verdict_of(error))
