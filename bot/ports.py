"""The Protocols the engine talks to. Adapters live elsewhere and are chosen in `bot.app`."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.clip import ClipFacts, ClipKind, Part, PictureKind, SourceTask, StoredClip
from bot.fault import Fault
from bot.model import Job, MessageRef, Story
from bot.notices import Announcement
from bot.takes import FileLimits, TextLimits


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

    async def stills(self, clip: AsyncIterator[bytes], milliseconds: Sequence[int]) -> bytes:
        """A JPEG of an accepted clip at these moments, each with its time on it.

        Raises:
            ClipRejected: there is none.
        """
        ...

    async def poster(self, clip: AsyncIterator[bytes], at_milliseconds: int | None = None) -> bytes | None:
        """One picture that stands for an accepted clip, as a JPEG; None where none can be made.

        It is the one at that moment, else a sharp one of the middle.
        """


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

    async def whole(self, stored: StoredClip) -> bytes:
        """All bytes of something small, such as a picture, checked as in `read`.

        Raises:
            ClipMissing: as in `read`.
        """
        ...

    async def holds(self, clip: StoredClip) -> bool:
        """Whether an object of the clip's size is there; its bytes are not looked at."""
        ...

    async def delete(self, clip: StoredClip) -> None:
        """Deletes a kept clip, if it is there."""

    async def sweep(self, older_than: datetime) -> int:
        """Deletes what was staged before `older_than` and left there; how many objects that were."""
        ...

    async def sweep_kept(self, wanted: Collection[str], older_than: datetime) -> int:
        """Deletes what was kept before `older_than` and is not `wanted`, by its key; how much that was."""
        ...


class SourceKind(StrEnum):
    """What a character is made of."""

    CLIP = "clip"
    PICTURE = "picture"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider takes and gives; None where its pages say nothing.

    `label` is its name for people. `files` is None where it takes no file. `ends_at_once` says that a
    submission is answered with the character itself; there is no task to look at then, and no callback.
    `id_lasts` is how long after the
    hand-over an id certainly works. `assumed` lists what is built upon without being documented.
    """

    label: str
    source: SourceKind
    texts: TextLimits
    files: FileLimits | None = None
    ends_at_once: bool = False
    calls_back: bool = False
    id_lasts: timedelta | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider is asked to make. Texts are cleaned; empty ones are not sent.

    `source_url` is what `hand_over` gave; empty where the source is a task, which `source_task` names then.
    """

    source_url: str
    prompt: str
    safety: str
    callback_url: str | None = None
    name: str | None = None
    source_task: SourceTask | None = None


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

    @property
    def capabilities(self) -> Capabilities: ...

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Makes the source readable for the provider; free, may be repeated. Returns the address.

        Raises:
            ProviderError: it did not work; nothing was charged.
        """

    async def submit(self, submission: Submission) -> str | Made:
        """Asks for the character, once. Returns the provider's task id, or the character itself.

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
class Delivered:
    """An announcement was made. `card` and `thread_id` are set when they came to be on the way.

    An outcome for which there was no better place than the card has it as its `message` and as its `card`.
    """

    message: MessageRef | None = None
    card: MessageRef | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """An announcement that cannot be made; `reason` is kept for the member's status list."""

    reason: str


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
