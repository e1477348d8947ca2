"""What moderators read who change something: settings, pause, blocks, quotas."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.deeds import Deed
from bot.jobs.staff.moderation import Allowance
from bot.moderation import servers
from bot.moderation.audit import NOBODY
from bot.moderation.gates import Block, Pause, Quota
from bot.moderation.servers import ServerSettings
from cogs.markdown import date_and_time, mention, relative, shown
from cogs.texts import takedowns

SETTINGS = {
    "allowed_channels": "where characters can be made; threads count with their channel",
    "allowed_roles": "who can make characters; one of the roles is enough",
    "mod_roles": "who opens, retries and cancels all jobs, besides those with Discord's permissions",
    "admin_roles": "who may change settings and quotas besides those with **Manage Server**",
    "enabled": "whether characters can be made here; while it is `off`, what waits keeps its place for a day",
    "sharing": "whether members may share their characters; what is shared already stays so",
    "reaction_retry": "whether 🔁 under a failure tries again, as the button does",
    "log_channel": "where all that moderators do is told",
    "results": "where results are posted: in a thread on the card, in its channel, in the `results_channel`",
    "results_channel": "where results go that have no better place, or all; a forum, too",
    "private_results": "whether members may have a result that nobody but them sees",
    "thread_archive": "after how long without a message a new thread leaves the channel list",
    "quota_per_day": "attempts of one member in a day (UTC)",
    "quota_at_once": "attempts of one member that run at the same time",
    "quota_server_per_day": "attempts of the whole server in a day (UTC)",
    "approval": "what a moderator has to approve first: nothing, what is flagged, everything",
    "review_channel": "where moderators are asked to approve; without it clips of others are not flagged",
    "quota_soft_per_day": "attempts of one member in a day (UTC), after which a moderator approves each",
    "newcomer_days": "how many days an account, or a member, counts as new, and is flagged",
    "safety_floor": "what every safety text begins with; members can add to it and never take from it",
    "retention_days": "days for which clips of ended jobs are kept that no character was made of",
    "failover": "whether jobs go to another provider while a model is off: on a press, by themselves, never",
    "renewal": "whether characters are renewed before they lapse: when their owner says so, by itself, never",
}
"""What is offered, and what it decides. Moderators are bound by none of the first two."""
SPANS = {"1h": "1 hour", "6h": "6 hours", "1d": "1 day", "7d": "7 days", "30d": "30 days"}
SET_DESCRIPTION = "Show or change what this server has decided."
SETTINGS_TITLE = "### Settings of this server"
DEEDS_TITLE = "**Latest changes**"
HOW_TO_CHANGE = "-# Change one with `/characters-admin set`, all of it is noted in the audit log."
NOT_PAUSED = "This server is not paused. Nothing was changed."
RESUMED = "Going on. What waited because of the pause is taken up now."
NOBODY_BLOCKED = "Nobody is blocked in this server."
BLOCKS_TITLE = "### Blocked in this server"
NO_QUOTAS = "No member and no role has a quota of its own."
QUOTA_EMPTY = "Name at least one of `per_day` and `at_once`. Nothing was changed."
DEED_SHOWN = 80
NAMED, NAMED_IN_LISTS = 10, 3
"""Channels or roles of one setting; the rest is counted."""
REASON_SHOWN = 100
LISTED = 25
"""Lines of a list: the rest is counted."""
_DEEDS = {
    "pause": "paused the server",
    "resume": "resumed the server",
    "block": "blocked",
    "unblock": "unblocked",
    "quota": "set the quota of",
    "approve": "approved",
    "reject": "turned down",
    "rule": "set the rule",
    "unrule": "took away the rule",
    "retry": "tried again job",
    "export": "downloaded",
    "bulk": "did to many jobs at once",
    "cancel": "cancelled job",
    "remove": "took down",
    "operator-remove": "took down, as somebody who runs this bot,",
    "report": "was told of a report about",
    "dismiss": "dismissed a report about",
}
OF_MEMBERS = frozenset({"block", "unblock"})
ITSELF = "I"
JUMP_BASE = "https://discord.com/channels"


def setting_line(name: str, settings: ServerSettings, named: int = NAMED_IN_LISTS) -> str:
    return f"`{name}` · **{value(name, settings, named)}**\n-# {SETTINGS[name]}"


def setting(name: str, settings: ServerSettings) -> str:
    """One setting, with what it takes."""
    return f"{setting_line(name, settings, NAMED)}\nIt takes {servers.RULES[name].accepted}."


def changed(name: str, before: ServerSettings, after: ServerSettings) -> str:
    return f"`{name}`: {value(name, before)} → **{value(name, after)}**"


def value(name: str, settings: ServerSettings, named: int = NAMED) -> str:
    """A value as people read it: channels and roles by their names, as many as may be named."""
    found = getattr(settings, name)
    if name in servers.ONE_CHANNEL and found is not None:
        return f"<#{found}>"
    if not isinstance(found, frozenset) or not found:
        return servers.written(settings, name)
    mark = "<#{}>" if name in servers.CHANNEL_SETS else "<@&{}>"
    more = len(found) - named
    shown_ones = " ".join(mark.format(one) for one in sorted(found)[:named])
    return f"{shown_ones} and {more} more" if more > 0 else shown_ones


def deeds(latest: Sequence[Deed]) -> str:
    """The end of the audit log; empty where nothing was ever changed."""
    return "\n".join([DEEDS_TITLE, *map(_deed, latest)]) if latest else ""


def _deed(deed: Deed) -> str:
    return f"- {relative(deed.at)} {log_line(deed)}"


def log_line(deed: Deed) -> str:
    """Who has done what, as the log channel reads it at that moment."""
    who = mention(deed.actor_id) if deed.actor_id != NOBODY else ITSELF
    if deed.action == takedowns.NOT_DELETED:
        return f"{who} {takedowns.not_deleted(deed, JUMP_BASE)}"
    before, after = (shown(text or "", DEED_SHOWN) for text in (deed.before, deed.after))
    if deed.action in _DEEDS:
        whom = "" if deed.subject == "server" else f" {_target(deed)}"
        return f"{who} {_DEEDS[deed.action]}{whom}" + (f": {after}" if after else "")
    return f"{who} set `{deed.subject}`: {before} → {after}"


def _target(deed: Deed) -> str:
    return f"<@{deed.subject}>" if deed.action in OF_MEMBERS else f"`{deed.subject}`"


def paused(pause: Pause) -> str:
    return (
        f"Paused{_until(pause.until)}. Nobody can start anything here. What waits in the queue keeps its "
        "place, and its cards say why; what the provider works on already goes on.\n"
        "What has waited for a whole day ends, and can be tried again. `/characters-admin resume` ends the "
        "pause."
    )


def blocked(block: Block) -> str:
    return (
        f"{mention(block.user_id)} can't make characters here{_until(block.until)}. What of theirs is still "
        "in the queue ends without cost when its turn comes; what the provider works on already goes on.\n"
        "`/characters-admin block remove` ends it."
    )


def unblocked(user_id: int, *, was_blocked: bool) -> str:
    if was_blocked:
        return f"{mention(user_id)} can make characters here again."
    return f"{mention(user_id)} is not blocked here. Nothing was changed."


def blocks(found: Sequence[Block]) -> str:
    lines = [
        f"- {mention(block.user_id)}{_until(block.until) or ' for good'}"
        + (f": {shown(block.reason, REASON_SHOWN)}" if block.reason else "")
        for block in found
    ]
    return "\n".join([BLOCKS_TITLE, *_cut(lines)]) if lines else NOBODY_BLOCKED


def quotas(found: Mapping[int, str]) -> str:
    """All quotas; `found` are their words by who has them, ready to be read."""
    lines = [f"- {words}" for words in found.values()]
    return "\n".join(["**Quotas of members and roles**", *_cut(lines)]) if lines else NO_QUOTAS


def quota(target: str, quota: Quota) -> str:
    """What one target has; what is not decided there is decided further on."""
    return f"{target}: {_limit(quota.per_day)} a day, {_limit(quota.at_once)} at once"


def quota_reset(target: str) -> str:
    return f"{target} has no quota of its own any more."


def allowance(user_id: int, found: Allowance) -> str:
    """What a member may, and what is left."""
    quota, used = found.quota, found.used
    return (
        f"{mention(user_id)} may make {_limit(quota.per_day)} a day, {_limit(quota.at_once)} at once. "
        f"Today: {used.today}, running now: {used.now}. The whole server today: {used.by_all} of "
        f"{_limit(found.server_per_day)}."
    )


def _limit(limit: int | None) -> str:
    return "any number" if limit is None else str(limit)


def _until(until: datetime | None) -> str:
    return "" if until is None else f" until {date_and_time(until)}"


def _cut(lines: list[str]) -> Iterable[str]:
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"-# … and {more} more"] if more > 0 else [])]
