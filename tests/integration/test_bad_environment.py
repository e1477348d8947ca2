"""Bad values of the environment, by the numbers of the list of bad inputs: what a person then reads.

Numbers 184 to 200 each have a case here, with the real command line. Most are answered with one list, of the
setting, what was found and what is accepted, and with exit code 2.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sandbox.box import Box, open_sandbox
from tests.integration.bad_environment import (
    FAILED,
    GOOD,
    GUILD,
    TOKEN,
    WELL,
    Fault,
    connected,
    listed,
    spoilt,
    tells,
    works,
)
from tests.integration.command_line import LIMIT_SECONDS, ended, run, started

NUMBERS = range(184, 201)
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
PLAIN = {
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii:strict",
}

VALUES = [
    (184, {"DISCORD_TOKEN": ""}, ("DISCORD_TOKEN", "nothing", "bot token")),
    (184, {"DISCORD_TOKEN": f"'{TOKEN}'"}, ("DISCORD_TOKEN", "not shown", "without spaces, quotes")),
    (184, {"DISCORD_TOKEN": f"{TOKEN}\nmore"}, ("DISCORD_TOKEN", "not shown", "without spaces, quotes")),
    (184, {"DISCORD_TOKEN": "changeme"}, ("DISCORD_TOKEN", "not shown", "the real value")),
    (186, {"PUBLIC_BASE_URL": "http://bot.example"}, ("PUBLIC_BASE_URL", "http://bot.example", "https")),
    (186, {"PUBLIC_BASE_URL": "bot.example"}, ("PUBLIC_BASE_URL", "bot.example", "https")),
    (186, {"PUBLIC_BASE_URL": "https://192.168.1.7"}, ("PUBLIC_BASE_URL", "192.168.1.7", "own network")),
    (186, {"PUBLIC_BASE_URL": "https://nas.local/x"}, ("PUBLIC_BASE_URL", "nas.local", "own network")),
    (187, {"WEB_PORT": "65536"}, ("WEB_PORT", "65536", "65535")),
    (187, {"WEB_PORT": "abc"}, ("WEB_PORT", "abc", "integer")),
    (188, {"DATABASE_URL": "mysql://ada:hunter2@db/bot"}, ("DATABASE_URL", "not shown", "sqlite:///")),
    (189, {"DAILY_CREATION_CAP": "-1"}, ("DAILY_CREATION_CAP", "-1", "greater than or equal to 1")),
    (189, {"DAILY_CREATION_CAP": "0"}, ("DAILY_CREATION_CAP", "0", "greater than or equal to 1")),
    (189, {"DAILY_CREATION_CAP": "many"}, ("DAILY_CREATION_CAP", "many", "integer")),
    (189, {"DAILY_CREATION_CAP": "1" + "0" * 18}, ("DAILY_CREATION_CAP", "1000", "less than or equal to")),
    (192, {"ALLOWED_GUILDS": ""}, ("ALLOWED_GUILDS", "nothing", "* for every server")),
    (192, {"ALLOWED_GUILDS": " , "}, ("ALLOWED_GUILDS", "' , '", "* for every server")),
    (192, {"ALLOWED_GUILDS": "everybody"}, ("ALLOWED_GUILDS", "everybody", "17 to 20 digits")),
    (193, {"LOG_LEVEL": "LOUD"}, ("LOG_LEVEL", "LOUD", "'DEBUG'")),
    (194, {"KIE_WEBHOOK_HMAC_KEY": "12345"}, ("KIE_WEBHOOK_HMAC_KEY", "not shown", "24 characters")),
    (195, {"KIE_APIKEY": "hunter2"}, ("KIE_APIKEY", "an unknown name", "did you mean KIE_API_KEY?")),
]


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize(
    ("number", "changes", "fault"), VALUES, ids=[f"{number}-{changes}" for number, changes, _ in VALUES]
)
async def test_a_value_that_cannot_be_used_is_told_with_what_is_accepted(
    tmp_path: Path, number: int, changes: dict[str, str], fault: Fault
) -> None:
    assert number in NUMBERS

    tells(await run(tmp_path, GOOD | changes, "run"), fault)


async def test_184_a_token_of_nobody_is_told_like_any_other_setting(tmp_path: Path, box: Box) -> None:
    changes = box.environment(tmp_path / "data") | {"DISCORD_TOKEN": "of-another-bot"}

    tells(await run(tmp_path, changes, "run"), ("DISCORD_TOKEN", "does not accept", "developer portal"))


def both(file: Path) -> str:
    file.write_text("another")
    return "one of the two"


def missing(_file: Path) -> str:
    return "No such file"


def a_folder(file: Path) -> str:
    file.mkdir()
    return "Is a directory"


def unreadable(file: Path) -> str:
    file.symlink_to("/proc/self/mem")  # opens, and fails to be read, for everybody
    return "Input/output error"


def empty(file: Path) -> str:
    file.touch()
    return "an empty file"


def huge(file: Path) -> str:
    file.write_bytes(b"x" * 1_000_000)
    return "more than 65536 bytes"


@pytest.mark.parametrize("make", [both, missing, a_folder, unreadable, empty, huge])
async def test_185_a_secret_file_without_its_secret_is_told(
    tmp_path: Path, make: Callable[[Path], str]
) -> None:
    told = make(tmp_path / "secret")
    given = GOOD if make is both else {name: value for name, value in GOOD.items() if name != "DISCORD_TOKEN"}

    outcome = await run(tmp_path, given | {"DISCORD_TOKEN_FILE": str(tmp_path / "secret")}, "run")

    tells(outcome, ("DISCORD_TOKEN", "DISCORD_TOKEN_FILE", "one of the two" if make is both else "readable"))
    assert told in outcome.err


async def test_185_a_secret_file_that_others_can_read_is_used_with_a_warning_and_whatever_its_line_ends(
    tmp_path: Path, box: Box
) -> None:
    (tmp_path / "secret").write_bytes(f"{box.token}\r\n".encode())
    (tmp_path / "secret").chmod(0o644)

    outcome = await works(
        box, tmp_path, {"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(tmp_path / "secret")}
    )

    assert outcome.code == WELL
    assert "secrets_readable_by_others" in outcome.err
    assert box.token not in outcome.err


async def test_186_a_path_and_a_slash_at_the_end_are_no_fault(tmp_path: Path) -> None:
    changes = {"PUBLIC_BASE_URL": "https://bot.example.org/dramatis/"}

    assert (await run(tmp_path, GOOD | changes, "invite")).code == WELL


async def test_187_port_0_is_any_free_port(tmp_path: Path, box: Box) -> None:
    outcome = await works(box, tmp_path, {"WEB_PORT": "0"})

    assert (outcome.code, '"event": "listening"' in outcome.err) == (WELL, True)


async def test_187_a_port_that_is_in_use_is_told(tmp_path: Path, box: Box) -> None:
    taken = box.kie.api_base_url.rpartition(":")[2]

    outcome = await run(tmp_path, box.environment(tmp_path / "data") | {"WEB_PORT": taken}, "run")

    tells(outcome, ("WEB_HOST, WEB_PORT", f"port {taken}", "a free port"))


async def test_187_a_port_that_is_only_the_superusers_is_told(tmp_path: Path, box: Box) -> None:
    refusing = spoilt(
        tmp_path,
        "import socket",
        "own = socket.socket.bind",
        "def bind(self, address):",
        "    if isinstance(address, tuple) and address[1] == 80:",
        "        raise PermissionError(13, 'Permission denied')",
        "    return own(self, address)",
        "socket.socket.bind = bind",
    )

    outcome = await run(tmp_path, box.environment(tmp_path / "data") | {"WEB_PORT": "80", **refusing}, "run")

    tells(outcome, ("WEB_HOST, WEB_PORT", "port 80", "from 1024 on"))


async def sent_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A PostgreSQL server that does not take the password (PostgreSQL: Message Formats, ErrorResponse)."""
    await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big") - 4)
    fields = b'SFATAL\0C28P01\0Mpassword authentication failed for user "ada"\0\0'
    writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def test_188_a_password_that_the_database_does_not_take_is_told(tmp_path: Path) -> None:
    server = await asyncio.start_server(sent_away, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://ada:hunter2@127.0.0.1:{port}/bot?sslmode=disable"

    async with server:
        outcome = await run(tmp_path, GOOD | {"DATABASE_URL": url}, "run")

    tells(outcome, ("DATABASE_URL", "password authentication failed", "postgresql://user:password@host"))


async def test_188_a_database_server_that_is_away_may_come_back_so_it_is_no_wrong_setting(
    tmp_path: Path,
) -> None:
    outcome = await run(tmp_path, GOOD | {"DATABASE_URL": "postgresql://ada:hunter2@127.0.0.1:9/bot"}, "run")

    assert (outcome.code, listed(outcome), "cannot be used" in outcome.err) == (FAILED, [], True)
    assert "hunter2" not in outcome.err


def newer(file: Path) -> str:
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999_of_tomorrow')")
    database.close()
    return "9999_of_tomorrow"


def damaged(file: Path) -> str:
    file.write_bytes(b"no database" * 1000)
    return "file is not a database"


def a_folder_there(file: Path) -> str:
    file.mkdir()
    return "unable to open database file"


@pytest.mark.parametrize("make", [newer, damaged, a_folder_there])
async def test_188_what_is_no_database_of_ours_is_told_and_left_alone(
    tmp_path: Path, make: Callable[[Path], str]
) -> None:
    told = make(file := tmp_path / "there.db")
    size_bytes = file.stat().st_size

    outcome = await run(tmp_path, GOOD | {"DATABASE_URL": f"sqlite:///{file}"}, "run")

    tells(outcome, ("DATABASE_URL", told, "or older" if make is newer else "this version"))
    assert file.stat().st_size == size_bytes


async def test_188_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    outcome = await run(tmp_path, GOOD | {"DATABASE_URL": "sqlite:////sys/dramatis/bot.db"}, "run")

    tells(outcome, ("DATABASE_URL", "/sys/dramatis", "a local disk"))


async def test_188_a_file_without_a_byte_is_a_new_database(tmp_path: Path, box: Box) -> None:
    (tmp_path / "new.db").touch()

    outcome = await works(box, tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"})

    assert (outcome.code, (tmp_path / "new.db").stat().st_size > 0) == (WELL, True)


async def test_188_a_database_on_a_network_mount_is_told(tmp_path: Path) -> None:
    (mounts := tmp_path / "mounts").write_text(
        f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:40 / {tmp_path} rw - nfs4 server:/srv rw\n", "utf-8"
    )
    mounted = spoilt(
        tmp_path,
        "from pathlib import Path",
        "from storage import mounts",
        f"mounts.MOUNTS = Path({str(mounts)!r})",
    )

    outcome = await run(tmp_path, GOOD | mounted, "run")

    tells(outcome, ("DATABASE_URL", "a network file system (nfs4)", "a local disk"))


@pytest.mark.parametrize("year", [1970, 2100])
async def test_190_a_clock_that_is_not_set_is_told(tmp_path: Path, year: int) -> None:
    moment = f"datetime({year}, 1, 1, tzinfo=UTC)"
    unset = spoilt(
        tmp_path,
        "from datetime import UTC, datetime",
        "from bot.clock import SystemClock",
        f"SystemClock.now = lambda self: {moment}",
    )

    tells(await run(tmp_path, GOOD | unset, "run"), ("this machine's clock", str(year), "the present time"))


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "Asia/Kathmandu", ""])
async def test_190_an_odd_time_zone_changes_nothing(tmp_path: Path, box: Box, zone: str) -> None:
    outcome = await works(box, tmp_path, {"TZ": zone})

    assert (outcome.code, '"level": "error"' in outcome.err) == (WELL, False)


