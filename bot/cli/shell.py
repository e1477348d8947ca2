"""What every command shares: exit codes, the settings or their faults, errors in words."""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, NoReturn, TypeVar

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.refusals import OPERATION_REFUSALS, why_refused
from bot.logs import configure_logs
from bot.refusals.starts import TokenRefused
from bot.settings import SettingFault, Settings, SettingsInvalid, load_settings

FAILED = 1
SETTINGS = 2
PIPED_WIDTH = 240
"""Columns for a table that no terminal limits: enough for every line."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


def settings_or_exit() -> Settings:
    """The settings; where they cannot be used, one list of all that is wrong, and exit code 2."""
    try:
        return load_settings()
    except SettingsInvalid as invalid:
        refuse_settings(invalid.faults)


def refuse_settings(faults: tuple[SettingFault, ...]) -> NoReturn:
    """Ends the command over settings that cannot be used."""
    list_settings(faults)
    complain("Set them in the environment or in .env; .env.example explains each.")
    raise typer.Exit(SETTINGS)


def list_settings(faults: tuple[SettingFault, ...]) -> None:
    """One list of all that is wrong."""
    table = Table("setting", "found", "accepted", title="These settings cannot be used")
    for fault in faults:
        # As text: what was found may look like markup.
        table.add_row(*map(Text, (fault.name, fault.found, fault.accepted)))
    Console(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH).print(table)


def operating() -> Settings:
    """The settings, with errors going through the log, which hides what a bare traceback would show."""
    settings = settings_or_exit()
    hide_secrets(settings)
    return settings


def hide_secrets(settings: Settings) -> None:
    """Sends warnings and errors through the log."""
    configure_logs("WARNING", settings.log_format, settings.secret_values)


def operate(operation: Coroutine[Any, Any, T]) -> T:
    """What an operation returns; where it refuses, its reason in words, and exit code 1 or 2."""
    try:
        return asyncio.run(operation)
    except OPERATION_REFUSALS as refusal:
        complain(why_refused(refusal))
        raise typer.Exit(SETTINGS if isinstance(refusal, TokenRefused) else FAILED) from None
    except Exception:
        log.exception("operation_failed")
        raise typer.Exit(FAILED) from None


def show(table: Table) -> None:
    """Prints a table, as wide as it likes where no terminal limits it."""
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def spell_anything() -> None:
    """Lets a terminal that knows few letters show the others by their numbers, instead of an error."""
    for output in (sys.stdout, sys.stderr):
        # Where an output was exchanged under Python's feet it stays as it is.
        with suppress(OSError):
            if isinstance(output, TextIOWrapper):
                output.reconfigure(errors="backslashreplace")


def complain(sentence: str) -> None:
    typer.echo(sentence, err=True)
