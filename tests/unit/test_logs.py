"""What is logged, and what never is."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.logs import MASK, Redactor, configure_logs
from bot.model import AttemptState

SECRET = "MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123"
KEY = "key/with+odd%chars"
HIDDEN = [SECRET, KEY, quote(KEY, safe=""), "aW50ZXJhY3Rpb24", "5f3a9c", "b64credential", "d" * 32]
SIGNED = "https://cdn.discordapp.com/attachments/1/2/clip.mp4?ex=5f3a9c&is=5f3a9c&hm=5f3a9c"
LEAKS: list[Any] = [
    f"the token is {SECRET}",
    {"nested": {"headers": {"Authorization": f"Bot {SECRET}"}}},
    f"key={KEY}",
    {"key": KEY},
    {f"a name with {SECRET}": 1},
    f"https://x.example/{quote(KEY, safe='')}",
    "POST https://discord.com/api/v10/webhooks/123456/aW50ZXJhY3Rpb24.x-y_z/messages/@original",
    "POST /interactions/123456/aW50ZXJhY3Rpb24/callback",
    SIGNED,
    [SIGNED, f"'{SIGNED}'", f'"{SIGNED}"', f"({SIGNED})", f"<{SIGNED}>"],
    "https://storage.example/o?X-Amz-Credential=b64credential&X-Amz-Signature=5f3a9c&part=1",
    "https://files.example/o?token=b64credential",
    "Authorization: Bearer b64credential",
    "authorization: b64credential",
    "Authorization: Basic b64credential==",
    "Proxy-Authorization: Basic b64credential",
    "{'Authorization': 'Bot b64credential'}",
    '{"Authorization": "Bot b64credential"}',
    json.dumps({"body": json.dumps({"Authorization": "Bearer b64credential"})}),
    ((b"Authorization", b"Bearer b64credential"),),
    {"id": "1", "token": "aW50ZXJhY3Rpb24"},
    json.dumps({"id": "1", "token": "aW50ZXJhY3Rpb24"}),
    f"https://bot.example/callbacks/kie/{'d' * 32}",
]


class Lines:
    """What came out on standard error, and how to have something come out."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.log = structlog.get_logger("bot.test")

    def configure(self, form: str = "json", level: str = "INFO") -> None:
        configure_logs(level, "json" if form == "json" else "console", [SECRET, KEY, "short", ""])

    def text(self) -> str:
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return captured.err

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Lines(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("discord").setLevel(logging.NOTSET)


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error with a traceback, and with what it was raised from."""
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def clean(text: str) -> bool:
    return not any(secret in text for secret in HIDDEN)


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: str(leak)[:40])
def test_secrets_never_appear_wherever_they_stand(lines: Lines, form: str, leak: Any) -> None:
    lines.configure(form)

    lines.log.warning("something", field=leak)
    lines.log.warning(str(leak))
    logging.getLogger("discord.http").warning("Failed: %s and %r", leak, leak)
    logging.getLogger("asyncio").error(repr(leak))

    text = lines.text()
    assert clean(text)
    assert text.count(MASK) >= 4


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: str(leak)[:40])
def test_secrets_never_appear_in_tracebacks(lines: Lines, form: str, leak: Any) -> None:
    lines.configure(form)

    error = raised(RuntimeError(str(leak)), cause=ValueError(leak))
    lines.log.error("failed", exc_info=error)
    logging.getLogger("aiohttp.server").error("failed", exc_info=error)

    text = lines.text()
    assert clean(text)
    assert "RuntimeError" in text


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_error_of_the_http_client_gives_nothing_away(lines: Lines, form: str) -> None:
    lines.configure(form)
    url = URL(SIGNED)
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": "Bearer b64credential"}))
    request = aiohttp.RequestInfo(url, "GET", headers, url)
    errors = [
        aiohttp.ClientResponseError(request, (), status=403, message=f"no {SIGNED}", headers=headers),
        aiohttp.InvalidURL(SIGNED),
        aiohttp.ServerTimeoutError(f"{SIGNED} took too long"),
    ]

    for error in errors:
        lines.log.error("request_failed", error=error, again=repr(error), exc_info=raised(error))
        logging.getLogger("aiohttp.client").error("%r", error, exc_info=error)

    text = lines.text()
    assert clean(text)
    assert "cdn.discordapp.com/attachments/1/2/clip.mp4" in text


def test_each_event_is_one_json_object_on_a_line_of_its_own(lines: Lines) -> None:
    lines.configure("json")

    lines.log.info(
        "first", text="two\nlines\r\n\x1b[31m\u2028", count=3, state=AttemptState.QUEUED, none=None
    )
    logging.getLogger("discord.gateway").info("Shard %s\nconnected", 0)
    lines.log.error("third", exc_info=raised(KeyError("x\ny")))

    first, second, third = lines.objects()
    assert first["event"] == "first"
    assert (first["level"], first["logger"]) == ("info", "bot.test")
    assert (first["count"], first["state"], first["none"]) == (3, "queued", None)
    assert first["text"] == "two\nlines\r\n\x1b[31m\u2028"
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["logger"]) == ("Shard 0\nconnected", "discord.gateway")
    assert "KeyError" in third["exception"]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: str(leak)[:40])
def test_hiding_leaves_json_that_can_be_read(lines: Lines, leak: Any) -> None:
    lines.configure("json")

    lines.log.info("something", quoted=f'say "{leak}" and "more"', after="still here")

    (line,) = lines.objects()
    assert line["after"] == "still here"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.sampled_from(["token=", "?", "&", "hm=", '"', "'", "\\", "Authorization: ", "a", " ", "\n", "é"]),
        max_size=30,
    ).map("".join)
)
def test_whatever_is_logged_the_line_stays_json(lines: Lines, text: str) -> None:
    lines.configure("json")

    lines.log.info("something", field=text, other={"deep": [text]})

    assert len(lines.objects()) == 1


def test_a_console_line_is_never_begun_by_somebody_else(lines: Lines) -> None:
    lines.configure("console")

    lines.log.info("event", text="first\n2026-11-23 [info] forged", colour="\x1b[31mred\x9b")
    lines.log.info("forged\nevent\x1b[2J")
    logging.getLogger("discord").warning("forged\nmessage %s", "x\ry")

    text = lines.text()
    assert len(text.splitlines()) == 3
    assert not any(control in text for control in "\x1b\x9b\r")


def test_a_console_traceback_keeps_its_lines_and_nothing_else(lines: Lines) -> None:
    lines.configure("console")

    lines.log.error("failed", exc_info=raised(ValueError("\x1b[31mred")))

    text = lines.text()
    assert "Traceback (most recent call last):\n" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_cannot_be_shown_is_mentioned_and_not_dumped(lines: Lines, form: str) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(SECRET)

    lines.configure(form)

    logging.getLogger("discord").warning("%r", Broken())
    lines.log.warning("field", field=Broken(), near=SIGNED)
    logging.getLogger("discord").warning("%d", "not a number")

    text = lines.text()
    assert clean(text)
    assert text.count("unprintable") >= 2
    assert "Logging error" not in text


@pytest.mark.parametrize(
    ("name", "level", "appears"),
    [
        ("discord.http", "DEBUG", False),
        ("discord.gateway", "INFO", True),
        ("aiohttp.client", "DEBUG", False),
        ("sqlalchemy.engine", "INFO", False),
        ("sqlalchemy.engine", "WARNING", True),
        ("alembic.runtime.migration", "INFO", False),
        ("aiosqlite", "DEBUG", False),
        ("bot.jobs.engine", "DEBUG", True),
    ],
)
def test_libraries_say_no_more_than_is_good_even_when_we_debug(
    lines: Lines, name: str, level: str, *, appears: bool
) -> None:
    lines.configure("json", "DEBUG")

    logging.getLogger(name).log(getattr(logging, level), "SELECT 1")

    assert ("SELECT 1" in lines.text()) is appears


@pytest.mark.parametrize(("level", "said"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_the_level_is_ours_to_choose(lines: Lines, level: str, said: int) -> None:
    lines.configure("json", level)

    for method in ("debug", "info", "warning", "error"):
        getattr(lines.log, method)("said")

    assert len(lines.objects()) == said


def test_short_texts_are_not_torn_apart_as_secrets() -> None:
    assert Redactor(["short", ""]).text("a short text") == "a short text"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=40))
def test_a_secret_is_hidden_in_every_spelling(secret: str) -> None:
    redactor = Redactor([secret])

    for spelling in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")):
        assert redactor.text(f"x {spelling} y") == f"x {MASK} y"
