"""From the queue to the provider's task: what is written before what, and that nothing is paid twice."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import Unanswered
from bot.fault import Fault
from bot.jobs import submission
from bot.jobs.submission import HANDED_OVER_FRESH, STORE_TASK_WAITS_SECONDS, WAIT_IN_QUEUE
from bot.model import Attempt, AttemptState, Circuit, HandedOver, Person
from bot.notices import NoticeKind
from bot.ports import Made, Submission
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.provider import FakeProvider, Verb
from tests.unit.engine_rig import CLIP, KEPT, RATE, Rig

S = AttemptState
CARD, FAILURE = NoticeKind.CARD, NoticeKind.FAILURE


class Witness(FakeProvider):
    """A provider who looks at our rows at the moment it is asked."""

    def __init__(self) -> None:
        super().__init__(PROVIDER)
        self.rig: Rig | None = None
        self.rows: list[Attempt] = []

    async def submit(self, submission: Submission) -> str | Made:
        assert self.rig is not None
        self.rows.extend(self.rig.world.attempts.values())
        return await super().submit(submission)


async def test_a_clip_is_handed_over_and_the_address_stored() -> None:
    rig = Rig()
    attempt = await rig.queued()

    handed_over = await rig.advance(attempt)

    (given,) = rig.provider.hand_overs
    assert (given.clip, given.content) == (KEPT, CLIP)
    assert handed_over.state is S.HANDED_OVER
    assert handed_over.handed_over == HandedOver(given.url, NOON)
    assert rig.provider.submissions == []


async def test_handing_over_keeps_the_attempts_turn() -> None:
    """Else everybody's clip would be uploaded before the first one is submitted."""
    rig = Rig()
    first, second = await rig.queued(), await rig.queued()
    rig.clock.advance(10)

    await rig.advance(first)

    claimed = await rig.jobs.claim([S.QUEUED, S.HANDED_OVER], rig.clock.now(), 60, 1)
    assert [attempt.attempt_id for attempt in claimed] == [first.attempt_id]
    assert rig.stored(second).state is S.QUEUED


async def test_a_submission_is_written_down_before_it_is_made() -> None:
    witness = Witness()
    rig = witness.rig = Rig(provider=witness)
    attempt = await rig.handed_over()
    rig.clock.advance(5)

    await rig.advance(attempt)

    (row,) = witness.rows
    assert (row.state, row.submitted_at) == (S.SUBMITTING, rig.clock.now())
    assert row.callback_token == attempt.callback_token
    assert row.task_id is None


async def test_an_accepted_submission_stores_its_task_and_is_followed() -> None:
    rig = Rig()
    attempt = await rig.handed_over(fault=Fault.MODEL_OFF, tries=2)

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.task_id, waiting.submitted_at) == (S.WAITING, "task_0001", NOON)
    assert (waiting.fault, waiting.tries) == (None, 0)
    assert rig.wait_seconds(attempt) == 4
    assert rig.pending(attempt) == [CARD]


async def test_the_provider_is_given_the_address_the_texts_and_where_to_call_back() -> None:
    rig = Rig(callback_url=lambda token: f"https://bot.example/callbacks/kie/{token}")
    attempt = await rig.handed_over()

    await rig.advance(attempt)

    assert rig.provider.submissions == [
        Submission(
            source_url="https://files.example/1.mp4",
            prompt="a calm voice",
            safety="be kind\nno weapons",
            callback_url=f"https://bot.example/callbacks/kie/{attempt.callback_token}",
            name="Mira",
        )
    ]


async def test_without_a_public_address_no_callback_is_asked_for() -> None:
    rig = Rig()

    await rig.advance(await rig.handed_over())

    assert rig.provider.submissions[0].callback_url is None


