"""A test that lets a secret out fails, whichever way it goes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.canaries import CANARIES, KNOWN, secrets_in

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 100
LEAKS = """
import logging, sys
import structlog, typer
from typer.testing import CliRunner
from tests.canaries import KNOWN

SECRET = KNOWN["the Discord token"]


def test_printed():
    print(f"Bot {SECRET}")


def test_printed_among_the_errors():
    print(SECRET, file=sys.stderr)


def test_logged_past_the_formatter_that_hides():
    handler = logging.StreamHandler(sys.stderr)
    logging.getLogger("other").addHandler(handler)
    logging.getLogger("other").debug("with %s", SECRET)


def test_shown_by_a_command():
    app = typer.Typer()
    app.command()(lambda: typer.echo(SECRET))
    CliRunner().invoke(app, [])


def test_hidden_by_the_formatter():
    structlog.get_logger("bot").debug("said", field=SECRET, address="/x?ex=5f3a9c11&hm=5f3a9c11")
    logging.getLogger("anybody").debug("Authorization: Bot %s", SECRET)
"""


@pytest.mark.seconds(LIMIT_SECONDS + 20)
def test_each_way_out_is_watched_and_what_is_hidden_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "test_leaks.py").write_text(LEAKS, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rN",  # where CI is set, the summary tells every failure a second time
        "-p",
        "tests.secrecy",
        "-p",
        "no:logging",
        "-c",
        "/dev/null",
    ]

    run = subprocess.run(  # noqa: S603 - our own command
        [*command, "--rootdir", str(tmp_path), str(tmp_path / "test_leaks.py")],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )

    assert "4 failed, 1 passed" in run.stdout, run.stdout
    assert run.stdout.count("it told the Discord token, after") == 4


@pytest.mark.parametrize(
    "text",
    [
        *(f"key={secret}" for secret in KNOWN.values()),
        "POST /interactions/1/aW50ZXJhY3Rpb246MTIzNDU2Nzg5/callback",
        "https://cdn.example/a.mp4?ex=6745af10&is=6745af10&hm=0a1b2c3d4e5f&",
        f"https://bot.example/callbacks/kie/{'d' * 32}",
    ],
)
def test_what_must_not_be_told_is_known_when_it_is_seen(text: str) -> None:
    assert secrets_in(text)


def test_what_is_hidden_is_not_taken_for_a_secret() -> None:
    assert (
        secrets_in("Bot [hidden] https://cdn.example/a.mp4?ex=[hidden]&hm=[hidden] /callbacks/kie/[hidden]")
        == []
    )
    assert set(KNOWN) < set(CANARIES)
