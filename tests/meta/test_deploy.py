"""The examples in deploy/: well-formed, true to the bot's figures, and no wider open than they have to be."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.providers.kie.wire.signature import BODY_LIMIT_BYTES
from bot.settings import SECRETS, Settings
from bot.web.callbacks import BODY_SECONDS, PATH
from sandbox.bot_run import STOP_SECONDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CALLBACKS = PATH.partition("{")[0]
LISTENER = f"127.0.0.1:{Settings.model_fields['web_port'].default}"
SETTINGS = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in SECRETS}
COMMENT = re.compile(r"(^|\s)#.*$")
UNIT_LINE = re.compile(r"([A-Z][A-Za-z]+)=(.*)")


def statements(text: str, end: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each statement with the heads of the blocks around it, one a line, closed by `end`.

    Raises:
        AssertionError: a brace has no partner, or a statement is not closed.
    """
    around: list[str] = []
    for line in (COMMENT.sub("", line).strip() for line in text.splitlines()):
        if line.endswith("{"):
            around.append(line[:-1].strip())
        elif line == "}":
            assert around, "a brace too many"
            around.pop()
        elif line:
            assert line.endswith(end), line
            assert not set("{}") & set(line), line
            yield tuple(around), line.removesuffix(end)
    assert not around, f"not closed: {around}"


CADDY = list(statements((DEPLOY / "Caddyfile").read_text("utf-8"), ""))
NGINX = list(statements((DEPLOY / "nginx.conf").read_text("utf-8"), ";"))
UNIT = (DEPLOY / "dramatis.service").read_text("utf-8").replace("\\\n", " ")


def beneath(found: list[tuple[tuple[str, ...], str]], *around: str) -> list[str]:
    """The statements right inside these blocks."""
    return [statement for heads, statement in found if heads == around]


def unit(section: str) -> dict[str, list[str]]:
    """The values of each name in a section of the unit."""
    lines = UNIT.partition(f"[{section}]\n")[2].partition("\n[")[0].splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            written = UNIT_LINE.fullmatch(line)
            assert written, line
            found.setdefault(written[1], []).append(written[2].strip())
    return found


@pytest.mark.parametrize("text", ["a {\nb;\n", "a;\n}\n", "a {\n b\n}\n", "a; } b;\n"])
def test_a_file_with_a_brace_or_an_end_too_few_is_noticed(text: str) -> None:
    with pytest.raises(AssertionError):
        list(statements(text, ";"))


def test_caddy_lets_posts_to_the_callbacks_through_and_answers_everything_else_itself() -> None:
    assert [one for one in CADDY if one[1].startswith("reverse_proxy")] == [
        (("bot.example.org", "handle @callbacks"), f"reverse_proxy {LISTENER}")
    ]
    assert beneath(CADDY, "bot.example.org", "@callbacks") == ["method POST", f"path {CALLBACKS}*"]
    assert beneath(CADDY, "bot.example.org", "handle") == ["respond 404"]


def test_nginx_lets_posts_to_the_callbacks_through_and_answers_everything_else_itself() -> None:
    place = ("server", f"location {CALLBACKS}")

    assert [one for one in NGINX if one[1].startswith("proxy_pass")] == [
        (place, f"proxy_pass http://{LISTENER}")
    ]
    assert beneath(NGINX, *place, "limit_except POST") == ["deny all"]
    assert beneath(NGINX, "server", "location /") == ["return 404"]


def test_neither_takes_a_longer_or_slower_body_than_the_bot_would() -> None:
    assert (BODY_LIMIT_BYTES, BODY_SECONDS) == (64 * 1024, 5.0)
    assert "max_size 64KiB" in beneath(CADDY, "bot.example.org", "handle @callbacks", "request_body")
    assert "read_body 5s" in beneath(CADDY, "", "servers", "timeouts")
    assert {"client_max_body_size 64k", "client_body_timeout 5s"} <= set(beneath(NGINX, "server"))


def test_neither_writes_down_the_path_which_holds_a_token() -> None:
    assert "access_log off" in beneath(NGINX, "server")
    assert not [one for one in CADDY if one[1].split()[0] == "log" or "log" in one[0]]


def test_the_unit_runs_the_bot_out_of_its_own_environment_with_settings_that_exist() -> None:
    (command,) = unit("Service")["ExecStart"]
    env, *words = shlex.split(command)
    given = dict(word.split("=", 1) for word in words if "=" in word)

    assert env == "/usr/bin/env"
    assert words[len(given) :] == ["/opt/dramatis/.venv/bin/python", "-m", "bot", "run"]
    assert set(given) <= SETTINGS
    credentials = {credential.partition(":")[0] for credential in unit("Service")["LoadCredential"]}
    assert {path.removeprefix("%d/") for name, path in given.items() if name.endswith("_FILE")} == credentials
    assert [given["DATA_DIR"]] == [f"%S/{folder}" for folder in unit("Service")["StateDirectory"]]


def test_the_unit_gives_the_bot_time_to_stop_and_does_not_try_wrong_settings_again() -> None:
    service = unit("Service")

    assert [float(text) for text in service["TimeoutStopSec"]] == [30.0]
    assert STOP_SECONDS < 30
    assert service["RestartPreventExitStatus"] == ["2"]


def test_the_unit_takes_rights_away() -> None:
    service = {name: values[-1] for name, values in unit("Service").items()}
    wanted = {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "SystemCallFilter": "@system-service",
    }

    assert {name: service.get(name) for name in wanted} == wanted