@pytest.mark.parametrize("after", [False, True])
async def test_a_submission_without_an_answer_is_never_sent_again(*, after: bool) -> None:
    rig = Rig()
    lost = Unanswered(Fault.UNREACHABLE, code="504", text="gateway time-out")
    if after:
        rig.provider.lose_answer(lost)
    else:
        rig.provider.fail(Verb.SUBMIT, lost)
    attempt = await rig.handed_over()

    unknown = await rig.advance(attempt)

    assert (unknown.state, unknown.fault) == (S.UNKNOWN, Fault.OUTCOME_UNKNOWN)
    assert (unknown.provider_code, unknown.provider_text) == ("504", "gateway time-out")
    assert unknown.ended_at == NOON
    assert rig.pending(attempt) == [CARD, FAILURE]
    await nobody_takes_it(rig)
    assert len(rig.provider.submissions) == after


async def test_a_row_found_submitting_is_never_sent_again() -> None:
    """Its process died between the mark and the answer."""
    rig = Rig()
    attempt = await rig.submitting()

    unknown = await rig.advance(attempt)

    assert (unknown.state, unknown.fault) == (S.UNKNOWN, Fault.OUTCOME_UNKNOWN)
    assert rig.pending(attempt) == [CARD, FAILURE]
    await nobody_takes_it(rig)
    assert rig.provider.submissions == []


async def test_an_error_nobody_thought_of_while_submitting_leaves_the_mark_alone() -> None:
    rig = Rig()
    rig.provider.fail(Verb.SUBMIT, KeyError("data"))
    attempt = await rig.handed_over()

    marked = await rig.advance(attempt)

    assert marked.state is S.SUBMITTING
    rig.clock.advance(3600)
    assert (await rig.advance(attempt)).state is S.UNKNOWN
    assert rig.provider.submissions == []


async def test_who_is_turned_away_by_a_used_up_rate_keeps_the_place_and_sends_nothing() -> None:
    rig = Rig()
    for _ in range(RATE.count):
        await rig.advance(await rig.handed_over())
    late = await rig.handed_over(tries=1)

    turned_away = await rig.advance(late)

    assert (turned_away.state, turned_away.tries) == (S.HANDED_OVER, 1)
    assert turned_away.due_at == late.due_at
    assert len(rig.provider.submissions) == RATE.count
    rig.clock.advance(RATE.window_seconds)
    assert (await rig.advance(late)).state is S.WAITING


async def test_an_upload_that_may_have_lapsed_is_made_again() -> None:
    rig = Rig()
    old = HandedOver("https://files.example/old.mp4", NOON)
    attempt = await rig.handed_over(handed_over=old)
    rig.clock.advance(HANDED_OVER_FRESH.total_seconds() + 1)

    back = await rig.advance(attempt)
    await rig.advance(attempt)
    await rig.advance(attempt)

    assert (back.state, back.handed_over) == (S.QUEUED, None)
    assert [given.source_url for given in rig.provider.submissions] == [rig.provider.hand_overs[0].url]


async def test_an_upload_of_exactly_half_a_day_still_serves() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    rig.clock.advance(HANDED_OVER_FRESH.total_seconds())

    assert (await rig.advance(attempt)).state is S.WAITING


async def test_a_kept_clip_that_is_gone_ends_the_attempt() -> None:
    rig = Rig()
    del rig.clips.objects[KEPT.key]
    attempt = await rig.queued()

    failed = await rig.advance(attempt)

    assert (failed.state, failed.fault, failed.ended_at) == (S.FAILED, Fault.CLIP_MISSING, NOON)
    assert rig.pending(attempt) == [CARD, FAILURE]


async def test_a_kept_clip_that_was_altered_is_not_handed_over() -> None:
    rig = Rig()
    rig.clips.objects[KEPT.key] = CLIP[::-1]
    attempt = await rig.queued()

    assert (await rig.advance(attempt)).fault is Fault.CLIP_MISSING
    assert rig.provider.hand_overs == []


async def test_an_attempt_that_waited_a_day_for_its_turn_expires() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.clock.advance(WAIT_IN_QUEUE.total_seconds() + 1)

    expired = await rig.advance(attempt)

    assert (expired.state, expired.fault) == (S.EXPIRED, Fault.WAITED_TOO_LONG)
    assert rig.pending(attempt) == [CARD, FAILURE]
    assert rig.provider.hand_overs == []


