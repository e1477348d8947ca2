"""The local provider: three hosts on loopback, and the hands a test moves it with."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.kie import answers
from sandbox.kie.account import Account, ModelState
from sandbox.kie.api import ApiDesk
from sandbox.kie.background import Background
from sandbox.kie.callbacks import Callbacks
from sandbox.kie.clock import SandboxClock
from sandbox.kie.faults import Faults
from sandbox.kie.files import FileArea
from sandbox.kie.front import Front
from sandbox.kie.hosts import Site, api_host, file_host, upload_host
from sandbox.kie.inputs import MODEL, character_request
from sandbox.kie.ledger import Ledger, Submission
from sandbox.kie.omni import OmniDesk
from sandbox.kie.outbound import Outbound
from sandbox.kie.outcomes import CallbackScript, Outcome
from sandbox.kie.runner import TaskRunner
from sandbox.kie.tasks import Task
from sandbox.kie.uploads import UploadDesk


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports of the three hosts; 0 picks a free one."""

    api: int = 0
    upload: int = 0
    files: int = 0


class UnknownTask(LookupError):
    """A test named a task that was never accepted."""

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id)
        self.task_id = task_id


class Kie:
    """A running provider, as a test holds it. Everything may be changed while it runs."""

    def __init__(
        self,
        *,
        account: Account,
        clock: SandboxClock,
        outbound: Outbound,
        background: Background,
        folder: Path,
        ports: Ports,
        webhook_key: str | None,
        new_id: Callable[[], str],
    ) -> None:
        self.account = account
        self.clock = clock
        self.ledger = ledger = Ledger()
        self.faults = Faults(clock)
        self.files = FileArea(clock, ledger, folder)
        self.callbacks = Callbacks(clock, ledger, outbound, background, webhook_key)
        self.runner = TaskRunner(
            clock, ledger, account, outbound, background, new_id=new_id, on_end=self.callbacks.start
        )
        self.omni = OmniDesk(clock, ledger, account, outbound, new_id)
        self.api = ApiDesk(clock, ledger, account, self.runner, self.callbacks)
        self._front = front = Front(clock, ledger, self.faults, background)
        desk = UploadDesk(account, self.files, outbound)
        self.sites = {
            "files": Site(lambda: file_host(front, self.files), ports.files),
            "upload": Site(lambda: upload_host(front, desk), ports.upload),
            "api": Site(lambda: api_host(front, self.api, self.omni), ports.api),
        }
        self._returned_submissions: set[int] = set()

    @property
    def api_base_url(self) -> str:
        return self.sites["api"].base_url

    @property
    def upload_base_url(self) -> str:
        return self.sites["upload"].base_url

    @property
    def file_base_url(self) -> str:
        return self.sites["files"].base_url

    @property
    def default(self) -> Outcome:
        """The outcome of tasks for which none is scripted."""
        return self.runner.default

    @default.setter
    def default(self, outcome: Outcome) -> None:
        self.runner.default = outcome

    @property
    def balance(self) -> Decimal:
        """Credits left in the account."""
        return self.account.balance

    @balance.setter
    def balance(self, credits_left: Decimal) -> None:
        self.account.balance = credits_left

    def script(self, *outcomes: Outcome) -> None:
        """Queue outcomes for the next accepted tasks, in order."""
        self.runner.scripted.extend(outcomes)

    def resume(self, task_id: str, accepted_at: datetime, callback_url: str | None = None) -> Task:
        """A task that somebody submitted at `accepted_at` and that runs until it is ended by hand."""
        clip_url = f"{self.file_base_url}/{task_id}.mp4"
        body = {
            "model": MODEL,
            "callBackUrl": callback_url,
            "input": {"character_file_url": [clip_url], "character_prompt": ""},
        }
        return self.runner.resume(character_request(body, unknown_fields_refused=True), task_id, accepted_at)

    def add_video(self, seconds: float = 10.0) -> str:
        """A finished video that another tool of the same account has made; the id of its task."""
        task_id = _task_id()
        self.runner.videos[task_id] = seconds
        return task_id

    def pause_model(self) -> None:
        """Answer every `sora-2*` submission with code 500, "temporarily paused"."""
        self.account.model_state = ModelState.PAUSED

    def withdraw_model(self) -> None:
        """Answer every `sora-2*` submission with code 422, model name not supported."""
        self.account.model_state = ModelState.WITHDRAWN

    def resume_model(self) -> None:
        self.account.model_state = ModelState.SERVING

    def pause_omni(self) -> None:
        """Answer every order of a character from a picture with code 500, "temporarily paused"."""
        self.account.omni_state = ModelState.PAUSED

    def resume_omni(self) -> None:
        self.account.omni_state = ModelState.SERVING

    def advance(self, seconds: float) -> None:
        """Move the provider's time forward."""
        self.clock.advance(seconds)

    def task(self, task_id: str) -> Task:
        """An accepted task.

        Raises:
            UnknownTask: there is none of this id.
        """
        task = self.runner.task(task_id)
        if task is None:
            raise UnknownTask(task_id)
        return task

    def finish(self, task_id: str) -> None:
        """End a task now with success."""
        self.runner.finish(self.task(task_id))

    def fail(self, task_id: str, code: str | int, msg: str | None) -> None:
        """End a task now as failed."""
        self.runner.fail(self.task(task_id), code, msg)

    def forget(self, task_id: str, *, code: int = 422) -> None:
        """Lose the record of a task: 422 as live, 404 as documented, 200 for code 200 with `data` null."""
        self.task(task_id).forgotten_code = code

    async def call_back(self, task_id: str, script: CallbackScript | None = None) -> None:
        """Send a callback of this task now, whatever its state; `early` and `delay_seconds` do not count."""
        await self.callbacks.send(self.task(task_id), script or CallbackScript())

    def record_body(self, task_id: str) -> dict[str, Any]:
        """What recordInfo would answer now: something to alter and to order with `faults.answer`."""
        return answers.ok(answers.record(self.task(task_id), self.clock.now()))

    async def go_down(self, *hosts: str) -> None:
        """Refuse connections on these hosts ("api", "upload", "files"; default: all); open ones are cut."""
        for name in hosts or tuple(self.sites):
            await self.sites[name].stop()

    async def close(self) -> None:
        """Go down for good, with whatever is still being served."""
        await self.go_down()
        await self._front.close()

    async def come_back(self, *hosts: str) -> None:
        """Listen again, on the same ports; tasks and files have lived on."""
        for name in hosts or tuple(self.sites):
            await self.sites[name].start()
        self.files.base_url = self.file_base_url

    async def wait_for_submission(self, timeout_seconds: float) -> Submission:
        """The next createTask not yet returned by this method, refused and spoiled ones included.

        Raises:
            TimeoutError: none arrived within this many real seconds.
        """
        await self.ledger.wait_until(lambda: bool(self._fresh_submissions()), timeout_seconds)
        submission = self._fresh_submissions()[0]
        self._returned_submissions.add(submission.number)
        return submission

    def _fresh_submissions(self) -> list[Submission]:
        returned = self._returned_submissions
        return [submission for submission in self.ledger.submissions if submission.number not in returned]

    async def wait_for_end(self, task_id: str, timeout_seconds: float) -> Task:
        """The task, once it has ended.

        Raises:
            TimeoutError: it has not within this many real seconds.
        """
        task = self.task(task_id)
        await self.ledger.wait_until(lambda: task.end is not None, timeout_seconds)
        return task


@asynccontextmanager
async def open_kie(
    api_key: str = "sandbox-key",
    webhook_key: str | None = None,
    seconds_to_success: float = 1.0,
    clock: Callable[[], datetime] | None = None,
    *,
    ports: Ports | None = None,
    new_id: Callable[[], str] | None = None,
) -> AsyncIterator[Kie]:
    """Run a provider until the block ends.

    `clock` gives the time in aware UTC (default: the real one). `new_id` makes task ids (default: 32 random
    hex digits). Without `webhook_key` callbacks are unsigned.
    """
    async with AsyncExitStack() as stack:
        outbound = await stack.enter_async_context(Outbound.open())
        background = Background()
        stack.push_async_callback(background.close)
        kie = Kie(
            account=Account(api_key),
            clock=SandboxClock(clock),
            outbound=outbound,
            background=background,
            folder=Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kie-sandbox-"))),
            ports=ports or Ports(),
            webhook_key=webhook_key,
            new_id=new_id or _task_id,
        )
        kie.default = Outcome(seconds=seconds_to_success)
        stack.push_async_callback(kie.close)
        await kie.come_back()
        yield kie


def _task_id() -> str:
    return secrets.token_hex(16)
