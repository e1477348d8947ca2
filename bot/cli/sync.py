"""`python -m bot sync`: the commands as Discord has them, and as this version has them."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot import publishing
from bot.cli.shell import operate, operating, show
from bot.command_list import Change, ChangeKind
from bot.publishing import Published

STYLES = {ChangeKind.ADD: "green", ChangeKind.CHANGE: "yellow", ChangeKind.REMOVE: "red"}


def sync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and stop.")] = False,  # noqa: FBT002 - typer reads options from defaults
) -> None:
    """Publish this version's commands, beside a running bot or without one."""
    published = operate(publishing.sync(operating(), dry_run=dry_run))
    if published.changes:
        show(table_of(published.changes))
    typer.echo(outcome(published))


def table_of(changes: Iterable[Change]) -> Table:
    table = Table("change", "command", "what differs")
    for change in changes:
        # As text: what is published there may look like markup.
        table.add_row(
            Text(change.kind, STYLES[change.kind]), Text(change.name), Text(", ".join(change.fields))
        )
    return table


def outcome(published: Published) -> str:
    if not published.changes:
        return f"Discord has this version's {published.count} commands already. Nothing was changed."
    if not published.made:
        return "Nothing was changed. To publish: python -m bot sync"
    return f"Published {published.count} commands. People see them at once; an open app may need Ctrl+R."
