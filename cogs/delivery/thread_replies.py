"""Announcements become messages: which kind is told how, and what follows when Discord refuses."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import discord
import structlog

from bot.errors import DeliveryPostponed
from bot.model import TICKET_LIFE, AttemptState, Job, MessageRef, PlaceKind, Story, Visibility
from bot.moderation.departures import DepartureStore
from bot.moderation.takedowns import CharacterPosts
from bot.notices import Announcement, NoticeKind, SettledBy
from bot.ports import Clock, Delivered, Parked
from bot.stores import ServerStore
from cogs import cards
from cogs.controls import RETRY_EMOJI
from cogs.delivery import marks
from cogs.delivery.asking import asking
from cogs.delivery.calls import Calls
from cogs.delivery.departed import TOLD_DIRECTLY, addressed_directly
from cogs.delivery.ladder import Ladder, unless_refused
from cogs.delivery.policy import (
    LONGEST_WAIT_SECONDS,
    TROUBLE,
    Verdict,
    reason_of,
    unless_later,
    verdict_of,
)
from cogs.delivery.private_place import PrivatePlaces
from cogs.delivery.redraws import Redraws, too_late
from cogs.delivery.refusals import Refusals
from cogs.delivery.review_requests import ReviewRequests
from cogs.delivery.rungs import Speech, opens_thread
from cogs.delivery.withdrawals import Withdrawals
from cogs.pictures import Picture, Pictures
from cogs.replies import Reply
from cogs.texts import notices
from cogs.texts.lapsing import is_lapsing
from cogs.texts.notices import ParkReason

DELIVERY_SECONDS = 120.0
"""Of one try. discord.py sits out server errors and short rate limits in each call; a lease is finite."""

log = structlog.get_logger(__name__)


class ThreadReplies:
    """The Announcer: everything but a refusal goes by the bot's own token and by stored ids."""

    def __init__(
        self,
        client: discord.Client,
        clock: Clock,
        *,
        pictures: Pictures,
        settled_by: SettledBy,
        refusals: Refusals,
        servers: ServerStore,
        departures: DepartureStore,
        posts: CharacterPosts,
        limit_seconds: float = DELIVERY_SECONDS,
    ) -> None:
        self._client = client
        self._clock = clock
        self._pictures = pictures
        self._settled_by = settled_by
        self._refusals = refusals
        self._servers = servers
        self._departures = departures
        self._limit_seconds = limit_seconds
        self._calls = Calls(client)
        self._private_places = PrivatePlaces(self._calls, servers)
        self._ladder = Ladder(self._calls, self._private_places, servers)
        self._withdrawals = Withdrawals(self._calls, posts, servers, clock)
        self._review_requests = ReviewRequests(self._calls, pictures, clock)
        self._redraws = Redraws()

    async def first_response(self, job: Job) -> MessageRef | None:
        """The message in which a job was accepted, if there is one, and if anybody can still tell.

        Raises:
            DeliveryPostponed: Discord cannot be asked now.
        """
        try:
            async with asking(self._client):
                return await self._response_to(job)
        except TROUBLE:
            return None

    async def deliver(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Makes one announcement; repeating it shows nobody anything twice.

        Raises:
            DeliveryPostponed: not now.
        """
        wait_seconds = self._refusals.wait_seconds()
        if wait_seconds:
            raise DeliveryPostponed(wait_seconds, "refused-too-often")
        try:
            async with asking(self._client, self._limit_seconds, tries=announcement.tries):
                tell = self._tell if story.job.removal is None else self._take_down
                return await tell(announcement, story)
        except TROUBLE as error:
            log.warning("not_told", job_id=story.job.job_id, kind=announcement.kind, error=str(error))
            return Parked(reason_of(verdict_of(error)))

    async def _response_to(self, job: Job) -> MessageRef | None:
        """By the interaction while it works; afterwards among the messages after it, where it was public.

        What does not name the job has refused it.
        """
        order = job.order
        try:
            candidates = [await self._calls.first_response(order.ticket)]
        except TROUBLE as error:
            if unless_later(error) is not Verdict.TICKET_DEAD or order.visibility is Visibility.PRIVATE:
                return None
            asked = order.ticket.interaction_id
            candidates = await self._calls.own_messages(order.place.channel_id, after=asked)
        for posted in candidates:
            if posted.interaction_id == order.ticket.interaction_id and job.job_id in posted.words:
                return posted.message
        return None

    async def _tell(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        guild_id = story.job.order.place.guild_id
        if guild_id is None or await self._departures.left_at(guild_id) is None:
            return await self._tell_in_place(announcement, story)
        if announcement.kind not in TOLD_DIRECTLY:
            return Parked(ParkReason.SERVER_LEFT)
        return await self._tell_in_place(announcement, addressed_directly(story))

    async def _tell_in_place(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        match announcement.kind:
            case NoticeKind.CARD:
                return await self._card(announcement, story)
            case NoticeKind.THREAD:
                return await self._thread(story)
            case NoticeKind.ATTEMPT:
                return await self._say(Speech(announcement, story, cards.attempt_message))
            case NoticeKind.RESULT:
                return await self._result(announcement, story)
            case NoticeKind.FAILURE:
                return await self._failure(announcement, story)
            case NoticeKind.LAPSING:
                return await self._lapsing(announcement, story)
            case NoticeKind.OFFER | NoticeKind.REFUSAL | NoticeKind.REVIEW | NoticeKind.REMOVAL:
                return await self._tell_few(announcement, story)

    async def _take_down(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Nothing is said of what was taken down but that it was; what was said before is taken away."""
        match announcement.kind:
            case NoticeKind.CARD:
                return await self._removed_card(story)
            case NoticeKind.RESULT | NoticeKind.LAPSING:
                speech = Speech(announcement, story, cards.removed_card)
                if announcement.message is None and marks.may_be_a_repeat(announcement, self._clock.now()):
                    found = await self._ladder.earlier(speech)
                    announcement = replace(announcement, message=found.message if found else None)
                return await self._withdrawals.withdraw(announcement, story)
            case NoticeKind.REMOVAL:
                await self._withdrawals.withdraw_posts(story)
                return await self._say(
                    Speech(announcement, story, cards.removal_message, pings=True, privately=True)
                )
            case NoticeKind.REVIEW:
                return await self._review_requests.tell(announcement, story)
            case _:
                return Delivered()

    async def _removed_card(self, story: Story) -> Delivered:
        """The card without a word of the job; one that takes no edit any more is deleted."""
        card = story.job.card
        if card is None:
            return Delivered()
        try:
            await self._calls.edit(card, cards.removed_card(story))
        except discord.HTTPException as error:
            if verdict_of(error) is Verdict.GONE:
                return Delivered()
            if verdict_of(error) is not Verdict.EDITS_USED_UP:
                raise
            await self._calls.delete(card)
        return Delivered(message=card)

    async def _card(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        card = story.job.card
        if story.job.media_hidden:
            await self._withdrawals.withdraw_posts(story)
        if card is None:
            return await self._private_card(announcement, story)
        if story.attempt.is_open and not story.job.media_hidden:
            if too_late(story.job, self._clock.now()):
                return Delivered(message=card)
            self._take_a_redraw(card)

        poster = await self._pictures.poster(story.job.shown_clip)

        async def redraw(drawn: Story) -> None:
            await self._calls.edit(card, self._drawn_card(drawn, poster), poster)

        try:
            await unless_refused(redraw, story)
        except discord.HTTPException as error:
            if verdict_of(error) is not Verdict.EDITS_USED_UP:
                raise
            self._insist_on_hiding(story)
        return Delivered(message=card)

    def _insist_on_hiding(self, story: Story) -> None:
        """What only looks old may stay so; what is to be hidden may not.

        Raises:
            DeliveryPostponed: it is hidden, and Discord counts the edits of old messages by time.
        """
        if story.job.media_hidden:
            raise DeliveryPostponed(LONGEST_WAIT_SECONDS, "edits-used-up")

    def _take_a_redraw(self, card: MessageRef) -> None:
        """Lets a change of what goes on wait for its turn; changes meanwhile are drawn with it.

        Raises:
            DeliveryPostponed: too soon.
        """
        now = self._clock.now()
        wait_seconds = self._redraws.wait_seconds(card, now)
        if wait_seconds:
            raise DeliveryPostponed(wait_seconds, "redrawn-just-now")
        self._redraws.count(card, now)

    async def _private_card(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Puts the card where the owner alone sees it, and where the rest will follow."""
        poster = await self._pictures.poster(story.job.shown_clip)
        draw = partial(self._drawn_card, poster=poster)
        outcome = await self._say(Speech(announcement, story, draw, poster))
        return replace(outcome, card=outcome.message) if isinstance(outcome, Delivered) else outcome

    def _drawn_card(self, story: Story, poster: Picture | None) -> discord.ui.LayoutView:
        return cards.progress_card(story, self._clock.now(), poster)

    async def _result(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        if story.character is None:
            # Its owner has deleted it, before it could be told or afterwards.
            hides = story.job.media_hidden
            return await self._withdrawals.withdraw(announcement, story) if hides else Delivered()
        poster = await self._pictures.poster(story.job.shown_clip)
        draw = partial(cards.result_message, poster=poster)
        if announcement.message is not None:
            return await self._redrawn_result(announcement.message, story, draw, poster)
        return await self._say(Speech(announcement, story, draw, poster, pings=True, may_end_on_card=True))

    async def _redrawn_result(
        self,
        message: MessageRef,
        story: Story,
        draw: Callable[[Story], discord.ui.LayoutView],
        poster: Picture | None,
    ) -> Delivered:
        """The same message, with its picture or without it."""
        try:
            await unless_refused(lambda drawn: self._calls.edit(message, draw(drawn), poster), story)
        except discord.HTTPException as error:
            if verdict_of(error) is not Verdict.EDITS_USED_UP:
                raise
            self._insist_on_hiding(story)
        return Delivered(message=message, card=message if message == story.job.card else None)

    async def _lapsing(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        if not is_lapsing(story, self._clock.now()):
            # Renewed or deleted before it could be told.
            return Delivered()
        return await self._say(Speech(announcement, story, cards.lapsing_message, pings=True))

    async def _thread(self, story: Story) -> Delivered:
        if story.job.thread_id is not None:
            return Delivered()
        settings = await self._servers.settings(story.job.order.place.guild_id)
        if not opens_thread(story.job, settings.results_go):
            return Delivered()
        return Delivered(thread_id=await self._ladder.open_thread(story))

    async def _failure(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        if story.attempt.state not in notices.HEADINGS:
            # It goes on after all: an answer believed lost was found before anybody was told.
            return Delivered()
        draw = partial(cards.failure_message, settled_by=self._settled_by)
        speech = Speech(announcement, story, draw, pings=True, may_end_on_card=True)
        outcome = await self._say(speech)
        if isinstance(outcome, Delivered):
            await self._add_retry_reaction(outcome, story)
        return outcome

    async def _add_retry_reaction(self, told: Delivered, story: Story) -> None:
        """A hint; and where it stands, members without Add Reactions can press it too."""
        order = story.job.order
        in_private_messages = order.visibility is Visibility.PRIVATE and told.thread_id is None
        if order.place.kind is PlaceKind.DM or in_private_messages:
            return  # Discord does not tell us of reactions there
        if told.message is None or not cards.can_retry(story):
            return
        if not (await self._servers.settings(order.place.guild_id)).reaction_retry:
            return
        try:
            await self._calls.add_reaction(told.message, RETRY_EMOJI)
        except TROUBLE as error:
            log.info("reaction_not_added", job_id=story.job.job_id, error=str(error))

    async def _tell_few(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """What is for the owner alone, or for moderators alone."""
        if announcement.kind is NoticeKind.REVIEW:
            return await self._review_requests.tell(announcement, story)
        if announcement.kind is NoticeKind.OFFER:
            return await self._offer(announcement, story)
        if announcement.kind is NoticeKind.REFUSAL:
            return await self._refusal(announcement, story)
        return Delivered()

    async def _offer(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Tells the owner alone; a card that is too late for that has a button which does it."""
        if story.attempt.state is not AttemptState.OFFERED or story.job.offer is None:
            return Delivered()
        sheet = await self._pictures.sheet(story.job.offer)
        if await self._whisper(story, cards.offer_message(story, sheet)):
            return Delivered()
        return await self._say_to_owner(Speech(announcement, story, cards.late_offer_message))

    async def _refusal(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """By the interaction while it can be answered; later only where nobody else reads along."""
        if await self._whisper(story, cards.refusal_message(story)):
            return Delivered()
        return await self._say_to_owner(Speech(announcement, story, cards.late_refusal_message))

    async def _whisper(self, story: Story, reply: Reply) -> bool:
        """Answers the interaction once more; False when it cannot be answered any more."""
        ticket = story.job.order.ticket
        if not ticket.token or self._clock.now() - story.job.created_at >= TICKET_LIFE:
            return False
        try:
            await self._calls.whisper(ticket, reply)
        except TROUBLE as error:
            log.info("ticket_useless", job_id=story.job.job_id, verdict=unless_later(error))
            return False
        return True

    async def _say_to_owner(self, speech: Speech) -> Delivered | Parked:
        """Says something where nobody else reads along, if there is such a place."""
        order = speech.job.order
        if order.place.kind is PlaceKind.DM or order.visibility is Visibility.PRIVATE:
            return await self._say(speech)
        return Parked(ParkReason.TOO_LATE)

    async def _say(self, speech: Speech) -> Delivered | Parked:
        speech = replace(speech, story=await self._private_places.settled(speech.story))
        if marks.may_be_a_repeat(speech.announcement, self._clock.now()):
            earlier = await self._ladder.earlier(speech)
            if earlier is not None:
                return earlier
        return await self._ladder.climb(speech)
