"""🔁 that was given while nobody listened: looked for once after every new connection."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import discord
import structlog
from discord.ext import commands

from bot.errors import JobConflict, NotAllowed, UserFault
from bot.jobs.desk import Desk
from bot.model import MessageRef, Person, Story
from bot.notices import Announcement
from cogs import guards
from cogs.cards import can_retry
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, Verdict, verdict_of
from cogs.guards import AllowedGuilds
from cogs.wishes import Place, is_retry_emoji, wisher

LOOK_AGAIN_SECONDS = (3.0, 30.0, 300.0)
"""When to look again at what could not be read, or was told by a process that died before it noted that."""
ASKERS_LIMIT = 25
"""Each of them costs a question about their rights."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """A failure that can be tried again, where it stands, and its server as we see it now."""

    failure: Announcement
    message: MessageRef
    story: Story
    guild: discord.Guild

    @property
    def place(self) -> Place | None:
        """Where the message is; for a thread that the cache does not hold, the channel around it."""
        around = self.story.job.order.place.channel_id
        found = self.guild.get_channel_or_thread(self.message.channel_id)
        return found or self.guild.get_channel_or_thread(around)


class MissedReactions(commands.Cog):
    """Reads who has asked for another attempt, and asks the desk for them, which decides."""

    def __init__(self, *, desk: Desk, client: discord.Client, allowed_guilds: AllowedGuilds) -> None:
        self._desk = desk
        self._client = client
        self._calls = Calls(client)
        self._allowed_guilds = allowed_guilds
        self._is_connection_new = False
        self._reading: asyncio.Task[None] | None = None

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Fires after every new session, not after a resumed one, whose events Discord repeats.

        One task does the looking however often it fires.
        """
        self._is_connection_new = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="missed reactions")

    async def cog_unload(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        while self._is_connection_new:
            self._is_connection_new = False
            await self._look_until_complete()

    async def _look_until_complete(self) -> None:
        settled: set[int] = set()
        for wait_seconds in (0.0, *LOOK_AGAIN_SECONDS):
            await asyncio.sleep(wait_seconds)
            try:
                is_complete = await self._look(settled)
            except Exception:
                log.exception("missed_reactions_unread")
            else:
                log.info("missed_reactions_read", failures=len(settled), complete=is_complete)
                if is_complete:
                    return
            if self._is_connection_new:
                return

    async def _look(self, settled: set[int]) -> bool:
        """Goes through all failures but the `settled` ones, to which it adds; whether none is left."""
        is_complete = True
        for failure, story in await self._desk.latest_failures():
            guild = self._guild_of(story)
            if guild is None or failure.announcement_id in settled or not can_retry(story):
                continue
            if guild.unavailable or failure.message is None:
                is_complete = False
            elif await self._is_settled(Offer(failure, failure.message, story, guild)):
                settled.add(failure.announcement_id)
            else:
                is_complete = False
        return is_complete

    def _guild_of(self, story: Story) -> discord.Guild | None:
        """The job's server, if it is one of ours: another process may serve it, or nobody any more."""
        guild_id = story.job.order.place.guild_id
        if guild_id is None or not guards.is_allowed(guild_id, self._allowed_guilds):
            return None
        return self._client.get_guild(guild_id)

    async def _is_settled(self, offer: Offer) -> bool:
        """Puts the wishes on a message to the desk; False when Discord could not be asked for them now."""
        job = offer.story.job
        if offer.message.channel_id not in (job.thread_id, job.order.place.channel_id):
            return True  # direct messages, where reactions do not count
        try:
            await self._ask_for(offer, await self._askers(offer))
        except TROUBLE as error:
            verdict = verdict_of(error)
            log.info("reactions_unreadable", message_id=offer.message.message_id, verdict=verdict)
            return verdict is not Verdict.LATER
        return True

    async def _askers(self, offer: Offer) -> list[int]:
        """Who asked, the owner first, who needs no further right."""
        owner_id = offer.story.job.order.owner_id
        found: dict[int, None] = {}
        for emoji in await self._calls.others_reactions(offer.message):
            if is_retry_emoji(emoji):
                found |= dict.fromkeys(await self._calls.who_reacted(offer.message, str(emoji)))
        return sorted(found, key=lambda user_id: user_id != owner_id)[:ASKERS_LIMIT]

    async def _ask_for(self, offer: Offer, askers: list[int]) -> None:
        """Asks the desk for one after the other, until it is somebody's to ask."""
        for user_id in askers:
            person = await self._person(offer, user_id)
            if person is None:
                continue
            with suppress(NotAllowed):
                await self._retry(offer, person)
                return

    async def _retry(self, offer: Offer, person: Person) -> None:
        failure = offer.failure
        try:
            attempt = await self._desk.retry_by_reaction(failure.job_id, failure.attempt_number, person)
        except NotAllowed:
            raise
        except (UserFault, JobConflict) as error:
            log.info("reaction_refused", message_id=offer.message.message_id, error=type(error).__name__)
        else:
            log.info("retry_by_missed_reaction", job_id=attempt.job_id, attempt_number=attempt.number)

    async def _person(self, offer: Offer, user_id: int) -> Person | None:
        """Who asked, with the rights they have now; None for somebody who has left."""
        try:
            member = await offer.guild.fetch_member(user_id)
        except discord.NotFound:
            return None
        return wisher(member, offer.place)
