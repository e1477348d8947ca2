"""What the operator reads in Discord: how the whole bot stands, what it costs, and what was switched."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.command_list import Change
from bot.jobs.staff.control_room import ServerStanding, Standing
from bot.model import reference_of
from bot.moderation.departures import forgotten_at
from bot.operator.balance_news import BalanceLevel, BalanceNews
from bot.operator.credits import CreditReport, Spend, Thresholds, amount, shortage
from bot.operator.news import OperatorNews, ReportNews
from bot.operator.operating import Gateway, Owners
from bot.report import ReportKind
from cogs.markdown import date_and_time, mention, relative, shown
from cogs.texts import faults
from cogs.texts.reports import KINDS

HEALTH_DESCRIPTION = "Queue, workers, provider, gateway and storage at a glance."
CREDITS_DESCRIPTION = "Provider balance, spend today and the spending cap."
SYNC_DESCRIPTION = "Compare the command list with Discord and publish it if it changed."
DRAIN_DESCRIPTION = "Finish running jobs and take no new ones, or go back to normal."
JOB_DESCRIPTION = "Full timeline of one job in any server."
GUILD_DESCRIPTION = "See one server, or block or allow it."
GUILD_ACTIONS = ("Look", "Block: begin nothing new there", "Allow again", "Leave the server")
WELL, DOUBT, TROUBLE = "🟢", "🟡", "🔴"

SLOW_SECONDS = 1.0
"""Of the gateway; a heartbeat is usually answered in a tenth of that."""
QUEUE_DOUBT, QUEUE_TROUBLE = timedelta(minutes=30), timedelta(hours=12)
"""After 24 hours in the queue an attempt is ended."""
DELIVERY_DOUBT = timedelta(minutes=5)
REPORT_DOUBT = timedelta(days=1)
SKEW_DOUBT, SKEW_TROUBLE = timedelta(seconds=5), timedelta(seconds=300)
ROOM_WANTED_BYTES, ROOM_NEEDED_BYTES = 2_000_000_000, 200_000_000
"""As the doctor has them."""
OLD_BALANCE = timedelta(minutes=15)
REASON_SHOWN = 300
CHANGES_SHOWN = 20

BARRED = "Nothing new is begun in that server; what was begun there is finished.\n"
UNBARRED = "That server may begin new jobs again.\n"
NOT_BARRED = "That server was not blocked. Nothing was changed.\n"
LEFT = "I have left that server.\n"
NOT_THERE = "I am not in that server. Nothing was changed.\n"
NO_SERVER_ID = "That is not the id of a server: 17 to 20 digits. Nothing was changed."


def health(lines: Iterable[str]) -> str:
    return "\n".join(["### How I stand", *lines])


def of_discord(gateway: Gateway, now: datetime, owners: Owners, skew: timedelta) -> Iterator[str]:
    """Gateway, shards, clock and the privacy link."""
    latency = gateway.latency_seconds
    light = TROUBLE if latency is None else DOUBT if latency > SLOW_SECONDS else WELL
    told = "not connected" if latency is None else f"{latency * 1000:.0f} ms"
    event = gateway.last_event_at
    last = f", last event {relative(min(event, now))}" if event else ", no event yet"
    yield f"{light} **Gateway** {told}{last}"
    whole = gateway.shards_connected == gateway.shards
    yield f"{WELL if whole else TROUBLE} **Shards** {gateway.shards_connected} of {gateway.shards} connected"
    off = abs(skew)
    light = TROUBLE if off > SKEW_TROUBLE else DOUBT if off > SKEW_DOUBT else WELL
    side = "ahead of" if skew > timedelta() else "behind"
    yield f"{light} **Clock** {off.total_seconds():.1f} s {side} Discord's"
    link = "is linked" if owners.has_privacy_link else "is missing; Discord's terms want one"
    yield f"{WELL if owners.has_privacy_link else DOUBT} **Privacy policy** {link}"


def of_jobs(standing: Standing) -> Iterator[str]:
    """The queue, what runs, what could not be told, and what members have reported."""
    vitals, drain = standing.vitals, standing.operating.drain
    if drain is not None:
        yield f"{DOUBT} **Drain** is on: nothing new is begun, {vitals.left} left"
    waits = timedelta() if vitals.waiting_since is None else standing.at - vitals.waiting_since
    light = TROUBLE if waits > QUEUE_TROUBLE else DOUBT if waits > QUEUE_DOUBT else WELL
    oldest = f", the oldest since {relative(vitals.waiting_since)}" if vitals.waiting_since else ""
    yield f"{light} **Queue** {vitals.waiting} waiting{oldest}; {vitals.running} at the provider"
    since = vitals.undelivered_since
    late = since is not None and standing.at - since > DELIVERY_DOUBT
    oldest = f", the oldest due {relative(since)}" if since else ""
    light = DOUBT if late or vitals.parked else WELL
    yield f"{light} **Deliveries** {vitals.undelivered} due{oldest}; {vitals.parked} could not be made"
    is_left = vitals.reports_since is not None and standing.at - vitals.reports_since > REPORT_DOUBT
    oldest = f", the oldest made {relative(vitals.reports_since)}" if vitals.reports_since else ""
    yield f"{DOUBT if is_left else WELL} **Reports** {vitals.reports} before moderators{oldest}"


def of_providers(providers: Sequence[str], standing: Standing) -> Iterator[str]:
    """Whether each takes orders, and when it last made something."""
    closed = {circuit.provider: circuit for circuit in standing.circuits}
    for name in providers:
        made = standing.vitals.last_successes.get(name)
        last = f"last character {relative(made)}" if made else "no character in 30 days"
        circuit = closed.get(name)
        if circuit is None:
            yield f"{WELL} **{name}** takes orders, as far as I know; {last}"
        else:
            since, again = relative(circuit.opened_at), relative(max(circuit.probe_at, standing.at))
            why = faults.FAULTS[circuit.fault].what
            yield f"{TROUBLE} **{name}** takes none since {since}: {why} I ask again {again}; {last}"


def of_account(standing: Standing, thresholds: Thresholds) -> Iterator[str]:
    balance = standing.balance
    if balance is None:
        yield f"{DOUBT} **Balance** not known yet"
        return
    is_short = shortage(balance.credits, thresholds.pause_below) is not None
    is_old = standing.at - balance.at > OLD_BALANCE
    is_low = balance.credits < thresholds.warn_below
    light = TROUBLE if is_short else DOUBT if is_low or is_old else WELL
    advice = "; top up the account" if is_short or is_low else ""
    yield f"{light} **Balance** {amount(balance.credits)} credits, {relative(balance.at)}{advice}"


def of_disk(free_bytes: int) -> str:
    light = TROUBLE if free_bytes < ROOM_NEEDED_BYTES else DOUBT if free_bytes < ROOM_WANTED_BYTES else WELL
    return f"{light} **Disk** {free_bytes / 1e9:,.1f} GB free"


def of_clips(out_of_order: str | None) -> str:
    if out_of_order is None:
        return f"{WELL} **Clip store** answers"
    why = shown(out_of_order, REASON_SHOWN)
    return f"{TROUBLE} **Clip store** does not answer: {why}. Jobs wait for it; nothing is lost or paid"


def credits_told(report: CreditReport, thresholds: Thresholds) -> str:
    """The account, and how the figures are known."""
    if report.balance is None:
        lines = ["**Balance** not known: the provider does not tell it now, and nobody asked before."]
    else:
        when = "" if report.asked else f" {relative(report.balance.at)}; the provider does not tell it now"
        lines = [f"**Balance** {amount(report.balance.credits)} credits{when}"]
        if shortage(report.balance.credits, thresholds.pause_below):
            lines.append("Nothing is ordered until there is more: top up the account.")
        elif report.balance.credits < thresholds.warn_below:
            lines.append(f"That is below the {amount(thresholds.warn_below)} of `CREDITS_WARN_BELOW`.")
    lines.append(f"**Today** {_spent(report.today)}")
    lines.append(f"**This month** {_spent(report.month)}")
    lines.append(f"**Attempts today** {report.counted} of {report.cap}")
    if report.month.by_balance_orders:
        lines.append("-# Estimated: how far the balance fell where no price was told; other use is in it.")
    return "\n".join(["### Credits", *lines])


def letter(news: OperatorNews, people: Sequence[int] = ()) -> str:
    """What there is to know, and what follows; `people` are named where others read it."""
    head = "".join(f"{mention(user_id)} " for user_id in people)
    return head + (report_news(news) if isinstance(news, ReportNews) else balance_news(news))


def report_news(news: ReportNews) -> str:
    """That something was reported, or taken down for it, without the names of anybody."""
    what = f"`{reference_of(news.job_id)}` in the server `{news.guild_id}`"
    kind = KINDS[news.kind]
    if news.is_removed:
        lines = [
            f"{WELL} **What was reported is taken down**: {what}.",
            f"The report said: *{kind}*. There is nothing to be done.",
        ]
    else:
        hidden = " Its picture is hidden until they decide." if news.kind is ReportKind.MINOR else ""
        lines = [
            f"{DOUBT} **A member has made a report** about {what}: *{kind}*.",
            f"It is before that server's moderators.{hidden} You need not do anything as long as they do.",
        ]
    lines.append(
        "-# I say this once. `/characters-op job` shows the job and can remove it, `/characters-op guild` "
        "shows the server."
    )
    return "\n".join(lines)


def balance_news(news: BalanceNews) -> str:
    """That the account is low, or well again, and what follows."""
    held = f"{amount(news.credits)} credits"
    if news.level is BalanceLevel.WELL:
        return f"{WELL} **The account is well again**: {held}. There is nothing to be done."
    if news.level is BalanceLevel.SHORT:
        lines = [
            f"{TROUBLE} **The account at the provider is down to its reserve**: {held}. Top it up.",
            "Nothing is ordered until there is more; what waits keeps its place and says why.",
        ]
    else:
        below = f"{amount(news.warn_below)} of `CREDITS_WARN_BELOW`"
        lines = [f"{DOUBT} **The account at the provider runs low**: {held}, below the {below}."]
        ends = f"Below {amount(news.pause_below)}" if news.pause_below else "Once it is empty"
        lines.append(f"{ends}, nothing is ordered any more. Top it up.")
    lines.append("-# I say this once. `/characters-op credits` shows the account.")
    return "\n".join(lines)


def _spent(spend: Spend) -> str:
    parts = [f"{amount(spend.told)} told by the provider ({spend.told_orders} orders)"]
    if spend.by_balance_orders:
        parts.append(f"about {amount(spend.by_balance)} by the balance ({spend.by_balance_orders} orders)")
    if spend.unknown:
        parts.append(f"{spend.unknown} orders of unknown price")
    return " · ".join(parts)


def synced(changes: Sequence[Change], *, dry_run: bool, made: bool) -> str:
    if not changes:
        return "Discord has this version's commands already. Nothing was changed."
    lines = [f"- {one.kind} `{one.name}` {', '.join(one.fields)}".rstrip() for one in changes[:CHANGES_SHOWN]]
    more = [f"- and {len(changes) - CHANGES_SHOWN} more"] if len(changes) > CHANGES_SHOWN else []
    if made:
        end = "Published. An open app may need Ctrl+R."
    elif dry_run:
        end = "Nothing was changed. `/characters-op sync` publishes it."
    else:
        end = "Not all of it could be published: the log says why."
    return "\n".join([*lines, *more, end])


def draining(standing: Standing) -> str:
    """Whether a drain is on, what is left, and whether the bot can be stopped."""
    drain, vitals = standing.operating.drain, standing.vitals
    if drain is None:
        return f"No drain is on: new jobs are taken. {_left(standing)}"
    said = f"\nMembers read: {shown(drain.message, REASON_SHOWN)}" if drain.message else ""
    safe = (
        f"{WELL} Nothing is left: it is safe to stop."
        if vitals.left == 0
        else f"{DOUBT} {_left(standing)} A stop now loses nothing either: they go on after the next start."
    )
    return f"Draining: nothing new is begun.{said}\n{safe}"


def _left(standing: Standing) -> str:
    vitals = standing.vitals
    return (
        f"Being prepared: {vitals.beginning}, waiting: {vitals.waiting}, at the provider: {vitals.running}, "
        f"to be told: {vitals.undelivered}."
    )


def server(standing: ServerStanding, name: str | None) -> str:
    """How a server stands with the bot."""
    called = shown(name, REASON_SHOWN) if name else "a server that I am not in"
    lines = [f"### {called}", f"`{standing.guild_id}` · {standing.jobs} jobs in all"]
    if standing.bar is not None:
        why = f": {shown(standing.bar.reason, REASON_SHOWN)}" if standing.bar.reason else ""
        lines.append(f"{TROUBLE} Blocked by the operator{why}")
    if standing.left_at is not None:
        goes_at = forgotten_at(standing.left_at)
        lines.append(
            f"{DOUBT} I was removed from it {relative(standing.left_at)}. What it had decided is deleted "
            f"on {date_and_time(goes_at)} unless I am invited again before; then it holds again."
        )
    if standing.pause is not None:
        until = "" if standing.pause.until is None else f" until {date_and_time(standing.pause.until)}"
        lines.append(f"{DOUBT} Paused by its moderators{until}")
    return "\n".join(lines)


def ambiguous(job_ids: Sequence[str]) -> str:
    return f"Several jobs are called so. Give the id of one: {', '.join(f'`{one}`' for one in job_ids)}"
