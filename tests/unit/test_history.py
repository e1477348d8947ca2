"""The history checker sees what it is there for: each broken history is reported, a whole one is not."""

from dataclasses import replace
from typing import Any

import pytest

from tests.acceptance.history import MICROSECONDS, Accepted, Books, History, Paid, Row, Shown, violations

NOW = 1_800_000_000 * MICROSECONDS
JOB = "01M84QAKJ7HCVZG4DG82KASAW0"
REFERENCE = "ref 82KA-SAW0"
OWNER, SOMEBODY = 11, 12
RESULT = f"<@11> **Your character** is ready\n**Your character ID**\n```\nchar_1\n```\n{REFERENCE}"
FAILURE = f"<@11> **This one didn't work.**\nNothing was charged.\n-# {REFERENCE} · attempt 1 of 3"
CARD = f"**Making a character** · <@11>\n-# Safety: strict minimum · {REFERENCE}"


def attempt(**changes: Any) -> Row:
    made = {
        "job_id": JOB,
        "attempt_id": "attempt-1",
        "number": 1,
        "state": "succeeded",
        "task_id": "task-1",
        "renews": None,
        "leased_until": None,
    }
    return made | changes


def notice(kind: str = "result", **changes: Any) -> Row:
    made = {
        "announcement_id": 1,
        "job_id": JOB,
        "attempt_number": 1,
        "kind": kind,
        "state": "delivered",
        "parked_reason": None,
        "due_at": NOW,
        "leased_until": None,
    }
    return made | changes


def message(text: str, *pinged: int, message_id: int = 1) -> Shown:
    return Shown(message_id, "#studio", (text,), frozenset(pinged))


BOOKS = Books(
    now=NOW,
    jobs=({"job_id": JOB, "owner_id": OWNER, "prompt": "a fox"},),
    attempts=(attempt(),),
    announcements=(notice(),),
    characters=({"character_id": "fen", "attempt_id": "attempt-1", "provider_character_id": "char_1"},),
)
TASK = Paid("task-1", "a fox", "token-1", "char_1")
GOOD = History(
    books=BOOKS,
    accepted=[Accepted(JOB, OWNER, (CARD,))],
    shown=[message(CARD), message(RESULT, OWNER)],
    paid=[TASK],
    threads=["Character · 82KA-SAW0"],
)
FAILED = replace(
    GOOD,
    books=replace(
        BOOKS, attempts=(attempt(state="failed"),), announcements=(notice("failure"),), characters=()
    ),
    shown=[message(CARD), message(FAILURE, OWNER)],
)


def with_attempt(history: History = GOOD, **changes: Any) -> History:
    return replace(history, books=replace(history.books, attempts=(attempt(**changes),)))


def with_notice(history: History = GOOD, **changes: Any) -> History:
    return replace(history, books=replace(history.books, announcements=(notice(**changes),)))


@pytest.mark.parametrize("history", [GOOD, FAILED], ids=["a result", "a failure"])
def test_a_whole_history_is_not_complained_of(history: History) -> None:
    assert violations(history) == []


def test_a_job_of_which_everything_was_told_may_be_forgotten() -> None:
    told = (CARD, "Not started. The clip could not be used, so nothing was started.")
    forgotten = History(Books(NOW), accepted=[Accepted(JOB, OWNER, told)], shown=[message(told[1])])

    assert violations(forgotten) == []


def test_an_unknown_outcome_that_was_told_and_then_found_is_told_once_more() -> None:
    lost = FAILURE.replace("This one didn't work.", "I don't know how this one went.")

    assert violations(replace(GOOD, shown=[*GOOD.shown, message(lost, OWNER)])) == []


def renewed(provider_character_id: str) -> History:
    """A character that a second attempt gave a new id, of which everything was told."""
    renewal = attempt(attempt_id="attempt-2", number=2, task_id="task-2", renews="fen")
    fen = {"character_id": "fen", "attempt_id": "attempt-1", "provider_character_id": provider_character_id}
    books = replace(
        BOOKS,
        attempts=(attempt(), renewal),
        announcements=(notice(), notice(announcement_id=2, attempt_number=2)),
        characters=(fen,),
    )
    second = message(RESULT.replace("char_1", provider_character_id), OWNER, message_id=2)
    return replace(
        GOOD,
        books=books,
        shown=[*GOOD.shown, second],
        paid=[TASK, Paid("task-2", "a fox", "token-2", "char_2")],
    )


