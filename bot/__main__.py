"""The command line. Exit codes: 0 well, 1 failed, 2 settings."""

import asyncio
import http.client
import sys
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import app as root
from bot import operations
from bot.errors import JobConflict, NotFound, SettlementRefused
from bot.invite import application_id_of, invite_link
from bot.job_report import UNKNOWN_NOTE, has_unknown, lines_of, not_settled, settlement, table_of
from bot.jobs.oversight import JobState, Search, span_of
from bot.logs import configure_logs
from bot.settings import Settings, SettingsInvalid, load_settings
from bot.web.listener import CannotListen

FAILED = 1
SETTINGS = 2
HEALTH_SECONDS = 3.0
JOBS_SHOWN = 100
PIPED_WIDTH = 240
"""Columns for a table that no terminal limits: enough for every line."""

T = TypeVar("T")
log = structlog.get_logger(__name__)
START_REFUSALS = (
    root.TokenRefused,
    root.AlreadyRunning,
    root.DataFolderUnusable,
    root.DiscordUnreachable,
    root.SchemaTooNew,
    root.DatabaseUnusable,
    root.DatabaseGone,
    root.ClipStoreUnavailable,
    CannotListen,
)
OPERATION_REFUSALS = (
    operations.DatabaseUnusable,
    operations.SchemaTooNew,
    operations.SchemaTooOld,
    NotFound,
    JobConflict,
    SettlementRefused,
)

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
clips = typer.Typer(no_args_is_help=True, help="Judge clips exactly as the bot would.")
cli.add_typer(clips, name="clips")
jobs = typer.Typer(help="Look at jobs, safely beside a running bot; settle an unknown one.")
cli.add_typer(jobs, name="jobs")


@cli.callback()
def dramatis() -> None:
    """Dramatis: a self-hosted Discord bot that turns a short clip into a reusable AI video character."""


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop."""
    settings = _settings()
    try:
        asyncio.run(root.run(settings))
    except KeyboardInterrupt:
        return
    except START_REFUSALS as refusal:
        _complain(_why_not(refusal))
        raise typer.Exit(SETTINGS if isinstance(refusal, root.TokenRefused) else FAILED) from None
    except Exception:
        # Through the log, which hides what a bare traceback would show.
        log.exception("bot_failed")
        raise typer.Exit(FAILED) from None


@cli.command()
def invite(
    private_results: Annotated[
        bool, typer.Option(help="Also ask for what private result threads need.")
    ] = False,
) -> None:
    """Print the link that adds the bot to a server, with exactly the permissions it uses."""
    application_id = application_id_of(_settings().discord_token.get_secret_value())
    if application_id is None:
        _complain("DISCORD_TOKEN: the application's id cannot be read from it. Is it a bot token?")
        raise typer.Exit(SETTINGS)
    typer.echo(invite_link(application_id, private_results=private_results))


@cli.command()
def health() -> None:
    """Ask the running bot whether it lives; for a container's health check."""
    settings = _settings()
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    url = f"http://{host}:{settings.web_port}/healthz"
    # Our own listener is never behind the proxy that the environment may name.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=HEALTH_SECONDS) as answer:
            typer.echo(answer.read().decode())
    except (OSError, http.client.HTTPException) as error:
        _complain(f"No answer at {url}: {error}")
        raise typer.Exit(FAILED) from None


@clips.command("check")
def check_clips(
    files: Annotated[list[Path], typer.Argument(help="Video files.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per file.")] = False,
) -> None:
    """Say for each file whether it would be accepted, and if not, why. Needs no settings."""
    answers = asyncio.run(root.judge(files))
    for answer in answers:
        if isinstance(answer, root.Unreadable):
            _complain(f"{answer.file}: {answer.cause}")
        elif as_json:
            typer.echo(answer.line())
        else:
            typer.echo(_sentence(answer))
    if any(isinstance(answer, root.Unreadable) for answer in answers):
        raise typer.Exit(FAILED)


@jobs.callback(invoke_without_command=True)
def list_jobs(
    context: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only jobs that stand there.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was asked within 30m, 24h or 7d.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = JOBS_SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per job.")] = False,
) -> None:
    """List jobs, those of unknown outcome first."""
    if context.invoked_subcommand is not None:
        return
    span = span_of(since) if since is not None else None
    if since is not None and span is None:
        raise typer.BadParameter(
            "a number of minutes, hours or days, such as 30m, 24h or 7d", param_hint="--since"
        )
    settings = _operating()
    found = _operate(operations.find_jobs(settings, Search(state=state, span=span), limit))
    if as_json:
        for line in lines_of(found.records):
            typer.echo(line)
        return
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table_of(found.records))
    typer.echo(f"{len(found.records)} of {found.count} jobs")
    if has_unknown(found.records):
        typer.echo(UNKNOWN_NOTE)


