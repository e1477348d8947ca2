"""What the in-memory stores share, as one database is shared by the real ones."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from bot.clip import KeptClip
from bot.deeds import Deed
from bot.model import (
    Attempt,
    AttemptState,
    Character,
    Circuit,
    Job,
    MessageRef,
    Story,
)
from bot.moderation.audit import LogLine
from bot.moderation.bulks import Bulk, BulkStep
from bot.moderation.gates import Block, Pause, Quota
from bot.moderation.servers import ServerSettings
from bot.moderation.statements import Statement
from bot.moderation.text_rules import TextRule
from bot.notices import JOB_WIDE_NOTICES, REDRAWN_NOTICES, Announcement, NoticeKind, NoticeState, nonce_of
from bot.operator.news import OperatorNews, ReportNews
from bot.operator.operating import Bar, Operating
from bot.orders import names
from bot.orders.picks import Pick
from bot.report import Report
from bot.review import Review

ALONE = "alone"
WAITING_FOR_SUBMISSION = (AttemptState.QUEUED, AttemptState.HANDED_OVER)


@dataclass
class World:
    """Rows by id. Leases lie beside the rows, because they are no part of the values."""

    jobs: dict[str, Job] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    attempt_leases: dict[str, datetime] = field(default_factory=dict)
    attempt_holders: dict[str, str] = field(default_factory=dict)
    attempt_turns: dict[str, int] = field(default_factory=dict)
    turns: dict[tuple[int, int], int] = field(default_factory=dict)
    submissions: list[datetime] = field(default_factory=list)
    announcements: dict[int, Announcement] = field(default_factory=dict)
    announcement_leases: dict[int, datetime] = field(default_factory=dict)
    announcement_holders: dict[int, str] = field(default_factory=dict)
    instances: dict[str, int] = field(default_factory=dict)
    characters: dict[str, Character] = field(default_factory=dict)
    former_ids: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    circuits: dict[str, Circuit] = field(default_factory=dict)
    settings: dict[int, ServerSettings] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    log_lines: list[LogLine] = field(default_factory=list)
    bulks: dict[str, tuple[Bulk, tuple[BulkStep, ...], dict[str, str]]] = field(default_factory=dict)
    pauses: dict[int, Pause] = field(default_factory=dict)
    blocks: dict[tuple[int, int], Block] = field(default_factory=dict)
    quotas: dict[tuple[int, int], Quota] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    text_rules: dict[tuple[int, str], TextRule] = field(default_factory=dict)
    forms: dict[tuple[int, str], str] = field(default_factory=dict)
    balances: dict[datetime, float] = field(default_factory=dict)
    operating: Operating = field(default_factory=Operating)
    operator_news: dict[str, OperatorNews] = field(default_factory=dict)
    bars: dict[int, Bar] = field(default_factory=dict)
    departures: dict[int, datetime] = field(default_factory=dict)
    picks: dict[str, Pick] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    undrawn: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    character_posts: dict[MessageRef, str] = field(default_factory=dict)
    announcement_ids: Iterator[int] = field(default_factory=lambda: count(1))

    def have_told(self, news: OperatorNews) -> None:
        """Has operators told of it, in place of what they were to be told of the same thing."""
        self.operator_news[about(news)] = news

    def note(self, deed: Deed) -> None:
        """Adds a line to the audit log, to be told where its server has a log channel."""
        self.deeds.append(deed)
        channel_id = self.settings.get(deed.guild_id, ServerSettings()).log_channel
        if channel_id is not None:
            self.log_lines.append(LogLine(len(self.deeds), channel_id, deed))

    def keep_statement(self, job: Job, clip: KeptClip) -> None:
        """Keeps what a job's owner stated about its clip; what is kept already stays as it is."""
        order = job.order
        stated = (job.job_id, order.place.guild_id, order.owner_id, order.subject)
        statement = Statement(*stated, clip.stored.sha256, job.created_at)
        self.statements.setdefault(job.job_id, statement)

    def attempts_of(self, job_id: str) -> list[Attempt]:
        """A job's attempts, first to last."""
        return sorted(
            (attempt for attempt in self.attempts.values() if attempt.job_id == job_id),
            key=lambda attempt: attempt.number,
        )

    def announcements_of(self, job_id: str) -> list[Announcement]:
        """A job's announcements, in the order in which they were added."""
        return [notice for notice in self.announcements.values() if notice.job_id == job_id]

    def waiting_for(self, provider: str) -> list[Attempt]:
        """The attempts that a provider's circuit holds up."""
        return [
            attempt
            for attempt in self.attempts.values()
            if attempt.provider == provider and attempt.state in WAITING_FOR_SUBMISSION
        ]

    def give_turn(self, waiting: list[Attempt]) -> Attempt:
        """The attempt of the server, then of the member, that waited longest since the last turn."""
        place_id = min(map(self._place_of, waiting), key=lambda place: self._waiting_since(place, 0, waiting))
        here = [attempt for attempt in waiting if self._place_of(attempt) == place_id]
        owner_id = min(
            map(self._owner_of, here), key=lambda owner: self._waiting_since(place_id, owner, here)
        )
        own = [attempt for attempt in here if self._owner_of(attempt) == owner_id]
        chosen = min(own, key=lambda attempt: (attempt.due_at, attempt.attempt_id))
        number = max(self.turns.values(), default=0) + 1
        self.turns[place_id, 0] = self.turns[place_id, owner_id] = number
        self.attempt_turns[chosen.attempt_id] = number
        return chosen

    def _waiting_since(self, place_id: int, owner_id: int, waiting: list[Attempt]) -> tuple[Any, ...]:
        turn = self.turns.get((place_id, owner_id))
        if turn is not None:
            return (turn,)
        arrivals = [
            attempt.due_at
            for attempt in waiting
            if self._place_of(attempt) == place_id and owner_id in (0, self._owner_of(attempt))
        ]
        return (0, min(arrivals), owner_id or place_id)

    def _place_of(self, attempt: Attempt) -> int:
        order = self.jobs[attempt.job_id].order
        return order.place.guild_id or -order.owner_id

    def _owner_of(self, attempt: Attempt) -> int:
        return self.jobs[attempt.job_id].order.owner_id

    def story(self, attempt: Attempt) -> Story:
        made = (
            found
            for found in self.characters.values()
            if found.attempt_id == attempt.attempt_id or found.character_id == attempt.renews
        )
        earlier = [
            other for other in self.waiting_for(attempt.provider) if other.created_at < attempt.created_at
        ]
        return Story(
            job=self.jobs[attempt.job_id],
            attempt=attempt,
            character=next(made, None),
            ahead=len(earlier) if attempt.state is AttemptState.QUEUED else 0,
            circuit=self.circuits.get(attempt.provider),
            review=self.reviews.get(attempt.attempt_id),
        )

    def taken_names(self, owner_id: int, besides: str | None = None) -> set[str]:
        """The folded names of a member's characters."""
        others = [one for one in self.characters.values() if one.character_id != besides]
        return {names.folded(one.name) for one in others if one.owner_id == owner_id and one.name}

    def add_character(self, character: Character) -> None:
        """Adds a character, its name numbered where it is taken, or gives one that is there its new id.

        Nothing where its job was taken down.
        """
        job = self.jobs.get(character.job_id)
        if job is not None and job.removal is not None:
            return
        old = self.characters.get(character.character_id)
        if old is None:
            taken = self.taken_names(character.owner_id)
            name = names.free_name(character.name, taken) if character.name else character.name
            self.characters[character.character_id] = replace(character, name=name)
            return
        new_id = (character.provider, character.provider_character_id)
        former = self.former_ids.setdefault(old.character_id, [])
        former.append((old.provider, old.provider_character_id))
        self.former_ids[old.character_id] = [one for one in former if one != new_id]
        self.characters[old.character_id] = replace(
            old,
            provider=character.provider,
            provider_character_id=character.provider_character_id,
            may_stop_working_at=character.may_stop_working_at,
        )

    def announce(self, job_id: str, number: int, kinds: Iterable[NoticeKind], now: datetime) -> None:
        """Adds pending announcements; what is there already is armed again or, if said once, left."""
        for kind in kinds:
            attempt_number = 0 if kind in JOB_WIDE_NOTICES else number
            same = [
                notice
                for notice in self.announcements_of(job_id)
                if (notice.attempt_number, notice.kind) == (attempt_number, kind)
            ]
            if not same:
                self.add_announcement(job_id, attempt_number, kind, now)
            elif kind in REDRAWN_NOTICES or (kind is NoticeKind.FAILURE and is_unsaid(same[0])):
                self.rearm(same[0], now)

    def add_announcement(self, job_id: str, attempt_number: int, kind: NoticeKind, now: datetime) -> None:
        notice = Announcement(
            announcement_id=next(self.announcement_ids),
            job_id=job_id,
            attempt_number=attempt_number,
            kind=kind,
            nonce=nonce_of(job_id, attempt_number, kind),
            state=NoticeState.PENDING,
            due_at=now,
            created_at=now,
        )
        self.announcements[notice.announcement_id] = notice

    def rearm(self, notice: Announcement, now: datetime) -> None:
        """Makes a notice due again; its message, its nonce and a running delivery's lease stay."""
        self.announcements[notice.announcement_id] = replace(
            notice,
            state=NoticeState.PENDING,
            due_at=now,
            revision=notice.revision + 1,
            tries=0,
            parked_reason=None,
        )

    def rearm_cards(self, wanted: Callable[[str], bool], now: datetime) -> None:
        """Makes the CARD of every job that is wanted by its id due again."""
        for notice in list(self.announcements.values()):
            if notice.kind is NoticeKind.CARD and wanted(notice.job_id):
                self.rearm(notice, now)


def is_unsaid(notice: Announcement) -> bool:
    """Whether no message of it is known, and it was not given up either."""
    return notice.message is None and notice.state is not NoticeState.PARKED


def about(news: OperatorNews) -> str:
    """What they are news of; newer ones go in place of older ones."""
    return news.report_id if isinstance(news, ReportNews) else "balance"
