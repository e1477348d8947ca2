"""Logs: one event name and fields a line, with secrets taken out at the last moment, whatever raised them."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Literal

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
PATTERNS = (
    re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?(?:bot|bearer)?\s*)[^\s'\",)>]+"),
    re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"),
    re.compile(r"([?&](?:ex|is|hm|sig|signature|token)=)[^&\s'\")>]+"),
    re.compile(r"(/callbacks/kie/)\w+"),
)
"""Headers, interaction tokens, signed addresses, callback tokens; the first group is what stays."""


class Redactor:
    """Hides the given secrets and everything that looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern in PATTERNS:
            text = pattern.sub(rf"\1{MASK}", text)
        return text


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, tracebacks and all."""

    redactor = Redactor(())

    def format(self, record: logging.LogRecord) -> str:
        return self.redactor.text(super().format(record))


def configure_logs(level: str, form: Literal["console", "json"], secrets: Iterable[str] = ()) -> None:
    """Sends structlog and the standard library through one handler on standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    formatter = RedactingFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *((structlog.processors.format_exc_info,) if form == "json" else ()),
            _enums_as_text,
            _renderer(form),
        ],
    )
    formatter.redactor = Redactor(secrets)
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


def _enums_as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: str(value) if isinstance(value, str) else value for key, value in event.items()}
