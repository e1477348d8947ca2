"""Backups of a database on a server: made and loaded by the server's own programs."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.backup_desk import CLIP, Machine, S, logs_as_before, names_in, programs
from tests.postgres.server import PostgresServer


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture
async def served(postgres: PostgresServer, tmp_path: Path) -> AsyncIterator[Machine]:
    async with postgres.database() as url:
        yield Machine(tmp_path, url)


async def test_a_database_on_a_server_is_dumped_and_loaded(served: Machine, tmp_path: Path) -> None:
    path = programs()
    job = await served.accepted()
    backup = await served.backed_up(str(tmp_path / "elsewhere"), PATH=path)
    later = await served.accepted()
    shutil.rmtree(served.data_dir)

    refused = await served.run("restore", str(backup), PATH=path)
    outcome = await served.run("restore", str(backup), "--overwrite", PATH=path)

    assert names_in(backup) == ["backup.json", "clips", "dramatis.dump"]
    assert (refused.code, "There is a database already: postgresql://" in refused.err) == (1, True)
    assert (outcome.code, outcome.err) == (0, "")
    assert "1 orders were waiting then" in outcome.out
    assert await served.stands(job) == (job, S.SUBMITTING)
    assert await served.stands(later) == (None, None)
    assert job.clip is not None
    assert await served.clips.whole(job.clip.stored) == CLIP


async def test_a_dump_goes_into_an_empty_database(
    served: Machine, postgres: PostgresServer, tmp_path: Path
) -> None:
    path = programs()
    job = await served.accepted()
    backup = await served.backed_up(str(tmp_path / "elsewhere"), PATH=path)

    async with postgres.database("template0") as url:
        other = Machine(tmp_path / "other", url)
        outcome = await other.run("restore", str(backup), "--moved", PATH=path)

        assert (outcome.code, outcome.err) == (0, "")
        assert await other.stands(job) == (job, S.QUEUED)


async def test_without_the_servers_programs_it_is_said_what_to_install(
    served: Machine, tmp_path: Path
) -> None:
    await served.accepted()

    outcome = await served.run("backup", str(tmp_path / "elsewhere"), PATH=str(tmp_path))

    assert outcome.code == 1
    assert outcome.err.startswith("pg_dump is not on this machine. Install PostgreSQL's client programs")
    assert names_in(tmp_path / "elsewhere") == []


async def test_a_backup_of_one_kind_does_not_go_into_the_other(served: Machine, tmp_path: Path) -> None:
    backup = tmp_path / "of-a-server"
    backup.mkdir()
    contents = {"made_at": "", "engine": "postgresql", "revision": "0001", "sha256": "", "size_bytes": 1}
    (backup / "backup.json").write_text(json.dumps(contents | {"clips": 0}), "utf-8")
    machine = Machine(tmp_path / "other")
    await machine.accepted()

    into_file = await machine.run("restore", str(backup), "--overwrite")
    into_server = await served.run("restore", str(machine.file), "--overwrite")

    assert "The backup is of postgresql, and DATABASE_URL names sqlite." in into_file.err
    assert "The backup is of sqlite, and DATABASE_URL names postgresql." in into_server.err