@pytest.mark.parametrize("failures", [1, 4, len(STORE_TASK_WAITS_SECONDS)])
async def test_storing_a_paid_task_is_tried_again_and_again(
    failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "STORE_TASK_WAITS_SECONDS", (0.0,) * len(STORE_TASK_WAITS_SECONDS))
    rig = Rig()
    attempt = await rig.handed_over()
    rig.jobs.save_errors.extend(OSError("database is locked") for _ in range(failures))

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.task_id) == (S.WAITING, "task_0001")
    assert len(rig.provider.submissions) == 1


async def test_a_paid_task_that_cannot_be_stored_at_all_is_not_paid_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(submission, "STORE_TASK_WAITS_SECONDS", (0.0,))
    rig = Rig()
    attempt = await rig.handed_over()
    rig.jobs.save_errors.extend([OSError("disc full")] * 2)

    marked = await rig.advance(attempt)

    assert marked.state is S.SUBMITTING
    rig.clock.advance(3600)
    assert (await rig.advance(attempt)).state is S.UNKNOWN
    assert len(rig.provider.submissions) == 1


def test_storing_a_paid_task_is_tried_for_an_hour() -> None:
    assert 3600 <= sum(STORE_TASK_WAITS_SECONDS) < 3700
    assert max(STORE_TASK_WAITS_SECONDS) <= 15, "room that was made is used soon"


async def test_a_task_id_that_another_attempt_has_is_not_believed() -> None:
    rig = Rig()
    first = await rig.waiting(task_id="task_0001")
    second = await rig.handed_over()

    with capture_logs() as logs:
        unknown = await rig.advance(second)

    assert unknown.state is S.UNKNOWN
    assert unknown.task_id is None
    assert rig.stored(first).task_id == "task_0001"
    assert FAILURE in rig.pending(second)
    assert [one["event"] for one in logs if one["log_level"] == "error"] == [
        "task_of_another_attempt",
        "submission_outcome_unknown",
    ]
    assert len(rig.provider.submissions) == 1


async def test_a_task_id_that_was_stored_although_the_store_complained_stays() -> None:
    """The commit came through and its answer did not; the second save meets another revision."""
    rig = Rig()
    attempt = await rig.handed_over()

    async def commit_first() -> None:
        marked = rig.stored(attempt)
        await MemoryJobStore.save(rig.jobs, marked.move(S.WAITING, task_id="task_0001"), now=NOON)

    rig.jobs.before_save.append(commit_first)

    waiting = await rig.advance(attempt)

    assert (waiting.state, waiting.task_id) == (S.WAITING, "task_0001")


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
async def test_a_step_that_was_overtaken_changes_nothing(state: AttemptState) -> None:
    rig = Rig()
    attempt = await rig.in_state(state)
    claimed = await rig.claimed(attempt)
    await rig.desk.cancel(attempt.job_id, Person(OWNER_ID, GUILD_ID))
    ended = rig.stored(attempt)

    with capture_logs() as logged:
        await rig.engine.advance(claimed)

    assert rig.stored(attempt) == ended
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("moved_meanwhile", "info")]
    assert rig.provider.submissions == []
    assert rig.pending(attempt) == [CARD]


async def test_a_success_that_was_on_its_way_leaves_the_circuit_open() -> None:
    rig = Rig()
    attempt = await rig.handed_over()
    await rig.circuits.open(Circuit(PROVIDER, Fault.NO_CREDIT, NOON, NOON + timedelta(hours=1)), NOON)

    assert (await rig.advance(attempt)).state is S.WAITING

    assert await rig.circuits.get(PROVIDER) is not None


async def nobody_takes_it(rig: Rig) -> None:
    """Not now, not in a year."""
    rig.clock.advance(365 * 86_400)
    assert await rig.jobs.claim(list(S), rig.clock.now(), 60, 10) == [] or all(
        attempt.state is S.UNKNOWN for attempt in rig.world.attempts.values()
    )
