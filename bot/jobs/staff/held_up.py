"""Servers whose channels have asked for time, while others are told."""

from datetime import datetime, timedelta

from bot.errors import DeliveryPostponed
from bot.ports import Clock


class HeldUp:
    """Remembers until when; a restart may ask once too early, and is told so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[int, datetime] = {}

    def __contains__(self, guild_id: int) -> bool:
        return self._until.get(guild_id, self._clock.now()) > self._clock.now()

    def hold(self, guild_id: int, postponed: DeliveryPostponed) -> None:
        """Leaves a server alone for as long as was asked."""
        self._until[guild_id] = self._clock.now() + timedelta(seconds=postponed.after_seconds)

    def release(self, guild_id: int) -> None:
        """It takes what it is told again."""
        self._until.pop(guild_id, None)
