"""The root: everything is built and connected, everything is closed again, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from filelock import FileLock, Timeout
from structlog.testing import capture_logs

from bot import app
from bot.client import DramatisClient
from bot.errors import ClipStoreUnavailable
from bot.refusals.starts import AlreadyRunning, DataFolderUnusable, DiscordUnreachable, TokenRefused
from bot.settings import Settings, load_settings
from bot.web.listener import CannotListen, Check, listener
from sandbox.box import Box, open_sandbox
from tests.integration.discord_addresses import addresses_kept
from tests.object_store import object_server

PUBLISH = ("PUT", "/applications/{application_id}/commands")
LIMIT_SECONDS = 30.0


@pytest.fixture(autouse=True)
def _here_and_back() -> Iterator[None]:
    with addresses_kept():
        yield


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_sandbox() as opened:
        yield opened


@pytest.fixture
def settings(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return settings_for(box, tmp_path / "data", monkeypatch)


def settings_for(box: Box, data_dir: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in (box.environment(data_dir) | changes).items():
        monkeypatch.setenv(name, value)
    return load_settings(data_dir / "no-such-file")


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[DramatisClient]:
    """The bot as `run` has it, but for the lanes."""
    async with app._assembled(settings) as (client, _):
        # How long the client waits for a further server before it calls itself ready; there is none.
        client._connection.guild_ready_timeout = 0.01
        gateway = asyncio.create_task(client.connect())
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                await client.wait_until_ready()
            yield client
        finally:
            await client.close()
            gateway.cancel()
            await asyncio.gather(gateway, return_exceptions=True)


def others() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def readiness(session: aiohttp.ClientSession, port: int) -> tuple[int, object]:
    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status, await answer.json()


def is_locked(data_dir: Path) -> bool:
    with suppress(Timeout), FileLock(data_dir / "dramatis.lock").acquire(timeout=0):
        return False
    return True


async def test_the_bot_connects_publishes_and_serves(box: Box, settings: Settings) -> None:
    async with connected(settings) as client:
        assert client.is_ready()
        assert [command["name"] for command in box.discord.commands] == [
            "character",
            "characters-admin",
            "privacy",
            "Create character from clip",
            "Character history",
            "Report character",
        ]
        assert is_locked(settings.data_dir)

    assert (settings.data_dir / "dramatis.db").exists()


async def test_nothing_is_left_open_afterwards(settings: Settings) -> None:
    before = others()

    async with connected(settings) as client:
        session = client.http._HTTPClient__session  # type: ignore[attr-defined]  # there is no other way to it

    assert client.is_closed()
    assert session.closed
    assert not is_locked(settings.data_dir)
    assert {task for task in others() - before if not task.done()} == set()


async def test_a_second_bot_on_the_same_data_folder_is_refused(settings: Settings) -> None:
    async with app._assembled(settings):
        with pytest.raises(AlreadyRunning) as refusal:
            async with app._assembled(settings):
                pass

    assert refusal.value.lock_file == settings.data_dir / "dramatis.lock"
    async with app._assembled(settings):
        pass


async def test_commands_are_published_once_and_not_again_when_unchanged(box: Box, settings: Settings) -> None:
    for _ in range(3):
        async with app._assembled(settings):
            pass

    assert len(box.discord.requests_to(*PUBLISH)) == 1


async def test_a_token_that_discord_does_not_take_ends_the_start_and_leaves_nothing_open(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(box, tmp_path / "data", monkeypatch, DISCORD_TOKEN="another-token")
    before = others()

    with pytest.raises(TokenRefused):
        async with app._assembled(settings):
            pass

    assert not is_locked(settings.data_dir)
    assert {task for task in others() - before if not task.done()} == set()


async def test_a_start_that_breaks_tells_why_and_closes_what_it_opened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the client has logged in, which is when discord.py cannot close it."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(app, "add_cogs", broken)

    with pytest.raises(ZeroDivisionError):
        async with app._assembled(settings):
            pass

    assert not is_locked(settings.data_dir)


async def test_a_port_that_is_taken_ends_the_start(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listener("127.0.0.1", 0, {}) as port:
        settings = settings_for(box, tmp_path / "data", monkeypatch, WEB_PORT=str(port))

        with pytest.raises(CannotListen):
            async with app._assembled(settings):
                pass

    assert not is_locked(settings.data_dir)


async def test_readiness_follows_the_connection(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[int] = []

    @asynccontextmanager
    async def noted(
        host: str, port: int, checks: Mapping[str, Check], *_routes: object
    ) -> AsyncIterator[int]:
        async with listener(host, port, checks) as bound:
            ports.append(bound)
            yield bound

    monkeypatch.setattr(app, "listener", noted)

    async with aiohttp.ClientSession() as session:
        async with app._assembled(settings):
            early = await readiness(session, ports[0])
        async with connected(settings):
            late = await readiness(session, ports[1])

    well = {"database": True, "clips": True}
    assert early == (503, {"status": "not ready", "checks": {**well, "discord": False}})
    assert late == (200, {"status": "ready", "checks": {**well, "discord": True}})


async def test_a_clip_store_that_is_away_keeps_nobody_from_starting_and_one_that_turns_away_does(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_server() as server:
        away, lacking = f"s3://{server.bucket()}", "s3://nobodys-bucket"
        settings = settings_for(
            box, tmp_path / "lacking", monkeypatch, CLIP_STORE_URL=lacking, **server.environment
        )
        with pytest.raises(ClipStoreUnavailable) as refusal:
            async with app._assembled(settings):
                pass
        server.go_down()
        settings = settings_for(box, tmp_path / "away", monkeypatch, CLIP_STORE_URL=away)
        with capture_logs() as lines:
            async with connected(settings) as client:
                assert client.is_ready()
        server.come_back()

    assert "NoSuchBucket" in refusal.value.cause
    assert [line["log_level"] for line in lines if line["event"] == "clip_store_away"] == ["error"]


async def test_the_database_is_private_to_the_one_who_runs_the_bot(settings: Settings) -> None:
    async with app._assembled(settings):
        modes = {
            path.name: path.stat().st_mode & 0o077
            for path in (settings.data_dir, settings.data_dir / "dramatis.db")
        }

    assert modes == {"data": 0, "dramatis.db": 0}


async def test_asked_to_stop_while_discord_keeps_us_waiting_the_start_is_given_up(
    box: Box, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, asked = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(app, "_stop_on_signals", lambda: stop)
    box.discord.faults.delay("GET", "/users/@me", 60.0)
    box.discord.faults.on_request("GET", "/users/@me", _setting(asked))

    running = asyncio.create_task(app.run(settings))
    async with asyncio.timeout(LIMIT_SECONDS):
        await asked.wait()
        stop.set()
        await running

    assert not is_locked(settings.data_dir)


@pytest.mark.parametrize("data_dir", ["/proc/no-such-folder", "/dev/null/data"])
async def test_a_data_folder_that_cannot_be_made_is_named(settings: Settings, data_dir: str) -> None:
    with pytest.raises(DataFolderUnusable) as caught:
        await app.run(settings.model_copy(update={"data_dir": Path(data_dir)}))

    assert caught.value.data_dir == Path(data_dir)


async def test_a_discord_that_does_not_answer_is_named(settings: Settings) -> None:
    nowhere = "http://127.0.0.1:9/api/v10"

    with pytest.raises(DiscordUnreachable) as caught:
        await app.run(settings.model_copy(update={"discord_api_base_url": nowhere}))

    assert caught.value.address == nowhere


async def test_a_token_that_is_reset_meanwhile_ends_the_bot_as_a_wrong_setting(
    box: Box, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_stop_on_signals", asyncio.Event)
    running = asyncio.create_task(app.run(settings))
    await box.discord.bot_ready()

    await box.discord.revoke_token("another-token")

    with pytest.raises(TokenRefused):
        await asyncio.wait_for(running, LIMIT_SECONDS)
    assert not is_locked(settings.data_dir)


def _setting(event: asyncio.Event) -> Callable[[object], Awaitable[None]]:
    async def set_it(_request: object) -> None:
        event.set()

    return set_it
