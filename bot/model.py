"""What a job is: its values, the states of an attempt and the legal moves between them.

Standard library only. An order is what a member asked for; a job is that order kept; an attempt is one try
at it, with at most one paid submission; a character is what a successful attempt leaves behind.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from bot.clip import ClipRule, KeptClip, Offer, SourceTask
from bot.fault import Fault
from bot.removal import Removal
from bot.review import Review
from bot.takes import FileLimits, TextLimits


class Subject(StrEnum):
    """Who or what is in the clip, as the member states it; the values are part of the fixed contract."""

    ME = "me"
    PERSON_WITH_PERMISSION = "person-with-permission"
    FICTIONAL = "fictional"
    ANIMAL_OR_OBJECT = "animal-or-object"


class Visibility(StrEnum):
    """Where progress and result are posted."""

    THREAD = "thread"
    PRIVATE = "private"


class PlaceKind(StrEnum):
    """What kind of channel a command was called in, as far as it changes what may be done there."""

    TEXT = "text"
    ANNOUNCEMENT = "announcement"
    THREAD = "thread"
    VOICE = "voice"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command was called. `guild_id` is None in a direct message."""

    guild_id: int | None
    channel_id: int
    kind: PlaceKind

    @property
    def can_open_thread(self) -> bool:
        """Discord: threads start from messages of text and announcement channels only."""
        return self.kind in (PlaceKind.TEXT, PlaceKind.ANNOUNCEMENT)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A clip as Discord names it. `url` is signed and lapses; `size_bytes` and `filename` are claims."""

    url: str = field(repr=False)
    filename: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InteractionTicket:
    """What answers one interaction; its token is forgotten after the verdict."""

    interaction_id: int
    application_id: int
    token: str = field(repr=False)


TICKET_LIFE = timedelta(minutes=15)
"""How long a ticket works (Discord: Receiving and Responding to Interactions)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a member asked for. `safety_sent` is the server's floor followed by the member's own text.

    With a `source_task` the character is taken from there; the clip, of the same subject, is kept beside it.
    """

    ticket: InteractionTicket
    place: Place
    owner_id: int
    subject: Subject
    prompt: str
    safety: str
    safety_sent: str
    name: str | None
    visibility: Visibility
    attachment: Attachment
    source_task: SourceTask | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One Discord message."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Job:
    """An order that was accepted. `card` is where progress shows, `thread_id` where results go.

    `offer` is there while its clip waits to be cut; `clip` is what came of it. `removal` is set once it was
    taken down: then nothing of it is shown, kept or made any more. `media_hidden` says that moderators alone
    may see its clip and its picture.
    """

    job_id: str
    order: Order
    created_at: datetime
    clip: KeptClip | None = None
    card: MessageRef | None = None
    thread_id: int | None = None
    offer: Offer | None = None
    removal: Removal | None = None
    media_hidden: bool = False

    @property
    def shown_clip(self) -> KeptClip | None:
        """The clip as far as everybody may see pictures of it."""
        return None if self.media_hidden else self.clip

    @property
    def reference(self) -> str:
        """A short name for people to quote, such as `7F3A-21QX`."""
        return reference_of(self.job_id)


def reference_of(job_id: str) -> str:
    """The random end of a job id."""
    return f"{job_id[-8:-4]}-{job_id[-4:]}"


class AttemptState(StrEnum):
    """Where an attempt stands; each change is one committed row."""

    RECEIVED = "received"
    OFFERED = "offered"
    MENDING = "mending"
    REVIEW = "review"
    QUEUED = "queued"
    HANDED_OVER = "handed_over"
    SUBMITTING = "submitting"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


S = AttemptState
MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    # Until the clip is kept there is nothing to try again with: what ends here is rejected or cancelled.
    S.RECEIVED: frozenset({S.QUEUED, S.REVIEW, S.OFFERED, S.REJECTED, S.CANCELLED}),
    S.OFFERED: frozenset({S.MENDING, S.REJECTED, S.CANCELLED}),
    S.MENDING: frozenset({S.QUEUED, S.REVIEW, S.REJECTED, S.CANCELLED}),
    S.REVIEW: frozenset({S.QUEUED, S.FAILED, S.EXPIRED, S.CANCELLED}),
    S.QUEUED: frozenset({S.HANDED_OVER, S.FAILED, S.EXPIRED, S.CANCELLED}),
    S.HANDED_OVER: frozenset({S.QUEUED, S.SUBMITTING, S.FAILED, S.EXPIRED, S.CANCELLED}),
    # Not sent and refused go back to the queue or end; unknown is never resent by the machine.
    # A provider that answers at once goes from here to the end.
    S.SUBMITTING: frozenset({S.QUEUED, S.HANDED_OVER, S.WAITING, S.UNKNOWN, S.FAILED, S.SUCCEEDED}),
    S.WAITING: frozenset({S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED}),
    S.UNKNOWN: frozenset({S.WAITING, S.SUCCEEDED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.EXPIRED: frozenset({S.WAITING}),
    S.CANCELLED: frozenset(),
    S.REJECTED: frozenset(),
}
OPEN_STATES = frozenset(S) - {S.UNKNOWN, S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED, S.REJECTED}
RETRYABLE_STATES = frozenset({S.FAILED, S.EXPIRED, S.UNKNOWN, S.CANCELLED})
CLIPLESS_STATES = frozenset({S.RECEIVED, S.OFFERED, S.MENDING})
"""States in which no clip is accepted yet: what ends here is rejected, and not failed."""
QUEUE_STATES = frozenset({S.QUEUED, S.HANDED_OVER})
"""States in which an attempt waits for its provider, which has not been asked for it or has refused."""
FREE_STATES = CLIPLESS_STATES | {S.REVIEW, S.QUEUED, S.HANDED_OVER}
"""States in which nothing can have been charged yet."""
del S


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The address the provider reads the clip from, and when it was made."""

    url: str = field(repr=False)
    at: datetime


