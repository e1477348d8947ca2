"""Long lists, page by page: which page is meant, the buttons to the pages around, and showing one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from cogs import failures, replies
from cogs.controls import Control, DrawnButton
from cogs.texts import answers

PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list with `size` entries on each, `number` counting from 0."""

    number: int
    pages: int
    size: int = PAGE_SIZE

    @classmethod
    def of(cls, wanted: int, count: int, size: int = PAGE_SIZE) -> Self:
        """The wanted page of `count` entries; one past the end is the last."""
        pages = max(-(-count // size), 1)
        return cls(min(wanted, pages - 1), pages, size)

    @property
    def offset(self) -> int:
        """How many entries stand before it."""
        return self.number * self.size

    def buttons(self, control: Callable[[int], Control]) -> tuple[DrawnButton, ...]:
        """Back and on, each with the control of its page; none where everything is on one page."""
        if self.pages == 1:
            return ()
        before, after = self.number - 1, self.number + 1
        return (
            DrawnButton(control(before), answers.BACK_LABEL, disabled=before < 0),
            DrawnButton(control(after), answers.ON_LABEL, disabled=after == self.pages),
        )


def number_of(text: str | None) -> int:
    """The page that a control names, counted from 0; 0 for one that names none."""
    return int(text) if text and text.isascii() and text.isdigit() else 0


async def turn_to(
    interaction: discord.Interaction[Any], view: discord.ui.LayoutView, files: Sequence[discord.File] = ()
) -> None:
    """Shows a page, with the pictures in it, in place of the one on which the button was pressed."""
    if interaction.message is None or not interaction.message.flags.ephemeral:
        # Never show one person's list where everybody reads.
        await failures.send_privately(interaction, replies.Reply(view, tuple(files)))
        return
    await interaction.response.edit_message(
        view=view, attachments=list(files), allowed_mentions=discord.AllowedMentions.none()
    )
