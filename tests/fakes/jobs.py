"""Jobs and their attempts in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clip import KeptClip, Offer, Part
from bot.deeds import Deed
from bot.errors import CuttingBusy, DuplicateInteraction, FormUsed, JobConflict, LimitReached, NotFound
from bot.model import Attempt, AttemptState, Character, Job, MessageRef, Person, Story
from bot.moderation import gates
from bot.moderation.reviews import held, needed_review
from bot.moderation.text_rules import check_texts
from bot.notices import NoticeKind
from bot.orders.repeats import GOES_ON, REPEATED_WITHIN, is_repeated
from bot.refusals.entries import AlreadyOrdered, BotDraining, ServerBarred
from bot.review import Review
from bot.stores import Rate, TaskTimes
from tests.fakes.credits import count_of_day
from tests.fakes.gates import count_used, stored_gates
from tests.fakes.text_rules import stored_rules
from tests.fakes.world import ALONE, WAITING_FOR_SUBMISSION, World

READY_AT_MOST = 6
UNCOUNTED = (AttemptState.REJECTED, AttemptState.CANCELLED)


class MemoryJobStore:
    """A JobStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World, instance_id: str = ALONE) -> None:
        self._world = world
        self._instance_id = instance_id

    async def accept(
        self,
        job: Job,
        attempt: Attempt,
        *,
        daily_cap: int,
        form_id: str | None = None,
        person: Person | None = None,
    ) -> Review | None:
        interaction_id = job.order.ticket.interaction_id
        taken = {known.order.ticket.interaction_id for known in self._world.jobs.values()}
        if interaction_id in taken:
            raise DuplicateInteraction(interaction_id)
        form = (job.order.owner_id, form_id or "")
        if form in self._world.forms:
            raise FormUsed(form[1])
        review: Review | None = None
        if person is not None:
            self._check_repeated(job)
            review = self._enter(attempt, person, job)
        self._take_daily_place(attempt, daily_cap)
        if form_id is not None:
            self._world.forms[form] = job.job_id
        self._world.jobs[job.job_id] = job
        self._world.attempts[attempt.attempt_id] = attempt
        if review is not None:
            self._world.reviews[attempt.attempt_id] = review
        return review

    def _check_repeated(self, job: Job) -> None:
        since = job.created_at - REPEATED_WITHIN
        for earlier in sorted(self._world.jobs.values(), key=lambda one: one.created_at, reverse=True):
            states = {attempt.state for attempt in self._world.attempts_of(earlier.job_id)}
            if earlier.created_at > since and is_repeated(job.order, earlier.order) and states & GOES_ON:
                raise AlreadyOrdered(earlier.job_id, created_at=earlier.created_at)

    def _enter(self, attempt: Attempt, person: Person, job: Job) -> Review | None:
        if person.guild_id is None:
            return None
        if person.guild_id in self._world.bars:
            raise ServerBarred(self._world.bars[person.guild_id].reason)
        earlier = job if attempt.number > 1 else None
        concerned = {person.user_id, *person.role_ids, *({earlier.order.owner_id} if earlier else ())}
        decided = stored_gates(self._world, person.guild_id, concerned)
        gates.check_present(decided, attempt)
        gates.check(decided, person, attempt.created_at, earlier)
        gates.check_visibility(decided.settings, job if earlier is None else None)
        rule = check_texts(stored_rules(self._world, person.guild_id), job)
        used = count_used(self._world, person.guild_id, person.user_id, attempt.created_at)
        gates.take_place(decided, person, used, next_midnight(attempt.created_at))
        before = [self._world.reviews.get(one.attempt_id) for one in self._world.attempts_of(job.job_id)]
        if attempt.renews is not None or any(one is not None and one.approved for one in before):
            return None
        return needed_review(decided, attempt, person, job, used, rule)

    def _take_daily_place(self, attempt: Attempt, cap: int) -> None:
        state = self._world.operating
        if state.drain is not None:
            raise BotDraining(state.drain.message)
        limit = cap if state.daily_cap is None else state.daily_cap
        if count_of_day(self._world, attempt.created_at) >= limit:
            raise LimitReached("bot-day", limit=limit, resets_at=next_midnight(attempt.created_at))

    async def acknowledge(self, job_id: str, card: MessageRef | None, due_at: datetime) -> None:
        if job_id not in self._world.jobs:
            return
        self._world.jobs[job_id] = replace(self._world.jobs[job_id], card=card)
        first = self._world.attempts_of(job_id)[0]
        if first.state is AttemptState.RECEIVED:
            self._world.attempts[first.attempt_id] = replace(first, due_at=due_at)

    async def place_card(self, job_id: str, card: MessageRef) -> None:
        if job_id in self._world.jobs:
            self._world.jobs[job_id] = replace(self._world.jobs[job_id], card=card)

    async def forget(self, job_id: str, unless_touched: Attempt | None = None) -> None:
        if unless_touched is not None:
            found = self._world.attempts.get(unless_touched.attempt_id)
            as_read = (unless_touched.revision, unless_touched.due_at)
            if found is None or (found.revision, found.due_at) != as_read:
                raise JobConflict(unless_touched.attempt_id)
        self._world.jobs.pop(job_id, None)
        for form in [form for form, known in self._world.forms.items() if known == job_id]:
            del self._world.forms[form]
        for attempt in self._world.attempts_of(job_id):
            del self._world.attempts[attempt.attempt_id]
            self._world.attempt_leases.pop(attempt.attempt_id, None)
            self._world.attempt_turns.pop(attempt.attempt_id, None)
            self._world.reviews.pop(attempt.attempt_id, None)
        for notice in self._world.announcements_of(job_id):
            del self._world.announcements[notice.announcement_id]
            self._world.announcement_leases.pop(notice.announcement_id, None)

    async def job(self, job_id: str) -> Job | None:
        return self._world.jobs.get(job_id)

    async def story(self, job_id: str, attempt_number: int | None = None) -> Story | None:
        attempts = self._world.attempts_of(job_id)
        if attempt_number is not None:
            attempts = [attempt for attempt in attempts if attempt.number == attempt_number]
        return self._world.story(attempts[-1]) if attempts else None

    async def claim(
        self, states: Collection[AttemptState], now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        due = sorted(
            (
                attempt
                for attempt in self._world.attempts.values()
                if attempt.state in states and attempt.due_at <= now and self.is_unleased(attempt, now)
            ),
            key=lambda attempt: (attempt.due_at, attempt.attempt_id),
        )
        return [self.lease(attempt, now, lease_seconds) for attempt in due[:limit]]

    async def claim_turns(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        turns = self._world.attempt_turns
        due = self._due(provider, AttemptState.QUEUED, now)
        turned = [attempt for attempt in due if attempt.attempt_id in turns]
        waiting = [attempt for attempt in due if attempt.attempt_id not in turns]
        chosen = sorted(turned, key=lambda attempt: turns[attempt.attempt_id])[:limit]
        for _ in range(min(limit - len(chosen), READY_AT_MOST - self._ready(provider, now), len(waiting))):
            chosen.append(self._world.give_turn(waiting))
            waiting.remove(chosen[-1])
        return [self.lease(attempt, now, lease_seconds) for attempt in chosen]

    async def claim_handed_over(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        turns = self._world.attempt_turns
        ready = sorted(
            self._due(provider, AttemptState.HANDED_OVER, now),
            key=lambda attempt: (turns.get(attempt.attempt_id, 0), attempt.attempt_id),
        )
        return [self.lease(attempt, now, lease_seconds) for attempt in ready[:limit]]

    async def next_handed_over(self, provider: str) -> datetime | None:
        unleased = [
            attempt.due_at
            for attempt in self._world.waiting_for(provider)
            if attempt.state is AttemptState.HANDED_OVER
            and attempt.attempt_id not in self._world.attempt_leases
        ]
        return min(unleased, default=None)

    def _due(self, provider: str, state: AttemptState, now: datetime) -> list[Attempt]:
        return [
            attempt
            for attempt in self._world.waiting_for(provider)
            if attempt.state is state and attempt.due_at <= now and self.is_unleased(attempt, now)
        ]

    async def claim_queued_before(
        self, moment: datetime, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        old = sorted(
            (
                attempt
                for attempt in self._world.attempts.values()
                if attempt.state in WAITING_FOR_SUBMISSION
                and queued_since(attempt) < moment
                and self.is_unleased(attempt, now)
            ),
            key=lambda attempt: (queued_since(attempt), attempt.attempt_id),
        )
        return [self.lease(attempt, now, lease_seconds) for attempt in old[:limit]]

    async def oldest_queued(self) -> datetime | None:
        created = [
            queued_since(attempt)
            for attempt in self._world.attempts.values()
            if attempt.state in WAITING_FOR_SUBMISSION
            and attempt.attempt_id not in self._world.attempt_leases
        ]
        return min(created, default=None)

    def _ready(self, provider: str, now: datetime) -> int:
        turns = self._world.attempt_turns
        turned = [one for one in self._world.waiting_for(provider) if one.attempt_id in turns]
        soon = now + timedelta(seconds=1)
        return len([one for one in turned if one.state is AttemptState.HANDED_OVER and one.due_at <= soon])

    async def next_turn(self, provider: str, now: datetime) -> datetime | None:
        full = self._ready(provider, now) >= READY_AT_MOST
        unleased = [
            attempt.due_at
            for attempt in self._world.waiting_for(provider)
            if attempt.state is AttemptState.QUEUED
            and attempt.attempt_id not in self._world.attempt_leases
            and (attempt.attempt_id in self._world.attempt_turns or not full)
        ]
        return min(unleased, default=None)

    async def attempt_of_token(self, callback_token: str) -> Attempt | None:
        attempts = self._world.attempts.values()
        return next((attempt for attempt in attempts if attempt.callback_token == callback_token), None)

    def is_unleased(self, attempt: Attempt, now: datetime) -> bool:
        leased_until = self._world.attempt_leases.get(attempt.attempt_id)
        return leased_until is None or leased_until <= now

    def lease(self, attempt: Attempt, now: datetime, lease_seconds: float) -> Attempt:
        leased = replace(attempt, revision=attempt.revision + 1)
        self._world.attempts[attempt.attempt_id] = leased
        self._world.attempt_leases[attempt.attempt_id] = now + timedelta(seconds=lease_seconds)
        self._world.attempt_holders[attempt.attempt_id] = self._instance_id
        return leased

    async def save(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        notices: Sequence[NoticeKind] = (),
        clip: KeptClip | None = None,
        offer: Offer | None = None,
        character: Character | None = None,
        forget_ticket: bool = False,
        deed: Deed | None = None,
    ) -> Attempt:
        saved = self._replace(attempt)
        self._world.attempt_leases.pop(attempt.attempt_id, None)
        if clip is not None or offer is not None:
            self._set_clip(attempt.job_id, clip, offer)
        if forget_ticket:
            self._forget_ticket(attempt.job_id)
        if character is not None:
            self._world.add_character(character)
        self._world.announce(attempt.job_id, attempt.number, notices, now)
        self._world.deeds += [deed] if deed else []
        return saved

    def _replace(self, attempt: Attempt) -> Attempt:
        self._check_revision(attempt)
        moved = replace(attempt, revision=attempt.revision + 1)
        self._world.attempts[attempt.attempt_id] = moved
        return moved

    def _check_revision(self, attempt: Attempt) -> None:
        current = self._world.attempts.get(attempt.attempt_id)
        if current is None or current.revision != attempt.revision:
            raise JobConflict(attempt.attempt_id)
        task = (attempt.provider, attempt.task_id)
        others = [other for other in self._world.attempts.values() if other.attempt_id != attempt.attempt_id]
        if attempt.task_id and task in [(other.provider, other.task_id) for other in others]:
            raise JobConflict(attempt.attempt_id)

    def _set_clip(self, job_id: str, clip: KeptClip | None, offer: Offer | None) -> None:
        job = self._world.jobs[job_id]
        order = replace(job.order, attachment=replace(job.order.attachment, url=""))
        self._world.jobs[job_id] = replace(job, clip=clip, offer=offer, order=order)
        if clip is not None:
            self._world.keep_statement(job, clip)

    async def begin_mending(
        self, attempt: Attempt, part: Part, *, now: datetime, own_limit: int, limit: int
    ) -> Attempt:
        waiting = [one for one in self._world.attempts.values() if one.state is AttemptState.MENDING]
        own = [one for one in waiting if self._owner_of(one) == self._owner_of(attempt)]
        if len(own) >= own_limit:
            raise CuttingBusy(own_limit, own=True)
        if len(waiting) >= limit:
            raise CuttingBusy(limit, own=False)
        saved = self._replace(attempt)
        self._world.attempt_leases.pop(attempt.attempt_id, None)
        job = self._world.jobs[attempt.job_id]
        if job.offer is not None:
            self._world.jobs[job.job_id] = replace(job, offer=replace(job.offer, part=part))
        self._world.announce(attempt.job_id, attempt.number, [NoticeKind.CARD], now)
        return saved

    def _owner_of(self, attempt: Attempt) -> int:
        return self._world.jobs[attempt.job_id].order.owner_id

    async def wanted_keys(self) -> set[str]:
        keys: set[str] = set()
        for job in self._world.jobs.values():
            states = [attempt.state for attempt in self._world.attempts_of(job.job_id)]
            if job.clip is not None:
                keys |= {stored.key for stored in (job.clip.stored, job.clip.poster) if stored}
            if job.offer is not None and {AttemptState.OFFERED, AttemptState.MENDING} & set(states):
                keys |= {job.offer.source.key, job.offer.sheet.key}
        return keys

    def _forget_ticket(self, job_id: str) -> None:
        job = self._world.jobs[job_id]
        order = replace(job.order, ticket=replace(job.order.ticket, token=""))
        self._world.jobs[job_id] = replace(job, order=order)

    async def begin_submission(self, attempt: Attempt, *, now: datetime, rate: Rate) -> Attempt | None:
        submitting = attempt.move(AttemptState.SUBMITTING, submitted_at=now)
        self._check_revision(attempt)
        if await self.next_submission_at(now=now, rate=rate) is not None:
            return None
        self._world.submissions.append(now)
        return self._replace(submitting)

    async def next_submission_at(self, *, now: datetime, rate: Rate) -> datetime | None:
        window = timedelta(seconds=rate.window_seconds)
        recent = sorted(at for at in self._world.submissions if now - window < at < now + window)
        if len(recent) < rate.count:
            return None
        return recent[-rate.count] + window if rate.count else now + window

    async def open_attempt(
        self, attempt: Attempt, *, daily_cap: int, person: Person | None = None, deed: Deed | None = None
    ) -> Attempt:
        review: Review | None = None
        if person is not None:
            review = self._enter(attempt, person, self._world.jobs[attempt.job_id])
        self._take_daily_place(attempt, daily_cap)
        if attempt.renews is not None and attempt.renews not in self._world.characters:
            raise NotFound("character")
        if attempt.number in [other.number for other in self._world.attempts_of(attempt.job_id)]:
            raise JobConflict(attempt.job_id)
        now, kinds = attempt.created_at, [NoticeKind.ATTEMPT]
        if review is not None:
            attempt = held(attempt, now)
            self._world.reviews[attempt.attempt_id] = review
            kinds.append(NoticeKind.REVIEW)
        self._world.attempts[attempt.attempt_id] = attempt
        self._world.rearm_cards(lambda job_id: job_id == attempt.job_id, now)
        self._world.announce(attempt.job_id, attempt.number, kinds, now)
        self._world.deeds += [deed] if deed else []
        return attempt

    async def stories_of(self, owner_id: int, guild_id: int | None, limit: int) -> list[Story]:
        jobs = sorted(
            (
                job
                for job in self._world.jobs.values()
                if (job.order.owner_id, job.order.place.guild_id) == (owner_id, guild_id)
            ),
            key=lambda job: (job.created_at, job.job_id),
            reverse=True,
        )
        return [self._world.story(self._world.attempts_of(job.job_id)[-1]) for job in jobs[:limit]]

    async def next_due(self, states: Collection[AttemptState]) -> datetime | None:
        unleased = [
            attempt.due_at
            for attempt in self._world.attempts.values()
            if attempt.state in states and attempt.attempt_id not in self._world.attempt_leases
        ]
        return min(unleased, default=None)

    async def task_times(self, provider: str, limit: int) -> TaskTimes:
        own = [attempt for attempt in self._world.attempts.values() if attempt.provider == provider]
        ended = [
            (attempt.ended_at, attempt.task_seconds)
            for attempt in own
            if attempt.ended_at is not None and attempt.task_seconds is not None
        ]
        newest_first = sorted(ended, reverse=True)[:limit]
        waiting = [attempt for attempt in own if attempt.state is AttemptState.WAITING]
        return TaskTimes(tuple(seconds for _, seconds in newest_first), len(waiting))


def next_midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def queued_since(attempt: Attempt) -> datetime:
    return attempt.waits_since or attempt.created_at