@jobs.command("settle")
def settle_job(
    job: Annotated[
        str, typer.Argument(help="Its reference, such as 7F3A-21QX, or its id.", show_default=False)
    ],
    task: Annotated[str, typer.Option(help="The id of the task, as found at the provider.")],
    attempt: Annotated[int | None, typer.Option(help="Which, if several are unknown.")] = None,
) -> None:
    """Attach a task to an unknown attempt; the bot follows it from then on."""
    settled = _operate(operations.settle(_operating(), job, task.strip(), attempt))
    typer.echo(settlement(settled))


def _operating() -> Settings:
    """The settings, with errors going through the log, which hides what a bare traceback would show."""
    settings = _settings()
    configure_logs("WARNING", settings.log_format, settings.secret_values)
    return settings


def _operate(operation: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(operation)
    except OPERATION_REFUSALS as refusal:
        _complain(_why_refused(refusal))
        raise typer.Exit(FAILED) from None
    except Exception:
        log.exception("operation_failed")
        raise typer.Exit(FAILED) from None


def _why_refused(refusal: Exception) -> str:
    """Why nothing was shown or changed, and what to do about it."""
    match refusal:
        case NotFound() | JobConflict() | SettlementRefused():
            return not_settled(refusal)
        case operations.SchemaTooOld(found=found, known=known):
            return f"The database is at {found}, this version at {known}: start this version of the bot once."
        case _:
            return _why_not(refusal)


def _sentence(verdict: root.Verdict) -> str:
    if verdict.rule is None:
        return (
            f"{verdict.file}: accepted ({verdict.kind}, {verdict.seconds:.2f} s, {verdict.size_bytes} bytes)"
        )
    mend = "; it could be mended" if verdict.mendable else ""
    return f"{verdict.file}: refused, {verdict.rule}: {verdict.found}; accepted: {verdict.accepted}{mend}"


def _why_not(refusal: Exception) -> str:
    """Why the bot did not start, and what to do about it."""
    match refusal:
        case root.AlreadyRunning(lock_file=lock_file):
            return f"Another bot is running on this data folder: it holds {lock_file}. Stop it first."
        case root.DataFolderUnusable(data_dir=data_dir, cause=cause):
            return f"DATA_DIR: {data_dir} cannot be used: {cause}"
        case root.DiscordUnreachable(address=address, cause=cause):
            return f"Discord does not answer at {address} ({cause}). Is this machine online?"
        case root.SchemaTooNew() | root.DatabaseUnusable() | root.DatabaseGone():
            return _why_no_database(refusal)
        case root.ClipStoreUnavailable(key=key, cause=cause):
            return f"The clip store cannot be used, at {key}: {cause}"
        case CannotListen(host=host, port=port, cause=cause):
            return f"WEB_HOST, WEB_PORT: cannot listen on {host} port {port}: {cause}"
        case _:
            return "DISCORD_TOKEN: Discord does not accept it. Copy it again from the developer portal."


def _why_no_database(refusal: root.SchemaTooNew | root.DatabaseUnusable | root.DatabaseGone) -> str:
    match refusal:
        case root.SchemaTooNew(found=found, known=known):
            return (
                f"The database was written by a newer version: it is at {found}, this version knows {known}. "
                "Run that version, or restore a backup."
            )
        case root.DatabaseUnusable(path=path, cause=cause):
            return f"The database {path} cannot be used: {cause}"
        case root.DatabaseGone(path=path, note=note):
            return (
                f"The database {path} is gone, and nothing was begun in its place. Put it back, or restore a "
                f"backup. To begin with an empty one, delete {note}."
            )


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsInvalid as invalid:
        table = Table("setting", "found", "accepted", title="These settings cannot be used")
        for fault in invalid.faults:
            # As text: what was found may look like markup.
            table.add_row(*map(Text, (fault.name, fault.found, fault.accepted)))
        Console(stderr=True).print(table)
        _complain("Set them in the environment or in .env; .env.example explains each.")
        raise typer.Exit(SETTINGS) from None


def _complain(sentence: str) -> None:
    typer.echo(sentence, err=True)


if __name__ == "__main__":
    sys.exit(cli())
