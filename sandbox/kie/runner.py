"""Takes tasks on and carries them to their end: fetch the clip, wait, settle the credits, tell the caller."""

import hashlib
import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.kie import answers
from sandbox.kie.account import Account
from sandbox.kie.background import Background
from sandbox.kie.clock import SandboxClock
from sandbox.kie.files import HEAD_BYTES, container_of
from sandbox.kie.inputs import CharacterRequest
from sandbox.kie.ledger import Ledger
from sandbox.kie.outbound import Outbound, Unreachable
from sandbox.kie.outcomes import Outcome
from sandbox.kie.tasks import FAIL, SUCCESS, Clip, End, Task

# sora-2-characters: "at most 10 MB", in the stricter reading.
CLIP_LIMIT_BYTES = 10_000_000

# A dead input URL was seen to end in a "busy" failure rather than in one that names the download.
DEAD_CLIP = ("500", "The server is busy, please try again later")
WRONG_CONTAINER = ("400", "Unsupported file format: the video must be MP4, WebM or AVI")
TOO_BIG = ("400", "The file is too large: at most 10 MB")


class TaskRunner:
    """The provider's workshop. `on_end` is called once for each task, in the moment it ends.

    `videos` are the seconds of the finished videos that other tools of the account have made, by task id.
    """

    def __init__(
        self,
        clock: SandboxClock,
        ledger: Ledger,
        account: Account,
        outbound: Outbound,
        background: Background,
        *,
        new_id: Callable[[], str],
        on_end: Callable[[Task], None],
    ) -> None:
        self.default = Outcome()
        self.scripted: deque[Outcome] = deque()
        self.checks_clips = True
        self.videos: dict[str, float] = {}
        self.dead_clip = DEAD_CLIP
        self._by_id: dict[str, Task] = {}
        self._clock = clock
        self._ledger = ledger
        self._account = account
        self._outbound = outbound
        self._background = background
        self._new_id = new_id
        self._on_end = on_end

    def accept(self, request: CharacterRequest) -> Task:
        """Charge the account and start a task, with the next scripted outcome or the default one.

        Raises:
            Refused: 402, not enough credits; nothing was consumed.
        """
        charged = self._account.charge(self._account.task_cost)
        outcome = self.scripted.popleft() if self.scripted else self.default
        now = self._clock.now()
        task = Task(
            task_id=outcome.task_id or self._new_id(),
            request=request,
            outcome=outcome,
            accepted_at=now,
            ends_at=None if math.isinf(outcome.seconds) else now + timedelta(seconds=outcome.seconds),
            charged_credits=charged,
            character_id=outcome.character_id or f"char_{self._new_id()}",
        )
        self._enter(task)
        self._background.start(self._carry(task))
        return task

    def resume(self, request: CharacterRequest, task_id: str, accepted_at: datetime) -> Task:
        """Have a task running since `accepted_at`, paid for and its clip found good; it ends by `finish`."""
        task = Task(
            task_id=task_id,
            request=request,
            outcome=Outcome.never(),
            accepted_at=accepted_at,
            ends_at=None,
            charged_credits=self._account.task_cost,
            character_id=f"char_{self._new_id()}",
        )
        task.clip_judged.set()
        self._enter(task)
        return task

    def task(self, task_id: str) -> Task | None:
        """The newest task of this id, forgotten ones included."""
        return self._by_id.get(task_id)

    async def settle_if_due(self, task: Task) -> None:
        """Bring a task whose time has come to its end, so that a reader right after `advance` sees it."""
        if task.is_due(self._clock.now()):
            await task.clip_judged.wait()
            self._end_as_ordered(task)

    async def end_at_once(self, task: Task) -> None:
        """End a task now as its outcome and its clip demand."""
        await task.clip_judged.wait()
        self._end_as_ordered(task)

    def finish(self, task: Task) -> None:
        """End a task now with success, whatever its clip."""
        self._end(task, self._success(task))

    def fail(self, task: Task, code: str | int, message: str | None) -> None:
        """End a task now as failed."""
        self._end(task, End(FAIL, self._clock.now(), fail_code=code, fail_message=message))

    def _enter(self, task: Task) -> None:
        self._ledger.tasks.append(task)
        self._by_id[task.task_id] = task

    async def _carry(self, task: Task) -> None:
        await self._judge_clip(task)
        if task.ends_at is not None:
            await self._clock.sleep_until(task.ends_at)
            self._end_as_ordered(task)

    async def _judge_clip(self, task: Task) -> None:
        if task.request.origin_task_id is not None:
            task.clip_judged.set()
            return
        sha256 = hashlib.sha256()
        head = bytearray()
        size_bytes = 0

        def take(piece: bytes) -> None:
            nonlocal size_bytes
            size_bytes += len(piece)
            sha256.update(piece)
            head.extend(piece[: HEAD_BYTES - len(head)])

        try:
            await self._outbound.fetch(task.clip_url, take)
        except Unreachable:
            task.clip_fault = self.dead_clip
        else:
            task.clip = Clip(size_bytes, sha256.hexdigest(), bytes(head))
            task.clip_fault = clip_fault(task.clip) if self.checks_clips else None
        task.clip_judged.set()

    def _end_as_ordered(self, task: Task) -> None:
        if task.clip_fault:
            self.fail(task, *task.clip_fault)
        elif task.outcome.fail_code is not None:
            self.fail(task, task.outcome.fail_code, task.outcome.fail_message)
        else:
            self.finish(task)

    def _success(self, task: Task) -> End:
        ordered = task.outcome.result_json
        result = answers.result_json(task.outcome.shape, task.character_id) if ordered is None else ordered
        return End(SUCCESS, self._clock.now(), result_json=result)

    def _end(self, task: Task, end: End) -> None:
        if task.end:
            return
        task.end = end
        if end.state == FAIL and task.outcome.refunds:
            self._account.balance += task.charged_credits
            task.charged_credits = Decimal(0)
        self._ledger.note()
        self._on_end(task)


def clip_fault(clip: Clip) -> tuple[str, str] | None:
    """The (failCode, failMsg) of a clip the model cannot take, judged by size and signature."""
    if clip.size_bytes > CLIP_LIMIT_BYTES:
        return TOO_BIG
    return WRONG_CONTAINER if container_of(clip.head) is None else None
