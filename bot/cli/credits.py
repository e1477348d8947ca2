"""`python -m bot credits`: what the account holds, and what today and this month cost."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from bot import operations
from bot.cli.shell import operate, operating, show
from bot.operator.credits import CreditReport, Spend, Thresholds, amount
from bot.operator.operating import CAP_AT_MOST

TIME = "%Y-%m-%d %H:%M:%S"
NOT_KNOWN = "The balance is not known: the provider does not tell it now, and nobody asked before."
BY_BALANCE_NOTE = (
    "by the balance: the provider told no price, so this is how far the balance fell meanwhile; every other "
    "use of the account is in it."
)
UNKNOWN_NOTE = "not known: orders that go on, or whose price neither provider nor balance tells."


def credits_left(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - typer reads options from defaults
    daily_cap: Annotated[
        int | None,
        typer.Option(min=0, max=CAP_AT_MOST, help="New attempts a day from now on, in place of the setting."),
    ] = None,
) -> None:
    """Show the balance, what today and this month (UTC) cost, and the cap."""
    settings = operating()
    if daily_cap is not None:
        operate(operations.set_daily_cap(settings, daily_cap))
    report = operate(operations.credits_of(settings))
    thresholds = Thresholds(settings.credits_warn_below, settings.credits_pause_below)
    if as_json:
        typer.echo(json.dumps(as_line(report, thresholds)))
        return
    typer.echo(balance(report, thresholds))
    show(table_of(report))
    for note in notes(report):
        typer.echo(note)
    typer.echo(f"Attempts today: {report.counted} of {report.cap}.")


def balance(report: CreditReport, thresholds: Thresholds) -> str:
    """What is there, since when that is known, and whether it is enough."""
    if report.balance is None:
        return NOT_KNOWN
    left = report.balance.credits
    when = "" if report.asked else f" at {report.balance.at:{TIME}} UTC; the provider does not tell it now"
    told = f"Balance: {amount(left)} credits{when}."
    if left <= 0 or left < thresholds.pause_below:
        return f"{told} Nothing is ordered until there is more: top up the account."
    if left < thresholds.warn_below:
        threshold = f"CREDITS_WARN_BELOW ({amount(thresholds.warn_below)})"
        return f"{told} That is below {threshold}: top up the account soon."
    return told


def table_of(report: CreditReport) -> Table:
    """What was spent, by how that is known."""
    table = Table("", "told by the provider", "by the balance", "not known")
    for name, spend in (("today", report.today), ("this month", report.month)):
        table.add_row(
            name,
            _sum(spend.told, spend.told_orders),
            _sum(spend.by_balance, spend.by_balance_orders),
            f"{spend.unknown} orders",
        )
    return table


def notes(report: CreditReport) -> list[str]:
    """What has to be known of the figures that are there."""
    told = [BY_BALANCE_NOTE] if report.month.by_balance_orders else []
    return [*told, UNKNOWN_NOTE] if report.month.unknown else told


def as_line(report: CreditReport, thresholds: Thresholds) -> dict[str, Any]:
    """For scripts; times in UTC, null where nothing is known."""
    known = report.balance
    return {
        "balance": None if known is None else known.credits,
        "balance_at": None if known is None else known.at.isoformat(timespec="seconds"),
        "asked": report.asked,
        "warn_below": thresholds.warn_below,
        "pause_below": thresholds.pause_below,
        "today": _spend(report.today),
        "month": _spend(report.month),
        "counted": report.counted,
        "cap": report.cap,
    }


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "told": spend.told,
        "told_orders": spend.told_orders,
        "by_balance": spend.by_balance,
        "by_balance_orders": spend.by_balance_orders,
        "unknown_orders": spend.unknown,
    }


def _sum(spent: float, orders: int) -> str:
    return f"{amount(spent)} credits, {orders} orders"
