"""A part of a video, as a member writes it down."""

import pytest

from bot.clip import SourceTask
from bot.source_task import SourceProblem, SourceRefused, source_task

ID = "0123456789abcdef0123456789abcdef"
P = SourceProblem


@pytest.mark.parametrize("span", ["0.5-3", "0.50,3.00", " 0.5 - 3 s", "0.5s–3s", "0.5 to 3"])
def test_a_part_may_be_written_in_several_ways(span: str) -> None:
    assert source_task(f"`{ID}`", span, "a fox") == SourceTask(ID, 0.5, 3.0)


@pytest.mark.parametrize(
    ("task_id", "span", "prompt", "problem"),
    [
        (" ", "0.5-3", "a fox", P.NO_TASK_ID),
        (ID, "", "a fox", P.NO_SPAN),
        ("not an id", "0.5-3", "a fox", P.NO_TASK_ID),
        ("x" * 101, "0.5-3", "a fox", P.NO_TASK_ID),
        ("a\n" * 9, "0.5-3", "a fox", P.NO_TASK_ID),
        (ID, "the beginning", "a fox", P.NO_SPAN),
        (ID, "-1-2", "a fox", P.NO_SPAN),
        (ID, "9" * 99, "a fox", P.NO_SPAN),
        (ID, "0.5-1", "a fox", P.WRONG_LENGTH),
        (ID, "0-4.001", "a fox", P.WRONG_LENGTH),
        (ID, "3-0.5", "a fox", P.WRONG_LENGTH),
        (ID, "0.5-3", "", P.NO_PROMPT),
    ],
)
def test_what_is_not_a_part_is_refused_and_says_why(
    task_id: str, span: str, prompt: str, problem: SourceProblem
) -> None:
    with pytest.raises(SourceRefused) as caught:
        source_task(task_id, span, prompt)

    assert caught.value.problem is problem


@pytest.mark.parametrize("span", ["0-1", "0-4", "3.55,5.55", "0.1-1.1"])
def test_one_and_four_seconds_are_both_taken(span: str) -> None:
    assert source_task(ID, span, "a fox").task_id == ID
