"""The Protocols of what is remembered. Every verb is one transaction; `storage` has them in a database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.clip import KeptClip, Offer, Part
from bot.deeds import Deed
from bot.model import Attempt, AttemptState, Character, Circuit, Job, MessageRef, Person, Story
from bot.moderation.servers import ServerSettings
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered
from bot.review import Review


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

    async def accept(
        self,
        job: Job,
        attempt: Attempt,
        *,
        daily_cap: int,
        form_id: str | None = None,
        person: Person | None = None,
    ) -> Review | None:
        """Stores a new job and its first attempt; answers with what a moderator has to decide about it.

        Attempts created since midnight UTC count against the cap, except rejected and cancelled ones.
        `form_id` is the form that the order was typed into, if it was one. `person` asks, and has to pass the
        gates and limits of their server.

        Raises:
            DuplicateInteraction: the interaction is a job already.
            FormUsed: the owner's form is a job already, and that job is not forgotten.
            AlreadyOrdered: the same was ordered just before: `bot.orders.repeats`.
            LimitReached: the cap is used up.
            UserFault: what else stands in the way: `bot.moderation.gates`.
        """

    async def acknowledge(self, job_id: str, card: MessageRef | None, due_at: datetime) -> None:
        """Stores where the card is (None for a private job) and makes the first attempt due."""

    async def place_card(self, job_id: str, card: MessageRef) -> None:
        """Stores where the card is, and nothing else."""

    async def forget(self, job_id: str, unless_touched: Attempt | None = None) -> None:
        """Deletes a job with all of it; raises JobConflict if the attempt given has changed since."""

    async def job(self, job_id: str) -> Job | None: ...

    async def story(self, job_id: str, attempt_number: int | None = None) -> Story | None:
        """The job with the given (else its latest) attempt, its character, queue place and circuit."""

    async def claim(
        self, states: Collection[AttemptState], now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` attempts that are due and unleased, oldest first, and leases them."""

    async def claim_turns(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` QUEUED attempts that are due and unleased, in fair turns, and leases them.

        Each provider has a queue of its own. First those that have had their turn and are still here; then
        new turns, each for the server, and in it the member, that waited longest since the last one (in
        direct messages everybody is a server of their own). While enough clips are handed over and wait for
        the rate, no new turns are given.
        """
        ...

    async def next_turn(self, provider: str, now: datetime) -> datetime | None:
        """When `claim_turns` may find something next."""
        ...

    async def claim_handed_over(
        self, provider: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Takes up to `limit` HANDED_OVER attempts that are due and unleased, in the order of their turns."""
        ...

    async def next_handed_over(self, provider: str) -> datetime | None:
        """When the next unleased HANDED_OVER attempt comes due."""
        ...

    async def claim_queued_before(
        self, moment: datetime, now: datetime, lease_seconds: float, limit: int
    ) -> list[Attempt]:
        """Leases up to `limit` attempts of the queue that were created before `moment`, due or not."""
        ...

    async def oldest_queued(self) -> datetime | None:
        """When the unleased attempt of the queue was created that has been there longest."""
        ...

    async def attempt_of_token(self, callback_token: str) -> Attempt | None:
        """The attempt whose callback address carries this token."""

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
        """Stores the attempt as it now is, gives the lease back, and all that follows from the move, at once.

        `notices` become pending announcements, due now, with `bot.notices.nonce_of`; a CARD that exists is
        made due again. `clip` or `offer` is set on the job, a clip in place of the offer it came of, and the
        attachment's address erased; `forget_ticket` erases the interaction's token. A `character` that is
        there already gets the new id, and its old one becomes a former id; a new one whose name its owner
        has given before is numbered. `deed` becomes a line of the audit log. Returns the attempt with its new
        revision.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with, or another attempt of
                the provider has the same task id.
        """

    async def begin_mending(
        self, attempt: Attempt, part: Part, *, now: datetime, own_limit: int, limit: int
    ) -> Attempt:
        """Stores the attempt, which is now MENDING, with the part that was chosen, in one transaction.

        Raises:
            CuttingBusy: so many of the owner's clips, or of everybody's, wait to be cut.
            JobConflict: the row's revision is not the one this attempt was read with.
        """
        ...

    async def wanted_keys(self) -> set[str]:
        """The keys of everything in the clip store that some job still needs."""
        ...

    async def begin_submission(self, attempt: Attempt, *, now: datetime, rate: Rate) -> Attempt | None:
        """Marks the attempt SUBMITTING at `now` if the account-wide rate allows it, in one transaction.

        The lease is kept. Returns None when the rate is used up.

        Raises:
            JobConflict: the row's revision is not the one this attempt was read with.
        """

    async def next_submission_at(self, *, now: datetime, rate: Rate) -> datetime | None:
        """When the account-wide rate, of at least one, lets somebody through again; None: it does now."""
        ...

    async def open_attempt(
        self, attempt: Attempt, *, daily_cap: int, person: Person | None = None, deed: Deed | None = None
    ) -> Attempt:
        """Adds a further attempt to a job, arms its CARD again and adds an ATTEMPT notice; the attempt then.

        `person` asks, as in `accept`; `deed` as in `save`. Where a moderator has to decide, it is stored as
        REVIEW.

        Raises:
            JobConflict: the job has an attempt of that number already.
            LimitReached: the cap is used up.
            NotFound: what it renews has been deleted.
            UserFault: what else stands in the way: `bot.moderation.gates`.
        """

    async def stories_of(self, owner_id: int, guild_id: int | None, limit: int) -> list[Story]:
        """A member's jobs in one server (None: direct messages), newest first, with their latest attempts."""

    async def next_due(self, states: Collection[AttemptState]) -> datetime | None:
        """When the next unleased attempt in one of these states comes due."""

    async def task_times(self, provider: str, limit: int) -> TaskTimes:
        """How long the last `limit` tasks ran that ended at this provider, well or not."""


class AnnouncementStore(Protocol):
    """What has to be told to people: the outbox."""

    async def add(self, job_id: str, attempt_number: int, kind: NoticeKind, now: datetime) -> None:
        """Adds a pending announcement, due now, unless it was made before."""

    async def claim(self, now: datetime, lease_seconds: float, limit: int) -> list[Announcement]:
        """Takes up to `limit` pending announcements that are due, oldest first.

        One per job at a time, and of a job its outcome first.
        """
        ...

    async def mark_delivered(self, announcement: Announcement, delivered: Delivered, now: datetime) -> None:
        """Stores the message and where card and thread are; a notice armed again meanwhile stays pending.

        An outcome that was put on the card is the last that is drawn there, until a new attempt begins.
        """

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


@dataclass(frozen=True, slots=True)
class Lapse:
    """A character whose id may stop working; attempt `number` of its job has made that id."""

    character: Character
    number: int


class CharacterStore(Protocol):
    """The library."""

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        """A member's characters, newest first."""

    async def shared_with(self, person: Person, limit: int) -> list[Character]:
        """Other people's characters that the person may use where they ask, newest first."""
        ...

    async def find(self, owner_id: int, reference: str) -> Character | None:
        """One of the member's own characters by our id, the provider's id, a former one of it, or its name.

        An id goes before a name; case counts in ids only.
        """

    async def find_shared(self, person: Person, reference: str) -> Character | None:
        """One of the characters that others share with the person, by the same references."""

    async def former_ids(self, character_id: str) -> list[str]:
        """The ids that the provider once gave a character, the latest first."""
        ...

    async def lapsing(self, after: datetime, before: datetime) -> list[Lapse]:
        """Characters that may stop working in that time, the first one first, and of which nobody was told.

        Not those that somebody tried to renew since, whatever came of it: that was told already.
        """
        ...

    async def rename(self, owner_id: int, character_id: str, name: str) -> Character:
        """Gives one of the member's characters another name.

        Raises:
            NotFound: it is gone.
            NameTaken: another one of theirs has this name, whatever its case.
        """
        ...

    async def share(
        self, owner_id: int, character_id: str, *, user_id: int | None, guild_id: int | None
    ) -> Character:
        """Lets one member, or everybody in a server, or nobody else use one of the member's characters.

        Raises:
            NotFound: it is gone.
        """
        ...

    async def delete(self, owner_id: int, character_id: str) -> bool:
        """Deletes a character with its former ids, and its job's claim on the clip; whether it was given up.

        It stays while another character was made of the same job, or an attempt with it goes on.

        Raises:
            NotFound: it is gone.
            BeingRenewed: an attempt that renews it goes on.
        """
        ...


class CircuitStore(Protocol):
    """Which providers are not to be bothered, and until when."""

    async def get(self, provider: str) -> Circuit | None: ...

    async def open(self, circuit: Circuit, now: datetime) -> bool:
        """Stores the circuit, notes its fault on every queued attempt and makes their cards due.

        The cards of what waits behind other open circuits come due, too: one way on less. Where it is open
        for the same fault already, only `probe_at` changes, and the answer is False.
        """

    async def close(self, provider: str, now: datetime) -> bool:
        """Removes the circuit and its traces on queued attempts; True when there was one.

        The cards of what waits behind other open circuits come due, too: one way on more.
        """


class StrandedStore(Protocol):
    """What waits at a provider, of servers that have decided to move it on by themselves.

    `with_poster`: only what has a picture of its clip.
    """

    async def claim(
        self, provider: str, now: datetime, lease_seconds: float, limit: int, *, with_poster: bool
    ) -> list[Attempt]:
        """Leases up to `limit` unleased attempts of the provider's queue, due or not, the oldest first."""
        ...

    async def is_any(self, provider: str, *, with_poster: bool) -> bool:
        """Whether there is an unleased one."""
        ...


class ServerStore(Protocol):
    """What servers have decided, and who changed it when."""

    async def settings(self, guild_id: int | None) -> ServerSettings:
        """A server's settings; the defaults for direct messages, and where nothing was ever set."""
        ...

    async def change(
        self, guild_id: int, name: str, text: str, *, actor_id: int, now: datetime
    ) -> tuple[str, str]:
        """Sets one setting and notes it in the audit log, at once; its value before and after.

        Raises:
            SettingRefused: there is no such setting, or it takes no such value.
        """
        ...

    async def note(self, deed: Deed) -> None:
        """Adds a line to the audit log."""

    async def deeds(self, guild_id: int, limit: int) -> list[Deed]:
        """The latest lines of a server's audit log, newest first."""
        ...


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
