"""A provider in memory that does as it is told; it passes the contract suite of the real one."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing, Unanswered
from bot.fault import Fault
from bot.ports import Absent, Capabilities, Made, Running, SourceKind, Submission, TaskReport
from bot.takes import TextLimits

CAPABILITIES = Capabilities(
    label="Fake",
    source=SourceKind.CLIP,
    texts=TextLimits(5000, 5000),
    calls_back=True,
    id_lasts=timedelta(hours=24),
)
AT_ONCE = Capabilities(
    label="Fake at once", source=SourceKind.PICTURE, texts=TextLimits(5000, 5000), ends_at_once=True
)
"""Of a provider that makes a character of a picture and answers with it."""


class Verb(StrEnum):
    """The things a provider is asked to do."""

    HAND_OVER = "hand_over"
    SUBMIT = "submit"
    LOOK_UP = "look_up"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class HandOver:
    """A clip as it arrived."""

    clip: StoredClip
    kind: ClipKind | PictureKind
    content: bytes
    url: str


@dataclass(frozen=True, slots=True)
class _Spoil:
    error: Exception
    after: bool = False


class FakeProvider:
    """Keeps what it is given in `hand_overs`, `submissions`, `tasks` and `looks`; ends a task when told to.

    `tasks` maps task ids to how they stand, in order of creation; a test may also write there. Tasks end by
    themselves, as MADE with a character id of their own, when `looks_to_success` look-ups have seen them run.
    """

    def __init__(
        self,
        name: str = "fake",
        *,
        looks_to_success: int | None = None,
        capabilities: Capabilities = CAPABILITIES,
    ) -> None:
        self.hand_overs: list[HandOver] = []
        self.submissions: list[Submission] = []
        self.tasks: dict[str, TaskReport] = {}
        self.looks: list[str] = []
        self.probes = 0
        self._name = name
        self.capabilities = capabilities
        self._looks_to_success = looks_to_success
        self._spoils: dict[Verb, deque[_Spoil]] = defaultdict(deque)
        self._gates: dict[Verb, asyncio.Event] = {}

    @property
    def name(self) -> str:
        return self._name

    def fail(self, verb: Verb, error: Exception, *, times: int = 1) -> None:
        """The next `times` calls raise `error` and do nothing."""
        self._spoils[verb].extend([_Spoil(error)] * times)

    def lose_answer(self, error: Unanswered | None = None) -> None:
        """The next submission creates its task, and nobody hears of it."""
        self._spoils[Verb.SUBMIT].append(_Spoil(error or Unanswered(Fault.UNREACHABLE), after=True))

    def hold(self, verb: Verb) -> asyncio.Event:
        """Calls wait, before they do anything, until the returned event is set."""
        return self._gates.setdefault(verb, asyncio.Event())

    def finish(self, task_id: str, report: TaskReport | None = None) -> None:
        """Ends a task; without a report it is a success."""
        self.tasks[task_id] = report or Made(f"char_{task_id}", 20.0)

    async def hand_over(
        self, clip: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        await self._pass(Verb.HAND_OVER)
        content = b"".join([chunk async for chunk in chunks])
        if len(content) != clip.size_bytes:
            raise ClipMissing(clip.key)
        url = f"https://files.example/{len(self.hand_overs) + 1}-{sha256(content).hexdigest()[:12]}.{kind}"
        self.hand_overs.append(HandOver(clip, kind, content, url))
        return url

    async def submit(self, submission: Submission) -> str | Made:
        spoil = await self._pass(Verb.SUBMIT)
        self.submissions.append(submission)
        task_id = f"task_{len(self.submissions):04}"
        ends_at_once = self.capabilities.ends_at_once
        self.tasks[task_id] = Made(f"char_{task_id}", 20.0) if ends_at_once else Running("waiting")
        if spoil is not None:
            raise spoil.error
        made = self.tasks[task_id]
        return made if isinstance(made, Made) else task_id

    async def look_up(self, task_id: str) -> TaskReport:
        await self._pass(Verb.LOOK_UP)
        self.looks.append(task_id)
        report = self.tasks.get(task_id, Absent())
        if isinstance(report, Running) and self.looks.count(task_id) - 1 == self._looks_to_success:
            self.finish(task_id)
        return self.tasks.get(task_id, report)

    async def probe(self) -> None:
        self.probes += 1
        await self._pass(Verb.PROBE)

    async def _pass(self, verb: Verb) -> _Spoil | None:
        if gate := self._gates.get(verb):
            await gate.wait()
        spoil = self._spoils[verb].popleft() if self._spoils[verb] else None
        if spoil is not None and not spoil.after:
            raise spoil.error
        return spoil
