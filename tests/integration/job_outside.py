"""The world around a process in a random history: what may strike it, its provider, and Discord."""

import inspect
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.model import TICKET_LIFE, AttemptState, Job, MessageRef, Story, Visibility
from bot.notices import Announcement, NoticeKind, nonce_of
from bot.ports import (
    Absent,
    Broke,
    Capabilities,
    Clock,
    Delivered,
    Made,
    Parked,
    Provider,
    Running,
    Submission,
    TaskReport,
)
from tests.builders import PROVIDER, a_snowflake
from tests.fakes.provider import CAPABILITIES

CALLBACKS = "https://bot.example/callbacks/"
NOT_ENDED = (AttemptState.WAITING, AttemptState.SUCCEEDED)

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone; what it calls from now on does not happen."""


class Deed(StrEnum):
    """What may happen in the middle of a step."""

    CRASH = "crash"
    TROUBLE = "trouble"
    CANCEL = "cancel"
    HINT = "hint"
    TAKEOVER = "takeover"


@dataclass(frozen=True, slots=True)
class Plan:
    """A deed just before or just after a call of a port: the process's first of that name, or its n-th."""

    call: int | str
    after: bool
    deed: Deed


class Fate:
    """Watches the calls of a process and strikes as planned; a dead process does nothing more."""

    def __init__(self) -> None:
        self.deeds: dict[Deed, Callable[[], Awaitable[object]]] = {}
        self.dead = False
        self.struck: str | None = None
        self.strikes = 0
        self._plan: Plan | None = None
        self._calls = 0

    def arm(self, plan: Plan | None) -> None:
        self._plan, self._calls, self.struck = plan, 0, None

    def revive(self) -> None:
        self.dead, self._plan = False, None

    async def pass_by(self, call: int, point: str, *, after: bool) -> None:
        if self.dead:
            raise Crash(point)
        plan = self._plan
        if plan is None or plan.after != after or plan.call not in (call, point):
            return
        self._plan = None
        self.strikes += 1
        self.struck = f"{plan.deed} {'after' if after else 'before'} {point}"
        if plan.deed is Deed.CRASH:
            self.dead = True
            raise Crash(point)
        if plan.deed is Deed.TROUBLE:
            raise OSError(point)
        if plan.deed is Deed.TAKEOVER and self._is_on_its_way(point, after=after):
            return  # nothing is said here of how long a request may take to leave
        await self.deeds[plan.deed]()

    def next_call(self) -> int:
        self._calls += 1
        return self._calls - 1

    @staticmethod
    def _is_on_its_way(point: str, *, after: bool) -> bool:
        return (point, after) in (("jobs.begin_submission", True), ("provider.submit", False))


class Mortal:
    """A port as a process sees it that may die before and after each call."""

    def __init__(self, name: str, port: object, fate: Fate) -> None:
        self._name = name
        self._port = port
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._port, name)
        if not inspect.iscoroutinefunction(verb):
            return verb
        fate, point = self._fate, f"{self._name}.{name}"

        async def called(*arguments: Any, **named: Any) -> Any:
            call = fate.next_call()
            await fate.pass_by(call, point, after=False)
            try:
                answer = await verb(*arguments, **named)
            except Exception:
                await fate.pass_by(call, point, after=True)
                raise
            await fate.pass_by(call, point, after=True)
            return answer

        return called


def mortal(name: str, port: T, fate: Fate) -> T:
    return cast("T", Mortal(name, port, fate))


@dataclass
class Ledger:
    """What the world remembers; `wrongs` are broken promises that were seen on the spot."""

    clock: Clock
    wrongs: list[str] = field(default_factory=list)
    requests: list[datetime] = field(default_factory=list)
    uncertain: set[str] = field(default_factory=set)
    told: Counter[tuple[int, int]] = field(default_factory=Counter)
    said: set[tuple[str, int, NoticeKind]] = field(default_factory=set)
    disturbed: Counter[int] = field(default_factory=Counter)

    def request(self, token: str) -> None:
        """A submission arrives; none may follow one of which nobody has heard that nothing was made."""
        if token in self.uncertain:
            self.wrongs.append(f"submitted again: {token}")
        self.uncertain.add(token)
        self.requests.append(self.clock.now())

    def tell(self, announcement: Announcement) -> None:
        key = (announcement.job_id, announcement.attempt_number, announcement.kind)
        if announcement.nonce != nonce_of(*key):
            self.wrongs.append(f"another nonce: {announcement}")
        self.told[announcement.announcement_id, announcement.revision] += 1
        self.said.add(key)


class Answer(StrEnum):
    """Answers to a submission that are no refusal."""

    MADE = "made"
    LOST_MADE = "lost-made"
    LOST = "lost"


