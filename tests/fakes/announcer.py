"""Discord, as far as it is told something."""

import asyncio
from collections import deque

from bot.model import Job, MessageRef, Story
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered, Parked
from tests.builders import a_snowflake


class FakeAnnouncer:
    """An Announcer; everything can be told, unless the next deliveries are to go another way.

    `told` holds what was delivered, with the story it was told from. `first_responses` says which
    interactions were answered, by their ids.
    """

    def __init__(self) -> None:
        self.told: list[tuple[Announcement, Story]] = []
        self.first_responses: dict[int, MessageRef] = {}
        self.asked: list[int] = []
        self._outcomes: deque[Exception | Parked] = deque()
        self._refused_questions: deque[Exception] = deque()
        self._gate: asyncio.Event | None = None

    def next_deliveries(self, *outcomes: Exception | Parked) -> None:
        """What the next deliveries come to, one each."""
        self._outcomes.extend(outcomes)

    def refuse_questions(self, *errors: Exception) -> None:
        """The next questions for a first response raise these, one each."""
        self._refused_questions.extend(errors)

    def hold(self) -> asyncio.Event:
        """Deliveries wait until the returned event is set."""
        self._gate = asyncio.Event()
        return self._gate

    @property
    def kinds(self) -> list[NoticeKind]:
        """What was told, in order."""
        return [announcement.kind for announcement, _ in self.told]

    async def first_response(self, job: Job) -> MessageRef | None:
        interaction_id = job.order.ticket.interaction_id
        self.asked.append(interaction_id)
        if self._refused_questions:
            raise self._refused_questions.popleft()
        return self.first_responses.get(interaction_id)

    async def deliver(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        if self._gate is not None:
            await self._gate.wait()
        outcome = self._outcomes.popleft() if self._outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            return outcome
        self.told.append((announcement, story))
        channel_id = story.job.thread_id or story.job.order.place.channel_id
        if announcement.kind is NoticeKind.THREAD:
            return Delivered(thread_id=a_snowflake())
        return Delivered(message=MessageRef(channel_id, a_snowflake()))
