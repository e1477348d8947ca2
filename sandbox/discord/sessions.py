"""Gateway sessions: which events each asked for, and the log from which a resume is replayed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from sandbox.discord.hub import SHARD_SHIFT_BITS, Dispatch

LOG_LIMIT: Final = 50_000  # events kept for a resume
# Discord: Gateway, Gateway Intents. Bits by event, in servers and in private conversations.
GUILDS, GUILD_MEMBERS, PRESENCES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
PRIVILEGED: Final = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
GUILD_EVENTS: Final = {
    "MESSAGE_CREATE": 1 << 9,
    "MESSAGE_UPDATE": 1 << 9,
    "MESSAGE_DELETE": 1 << 9,
    "MESSAGE_REACTION_ADD": 1 << 10,
    "MESSAGE_REACTION_REMOVE": 1 << 10,
    "GUILD_MEMBER_ADD": GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": GUILD_MEMBERS,
}
PRIVATE_SHIFT: Final = 3  # the same events in private conversations stand three bits higher


def intent_of(name: str, guild_id: int | None) -> int:
    """The intent an event needs; 0 when every session gets it."""
    if name == "INTERACTION_CREATE":
        return 0
    intent = GUILD_EVENTS.get(name, GUILDS)
    return intent if guild_id is not None else intent << PRIVATE_SHIFT


class Session:
    """A bot's session on one shard; it outlives its connections."""

    def __init__(self, number: int, shard: int, shard_count: int, intents: int) -> None:
        self.id = f"{number:032x}"
        self.shard = shard
        self.shard_count = shard_count
        self.intents = intents
        self.is_ready = False
        self.connection: Any = None  # the Connection that follows it now
        self.sequence = 0
        self._log: deque[tuple[int, str]] = deque(maxlen=LOG_LIMIT)
        self._news = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and not self.connection.socket.closed

    @property
    def reads_content(self) -> bool:
        return bool(self.intents & MESSAGE_CONTENT)

    def owns(self, guild_id: int | None) -> bool:
        """Whether this shard is the one for a server; private conversations are the first shard's."""
        number = 0 if guild_id is None else (guild_id >> SHARD_SHIFT_BITS) % self.shard_count
        return number == self.shard

    def wants(self, event: Dispatch, intent: int) -> bool:
        return self.owns(event.guild_id) and self.intents & intent == intent

    def append(self, pack: Callable[[int], str]) -> None:
        """Add an event under the next sequence number."""
        self.sequence += 1
        self._log.append((self.sequence, pack(self.sequence)))
        self._news.set()

    def can_replay(self, sequence: int) -> bool:
        """Whether everything after this number is still there."""
        oldest = self._log[0][0] if self._log else 1
        return oldest - 1 <= sequence <= self.sequence

    async def follow(self, after: int, connection: Any) -> AsyncIterator[str]:
        """The log from a number on, then what is added, while this connection is the session's own."""
        position = after
        while self.connection is connection:
            while position < self.sequence:
                oldest = self._log[0][0]
                position, text = self._log[max(0, position + 1 - oldest)]
                yield text
            self._news.clear()
            await self._news.wait()
