"""The ladder: the places where a message about a job can go, best first, and how it falls to the next."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import discord
import structlog

from bot.model import Job, MessageRef, Story
from bot.moderation.servers import ServerSettings
from bot.ports import Delivered, Parked
from bot.stores import ServerStore
from cogs.cards import without_own_words
from cogs.delivery import marks
from cogs.delivery.calls import Calls, Forum, Posted
from cogs.delivery.policy import TROUBLE, Verdict, reason_of, unless_later, verdict_of
from cogs.delivery.private_place import PrivatePlaces
from cogs.delivery.rungs import Rung, Speech, can_have_thread, rungs
from cogs.texts import notices, posts
from cogs.texts.notices import ParkReason

log = structlog.get_logger(__name__)

T = TypeVar("T")
Act = Callable[[Speech], Awaitable[Delivered | None]]


class Ladder:
    """Says something in the first place that takes it, with the same nonce everywhere.

    Its methods raise only what may pass later, except `open_thread`.
    """

    def __init__(self, calls: Calls, private_places: PrivatePlaces, servers: ServerStore) -> None:
        self._calls = calls
        self._private_places = private_places
        self._servers = servers

    async def climb(self, speech: Speech) -> Delivered | Parked:
        """Delivers, or says why there is no place: the reason of the best one."""
        reason: ParkReason | None = None
        results = (await self._settings_of(speech.job)).results_go
        for rung in rungs(speech, results):
            try:
                delivered = await self._act(rung)(speech)
            except TROUBLE as error:
                verdict = unless_later(error)
                log.info("rung_failed", job_id=speech.job.job_id, rung=rung, verdict=verdict)
                reason = reason or reason_of(verdict)
            else:
                if delivered is not None:
                    return delivered
        return Parked(reason or ParkReason.GONE)

    async def earlier(self, speech: Speech) -> Delivered | None:
        """What an earlier try left in one of the places, where it may have come through unnoticed."""
        async for channel_id in self._places(speech):
            found = marks.find(speech.announcement, speech.story, await self._own_messages(channel_id))
            if found is not None:
                on_card = found.message if found.message == speech.job.card else None
                thread_id = _thread_id(speech.job, channel_id)
                return Delivered(message=found.message, card=on_card, thread_id=thread_id)
        return None

    async def open_thread(self, story: Story) -> int:
        """The id of the thread on the card, whether or not it was there already."""
        await self._start_thread(story)
        return _card(story.job).message_id

    def _act(self, rung: Rung) -> Act:
        acts: dict[Rung, Act] = {
            Rung.DIRECT_MESSAGES: self._in_direct_messages,
            Rung.THREAD: self._in_thread,
            Rung.NEW_THREAD: self._in_new_thread,
            Rung.RESULTS_CHANNEL: self._in_results_channel,
            Rung.REPLY: self._as_reply,
            Rung.CARD: self._on_card,
        }
        return acts[rung]

    async def _in_thread(self, speech: Speech) -> Delivered | None:
        return None if speech.job.thread_id is None else await self._say(speech, speech.job.thread_id)

    async def _in_new_thread(self, speech: Speech) -> Delivered | None:
        is_new = await self._start_thread(speech.story)
        thread_id = _card(speech.job).message_id
        if thread_id == speech.job.thread_id and not is_new:
            return None
        return await self._say(speech, thread_id)

    async def _in_results_channel(self, speech: Speech) -> Delivered | None:
        channel_id = (await self._settings_of(speech.job)).results_channel
        if channel_id is None:
            return None
        forum = await self._calls.forum(channel_id)
        return await (self._say(speech, channel_id) if forum is None else self._in_post(speech, forum))

    async def _in_post(self, speech: Speech, forum: Forum) -> Delivered:
        """In the job's post, which may be there already, with the message in it."""
        post_id = await self._post_of(speech.job, forum)
        if post_id is not None:
            found = marks.find(speech.announcement, speech.story, await self._own_messages(post_id))
            return Delivered(message=found.message) if found else await self._say(speech, post_id)
        ping = speech.job.order.owner_id if speech.pings else None
        archive = (await self._settings_of(speech.job)).thread_archive

        async def begin(story: Story) -> MessageRef:
            return await self._calls.open_post(
                forum,
                posts.title(story.job),
                speech.draw(story),
                minutes=archive.minutes,
                ping=ping,
                picture=speech.picture,
            )

        return Delivered(message=await unless_refused(begin, speech.story))

    async def _post_of(self, job: Job, forum: Forum) -> int | None:
        guild_id = job.order.place.guild_id
        return None if guild_id is None else await self._calls.find_post(guild_id, forum, job.reference)

    async def _as_reply(self, speech: Speech) -> Delivered | None:
        card = _card(speech.job)
        if card.channel_id == speech.job.thread_id:
            return None
        return await self._say(speech, card.channel_id, reply_to=card)

    async def _on_card(self, speech: Speech) -> Delivered | None:
        card = _card(speech.job)
        await unless_refused(
            lambda story: self._calls.edit(card, speech.draw(story), speech.picture), speech.story
        )
        return Delivered(message=card, card=card)

    async def _in_direct_messages(self, speech: Speech) -> Delivered | None:
        return await self._say(speech, await self._private_places.direct_messages_with(speech.job))

    async def _start_thread(self, story: Story) -> bool:
        """Whether the card had no thread yet; either way it has one now, of the card's own id."""
        card = _card(story.job)

        async def start(named: Story) -> None:
            await self._calls.open_thread(card, notices.thread_name(named.job), archive.minutes)

        archive = (await self._settings_of(story.job)).thread_archive
        try:
            await unless_refused(start, story)
        except discord.HTTPException as error:
            if verdict_of(error) is not Verdict.THREAD_EXISTS:
                raise
            return False
        return True

    async def _say(self, speech: Speech, channel_id: int, reply_to: MessageRef | None = None) -> Delivered:
        ping = speech.job.order.owner_id if speech.pings else None

        async def post(story: Story) -> MessageRef | None:
            view, nonce = speech.draw(story), speech.announcement.nonce
            return await self._calls.post(
                channel_id, view, nonce=nonce, ping=ping, reply_to=reply_to, picture=speech.picture
            )

        message = await unless_refused(post, speech.story)
        return Delivered(message=message, thread_id=_thread_id(speech.job, channel_id))

    async def _places(self, speech: Speech) -> AsyncIterator[int]:
        job = speech.job
        candidates = [job.thread_id]
        if job.card is not None:
            candidates.append(job.card.message_id if can_have_thread(job) else None)
        if speech.may_leave or speech.is_shown:
            candidates.append(await self._results_place(job))
        if job.card is not None:
            candidates.append(job.card.channel_id)
        if speech.privately or speech.is_private:
            candidates.append(await self._direct_messages_with(job))
        for channel_id in dict.fromkeys(candidates):
            if channel_id is not None:
                yield channel_id

    async def _results_place(self, job: Job) -> int | None:
        """The server's results channel; where that is a forum, the job's post in it, if there is one."""
        channel_id = (await self._settings_of(job)).results_channel
        if channel_id is None:
            return None
        try:
            forum = await self._calls.forum(channel_id)
            return channel_id if forum is None else await self._post_of(job, forum)
        except TROUBLE as error:
            unless_later(error)
            return None

    async def _settings_of(self, job: Job) -> ServerSettings:
        return await self._servers.settings(job.order.place.guild_id)

    async def _direct_messages_with(self, job: Job) -> int | None:
        """Where nothing can be looked for, nothing of ours is."""
        try:
            return await self._private_places.direct_messages_with(job)
        except TROUBLE as error:
            unless_later(error)
            return None

    async def _own_messages(self, channel_id: int) -> list[Posted]:
        """The bot's latest messages there; none where it cannot look."""
        try:
            return await self._calls.own_messages(channel_id)
        except TROUBLE as error:
            unless_later(error)
            return []


async def unless_refused(act: Callable[[Story], Awaitable[T]], story: Story) -> T:
    """Does something with the story, and once more without the member's words when AutoMod refuses those."""
    try:
        return await act(story)
    except discord.HTTPException as error:
        if verdict_of(error) is not Verdict.TEXT_REFUSED:
            raise
    return await act(without_own_words(story))


def _card(job: Job) -> MessageRef:
    if job.card is None:
        raise ValueError(job.job_id)
    return job.card


def _thread_id(job: Job, channel_id: int) -> int | None:
    """The channel if it is the job's thread, which may have come to be on the way."""
    is_on_card = can_have_thread(job) and job.card is not None and channel_id == job.card.message_id
    return channel_id if is_on_card or channel_id == job.thread_id else None
