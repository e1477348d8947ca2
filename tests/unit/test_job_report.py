"""What the command line says of jobs: every refusal in words, no markup from outside, nothing private."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from bot.errors import JobConflict, NotFound
from bot.fault import Fault
from bot.job_report import has_unknown, lines_of, not_settled, settlement, table_of
from bot.jobs.settling import Settled
from bot.model import AttemptState, Place, PlaceKind
from bot.ports import Broke, Made, Running, TaskReport
from bot.records import JobRecord
from bot.refusals import settlements as refused_settlements
from bot.refusals.settlements import SettlementRefused
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt

S = AttemptState
REFUSALS: list[NotFound | JobConflict | SettlementRefused] = [
    NotFound("job"),
    JobConflict("01K00000000000000000000007"),
    refused_settlements.ReferenceAmbiguous(("01K8", "01K9")),
    refused_settlements.NothingUnknown({1: S.FAILED, 2: S.WAITING}),
    refused_settlements.AttemptNotNamed((1, 3)),
    refused_settlements.TaskTaken("01K8", 2),
    refused_settlements.JobErased(),
    refused_settlements.TaskUnknown("kie"),
    refused_settlements.TaskUnchecked("kie", "unreachable"),
]


def a_record(**changes: Any) -> JobRecord:
    job = a_job(**{name: changes.pop(name) for name in ("place", "name", "prompt") if name in changes})
    return JobRecord(job, (an_attempt(job, **changes),))


def printed(*records: JobRecord) -> str:
    out = io.StringIO()
    Console(file=out, width=240).print(table_of(records))
    return out.getvalue()


def test_every_way_to_be_refused_is_tried_here() -> None:
    assert {type(one) for one in REFUSALS} == {NotFound, JobConflict, *SettlementRefused.__subclasses__()}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_every_refusal_is_a_sentence_with_its_facts(
    refusal: NotFound | JobConflict | SettlementRefused,
) -> None:
    sentence = not_settled(refusal)

    assert 20 < len(sentence) < 200
    assert type(refusal).__name__ not in sentence


def test_the_facts_of_a_refusal_are_in_its_sentence() -> None:
    assert "attempt 1 is failed, attempt 2 is waiting" in not_settled(REFUSALS[3])
    assert "1 and 3" in not_settled(REFUSALS[4])
    assert "attempt 2 of job 01K8" in not_settled(REFUSALS[5])


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (Made("char_1"), "has succeeded"),
        (Broke(Fault.LIKENESS), "has failed"),
        (Running("waiting"), "still runs"),
    ],
)
def test_a_settlement_says_how_the_task_stands(report: TaskReport, words: str) -> None:
    record = a_record(state=S.WAITING, task_id="task-1")

    told = settlement(Settled(record, record.latest, report))

    assert f"is task task-1, which {words} at the provider" in told


def test_a_row_holds_what_an_operator_looks_for() -> None:
    record = a_record(
        state=S.FAILED, submitted_at=NOON, fault=Fault.LIKENESS, task_id="task-1", credits_spent=20.0
    )

    row = printed(record)

    for cell in (record.job.reference, "failed", "2026-11-23 12:00:00", str(GUILD_ID), str(OWNER_ID)):
        assert cell in row
    assert row.count("2026-11-23 12:00:00") == 2
    assert all(cell in row for cell in ("likeness", "task-1", "20"))


def test_the_latest_attempt_of_a_job_stands_first() -> None:
    job = a_job()
    record = JobRecord(job, (an_attempt(job, task_id="older"), an_attempt(job, number=2, task_id="newer")))

    row = printed(record)

    assert row.index("newer") < row.index("older")


def test_a_direct_message_has_no_server() -> None:
    direct = a_record(place=Place(None, 6, PlaceKind.DM))

    assert "direct message" in printed(direct)
    assert json.loads(next(lines_of([direct])))["server_id"] is None


def test_what_a_provider_calls_a_task_is_shown_as_it_is() -> None:
    assert "[red]task[/red][/]" in printed(a_record(task_id="[red]task[/red][/]"))


def test_no_word_of_a_member_is_shown() -> None:
    record = a_record(name="Shade", prompt="a secret")

    for text in (printed(record), next(lines_of([record]))):
        assert "Shade" not in text
        assert "secret" not in text
        assert record.latest.callback_token not in text


def test_the_note_about_unknown_attempts_is_for_earlier_ones_too() -> None:
    job = a_job()
    earlier = JobRecord(job, (an_attempt(job, state=S.UNKNOWN), an_attempt(job, number=2, state=S.SUCCEEDED)))

    assert has_unknown([a_record(state=S.FAILED), earlier])
    assert not has_unknown([a_record(state=S.FAILED)])
