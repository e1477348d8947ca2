"""`python -m bot drain` and `guild`: the operator's switches, for when Discord is what is down."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bot import operations
from bot.cli.shell import FAILED, complain, operate, operating, show
from bot.jobs.staff.control_room import ServerStanding, Standing
from bot.moderation.departures import forgotten_at
from bot.operator.operating import Bar, Drain

GUILD_IDS = range(10**16, 10**20)
"""Discord's ids have 17 to 20 digits."""


class Switch(StrEnum):
    """Whether something is to be on."""

    ON = "on"
    OFF = "off"


def drain(
    switch: Annotated[
        Switch | None, typer.Argument(help="Without it, only look.", show_default=False)
    ] = None,
    message: Annotated[str | None, typer.Option(help="Members read it.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Come back when nothing is left.")] = False,  # noqa: FBT002 - typer reads options from defaults
) -> None:
    """Finish running jobs and take no new ones (on), or go back to normal (off); beside a running bot."""
    on = None if switch is None else switch is Switch.ON
    settings = operating()
    standing = operate(operations.drain(settings, Drain(message), on=on))
    show(left_table(standing))
    typer.echo(draining(standing))
    if wait:
        with bar_of("left", standing.vitals.left) as watch:
            is_through = operate(operations.until_nothing_is_left(settings, watch))
        if not is_through:
            complain("No drain is on, so there is nothing to wait for.")
            raise typer.Exit(FAILED)
        typer.echo("Nothing is left. It is safe to stop.")


def guild(
    guild_id: Annotated[int, typer.Argument(help="The server's id.", show_default=False)],
    block: Annotated[bool, typer.Option("--block", help="Begin nothing new there.")] = False,  # noqa: FBT002 - typer reads options from defaults
    allow: Annotated[bool, typer.Option("--allow", help="Begin new jobs there again.")] = False,  # noqa: FBT002 - typer reads options from defaults
    leave: Annotated[bool, typer.Option("--leave", help="Leave the server.")] = False,  # noqa: FBT002 - typer reads options from defaults
    reason: Annotated[str | None, typer.Option(help="Of a block; members read it.")] = None,
) -> None:
    """See one server, block or allow it, or have the bot leave it."""
    if block and allow:
        raise typer.BadParameter("one of the two", param_hint="--block, --allow")
    if guild_id not in GUILD_IDS:
        raise typer.BadParameter("a server's id has 17 to 20 digits", param_hint="GUILD_ID")
    settings = operating()
    bar = Bar(guild_id, reason) if block else None
    standing = operate(operations.server(settings, guild_id, bar=bar, unbar=allow))
    show(server_table(standing))
    if leave and not operate(operations.leave(settings, guild_id)):
        complain("The bot is not in that server. Nothing was left.")
        raise typer.Exit(FAILED)
    if leave:
        typer.echo("The bot has left the server.")


@contextmanager
def bar_of(what: str, count: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where somebody watches; it is told how many of `count` are left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=count)

        def watch(left: int) -> None:
            bar.update(
                task, description=f"{left} {what}", total=max(count, left), completed=max(count, left) - left
            )

        yield watch


def left_table(standing: Standing) -> Table:
    """How much there is to do."""
    table = Table("being prepared", "waiting", "at the provider", "to be told", "could not be told")
    vitals = standing.vitals
    counts = (vitals.beginning, vitals.waiting, vitals.running, vitals.undelivered, vitals.parked)
    table.add_row(*map(str, counts))
    return table


def draining(standing: Standing) -> str:
    """Whether a drain is on, and whether the bot can be stopped."""
    if standing.operating.drain is None:
        return "No drain is on: new jobs are taken."
    if standing.vitals.left == 0:
        return "Draining: nothing new is begun, and nothing is left. It is safe to stop."
    return (
        f"Draining: nothing new is begun, {standing.vitals.left} left. A stop now loses nothing either: they "
        "go on after the next start."
    )


def server_table(standing: ServerStanding) -> Table:
    table = Table("server", "jobs", "blocked by you", "paused by its moderators", "bot removed")
    bar, pause = standing.bar, standing.pause
    blocked = "no" if bar is None else f"yes: {bar.reason}" if bar.reason else "yes"
    until = pause.until if pause else None
    paused = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "yes" if pause else "no"
    left_at = standing.left_at
    left = f"{left_at:%Y-%m-%d}, deleted {forgotten_at(left_at):%Y-%m-%d}" if left_at else "no"
    # As text: a reason may look like markup.
    table.add_row(str(standing.guild_id), str(standing.jobs), Text(blocked), Text(paused), Text(left))
    return table
