"""Where a private job is told: a private thread in the channel, else the member's direct messages."""

from dataclasses import replace

import structlog

from bot.model import Job, PlaceKind, Story, Visibility
from bot.stores import ServerStore
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, unless_later
from cogs.texts import notices

log = structlog.get_logger(__name__)


class PrivatePlaces:
    """Opens places that only the owner of a job sees, and finds them again."""

    def __init__(self, calls: Calls, servers: ServerStore) -> None:
        self._calls = calls
        self._servers = servers

    async def settled(self, story: Story) -> Story:
        """The story, a private job in it knowing its thread; one that has no place yet gets it here."""
        job = story.job
        if (
            job.order.visibility is not Visibility.PRIVATE
            or job.thread_id is not None
            or job.card is not None
        ):
            return story
        return replace(story, job=replace(job, thread_id=await self._thread_of(job)))

    async def direct_messages_with(self, job: Job) -> int:
        """The channel of the owner's direct messages; whoever asked for "Only me" allowed them."""
        return await self._calls.open_direct_messages(job.order.owner_id)

    async def _thread_of(self, job: Job) -> int | None:
        """The job's private thread with its owner in it, or None where there can be none."""
        place = job.order.place
        if place.kind is not PlaceKind.TEXT or place.guild_id is None:
            return None
        try:
            return await self._thread(job, place.guild_id, place.channel_id)
        except TROUBLE as error:
            verdict = unless_later(error)
            log.info("private_thread_impossible", job_id=job.job_id, verdict=verdict)
            return None

    async def _thread(self, job: Job, guild_id: int, channel_id: int) -> int:
        """Looks before it creates: threads have no nonce, and a crash may have hidden one from us."""
        name = notices.private_thread_name(job)
        thread_id = await self._calls.find_private_thread(guild_id, channel_id, name)
        if thread_id is None:
            archive = (await self._servers.settings(guild_id)).thread_archive
            thread_id = await self._calls.open_private_thread(channel_id, name, archive.minutes)
        await self._calls.add_member(thread_id, job.order.owner_id)
        return thread_id
