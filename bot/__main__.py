"""The command line. Exit codes: 0 well, 1 failed, 2 settings."""

import asyncio
import http.client
import sys
import urllib.request
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot import app as root
from bot import operations
from bot.cli.backups import backup, restore
from bot.cli.credits import credits_left
from bot.cli.doctor import doctor
from bot.cli.job import job
from bot.cli.operating import drain, guild
from bot.cli.refusals import START_REFUSALS, why_not_started
from bot.cli.refused_settings import setting_at_fault
from bot.cli.shell import (
    FAILED,
    SETTINGS,
    complain,
    list_settings,
    operate,
    operating,
    settings_or_exit,
    show,
    spell_anything,
)
from bot.cli.sync import sync
from bot.invite import application_id_of, invite_link
from bot.job_report import UNKNOWN_NOTE, has_unknown, lines_of, settlement, table_of
from bot.jobs.staff.oversight import JobState, Search, span_of

HEALTH_SECONDS = 3.0
JOBS_SHOWN = 100

log = structlog.get_logger(__name__)

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
clips = typer.Typer(no_args_is_help=True, help="Judge clips exactly as the bot would.")
cli.add_typer(clips, name="clips")
jobs = typer.Typer(help="Look at jobs, safely beside a running bot; settle an unknown one.")
cli.add_typer(jobs, name="jobs")
for command in (doctor, backup, restore, sync):
    cli.command()(command)
cli.command("credits")(credits_left)
cli.command("drain")(drain)
cli.command("guild")(guild)
cli.command("job")(job)


@cli.callback()
def dramatis() -> None:
    """Dramatis: a self-hosted Discord bot that turns a short clip into a reusable AI video character."""
    spell_anything()


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop."""
    settings = settings_or_exit()
    try:
        asyncio.run(root.run(settings))
    except KeyboardInterrupt:
        return
    except START_REFUSALS as refusal:
        fault = setting_at_fault(refusal)
        if fault is not None:
            list_settings((fault,))
        complain(why_not_started(refusal))
        raise typer.Exit(FAILED if fault is None else SETTINGS) from None
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
    application_id = application_id_of(settings_or_exit().discord_token.get_secret_value())
    if application_id is None:
        complain("DISCORD_TOKEN: the application's id cannot be read from it. Is it a bot token?")
        raise typer.Exit(SETTINGS)
    typer.echo(invite_link(application_id, private_results=private_results))


@cli.command()
def health() -> None:
    """Ask the running bot whether it lives; for a container's health check."""
    url = f"{settings_or_exit().own_address}/healthz"
    # Our own listener is never behind the proxy that the environment may name.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=HEALTH_SECONDS) as answer:
            typer.echo(answer.read().decode())
    except (OSError, http.client.HTTPException) as error:
        complain(f"No answer at {url}: {error}")
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
            complain(f"{answer.file}: {answer.cause}")
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
    settings = operating()
    found = operate(operations.find_jobs(settings, Search(state=state, span=span), limit))
    if as_json:
        for line in lines_of(found.records):
            typer.echo(line)
        return
    show(table_of(found.records))
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
    settled = operate(operations.settle(operating(), job, task.strip(), attempt))
    typer.echo(settlement(settled))


def _sentence(verdict: root.Verdict) -> str:
    if verdict.rule is None:
        return (
            f"{verdict.file}: accepted ({verdict.kind}, {verdict.seconds:.2f} s, {verdict.size_bytes} bytes)"
        )
    mend = "; it could be mended" if verdict.mendable else ""
    return f"{verdict.file}: refused, {verdict.rule}: {verdict.found}; accepted: {verdict.accepted}{mend}"


if __name__ == "__main__":
    sys.exit(cli())