async def test_191_where_few_letters_can_be_shown_the_list_is_still_a_list(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=größer\n", "utf-8")
    tells(await run(tmp_path, GOOD | PLAIN, "run"), ("LOG_LEVEL", r"gr\xf6\xdfer", "'DEBUG'"))
    (tmp_path / "Köln.mp4").touch()
    judged = await run(tmp_path, PLAIN, "clips", "check", "Köln.mp4")
    assert (judged.code, "refused, empty" in judged.out) == (WELL, True)
    assert (await run(tmp_path, PLAIN, "--help")).code == WELL


async def test_191_a_settings_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("KIE_API_KEY=schlüssel\n".encode("latin-1"))

    tells(await run(tmp_path, GOOD, "run"), (".env", "not UTF-8", "UTF-8"))


async def test_192_a_server_named_twice_is_named_once(tmp_path: Path) -> None:
    outcome = await run(tmp_path, GOOD | {"ALLOWED_GUILDS": f"{GUILD},{GUILD}"}, "invite")

    assert outcome.code == WELL


async def test_193_debug_is_warned_of_and_hides_secrets_all_the_same(tmp_path: Path, box: Box) -> None:
    outcome = await works(box, tmp_path, {"LOG_LEVEL": "DEBUG"})

    assert (outcome.code, "logging_at_debug" in outcome.err) == (WELL, True)
    assert not [secret for secret in (box.token, box.api_key) if secret in outcome.err]


async def test_194_a_key_that_looks_like_base64_is_taken_as_it_is_written(tmp_path: Path) -> None:
    key = "aHVudGVyMi1odW50ZXIyLWh1bnRlcjI="

    assert (await run(tmp_path, GOOD | {"KIE_WEBHOOK_HMAC_KEY": key}, "invite")).code == WELL


async def test_196_the_environments_proxies_are_nobodys_way(tmp_path: Path, box: Box) -> None:
    outcome = await works(box, tmp_path, dict.fromkeys(PROXIES, "http://127.0.0.1:9"))

    assert outcome.code == WELL


@pytest.mark.parametrize("folder", ["/sys/dramatis", "/dev/null/data"])
async def test_197_a_data_folder_that_is_somebody_elses_is_told(tmp_path: Path, folder: str) -> None:
    tells(await run(tmp_path, GOOD | {"DATA_DIR": folder}, "run"), ("DATA_DIR", folder, "owns"))


async def test_198_the_second_of_two_says_who_is_in_the_way(tmp_path: Path, box: Box) -> None:
    async with connected(box, tmp_path, {}) as first:
        second = await run(tmp_path, box.environment(tmp_path / "data"), "run")
        first.terminate()
        assert (await ended(first)).code == WELL

    assert second.code == FAILED
    assert second.err.startswith("Another bot is running on this data folder")


async def test_199_a_disk_without_room_at_the_start_is_told(tmp_path: Path) -> None:
    # No file may grow beyond a byte, the superuser's neither.
    full = spoilt(tmp_path, "import resource", "resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))")

    tells(await run(tmp_path, GOOD | full, "run"), ("DATABASE_URL", "dramatis.db", "with room"))


async def test_200_asked_to_stop_while_it_starts_it_stops_well(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        await reader.read()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v10"
    async with started(tmp_path, GOOD | {"DISCORD_API_BASE_URL": address}, "run") as bot:
        async with asyncio.timeout(LIMIT_SECONDS):
            await asked.wait()
        bot.terminate()
        outcome = await ended(bot)
    server.close()

    assert (outcome.code, outcome.out) == (WELL, "")
    assert "Traceback" not in outcome.err


def test_every_number_of_the_list_has_a_case_here() -> None:
    told = {number for number, _, _ in VALUES}
    told |= {int(name[5:8]) for name in globals() if name.startswith(("test_1", "test_2"))}

    assert told == set(NUMBERS)
