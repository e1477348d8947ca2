"""The rungs of the ladder: which places a message about a job may go to, best first. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import discord

from bot.model import Job, PlaceKind, Story, Visibility
from bot.moderation.servers import Results
from bot.notices import Announcement, NoticeKind
from cogs.pictures import Picture

AMONG_ALL = frozenset({PlaceKind.TEXT, PlaceKind.ANNOUNCEMENT, PlaceKind.VOICE})
"""Where results may be posted elsewhere; who asks in a thread or in private reads them there."""


class Rung(StrEnum):
    """A kind of place."""

    DIRECT_MESSAGES = "direct-messages"
    THREAD = "thread"
    NEW_THREAD = "new-thread"
    RESULTS_CHANNEL = "results-channel"
    REPLY = "reply"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be said; drawn afresh for each place, since a view is used once.

    `picture` is what the drawing shows; `pings` says that the owner is notified; `may_end_on_card` that it
    is what came of the job: the card may be turned into it, and the server's results channel takes it;
    `privately` that its owner is to read it alone, if there is any way.
    """

    announcement: Announcement
    story: Story
    draw: Callable[[Story], discord.ui.LayoutView]
    picture: Picture | None = None
    pings: bool = False
    may_end_on_card: bool = False
    privately: bool = False

    @property
    def job(self) -> Job:
        return self.story.job

    @property
    def is_private(self) -> bool:
        return self.job.order.visibility is Visibility.PRIVATE

    @property
    def may_leave(self) -> bool:
        """Whether it is what came of a job told in a thread, which others may read elsewhere, too."""
        is_in_thread = self.job.thread_id is not None or can_have_thread(self.job)
        return self.may_end_on_card and is_in_thread and not self.is_private

    @property
    def is_shown(self) -> bool:
        """Whether it is a character that was ordered in a channel, before everybody there."""
        is_result = self.announcement.kind is NoticeKind.RESULT
        return is_result and not self.is_private and self.job.order.place.kind in AMONG_ALL


def rungs(speech: Speech, results: Results) -> Iterator[Rung]:
    """Where it may go, best first; `results` is where the server wants results."""
    if speech.privately and not speech.is_private:
        yield Rung.DIRECT_MESSAGES
    if results is Results.RESULTS_CHANNEL and speech.is_shown:
        yield Rung.RESULTS_CHANNEL
    if speech.job.thread_id is not None:
        yield Rung.THREAD
    if opens_thread(speech.job, results):
        yield Rung.NEW_THREAD
    yield from _without_thread(speech, results)
    if speech.is_private:
        yield Rung.DIRECT_MESSAGES


def _without_thread(speech: Speech, results: Results) -> Iterator[Rung]:
    """A server that wants no threads has the card answered first."""
    reply = [Rung.REPLY] if speech.job.card is not None else []
    is_left = speech.may_leave and not (results is Results.RESULTS_CHANNEL and speech.is_shown)
    leave = [Rung.RESULTS_CHANNEL] if is_left else []
    yield from leave + reply if results is Results.THREAD else reply + leave
    if speech.job.card is not None and speech.may_end_on_card:
        yield Rung.CARD


def opens_thread(job: Job, results: Results) -> bool:
    """Whether the job is told in a public thread on its card."""
    return results is Results.THREAD and can_have_thread(job)


def can_have_thread(job: Job) -> bool:
    """Whether there can be a public thread on the job's card."""
    order = job.order
    return job.card is not None and order.place.can_open_thread and order.visibility is Visibility.THREAD
