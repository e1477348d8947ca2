"""How a private answer is put together: a reason, buttons, and the member's own words given back whole."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.orders.prose import utf16_units
from cogs.markdown import fence_body, in_code_block
from cogs.pictures import Picture
from cogs.texts import answers

TEXT_UNITS = 4000
"""Of all text in one message (Discord: Component Reference), counted the strictest way."""
MARGIN_UNITS = 200
"""For titles, fences and the note about a cut."""
PREVIEW_UNITS = 400
"""Of a text that comes back in a file."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent: `files` are shown by components of `view`. A reply is sent once."""

    view: discord.ui.LayoutView
    files: tuple[discord.File, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the member typed, to be given back when a command is refused."""

    prompt: str = field(default="", repr=False)
    safety: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, and the buttons that belong to it."""

    text: str
    buttons: Sequence[discord.ui.Item[discord.ui.LayoutView]] = ()


def stacked(blocks: Iterable[Block]) -> discord.ui.LayoutView:
    """The blocks one below the other, as many as a message has room for; an empty text is left out."""
    view = discord.ui.LayoutView(timeout=None)
    room = TEXT_UNITS - utf16_units(answers.MORE)
    for block in blocks:
        room -= utf16_units(block.text)
        if room < 0:
            view.add_item(discord.ui.TextDisplay(answers.MORE))
            break
        if block.text:
            view.add_item(discord.ui.TextDisplay(block.text))
        if block.buttons:
            view.add_item(discord.ui.ActionRow(*block.buttons))
    return view


def plain(text: str, *buttons: discord.ui.Item[discord.ui.LayoutView]) -> discord.ui.LayoutView:
    """One text with a row of buttons under it."""
    items: list[discord.ui.Item[discord.ui.LayoutView]] = [discord.ui.TextDisplay(text)]
    if buttons:
        items.append(discord.ui.ActionRow(*buttons))
    return layout(items)


def layout(items: Sequence[discord.ui.Item[discord.ui.LayoutView]]) -> discord.ui.LayoutView:
    """A message that never times out: its buttons are recognised by their ids."""
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def beside(text: str, picture: Picture | None) -> discord.ui.Item[Any]:
    """The text, with the picture at its side if there is one."""
    shown = discord.ui.TextDisplay[Any](text)
    if picture is None:
        return shown
    return discord.ui.Section(shown, accessory=discord.ui.Thumbnail(picture.url))


def refusal(reason: str, words: OwnWords) -> Reply:
    """The reason, then each of the member's texts in a code block, or in a file where it would not fit."""
    return with_words([discord.ui.TextDisplay(reason)], words)


def with_words(
    items: Sequence[discord.ui.Item[discord.ui.LayoutView]],
    words: OwnWords,
    files: Sequence[discord.File] = (),
) -> Reply:
    """A message of these items, and below them each of the member's texts; `files` belong to the items."""
    given = [
        (title, filename, text)
        for title, filename, text in (
            (answers.PROMPT_TITLE, "prompt.txt", words.prompt),
            (answers.SAFETY_TITLE, "safety.txt", words.safety),
        )
        if text.strip()
    ]
    view = layout(items)
    attached = list(files)
    taken = sum(utf16_units(item.content) for item in items if isinstance(item, discord.ui.TextDisplay))
    room = (TEXT_UNITS - taken) // max(len(given), 1) - MARGIN_UNITS
    for title, filename, text in given:
        if utf16_units(fence_body(text)) <= room:
            view.add_item(discord.ui.TextDisplay(f"{title}\n{in_code_block(text, room)}"))
            continue
        view.add_item(discord.ui.TextDisplay(f"{title} {answers.CUT}\n{in_code_block(text, PREVIEW_UNITS)}"))
        view.add_item(discord.ui.File(f"attachment://{filename}"))
        attached.append(_whole(text, filename))
    return Reply(view, tuple(attached))


def _whole(text: str, filename: str) -> discord.File:
    """The text as it came; only what UTF-8 cannot hold (lone surrogates) is replaced."""
    return discord.File(io.BytesIO(text.encode(errors="replace")), filename=filename)
