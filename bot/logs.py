"""Logs: one event name and fields a line, with secrets taken out at the last moment, whatever raised them."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from math import isfinite
from typing import Literal
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LIBRARY_LEVELS = {
    # At DEBUG these log whole requests, with tokens in their addresses.
    "discord": logging.INFO,
    "aiohttp": logging.INFO,
    # At INFO these log every statement.
    "sqlalchemy": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
}
"""The most that libraries may say, whatever our own level."""
MASK = "[hidden]"
SHORTEST_SECRET = 6
"""Hiding shorter texts would tear ordinary lines apart."""
QUOTE = r"\\*['\"]"
VALUE = r"[^\s&'\",)>\\]+"
PATTERNS = (
    # Authorization: Bot …, 'Authorization': 'Bearer …', (b'Authorization', b'Basic …')
    re.compile(
        rf"(?i)(authorization(?:{QUOTE})?\s*[:=,]\s*(?:b?{QUOTE})?(?:(?:bot|bearer|basic|digest|token)\s+)?){VALUE}"
    ),
    re.compile(rf"(?i)(\btoken{QUOTE}\s*:\s*{QUOTE}){VALUE}"),
    re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"),
    re.compile(rf"(?i)([?&](?:ex|is|hm|sig|[\w-]*(?:signature|credential|token|key|secret))=){VALUE}"),
    re.compile(r"(/callbacks/kie/)\w+"),
)
"""Headers, tokens in payloads, interaction tokens, signed addresses, callback tokens.

The first group is what stays.
"""
SECRET_NAME = re.compile(r"(?i)authorization|cookie|credential|password|secret|signature|token|api.?key")
"""Fields of which the value is never shown."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Nothing that came from outside may begin a line of its own, or talk to the terminal."""


class Redactor:
    """Hides the given secrets and everything that looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        long_enough = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        spellings = {spelling for secret in long_enough for spelling in _spellings(secret)}
        self._secrets = tuple(sorted(spellings, key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text without secrets."""
        text = self.without_known(text)
        for pattern in PATTERNS:
            text = pattern.sub(rf"\1{MASK}", text)
        return text

    def without_known(self, text: str) -> str:
        """The text without the given secrets; harmless to a finished line of JSON."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def event(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """A structlog processor, for the time before the quotes of JSON stand around the values."""
        return {name: self._value(name, value) for name, value in event.items()}

    def _value(self, name: str, value: object) -> object:
        match value:
            case None | bool() | int():
                return value
            case float() if isfinite(value):
                return value
            case _ if SECRET_NAME.search(name):
                return MASK
            case str():
                return self.text(str(value))
            case dict():
                return {str(inner): self._value(str(inner), value[inner]) for inner in value}
            case list():
                return [self._value(name, inner) for inner in value]
            case _:
                return self.text(repr(value))


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Takes known secrets out of the finished line, whatever they came in."""

    redactor = Redactor(())

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = super().format(record)
        except Exception as error:  # noqa: BLE001 - else logging itself would print the record, secrets and all
            line = json.dumps({"event": "unprintable", "logger": record.name, "error": type(error).__name__})
        return self.redactor.without_known(line)


def configure_logs(level: str, form: Literal["console", "json"], secrets: Iterable[str] = ()) -> None:
    """Sends structlog and the standard library through one handler on standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    redactor = Redactor(secrets)
    formatter = RedactingFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redactor.event,
            *((_without_controls,) if form == "console" else ()),
            _renderer(form),
        ],
    )
    formatter.redactor = redactor
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, most in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(max(most, logging.getLevelName(level)))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _renderer(form: Literal["console", "json"]) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _without_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    traceback = event.pop("exception", None)
    shown = {key: _escaped(value) if isinstance(value, str) else value for key, value in event.items()}
    if traceback is not None:
        shown["exception"] = "\n".join(map(_escaped, str(traceback).split("\n")))
    return shown


def _escaped(text: str) -> str:
    return CONTROLS.sub(lambda control: repr(control[0])[1:-1], text)


def _spellings(secret: str) -> tuple[str, ...]:
    """As it is, and as it looks inside JSON, in a repr and in an address."""
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")
