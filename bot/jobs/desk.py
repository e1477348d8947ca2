"""What people may ask for: accept, retry, cancel, look up. Decides who may; the machine does the rest."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.clip import Offer, Part
from bot.deeds import Deed
from bot.errors import (
    AttemptsExhausted,
    JobConflict,
    NotAllowed,
    NotCancellable,
    NotFound,
    NotOffered,
    NotRetryable,
    PartNotThere,
    RecordsUnavailable,
)
from bot.fault import Fault
from bot.jobs.breaker import fault_of_circuit
from bot.jobs.characters.library import plain
from bot.jobs.checkpoint import SAVE_TRIES
from bot.jobs.failover import Ways
from bot.jobs.intake import ACKNOWLEDGE_WAIT
from bot.jobs.reach import is_within_reach
from bot.model import RETRYABLE_STATES, Attempt, AttemptState, Job, Maker, MessageRef, Order, Person, Story
from bot.moderation import gates
from bot.notices import Announcement, NoticeKind
from bot.orders import names, parts
from bot.ports import Clock
from bot.review import Review
from bot.stores import AnnouncementStore, CircuitStore, JobStore, ServerStore

MAX_ATTEMPTS = 3
"""Attempts per job; each may cost a submission."""
OVERVIEW_LIMIT = 10
NAMED_LIMIT = 100
"""How many jobs back one is found by its name."""
CUTS_OF_ONE = 1
CUTS_AT_MOST = 20
"""Clips that wait to be cut, of one person and in all; at a few seconds each that is a minute or two."""
ANSWERABLE_FOR = timedelta(hours=48)
ANSWERABLE_LIMIT = 200
"""How far back, and on how many failures, wishes are looked for that were made while nobody listened."""
OVER = frozenset({Fault.NOT_APPROVED, Fault.SERVER_LEFT})
STORE_SECONDS = 2.0
"""A command has to be answered within three seconds (Discord: Interactions), a no included."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeskRules:
    """What the operator decided."""

    daily_cap: int


