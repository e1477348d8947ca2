"""Characters that are about to lapse: told to their owners once, or renewed, as their server decided."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog

from bot.errors import NotFound, UserFault
from bot.jobs.characters.renewal import Renewals
from bot.jobs.lanes import Ring
from bot.jobs.rounds import rounds
from bot.model import Person
from bot.moderation.departures import DepartureStore
from bot.moderation.servers import Renewal
from bot.notices import NoticeKind, NoticeState
from bot.ports import Clock
from bot.refusals.library import BeingRenewed, RenewedSince
from bot.stores import AnnouncementStore, CharacterStore, Lapse, ServerStore

EVERY_SECONDS = 600.0
AHEAD = timedelta(hours=6)
"""The provider's most cautious page gives an upload 24 hours: a reminder comes in their last quarter."""
LATE = timedelta(days=2)
"""A bot that was away tells it late. What lapsed before that, its owner has found out."""

log = structlog.get_logger(__name__)


class Reminders:
    """Looks every ten minutes. Several processes may do so at once: each reminder and renewal is one row."""

    def __init__(
        self,
        *,
        characters: CharacterStore,
        announcements: AnnouncementStore,
        servers: ServerStore,
        departures: DepartureStore,
        renewals: Renewals,
        clock: Clock,
        ring: Ring,
    ) -> None:
        self._characters = characters
        self._announcements = announcements
        self._servers = servers
        self._departures = departures
        self._renewals = renewals
        self._clock = clock
        self._ring = ring

    async def remind(self) -> None:
        """Does for each character that is about to lapse what its server decided."""
        now = self._clock.now()
        for lapse in await self._characters.lapsing(now - LATE, now + AHEAD):
            match await self._decided(lapse.character.guild_id):
                case Renewal.ASK:
                    await self._tell(lapse)
                case Renewal.AUTOMATIC:
                    await self._renew(lapse)
                case Renewal.NEVER:
                    pass

    async def _decided(self, guild_id: int | None) -> Renewal:
        """What its server has decided; of one that the bot was removed from, nothing is paid unasked."""
        if guild_id is not None and await self._departures.left_at(guild_id) is not None:
            return Renewal.ASK
        return (await self._servers.settings(guild_id)).renewal

    async def _tell(self, lapse: Lapse) -> None:
        character = lapse.character
        await self._announcements.add(character.job_id, lapse.number, NoticeKind.LAPSING, self._clock.now())
        log.info("lapse_announced", character_id=character.character_id)
        self._ring(NoticeState.PENDING)

    async def _renew(self, lapse: Lapse) -> None:
        """Once for each id; where that cannot be, its owner is told and may do it later."""
        character = lapse.character
        owner = Person(character.owner_id, character.guild_id)
        try:
            await self._renewals.renew(owner, character.character_id, lapse.number)
        except (NotFound, BeingRenewed, RenewedSince) as early:
            log.info("renewed_meanwhile", character_id=character.character_id, why=type(early).__name__)
        except UserFault as refusal:
            log.info("not_renewed", character_id=character.character_id, why=type(refusal).__name__)
            await self._tell(lapse)
        else:
            log.info("renewal_begun", character_id=character.character_id)

    def reminding(self) -> AbstractAsyncContextManager[None]:
        """Looks now and every ten minutes, for as long as the block."""
        return rounds(self.remind, every_seconds=EVERY_SECONDS, failed="reminders_failed")
