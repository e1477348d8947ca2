"""The Protocols the engine talks to. Adapters live elsewhere and are chosen in `bot.app`."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.model import (
    Attempt,
    AttemptState,
    Character,
    Circuit,
    ClipFacts,
    ClipKind,
    Fault,
    Job,
    KeptClip,
    MessageRef,
    Part,
    StoredClip,
    Story,
)
from bot.notices import Announcement, NoticeKind


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class Attachments(Protocol):
    """Where clips come from."""

    def stream(self, url: str, limit_bytes: int) -> AsyncIterator[bytes]:
        """The attachment's bytes, in chunks, never more than `limit_bytes`.

        Raises:
            ClipRejected: more than `limit_bytes` came.
            AttachmentGone: the address no longer answers with the clip.
            AttachmentUnreachable: it could not be fetched just now.
        """


class ClipJudge(Protocol):
    """Decides whether a clip may go to a provider."""

    async def judge(self, chunks: AsyncIterator[bytes], size_bytes: int) -> ClipFacts:
        """What was measured on a good clip.

        Raises:
            ClipRejected: the clip breaks a rule.
        """


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person chooses a part by.

    `seconds` is the span of the clip's pictures; `sheet` a JPEG of pictures from all over it, each with its
    time written on it.
    """

    seconds: float
    sheet: bytes


class ClipEditor(Protocol):
    """Shows and cuts clips, whatever a phone or an editor made of them. A clip comes as a stream of bytes."""

    async def preview(self, clip: AsyncIterator[bytes]) -> Preview:
        """A look at a clip that is to be cut.

        Raises:
            ClipRejected: nothing acceptable can be made of it; `found` and `accepted` say why.
        """

    async def cut(self, clip: AsyncIterator[bytes], part: Part) -> bytes:
        """The part as an MP4 that can be judged like any clip.

        Raises:
            ClipRejected: it cannot be made.
        """

    async def poster(self, clip: AsyncIterator[bytes]) -> bytes | None:
        """One picture that stands for an accepted clip, as a JPEG; None where none can be made."""


class ClipStore(Protocol):
    """Keeps clips. Staged clips are on trial; kept ones are content-addressed."""

    async def stage(self, name: str, chunks: AsyncIterator[bytes]) -> StoredClip:
        """Stores the stream under a staging name, replacing what an earlier try left there."""

    async def keep(self, staged: StoredClip) -> StoredClip:
        """Moves a staged clip to its content address; harmless when it is there already."""

    async def discard(self, name: str) -> None:
        """Deletes what was staged under `name`, if anything."""

    def read(self, clip: StoredClip) -> AsyncIterator[bytes]:
        """The clip's bytes, checked against size and digest.

        Raises:
            ClipMissing: the object is gone, or is not what was stored (raised after the last chunk).
        """

    async def delete(self, clip: StoredClip) -> None:
        """Deletes a kept clip, if it is there."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider is asked to make. Texts are cleaned; empty ones are not sent."""

    source_url: str
    prompt: str
    safety: str
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The task goes on. `word` is the provider's state word, `percent` 0-100 where it tells one."""

    word: str
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The task succeeded. `task_seconds` is how long it ran by the provider's clock: a measurement only."""

    character_id: str
    credits_spent: float | None = None
    task_seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Broke:
    """The task failed. `code` and `text` are the provider's own; `task_seconds` as in `Made`."""

    fault: Fault
    code: str | None = None
    text: str | None = None
    credits_spent: float | None = None
    task_seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider knows no such task, at least not now."""


TaskReport = Running | Made | Broke | Absent


class Provider(Protocol):
    """One model of one vendor. `name` is what PROVIDERS lists and rows store."""

    @property
    def name(self) -> str: ...

    async def hand_over(self, clip: StoredClip, kind: ClipKind, chunks: AsyncIterator[bytes]) -> str:
        """Makes the clip readable for the provider; free, may be repeated. Returns the address.

        Raises:
            ProviderError: it did not work; nothing was charged.
        """

    async def submit(self, submission: Submission) -> str:
        """Asks for the character, once. Returns the provider's task id.

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows; never repeat it by machine.
        """

    async def look_up(self, task_id: str) -> TaskReport:
        """How the task stands; free.

        Raises:
            ProviderError: no usable answer; says nothing about the task.
        """

    async def probe(self) -> None:
        """Asks whether a submission would be taken; free, and nothing is created.

        Raises:
            Refused: it would not, for this fault.
            ProviderError: no usable answer.
        """


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any `window_seconds`."""

    count: int
    window_seconds: float


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """How long a provider's latest tasks ran, in seconds, newest first; and how many it works on now."""

    seconds: tuple[float, ...]
    waiting: int


