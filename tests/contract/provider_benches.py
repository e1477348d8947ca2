"""Providers in memory, real clients against the local kie, and the hands that move what is behind them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Protocol, TypeAlias

import aiohttp

from bot.clip import ClipKind, PictureKind, SourceTask, StoredClip
from bot.errors import NotSent, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Broke, Capabilities, Made, Provider, SourceKind, Submission
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.gemini_omni import GeminiOmni
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.sora_2_characters_pro import Sora2CharactersPro
from bot.providers.kie.uploads import Uploads
from sandbox.kie.server import Kie, open_kie
from tests.fakes.provider import AT_ONCE, CAPABILITIES, FakeProvider, Verb

KEY = "bench-key"
CLIP_CONTENT = b"\x00\x00\x00\x18ftypmp42" + bytes(5000)
PICTURE_CONTENT = b"\xff\xd8\xff\xe0" + bytes(5000)
REFUSALS = [
    Fault.CONTENT,
    Fault.REQUEST_INVALID,
    Fault.SOURCE_UNREACHABLE,
    Fault.MODEL_OFF,
    Fault.FEATURE_OFF,
    Fault.KEY_REFUSED,
    Fault.NO_CREDIT,
    Fault.KEY_LIMIT,
    Fault.EDGE_REFUSED,
    Fault.MAINTENANCE,
    Fault.THROTTLED,
    Fault.PROVIDER_TROUBLE,
]
ENDS = {
    Fault.LIKENESS: ("400", "upload may depict a realistic human"),
    Fault.THIRD_PARTY: ("400", "similarity to third-party content"),
    Fault.CLIP_UNSUITABLE: ("400", "unsupported codec"),
    Fault.SOURCE_UNREACHABLE: ("500", "could not download the file"),
    Fault.PROVIDER_TROUBLE: ("500", "Internal server error"),
    Fault.UNEXPLAINED: ("501", "no"),
}

TASK, CHARACTER = "createTask", "omni-character"
CODES = {
    Fault.CONTENT: (400, "flagged by moderation"),
    Fault.REQUEST_INVALID: (422, "bad value"),
    Fault.SOURCE_UNREACHABLE: (451, "cannot read the file"),
    Fault.FEATURE_OFF: (505, "disabled"),
    Fault.KEY_REFUSED: (401, "authentication failed"),
    Fault.NO_CREDIT: (402, "credits are insufficient"),
    Fault.KEY_LIMIT: (433, "limit of this key"),
    Fault.MAINTENANCE: (455, "maintenance"),
    Fault.THROTTLED: (429, "too many requests"),
    Fault.PROVIDER_TROUBLE: (500, "server exception"),
}


Model: TypeAlias = type[Sora2Characters] | type[GeminiOmni] | type[Sora2CharactersPro]
VIDEO = SourceTask("0123456789abcdef0123456789abcdef", 0.5, 3.0)


class Bench(Protocol):
    """A provider, and the hands that move what is behind it."""

    provider: Provider

    def refuse(self, fault: Fault) -> None:
        """The next submission or probe is refused for this reason."""

    def lose_answer(self, way: str) -> None:
        """The next submission makes what it asks for; the answer is lost in the given way."""

    def disconnect(self) -> None:
        """From now on nobody is there to connect to."""

    def trouble(self, verb: Verb) -> None:
        """The next call of this kind finds the provider out of order."""

    def finish(self, task_id: str) -> None: ...

    def fail(self, task_id: str, fault: Fault) -> None: ...

    def forget(self, task_id: str) -> None: ...

    def received(self) -> list[bytes]:
        """The SHA-256 digests of the files behind the provider."""

    def made_count(self) -> int:
        """How much was made, or is being made, and may be charged."""


class MemoryBench:
    """A provider in memory."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.fake = FakeProvider(capabilities=capabilities)
        self.provider: Provider = self.fake

    def refuse(self, fault: Fault) -> None:
        for verb in (Verb.SUBMIT, Verb.PROBE):
            self.fake.fail(verb, Refused(fault, code="400", text="no"))

    def lose_answer(self, way: str) -> None:
        self.fake.lose_answer(Unanswered(Fault.UNREACHABLE, text=way))

    def disconnect(self) -> None:
        for verb in Verb:
            self.fake.fail(verb, NotSent(Fault.UNREACHABLE))

    def trouble(self, verb: Verb) -> None:
        self.fake.fail(verb, Unanswered(Fault.PROVIDER_TROUBLE, code="502"))

    def finish(self, task_id: str) -> None:
        self.fake.finish(task_id)

    def fail(self, task_id: str, fault: Fault) -> None:
        code, text = ENDS[fault]
        self.fake.finish(task_id, Broke(fault, code, text, 0.0))

    def forget(self, task_id: str) -> None:
        del self.fake.tasks[task_id]

    def received(self) -> list[bytes]:
        return [sha256(given.content).digest() for given in self.fake.hand_overs]

    def made_count(self) -> int:
        return len(self.fake.tasks)


