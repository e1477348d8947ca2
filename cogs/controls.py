"""The ids of buttons and selects: what they mean, how they are read, and the classes by which presses arrive.

An id names an action and a row. It holds nothing about a person and grants nothing: whoever is handed a
`Control` reads state and rights afresh.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord

_FIELDS = (
    r"(?P<area>[a-z]{1,8}):(?P<action>[a-z-]{1,16}):(?P<ref>[0-9A-HJKMNP-TV-Z]{26}|0)"
    r"(?::(?P<arg>[a-z0-9_-]{1,40}))?"
)
TEMPLATE = re.compile(f"c1:{_FIELDS}")
SELECT_TEMPLATE = re.compile(f"c1s:{_FIELDS}")
"""`c1` is the version of the scheme; `ref` is a ULID, or 0 where there is no row."""

JOB = "job"
RETRY = "retry"
CANCEL = "cancel"
ELSEWHERE = "elsewhere"
PICTURE = "pic"
OPEN = "open"
TAKE = "take"
PANEL = "pnl"
NEW = "new"
CHARACTER = "chr"
RENEW = "renew"
MAKE = "make"
ANEW = "anew"
LEAVE = "leave"
DELETE = "delete"
KEEP = "keep"
REVIEW = "rev"
APPROVE = "approve"
REJECT = "reject"
BLOCK = "block"
WORDS = "words"
PAGE = "page"
INFO = "info"

RETRY_EMOJI = "🔁"


@dataclass(frozen=True, slots=True)
class Control:
    """What a button asks for: an action of an area, on the row `ref`, with one argument at most.

    Of a select, `values` are what was picked in it.
    """

    area: str
    action: str
    ref: str
    arg: str | None = None
    values: tuple[str, ...] = ()

    @property
    def custom_id(self) -> str:
        """The id as Discord stores it (at most 95 characters of its 100)."""
        return self._id("c1")

    @property
    def select_id(self) -> str:
        """The same of a select."""
        return self._id("c1s")

    def _id(self, scheme: str) -> str:
        return ":".join(
            part for part in (scheme, self.area, self.action, self.ref, self.arg) if part is not None
        )

    @classmethod
    def parse(cls, custom_id: str) -> Self | None:
        """The control of an id, or None for one that this version does not read."""
        found = TEMPLATE.fullmatch(custom_id) or SELECT_TEMPLATE.fullmatch(custom_id)
        return cls(found["area"], found["action"], found["ref"], found["arg"]) if found else None


def retry(job_id: str, attempt_number: int) -> Control:
    """Try again after this attempt; of two presses on the same failure one is late."""
    return Control(JOB, RETRY, job_id, str(attempt_number))


def cancel(job_id: str) -> Control:
    return Control(JOB, CANCEL, job_id)


def elsewhere(job_id: str, provider: str) -> Control:
    """Make it at this provider; two presses lead to the same one."""
    return Control(JOB, ELSEWHERE, job_id, provider)


def choose_picture(job_id: str) -> Control:
    """Shows the clip, so that its owner may choose the picture that is used."""
    return Control(PICTURE, OPEN, job_id)


def renew(character_id: str, after: int | None) -> Control:
    """Renew a character; of two presses after the same attempt one is late. None: however that stands."""
    return Control(CHARACTER, RENEW, character_id, None if after is None else str(after))


def details(job_id: str) -> Control:
    """Shows how a job went, and to its owner all that is known of it."""
    return Control(JOB, INFO, job_id)


def review(action: str, attempt_id: str) -> Control:
    """A moderator's decision about an attempt; of two the first one counts."""
    return Control(REVIEW, action, attempt_id)


def again_at(character_id: str, provider: str) -> Control:
    """Ask whether a character is to be made again at this provider."""
    return Control(CHARACTER, ELSEWHERE, character_id, provider)


def make_at(character_id: str, provider: str, after: int) -> Control:
    """Make it there; of two presses after the same attempt one is late."""
    return Control(CHARACTER, MAKE, character_id, f"{provider}_{after}")


def made_at(arg: str | None) -> tuple[str, int] | None:
    """Provider and attempt of such a control, or None where its id names none."""
    provider, _, after = (arg or "").rpartition("_")
    return (provider, int(after)) if provider and after.isascii() and after.isdigit() else None


