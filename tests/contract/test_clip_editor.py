"""The editor of clips."""

import re
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path

import pytest

from bot.clip import ClipRule, Part
from bot.clips import rules
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.errors import AttachmentGone, ClipRejected
from bot.ports import ClipEditor
from tests.clips.make import make_clip
from tests.fakes.editor import FakeEditor

SOURCE_SECONDS = 12.0
MAKES: dict[str, Callable[[Path], ClipEditor]] = {
    "fake": lambda _folder: FakeEditor(SOURCE_SECONDS),
    "child": lambda folder: ChildEditor(folder / "spool"),
}
READY_TO_BE_READ = re.compile(r"[ -~]{1,160}")
TEXT = b"This is no video, whatever its name says.\n" * 100
NOTHING_MADE = (b"", ClipRule.EMPTY), (TEXT, ClipRule.WRONG_CONTAINER)


@pytest.fixture(params=MAKES)
def editor(request: pytest.FixtureRequest, tmp_path: Path) -> ClipEditor:
    return MAKES[request.param](tmp_path)


@cache
def source() -> bytes:
    return make_clip(SOURCE_SECONDS, "mov", size=(64, 48), audio_seconds=SOURCE_SECONDS)


async def in_chunks(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def vanishing() -> AsyncIterator[bytes]:
    yield source()[:1000]
    raise AttachmentGone(404)


async def test_a_preview_tells_the_length_and_shows_pictures(editor: ClipEditor) -> None:
    preview = await editor.preview(in_chunks(source()))

    assert preview.seconds == SOURCE_SECONDS
    assert preview.sheet.startswith(b"\xff\xd8\xff")
    assert preview.sheet.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    "part", [Part(0, 4000), Part(3000, 2500), Part(11_000, 1000)], ids=["beginning", "middle", "end"]
)
async def test_a_cut_is_a_clip_that_the_judge_accepts(editor: ClipEditor, part: Part) -> None:
    clip = await editor.cut(in_chunks(source()), part)

    async with ClipProbe(parallel=1) as probe:
        facts = await probe.judge(in_chunks(clip), len(clip))
    assert facts.kind == "mp4"
    assert facts.seconds == part.length_milliseconds / 1000


async def test_a_part_ends_with_its_clip(editor: ClipEditor) -> None:
    clip = await editor.cut(in_chunks(source()), Part(10_500, 4000))

    async with ClipProbe(parallel=1) as probe:
        assert (await probe.judge(in_chunks(clip), len(clip))).seconds == 1.5


@pytest.mark.parametrize("start_milliseconds", [11_500, 12_000, 60_000])
async def test_a_part_with_less_than_a_second_in_it_is_too_short(
    editor: ClipEditor, start_milliseconds: int
) -> None:
    with pytest.raises(ClipRejected) as caught:
        await editor.cut(in_chunks(source()), Part(start_milliseconds, 2000))

    assert caught.value.rule is ClipRule.TOO_SHORT
    assert caught.value.accepted == rules.ACCEPTED_SECONDS


async def test_a_poster_is_a_picture(editor: ClipEditor) -> None:
    poster = await editor.poster(in_chunks(source()))

    assert poster is not None
    assert poster.startswith(b"\xff\xd8\xff")
    assert poster.endswith(b"\xff\xd9")


async def test_stills_are_a_picture_and_each_moment_has_a_poster_of_its_own(editor: ClipEditor) -> None:
    stills = await editor.stills(in_chunks(source()), [0, 500, 11_500])
    posters = [await editor.poster(in_chunks(source()), moment) for moment in (0, 6000)]

    for picture in (stills, *posters):
        assert picture is not None
        assert picture.startswith(b"\xff\xd8\xff")
        assert picture.endswith(b"\xff\xd9")
    assert posters[0] != posters[1]


@pytest.mark.parametrize(("content", "rule"), NOTHING_MADE, ids=["nothing", "text"])
async def test_what_is_no_video_is_refused_in_words(
    editor: ClipEditor, content: bytes, rule: ClipRule
) -> None:
    for work in (
        editor.preview(in_chunks(content)),
        editor.stills(in_chunks(content), [0, 500]),
        editor.cut(in_chunks(content), Part(0, 2000)),
    ):
        with pytest.raises(ClipRejected) as caught:
            await work

        assert caught.value.rule is rule
        assert not caught.value.mendable
        assert READY_TO_BE_READ.fullmatch(caught.value.found)
        assert READY_TO_BE_READ.fullmatch(caught.value.accepted)


@pytest.mark.parametrize("content", [content for content, _ in NOTHING_MADE], ids=["nothing", "text"])
async def test_what_is_no_video_has_no_poster(editor: ClipEditor, content: bytes) -> None:
    assert await editor.poster(in_chunks(content)) is None
    assert await editor.poster(in_chunks(content), 500) is None


async def test_trouble_with_the_source_reaches_the_caller_and_harms_nobody_else(editor: ClipEditor) -> None:
    for work in (editor.preview, editor.poster):
        with pytest.raises(AttachmentGone):
            await work(vanishing())
    with pytest.raises(AttachmentGone):
        await editor.cut(vanishing(), Part(0, 2000))

    assert (await editor.preview(in_chunks(source()))).seconds == SOURCE_SECONDS