class KieBench:
    """A real client of a model against the local kie; `order` is the endpoint that takes its orders."""

    def __init__(self, kie: Kie, session: aiohttp.ClientSession, model: Model) -> None:
        self.kie = kie
        self._session = session
        self._model = model
        self._order = CHARACTER if model is GeminiOmni else TASK
        self.provider = self._at(kie.api_base_url, kie.upload_base_url)

    def _at(self, api_base_url: str, upload_base_url: str) -> Provider:
        client = KieClient(self._session, KieConfig(api_base_url, upload_base_url, KEY))
        return self._model(client, Uploads(client))

    def refuse(self, fault: Fault) -> None:
        if fault is Fault.MODEL_OFF:
            self.kie.pause_model()
            self.kie.pause_omni()
        elif fault is Fault.EDGE_REFUSED:
            self.kie.faults.edge_refusal(self._order)
        else:
            code, message = CODES[fault]
            self.kie.faults.refuse(self._order, code=code, msg=message)

    def lose_answer(self, way: str) -> None:
        faults = self.kie.faults
        match way:
            case "reset":
                faults.reset(self._order, when="after")
            case "cut":
                faults.truncate(self._order)
            case "empty":
                faults.empty(self._order, when="after")
            case "page":
                faults.http(self._order, status=502, when="after")
            case "no-id":
                faults.null_data(self._order, when="after")
            case "flood":
                faults.flood(self._order, size_bytes=2_000_000)

    def disconnect(self) -> None:
        self.provider = self._at("http://127.0.0.1:1", "http://127.0.0.1:1")

    def trouble(self, verb: Verb) -> None:
        elsewhere = {Verb.HAND_OVER: "file-stream-upload", Verb.LOOK_UP: "recordInfo"}
        self.kie.faults.http(elsewhere.get(verb, self._order), status=502)

    def finish(self, task_id: str) -> None:
        self.kie.finish(task_id)

    def fail(self, task_id: str, fault: Fault) -> None:
        self.kie.fail(task_id, *ENDS[fault])

    def forget(self, task_id: str) -> None:
        self.kie.forget(task_id)

    def received(self) -> list[bytes]:
        return [bytes.fromhex(upload.sha256) for upload in self.kie.ledger.uploads]

    def made_count(self) -> int:
        return len(self.kie.ledger.tasks) + len(self.kie.omni.characters)


@asynccontextmanager
async def memory_bench() -> AsyncIterator[Bench]:
    yield MemoryBench(CAPABILITIES)


@asynccontextmanager
async def memory_at_once_bench() -> AsyncIterator[Bench]:
    yield MemoryBench(AT_ONCE)


@asynccontextmanager
async def kie_bench(model: Model) -> AsyncIterator[Bench]:
    async with open_kie(api_key=KEY, seconds_to_success=3600) as kie, aiohttp.ClientSession() as session:
        kie.runner.videos[VIDEO.task_id] = 10.0
        yield KieBench(kie, session, model)


Benches: TypeAlias = dict[str, Callable[[], AbstractAsyncContextManager[Bench]]]

WITH_TASKS: Benches = {"memory": memory_bench, "kie-sora-2-characters": partial(kie_bench, Sora2Characters)}
AT_ONCE_ONES: Benches = {
    "memory-at-once": memory_at_once_bench,
    "kie-gemini-omni": partial(kie_bench, GeminiOmni),
}
FROM_VIDEOS: Benches = {"kie-sora-2-characters-pro": partial(kie_bench, Sora2CharactersPro)}
WITH_TASKS |= FROM_VIDEOS
EVERY_ONE = WITH_TASKS | AT_ONCE_ONES
TAKES_FILES = {name: made for name, made in EVERY_ONE.items() if name not in FROM_VIDEOS}


def content_for(bench: Bench) -> bytes:
    """What this provider takes: a clip, or a picture of one."""
    takes_pictures = bench.provider.capabilities.source is SourceKind.PICTURE
    return PICTURE_CONTENT if takes_pictures else CLIP_CONTENT


def source_for(bench: Bench) -> StoredClip:
    content = content_for(bench)
    return StoredClip("clips/aa", sha256(content).hexdigest(), len(content))


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def hand_over(bench: Bench, content: bytes | None = None) -> str:
    """Hands the source over, or something else in its place."""
    kind = ClipKind.MP4 if content_for(bench) is CLIP_CONTENT else PictureKind.JPEG
    given = content_for(bench) if content is None else content
    return await bench.provider.hand_over(source_for(bench), kind, chunks(given))


async def submit(bench: Bench) -> str | Made:
    return await bench.provider.submit(await order_of(bench, "clay robot", "keep it calm"))


async def order_of(bench: Bench, prompt: str = "a robot", safety: str = "") -> Submission:
    """An order, its source handed over; or there already, in a video."""
    if bench.provider.capabilities.source is SourceKind.TASK:
        return Submission("", prompt, safety, source_task=VIDEO)
    return Submission(await hand_over(bench), prompt, safety)


async def submit_task(bench: Bench) -> str:
    answer = await submit(bench)
    assert isinstance(answer, str)
    return answer
