"""The root on PostgreSQL: processes side by side, each with a data folder of its own."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from bot import app
from bot.app import AlreadyRunning
from bot.settings import Settings, load_settings
from sandbox.box import Box, open_sandbox
from tests.integration.discord_addresses import addresses_kept
from tests.postgres.server import PostgresServer


@pytest.fixture(autouse=True)
def _here_and_back() -> Iterator[None]:
    with addresses_kept():
        yield


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_sandbox() as opened:
        yield opened


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    async with postgres.database() as made:
        yield made


def settings_for(box: Box, url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    given = box.environment(data_dir) | {"DATABASE_URL": url}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings(data_dir / "no-such-file")


async def instances(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row["instance_id"] for row in await connection.fetch("SELECT instance_id FROM instances")}
    finally:
        await connection.close()


async def test_two_bots_with_folders_of_their_own_share_a_database(
    box: Box, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = settings_for(box, url, tmp_path / "one", monkeypatch)
    other = settings_for(box, url, tmp_path / "other", monkeypatch)

    async with app._assembled(one), app._assembled(other):
        together = await instances(url)

    assert together == {(tmp_path / name / "instance-id").read_text() for name in ("one", "other")}
    assert len(together) == 2
    assert await instances(url) == set(), "whoever stops signs off"
    assert not (tmp_path / "one" / "dramatis.db").exists()


async def test_a_bot_keeps_its_name_from_start_to_start(
    box: Box, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(box, url, tmp_path / "data", monkeypatch)

    async with app._assembled(settings):
        before = await instances(url)
    async with app._assembled(settings):
        assert await instances(url) == before


async def test_one_data_folder_is_still_for_one_process(
    box: Box, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(box, url, tmp_path / "data", monkeypatch)

    async with app._assembled(settings):
        with pytest.raises(AlreadyRunning):
            async with app._assembled(settings):
                pass


async def test_a_start_leaves_alone_what_others_are_copying_just_now(
    box: Box, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(box, url, tmp_path / "data", monkeypatch)
    incoming = tmp_path / "data" / "clips" / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("fresh", timedelta(minutes=50)), ("forgotten", timedelta(minutes=70))):
        (incoming / name).write_bytes(b"clip")
        changed = (datetime.now(UTC) - age).timestamp()
        os.utime(incoming / name, (changed, changed))

    async with app._assembled(settings):
        assert [path.name for path in incoming.iterdir()] == ["fresh"]