class ScriptedProvider:
    """A Provider that answers as scripted, and otherwise takes everything; tasks end when told to."""

    name = PROVIDER
    capabilities = CAPABILITIES

    def __init__(self, ledger: Ledger) -> None:
        self.tasks: dict[str, TaskReport] = {}
        self.ended: dict[str, TaskReport] = {}
        self.task_of: dict[str, str] = {}
        self.answers: deque[Answer | ProviderError] = deque()
        self.upload_troubles: deque[ProviderError] = deque()
        self.look_troubles: deque[ProviderError] = deque()
        self.probe_troubles: deque[ProviderError] = deque()
        self.healed = False
        self._ledger = ledger

    async def hand_over(
        self, clip: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        if self.upload_troubles:
            raise self.upload_troubles.popleft()
        if len(b"".join([chunk async for chunk in chunks])) != clip.size_bytes:
            raise ClipMissing(clip.key)
        return f"https://files.example/{clip.sha256}.{kind}"

    async def submit(self, submission: Submission) -> str:
        token = (submission.callback_url or "").removeprefix(CALLBACKS)
        answer = self.answers.popleft() if self.answers else Answer.MADE
        self._ledger.request(token)
        if isinstance(answer, ProviderError):
            raise answer
        if answer is not Answer.LOST:
            self.task_of[token] = f"task_{len(self.task_of) + 1}"
            self.tasks[self.task_of[token]] = Running("waiting")
        if answer is not Answer.MADE:
            raise Unanswered(Fault.UNREACHABLE)
        return self.task_of[token]

    async def look_up(self, task_id: str) -> TaskReport:
        if self.look_troubles:
            raise self.look_troubles.popleft()
        report = self.tasks.get(task_id, Absent())
        if self.healed and isinstance(report, Running):
            self.end(task_id, Made(f" char.{task_id} ") if len(self.ended) % 2 else Broke(Fault.CONTENT))
        return self.tasks.get(task_id, report)

    def heal(self) -> None:
        """From now on everything works, and every task that goes on ends when it is looked at."""
        for script in (self.answers, self.upload_troubles, self.look_troubles, self.probe_troubles):
            script.clear()
        self.healed = True

    async def probe(self) -> None:
        if self.probe_troubles:
            raise self.probe_troubles.popleft()

    def end(self, task_id: str, report: Made | Broke) -> None:
        """Ends a task that goes on; an end is an end."""
        if isinstance(self.tasks.get(task_id), Running):
            self.tasks[task_id] = self.ended[task_id] = report


class Listener:
    """A Provider as the process hears it: a refusal that has arrived settles that nothing was made."""

    def __init__(self, provider: Provider, ledger: Ledger) -> None:
        self._provider = provider
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities

    async def hand_over(
        self, clip: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        return await self._provider.hand_over(clip, kind, chunks)

    async def submit(self, submission: Submission) -> str | Made:
        try:
            return await self._provider.submit(submission)
        except (Refused, NotSent):
            self._ledger.uncertain.discard((submission.callback_url or "").removeprefix(CALLBACKS))
            raise

    async def look_up(self, task_id: str) -> TaskReport:
        return await self._provider.look_up(task_id)

    async def probe(self) -> None:
        await self._provider.probe()


class ScriptedDiscord:
    """An Announcer; `shown` holds the first responses that members have seen, `called_at` every command."""

    def __init__(self, ledger: Ledger) -> None:
        self.called_at: dict[int, datetime] = {}
        self.shown: dict[int, MessageRef] = {}
        self.outcomes: deque[Exception | Parked] = deque()
        self.deaf: deque[Exception] = deque()
        self._ledger = ledger

    async def first_response(self, job: Job) -> MessageRef | None:
        if self.deaf:
            raise self.deaf.popleft()
        order = job.order
        interaction_id = order.ticket.interaction_id
        lapsed = self._ledger.clock.now() - self.called_at[interaction_id] >= TICKET_LIFE
        if lapsed and order.visibility is Visibility.PRIVATE:
            return None  # what only one person saw is in no channel
        return self.shown.get(interaction_id)

    async def deliver(self, announcement: Announcement, story: Story) -> Delivered | Parked:
        outcome = self.outcomes.popleft() if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            self._ledger.said.add((announcement.job_id, announcement.attempt_number, announcement.kind))
            return outcome
        if announcement.kind is NoticeKind.FAILURE and story.attempt.state in NOT_ENDED:
            return Delivered()  # there is no failure to tell of any more, and nothing is told
        self._ledger.tell(announcement)
        if announcement.kind is NoticeKind.THREAD:
            return Delivered(thread_id=a_snowflake())
        if announcement.kind is NoticeKind.REFUSAL:
            return Delivered()
        return Delivered(message=story.job.card or MessageRef(1200000000000000002, a_snowflake()))