class IllegalMoveError(Exception):
    """A move that the state machine does not know: our bug, never a person's doing."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a job: schedule, lease and truth in one row.

    `waits_since` is when it came to where it waits, for a moderator or then in the queue; None: when created.
    `renews` is the character that is to get a new id by it; None where a new one is to be made.

    `due_at` says when somebody should look at it next; `revision` guards every save; `callback_token` is 128
    random bits in hex; `tries` counts repeats of the present step, `resubmissions` those of the submission,
    whatever lies between them; `provider_code` and `provider_text` are the provider's own words, kept for
    moderators and never shown as ours; `task_seconds` is how long an ended task ran.
    """

    attempt_id: str
    job_id: str
    number: int
    state: AttemptState
    provider: str
    requested_by: int
    callback_token: str = field(repr=False)
    created_at: datetime
    due_at: datetime
    revision: int = 0
    handed_over: HandedOver | None = None
    submitted_at: datetime | None = None
    task_id: str | None = None
    polls: int = 0
    misses: int = 0
    tries: int = 0
    resubmissions: int = 0
    fault: Fault | None = None
    provider_code: str | None = None
    provider_text: str | None = None
    credits_spent: float | None = None
    task_seconds: float | None = None
    rule: ClipRule | None = None
    rule_found: str | None = None
    rule_accepted: str | None = None
    ended_at: datetime | None = None
    renews: str | None = None
    waits_since: datetime | None = None

    def move(self, state: AttemptState, **changes: Any) -> Self:
        """The attempt in another state, `tries` back at 0 unless given.

        Raises:
            IllegalMoveError: the state machine has no such arrow.
        """
        if state not in MOVES[self.state]:
            raise IllegalMoveError(self.attempt_id, self.state, state)
        return replace(self, state=state, **{"tries": 0, **changes})

    def postpone(self, due_at: datetime, **changes: Any) -> Self:
        """The attempt in the same state, to be looked at again at `due_at`."""
        return replace(self, due_at=due_at, **changes)

    def back_to(self, state: AttemptState, due_at: datetime, **changes: Any) -> Self:
        """The attempt in `state`, which may be the one it is in, to be looked at again at `due_at`."""
        if state is self.state:
            return self.postpone(due_at, **changes)
        return self.move(state, due_at=due_at, **changes)

    def elsewhere(self, provider: str, callback_token: str, due_at: datetime) -> Self:
        """The attempt in the queue of another provider, as if it had come there just now.

        What it was refused before is forgotten with its token: nothing said of that is about this order.

        Raises:
            IllegalMoveError: it does not wait in a queue.
        """
        if self.state not in QUEUE_STATES:
            raise IllegalMoveError(self.attempt_id, self.state, provider)
        back = self.back_to(AttemptState.QUEUED, due_at, fault=None, handed_over=None, tries=0)
        return replace(back, provider=provider, callback_token=callback_token, resubmissions=0)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Character:
    """A reusable character. `provider_character_id` is spelt as the provider spelt it, nothing added.

    `job_id` and `attempt_id` are what first made it; a renewal changes its id and the day until which that
    works. At most one of the two is set that say who may use it besides its owner.
    """

    character_id: str
    job_id: str
    attempt_id: str
    owner_id: int
    guild_id: int | None
    name: str | None
    provider: str
    provider_character_id: str
    created_at: datetime
    may_stop_working_at: datetime | None
    shared_with_user_id: int | None = None
    shared_with_guild_id: int | None = None


@dataclass(frozen=True, slots=True)
class Circuit:
    """A provider that is not to be bothered before `probe_at`, and why."""

    provider: str
    fault: Fault
    opened_at: datetime
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class Maker:
    """A provider as people are told of it; `from_picture`: it takes one picture of a clip, not the clip.

    `from_task`: it takes a part of a video that it has made before, and nothing of a clip. Which `files` and
    `texts` it takes, None where that is not said.
    `price` is the least and the most that its latest characters cost, in credits; None where nobody knows.
    """

    provider: str
    label: str
    from_picture: bool
    from_task: bool = False
    files: FileLimits | None = None
    texts: TextLimits | None = None
    price: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A job as it stands: what a card, a message or a list line is drawn from.

    `character` is what the attempt made or renews, as it is now. `ahead` counts queued attempts before this
    one; `circuit` is set while the provider's circuit is open. `maker` is the provider, and `elsewhere`
    another one that would take the job now, where they are told. `review` is set where a moderator decides.
    """

    job: Job
    attempt: Attempt
    character: Character | None = None
    ahead: int = 0
    circuit: Circuit | None = None
    maker: Maker | None = None
    elsewhere: Maker | None = None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. By their permissions where they ask, `may_manage` other people's jobs, or the server itself.

    What a server's own roles allow besides is for `bot.moderation.gates` to say. `role_ids` are the roles
    they hold, `channel_ids` the channel they ask in and, of a thread, the one around it; `joined_at` may not
    be known. From `elsewhere`, such as a direct message, nobody brings along what they are in a server.
    """

    user_id: int
    guild_id: int | None
    may_manage: bool = False
    may_administer: bool = False
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()
    joined_at: datetime | None = None
    elsewhere: bool = False

    def asking_in(self, guild_id: int | None) -> Self:
        """The same person in a job's own server, whose rules and limits hold."""
        return self if self.guild_id == guild_id else type(self)(self.user_id, guild_id, elsewhere=True)
