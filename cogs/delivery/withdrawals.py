"""Takes away what was posted of a job that moderators have taken down, and tells its owner."""

import structlog

from bot.deeds import Deed
from bot.model import MessageRef, Story
from bot.moderation.audit import NOBODY
from bot.moderation.takedowns import CharacterPosts
from bot.notices import Announcement
from bot.ports import Clock, Delivered, Parked
from bot.stores import ServerStore
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, Verdict, reason_of, unless_later
from cogs.texts.takedowns import NOT_DELETED

log = structlog.get_logger(__name__)


class Withdrawals:
    """Raises what may pass later. What Discord will not let go is noted in the audit log, and left."""

    def __init__(self, calls: Calls, posts: CharacterPosts, servers: ServerStore, clock: Clock) -> None:
        self._calls = calls
        self._posts = posts
        self._servers = servers
        self._clock = clock

    async def withdraw(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Deletes the message of a notice; the card is not one of those, for it is redrawn."""
        message = announcement.message
        if message is None or message == story.job.card:
            return Delivered()
        verdict = await self._delete(message, story)
        return Delivered() if verdict is None else Parked(reason_of(verdict))

    async def withdraw_posts(self, story: Story) -> None:
        """Deletes the messages in which its characters were shown."""
        for message in await self._posts.of_job(story.job.job_id):
            await self._delete(message, story)
            await self._posts.forget(message)

    async def _delete(self, message: MessageRef, story: Story) -> Verdict | None:
        """Why a message stays; None where it is gone."""
        try:
            await self._calls.delete(message)
        except TROUBLE as error:
            verdict = unless_later(error)
            log.warning("message_not_deleted", job_id=story.job.job_id, verdict=verdict)
            await self._note_left(message, story)
            return verdict
        log.info("message_deleted", job_id=story.job.job_id, message_id=message.message_id)
        return None

    async def _note_left(self, message: MessageRef, story: Story) -> None:
        guild_id = story.job.order.place.guild_id
        if guild_id is not None:
            where = f"{message.channel_id}/{message.message_id}"
            now = self._clock.now()
            await self._servers.note(
                Deed(guild_id, NOBODY, now, NOT_DELETED, story.job.reference, None, where)
            )