class JobStore(Protocol):
    """Jobs and their attempts. Every verb is one transaction."""

    async def accept(self, job: Job, attempt: Attempt, *, daily_cap: int) -> None:
        """Stores a new job and its first attempt.

        Attempts created since midnight UTC count against the cap, except rejected and cancelled ones.

        Raises:
            DuplicateInteraction: the interaction is a job already.
            LimitReached: the cap is used up.
        """

    async def acknowledge(self, job_id: str, card: MessageRef | None, due_at: datetime) -> None:
        """Stores where the card is (None for a private job) and makes the first attempt due."""

    async def place_card(self, job_id: str, card: MessageRef) -> None:
        """Stores where the card is, and nothing else."""

    async def forget(self, job_id: str) -> None:
        """Deletes the job with its attempts and announcements; nothing when it is gone already."""

    async def job(self, job_id: str) -> Job | None: ...

    async def story(self, job_id: str, attempt_number: int | None = None) -> Story | None:
        """The job with the given (else its latest) attempt, its character, queue place and circuit."""

    async def claim(
        self, states: Collection[AttemptState], now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` attempts that are due and unleased, oldest first, and leases them."""

    async def claim_turns(self, now: datetime, lease_seconds: float, limit: int) -> list[Attempt]:
        """Takes up to `limit` due and unleased attempts of the queue, in fair turns, and leases them.

        First those that have had their turn and are still here; then new turns, each for the server, and in
        it the member, that waited longest since the last one (in direct messages everybody is a server of
        their own). While enough clips are handed over and wait for the rate, no new turns are given.
        """
        ...

    async def next_turn(self, now: datetime) -> datetime | None:
        """When `claim_turns` may find something next."""
        ...

    async def claim_queued_before(
        self, moment: datetime, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Leases up to `limit` attempts of the queue that were created before `moment`, due or not."""
        ...

    async def claim_attempt(self, attempt_id: str, now: datetime, lease_seconds: float) -> Attempt | None:
        """Leases one open attempt now, due or not; None when it is leased or not open."""

    async def attempt_of_token(self, callback_token: str) -> Attempt | None:
        """The attempt whose callback address carries this token."""

    async def save(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        notices: Sequence[NoticeKind] = (),
        clip: KeptClip | None = None,
        character: Character | None = None,
        forget_ticket: bool = False,
    ) -> Attempt:
        """Stores the attempt as it now is, gives the lease back, and all that follows from the move, at once.

        `notices` become pending announcements, due now, with `bot.notices.nonce_of`; a CARD that exists is
        made due again. `clip` is set on the job and the attachment's address erased; `forget_ticket` erases
        the interaction's token.
        Returns the attempt with its new revision.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with, or another attempt of
                the provider has the same task id.
        """

    async def begin_submission(self, attempt: Attempt, *, now: datetime, rate: Rate) -> Attempt | None:
        """Marks the attempt SUBMITTING at `now` if the account-wide rate allows it, in one transaction.

        The lease is kept. Returns None when the rate is used up.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with.
        """

    async def next_submission_at(self, *, now: datetime, rate: Rate) -> datetime | None:
        """When the account-wide rate, of at least one, lets somebody through again; None: it does now."""
        ...

    async def open_attempt(self, attempt: Attempt, *, daily_cap: int) -> None:
        """Adds a further attempt to a job, arms its CARD again and adds an ATTEMPT notice.

        Raises:
            JobConflict: the job has an attempt of that number already.
            LimitReached: the cap is used up.
        """

    async def stories_of(self, owner_id: int, guild_id: int | None, limit: int) -> list[Story]:
        """A member's jobs in one server (None: direct messages), newest first, with their latest attempts."""

    async def next_due(self, states: Collection[AttemptState]) -> datetime | None:
        """When the next unleased attempt in one of these states comes due."""

    async def task_times(self, provider: str, limit: int) -> TaskTimes:
        """How long the last `limit` tasks ran that ended at this provider, well or not."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An announcement was made. `card` and `thread_id` are set when they came to be on the way."""

    message: MessageRef | None = None
    card: MessageRef | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """An announcement that cannot be made; `reason` is kept for the member's status list."""

    reason: str


class AnnouncementStore(Protocol):
    """What has to be told to people: the outbox."""

    async def claim(self, now: datetime, lease_seconds: float, limit: int) -> list[Announcement]:
        """Takes up to `limit` pending announcements that are due, oldest first; one per job at a time."""

    async def mark_delivered(self, announcement: Announcement, delivered: Delivered, now: datetime) -> None:
        """Stores the message and where card and thread are; a notice armed again meanwhile stays pending."""

    async def postpone(self, announcement: Announcement, due_at: datetime) -> None:
        """Gives the lease back and counts a try."""

    async def park(self, announcement: Announcement, reason: str) -> None:
        """Ends it without a message, with the reason."""

    async def by_message(self, message: MessageRef) -> Announcement | None:
        """The announcement that a message of ours belongs to."""

    async def latest_failures(self, since: datetime, limit: int) -> list[Announcement]:
        """The FAILUREs announced since then of attempts that nothing followed; newest first, parked ones not.

        One that is still pending may have been told all the same by a process that died over it.
        """

    async def pending_of(self, job_id: str, besides: Announcement | None = None) -> int:
        """How many announcements of a job, not counting `besides`, still have to be made."""

    async def parked_of(self, job_id: str) -> list[Announcement]:
        """What of a job could not be told."""

    async def next_due(self) -> datetime | None: ...


class CharacterStore(Protocol):
    """The library."""

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        """A member's characters, newest first."""

    async def find(self, owner_id: int, character_id: str) -> Character | None:
        """One of the member's own characters by our id, the provider's id or, ignoring case, its name."""


class CircuitStore(Protocol):
    """Which providers are not to be bothered, and until when."""

    async def get(self, provider: str) -> Circuit | None: ...

    async def open(self, circuit: Circuit, now: datetime) -> bool:
        """Stores the circuit, notes its fault on every queued attempt and makes their cards due.

        Where it is open for the same fault already, only `probe_at` changes, and the answer is False.
        """

    async def close(self, provider: str, now: datetime) -> bool:
        """Removes the circuit and its traces on queued attempts; True when there was one."""


class InstanceStore(Protocol):
    """Which processes serve this database; each works under an id of its own."""

    async def beat(self) -> Mapping[str, int]:
        """Counts one more sign of life of ours; the counts of all others, by their ids."""

    async def release(self, instance_id: str | None = None) -> int:
        """Voids what an instance (None: this one) has leased, and forgets it; how many leases that were.

        Only for one that is known to be gone.
        """

    async def bring_forward(self, now: datetime, longest: timedelta) -> int:
        """Makes due at once what is due later than `longest` from now, as by a clock since put back.

        Attempts and announcements that nobody has leased, and circuits; their other times move along. How
        many rows that were.
        """


class Announcer(Protocol):
    """Tells people, in Discord."""

    async def first_response(self, job: Job) -> MessageRef | None:
        """The message in which a job was accepted, or None: for one whose answer is not stored.

        Raises:
            DeliveryPostponed: Discord cannot be asked now.
        """

    async def deliver(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        """Makes one announcement; repeating it shows nobody anything twice.

        Raises:
            DeliveryPostponed: not now.
        """
