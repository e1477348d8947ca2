"""In which servers the bot is. Discord says so three times over, because data is deleted by it."""

import discord
import structlog

from cogs.delivery.policy import TROUBLE, Trouble, Verdict, verdict_of

SHARD_BITS = 22
"""Discord: Gateway, Sharding."""
UNANSWERED = (*TROUBLE, RuntimeError)
"""What a call ends with that has no answer: an aiohttp session that is closed raises the last."""

log = structlog.get_logger(__name__)


class DiscordPresence:
    """Asks Discord; of servers of other processes it says nothing."""

    def __init__(self, client: discord.AutoShardedClient) -> None:
        self._client = client

    async def here(self) -> frozenset[int] | None:
        """All servers that the bot is in, of all processes; None before the connection stands."""
        if not self._client.is_ready():
            return None
        try:
            guilds = self._client.fetch_guilds(limit=None, with_counts=False)
            return frozenset([guild.id async for guild in guilds])
        except UNANSWERED as error:
            self._put_off(error)
            return None

    async def is_gone(self, guild_id: int) -> bool:
        """Whether the bot is certainly not in a server of this process's shards; an outage is not."""
        if not self._is_ours(guild_id) or self._is_out(guild_id):
            return False
        try:
            await self._client.http.get_guild(guild_id, with_counts=False)
        except (discord.Forbidden, discord.NotFound):
            return not self._is_out(guild_id)
        except UNANSWERED as error:
            self._put_off(error)
        return False

    def _put_off(self, error: Trouble | RuntimeError) -> None:
        """Leaves a question for the next time.

        Raises:
            HTTPException, RuntimeError: the error, where the next time would bring no other answer.
        """
        if isinstance(error, RuntimeError):
            passes = self._client.is_closed()
        else:
            passes = verdict_of(error) is Verdict.LATER
        if not passes:
            raise error
        log.info("presence_unknown", cause=str(error))

    def _is_ours(self, guild_id: int) -> bool:
        ids = self._client.shard_ids
        return ids is None or (guild_id >> SHARD_BITS) % self._client.shard_count in ids

    def _is_out(self, guild_id: int) -> bool:
        """A server in an outage stands among those that Discord names when a session begins."""
        guild = self._client.get_guild(guild_id)
        return guild is not None and guild.unavailable
