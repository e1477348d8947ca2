"""`python -m bot doctor`: can the bot do its job, and if not, what is to be done?"""

from collections.abc import Iterable
from typing import Annotated

import typer

from bot.cli.shell import FAILED, SETTINGS, hide_secrets, operate, refuse_settings, show
from bot.clock import SystemClock
from bot.doctor import sentences
from bot.doctor.gathering import gather
from bot.doctor.judging import can_work, judge
from bot.doctor.lines import Check, Line, State
from bot.doctor.report import lines_of, table_of
from bot.settings import Settings, SettingsInvalid, load_settings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per check.")] = False,  # noqa: FBT002 - typer reads options from defaults
) -> None:
    """Look at everything the bot needs, beside a running bot or before its first start; change nothing."""
    settings = _settings(as_json=as_json)
    hide_secrets(settings)
    lines = judge(operate(gather(settings, SystemClock())))
    if as_json:
        _print(lines)
    else:
        show(table_of(lines))
        typer.echo(sentences.READY if can_work(lines) else sentences.NOT_READY)
    if not can_work(lines):
        raise typer.Exit(FAILED)


def _settings(*, as_json: bool) -> Settings:
    try:
        return load_settings()
    except SettingsInvalid as invalid:
        if not as_json:
            refuse_settings(invalid.faults)
        _print(
            Line(Check.SETTINGS, State.FAILED, f"{fault.name}: {fault.found}", fault.accepted)
            for fault in invalid.faults
        )
        raise typer.Exit(SETTINGS) from None


def _print(lines: Iterable[Line]) -> None:
    for line in lines_of(lines):
        typer.echo(line)
