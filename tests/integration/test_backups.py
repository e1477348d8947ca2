"""`python -m bot backup` and `restore`: what is copied, what is put back, and everything that is refused."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.data_folder import claimed
from storage.copies import copy_file
from storage.database import Database
from storage.errors import DatabaseUnusable
from storage.jobs import SqlJobStore
from tests.builders import a_job, an_attempt
from tests.integration.backup_desk import CLIP, Machine, S, logs_as_before, names_in


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def test_what_was_lost_is_there_again(machine: Machine, tmp_path: Path) -> None:
    job = await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    machine.lose()

    outcome = await machine.run("restore", str(backup), "--moved")

    assert (outcome.code, outcome.err) == (0, "")
    assert "and 1 clips that were missing. Start the bot." in outcome.out
    assert await machine.stands(job) == (job, S.QUEUED)
    assert job.clip is not None
    assert await machine.clips.whole(job.clip.stored) == CLIP
    assert (machine.file.stat().st_mode & 0o777, (machine.data_dir / "dramatis.db.created").exists()) == (
        0o600,
        True,
    )


async def test_a_backup_says_what_is_in_it_and_nobody_else_can_read_it(machine: Machine) -> None:
    await machine.accepted()

    backup = await machine.backed_up()

    assert backup.parent == machine.data_dir / "backups"
    assert names_in(backup) == ["backup.json", "clips", "dramatis.db"]
    said = json.loads((backup / "backup.json").read_bytes())
    assert (said["engine"], said["clips"], said["format"]) == ("sqlite", 1, 1)
    assert said["size_bytes"] == (backup / "dramatis.db").stat().st_size
    assert (backup.stat().st_mode & 0o077, (backup / "dramatis.db").stat().st_mode & 0o077) == (0, 0)


async def test_a_database_in_the_middle_of_a_write_is_copied_as_it_was_before(
    machine: Machine, tmp_path: Path
) -> None:
    running = await Database.open(machine.url)
    job = a_job()
    await SqlJobStore(running).accept(job, an_attempt(job), daily_cap=9)
    async with running.write() as connection:
        await connection.exec_driver_sql("DELETE FROM attempts")
        await connection.exec_driver_sql("DELETE FROM jobs")
        backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    await running.close()

    assert await machine.stands(job) == (None, None)
    assert (await machine.run("restore", str(backup), "--overwrite", "--moved")).code == 0
    assert await machine.stands(job) == (job, S.RECEIVED)


async def test_orders_that_may_have_been_placed_since_are_not_placed_again(
    machine: Machine, tmp_path: Path
) -> None:
    waiting = await machine.accepted(S.QUEUED)
    early = await machine.accepted(S.RECEIVED)
    ended = await machine.accepted(S.CANCELLED)
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    machine.lose()

    outcome = await machine.run("restore", str(backup))

    assert outcome.code == 0
    assert "2 orders were waiting then, and may have been placed since" in outcome.out
    assert [(await machine.stands(job))[1] for job in (waiting, early, ended)] == [
        S.SUBMITTING,
        S.SUBMITTING,
        S.CANCELLED,
    ]


async def test_a_living_database_is_replaced_only_when_told_and_then_set_aside(
    machine: Machine, tmp_path: Path
) -> None:
    before = await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    later = await machine.accepted()

    refused = await machine.run("restore", str(backup))

    assert (refused.code, refused.out) == (1, "")
    assert f"There is a database already: {machine.file}. Nothing was changed." in refused.err
    assert (await machine.stands(later))[0] == later
    assert (await machine.run("restore", str(backup), "--overwrite")).code == 0
    assert await machine.stands(later) == (None, None)
    assert (await machine.stands(before))[0] == before
    (aside,) = machine.data_dir.glob("dramatis.db.replaced-*Z")
    with closing(sqlite3.connect(aside)) as shell:
        assert shell.execute("SELECT count(*) FROM jobs").fetchone() == (2,)


async def test_a_log_that_was_left_behind_is_not_played_into_what_is_restored(
    machine: Machine, tmp_path: Path
) -> None:
    job = await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    running, later = await Database.open(machine.url), a_job()
    await SqlJobStore(running).accept(later, an_attempt(later), daily_cap=9)
    log = machine.data_dir / "dramatis.db-wal"
    left_behind = log.read_bytes()
    await running.close()
    machine.file.unlink()
    log.write_bytes(left_behind)

    assert (await machine.run("restore", str(backup))).code == 0

    assert left_behind
    assert not log.exists()
    assert (await machine.stands(job))[0] == job
    assert await machine.stands(later) == (None, None)


async def test_while_the_bot_runs_nothing_is_restored(machine: Machine, tmp_path: Path) -> None:
    await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))

    with claimed(machine.data_dir):
        outcome = await machine.run("restore", str(backup), "--overwrite")

    assert (outcome.code, "Another bot is running on this data folder" in outcome.err) == (1, True)


@pytest.mark.parametrize("sign", ["altered", "cut off", "gone"])
async def test_a_backup_that_is_not_what_was_written_is_refused(
    machine: Machine, tmp_path: Path, sign: str
) -> None:
    await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    file = backup / "dramatis.db"
    whole = file.read_bytes()
    machine.lose()
    file.unlink()
    if sign != "gone":
        file.write_bytes(whole[:-4096] + (os.urandom(4096) if sign == "altered" else b""))

    outcome = await machine.run("restore", str(backup))

    assert (outcome.code, outcome.out) == (1, "")
    assert "not the file that was backed up. Nothing was changed." in outcome.err
    assert not machine.data_dir.exists()


async def test_a_file_that_was_kept_alone_is_restored_if_it_is_whole(
    machine: Machine, tmp_path: Path
) -> None:
    job = await machine.accepted()
    alone, damaged = tmp_path / "alone.db", tmp_path / "damaged.db"
    copy_file(machine.file, alone)
    whole = alone.read_bytes()
    damaged.write_bytes(whole[:8192] + os.urandom(4096) + whole[12288:])

    refused = await machine.run("restore", str(damaged), "--overwrite")
    restored = await machine.run("restore", str(alone), "--overwrite")

    assert (refused.code, "cannot be used" in refused.err) == (1, True)
    assert restored.code == 0
    assert (await machine.stands(job))[0] == job


async def test_a_backup_of_a_newer_release_is_refused_with_both_versions(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.accepted()
    alone = tmp_path / "alone.db"
    copy_file(machine.file, alone)
    with closing(sqlite3.connect(alone)) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '0099_later'")

    outcome = await machine.run("restore", str(alone), "--overwrite")

    assert outcome.code == 1
    assert "it is at 0099_later, this version knows 0" in outcome.err


async def test_what_is_no_backup_is_refused_and_what_lies_in_it_is_named(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.accepted()
    backup = await machine.backed_up(str(tmp_path / "elsewhere"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "backup.json").write_text("{}", "utf-8")

    around = await machine.run("restore", str(tmp_path / "elsewhere"), "--overwrite")
    nothing = await machine.run("restore", str(tmp_path / "nothing"), "--overwrite")
    foreign = await machine.run("restore", str(other), "--overwrite")

    assert {around.code, nothing.code, foreign.code} == {1}
    assert f"it is no backup; in it are {backup.name}" in around.err
    assert "it is no backup. Nothing was changed." in nothing.err
    assert "it cannot be read: TypeError" in foreign.err


async def test_a_clip_that_is_damaged_is_left_out_and_named(machine: Machine, tmp_path: Path) -> None:
    await machine.accepted()
    good = await machine.keep(b"another clip")
    broken = await machine.keep(b"a clip on a bad sector")
    (machine.data_dir / "clips" / broken.key).write_bytes(b"something else entirely")

    outcome = await machine.run("backup", str(tmp_path / "elsewhere"))

    assert outcome.code == 0
    assert "and 2 clips." in outcome.out
    assert outcome.err == f"Left out, because it is gone or damaged: {broken.key}\n"
    (backup,) = (tmp_path / "elsewhere").iterdir()
    assert (backup / "clips" / good.key).read_bytes() == b"another clip"
    assert not (backup / "clips" / broken.key).exists()
    assert names_in(backup / "clips") == ["sha256"]


async def test_the_oldest_backups_go_and_nothing_else_does(machine: Machine, tmp_path: Path) -> None:
    await machine.accepted()
    into = tmp_path / "elsewhere"
    older = [into / f"dramatis-2025-01-0{day}T00-00-00Z" for day in (1, 2, 3)]
    for folder in older:
        folder.mkdir(parents=True)
        (folder / "backup.json").write_text("{}", "utf-8")
    broken_off, under_way = (into / f"dramatis-2025-01-0{day}T00-00-00Z.unfinished" for day in (4, 5))
    broken_off.mkdir()
    os.utime(broken_off, (0, 0))
    under_way.mkdir()
    (into / "letters").mkdir()

    newest = await machine.backed_up(str(into), "--keep", "2")

    assert names_in(into) == sorted([older[2].name, newest.name, under_way.name, "letters"])


async def test_a_backup_that_fails_leaves_nothing_behind(machine: Machine, tmp_path: Path) -> None:
    into = tmp_path / "elsewhere"
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")

    without_database = await machine.run("backup", str(into))
    await machine.accepted()
    without_folder = await machine.run("backup", str(blocked))

    assert (without_database.code, without_folder.code) == (1, 1)
    assert "unable to open database file" in without_database.err
    assert str(blocked) in without_folder.err
    assert "Traceback" not in without_database.err + without_folder.err
    assert names_in(into) == []


async def test_a_copy_that_is_damaged_is_not_called_one(machine: Machine, tmp_path: Path) -> None:
    await machine.accepted()
    with closing(sqlite3.connect(machine.file)) as shell, shell:
        shell.execute("PRAGMA foreign_keys = OFF")
        shell.execute("DELETE FROM jobs")

    with pytest.raises(DatabaseUnusable, match="a stray row in attempts"):
        copy_file(machine.file, tmp_path / "copy.db")
