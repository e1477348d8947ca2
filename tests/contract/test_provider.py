"""What every provider keeps to, run on the one in memory and on the real client against the local kie."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Protocol

import aiohttp
import pytest

from bot.clip import ClipKind, StoredClip
from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.model import Fault
from bot.ports import Absent, Broke, Made, Provider, Running, Submission
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.sora_2_characters import Sora2Characters
from bot.providers.kie.uploads import Uploads
from sandbox.kie.server import Kie, open_kie
from tests.fakes.provider import FakeProvider, Verb

KEY = "bench-key"
CONTENT = b"\x00\x00\x00\x18ftypmp42" + bytes(5000)
CLIP = StoredClip("clips/aa", sha256(CONTENT).hexdigest(), len(CONTENT))
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

ENDPOINTS = {
    Verb.HAND_OVER: "file-stream-upload",
    Verb.SUBMIT: "createTask",
    Verb.LOOK_UP: "recordInfo",
    Verb.PROBE: "createTask",
}
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


class Bench(Protocol):
    """A provider, and the hands that move what is behind it."""

    provider: Provider

    def refuse(self, fault: Fault) -> None:
        """The next submission or probe is refused for this reason."""

    def lose_answer(self, way: str) -> None:
        """The next submission creates its task; the answer is lost in the given way."""

    def disconnect(self) -> None:
        """From now on nobody is there to connect to."""

    def trouble(self, verb: Verb) -> None:
        """The next call of this kind finds the provider out of order."""

    def finish(self, task_id: str) -> None: ...

    def fail(self, task_id: str, fault: Fault) -> None: ...

    def forget(self, task_id: str) -> None: ...

    def received(self) -> list[bytes]:
        """The SHA-256 digests of the clips behind the provider."""

    def task_count(self) -> int: ...


class MemoryBench:
    """The provider in memory."""

    def __init__(self) -> None:
        self.fake = FakeProvider()
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

    def task_count(self) -> int:
        return len(self.fake.tasks)


class KieBench:
    """The real client against the local kie."""

    def __init__(self, kie: Kie, session: aiohttp.ClientSession) -> None:
        self.kie = kie
        self._session = session
        self.provider: Provider = self._at(kie.api_base_url, kie.upload_base_url)

    def _at(self, api_base_url: str, upload_base_url: str) -> Sora2Characters:
        client = KieClient(self._session, KieConfig(api_base_url, upload_base_url, KEY))
        return Sora2Characters(client, Uploads(client))

    def refuse(self, fault: Fault) -> None:
        if fault is Fault.MODEL_OFF:
            self.kie.pause_model()
        elif fault is Fault.EDGE_REFUSED:
            self.kie.faults.edge_refusal("createTask")
        else:
            code, message = CODES[fault]
            self.kie.faults.refuse("createTask", code=code, msg=message)

    def lose_answer(self, way: str) -> None:
        faults = self.kie.faults
        match way:
            case "reset":
                faults.reset("createTask", when="after")
            case "cut":
                faults.truncate("createTask")
            case "empty":
                faults.empty("createTask", when="after")
            case "page":
                faults.http("createTask", status=502, when="after")
            case "no-id":
                faults.null_data("createTask", when="after")
            case "flood":
                faults.flood("createTask", size_bytes=2_000_000)

    def disconnect(self) -> None:
        self.provider = self._at("http://127.0.0.1:1", "http://127.0.0.1:1")

    def trouble(self, verb: Verb) -> None:
        self.kie.faults.http(ENDPOINTS[verb], status=502)

    def finish(self, task_id: str) -> None:
        self.kie.finish(task_id)

    def fail(self, task_id: str, fault: Fault) -> None:
        self.kie.fail(task_id, *ENDS[fault])

    def forget(self, task_id: str) -> None:
        self.kie.forget(task_id)

    def received(self) -> list[bytes]:
        return [bytes.fromhex(upload.sha256) for upload in self.kie.ledger.uploads]

    def task_count(self) -> int:
        return len(self.kie.ledger.tasks)


@asynccontextmanager
async def memory_bench() -> AsyncIterator[Bench]:
    yield MemoryBench()


@asynccontextmanager
async def kie_bench() -> AsyncIterator[Bench]:
    async with open_kie(api_key=KEY, seconds_to_success=3600) as kie, aiohttp.ClientSession() as session:
        yield KieBench(kie, session)


@pytest.fixture(params=[memory_bench, kie_bench], ids=["memory", "kie"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with request.param() as made:
        yield made


async def chunks(content: bytes = CONTENT) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def hand_over(bench: Bench) -> str:
    return await bench.provider.hand_over(CLIP, ClipKind.MP4, chunks())


async def submit(bench: Bench) -> str:
    answer = await bench.provider.submit(Submission(await hand_over(bench), "clay robot", "keep it calm"))
    assert isinstance(answer, str)
    return answer


async def test_a_clip_becomes_a_character(bench: Bench) -> None:
    task_id = await submit(bench)
    running = await bench.provider.look_up(task_id)
    bench.finish(task_id)
    report = await bench.provider.look_up(task_id)

    assert isinstance(running, Running)
    assert isinstance(report, Made)
    assert report.character_id
    assert report.credits_spent == 20.0


async def test_the_clip_arrives_as_it_is(bench: Bench) -> None:
    url = await hand_over(bench)

    assert url.startswith("http")
    assert bench.received() == [bytes.fromhex(CLIP.sha256)]


async def test_a_clip_may_be_handed_over_again(bench: Bench) -> None:
    first, second = await hand_over(bench), await hand_over(bench)

    assert first != second
    assert bench.received() == [bytes.fromhex(CLIP.sha256)] * 2


async def test_a_clip_cut_short_is_missing(bench: Bench) -> None:
    with pytest.raises(ClipMissing) as caught:
        await bench.provider.hand_over(CLIP, ClipKind.MP4, chunks(CONTENT[:-1]))

    assert caught.value.key == CLIP.key
    assert bench.received() == []


async def test_a_submission_makes_one_task(bench: Bench) -> None:
    first, second = await submit(bench), await submit(bench)

    assert first != second
    assert bench.task_count() == 2


@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_refusal_says_why_and_leaves_no_task(bench: Bench, fault: Fault) -> None:
    bench.refuse(fault)

    with pytest.raises(Refused) as caught:
        await submit(bench)

    assert caught.value.fault == fault
    assert caught.value.code
    assert bench.task_count() == 0


@pytest.mark.parametrize("way", ["reset", "cut", "empty", "page", "no-id", "flood"])
async def test_a_lost_answer_is_unanswered_and_there_is_exactly_one_task(bench: Bench, way: str) -> None:
    bench.lose_answer(way)

    with pytest.raises(Unanswered):
        await submit(bench)

    assert bench.task_count() == 1


async def test_without_a_connection_nothing_is_sent(bench: Bench) -> None:
    url = await hand_over(bench)
    bench.disconnect()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: hand_over(bench),
        lambda: bench.provider.submit(Submission(url, "", "")),
        lambda: bench.provider.look_up("t"),
        bench.provider.probe,
    ]

    for call in calls:
        with pytest.raises(NotSent) as caught:
            await call()
        assert caught.value.fault == Fault.UNREACHABLE
    assert bench.task_count() == 0


async def test_an_unknown_task_is_absent(bench: Bench) -> None:
    assert await bench.provider.look_up("0" * 32) == Absent()


async def test_a_forgotten_task_is_absent(bench: Bench) -> None:
    task_id = await submit(bench)
    bench.forget(task_id)

    assert await bench.provider.look_up(task_id) == Absent()


@pytest.mark.parametrize("fault", ENDS)
async def test_a_failed_task_says_why_in_the_providers_words(bench: Bench, fault: Fault) -> None:
    task_id = await submit(bench)
    bench.fail(task_id, fault)

    assert await bench.provider.look_up(task_id) == Broke(fault, *ENDS[fault], 0.0)


@pytest.mark.parametrize("verb", [Verb.HAND_OVER, Verb.SUBMIT, Verb.LOOK_UP])
async def test_trouble_passes_and_the_call_can_be_made_again(bench: Bench, verb: Verb) -> None:
    task_id = await submit(bench)
    bench.trouble(verb)
    calls: dict[Verb, Callable[[], Awaitable[object]]] = {
        Verb.HAND_OVER: lambda: hand_over(bench),
        Verb.SUBMIT: lambda: bench.provider.submit(Submission("https://files.example/a.mp4", "", "")),
        Verb.LOOK_UP: lambda: bench.provider.look_up(task_id),
    }

    with pytest.raises(ProviderError) as caught:
        await calls[verb]()
    again = await calls[verb]()

    assert caught.value.fault == Fault.PROVIDER_TROUBLE
    assert again


async def test_a_provider_that_takes_orders_says_so_and_creates_nothing(bench: Bench) -> None:
    await bench.provider.probe()

    assert bench.task_count() == 0
    assert bench.received() == []


@pytest.mark.parametrize("fault", sorted(set(REFUSALS) - {Fault.REQUEST_INVALID}))
async def test_a_probe_hears_what_a_submission_would(bench: Bench, fault: Fault) -> None:
    bench.refuse(fault)

    with pytest.raises(Refused) as caught:
        await bench.provider.probe()

    assert caught.value.fault == fault
    assert bench.task_count() == 0


async def test_a_probe_amid_trouble_proves_nothing_and_may_be_repeated(bench: Bench) -> None:
    bench.trouble(Verb.PROBE)

    with pytest.raises(ProviderError) as caught:
        await bench.provider.probe()
    await bench.provider.probe()

    assert caught.value.fault == Fault.PROVIDER_TROUBLE


async def test_a_look_up_changes_nothing(bench: Bench) -> None:
    task_id = await submit(bench)
    bench.finish(task_id)

    assert await bench.provider.look_up(task_id) == await bench.provider.look_up(task_id)
    assert bench.task_count() == 1


async def test_a_provider_has_a_name(bench: Bench) -> None:
    assert bench.provider.name
