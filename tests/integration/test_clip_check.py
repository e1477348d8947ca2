"""`clips check` as a library: files in, one verdict each, in their order."""

import json
from pathlib import Path

from bot.clips.check import Unreadable, Verdict, check_files
from bot.clips.probe import ClipProbe
from tests.clips.corpus import small
from tests.clips.make import make_clip

FIELDS = ["file", "verdict", "rule", "kind", "seconds", "bytes", "mendable"]


async def checked(*files: Path) -> list[Verdict | Unreadable]:
    async with ClipProbe(parallel=2) as probe:
        return await check_files(files, probe)


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


async def test_each_file_gets_its_line_in_order(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "good.mp4", small()),
        written(tmp_path, "long.webm", make_clip(6, "webm", size=(64, 48))),
        written(tmp_path, "phone.mp4", make_clip(2, "mov", size=(64, 48))),
        written(tmp_path, "empty.avi", b""),
    ]

    verdicts = await checked(*files)

    lines = [json.loads(verdict.line()) for verdict in verdicts if isinstance(verdict, Verdict)]
    assert [list(line) for line in lines] == [FIELDS] * 4
    assert [list(line.values()) for line in lines] == [
        [str(files[0]), "accepted", None, "mp4", 2.0, len(small()), False],
        [str(files[1]), "refused", "too_long", "webm", 6.0, files[1].stat().st_size, True],
        [str(files[2]), "refused", "wrong_container", None, 2.0, files[2].stat().st_size, True],
        [str(files[3]), "refused", "empty", None, None, 0, False],
    ]


async def test_a_refusal_can_be_explained(tmp_path: Path) -> None:
    [verdict] = await checked(written(tmp_path, "a.txt", b"just text"))

    assert isinstance(verdict, Verdict)
    assert (verdict.found, verdict.accepted) == ("a text file", "MP4, WebM or AVI")


async def test_a_big_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    big = tmp_path / "big.mp4"
    with big.open("wb") as file:
        file.truncate(30_000_000_000)

    async with ClipProbe(child_file=Path("/nowhere")) as probe:
        [verdict] = await check_files([big], probe)

    assert isinstance(verdict, Verdict)
    assert (verdict.rule, verdict.size_bytes, verdict.mendable) == ("too_big", 30_000_000_000, False)


async def test_the_content_decides_whatever_the_name(tmp_path: Path) -> None:
    names = ("evil.m3u8", "-rf.mp4", "a b\u202e4pm.exe", "noextension")

    verdicts = await checked(*(written(tmp_path, name, small()) for name in names))

    assert [isinstance(verdict, Verdict) and verdict.rule for verdict in verdicts] == [None] * 4


async def test_what_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    good = written(tmp_path, "good.mp4", small())

    missing, folder, verdict = await checked(tmp_path / "missing.mp4", tmp_path, good)

    assert missing == Unreadable(str(tmp_path / "missing.mp4"), "No such file or directory")
    assert folder == Unreadable(str(tmp_path), "Is a directory")
    assert isinstance(verdict, Verdict)
    assert verdict.rule is None
