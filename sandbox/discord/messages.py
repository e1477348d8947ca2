"""A message as the sandbox keeps it, and what a person or a test can read from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.files import StoredFile
from sandbox.discord.hub import Json

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.threads import Thread
    from sandbox.discord.users import User

SUPPRESS_EMBEDS: Final = 1 << 2
HAS_THREAD: Final = 1 << 5
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
COMPONENTS_V2: Final = 1 << 15
BUTTON: Final = 2
STRING_SELECT: Final = 3
SELECTS: Final = (3, 5, 6, 7, 8)
LINK_STYLES: Final = (5, 6)  # a link and a purchase send no interaction
TEXT_DISPLAY: Final = 10


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a member sees it."""

    label: str
    custom_id: str
    disabled: bool
    style: int
    component_id: int
    url: str | None = None


@dataclass(frozen=True)  # no slots: the texts are computed once, as every waiting test asks for them again
class MessageVersion:
    """What a message said at one time; messages and transcripts keep these."""

    at: datetime
    content: str
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    flags: int = 0
    filenames: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """Everything a person can read, in order, one line or block below the other."""
        return "\n".join(part for part in self._texts() if part)

    def _texts(self) -> Iterator[str]:
        yield self.content
        for embed in self.embeds:
            yield from embed_texts(embed)
        for component in walk(self.components):
            if component.get("type") == TEXT_DISPLAY:
                yield component.get("content", "")

    @cached_property
    def buttons(self) -> dict[str, Button]:
        """Buttons by label; one that has no label stands under its emoji."""
        found = (as_button(one) for one in walk(self.components) if one.get("type") == BUTTON)
        return {button.label: button for button in found}


def embed_texts(embed: Json) -> Iterator[str]:
    """The readable texts of an embed, top to bottom."""
    yield embed.get("author", {}).get("name", "")
    yield embed.get("title", "")
    yield embed.get("description", "")
    for entry in embed.get("fields", ()):
        yield entry.get("name", "")
        yield entry.get("value", "")
    yield embed.get("footer", {}).get("text", "")


def walk(components: Any) -> Iterator[Json]:
    """Every component, outer before inner, in the order they are shown."""
    for component in components or ():
        if isinstance(component, dict):
            yield component
            yield from walk(component.get("components"))
            inner = [component[name] for name in ("accessory", "component") if component.get(name)]
            yield from walk(inner)


def as_button(component: Json) -> Button:
    emoji = component.get("emoji") or {}
    return Button(
        label=component.get("label") or emoji.get("name", ""),
        custom_id=component.get("custom_id", ""),
        disabled=bool(component.get("disabled")),
        style=component["style"],
        component_id=component.get("id", 0),
        url=component.get("url"),
    )


@dataclass(slots=True, eq=False)
class Message:
    """A message in a channel, a thread or a private conversation."""

    id: int
    channel: Channel
    author: User
    version: MessageVersion
    files: list[StoredFile] = field(default_factory=list)
    kind: int = 0  # Discord: Message, Message Types
    nonce: str | None = None
    replied_to: Message | None = None
    interaction_metadata: Json | None = None
    webhook_id: int | None = None
    visible_to: User | None = None  # set on ephemeral messages
    edited_at: datetime | None = None
    deleted: bool = False
    thread: Thread | None = None
    history: list[MessageVersion] = field(default_factory=list)
    reactions: dict[str, list[int]] = field(default_factory=dict)
    pinged_user_ids: frozenset[int] = frozenset()  # who was notified when it was sent
    mentioned_user_ids: tuple[int, ...] = ()  # who is highlighted in it now
    mentions_everyone: bool = False

    @property
    def author_id(self) -> int:
        return self.author.id

    @property
    def content(self) -> str:
        return self.version.content

    @property
    def text(self) -> str:
        return self.version.text

    @property
    def embeds(self) -> tuple[Json, ...]:
        return self.version.embeds

    @property
    def components(self) -> tuple[Json, ...]:
        return self.version.components

    @property
    def buttons(self) -> dict[str, Button]:
        return self.version.buttons

    @property
    def flags(self) -> int:
        return self.version.flags | (HAS_THREAD if self.thread else 0)

    @property
    def ephemeral(self) -> bool:
        return bool(self.version.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says "is thinking"."""
        return bool(self.version.flags & LOADING)

    def find(self, custom_id: str) -> Json | None:
        """The component whose custom id is, or begins with, the text given."""
        candidates = [one for one in walk(self.components) if one.get("custom_id")]
        exact = [one for one in candidates if one["custom_id"] == custom_id]
        begun = [one for one in candidates if one["custom_id"].startswith(custom_id)]
        return next(iter(exact + begun), None)

    def change(self, version: MessageVersion) -> None:
        self.history.append(self.version)
        self.version = version

    def delete(self) -> None:
        """Remove it, as its author or a moderator would."""
        self.channel.remove_message(self)

    def __repr__(self) -> str:
        return f"<Message {self.id} in {self.channel.place} by {self.author.name}: {self.text[:80]!r}>"
