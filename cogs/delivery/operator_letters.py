"""Letters to the people who run the bot: private messages, else the log channel of their own server."""

from collections.abc import Awaitable, Callable, Collection

import discord
import structlog

from bot.operator.news import OperatorNews
from bot.stores import ServerStore
from cogs.delivery.asking import asking
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, verdict_of
from cogs.operators import AskOwners
from cogs.replies import plain
from cogs.texts import operating as texts

TELLING_SECONDS = 20.0
FIRST_SHARD = 0
"""Private messages come to it (Discord: Gateway, Sharding); exactly one process serves it."""

log = structlog.get_logger(__name__)


class OperatorReplies:
    """Writes by the bot's own token. Who the operators are is Discord's to say, at every use."""

    def __init__(
        self,
        client: discord.AutoShardedClient,
        *,
        ask_owners: AskOwners,
        servers: ServerStore,
        operator_guild: int | None,
    ) -> None:
        self._client = client
        self._calls = Calls(client)
        self._ask_owners = ask_owners
        self._servers = servers
        self._operator_guild = operator_guild

    def serves(self) -> bool:
        """Whether this process serves the first shard, and is connected."""
        return self._client.is_ready() and FIRST_SHARD in (self._client.shard_ids or (FIRST_SHARD,))

    async def operators(self) -> Collection[int]:
        """The application's owner, or whoever may change it in its team.

        Raises:
            DeliveryPostponed: Discord does not say now.
        """
        async with asking(self._client, TELLING_SECONDS):
            return (await self._ask_owners()).user_ids

    async def tell(self, user_id: int, news: OperatorNews) -> bool:
        """Tells one of them privately; False where they take no such message.

        Raises:
            DeliveryPostponed: not now.
        """

        async def write() -> None:
            channel_id = await self._calls.open_direct_messages(user_id)
            await self._calls.post(channel_id, plain(texts.letter(news)), nonce=news.nonce)

        return await self._taken(write)

    async def tell_in_server(self, user_ids: Collection[int], news: OperatorNews) -> bool:
        """Tells all of them where the operator's own server logs; the first one is notified.

        Raises:
            DeliveryPostponed: not now.
        """
        if self._operator_guild is None:
            return False
        channel_id = (await self._servers.settings(self._operator_guild)).log_channel
        if channel_id is None:
            return False
        people = sorted(user_ids)
        view = plain(texts.letter(news, people))
        return await self._taken(
            lambda: self._calls.post(channel_id, view, nonce=news.nonce, ping=people[0] if people else None)
        )

    async def _taken(self, write: Callable[[], Awaitable[object]]) -> bool:
        try:
            async with asking(self._client, TELLING_SECONDS):
                await write()
        except TROUBLE as error:
            log.warning("operator_letter_refused", verdict=verdict_of(error))
            return False
        return True
