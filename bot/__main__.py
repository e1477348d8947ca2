"""The command line. Exit codes: 0 well, 1 failed, 2 settings."""

import asyncio
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import app as root
from bot.invite import application_id_of, invite_link
from bot.settings import Settings, SettingsInvalid, load_settings

FAILED = 1
SETTINGS = 2
HEALTH_SECONDS = 3.0

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
    except root.TokenRefused:
        _complain("DISCORD_TOKEN: Discord does not accept it. Copy it again from the developer portal.")
        raise typer.Exit(SETTINGS) from None
    except root.AlreadyRunning as running:
        _complain(f"Another bot is running on this data folder: it holds {running.lock_file}. Stop it first.")
        raise typer.Exit(FAILED) from None
    except root.SchemaTooNew as new:
        _complain(
            f"The database was written by a newer version: it is at {new.found}, "
            f"this version knows {new.known}. Run that version, or restore a backup."
        )
        raise typer.Exit(FAILED) from None
    except root.DatabaseUnusable as unusable:
        _complain(f"The database {unusable.path} cannot be used: {unusable.cause}")
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
    url = f"http://{settings.web_host}:{settings.web_port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_SECONDS) as answer:
            typer.echo(answer.read().decode())
    except (urllib.error.URLError, OSError) as error:
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


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsInvalid as invalid:
        table = Table("setting", "found", "accepted", title="These settings cannot be used")
        for fault in invalid.faults:
            table.add_row(fault.name, fault.found, fault.accepted)
        Console(stderr=True).print(table)
        _complain("Set them in the environment or in .env; .env.example explains each.")
        raise typer.Exit(SETTINGS) from None


def _complain(sentence: str) -> None:
    typer.echo(sentence, err=True)


if __name__ == "__main__":
    sys.exit(cli())
