"""Between an accepted clip and the queue, where a server wishes it: a moderator says yes or no.

Nothing is uploaded or paid before the yes. Who presses first decides; nobody decides about their own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.deeds import Deed
from bot.errors import JobConflict, NotAllowed, NotFound
from bot.fault import Fault
from bot.jobs.breaker import fault_of_circuit
from bot.jobs.checkpoint import END_NOTICES, SAVE_TRIES, Checkpoint
from bot.jobs.lanes import Ring
from bot.model import Attempt, AttemptState, Person, Story
from bot.moderation import gates
from bot.moderation.gates import Block
from bot.moderation.reviews import ReviewStore, ends_at, look_at
from bot.notices import NoticeKind, NoticeState
from bot.ports import Clock
from bot.refusals.reviews import ReviewOver
from bot.review import Review
from bot.stores import AnnouncementStore, CircuitStore, ServerStore

APPROVED, REJECTED = "approve", "reject"
"""What the audit log calls a decision."""


class Reviewing:
    """What moderators decide, and the end of what they do not."""

    def __init__(
        self,
        *,
        store: ReviewStore,
        announcements: AnnouncementStore,
        circuits: CircuitStore,
        servers: ServerStore,
        checkpoint: Checkpoint,
        clock: Clock,
        ring: Ring,
    ) -> None:
        self._store = store
        self._announcements = announcements
        self._circuits = circuits
        self._servers = servers
        self._checkpoint = checkpoint
        self._clock = clock
        self._ring = ring

    async def go_on(self, attempt: Attempt) -> None:
        """Ends what nobody has decided about in time; else it goes on waiting."""
        now = self._clock.now()
        if now >= ends_at(attempt):
            await self._checkpoint.expire(attempt, Fault.NOT_REVIEWED)
        else:
            await self._checkpoint.save(attempt.postpone(look_at(attempt, now)))

    async def waiting(self, guild_id: int, *, limit: int, offset: int) -> Sequence[Story]:
        """What waits in a server for a decision, the oldest first."""
        return await self._store.waiting(guild_id, limit, offset)

    async def count(self, guild_id: int) -> int:
        """How much waits there."""
        return await self._store.count_waiting(guild_id)

    async def check_decides(self, person: Person) -> None:
        """Whether somebody decides about others' in the server in which they ask.

        Raises:
            NotAllowed: they do not.
        """
        settings = await self._servers.settings(person.guild_id)
        if person.guild_id is None or not gates.moderates(settings, person):
            raise NotAllowed("review")

    async def unasked(self, story: Story) -> str | None:
        """Why the moderators' channel does not show what waits; None where it does, or there is none."""
        parked = await self._announcements.parked_of(story.job.job_id)
        number = story.attempt.number
        own = [one for one in parked if (one.kind, one.attempt_number) == (NoticeKind.REVIEW, number)]
        return own[0].parked_reason if own else None

    async def open(self, attempt_id: str, person: Person) -> Story:
        """What the person may decide about.

        Raises:
            NotFound, NotAllowed: there is no such thing here, or it is not theirs to decide.
            ReviewOver: it does not wait for a decision any more.
        """
        return (await self._open(attempt_id, person))[0]

    async def approve(self, attempt_id: str, person: Person) -> Story:
        """Lets an attempt into the queue.

        Raises:
            NotFound, NotAllowed, ReviewOver: as for `open`.
            JobConflict: the attempt would not stand still.
        """
        for _ in range(SAVE_TRIES):
            story, review = await self._open(attempt_id, person)
            now = self._clock.now()
            fault = await fault_of_circuit(self._circuits, story.attempt.provider)
            queued = story.attempt.move(AttemptState.QUEUED, due_at=now, waits_since=now, fault=fault)
            decided = replace(review, approved=True, decided_at=now, decided_by=person.user_id)
            notices = (NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.REVIEW)
            if await self._decide(story, queued, decided, notices):
                return replace(story, attempt=queued, review=decided)
        raise JobConflict(attempt_id)

    async def reject(
        self,
        attempt_id: str,
        person: Person,
        reason: str | None,
        block_for: timedelta | None = None,
        *,
        blocks: bool = False,
    ) -> Story:
        """Ends an attempt, and blocks its owner where `blocks`: for a time, or (None) until unblocked.

        Raises:
            NotFound, NotAllowed, ReviewOver: as for `open`.
            JobConflict: the attempt would not stand still.
        """
        for _ in range(SAVE_TRIES):
            story, review = await self._open(attempt_id, person)
            now = self._clock.now()
            ended = story.attempt.move(AttemptState.FAILED, fault=Fault.NOT_APPROVED, ended_at=now)
            decided = replace(review, decided_at=now, decided_by=person.user_id, reason=reason)
            until = now + block_for if block_for else None
            block = Block(story.job.order.owner_id, until, reason) if blocks else None
            if await self._decide(story, ended, decided, (*END_NOTICES, NoticeKind.REVIEW), block):
                return replace(story, attempt=ended, review=decided)
        raise JobConflict(attempt_id)

    async def _decide(
        self,
        story: Story,
        attempt: Attempt,
        review: Review,
        notices: Sequence[NoticeKind],
        block: Block | None = None,
    ) -> bool:
        """Stores a decision; False when the attempt moved meanwhile."""
        guild_id = story.job.order.place.guild_id
        if guild_id is None or review.decided_at is None or review.decided_by is None:
            raise ValueError(story.job.job_id)
        action = APPROVED if review.approved else REJECTED
        deed = Deed(
            guild_id, review.decided_by, review.decided_at, action, story.job.reference, None, review.reason
        )
        try:
            await self._store.decide(attempt, review, deed=deed, block=block, notices=notices)
        except JobConflict:
            return False
        self._ring(attempt.state, NoticeState.PENDING)
        return True

    async def _open(self, attempt_id: str, person: Person) -> tuple[Story, Review]:
        story = await self._store.story(attempt_id)
        if story is None or story.job.order.place.guild_id != person.guild_id:
            raise NotFound("review")
        await self.check_decides(person)
        if story.attempt.state is not AttemptState.REVIEW or story.review is None:
            raise ReviewOver(story)
        if person.user_id in (story.job.order.owner_id, story.attempt.requested_by):
            raise NotAllowed("review-own")
        return story, story.review
