"""What moderators decide about their server: settings, pause, blocks, quotas.

Who may decide is judged by whoever asks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deeds import Deed
from bot.errors import NotAllowed
from bot.model import Person
from bot.moderation import gates, servers
from bot.moderation.audit import NOBODY
from bot.moderation.gates import Block, Gates, GateStore, Pause, Quota, Used
from bot.moderation.servers import ServerSettings
from bot.ports import Clock
from bot.refusals.library import NotShareable, Unshareable
from bot.stores import ServerStore

DEEDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a member may in a server, and what of it is used; the server's own limit for a day beside it.

    Days start afresh at `resets_at`.
    """

    quota: Quota
    used: Used
    server_per_day: int | None
    resets_at: datetime


class Moderation:
    """One counter for the commands of moderators."""

    def __init__(
        self, *, servers: ServerStore, store: GateStore, clock: Clock, ring: Callable[[], None]
    ) -> None:
        self._servers = servers
        self._store = store
        self._clock = clock
        self._ring = ring

    async def check(self, person: Person) -> None:
        """Whether somebody may start a new job, before they have typed for minutes; nothing is counted.

        Raises:
            ServerPaused, MemberBlocked, ChannelNotAllowed, RoleMissing: what stands in the way.
        """
        if person.guild_id is not None:
            gates.check(await self._gates(person.guild_id, person), person, self._clock.now())

    async def check_sharing(self, person: Person) -> None:
        """Lets those through who share a character where that is not switched off.

        Raises:
            NotShareable: it is.
        """
        if person.guild_id is not None and not (await self.settings(person.guild_id)).sharing:
            raise NotShareable(Unshareable.SWITCHED_OFF)

    async def oversees(self, person: Person) -> bool:
        """Whether somebody may look at all of the server's jobs, by the rights and roles they hold now."""
        return person.guild_id is not None and gates.oversees(await self.settings(person.guild_id), person)

    async def check_overseer(self, person: Person) -> None:
        """Lets those through who oversee the server.

        Raises:
            NotAllowed: they do not.
        """
        if not await self.oversees(person):
            raise NotAllowed("oversee")

    async def administers(self, person: Person) -> bool:
        """Whether somebody may change what the server has decided, by the rights and roles they hold now."""
        return person.guild_id is not None and gates.administers(await self.settings(person.guild_id), person)

    async def check_admin(self, person: Person) -> None:
        """Lets those through who administer the server.

        Raises:
            NotAllowed: they do not.
        """
        if not await self.administers(person):
            raise NotAllowed("administer")

    async def allowance(self, guild_id: int, person: Person) -> Allowance:
        """What a member may, and what of it is used."""
        decided = await self._gates(guild_id, person)
        quota = gates.quota_of(decided, person.user_id, person.role_ids)
        now = self._clock.now()
        used = await self._store.used(guild_id, person.user_id, now)
        return Allowance(quota, used, decided.settings.quota_server_per_day, gates.next_day(now))

    async def block_of(self, guild_id: int, user_id: int) -> Block | None:
        """The block of a member, if there is one and it has not run out."""
        block = (await self._store.gates(guild_id, {user_id})).blocks.get(user_id)
        return block if block is not None and gates.lasts(block, self._clock.now()) else None

    async def settings(self, guild_id: int) -> ServerSettings:
        return await self._servers.settings(guild_id)

    async def latest_deeds(self, guild_id: int) -> Sequence[Deed]:
        """The last lines of the audit log, newest first."""
        return await self._servers.deeds(guild_id, DEEDS_SHOWN)

    async def change(self, guild_id: int, name: str, text: str, actor_id: int) -> tuple[str, str]:
        """Sets one setting; its value before and after.

        Raises:
            SettingRefused: there is no such setting, or it takes no such value.
        """
        now = self._clock.now()
        before, after = await self._servers.change(guild_id, name, text, actor_id=actor_id, now=now)
        if name == "enabled":
            await (self._store.release if after == servers.ON else self._store.hold)(guild_id, now)
            self._ring()
        return before, after

    async def forget(self, guild_id: int, gone_id: int) -> None:
        """Takes a channel or a role that was deleted out of all that the server has decided."""
        now = self._clock.now()
        for name, text in servers.without(await self.settings(guild_id), gone_id).items():
            await self._servers.change(guild_id, name, text, actor_id=NOBODY, now=now)
        if gone_id in await self._store.quotas(guild_id):
            await self._store.set_quota(guild_id, gone_id, None, actor_id=NOBODY, now=now)

    async def paused(self, guild_id: int) -> Pause | None:
        """The pause, if there is one and it has not run out."""
        pause = (await self._store.gates(guild_id, ())).pause
        return pause if pause is not None and gates.lasts(pause, self._clock.now()) else None

    async def pause(self, guild_id: int, span: timedelta | None, reason: str | None, actor_id: int) -> Pause:
        """Pauses the server, for a time or until it is resumed; what waits in it is told so."""
        now = self._clock.now()
        pause = Pause(now + span if span else None, reason)
        await self._store.pause(guild_id, pause, actor_id=actor_id, now=now)
        self._ring()
        return pause

    async def resume(self, guild_id: int, actor_id: int) -> bool:
        """Ends a pause; what waited goes on at once. False where there was none."""
        resumed = await self._store.resume(guild_id, actor_id=actor_id, now=self._clock.now())
        self._ring()
        return resumed

    async def block(
        self, guild_id: int, user_id: int, span: timedelta | None, reason: str | None, actor_id: int
    ) -> Block:
        """Blocks a member, for a time or until they are unblocked."""
        now = self._clock.now()
        block = Block(user_id, now + span if span else None, reason)
        await self._store.block(guild_id, block, actor_id=actor_id, now=now)
        return block

    async def unblock(self, guild_id: int, user_id: int, actor_id: int) -> bool:
        """Ends a block; False where there was none."""
        return await self._store.unblock(guild_id, user_id, actor_id=actor_id, now=self._clock.now())

    async def blocks(self, guild_id: int) -> Sequence[Block]:
        """The blocks that last, those that end first in front."""
        return await self._store.blocks(guild_id, self._clock.now())

    async def set_quota(self, guild_id: int, target_id: int, quota: Quota | None, actor_id: int) -> None:
        """Sets the quota of a member or a role, or takes it away (None)."""
        now = self._clock.now()
        await self._store.set_quota(guild_id, target_id, quota, actor_id=actor_id, now=now)

    async def quotas(self, guild_id: int) -> dict[int, Quota]:
        """All quotas of the server, by the ids of members and roles."""
        return await self._store.quotas(guild_id)

    async def _gates(self, guild_id: int, person: Person) -> Gates:
        return await self._store.gates(guild_id, {person.user_id, *person.role_ids})
