"""The command line in this process: each way a command can end, with its code and its sentence."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from bot import app
from bot.__main__ import cli
from bot.app import (
    AlreadyRunning,
    ClipStoreUnavailable,
    ClockImplausible,
    DatabaseAway,
    DatabaseGone,
    DatabaseUnusable,
    DataFolderUnusable,
    DiscordUnreachable,
    SchemaTooNew,
    TokenRefused,
    UpgradeUnsafe,
)
from bot.logs import configure_logs
from bot.settings import Settings
from bot.web.listener import CannotListen, listener
from tests.clips.make import make_clip

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123"
GOOD = {"DISCORD_TOKEN": TOKEN, "KIE_API_KEY": "0123456789abcdef", "ALLOWED_GUILDS": "*"}
ENDS = [
    (TokenRefused(), 2, "DISCORD_TOKEN"),
    (AlreadyRunning(Path("data/dramatis.lock")), 1, "data/dramatis.lock"),
    (SchemaTooNew("0099", "0001"), 2, "0099"),
    (DatabaseUnusable("data/dramatis.db", "file is not a database"), 2, "file is not a database"),
    (DatabaseAway("postgresql://host/bot", "Connection refused"), 1, "Connection refused"),
    (DatabaseGone("data/dramatis.db", "dramatis.db.created"), 2, "delete dramatis.db.created"),
    (UpgradeUnsafe("0001", "0099", "pg_dump is not on this machine"), 2, "pg_dump is not"),
    (DataFolderUnusable(Path("data"), "Permission denied"), 2, "Permission denied"),
    (ClockImplausible(datetime(1970, 1, 1, tzinfo=UTC)), 2, "1970-01-01 00:00"),
    (DiscordUnreachable("https://discord.com", "TimeoutError"), 1, "TimeoutError"),
    (ClipStoreUnavailable("s3://clips", "403 Forbidden"), 1, "403 Forbidden"),
    (CannotListen("127.0.0.1", 8080, "address already in use"), 2, "127.0.0.1 port 8080"),
]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env=GOOD | environment)


def ending_with(error: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot runs, and then ends like this."""

    async def end(settings: Settings) -> None:
        configure_logs("INFO", "json", settings.secret_values)
        if error is not None:
            raise error

    monkeypatch.setattr(app, "run", end)


@pytest.mark.parametrize(("error", "code", "told"), ENDS, ids=lambda value: type(value).__name__)
def test_each_reason_not_to_run_has_its_code_and_its_sentence(
    error: Exception, code: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending_with(error, monkeypatch)

    result = run("run")

    assert (result.exit_code, result.stdout) == (code, "")
    *listed, sentence = result.stderr.splitlines()
    assert told in sentence
    assert any("accepted" in line for line in listed) is (code == 2), "what a setting is to be, in a list"


def test_an_error_nobody_thought_of_goes_through_the_log_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ending_with(RuntimeError(f"token {TOKEN}"), monkeypatch)

    result = run("run")

    assert result.exit_code == 1
    assert "bot_failed" in result.stderr
    assert "RuntimeError" in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize("end", [None, KeyboardInterrupt()])
def test_a_stop_that_was_asked_for_is_a_success(
    end: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending_with(end, monkeypatch)

    assert run("run").exit_code == 0


def test_private_results_ask_for_more_permissions() -> None:
    assert "permissions=395137109056&" in run("invite", "--private-results").stdout


def test_a_token_without_an_id_in_it_makes_no_link() -> None:
    result = run("invite", DISCORD_TOKEN="not-a-bot-token")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "not-a-bot-token" not in result.stderr


async def test_the_health_check_asks_the_running_bot_and_no_proxy() -> None:
    async with listener("127.0.0.1", 0, {}) as port:
        proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:1")
        result = await asyncio.to_thread(run, "health", WEB_PORT=str(port), **proxies)

    assert (result.exit_code, result.stdout) == (0, '{"status": "alive"}\n')


async def test_the_health_check_fails_when_nobody_answers() -> None:
    async with listener("127.0.0.1", 0, {}) as port:
        pass

    result = await asyncio.to_thread(run, "health", WEB_PORT=str(port))

    assert result.exit_code == 1
    assert str(port) in result.stderr


@pytest.mark.parametrize(
    ("host", "address"), [("::1", "http://[::1]:1/"), ("localhost", "http://localhost:1/")]
)
def test_the_health_check_knows_how_addresses_are_spelt(host: str, address: str) -> None:
    assert address in run("health", WEB_HOST=host, WEB_PORT="1").stderr


def test_clips_are_judged_in_words_when_no_json_is_asked_for(tmp_path: Path) -> None:
    good, short = tmp_path / "good.mp4", tmp_path / "short.mp4"
    good.write_bytes(make_clip(2, size=(64, 48)))
    short.write_bytes(make_clip(0.4, size=(64, 48)))

    result = run("clips", "check", str(good), str(short))

    accepted, refused = result.stdout.splitlines()
    assert accepted == f"{good}: accepted (mp4, 2.00 s, {good.stat().st_size} bytes)"
    assert refused.startswith(f"{short}: refused, too_short: ")
    assert result.exit_code == 0


@pytest.mark.parametrize("arguments", [("fly",), ("clips", "check"), ("run", "--fast")])
def test_a_command_that_does_not_exist_is_no_success(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
