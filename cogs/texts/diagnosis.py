"""What `/characters-admin diagnose` says: what the bot may not, how to mend it, and what else is amiss."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.model import Circuit
from bot.moderation.gates import Pause
from bot.moderation.servers import ADMITTING, Results, ServerSettings
from cogs.markdown import date_and_time, relative
from cogs.texts import faults

DESCRIPTION = "Check permissions, settings and the provider, and say how to fix problems."
HELD, MISSING, OPTIONAL = "✅", "❌", "▫️"
PERMISSIONS: dict[str, tuple[str, str]] = {
    "view_channel": ("View Channel", "to see what is asked there"),
    "send_messages": ("Send Messages", "for cards, and where no thread can be opened"),
    "create_public_threads": ("Create Public Threads", "for the thread of each job"),
    "send_messages_in_threads": ("Send Messages in Threads", "for results"),
    "read_message_history": ("Read Message History", "for replies, 🔁, and clips in messages"),
    "embed_links": ("Embed Links", "for links that can be read"),
    "attach_files": ("Attach Files", "for pictures of clips, and long texts given back"),
    "add_reactions": ("Add Reactions", "for the 🔁 under failures"),
    "create_private_threads": ("Create Private Threads", "for results that one member sees"),
    "manage_threads": ("Manage Threads", "for results in locked threads"),
}
"""What each is for, by Discord's name of it."""
WHERE = (
    "Give what is missing in the channel's settings, under **Permissions**, to my role; or for all channels "
    "under Server Settings → **Roles**."
)
ALL_THERE = "Nothing that I need is missing."
SETTINGS_WELL = f"{HELD} All channels and roles in the settings are there."
NOT_PAUSED = f"{HELD} The server is not paused."
NO_PLACE = f"{MISSING} I can't work in this kind of channel. Choose a text channel, a thread or a voice chat."


def title(channel_id: int) -> str:
    return f"### What I may do in <#{channel_id}>"


def permissions(held: Collection[str], needed: Collection[str]) -> str:
    """The table: every permission the bot has a use for, and where to give what is missing."""
    lines = [_permission(name, name in held, name in needed) for name in PERMISSIONS]
    return "\n".join([*lines, ALL_THERE if set(needed) <= set(held) else WHERE])


def _permission(name: str, is_held: bool, is_needed: bool) -> str:  # noqa: FBT001 - two marks of one line
    label, use = PERMISSIONS[name]
    sign = HELD if is_held else MISSING if is_needed else OPTIONAL
    without = "" if is_held or is_needed else " (missing, but I can do without)"
    return f"{sign} **{label}** {use}{without}"


def gone(name: str, ids: Sequence[int]) -> str:
    """Channels or roles of a setting that were deleted."""
    return f"{MISSING} `{name}` names what was deleted: {', '.join(f'`{one}`' for one in ids)}."


def nobody_left(name: str) -> str:
    """All that a setting names is gone, so that it lets nobody in but moderators."""
    return (
        f"Nothing else is in `{name}`, so only moderators can make characters. "
        "`/characters-admin set` changes that."
    )


def settings(found: Sequence[tuple[str, Sequence[int]]], decided: ServerSettings) -> str:
    """What the settings name that is no longer there, or that all is well."""
    if not found:
        return SETTINGS_WELL
    lines = []
    for name, ids in found:
        lines.append(gone(name, ids))
        if name in ADMITTING and set(ids) == getattr(decided, name):
            lines.append(nobody_left(name))
    return "\n".join(lines)


DEEDS_TOLD = "What moderators do is told"
RESULTS_TOLD = {
    Results.THREAD: "What no thread takes is posted",
    Results.CHANNEL: "What cannot be posted under its card is posted",
    Results.RESULTS_CHANNEL: "Results are posted, without threads,",
}
UNDER_CARDS = f"{HELD} Results are posted under their cards, without threads."
NO_RESULTS_CHANNEL = (
    f"{MISSING} `results` is `results_channel`, but there is none, so results go to threads. "
    "`/characters-admin set` changes either."
)


def results(decided: ServerSettings) -> str:
    """Where results go that are told in no channel of their own, if not to threads; else empty."""
    if decided.results is not decided.results_go:
        return NO_RESULTS_CHANNEL
    return UNDER_CARDS if decided.results_go is Results.CHANNEL else ""


def writable(setting: str, channel_id: int, missing: Sequence[str], results: Results) -> str:
    """Whether the bot can write where the server wants it to."""
    if not missing:
        told = RESULTS_TOLD[results] if setting == "results_channel" else DEEDS_TOLD
        return f"{HELD} {told} in <#{channel_id}>."
    names = ", ".join(f"**{PERMISSIONS[name][0]}**" for name in missing)
    return f"{MISSING} I cannot write into the `{setting}` <#{channel_id}>: there I need {names}."


def pause(found: Pause | None) -> str:
    if found is None:
        return NOT_PAUSED
    until = "" if found.until is None else f" until {date_and_time(found.until)}"
    return f"{MISSING} The server is paused{until}: `/characters-admin resume` ends that."


def provider(name: str, circuit: Circuit | None, now: datetime) -> str:
    """Whether a provider takes orders, as far as it has told."""
    if circuit is None:
        return f"{HELD} The provider `{name}` takes orders, as far as I know."
    since = relative(circuit.opened_at)
    again = f"I ask again {relative(circuit.probe_at) if circuit.probe_at > now else 'in a moment'}"
    return (
        f"{MISSING} The provider `{name}` takes no orders ({since}). {faults.FAULTS[circuit.fault].what} "
        f"{again}; what waits goes on by itself."
    )
