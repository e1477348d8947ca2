"""The named moments at which a bot is killed; each is seen from outside, by the services or on the disk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.asks import RecordedRequest
from sandbox.kie.callbacks import signed_headers
from sandbox.kie.ledger import Exchange
from sandbox.kie.outcomes import Signature
from tests.acceptance.clips import good
from tests.acceptance.rig import Rig
from tests.acceptance.scene import Scene
from tests.acceptance.witness import now_microseconds
from tests.canaries import WEBHOOK_KEY

MESSAGES = "/channels/*/messages"
CALLBACK = "/interactions/*/*/callback"
SLOW_SECONDS = 1.0
"""How long the download of a clip takes that is to be met in the middle."""

Arm = Callable[[Rig], None]


@dataclass(frozen=True, slots=True)
class Request:
    """A request to Discord that is recognised by its address and a word in it.

    `orders` bring it about; after a kill it is made again by itself, unless there are `orders_again`.
    """

    method: str
    glob: str
    word: str = ""
    orders: tuple[str, ...] = ("good",)
    orders_again: tuple[str, ...] = ()

    def lost(self, rig: Rig) -> None:
        """Discord never gets it, nor what else of the kind the bot has sent until it is dead."""
        faults, killed_pid = rig.house.discord.faults, rig.house.bot.pid

        async def kill(request: RecordedRequest) -> None:
            if self.word in str(request.json) and rig.house.bot.pid == killed_pid:
                faults.reset(request.method, request.path)
                await rig.kill()

        faults.on_request(self.method, self.glob, kill)

    def done(self, rig: Rig) -> None:
        """Discord does what is asked, and nobody hears of it."""

        async def kill(request: RecordedRequest) -> None:
            if self.word in str(request.json):
                await rig.kill()

        rig.house.discord.faults.on_request(self.method, self.glob, kill, when="after")


FAILING = ("failing",)
CANCEL_BUTTON = "'label': 'Cancel'"
"""In the first response, the public and the private one."""
REQUESTS: dict[str, Request] = {
    "the first response": Request("POST", CALLBACK, CANCEL_BUTTON, ("good", "private"), ("good",)),
    "the private refusal": Request("POST", "/webhooks/*/*", orders=("unusable",)),
    "the card's redrawing": Request("PATCH", "/channels/*/messages/*"),
    "the thread": Request("POST", "/channels/*/messages/*/threads"),
    "the private thread": Request("POST", "/channels/*/threads", orders=("private",)),
    "the private thread's member": Request("PUT", "/channels/*/thread-members/*", orders=("private",)),
    "the result": Request("POST", MESSAGES, "Your character ID", ("good", "private")),
    "the failure": Request("POST", MESSAGES, "This one didn't work", FAILING),
    "the reaction under it": Request("PUT", "/channels/*/messages/*/reactions/**", orders=FAILING),
    "the answer to the button": Request("POST", CALLBACK, "Trying again", FAILING, FAILING),
    "the line about the retry": Request("POST", MESSAGES, "Trying again", FAILING),
}
QUESTION = Request("POST", MESSAGES, "Needs a decision")
APPROVED = Request("POST", CALLBACK, "Approved.")
CANCELLED = Request("POST", CALLBACK, "Cancelled")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request to the provider."""

    endpoint: str

    def begun(self, rig: Rig) -> None:
        """Only its head has come."""
        rig.house.kie.faults.on_request(self.endpoint, rig.kill, when="arrival", times=1)

    def lost(self, rig: Rig) -> None:
        """The provider has read it and does nothing."""
        faults = rig.house.kie.faults

        async def kill(_: Exchange) -> None:
            faults.reset(self.endpoint)
            await rig.kill()

        faults.on_request(self.endpoint, kill, when="before", times=1)

    def done(self, rig: Rig) -> None:
        """The provider does what is asked, and nobody hears of it."""
        rig.house.kie.faults.on_request(self.endpoint, rig.kill, when="after", times=1)


UPLOAD, ORDER, LOOK = Exchanged("file-stream-upload"), Exchanged("createTask"), Exchanged("recordInfo")


def in_state(state: str, number: int = 1) -> Arm:
    """Just after this state was committed: what follows it has hardly begun."""

    def arm(rig: Rig) -> None:
        armed_at = now_microseconds()
        if state == "failed":
            rig.house.kie.default = Scene.fails()

        async def is_there(rig: Rig) -> bool:
            statement = (
                "SELECT 1 AS found FROM attempts WHERE state = :state AND number >= :number"
                " AND created_at > :armed_at"
            )
            values = {"state": state, "number": number, "armed_at": armed_at}
            return bool(await rig.reader.rows(statement, **values))

        rig.watch(is_there)

    return arm


def downloading(rig: Rig) -> None:
    """In the middle of the copying of a clip."""
    cdn = rig.house.discord.cdn
    cdn.slow("*", bytes_per_second=len(good()) / SLOW_SECONDS)
    before = len(cdn.downloads)

    async def has_begun(_: Rig) -> bool:
        return len(cdn.downloads) > before

    rig.watch(has_begun)


def judging(rig: Rig) -> None:
    """While the bot has a child, which it has only to judge a clip."""

    async def has_child(rig: Rig) -> bool:
        return bool(_children(rig.house.bot.pid))

    rig.watch(has_child)


def _children(pid: int) -> list[str]:
    """Every process that a thread of this one has started."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for children in listed for child in children.read_text("utf-8").split()]


def clip_in(folder: str) -> Arm:
    """As soon as one more file lies in a folder of the clip store."""

    def arm(rig: Rig) -> None:
        clips = rig.house.folder / "data" / "clips" / folder
        before = _files(clips)

        async def is_there(_: Rig) -> bool:
            return bool(_files(clips) - before)

        rig.watch(is_there)

    return arm


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("**/*")} if folder.exists() else set()


def half_a_callback(rig: Rig) -> None:
    """While the bot reads a callback."""

    async def send(exchange: Exchange) -> None:
        if rig.killed.is_set():
            return
        task = next(task for task in rig.house.kie.ledger.tasks if task.task_id == exchange.task_id)
        seconds = now_microseconds() // 1_000_000
        headers = signed_headers(WEBHOOK_KEY, task.task_id, seconds, Signature.VALID)
        lines = [f"POST {task.callback_path} HTTP/1.1", "Host: bot", "Content-Length: 400"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        _, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(("\r\n".join(lines) + '\r\n\r\n{"code": 200, "da').encode())
        await writer.drain()
        await rig.kill()
        writer.close()

    rig.house.kie.faults.on_request(ORDER.endpoint, send, when="after", times=1)


def answered_callback(rig: Rig) -> None:
    """As soon as a callback was answered, its work perhaps not done."""
    before = len(rig.house.kie.ledger.deliveries)

    async def is_answered(rig: Rig) -> bool:
        return any(one.status == 200 for one in rig.house.kie.ledger.deliveries[before:])

    rig.watch(is_answered)


COMMITS = {
    state: in_state(state)
    for state in ("received", "queued", "handed_over", "submitting", "waiting", "succeeded", "failed")
}
CALLBACKS: dict[str, Arm] = {
    "a callback is being read": half_a_callback,
    "a callback was answered": answered_callback,
}
