"""What the library shows: a page of characters, and the sheet of one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord
from discord import ui

from bot.jobs.characters.library import Entry, Scope
from bot.jobs.characters.renewal import is_unknown
from bot.jobs.picturing import can_choose
from bot.model import Character, Maker, Person
from cogs import replies
from cogs.controls import (
    OPEN,
    Control,
    DrawnButton,
    DrawnSelect,
    again_at,
    choose_picture,
    renew,
)
from cogs.markdown import fence_body, in_code_block, shown
from cogs.pages import PAGE_SIZE, Page, number_of
from cogs.pictures import Picture
from cogs.texts import failover, notices, picturing
from cogs.texts import library as texts

LIST = "lst"
PAGE = "page"
PROVIDER_SHOWN = 40
ID_LISTED = 128
"""Of an id in a line of the list; the sheet shows it whole."""
NO_ROW = "0"
MAKERS_SHOWN = 2
"""With the other buttons no more than a row holds (Discord: Component Reference, five)."""

Item = ui.Item[Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A page of a list, as a control carries it: which characters are listed, and how far one has turned."""

    scope: Scope = Scope.ALL
    page: int = 0

    @property
    def control(self) -> Control:
        """The way there."""
        return Control(LIST, PAGE, NO_ROW, self.arg)

    @property
    def arg(self) -> str:
        """For a control."""
        return f"{self.scope}_{self.page}"

    @classmethod
    def parse(cls, arg: str | None) -> Self:
        """The spot of a control; of one that names no scope, as older ones do, all that may be used."""
        scope, _, page = (arg or "").rpartition("_")
        return cls(Scope(scope) if scope in set(Scope) else Scope.ALL, number_of(page))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to list for a person at a spot, as many as there are, newest first."""

    characters: Sequence[Character]
    spot: Spot
    person: Person

    @property
    def page(self) -> Page:
        return Page.of(self.spot.page, len(self.characters))

    @property
    def shown(self) -> Sequence[Character]:
        """Those of the page."""
        return self.characters[self.page.offset : self.page.offset + PAGE_SIZE]


def list_view(shelf: Shelf, posters: Sequence[Picture | None] = ()) -> ui.LayoutView:
    """One page of characters, each with its poster if there is one; ways to the pages around, and into each.

    A page past the end is the last one.
    """
    spot, person = replace(shelf.spot, page=shelf.page.number), shelf.person
    if not shelf.characters:
        return replies.plain(texts.empty(spot.scope, in_server=person.guild_id is not None))
    lines = [_line(character, person.user_id) for character in shelf.shown]
    beside = [*posters, *[None] * len(lines)]
    turning = shelf.page.buttons(lambda page: replace(spot, page=page).control)
    items: list[Item] = [
        ui.TextDisplay(texts.title(spot.scope, shelf.page.number, shelf.page.pages, len(shelf.characters))),
        *(replies.beside(line, poster) for line, poster in zip(lines, beside, strict=False)),
        ui.ActionRow(_opening(shelf.shown, spot)),
        *([ui.ActionRow(*turning)] if turning else []),
    ]
    return replies.layout(items)


def sheet(
    entry: Entry,
    reader_id: int,
    poster: Picture | None = None,
    buttons: Sequence[DrawnButton] = (),
    cost: str = "",
) -> ui.LayoutView:
    """All that is known of a character; the id as the provider spelt it, alone in its block.

    `cost` says what pressing **Renew** among the buttons will probably cost.
    """
    character = entry.character
    about = [texts.created(character.created_at), shown(character.provider, PROVIDER_SHOWN)]
    about += [text for text in (texts.shared_by(character, reader_id),) if text]
    lines = [f"### {texts.name_of(character)}", " · ".join(about)]
    lines.append(texts.may_stop(character.may_stop_working_at))
    lines += [text for text in (texts.sharing(character, reader_id),) if text]
    former = texts.former(entry.former_ids)
    items: list[Item] = [
        replies.beside("\n".join(lines), poster),
        ui.TextDisplay(in_code_block(character.provider_character_id, notices.ID_LIMIT)),
        *([ui.TextDisplay(former)] if former else []),
        *([ui.TextDisplay(f"-# {cost}")] if cost else []),
        *([ui.ActionRow(*buttons)] if buttons else []),
        ui.TextDisplay(texts.AI_MADE),
    ]
    return replies.layout(items)


def can_remake(entry: Entry, person: Person) -> bool:
    """Whether it is theirs, its clip is kept, and nothing is being made of that now."""
    story = entry.story
    is_theirs = entry.character.owner_id == person.user_id
    return is_theirs and story is not None and story.job.clip is not None and not story.attempt.is_open


def sheet_buttons(
    entry: Entry, person: Person, makers: Sequence[Maker] = (), *, takes_picture: bool = False
) -> tuple[DrawnButton, ...]:
    """What its owner may do about a character whose clip is kept: renew it, or make it again elsewhere.

    `takes_picture`: it is renewed from a picture, which may be chosen first.
    """
    character, story = entry.character, entry.story
    if story is None or not can_remake(entry, person):
        return ()
    # One that was not told that the last renewal may have been charged has to be told first.
    after = None if is_unknown(character, story.attempt) else story.attempt.number
    return (
        DrawnButton(renew(character.character_id, after), texts.RENEW_LABEL),
        *(
            DrawnButton(again_at(character.character_id, maker.provider), failover.label(maker))
            for maker in makers[:MAKERS_SHOWN]
        ),
        *(
            (DrawnButton(choose_picture(story.job.job_id), picturing.LABEL),)
            if takes_picture and can_choose(story)
            else ()
        ),
    )


def back_button(spot: Spot) -> DrawnButton:
    """From a sheet to the list that it was opened from."""
    return DrawnButton(spot.control, texts.BACK_TO_LIST_LABEL)


def _opening(characters: Sequence[Character], spot: Spot) -> DrawnSelect:
    options = [
        discord.SelectOption(
            label=texts.plain_name(one), value=one.character_id, description=texts.short_id(one) or None
        )
        for one in characters
    ]
    return DrawnSelect(Control(LIST, OPEN, NO_ROW, spot.arg), options, texts.OPEN_PLACEHOLDER)


def _line(character: Character, reader_id: int) -> str:
    whole = fence_body(character.provider_character_id)
    provider_id = whole if len(whole) <= ID_LISTED else f"{whole[:ID_LISTED]}…"
    facts = [f"**{texts.name_of(character)}**", texts.created(character.created_at)]
    facts += [text for text in (texts.shared_by(character, reader_id),) if text]
    return " · ".join([*facts, f"`{provider_id}`"])
