"""What is seen of the engine's partners from outside: how calls end, where announcements go."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import DeliveryPostponed, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.jobs.measured import (
    LAG_LOOK_SECONDS,
    TELLING,
    LoopWatch,
    MeasuredAnnouncer,
    MeasuredProvider,
    MeasuredSteps,
    rung_of,
)
from bot.model import Attempt, AttemptState, Job, MessageRef, Story, Visibility
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.operator.figures import CallOutcome, Rung
from bot.ports import Delivered, Parked, Submission
from tests.builders import NOON, a_job, an_attempt
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.provider import FakeProvider

CHANNEL, THREAD, ELSEWHERE = 5, 77, 99
CARD = MessageRef(CHANNEL, 6)
ORDER = Submission("https://files.example/clip.mp4", "a fox", "")


class Notebook:
    """A meter that remembers what it was told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.calls: list[tuple[str, str, CallOutcome, Fault | None]] = []
        self.deliveries: list[tuple[NoticeKind, Rung]] = []
        self.lags: list[float] = []

    def step_taken(self, step: str, seconds: float) -> None:
        assert seconds >= 0
        self.steps.append(step)

    def provider_answered(self, provider: str, call: str, outcome: CallOutcome, fault: Fault | None) -> None:
        self.calls.append((provider, call, outcome, fault))

    def told(self, kind: NoticeKind, rung: Rung) -> None:
        self.deliveries.append((kind, rung))

    def loop_lagged(self, seconds: float) -> None:
        self.lags.append(seconds)


def carded(**changes: object) -> Job:
    return replace(a_job(), card=CARD, **changes)  # type: ignore[arg-type]  # whatever the test says


def private(**changes: object) -> Job:
    job = a_job()
    order = replace(job.order, visibility=Visibility.PRIVATE)
    return replace(job, order=order, **changes)  # type: ignore[arg-type]  # whatever the test says


def in_channel(channel_id: int) -> MessageRef:
    return MessageRef(channel_id, 1234)


@pytest.mark.parametrize(
    ("outcome", "job", "rung"),
    [
        (Delivered(in_channel(THREAD)), carded(thread_id=THREAD), Rung.THREAD),
        (Delivered(in_channel(THREAD), thread_id=THREAD), carded(thread_id=THREAD), Rung.THREAD),
        (Delivered(in_channel(THREAD), thread_id=THREAD), carded(), Rung.NEW_THREAD),
        (Delivered(in_channel(CHANNEL)), carded(), Rung.REPLY),
        (Delivered(CARD), carded(thread_id=THREAD), Rung.CARD),
        (Delivered(in_channel(ELSEWHERE), card=in_channel(ELSEWHERE)), a_job(), Rung.CARD),
        (Delivered(in_channel(ELSEWHERE)), private(thread_id=THREAD), Rung.PRIVATE),
        (Delivered(in_channel(ELSEWHERE)), private(), Rung.PRIVATE),
        (Delivered(in_channel(ELSEWHERE)), carded(thread_id=THREAD), Rung.OTHER_CHANNEL),
        (Delivered(), carded(), Rung.NO_MESSAGE),
        (Parked("gone"), carded(), Rung.PARKED),
    ],
)
def test_the_rung_is_seen_by_what_a_delivery_left_behind(
    outcome: Delivered | Parked, job: Job, rung: Rung
) -> None:
    assert rung_of(outcome, job) is rung


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotSent(Fault.UNREACHABLE), CallOutcome.NOT_SENT),
        (Refused(Fault.NO_CREDIT), CallOutcome.REFUSED),
        (Unanswered(Fault.UNREACHABLE), CallOutcome.UNANSWERED),
        (ProviderError(Fault.NONSENSE), CallOutcome.OTHER),
    ],
)
async def test_a_call_that_fails_is_counted_by_its_class_and_fails_as_before(
    error: ProviderError, outcome: CallOutcome
) -> None:
    class Failing(FakeProvider):
        async def submit(self, submission: Submission) -> str:  # noqa: ARG002 - the port's signature
            raise error

    meter = Notebook()

    with pytest.raises(type(error)) as raised:
        await MeasuredProvider(Failing(), meter).submit(ORDER)

    assert raised.value is error
    assert meter.calls == [(FakeProvider().name, "submit", outcome, error.fault)]


async def test_a_call_that_succeeds_is_counted_and_answered() -> None:
    meter = Notebook()
    provider = FakeProvider()
    measured = MeasuredProvider(provider, meter)

    assert await measured.submit(ORDER)
    await measured.probe()

    assert (measured.name, measured.capabilities) == (provider.name, provider.capabilities)
    assert [(call, outcome) for _, call, outcome, _ in meter.calls] == [
        ("submit", CallOutcome.ANSWERED),
        ("probe", CallOutcome.ANSWERED),
    ]


async def test_a_step_is_timed_by_the_state_in_which_it_began_also_when_it_breaks() -> None:
    class Breaking:
        async def advance(self, attempt: Attempt) -> None:
            raise RuntimeError(attempt.attempt_id)

    meter = Notebook()

    with pytest.raises(RuntimeError):
        await MeasuredSteps(Breaking(), meter).advance(an_attempt())

    assert meter.steps == [AttemptState.RECEIVED]


async def test_a_delivery_is_counted_once_it_is_made_and_not_while_it_is_put_off() -> None:
    meter, announcer = Notebook(), FakeAnnouncer()
    measured = MeasuredAnnouncer(announcer, meter)
    job = a_job()
    story = Story(job, an_attempt(job))
    notice = Announcement(1, job.job_id, 1, NoticeKind.RESULT, "n", NoticeState.PENDING, NOON, NOON)
    announcer.next_deliveries(DeliveryPostponed(5, "busy"), Parked("gone"))

    with pytest.raises(DeliveryPostponed):
        await measured.deliver(notice, story)
    await measured.deliver(notice, story)

    assert meter.deliveries == [(NoticeKind.RESULT, Rung.PARKED)]
    assert meter.steps == [TELLING, TELLING]


async def test_the_loop_watch_tells_how_much_too_late_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Notebook()
    watch = LoopWatch(meter)
    moments = iter([10.0, 10.0 + LAG_LOOK_SECONDS, 10.0 + 2 * LAG_LOOK_SECONDS + 0.7, 10.1])
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: next(moments))
    for _ in range(4):
        await watch.look()
    monkeypatch.undo()

    assert meter.lags == pytest.approx([0.0, 0.7, 0.0])
