"""How much there is to do, counted in memory."""

from datetime import datetime, timedelta

from bot.model import Attempt, AttemptState
from bot.notices import NoticeState
from bot.operator.operating import Vitals
from tests.fakes.world import World

S = AttemptState


class MemoryVitalStore:
    """A VitalStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def vitals(self, now: datetime) -> Vitals:
        attempts = list(self._world.attempts.values())
        waiting = [one.created_at for one in attempts if one.state in (S.QUEUED, S.HANDED_OVER)]
        notices = list(self._world.announcements.values())
        due = [one.due_at for one in notices if one.state is NoticeState.PENDING and one.due_at <= now]
        made = [
            one
            for one in attempts
            if one.state is S.SUCCEEDED and one.created_at >= now - timedelta(days=30) and one.ended_at
        ]
        left = self._world.departures
        undecided = [one for one in self._world.reports.values() if one.decided_at is None]
        reported = [one.reported_at for one in undecided if one.guild_id not in left]
        return Vitals(
            beginning=len([one for one in attempts if one.state in (S.RECEIVED, S.OFFERED, S.MENDING)]),
            waiting=len(waiting),
            running=len([one for one in attempts if one.state in (S.SUBMITTING, S.WAITING)]),
            waiting_since=min(waiting, default=None),
            undelivered=len(due),
            undelivered_since=min(due, default=None),
            parked=len([one for one in notices if one.state is NoticeState.PARKED]),
            last_successes={one.provider: one.ended_at for one in sorted(made, key=ended_at) if one.ended_at},
            reports=len(reported),
            reports_since=min(reported, default=None),
        )


def ended_at(attempt: Attempt) -> datetime:
    return attempt.ended_at or attempt.created_at
