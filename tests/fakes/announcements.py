"""The outbox in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.model import MessageRef
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.ports import Delivered
from tests.fakes.world import ALONE, World

IN_THREAD = (NoticeKind.ATTEMPT, NoticeKind.RESULT, NoticeKind.FAILURE, NoticeKind.LAPSING)
SAID_ONCE = (*IN_THREAD, NoticeKind.OFFER, NoticeKind.REFUSAL)
OUTCOMES = (NoticeKind.RESULT, NoticeKind.FAILURE)


class MemoryAnnouncementStore:
    """An AnnouncementStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World, instance_id: str = ALONE) -> None:
        self._world = world
        self._instance_id = instance_id

    async def claim(self, now: datetime, lease_seconds: float, limit: int) -> list[Announcement]:
        first_of_job: dict[str, Announcement] = {}
        for notice in sorted(self._pending(), key=lambda one: (one.kind not in OUTCOMES, *since(one))):
            if notice.due_at <= now and not self._is_held_up(notice, now):
                first_of_job.setdefault(notice.job_id, notice)
        claimed = sorted(first_of_job.values(), key=since)[:limit]
        for notice in claimed:
            self._world.announcement_leases[notice.announcement_id] = now + timedelta(seconds=lease_seconds)
            self._world.announcement_holders[notice.announcement_id] = self._instance_id
        return claimed

    def _pending(self) -> list[Announcement]:
        return [
            notice for notice in self._world.announcements.values() if notice.state is NoticeState.PENDING
        ]

    def _is_held_up(self, notice: Announcement, now: datetime | None) -> bool:
        siblings = self._world.announcements_of(notice.job_id)
        return any(
            self._is_leased(other, now) or (other.state is NoticeState.PENDING and goes_first(other, notice))
            for other in siblings
        )

    def _is_leased(self, notice: Announcement, now: datetime | None) -> bool:
        leased_until = self._world.announcement_leases.get(notice.announcement_id)
        return leased_until is not None and (now is None or leased_until > now)

    async def add(self, job_id: str, attempt_number: int, kind: NoticeKind, now: datetime) -> None:
        self._world.announce(job_id, attempt_number, [kind], now)

    async def mark_delivered(self, announcement: Announcement, delivered: Delivered, now: datetime) -> None:  # noqa: ARG002 - the port's signature; nothing here is dated
        if announcement.announcement_id not in self._world.announcements:
            return
        self._settle(announcement, state=NoticeState.DELIVERED)
        current = self._world.announcements[announcement.announcement_id]
        if delivered.message is not None:
            self._world.announcements[announcement.announcement_id] = replace(
                current, message=delivered.message
            )
        job = self._world.jobs[announcement.job_id]
        card = delivered.card or (delivered.message if announcement.kind is NoticeKind.CARD else None)
        thread_id = job.thread_id if delivered.thread_id is None else delivered.thread_id
        self._world.jobs[job.job_id] = replace(job, card=card or job.card, thread_id=thread_id)
        if announcement.kind in OUTCOMES and delivered.message and delivered.message == delivered.card:
            self._leave_card(announcement)

    def _leave_card(self, outcome: Announcement) -> None:
        if self._world.attempts_of(outcome.job_id)[-1].number > outcome.attempt_number:
            return
        for notice in self._world.announcements_of(outcome.job_id):
            if notice.kind is NoticeKind.CARD and notice.state is NoticeState.PENDING:
                delivered = replace(notice, state=NoticeState.DELIVERED)
                self._world.announcements[notice.announcement_id] = delivered

    async def postpone(self, announcement: Announcement, due_at: datetime) -> None:
        current = self._world.announcements.get(announcement.announcement_id, announcement)
        self._settle_pending(announcement, due_at=due_at, tries=current.tries + 1)

    async def park(self, announcement: Announcement, reason: str) -> None:
        self._settle_pending(announcement, state=NoticeState.PARKED, parked_reason=reason)

    def _settle_pending(self, announcement: Announcement, **changes: Any) -> None:
        current = self._world.announcements.get(announcement.announcement_id)
        if current is not None and current.state is NoticeState.PENDING:
            self._settle(announcement, **changes)

    def _settle(self, announcement: Announcement, **changes: Any) -> None:
        self._world.announcement_leases.pop(announcement.announcement_id, None)
        current = self._world.announcements[announcement.announcement_id]
        if current.revision == announcement.revision:
            self._world.announcements[announcement.announcement_id] = replace(current, **changes)

    async def by_message(self, message: MessageRef) -> Announcement | None:
        found = [notice for notice in self._world.announcements.values() if notice.message == message]
        return found[-1] if found else None

    async def latest_failures(self, since: datetime, limit: int) -> list[Announcement]:
        found = [
            notice
            for notice in self._world.announcements.values()
            if (notice.kind, notice.attempt_number)
            == (NoticeKind.FAILURE, len(self._world.attempts_of(notice.job_id)))
            and notice.created_at >= since
            and notice.state is not NoticeState.PARKED
        ]
        found.sort(key=lambda notice: (notice.created_at, notice.announcement_id), reverse=True)
        return found[:limit]

    async def pending_of(self, job_id: str, besides: Announcement | None = None) -> int:
        left_out = besides.announcement_id if besides else None
        notices = self._world.announcements_of(job_id)
        pending = [notice for notice in notices if notice.state is NoticeState.PENDING]
        return len([notice for notice in pending if notice.announcement_id != left_out])

    async def parked_of(self, job_id: str) -> list[Announcement]:
        notices = self._world.announcements_of(job_id)
        return [notice for notice in notices if notice.state is NoticeState.PARKED]

    async def next_due(self) -> datetime | None:
        free = [notice.due_at for notice in self._pending() if not self._is_held_up(notice, None)]
        return min(free, default=None)


def since(notice: Announcement) -> tuple[datetime, int]:
    return notice.due_at, notice.announcement_id


def goes_first(other: Announcement, notice: Announcement) -> bool:
    """Whether a pending notice has to be told before another one of the same job."""
    if other.kind is NoticeKind.THREAD:
        return notice.kind in IN_THREAD
    both_once = other.kind in SAID_ONCE and notice.kind in SAID_ONCE
    return both_once and other.announcement_id < notice.announcement_id