def test_a_renewed_character_has_the_id_of_its_latest_task() -> None:
    assert violations(renewed("char_2")) == []
    assert any("did not make" in sentence for sentence in violations(renewed("char_3")))


BROKEN: dict[str, tuple[History, str]] = {
    "a lost job": (replace(GOOD, books=Books(NOW), shown=[message(CARD)], paid=[]), "is lost"),
    "a job without an attempt": (
        replace(GOOD, books=replace(BOOKS, attempts=()), shown=[message(CARD)], paid=[]),
        "has no attempt",
    ),
    "a job that never ended": (with_attempt(state="waiting"), "never ended"),
    "a result that nobody was told": (replace(GOOD, shown=[message(CARD)]), "nobody was told"),
    "a failure that nobody was told": (replace(FAILED, shown=[message(CARD)]), "nobody was told"),
    "a result that nobody was to be told": (
        replace(GOOD, books=replace(BOOKS, announcements=()), shown=[]),
        "nobody was to be told",
    ),
    "a result parked without a reason": (
        replace(with_notice(state="parked"), shown=[]),
        "parked without a reason",
    ),
    "a doubled result": (replace(GOOD, shown=[*GOOD.shown, message(RESULT)]), "result of attempt 1"),
    "a doubled failure": (replace(FAILED, shown=[*FAILED.shown, message(FAILURE)]), "was shown 2 times"),
    "a doubled line about a retry": (
        replace(GOOD, shown=[*GOOD.shown, *2 * [message(f"Trying again: attempt 1 of 3.\n{REFERENCE}")]]),
        "line about a retry",
    ),
    "a doubled card": (replace(GOOD, shown=[*GOOD.shown, message(CARD)]), "has 2 cards"),
    "a doubled thread": (replace(GOOD, threads=2 * ["Character · 82KA-SAW0"]), "2 threads"),
    "a doubled payment, by token": (
        replace(GOOD, paid=[TASK, replace(TASK, task_id="task-2")]),
        "was paid 2 times",
    ),
    "a doubled payment, by prompt": (
        replace(GOOD, paid=[TASK, replace(TASK, task_id="task-2", token=None)]),
        "no attempt accounts for",
    ),
    "a payment for a job that nobody remembers": (
        replace(GOOD, books=Books(NOW), accepted=[], shown=[]),
        "no attempt accounts for",
    ),
    "two payments for one unknown": (
        replace(
            with_attempt(FAILED, state="unknown", task_id=None),
            paid=[replace(TASK, token=None), replace(TASK, task_id="task-2", token=None)],
        ),
        "2 tasks of 'a fox'",
    ),
    "a success without a task": (with_attempt(task_id=None), "without a task"),
    "a task that the provider does not know": (replace(GOOD, paid=[]), "without a task"),
    "another job's task": (replace(GOOD, paid=[replace(TASK, prompt="a hen")]), "task of another job"),
    "a success without a character": (
        replace(GOOD, books=replace(BOOKS, characters=())),
        "without a character",
    ),
    "another task's character": (
        replace(GOOD, paid=[replace(TASK, character_id="char_2")]),
        "did not make",
    ),
    "somebody else pinged": (
        replace(GOOD, shown=[message(CARD), message(RESULT, OWNER, SOMEBODY)]),
        "asked for nothing",
    ),
    "everybody pinged": (
        replace(GOOD, shown=[*GOOD.shown, replace(message(CARD[:20]), pings_everybody=True)]),
        "asked for nothing",
    ),
    "a ping out of nowhere": (
        replace(GOOD, shown=[*GOOD.shown, message("hello", OWNER)]),
        "asked for nothing",
    ),
    "two pings for one failure": (
        replace(FAILED, shown=[*FAILED.shown, message(FAILURE, OWNER)]),
        "pinged 2 times",
    ),
    "an ended attempt that is leased": (with_attempt(leased_until=NOW), "still leased"),
    "a lease without an end": (
        with_attempt(state="waiting", leased_until=NOW + 3600 * MICROSECONDS),
        "still leased",
    ),
    "a told announcement that is leased": (with_notice(leased_until=NOW), "still leased"),
    "an announcement that is never due": (
        with_notice(state="pending", due_at=NOW + 86_400 * MICROSECONDS),
        "never be due",
    ),
    "an announcement in no state": (with_notice(state="odd"), "no state"),
}


@pytest.mark.parametrize(("history", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_history_is_reported(history: History, sentence: str) -> None:
    found = violations(history)

    assert any(sentence in one for one in found), found
