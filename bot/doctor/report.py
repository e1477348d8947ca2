"""The doctor's lines as the command line tells them: a table for people, lines of JSON for scripts. Pure."""

import json
from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from bot.doctor.lines import Line, State

STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red", State.SKIPPED: "dim"}


def table_of(lines: Iterable[Line]) -> Table:
    table = Table("check", "state", "found", "what to do")
    for column in table.columns[2:]:
        column.overflow = "fold"
    for line in lines:
        # As text: what a server or a provider says may look like markup.
        table.add_row(line.check, Text(line.state, STYLES[line.state]), Text(line.found), Text(line.advice))
    return table


def lines_of(lines: Iterable[Line]) -> Iterator[str]:
    """One JSON object per line; `advice` is empty where nothing has to be done."""
    for line in lines:
        told = {"check": line.check, "state": line.state, "found": line.found, "advice": line.advice}
        yield json.dumps(told, ensure_ascii=False)
