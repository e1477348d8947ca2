"""Before an existing SQLite database is migrated, a copy of it is kept, named by its revision."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import storage.upgrade
from storage.copies import KEPT, KEPT_COPIES
from storage.database import Database, sqlite_url
from storage.errors import DatabaseUnusable, SchemaTooNew
from tests.integration.test_migrations import HEAD, revisions

BEFORE = "0007_forms"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "dramatis.db"


async def opened_once(path: Path) -> None:
    await (await Database.open(sqlite_url(path))).close()


async def of_an_older_release(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as the release left it that ended at `BEFORE`."""
    older = folder / "older"
    shutil.copytree(
        storage.upgrade.MIGRATIONS, older, ignore=shutil.ignore_patterns("0008*", "0009*", "00[1-9][0-9]*")
    )
    with monkeypatch.context() as patch:
        patch.setattr(storage.upgrade, "MIGRATIONS", older)
        await opened_once(path)


def copies_of(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob(f"{path.name}{KEPT}*"))


async def test_an_upgrade_keeps_what_was_there_before(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of_an_older_release(path, tmp_path, monkeypatch)

    await opened_once(path)

    copy = path.with_name(f"{path.name}{KEPT}{BEFORE}")
    assert copies_of(path) == [copy.name]
    assert (revisions(path), revisions(copy)) == ([HEAD], [BEFORE])
    assert copy.stat().st_mode & 0o077 == 0


async def test_without_an_upgrade_nothing_is_copied(path: Path) -> None:
    for _ in range(2):
        await opened_once(path)

    assert copies_of(path) == []


async def test_a_few_copies_are_kept(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await of_an_older_release(path, tmp_path, monkeypatch)
    for number in range(KEPT_COPIES):
        old = path.with_name(f"{path.name}{KEPT}000{number}_earlier")
        old.write_bytes(b"")
        os.utime(old, (number, number))

    await opened_once(path)

    assert copies_of(path) == [
        f"{path.name}{KEPT}0001_earlier",
        f"{path.name}{KEPT}0002_earlier",
        f"{path.name}{KEPT}{BEFORE}",
    ]


async def test_without_a_copy_there_is_no_upgrade(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of_an_older_release(path, tmp_path, monkeypatch)
    path.with_name(f"{path.name}{KEPT}{BEFORE}").mkdir()

    with pytest.raises(DatabaseUnusable, match="directory"):
        await opened_once(path)

    assert revisions(path) == [BEFORE]
    assert copies_of(path) == [f"{path.name}{KEPT}{BEFORE}"], "nothing half-made is left"


async def test_of_a_newer_release_nothing_is_copied(path: Path) -> None:
    await opened_once(path)
    with closing(sqlite3.connect(path)) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '0099_later'")

    with pytest.raises(SchemaTooNew):
        await opened_once(path)

    assert copies_of(path) == []
