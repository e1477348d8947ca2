"""Forms (Discord calls them modals): their ids, how they are drawn, and what they bring back.

A form is recognised by its id when it comes back, whatever process opened it: discord.py 2.7.1 keeps a form
in memory, drops it after one submit, and knows nothing of it after a restart. So forms are drawn and
forgotten, and `cogs.presses` takes what comes back from the interaction itself.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import discord
import structlog

from bot.model import Attachment
from bot.orders import names
from cogs import guards
from cogs.failures import MalformedPayload
from cogs.replies import OwnWords
from cogs.texts import forms as texts

log = structlog.get_logger(__name__)

TEMPLATE = re.compile(r"c1m:(?P<form>[a-z]{1,16}):(?P<ref>[0-9A-HJKMNP-TV-Z]{26}|0):(?P<once>[0-9a-f]{8})")
"""`c1` is the version of the scheme; `ref` is a ULID, or 0 where there is no row."""
NEW = "new"
PICKED = "picked"

CLIP = "clip"
SUBJECT = "subject"
PROMPT = "prompt"
SAFETY = "safety"
NAME = "name"
"""Of a name in the library."""

ACTION_ROW, LABEL, FILE_UPLOAD, CHECKBOX_GROUP = 1, 18, 19, 22
"""Discord: Component Reference, Component Types."""
GIVEN_UP = frozenset({10062, 40060})
"""Discord: JSON Error Codes. Unknown interaction: nobody can be answered any more. Already acknowledged: a
first try whose receipt was lost did open the form."""


@dataclass(frozen=True, slots=True)
class FormId:
    """Which form this is, about the row `ref`; `once` tells one opening of it from the next."""

    form: str
    ref: str
    once: str

    @property
    def custom_id(self) -> str:
        """The id as Discord stores it (at most 56 characters of its 100)."""
        return f"c1m:{self.form}:{self.ref}:{self.once}"

    @classmethod
    def fresh(cls, form: str, ref: str = "0") -> Self:
        return cls(form, ref, secrets.token_hex(4))

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        """The form of an id, or None for one that this version does not read."""
        found = TEMPLATE.fullmatch(custom_id)
        return cls(**found.groupdict()) if found else None


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that came back: texts and choices, and uploaded files, by the ids of their fields."""

    values: Mapping[str, str] = field(repr=False)
    files: Mapping[str, tuple[Attachment, ...]]
    picked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What was ticked in a group of boxes."""

    @property
    def words(self) -> OwnWords:
        """What the member typed, to be given back when the form is refused."""
        return OwnWords(prompt=self.values.get(PROMPT, ""), safety=self.values.get(SAFETY, ""))


EMPTY = Filled({}, {})

Submit = Callable[[discord.Interaction[Any], FormId, Filled], Awaitable[None]]
Forms = Mapping[str, Submit]
"""Who takes which form."""


class DrawnForm(discord.ui.Modal):
    """A form that is drawn and forgotten.

    Stopped from the beginning, because discord.py keeps every other one in memory until it is submitted, and
    many never are.
    """

    def __init__(self, form_id: FormId, title: str, *items: discord.ui.Item[Any]) -> None:
        super().__init__(title=title, custom_id=form_id.custom_id, timeout=None)
        for item in items:
            self.add_item(item)
        self.stop()


def new_form(cost: str = "", filled: Filled = EMPTY) -> DrawnForm:
    """The form for a new character, with its clip; `cost` says what it will probably cost.

    Texts of `filled` stand in its fields already, as far as there is room.
    """
    upload = discord.ui.FileUpload[Any](custom_id=CLIP, min_values=1, max_values=1, required=True)
    clip = discord.ui.Label[Any](text=texts.CLIP, description=texts.CLIP_NOTE, component=upload)
    return DrawnForm(FormId.fresh(NEW), texts.TITLE, clip, *_questions(cost, filled))


def picked_form(pick_id: str, filename: str, cost: str = "") -> DrawnForm:
    """The same about a clip that was picked already."""
    return DrawnForm(FormId.fresh(PICKED, pick_id), texts.title_from(filename), *_questions(cost))


def _questions(cost: str, filled: Filled = EMPTY) -> Iterator[discord.ui.Label[Any]]:
    options = [
        discord.RadioGroupOption(label=label, value=subject.value)
        for subject, label in texts.SUBJECTS.items()
    ]
    choice = discord.ui.RadioGroup[Any](custom_id=SUBJECT, options=options, required=True)
    yield discord.ui.Label(text=texts.PROMPT, description=texts.PROMPT_NOTE, component=_lines(PROMPT, filled))
    yield discord.ui.Label(text=texts.SUBJECT, description=texts.SUBJECT_NOTE, component=choice)
    yield discord.ui.Label(text=texts.SAFETY, description=texts.SAFETY_NOTE, component=_lines(SAFETY, filled))
    name = discord.ui.TextInput[Any](
        custom_id=NAME, required=False, max_length=names.NAME_UNITS, default=filled.values.get(NAME)
    )
    yield discord.ui.Label(text=texts.NAME, description=texts.name_note(cost), component=name)


def _lines(custom_id: str, filled: Filled) -> discord.ui.TextInput[Any]:
    words = texts.in_field(filled.values.get(custom_id, ""))
    return discord.ui.TextInput(
        custom_id=custom_id,
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=texts.TYPED_UNITS,
        default=words or None,
    )


async def show(interaction: discord.Interaction[Any], form: DrawnForm) -> None:
    """Opens a form, which has to be the first answer (Discord: no form after a defer, none after a form)."""
    try:
        await interaction.response.send_modal(form)
    except discord.HTTPException as error:
        if error.code not in GIVEN_UP:
            raise
        log.warning("form_not_shown", interaction_id=interaction.id, cause=str(error))


def read(payload: Mapping[str, Any]) -> Filled:
    """What a form brings back (Discord: Component Reference, the interaction response structures).

    Raises:
        MalformedPayload: it came in a shape that Discord does not document.
    """
    if not guards.is_sound(payload):
        raise MalformedPayload
    try:
        fields = list(_fields(payload["components"]))
        return Filled(
            values={one["custom_id"]: one["value"] for one in fields if isinstance(one.get("value"), str)},
            files={one["custom_id"]: _files(one, payload) for one in fields if one["type"] == FILE_UPLOAD},
            picked={
                one["custom_id"]: tuple(map(str, one["values"]))
                for one in fields
                if one["type"] == CHECKBOX_GROUP
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedPayload from error


def _fields(components: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The parts of a form that hold something; texts that were only shown hold nothing."""
    for component in components:
        if component["type"] == LABEL:
            yield component["component"]
        elif component["type"] == ACTION_ROW:
            yield from component["components"]


def _files(field: Mapping[str, Any], payload: Mapping[str, Any]) -> tuple[Attachment, ...]:
    uploaded = [payload["resolved"]["attachments"][attachment_id] for attachment_id in field["values"]]
    return tuple(Attachment(one["url"], one["filename"], one["size"]) for one in uploaded)