def made_anew(character_id: str) -> Control:
    """Opens the form for a new character, with the words of this one."""
    return Control(CHARACTER, ANEW, character_id)


def new_character() -> Control:
    """Opens the form for a new character."""
    return Control(PANEL, NEW, "0")


class DrawnButton(discord.ui.Button[Any]):
    """A button that is drawn and forgotten; its presses arrive through the class from `job_buttons`.

    It tells discord.py that there is nothing to listen to. The library then keeps no view for each message
    sent, and has no view whose end could unregister the pattern on which every button of the bot depends
    (2.7.1 does that when a view mixes dynamic items with others).
    """

    def __init__(
        self,
        control: Control,
        label: str,
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        emoji: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            custom_id=control.custom_id, label=label, style=style, emoji=emoji, disabled=disabled
        )

    def is_dispatchable(self) -> bool:
        return False


class DrawnSelect(discord.ui.Select[Any]):
    """A select that is drawn and forgotten, like `DrawnButton`; one value is picked in it."""

    def __init__(self, control: Control, options: Sequence[discord.SelectOption], placeholder: str) -> None:
        super().__init__(custom_id=control.select_id, options=list(options), placeholder=placeholder)

    def is_dispatchable(self) -> bool:
        return False


def _with_written_ids(component: Mapping[str, Any]) -> dict[str, Any]:
    """discord.py 2.7.1 sends the ids of default values as numbers; Discord's OpenAPI document has texts."""
    chosen = [one | {"id": str(one["id"])} for one in component.get("default_values", ())]
    return {**component, **({"default_values": chosen} if chosen else {})}


class DrawnRoles(discord.ui.RoleSelect[Any]):
    """The same for roles, `most` of them or none."""

    def __init__(
        self, control: Control, roles: Sequence[discord.Object], placeholder: str, *, most: int
    ) -> None:
        super().__init__(
            custom_id=control.select_id,
            placeholder=placeholder,
            min_values=0,
            max_values=most,
            default_values=list(roles),
        )

    def to_component_dict(self) -> Any:
        return _with_written_ids(super().to_component_dict())

    def is_dispatchable(self) -> bool:
        return False


SPOKEN_IN = (discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.voice)


class DrawnChannels(discord.ui.ChannelSelect[Any]):
    """The same for channels in which messages stand, and (`forums`) those in which posts do."""

    def __init__(
        self,
        control: Control,
        channels: Sequence[discord.Object],
        placeholder: str,
        *,
        most: int,
        forums: bool = False,
    ) -> None:
        super().__init__(
            custom_id=control.select_id,
            placeholder=placeholder,
            channel_types=[*SPOKEN_IN, *([discord.ChannelType.forum] if forums else [])],
            min_values=0,
            max_values=most,
            default_values=list(channels),
        )

    def to_component_dict(self) -> Any:
        return _with_written_ids(super().to_component_dict())

    def is_dispatchable(self) -> bool:
        return False


Press = Callable[[discord.Interaction[Any], Control], Awaitable[None]]
ButtonClass = type[discord.ui.DynamicItem[discord.ui.Button[Any]]]


def job_buttons(press: Press) -> ButtonClass:
    """The class to register with `Client.add_dynamic_items`: presses of all `c1` buttons go to `press`.

    discord.py only logs what the callback of a dynamic item raises, so `press` has to answer its own errors.
    """

    class JobButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
        """Reads an id and passes it on."""

        def __init__(self, item: discord.ui.Button[Any], control: Control) -> None:
            super().__init__(item)
            self.control = control

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            return cls(item, Control(**match.groupdict()))  # type: ignore[arg-type]  # only buttons have such ids

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await press(interaction, self.control)

    return JobButton


SelectClass = type[discord.ui.DynamicItem[discord.ui.Select[Any]]]


def job_selects(press: Press) -> SelectClass:
    """The same as `job_buttons` for the `c1s` selects."""

    class JobSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=SELECT_TEMPLATE):
        """Reads an id, and what was picked, and passes both on."""

        def __init__(self, item: discord.ui.Select[Any], control: Control) -> None:
            super().__init__(item)
            self.control = control

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            return cls(item, Control(**match.groupdict()))  # type: ignore[arg-type]  # only selects have such ids

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            payload: Mapping[str, Any] = interaction.data or {}
            values = tuple(str(value) for value in payload.get("values", ()))
            await press(interaction, replace(self.control, values=values))

    return JobSelect
