"""Backups that the bot makes by itself: on a schedule, and before it migrates a database on a server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import app, backups
from bot.backups import UpgradeUnsafe, back_up_checked, keep_before_upgrade, made_at
from bot.cli.refusals import why_not_started
from bot.settings import Settings, load_settings
from storage import copies
from storage.database import Database
from storage.errors import BackupUnusable, SchemaTooNew
from tests.integration.backup_desk import (
    CLIP,
    NOW,
    SETTINGS,
    Machine,
    S,
    logs_as_before,
    names_in,
    programs,
)
from tests.postgres.server import PostgresServer

OLDER = "0001_first_tables"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
async def served(postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Machine]:
    async with postgres.database() as url:
        yield Machine(tmp_path, url)


def settings_of(machine: Machine, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    given = SETTINGS | {"DATA_DIR": str(machine.data_dir), "BACKUP_EVERY_HOURS": "1", **changes}
    if machine.database_url:
        given["DATABASE_URL"] = machine.database_url
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings(machine.folder / "no-such-file")


async def at_revision(machine: Machine, revision: str) -> None:
    """The database says that an earlier release has written it."""
    database = await Database.open(machine.url)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})
    await database.close()


async def test_from_a_scheduled_backup_everything_comes_back(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await machine.accepted()
    elsewhere = machine.folder / "elsewhere"
    settings = settings_of(machine, monkeypatch, BACKUP_DIR=str(elsewhere))

    made = await back_up_checked(settings, NOW)
    machine.lose()
    outcome = await machine.run("restore", str(made.folder), "--moved")

    assert (outcome.code, outcome.err) == (0, "")
    assert await machine.stands(job) == (job, S.QUEUED)
    assert job.clip is not None
    assert await machine.clips.whole(job.clip.stored) == CLIP
    assert made_at(elsewhere) == NOW


async def test_old_ones_go_and_as_many_stay_as_the_setting_says(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await machine.accepted()
    settings = settings_of(machine, monkeypatch, BACKUP_KEEP="2")
    (settings.backups / "somebody's own").mkdir(parents=True)

    made = [await back_up_checked(settings, NOW + hours * HOUR) for hours in range(4)]

    assert names_in(settings.backups) == [*(one.folder.name for one in made[2:]), "somebody's own"]
    assert made_at(settings.backups) == NOW + 3 * HOUR


async def test_a_backup_that_is_not_good_goes_and_the_old_ones_stay(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await machine.accepted()
    settings = settings_of(machine, monkeypatch, BACKUP_KEEP="1")
    good = await back_up_checked(settings, NOW)

    def damaged(path: Path) -> str:
        raise BackupUnusable(str(path), "the disk has other ideas")

    monkeypatch.setattr(backups, "examined_copy", damaged)
    with pytest.raises(BackupUnusable):
        await back_up_checked(settings, NOW + HOUR)

    assert names_in(settings.backups) == [good.folder.name]
    assert copies.examined_copy(good.folder / "dramatis.db")


async def test_a_folder_without_backups_has_no_last_one(tmp_path: Path) -> None:
    (tmp_path / "dramatis-some-day").mkdir()
    (tmp_path / "dramatis-some-day" / "backup.json").touch()

    assert made_at(tmp_path) is None
    assert made_at(tmp_path / "not there") is None


async def test_a_server_of_an_older_release_is_backed_up_before_it_is_migrated(
    served: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await served.accepted()
    settings = settings_of(served, monkeypatch, PATH=programs())
    await keep_before_upgrade(settings, NOW)
    assert not settings.backups.exists(), "it is of this release"
    await at_revision(served, OLDER)

    await keep_before_upgrade(settings, NOW)

    (backup,) = (settings.backups / "before-upgrade").iterdir()
    assert names_in(backup) == ["backup.json", "dramatis.dump"]
    assert made_at(settings.backups) is None, "what a schedule counts has clips"
    outcome = await served.run("restore", str(backup), "--overwrite", "--moved", PATH=programs())
    assert (outcome.code, outcome.err) == (0, "")
    assert job.job_id


async def test_without_its_programs_an_older_server_is_not_migrated(
    served: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await served.accepted()
    await at_revision(served, OLDER)
    settings = settings_of(served, monkeypatch, PATH=str(served.folder))

    with pytest.raises(UpgradeUnsafe) as refusal:
        async with AsyncExitStack() as stack:
            await app._remember(settings, stack)

    assert (refusal.value.found, refusal.value.cause) == (OLDER, "pg_dump is not on this machine")
    assert "start with BACKUP_BEFORE_UPGRADE=false" in why_not_started(refusal.value)
    await keep_before_upgrade(settings_of(served, monkeypatch, BACKUP_BEFORE_UPGRADE="false"), NOW)


async def test_a_server_of_a_newer_release_is_not_backed_up(
    served: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(served, monkeypatch)
    await served.accepted()
    await at_revision(served, "9999_far_ahead")

    with pytest.raises(SchemaTooNew):
        await keep_before_upgrade(settings, NOW)


async def test_an_empty_database_on_a_server_is_not_backed_up(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with postgres.database("template0") as url:
        settings = settings_of(Machine(tmp_path, url), monkeypatch, PATH=str(tmp_path))
        await keep_before_upgrade(settings, NOW)

    assert not settings.backups.exists()
