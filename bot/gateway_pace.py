"""How often a shard may begin a session or try to connect: pure, but for the library's own waiting.

Discord allows 1,000 sessions a day over all shards and resets the token of whoever needs more (Discord:
Gateway, Session Start Limit); discord.py 2.7 alone would use them up in under two hours.
"""

from discord.backoff import ExponentialBackoff

HOUR_SECONDS = 3600.0
FREE_SESSIONS = 3
SHORTEST_SECONDS = 5.0
"""Discord: Gateway, Rate Limiting: one IDENTIFY in five seconds."""
LONGEST_SECONDS = 300.0
LONGEST_RECONNECT_SECONDS = 60.0
"""discord.py's own waits grow to 17 minutes: so long would nobody hear of the end of a long outage."""


def session_pause_seconds(recent: int) -> float:
    """How long after a shard's last session another may begin, when it had `recent` ones in the last hour."""
    doublings = max(0, recent - FREE_SESSIONS)
    return min(SHORTEST_SECONDS * 2.0**doublings, LONGEST_SECONDS)


class ReconnectBackoff(ExponentialBackoff[bool]):
    """The library's waits between two tries to connect, up to a minute."""

    def delay(self) -> float:
        return min(super().delay(), LONGEST_RECONNECT_SECONDS)
