"""The corpus itself: complete, the same at each run, and true to the limits that it is made for."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clips import limits
from tests.clips.case import Case
from tests.clips.corpus import SORTS, everything, truth
from tests.clips.edges import LONGEST, SHORTEST, TICK

PATIENCE_SECONDS = 120
FEWEST_CASES = 120
SAMPLE = 5
DIGESTS = """
import hashlib, json, sys
from tests.clips.corpus import everything
wanted = set(json.load(sys.stdin))
cases = [case for case in everything() if case.name in wanted]
print(json.dumps({case.name: hashlib.sha256(case.make()).hexdigest() for case in cases}))
"""


def cross_section() -> list[Case]:
    """Some of every sort; only the cheapest of those that are made to be costly."""
    cases = {sort: list(made()) for sort, made in SORTS.items() if sort != "costly"}
    return [case for some in cases.values() for case in some[:: len(some) // SAMPLE]]


def test_there_are_enough_cases_of_every_sort_and_no_two_have_the_same_name() -> None:
    names = [case.name for case in everything()]

    assert len(names) == len(set(names)) >= FEWEST_CASES
    assert all(len(list(made())) >= FEWEST_CASES / len(SORTS) for made in SORTS.values())


def test_every_rule_about_one_file_has_a_case() -> None:
    # The number of files is judged from the command.
    assert {case.rule for case in everything()} == {
        None,
        "empty",
        "too_big",
        "wrong_container",
        "no_video",
        "undecodable",
        "damaged",
        "too_short",
        "too_long",
        "too_complex",
    }


def test_the_edges_are_where_everybody_is_told() -> None:
    tolerance = limits.TOLERANCE_MICROSECONDS / limits.MICROSECONDS

    assert float(SHORTEST) == pytest.approx(limits.SHORTEST_SECONDS - tolerance)
    assert float(LONGEST) == pytest.approx(limits.LONGEST_SECONDS + tolerance)
    assert tolerance / 1000 > TICK


@pytest.mark.parametrize("rule", ["too_short", "no_video", "too_complex", "empty"])
def test_what_can_never_become_a_good_clip_is_never_called_mendable(rule: str) -> None:
    assert not any(case.mendable for case in everything() if case.rule == rule)


def test_what_is_good_needs_no_mending() -> None:
    assert not any(case.mendable for case in everything() if case.rule is None)


def test_another_process_makes_the_same_bytes() -> None:
    cases = cross_section()

    other = subprocess.run(  # noqa: S603  # our own interpreter with our own program
        [sys.executable, "-c", DIGESTS],
        cwd=Path(__file__).parents[2],
        input=json.dumps([case.name for case in cases]).encode(),
        capture_output=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )

    ours = {case.name: hashlib.sha256(case.make()).hexdigest() for case in cases}
    assert json.loads(other.stdout) == ours


def test_the_truth_is_told_in_the_words_of_the_command_line() -> None:
    (case,) = (case for case in everything() if case.name == "mov")

    assert truth(case) == {
        "name": "mov",
        "verdict": "refused",
        "rule": "wrong_container",
        "kind": None,
        "seconds": 2.0,
        "mendable": True,
    }
