"""What `/characters-admin setup` draws: a server's settings, a few to a page, each with its select. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.moderation import servers
from bot.moderation.servers import IDS_AT_MOST, NONE, ServerSettings
from cogs import replies
from cogs.controls import Control, DrawnButton, DrawnChannels, DrawnRoles, DrawnSelect
from cogs.texts import moderation as texts
from cogs.texts import setup as words

SETUP = "cfg"
PAGE, SET, POST_PANEL = "page", "set", "panel"
ON_A_PAGE = 5
"""Three components each, so that a page stays far below 40 (Discord: Component Reference)."""
LIMITS = tuple(map(str, [*range(7), 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 500, 1000]))
"""What the selects of limits offer, as far as the setting takes it; `set` takes every other number."""

Item = discord.ui.Item[discord.ui.LayoutView]


@dataclass(frozen=True, slots=True)
class There:
    """What the server has now: a select may name nothing else."""

    channel_ids: frozenset[int]
    role_ids: frozenset[int]


def setup_view(settings: ServerSettings, wanted: int, there: There) -> discord.ui.LayoutView:
    """One page of the panel."""
    names = tuple(texts.SETTINGS)
    pages = -(-len(names) // ON_A_PAGE)
    number = min(max(wanted, 0), pages - 1)
    items: list[Item] = [discord.ui.TextDisplay(words.title(number, pages))]
    for name in names[number * ON_A_PAGE : (number + 1) * ON_A_PAGE]:
        items.append(discord.ui.TextDisplay(texts.setting_line(name, settings)))
        select = select_of(name, settings, there)
        items += [] if select is None else [discord.ui.ActionRow(select)]
    return replies.layout([*items, discord.ui.ActionRow(*_buttons(number, pages))])


def page_of(name: str) -> int:
    """The page that a setting is on."""
    return list(texts.SETTINGS).index(name) // ON_A_PAGE


def select_of(name: str, settings: ServerSettings, there: There) -> discord.ui.Item[Any] | None:
    """The select that changes a setting; None for one that is typed."""
    control = Control(SETUP, SET, "0", name)
    value = getattr(settings, name)
    if name in servers.ROLE_SETS:
        roles = [discord.Object(one, type=discord.Role) for one in sorted(value & there.role_ids)]
        return DrawnRoles(control, roles, words.ROLES, most=IDS_AT_MOST)
    if name in servers.CHANNEL_SETS | servers.ONE_CHANNEL:
        several = name in servers.CHANNEL_SETS
        ids = value if several else frozenset({value} - {None})
        channels = [discord.Object(one, type=discord.TextChannel) for one in sorted(ids & there.channel_ids)]
        words_of = words.CHANNELS if several else words.CHANNEL
        most, forums = IDS_AT_MOST if several else 1, name in servers.TAKES_POSTS
        return DrawnChannels(control, channels, words_of, most=most, forums=forums)
    return _choice(control, name, servers.written(settings, name))


def _choice(control: Control, name: str, present: str) -> discord.ui.Item[Any] | None:
    offered = [text for text in (*servers.RULES[name].choices, *_numbers(name)) if text]
    if not offered:
        return None
    offered = [*offered, *([present] if present not in offered else [])][:IDS_AT_MOST]
    options = [
        discord.SelectOption(label=words.option(name, text), value=text, default=text == present)
        for text in offered
    ]
    return DrawnSelect(control, options, name)


def _numbers(name: str) -> Sequence[str]:
    """What a setting takes that is a number, or a limit which may be none."""
    if servers.RULES[name].choices not in {(NONE,), ()}:
        return ()
    return [text for text in LIMITS if _takes(name, text)]


def _takes(name: str, text: str) -> bool:
    try:
        servers.RULES[name].read(text)
    except ValueError:
        return False
    return True


def chosen(name: str, values: Sequence[str]) -> str | None:
    """What was picked, as a text that the setting reads; None where a pick is missing."""
    if name in servers.ROLE_SETS | servers.CHANNEL_SETS | servers.ONE_CHANNEL:
        return " ".join(values) or servers.RULES[name].choices[0]
    return values[0] if values else None


def _buttons(number: int, pages: int) -> list[DrawnButton]:
    back = DrawnButton(Control(SETUP, PAGE, "0", str(max(number - 1, 0))), words.BACK, disabled=number == 0)
    last = number == pages - 1
    on = DrawnButton(Control(SETUP, PAGE, "0", str(number + 1)), words.ON, disabled=last)
    return [back, on, DrawnButton(Control(SETUP, POST_PANEL, "0"), words.POST_PANEL)]
