"""`python -m bot doctor` on a machine where one thing is wrong, against real sockets and a real database."""

import asyncio
import json
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.doctor import sentences as s
from sandbox.box import Box, open_sandbox
from sandbox.kie.account import ModelState
from storage.database import Database, sqlite_url
from storage.watch import note_of
from tests.integration.command_line import Outcome
from tests.integration.discord_addresses import addresses_kept
from tests.postgres.server import PostgresServer

CHECKS = 20


@dataclass(frozen=True, slots=True)
class Practice:
    """A sandbox with one server, the folder of a bot that was never started, and the doctor."""

    box: Box
    folder: Path

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    async def visit(self, *arguments: str, **settings: str) -> Outcome:
        """The command in this process, with an event loop of its own."""
        environment = self.box.environment(self.data_dir) | settings
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["doctor", *arguments], env=environment)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    async def lines(self, **settings: str) -> tuple[int | None, dict[str, dict[str, Any]]]:
        """The exit code, and what `--json` prints by check."""
        outcome = await self.visit("--json", **settings)
        assert "Traceback" not in outcome.err
        return outcome.code, {line["check"]: line for line in map(json.loads, outcome.out.splitlines())}

    async def failed(self, check: str, **settings: str) -> dict[str, Any]:
        """The line of the one check that failed."""
        code, lines = await self.lines(**settings)
        assert [line["check"] for line in lines.values() if line["state"] == "failed"] == [check]
        assert code == 1
        return lines[check]

    async def warned(self, check: str, **settings: str) -> dict[str, Any]:
        """The line of a check that warns, while nothing failed."""
        code, lines = await self.lines(**settings)
        assert (code, lines[check]["state"]) == (0, "warning")
        return lines[check]

    async def database(self) -> Path:
        """A database of this release, as a bot leaves it."""
        self.data_dir.mkdir()
        path = self.data_dir / "dramatis.db"
        await (await Database.open(sqlite_url(path))).close()
        return path


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with addresses_kept():
        yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Practice]:
    monkeypatch.chdir(tmp_path)
    async with open_sandbox() as box:
        box.discord.add_guild("Studio")
        yield Practice(box, tmp_path)


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@asynccontextmanager
async def answering(status: int, headers: dict[str, str] | None = None) -> AsyncIterator[str]:
    """The address of a server that says the same to everybody."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_before_the_first_start_nothing_failed_and_nothing_is_made(practice: Practice) -> None:
    code, lines = await practice.lines()

    assert (code, len(lines)) == (0, CHECKS)
    assert lines["database"]["found"] == lines["clip store"]["found"] == s.FIRST_START
    assert lines["commands"]["advice"] == s.START_PUBLISHES
    assert everything_in(practice.folder) == []
    assert practice.box.discord.commands == []
    assert practice.box.kie.ledger.tasks == []


async def test_people_read_a_table_and_a_verdict(practice: Practice) -> None:
    well = await practice.visit()
    practice.box.kie.withdraw_model()
    ill = await practice.visit()

    assert (well.code, well.err) == (0, "")
    assert s.READY in well.out
    assert (ill.code, ill.out.rstrip().endswith(s.NOT_READY)) == (1, True)
    assert "permissions=309237763136" in well.out
    for secret in (practice.box.token, practice.box.api_key):
        assert secret not in well.out + ill.out


async def test_settings_that_cannot_be_used_are_told_in_either_form(practice: Practice) -> None:
    words = await practice.visit(WEB_PORT="many", DISCORD_TOKEN="")
    lines = await practice.visit("--json", WEB_PORT="many", DISCORD_TOKEN="")

    assert (words.code, words.out, "WEB_PORT" in words.err) == (2, "", True)
    told = [json.loads(line) for line in lines.out.splitlines()]
    assert lines.code == 2
    assert {line["found"].partition(":")[0] for line in told} == {"WEB_PORT", "DISCORD_TOKEN"}
    assert {(line["check"], line["state"]) for line in told} == {("settings", "failed")}


async def test_a_settings_file_that_others_can_read_is_a_warning(practice: Practice) -> None:
    file = practice.folder / ".env"
    file.write_text("KIE_API_KEY=from-the-file\n", "utf-8")
    file.chmod(0o644)

    assert (await practice.warned("settings"))["advice"] == s.SECRETS_EXPOSED
    file.chmod(0o600)
    assert (await practice.lines())[1]["settings"]["state"] == "ok"


async def test_a_token_that_discord_does_not_take_fails(practice: Practice) -> None:
    line = await practice.failed("Discord token", DISCORD_TOKEN="another-token")

    assert line["advice"] == s.NEW_TOKEN


async def test_where_discord_does_not_answer_the_token_is_not_blamed(practice: Practice) -> None:
    line = await practice.failed("Discord token", DISCORD_API_BASE_URL="http://127.0.0.1:9/api/v10")

    assert line["advice"] == s.IS_ONLINE


@pytest.mark.parametrize("route", ["/users/@me", "/users/@me/guilds"])
async def test_an_outage_of_discords_is_told_as_one(practice: Practice, route: str) -> None:
    practice.box.discord.faults.fail("GET", route, status=503)

    line = await practice.failed("Discord token")

    assert (line["advice"], "HTTP 503" in line["found"]) == (s.IS_ONLINE, True)


async def test_the_application_is_looked_at(practice: Practice) -> None:
    world = practice.box.discord.world
    world.flags, world.needs_code_grant, world.privacy_url = 1 << 18, True, None

    code, lines = await practice.lines()

    assert code == 1
    assert (lines["intents"]["state"], lines["invite link"]["state"]) == ("warning", "failed")
    assert lines["privacy links"]["found"] == "not named: privacy policy"


async def test_the_bot_has_to_be_in_the_servers_that_are_allowed(practice: Practice) -> None:
    (guild,) = practice.box.discord.world.guilds.values()
    line = await practice.failed("servers", ALLOWED_GUILDS="1200000000000000001")
    half = await practice.warned("servers", ALLOWED_GUILDS=f"1200000000000000001,{guild.id}")
    _, whole = await practice.lines(ALLOWED_GUILDS=str(guild.id))

    assert line["found"] == "in none of the 1 allowed servers"
    assert half["found"].startswith("not in 1200000000000000001,")
    assert whole["servers"]["found"] == "in 1 of 1 allowed ones"


async def test_a_key_that_the_provider_does_not_take_fails(practice: Practice) -> None:
    line = await practice.failed("provider key", KIE_API_KEY="another-key")

    assert line["advice"] == s.NEW_KEY
    assert "another-key" not in line["found"]


async def test_a_provider_that_is_away_is_told(practice: Practice) -> None:
    await practice.box.kie.go_down("api")

    code, lines = await practice.lines()

    assert (code, lines["provider key"]["state"], lines["balance"]["state"]) == (1, "failed", "skipped")
    assert (lines["model"]["state"], lines["clock"]["state"]) == ("failed", "skipped")


async def test_an_account_without_credit_fails(practice: Practice) -> None:
    practice.box.kie.balance = Decimal(0)

    assert (await practice.failed("balance"))["advice"] == s.TOP_UP


@pytest.mark.parametrize("state", [ModelState.PAUSED, ModelState.WITHDRAWN])
async def test_a_model_that_is_off_fails(practice: Practice, state: ModelState) -> None:
    practice.box.kie.account.model_state = state

    assert (await practice.failed("model"))["advice"] == s.MODEL_WAITS


async def test_a_clip_store_that_cannot_be_written_to_fails_and_is_left_as_it_was(
    practice: Practice,
) -> None:
    blocked = practice.folder / "blocked"
    blocked.write_bytes(b"not a folder")

    code, lines = await practice.lines(CLIP_STORE_URL=blocked.as_uri())

    assert (code, lines["clip store"]["state"]) == (1, "failed")
    assert lines["clip store"]["advice"] == s.CLIPS_BROKEN
    assert blocked.read_bytes() == b"not a folder"


async def test_a_clip_store_in_use_is_written_and_read_and_holds_no_trace(practice: Practice) -> None:
    clips = practice.data_dir / "clips" / "sha256"
    clips.mkdir(parents=True)

    _, lines = await practice.lines()

    assert lines["clip store"]["found"] == s.CLIPS_WORK
    assert [path for path in everything_in(practice.data_dir) if path.is_file()] == []


async def test_a_database_in_order_is_told_with_its_revision(practice: Practice) -> None:
    await practice.database()

    _, lines = await practice.lines()

    assert lines["database"]["state"] == "ok"
    assert "no damage found" in lines["database"]["found"]


async def test_a_database_of_a_newer_release_is_told_with_both_versions(practice: Practice) -> None:
    with closing(sqlite3.connect(await practice.database())) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '0099_later'")

    line = await practice.failed("database")

    assert line["found"].startswith("at 0099_later; this version is at 0")
    assert line["advice"] == s.DATABASE_NEW


async def test_a_database_that_is_gone_fails(practice: Practice) -> None:
    path = await practice.database()
    path.unlink()
    assert note_of(path).exists()

    assert (await practice.failed("database"))["advice"] == s.DATABASE_GONE
    assert not path.exists()


async def test_a_damaged_database_fails(practice: Practice) -> None:
    path = await practice.database()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + os.urandom(4096) + whole[12288:])

    assert (await practice.failed("database"))["advice"] == s.DATABASE_BROKEN


async def test_a_data_folder_that_is_a_file_fails(practice: Practice) -> None:
    practice.data_dir.write_bytes(b"")

    code, lines = await practice.lines()

    assert (code, lines["disk"]["state"], lines["disk"]["advice"]) == (1, "failed", s.FOLDER_CLOSED)


async def test_a_clock_that_is_off_is_seen_by_the_providers(practice: Practice) -> None:
    async with answering(200, {"Date": "Sat, 01 Jan 2000 00:00:00 GMT"}) as address:
        _, lines = await practice.lines(KIE_API_BASE_URL=address)

    assert lines["clock"]["state"] == "failed"
    assert "ahead of the provider's" in lines["clock"]["found"]


@pytest.mark.parametrize(("status", "advice"), [(404, s.NOT_OURS), (502, s.PROXY_ALONE)])
async def test_somebody_else_at_the_public_address_is_found_out(
    practice: Practice, status: int, advice: str
) -> None:
    async with answering(status) as address:
        line = await practice.failed("public address", PUBLIC_BASE_URL=address)

    assert line["advice"] == advice


async def test_nobody_at_the_public_address_fails_and_before_the_start_only_warns(
    practice: Practice,
) -> None:
    nowhere = "http://127.0.0.1:9"

    assert (await practice.failed("public address", PUBLIC_BASE_URL=nowhere))["advice"] == s.NOBODY
    idle = await practice.warned("public address", PUBLIC_BASE_URL=nowhere, WEB_PORT="9")
    assert idle["advice"] == s.START_FIRST


async def test_a_database_on_a_server_is_looked_at_too(practice: Practice, postgres: PostgresServer) -> None:
    async with postgres.database() as url:
        _, lines = await practice.lines(DATABASE_URL=url)
        _, empty = await practice.lines(DATABASE_URL=url.replace("test_", "absent_"))
    async with postgres.database("template0") as url:
        _, new = await practice.lines(DATABASE_URL=url)

    assert lines["database"]["found"].startswith("PostgreSQL ")
    assert lines["SQLite library"]["state"] == "skipped"
    assert empty["database"]["state"] == "failed"
    assert new["database"]["found"] == s.FIRST_START
