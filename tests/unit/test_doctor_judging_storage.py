"""What the doctor makes of stores, disks and backups."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.doctor import judging
from bot.doctor import sentences as s
from bot.doctor.facts import (
    Backups,
    ClipAddressFacts,
    ClipStoreFacts,
    NotAsked,
    NotYet,
    Room,
)
from bot.doctor.lines import Line, State
from bot.errors import ClipMissing, ClipStoreUnavailable
from bot.providers.published import AddressUnusable
from storage.checkup import Examined
from storage.errors import DatabaseGone, DatabaseUnusable, SchemaTooNew, SchemaTooOld, StorageError

EXAMINED = Examined("SQLite 3.51.3", "0008_resubmissions", 1_234_567)
DAY = timedelta(days=1)


def brief(line: Line) -> tuple[State, str]:
    return line.state, line.advice


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (None, State.OK),
        (NotYet(Path("clips"), makeable=True), State.OK),
        (NotYet(Path("clips"), makeable=False), State.FAILED),
        (ClipMissing("incoming/x"), State.FAILED),
        (ClipStoreUnavailable("incoming/x", "No space left on device"), State.FAILED),
    ],
)
def test_the_clip_store_is_judged(found: ClipStoreFacts, state: State) -> None:
    for url, advice in (("file:///srv/clips", s.CLIPS_BROKEN), ("s3://clips", s.BUCKET_BROKEN)):
        line = judging.clip_store(found, url)
        assert line.state is state
        assert state is State.OK or line.advice in (advice, s.FOLDER_CLOSED)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (None, State.OK),
        (NotAsked(), State.SKIPPED),
        (AddressUnusable("HTTP 403"), State.WARNING),
        (ClipStoreUnavailable("public/x", "no"), State.SKIPPED),
    ],
)
def test_the_address_of_clips_is_judged(found: ClipAddressFacts, state: State) -> None:
    assert judging.clip_address(found).state is state


@pytest.mark.parametrize(
    ("found", "state", "told"),
    [
        (EXAMINED, State.OK, "SQLite 3.51.3, at 0008_resubmissions, 1.2 MB"),
        (None, State.OK, s.FIRST_START),
        (SchemaTooOld("nothing", "0008"), State.OK, s.FIRST_START),
        (SchemaTooOld("0007", "0008"), State.WARNING, "at 0007; this version is at 0008"),
        (SchemaTooNew("0099", "0008"), State.FAILED, "at 0099; this version is at 0008"),
        (DatabaseGone("d.db", "d.db.created"), State.FAILED, "d.db was there before"),
        (DatabaseUnusable("d.db", "malformed"), State.FAILED, "d.db: malformed"),
    ],
)
def test_the_database_is_judged(found: Examined | StorageError | None, state: State, told: str) -> None:
    line = judging.database(found)

    assert (line.state, told in line.found) == (state, True)


@pytest.mark.parametrize(
    ("free_bytes", "writable", "state"),
    [
        (2_000_000_000, True, State.OK),
        (1_999_999_999, True, State.WARNING),
        (199_999_999, True, State.FAILED),
        (9_000_000_000, False, State.FAILED),
    ],
)
def test_a_disk_is_judged_by_its_room(free_bytes: int, writable: bool, state: State) -> None:
    (line,) = judging.disk((Room(Path("data"), free_bytes, writable=writable),))

    assert line.state is state


@pytest.mark.parametrize(
    ("version", "state"), [((8, 1, 1), State.WARNING), ((8, 1, 2), State.OK), ((), State.OK)]
)
def test_ffmpeg_is_judged_by_its_version(version: tuple[int, ...], state: State) -> None:
    assert judging.ffmpeg(version).state is state


@pytest.mark.parametrize(
    ("every", "age", "state", "advice"),
    [
        (None, None, State.SKIPPED, ""),
        (None, timedelta(days=90), State.SKIPPED, ""),
        (DAY, None, State.OK, ""),
        (DAY, timedelta(days=2), State.OK, ""),
        (DAY, timedelta(days=2, seconds=1), State.WARNING, s.BACKUPS_LATE),
    ],
)
def test_backups_that_do_not_come_any_more_are_a_warning(
    every: timedelta | None, age: timedelta | None, state: State, advice: str
) -> None:
    assert brief(judging.backups(Backups(Path("backups"), every, age))) == (state, advice)


@pytest.mark.parametrize("every", [None, timedelta(hours=1)])
def test_a_server_whose_database_nothing_here_can_back_up_is_warned_of(every: timedelta | None) -> None:
    line = judging.backups(Backups(Path("backups"), every, timedelta(), missing="pg_dump"))

    assert (line.state, line.found, line.advice) == (
        State.WARNING,
        "pg_dump is not on this machine",
        s.INSTALL_CLIENTS,
    )