class Desk:
    """One counter for commands, buttons and reactions."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        announcements: AnnouncementStore,
        circuits: CircuitStore,
        servers: ServerStore,
        ways: Ways,
        clock: Clock,
        rules: DeskRules,
        new_id: Callable[[], str],
        new_token: Callable[[], str],
        ring: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._announcements = announcements
        self._circuits = circuits
        self._servers = servers
        self._ways = ways
        self._clock = clock
        self._rules = rules
        self._new_id = new_id
        self._new_token = new_token
        self._ring = ring
        self._taking_back: set[asyncio.Task[None]] = set()

    async def accept(self, order: Order, form_id: str | None = None, person: Person | None = None) -> Story:
        """Stores the order as a job; the machine waits until `acknowledge` says that its card is shown.

        `person` is its owner, with the roles they hold and where they ask.

        Raises:
            DuplicateInteraction: the interaction is a job already.
            FormUsed, AlreadyOrdered: the form that it was typed into, or the same order, is a job already.
            LimitReached: the day's cap is used up.
            UserFault: what the server's moderators have decided stands in the way: `bot.moderation.gates`.
            SourceRefused: it is about a video, and no provider here takes one.
            RecordsUnavailable: it cannot be stored, or not before the person has to be answered.
        """
        now = self._clock.now()
        job = Job(job_id=self._new_id(), order=order, created_at=now)
        attempt = self._attempt(job.job_id, self._ways.beginning(order), order.owner_id, now)
        attempt = attempt.postpone(now + ACKNOWLEDGE_WAIT)
        asks = person or Person(order.owner_id, order.place.guild_id)
        review = await self._store_in_time(job, attempt, form_id, asks)
        return Story(job=job, attempt=attempt, review=review)

    async def first_maker(self) -> Maker:
        """Where a first attempt begins, with what its latest characters cost."""
        return await self._ways.first()

    async def _store_in_time(
        self, job: Job, attempt: Attempt, form_id: str | None, person: Person
    ) -> Review | None:
        """Stores a new job, or takes it back as soon as it is stored too late to be told."""
        cap = self._rules.daily_cap
        accepting = self._jobs.accept(job, attempt, daily_cap=cap, form_id=form_id, person=person)
        storing = asyncio.ensure_future(accepting)
        await asyncio.wait([storing], timeout=STORE_SECONDS)
        if storing.done():
            return storing.result()
        taking_back = asyncio.create_task(self._take_back(job.job_id, storing))
        self._taking_back.add(taking_back)
        taking_back.add_done_callback(self._taking_back.discard)
        raise RecordsUnavailable("busy")

    async def _take_back(self, job_id: str, storing: asyncio.Task[Review | None]) -> None:
        """If it cannot be taken back either, its owner never saw a card of it: the machine asks for that."""
        try:
            await storing
            await self._jobs.forget(job_id)
        except Exception:
            log.exception("late_job_not_taken_back", job_id=job_id)
        else:
            log.warning("late_job_taken_back", job_id=job_id)

    async def acknowledge(self, job_id: str, card: MessageRef | None) -> None:
        """The first response is shown: the machine may start. `card` is None for a private job."""
        await self._jobs.acknowledge(job_id, card, self._clock.now())
        self._ring()

    async def withdraw(self, job_id: str) -> None:
        """The first response failed: nobody was told anything, so nothing happened."""
        await self._jobs.forget(job_id)

    async def retry(self, job_id: str, attempt_number: int, person: Person) -> Attempt:
        """A new attempt of the same job from the kept clip, asked on the notice of `attempt_number`.

        It goes where the latest one was.

        Raises:
            NotFound, NotAllowed: no such job here, or not theirs to retry.
            NotRetryable: the latest attempt goes on, succeeded, or is newer than the notice.
            AttemptsExhausted, LimitReached: no attempts left for this job, or for today.
            UserFault: what the server's moderators have decided stands in the way: `bot.moderation.gates`.
            JobConflict: somebody else was first.
        """
        story = await self._theirs(job_id, person, "retry")
        latest = story.attempt
        retryable = can_follow(latest) and story.job.clip is not None
        if not retryable or latest.number != attempt_number:
            raise NotRetryable(latest.state)
        if is_last(latest):
            raise AttemptsExhausted(MAX_ATTEMPTS)
        provider = self._ways.preferred(latest.provider)
        attempt = replace(
            self._attempt(job_id, provider, person.user_id, self._clock.now()),
            number=latest.number + 1,
            state=AttemptState.QUEUED,
            fault=await fault_of_circuit(self._circuits, provider),
            renews=latest.renews,
        )
        cap, deed = self._rules.daily_cap, self._deed("retry", story, person)
        asks = person.asking_in(story.job.order.place.guild_id)
        opened = await self._jobs.open_attempt(attempt, daily_cap=cap, person=asks, deed=deed)
        self._ring()
        return opened

    async def retry_by_reaction(self, job_id: str, attempt_number: int, person: Person) -> Attempt:
        """The same, where the server lets reactions count.

        Raises:
            As `retry`; and NotAllowed where they do not.
        """
        if not (await self._servers.settings(person.guild_id)).reaction_retry:
            raise NotAllowed("react")
        return await self.retry(job_id, attempt_number, person)

    async def cancel(self, job_id: str, person: Person) -> Story:
        """Stops the job's latest attempt; returns the story as it was before.

        Raises:
            NotFound, NotAllowed: no such job here, or not theirs to cancel.
            NotCancellable: it has ended, or is being submitted this very moment.
        """
        for _ in range(SAVE_TRIES):
            story = await self._theirs(job_id, person, "cancel")
            if not _can_cancel(story.attempt):
                raise NotCancellable(story.attempt.state)
            now = self._clock.now()
            ended = story.attempt.move(AttemptState.CANCELLED, ended_at=now)
            shown, deed = shown_by(story.attempt), self._deed("cancel", story, person)
            try:
                await self._jobs.save(ended, now=now, notices=shown, forget_ticket=True, deed=deed)
            except JobConflict:
                continue
            self._ring()
            return story
        raise JobConflict(job_id)

    async def make_elsewhere(self, job_id: str, provider: str, person: Person) -> Maker:
        """Puts a job that waits for a model that is off in the queue of another provider; who that is.

        Raises:
            NotFound, NotAllowed: no such job here, or not theirs.
            NotMovable: it does not wait for such a model, or may not go there.
        """
        for _ in range(SAVE_TRIES):
            story = await self._theirs(job_id, person, "move")
            maker, moved = await self._ways.moved(story, provider)
            try:
                await self._jobs.save(moved, now=self._clock.now(), notices=[NoticeKind.CARD])
            except JobConflict:
                continue
            self._ring()
            return maker
        raise JobConflict(job_id)

    async def offer(self, job_id: str, person: Person) -> tuple[Story, Offer]:
        """The clip that a member may cut; theirs alone, for nobody else saw it.

        Raises:
            NotFound, NotAllowed: no such job here, or not theirs.
            NotOffered: no part of its clip is to be chosen now.
        """
        story = await self._theirs(job_id, person, "cut")
        if story.job.order.owner_id != person.user_id:
            raise NotAllowed("cut")
        if story.attempt.state is not AttemptState.OFFERED or story.job.offer is None:
            raise NotOffered(story.attempt.state)
        return await self._ways.described(story), story.job.offer

    async def choose(self, job_id: str, part: Part, person: Person) -> Story:
        """Takes a member's choice: the part is cut out next.

        Raises:
            NotFound, NotAllowed, NotOffered: as for `offer`.
            PartNotThere: the clip has no such part to offer.
            CuttingBusy: too many wait already.
            JobConflict: somebody else was first.
        """
        story, offer = await self.offer(job_id, person)
        if not parts.is_offered(part, offer.seconds):
            raise PartNotThere(offer.seconds)
        now = self._clock.now()
        chosen = story.attempt.move(AttemptState.MENDING, due_at=now)
        await self._jobs.begin_mending(chosen, part, now=now, own_limit=CUTS_OF_ONE, limit=CUTS_AT_MOST)
        self._ring()
        return story

    async def announcement_on(self, message: MessageRef) -> Announcement | None:
        """Which announcement a message of ours is, if any."""
        return await self._announcements.by_message(message)

    async def latest_failures(self) -> list[tuple[Announcement, Story]]:
        """The failures of the last two days that nothing has followed, newest first, with their jobs."""
        since = self._clock.now() - ANSWERABLE_FOR
        found = await self._announcements.latest_failures(since, ANSWERABLE_LIMIT)
        stories = [await self._jobs.story(failure.job_id) for failure in found]
        return [(failure, story) for failure, story in zip(found, stories, strict=True) if story is not None]

    async def story(self, job_id: str, person: Person) -> Story:
        """One job as it stands, for its owner or a moderator of its server.

        Raises:
            NotFound: no such job, or not for this person.
        """
        try:
            return await self._theirs(job_id, person, "see")
        except NotAllowed:
            raise NotFound("job") from None

    async def overview(self, person: Person) -> list[Story]:
        """The person's latest jobs in this server, or in direct messages."""
        return await self._jobs.stories_of(person.user_id, person.guild_id, OVERVIEW_LIMIT)

    async def own(self, person: Person) -> list[Story]:
        """The person's jobs in this server, or in direct messages, as far back as they can be named."""
        return await self._jobs.stories_of(person.user_id, person.guild_id, NAMED_LIMIT)

    async def find(self, reference: str, person: Person) -> Story:
        """One of them by its id, its reference or its name; of several of one name the newest.

        Raises:
            NotFound: no such job of theirs here.
        """
        wanted = names.folded(plain(reference))
        stories = await self.own(person)
        for story in stories if wanted else ():
            job = story.job
            if wanted in {names.folded(one) for one in (job.job_id, job.reference, job.order.name or "")}:
                return story
        raise NotFound("job")

    async def undelivered(self, story: Story) -> Sequence[Announcement]:
        """What of a job could not be told to anybody."""
        return await self._announcements.parked_of(story.job.job_id)

    def _attempt(self, job_id: str, provider: str, requested_by: int, now: datetime) -> Attempt:
        """A first one."""
        return Attempt(
            attempt_id=self._new_id(),
            job_id=job_id,
            number=1,
            state=AttemptState.RECEIVED,
            provider=provider,
            requested_by=requested_by,
            callback_token=self._new_token(),
            created_at=now,
            due_at=now,
        )

    async def _theirs(self, job_id: str, person: Person, action: str) -> Story:
        """The job's story if the person may act on it: its owner, or a moderator in the job's own server."""
        story = await self._jobs.story(job_id)
        if story is None or not is_within_reach(story.job, person):
            raise NotFound("job")
        if person.user_id != story.job.order.owner_id and not await self._moderates(person):
            raise NotAllowed(action)
        return story

    def _deed(self, action: str, story: Story, person: Person) -> Deed | None:
        """What the server's audit log says of somebody who acts on another's job."""
        order = story.job.order
        if order.place.guild_id is None or person.user_id == order.owner_id:
            return None
        return Deed(order.place.guild_id, person.user_id, self._clock.now(), action, story.job.reference)

    async def _moderates(self, person: Person) -> bool:
        """In direct messages nobody does."""
        if person.guild_id is None:
            return False
        return gates.moderates(await self._servers.settings(person.guild_id), person)


def is_last(attempt: Attempt) -> bool:
    """Whether its job has had all its attempts; renewals can be asked for anew, and are not counted."""
    return attempt.renews is None and attempt.number >= MAX_ATTEMPTS


def can_follow(attempt: Attempt) -> bool:
    """Whether another attempt may follow this one; what a moderator, or the server, wants no more is over."""
    return attempt.state in RETRYABLE_STATES and attempt.fault not in OVER


def shown_by(attempt: Attempt) -> Sequence[NoticeKind]:
    """What shows that an attempt goes on, and is to be redrawn when it ends."""
    is_asked = attempt.state is AttemptState.REVIEW
    return (NoticeKind.CARD, NoticeKind.REVIEW) if is_asked else (NoticeKind.CARD,)


def _can_cancel(attempt: Attempt) -> bool:
    return attempt.is_open and attempt.state is not AttemptState.SUBMITTING
