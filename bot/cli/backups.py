"""`python -m bot backup` and `restore`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bot import backups
from bot.backups import Backup, Restored, Watch
from bot.cli.shell import complain, operate, operating
from bot.clock import SystemClock

MEGABYTE = 1_000_000


def backup(
    to: Annotated[
        Path | None,
        typer.Argument(help="The folder to make it in; else BACKUP_DIR.", show_default=False),
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Delete older ones, down to this many.")] = None,
) -> None:
    """Copy the database and the clips, beside a running bot or without one."""
    settings = operating()
    into = to.resolve() if to else settings.backups
    with progress("copying clips") as watch:
        made = operate(backups.back_up(settings, into, SystemClock().now(), watch, keep))
    typer.echo(of_backup(made))
    tell_left_out(made.left_out)


def restore(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FROM", help="A backup, or a database file that was kept alone.", show_default=False
        ),
    ],
    overwrite: Annotated[  # noqa: FBT002 - typer reads options from defaults
        bool, typer.Option("--overwrite", help="Replace the database that is there.")
    ] = False,
    moved: Annotated[  # noqa: FBT002 - typer reads options from defaults
        bool, typer.Option("--moved", help="No bot ran since the backup: place the orders that wait.")
    ] = False,
) -> None:
    """Put a backup back, while the bot is stopped."""
    settings, now = operating(), SystemClock().now()
    with progress("copying clips") as watch:
        restored = operate(
            backups.restore(settings, source.resolve(), now, watch, overwrite=overwrite, moved=moved)
        )
    typer.echo(of_restored(restored))
    tell_left_out(restored.left_out)


def of_backup(made: Backup) -> str:
    contents = made.contents
    return (
        f"Backed up to {made.folder}: the database at {contents.revision} "
        f"({contents.size_bytes / MEGABYTE:,.1f} MB) and {contents.clips} clips."
    )


def of_restored(restored: Restored) -> str:
    when = f" as of {restored.made_at}" if restored.made_at else ""
    told = f"Restored the database{when} and {restored.clips} clips that were missing. Start the bot."
    if restored.held_back:
        told += (
            f"\n{restored.held_back} orders were waiting then, and may have been placed since: they come "
            "back as unknown, are told to their members, and are not placed again by themselves."
        )
    return told


def tell_left_out(keys: tuple[str, ...]) -> None:
    for key in keys:
        complain(f"Left out, because it is gone or damaged: {key}")


@contextmanager
def progress(what: str) -> Iterator[Watch]:
    """A bar on standard error, where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)

        def watch(done_bytes: int, total_bytes: int) -> None:
            bar.update(task, completed=done_bytes, total=total_bytes)

        yield watch
