"""The judge and the editor agree: what is called mendable is mended, what is not cannot be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clip import Part
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.errors import ClipRejected
from tests.clips.case import Case
from tests.clips.corpus import SORTS
from tests.integration.clip_editing import in_chunks

WHOLE = Part(0, 4000)
DECIDED_BY_NAME = ("an unknown brand", "a sound file's brand", "a picture called")
"""The pictures in them could be cut; what calls itself something else is taken at its word."""
NEVER_MENDED = ("too_complex", "undecodable")
"""Rules by which a clip is refused that the editor may yet find a part in."""


def refused(sort: str, *, mendable: bool) -> list[Case]:
    """Some of the refused cases of a sort, with content to look at."""
    wanted = [
        case
        for case in SORTS[sort]()
        if case.mendable == mendable
        and case.rule not in (None, "empty", "too_big")
        and not case.name.startswith(DECIDED_BY_NAME)
        and (mendable or case.rule not in NEVER_MENDED)
    ]
    return wanted[::3]


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[ChildEditor]:
    async with ChildEditor(tmp_path) as made:
        yield made


@pytest.mark.parametrize("sort", ["mendable", "damaged", "tracks"])
async def test_what_is_called_mendable_is_made_a_good_clip(sort: str, editor: ChildEditor) -> None:
    async with ClipProbe(parallel=2) as probe:

        async def mended(case: Case) -> float:
            clip = await editor.cut(in_chunks(case.make()), WHOLE)
            return (await probe.judge(in_chunks(clip), len(clip))).seconds

        cases = refused(sort, mendable=True)
        seconds = await asyncio.gather(*map(mended, cases))

    assert len(cases) >= 2
    assert all(0.95 <= found <= 4.05 for found in seconds)


@pytest.mark.parametrize("sort", ["mendable", "damaged", "foreign"])
async def test_what_is_not_called_mendable_cannot_be(sort: str, editor: ChildEditor) -> None:
    async def fate(case: Case) -> str | None:
        try:
            await editor.cut(in_chunks(case.make()), WHOLE)
        except ClipRejected:
            return None
        return case.name

    cases = refused(sort, mendable=False)
    mended = await asyncio.gather(*map(fate, cases))

    assert len(cases) >= 2
    assert [name for name in mended if name] == []
