"""The whole corpus, judged as the bot and `clips check` judge: each verdict against how the file was made."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.clips.check import Verdict, check_files
from bot.clips.probe import ClipProbe
from tests.clips.case import Case
from tests.clips.corpus import SORTS

ROUNDING_SECONDS = 0.001


@pytest.fixture
async def probe() -> AsyncIterator[ClipProbe]:
    async with ClipProbe(parallel=os.cpu_count()) as made:
        yield made


def written(cases: Sequence[Case], folder: Path) -> list[Path]:
    """The cases as files; none has a name that says what is in it."""
    files = [folder / str(number) for number in range(len(cases))]
    for file, case in zip(files, cases, strict=True):
        file.write_bytes(case.make())
    return files


def fault(case: Case, verdict: Verdict) -> str | None:
    """What is wrong with a verdict, if anything."""
    said = (verdict.rule, verdict.kind, verdict.mendable)
    if said != (case.rule, case.kind, case.mendable):
        return f"{said} instead of {(case.rule, case.kind, case.mendable)}: {verdict.found}"
    if case.seconds is not None and verdict.seconds != pytest.approx(
        float(case.seconds), abs=ROUNDING_SECONDS
    ):
        return f"{verdict.seconds} s instead of {float(case.seconds)} s"
    words = (verdict.found, verdict.accepted)
    if case.rule and not all(word and word.isprintable() for word in words):
        return f"nothing that can be shown: {words}"
    return None


@pytest.mark.parametrize("sort", SORTS)
async def test_every_verdict_agrees_with_how_the_file_was_made(
    sort: str, probe: ClipProbe, tmp_path: Path
) -> None:
    cases = list(SORTS[sort]())

    verdicts = await check_files(written(cases, tmp_path), probe)

    assert all(isinstance(verdict, Verdict) for verdict in verdicts)
    faults = {
        case.name: found
        for case, verdict in zip(cases, verdicts, strict=True)
        if isinstance(verdict, Verdict) and (found := fault(case, verdict))
    }
    assert faults == {}
