"""A part of a video that the provider has made before: what a character can be taken from without a clip."""

import re
from enum import StrEnum

from bot.clip import SourceTask
from bot.errors import UserFault

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 4.0
"""kie: Sora 2 Characters Pro."""
TASK_ID = re.compile(r"[A-Za-z0-9_-]{8,100}")
"""kie's are 32 hex digits, or `task_` with a model and a time; the provider says whether it knows one."""
SPAN = re.compile(r"\s*(\d{1,5}(?:[.]\d{1,3})?)\s*(?:s\s*)?(?:-|–|,|to)\s*(\d{1,5}(?:[.]\d{1,3})?)\s*s?\s*")
"""`0.5-3`, `0.5 - 3 s`, or `0.5,3` as the provider writes it."""


class SourceProblem(StrEnum):
    """Why a character is not taken from a video."""

    NOT_OFFERED = "not-offered"
    NO_TASK_ID = "no-task-id"
    NO_SPAN = "no-span"
    WRONG_LENGTH = "wrong-length"
    NO_PROMPT = "no-prompt"


class SourceRefused(UserFault):
    """No character is taken from such a video; `found` is what was given, where that is the trouble."""

    def __init__(self, problem: SourceProblem, found: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.found = found


def source_task(task_id: str, span: str, prompt: str) -> SourceTask:
    """What was asked for.

    Raises:
        SourceRefused: it is not what the provider takes.
    """
    given_id, given_span = task_id.strip(" `"), span.strip(" `")
    if TASK_ID.fullmatch(given_id) is None:
        raise SourceRefused(SourceProblem.NO_TASK_ID, given_id)
    found = SPAN.fullmatch(given_span)
    if found is None:
        raise SourceRefused(SourceProblem.NO_SPAN, given_span)
    start_seconds, end_seconds = float(found[1]), float(found[2])
    if not SHORTEST_SECONDS <= round(end_seconds - start_seconds, 3) <= LONGEST_SECONDS:
        raise SourceRefused(SourceProblem.WRONG_LENGTH, given_span)
    if not prompt:
        raise SourceRefused(SourceProblem.NO_PROMPT)
    return SourceTask(given_id, start_seconds, end_seconds)
