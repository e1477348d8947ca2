"""Telling people: announcements are delivered after they are stored, and marked after they are delivered."""

from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from bot.errors import DeliveryPostponed
from bot.jobs.failover import Ways
from bot.jobs.lanes import Ring
from bot.model import AttemptState, Story
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.ports import Announcer, Clock, Delivered, Parked
from bot.stores import AnnouncementStore, JobStore

TROUBLE_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""Waits after an unexpected error, the last repeating."""

log = structlog.get_logger(__name__)


class Outbox:
    """Delivers one claimed announcement."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        announcements: AnnouncementStore,
        announcer: Announcer,
        ways: Ways,
        clock: Clock,
        ring: Ring,
    ) -> None:
        self._jobs = jobs
        self._announcements = announcements
        self._announcer = announcer
        self._ways = ways
        self._clock = clock
        self._ring = ring

    async def deliver(self, announcement: Announcement) -> None:
        """Delivers, postpones or parks the announcement; the caller holds its lease."""
        story = await self._jobs.story(announcement.job_id, announcement.attempt_number or None)
        if story is None:
            return
        try:
            with bound_contextvars(job_id=story.job.job_id, attempt=story.attempt.number):
                outcome = await self._announcer.deliver(announcement, await self._ways.described(story))
        except DeliveryPostponed as postponed:
            log.info("delivery_postponed", **_facts(announcement), cause=postponed.cause)
            await self._postpone(announcement, postponed.after_seconds)
        except Exception:
            log.exception("delivery_failed", **_facts(announcement))
            last = len(TROUBLE_SECONDS) - 1
            await self._postpone(announcement, TROUBLE_SECONDS[min(announcement.tries, last)])
        else:
            await self._mark(announcement, story, outcome)

    async def _mark(self, announcement: Announcement, story: Story, outcome: Delivered | Parked) -> None:
        if await self._is_last_of_rejected(announcement, story):
            # Instead of a mark: after one, a crash before the forgetting would leave the job for ever.
            await self._jobs.forget(story.job.job_id)
        elif isinstance(outcome, Delivered):
            await self._announcements.mark_delivered(announcement, outcome, self._clock.now())
        else:
            await self._announcements.park(announcement, outcome.reason)
        if isinstance(outcome, Delivered):
            log.info("delivered", **_facts(announcement))
        else:
            log.warning("parked", **_facts(announcement), reason=outcome.reason)
        # What of the job was held up by this may go now.
        self._ring(NoticeState.PENDING)

    async def _is_last_of_rejected(self, announcement: Announcement, story: Story) -> bool:
        """Nothing of a rejected job is kept once all is told.

        What is being told here may be pending still, or have been told by somebody else meanwhile.
        """
        if story.attempt.state is not AttemptState.REJECTED:
            return False
        return await self._announcements.pending_of(story.job.job_id, besides=announcement) == 0

    async def _postpone(self, announcement: Announcement, seconds: float) -> None:
        due_at = self._clock.now() + timedelta(seconds=seconds)
        await self._announcements.postpone(announcement, due_at)
        self._ring(NoticeState.PENDING)


def _facts(announcement: Announcement) -> dict[str, str | int | NoticeKind]:
    return {
        "job_id": announcement.job_id,
        "attempt": announcement.attempt_number,
        "kind": announcement.kind,
        "tries": announcement.tries,
    }
