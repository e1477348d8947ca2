"""What `/character help` says."""

from bot.jobs.staff.moderation import Allowance
from bot.moderation.servers import Results, ServerSettings
from cogs.texts import moderation

TIPS = """### A good clip
- 1 to 4 seconds, MP4, WebM or AVI, up to 10 MB. A longer, bigger or other video is fine, too: you choose \
the part to keep, and I cut it.
- One subject, clearly visible from the front, in good light, with little else in the picture; no cuts, \
no text on it.
- Only who agreed to it: yourself, somebody who gave you permission, an invented figure, an animal or a \
thing. Providers refuse famous faces, other people's figures, and children.
- In `prompt`, what the clip does not show: manner, voice, what it would never do."""
WHEN_IT_FAILS = """### When it does not work
- The message says what happened and what it cost. **Try again** or 🔁 on it, or `/character retry`, starts \
another attempt from the clip that I kept; `/character cancel` stops one.
- A refused clip stays refused: another clip usually works. What you wrote is given back to you.
- `/character status` shows what runs, and an id that I could not post. Each message has a reference: quote \
it to the moderators, or to the people who run this bot."""
COMMANDS = """### Where things are
`/character create` or `new` makes one · `list` and `show` find it again · `rename`, `share` and `delete` \
change it · `refresh` gives it a new id before the old one stops working"""
RULES = "### The rules here"
NO_SERVER = f"{RULES}\nThere are none in direct messages, other than the limits of this bot."
EVERYWHERE = "Characters can be made in every channel that I can post in."
BY_EVERYBODY = "Everybody can make them."
SEEN_BY_ALL = "What comes of it is for everybody to see."
UNDER_THE_CARD = "The id is posted under its card."


def rules(settings: ServerSettings, allowance: Allowance, in_the_way: str | None) -> str:
    """What the server's moderators have decided, for the member who asks."""
    lines = [
        f"Characters can be made in {moderation.value('allowed_channels', settings)}."
        if settings.allowed_channels
        else EVERYWHERE,
        f"It takes one of these roles: {moderation.value('allowed_roles', settings)}."
        if settings.allowed_roles
        else BY_EVERYBODY,
        *([] if settings.private_results else [SEEN_BY_ALL]),
        *_results(settings),
        *_limits(allowance),
    ]
    lines += [f"As it stands you can't start anything here: {in_the_way}"] if in_the_way else []
    return "\n".join([RULES, *(f"- {line}" for line in lines)])


def _results(settings: ServerSettings) -> list[str]:
    """Where ids are found, if not in the thread of each job."""
    match settings.results_go:
        case Results.THREAD:
            return []
        case Results.CHANNEL:
            return [UNDER_THE_CARD]
        case Results.RESULTS_CHANNEL:
            return [f"Ids are posted in {moderation.value('results_channel', settings)}."]


def _limits(allowance: Allowance) -> list[str]:
    quota, used = allowance.quota, allowance.used
    lines = []
    if quota.per_day is not None:
        lines.append(
            f"You may start {quota.per_day} attempts in a day (UTC); today you have used {used.today}."
        )
    if quota.at_once is not None:
        lines.append(f"Of yours {quota.at_once} may run at the same time; {used.now} run now.")
    if allowance.server_per_day is not None:
        lines.append(
            f"The whole server may start {allowance.server_per_day} in a day; {used.by_all} are used today."
        )
    return lines or ["No limit of this server's holds for you, only those of this bot."]
