"""Asking moderators: a message in the review channel for each attempt, redrawn when it is decided."""

from bot.model import AttemptState, MessageRef, Story
from bot.notices import Announcement
from bot.ports import Clock, Delivered
from cogs.delivery import marks
from cogs.delivery.calls import Calls
from cogs.delivery.ladder import unless_refused
from cogs.pictures import Pictures
from cogs.review_views import review_message


class ReviewRequests:
    """Raises what Discord answers; what cannot be posted waits in `/characters-admin queue`."""

    def __init__(self, calls: Calls, pictures: Pictures, clock: Clock) -> None:
        self._calls = calls
        self._pictures = pictures
        self._clock = clock

    async def tell(self, announcement: Announcement, story: Story) -> Delivered:
        """Posts the question, or redraws it; one that was never asked is not asked any more."""
        channel_id = story.review.channel_id if story.review else None
        if channel_id is None:
            return Delivered()
        message = announcement.message or await self._earlier(announcement, story, channel_id)
        is_open = story.attempt.state is AttemptState.REVIEW
        poster = await self._pictures.poster(story.job.clip) if is_open else None

        async def edit(drawn: Story, message: MessageRef) -> MessageRef:
            await self._calls.edit(message, review_message(drawn, poster), poster)
            return message

        async def post(drawn: Story) -> MessageRef | None:
            view, nonce = review_message(drawn, poster), announcement.nonce
            return await self._calls.post(channel_id, view, nonce=nonce, picture=poster)

        if message is not None:
            return Delivered(message=await unless_refused(lambda drawn: edit(drawn, message), story))
        return Delivered(message=await unless_refused(post, story)) if is_open else Delivered()

    async def _earlier(self, announcement: Announcement, story: Story, channel_id: int) -> MessageRef | None:
        """What an earlier try left there, which may have come through unnoticed."""
        if not marks.may_be_a_repeat(announcement, self._clock.now()):
            return None
        found = marks.find(announcement, story, await self._calls.own_messages(channel_id))
        return None if found is None else found.message
