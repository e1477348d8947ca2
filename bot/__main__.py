"""The command line. Exit codes: 0 well, 1 failed, 2 settings."""

import asyncio
import http.client
import sys
import urllib.request
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import app as root
from bot.invite import application_id_of, invite_link
from bot.settings import Settings, SettingsInvalid, load_settings
from bot.web.listener import CannotListen

FAILED = 1
SETTINGS = 2
HEALTH_SECONDS = 3.0

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

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
clips = typer.Typer(no_args_is_help=True, help="Judge clips exactly as the bot would.")
cli.add_typer(clips, name="clips")


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
