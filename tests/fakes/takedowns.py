"""Taking down what was made in a server, and the messages in which members have shown it, in memory."""

from dataclasses import replace
from datetime import datetime

from bot.deeds import Deed
from bot.errors import NotFound
from bot.model import MOVES, AttemptState, MessageRef
from bot.moderation.reports import Decision
from bot.moderation.takedowns import Sight
from bot.notices import NoticeKind
from bot.operator.news import ReportNews
from bot.refusals.removals import AlreadyRemoved
from bot.removal import Removal
from bot.report import ReportOutcome
from tests.fakes.reports import close
from tests.fakes.world import World

SHOWING = (NoticeKind.RESULT, NoticeKind.LAPSING)


class MemoryTakedownStore:
    """A TakedownStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def job_called(self, guild_id: int, reference: str) -> str | None:
        for one in self._world.characters.values():
            former = [former_id for _, former_id in self._world.former_ids.get(one.character_id, [])]
            if one.guild_id == guild_id and reference in {
                one.character_id,
                one.provider_character_id,
                *former,
            }:
                return one.job_id
        return None

    async def sight(self, guild_id: int, job_id: str) -> Sight | None:
        job = self._world.jobs.get(job_id)
        if job is None or job.order.place.guild_id != guild_id:
            return None
        told = [
            one
            for one in self._world.announcements_of(job_id)
            if one.kind in SHOWING and one.message is not None
        ]
        made = [one for one in self._world.characters.values() if one.job_id == job_id]
        return Sight(
            job_id=job_id,
            owner_id=job.order.owner_id,
            created_at=job.created_at,
            state=self._world.attempts_of(job_id)[-1].state,
            characters=len(made),
            posts=len(told) + list(self._world.character_posts.values()).count(job_id),
            removal=job.removal,
        )

    async def take_down(self, job_id: str, removal: Removal, deed: Deed) -> None:
        job = self._world.jobs.get(job_id)
        if job is None or job.order.place.guild_id != deed.guild_id:
            raise NotFound("removable")
        if job.removal is not None:
            raise AlreadyRemoved(job.removal)
        order = replace(job.order, ticket=replace(job.order.ticket, token=""))
        self._world.jobs[job_id] = replace(job, clip=None, offer=None, removal=removal, order=order)
        self._stop(job_id, removal.at)
        for character in [one for one in self._world.characters.values() if one.job_id == job_id]:
            del self._world.characters[character.character_id]
            self._world.former_ids.pop(character.character_id, None)
        for notice in self._world.announcements_of(job_id):
            if notice.kind in {*SHOWING, NoticeKind.REVIEW}:
                self._world.rearm(notice, removal.at)
        decision = Decision(ReportOutcome.REMOVED, removal.at, removal.actor_id, removal.reason)
        closed = [
            one for one in self._world.reports.values() if one.job_id == job_id and one.decided_at is None
        ]
        for report in closed:
            close(self._world, report, decision)
        if closed:
            first = min(closed, key=lambda one: one.report_id)
            about = (first.report_id, job_id, first.guild_id, first.kind)
            self._world.have_told(ReportNews(*about, removal.at, is_removed=True))
        self._world.announce(job_id, 0, (NoticeKind.CARD, NoticeKind.REMOVAL), removal.at)
        self._world.note(deed)

    def _stop(self, job_id: str, now: datetime) -> None:
        for attempt in self._world.attempts_of(job_id):
            if AttemptState.CANCELLED in MOVES[attempt.state]:
                ended = attempt.move(AttemptState.CANCELLED, ended_at=now, revision=attempt.revision + 1)
                self._world.attempts[attempt.attempt_id] = ended
                self._world.attempt_leases.pop(attempt.attempt_id, None)
            elif not (attempt.is_open or attempt.state is AttemptState.UNKNOWN):
                touched = replace(attempt, revision=attempt.revision + 1)
                self._world.attempts[attempt.attempt_id] = touched


class MemoryCharacterPosts:
    """The messages in which members have shown characters."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def note(self, job_id: str, message: MessageRef, now: datetime) -> None:  # noqa: ARG002 - the port's signature; nothing here is dated
        if job_id in self._world.jobs:
            self._world.character_posts.setdefault(message, job_id)

    async def of_job(self, job_id: str) -> list[MessageRef]:
        return [message for message, made_by in self._world.character_posts.items() if made_by == job_id]

    async def forget(self, message: MessageRef) -> None:
        self._world.character_posts.pop(message, None)
