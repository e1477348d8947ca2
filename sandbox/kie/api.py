"""The API host's endpoints: submit, read, balance, download link."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.kie import answers
from sandbox.kie.account import Account, refused_model
from sandbox.kie.callbacks import Callbacks
from sandbox.kie.clock import SandboxClock
from sandbox.kie.inputs import (
    MODEL,
    MODEL_FAMILY,
    PRO_MODEL,
    CharacterRequest,
    Refused,
    character_request,
    json_object,
    model_of,
    pro_request,
)
from sandbox.kie.ledger import Exchange, Ledger
from sandbox.kie.runner import TaskRunner
from sandbox.kie.tasks import Task
from sandbox.kie.uploads import require_json

# Where generated media would lie; a character task generates none.
GENERATED_MEDIA_HOSTS = ("https://tempfile.aiquickdraw.com/", "https://file.aiquickdraw.com/")
_NULL_RECORD_CODE = 200


class ApiDesk:
    """Each method is the work of one endpoint and returns the answer's body."""

    def __init__(
        self,
        clock: SandboxClock,
        ledger: Ledger,
        account: Account,
        runner: TaskRunner,
        callbacks: Callbacks,
    ) -> None:
        self.unknown_fields_refused = True
        self._clock = clock
        self._ledger = ledger
        self._account = account
        self._runner = runner
        self._callbacks = callbacks

    async def create_task(self, request: web.Request, exchange: Exchange) -> Mapping[str, Any]:
        """`createTask`: rate, model, input, then credits; input is judged before anything is charged."""
        self._check_json(request)
        self._account.check_rate(self._account.submission_window, self._clock.now())
        body = json_object(exchange.body)
        model = model_of(body)
        if model.startswith(MODEL_FAMILY):
            self._account.check_model_is_on()
        task = self._runner.accept(self._judged(model, body))
        exchange.task_id = task.task_id
        if task.outcome.callback.early:
            await self._runner.end_at_once(task)
            await self._callbacks.sent(task)
        return answers.accepted(task.task_id)

    async def record(self, request: web.Request, exchange: Exchange) -> Mapping[str, Any]:
        """`recordInfo`: the task as it is now."""
        self._account.check_key(request.headers.get("Authorization"))
        task_id = request.query.get("taskId")
        if not task_id:
            raise Refused(422, "taskId cannot be empty")
        exchange.task_id = task_id
        self._ledger.polls[task_id].append(exchange.at)
        self._account.check_rate(self._account.poll_window, self._clock.now())
        task = self._runner.task(task_id)
        if task is None or self._is_hidden(task):
            raise Refused(422, "recordInfo is null")
        if task.forgotten_code is not None:
            return forgotten(task.forgotten_code)
        await self._runner.settle_if_due(task)
        return answers.ok(answers.record(task, self._clock.now()))

    async def credit(self, request: web.Request, _: Exchange) -> Mapping[str, Any]:
        """`chat/credit`: what is left."""
        self._account.check_key(request.headers.get("Authorization"))
        return answers.balance(self._account.balance)

    async def download_url(self, request: web.Request, exchange: Exchange) -> Mapping[str, Any]:
        """`common/download-url`: only for generated media; an upload or a foreign URL is wrong."""
        self._check_json(request)
        url = json_object(exchange.body).get("url")
        if not isinstance(url, str) or not url.startswith(GENERATED_MEDIA_HOSTS):
            raise Refused(422, "url is wrong")
        return answers.ok(f"{url}?sig=sandbox")

    def _judged(self, model: str, body: Mapping[str, Any]) -> CharacterRequest:
        refuses = self.unknown_fields_refused
        if model == MODEL:
            return character_request(body, unknown_fields_refused=refuses)
        if model == PRO_MODEL:
            return pro_request(body, self._runner.videos, unknown_fields_refused=refuses)
        raise refused_model()

    def _check_json(self, request: web.Request) -> None:
        self._account.check_key(request.headers.get("Authorization"))
        require_json(request)

    def _is_hidden(self, task: Task) -> bool:
        known_for_seconds = (self._clock.now() - task.accepted_at).total_seconds()
        return known_for_seconds < task.outcome.hidden_seconds


def forgotten(code: int) -> Mapping[str, Any]:
    """A lost record: 422 as live, 404 as documented, or 200 with null as on a sibling endpoint.

    Raises:
        Refused: for any code but 200.
    """
    if code == _NULL_RECORD_CODE:
        return answers.ok(None)
    raise Refused(code, "recordInfo is null")
