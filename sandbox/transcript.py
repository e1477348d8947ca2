"""Shows a conversation of the local Discord in a terminal, as it grows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from sandbox.discord.hub import Json, WorldEvent
from sandbox.discord.messages import BUTTON, TEXT_DISPLAY, MessageVersion, as_button
from sandbox.discord.server import Discord
from sandbox.markup import paragraphs

# Discord: Component Reference
ACTION_ROW, SECTION, THUMBNAIL, MEDIA_GALLERY, SEPARATOR, CONTAINER = 1, 9, 11, 12, 14, 17
SELECTS: Final = frozenset({3, 5, 6, 7, 8})
INDENT: Final = 9  # under the time
THREAD_MARK: Final = " › "  # what the sandbox puts between a channel and its thread
NOT_SHOWN: Final = frozenset({"connected", "commands", "deferred_update"})
FOR_EVER_SECONDS: Final = 1e6
VERBS: Final = {
    "call": "▸",
    "reaction": "reacts with",
    "reaction_removed": "takes back",
    "thread": "opens the thread",
    "delete": "deletes a message",
}


class Transcript:
    """Prints what happens in a local Discord, each event once."""

    def __init__(self, discord: Discord, console: Console) -> None:
        self._discord = discord
        self._console = console
        self._printed = 0
        self._began = discord.world.clock.now()

    async def follow(self) -> None:
        """Print events as they come, until cancelled."""
        while True:
            self.catch_up()
            await self._discord.until(lambda: self._has_more or None, FOR_EVER_SECONDS)

    def catch_up(self, place: str | None = None, *, edits: bool = True) -> None:
        """Print all that has happened, at one place or anywhere, so that what comes next stands below it.

        Without `edits`, what messages are changed into is passed over: its number depends on the machine.
        """
        passed_over = NOT_SHOWN if edits else NOT_SHOWN | {"edit"}
        while self._has_more:
            event = self._discord.events[self._printed]
            self._printed += 1
            if event.kind not in passed_over and place in (None, event.place):
                self._show(event)

    def pass_over(self) -> None:
        """Print nothing of what has happened up to now."""
        self._printed = len(self._discord.events)

    @property
    def _has_more(self) -> bool:
        return self._printed < len(self._discord.events)

    def _show(self, event: WorldEvent) -> None:
        version = event.message
        if isinstance(version, MessageVersion) and event.kind in ("message", "ephemeral"):
            note = "(only the caller sees this)" if event.kind == "ephemeral" else ""
            self._print_line(event, Text(note, "dim"))
            self._print_below(Group(*self._blocks(version, event.at)))
        elif isinstance(version, MessageVersion) and event.kind == "edit":
            self._show_edit(event, version)
        else:
            verb = VERBS.get(event.kind, event.kind)
            text = event.text if event.kind in ("call", "reaction", "reaction_removed") else ""
            self._print_line(event, Text(f"{verb} {text}".strip(), "bold" if event.kind == "call" else ""))

    def _show_edit(self, event: WorldEvent, version: MessageVersion) -> None:
        """Only what is new in a message that changed; nothing when nobody could see a difference."""
        before = self._before(version)
        old_lines = before.text.split("\n") if before else []
        new_lines = [line for line in version.text.split("\n") if line not in old_lines]
        shown = self._lines(new_lines, event.at)
        if before is None or list(before.buttons) != list(version.buttons):
            shown.append(_buttons(version.components) or Text("(no buttons any more)", "dim"))
        if shown:
            self._print_line(event, Text("card now:", "dim"))
            self._print_below(Text(" / ", "dim").join(shown))

    def _lines(self, lines: Sequence[str], now: datetime) -> list[Text]:
        return [paragraphs(line, self._names, now) for line in lines if line.strip()]

    def _before(self, version: MessageVersion) -> MessageVersion | None:
        """What the same message said before this version."""
        channels = self._discord.world.channels.values()
        for message in [one for channel in channels for one in channel.by_id.values()]:
            versions = [*message.history, message.version]
            for earlier, later in pairwise(versions):
                if later is version:
                    return earlier
        return None

    def _print_line(self, event: WorldEvent, what: Text) -> None:
        seconds = max((event.at - self._began).total_seconds(), 0.0)
        place = event.place.partition(THREAD_MARK)
        line = Text.assemble(
            (f"{seconds:5.1f} s  ", "dim"),
            (f"🧵 {place[2]}" if place[1] else place[0], "magenta" if place[1] else "blue"),
            "  ",
            (event.author, "bold cyan"),
            "  ",
        )
        self._console.print(line + what)

    def _print_below(self, block: RenderableType) -> None:
        self._console.print(Padding(block, (0, 0, 0, INDENT), expand=False))

    def _blocks(self, version: MessageVersion, now: datetime) -> Iterator[RenderableType]:
        if version.content:
            yield paragraphs(version.content, self._names, now)
        for name in version.filenames:
            yield Text(f"📎 {name}")
        for component in version.components:
            yield from self._block(component, now)

    def _block(self, component: Json, now: datetime) -> Iterator[RenderableType]:
        kind = component["type"]
        if kind == TEXT_DISPLAY:
            yield paragraphs(component["content"], self._names, now)
        elif kind == SEPARATOR:
            yield Rule(style="dim")
        elif kind in (ACTION_ROW, BUTTON) and (row := _controls(component)):
            yield row
        elif kind in (THUMBNAIL, MEDIA_GALLERY):
            yield Text("🖼", "dim")
        elif kind == SECTION:
            for one in _within(component):
                yield from self._block(one, now)
        elif kind == CONTAINER:
            inner = [block for one in component["components"] for block in self._block(one, now)]
            yield Panel(Group(*inner), box=ROUNDED, border_style=_colour(component), padding=(0, 1), width=78)

    @property
    def _names(self) -> dict[int, str]:
        world = self._discord.world
        people = {user_id: user.name for user_id, user in world.users.items()}
        return people | {channel_id: channel.name for channel_id, channel in world.channels.items()}


def _buttons(components: Sequence[Json]) -> Text | None:
    """All buttons in one row, as `[Try again]`."""
    found: list[Text] = []
    for component in components:
        if component["type"] == BUTTON:
            emoji = (component.get("emoji") or {}).get("name", "")
            label = f"{emoji} {as_button(component).label}".strip()
            found.append(Text(f"[{label}]", "reverse" if not component.get("disabled") else "dim"))
        elif inner := _buttons(_within(component)):
            found.append(inner)
    return Text(" ").join(found) if found else None


def _controls(component: Json) -> Text | None:
    """A row of buttons, or the one select that a row may hold."""
    inner = _within(component)
    return _select(inner[0]) if inner and inner[0]["type"] in SELECTS else _buttons([component])


def _select(component: Json) -> Text:
    """A closed select, with what is picked or what it asks for."""
    picked = [option["label"] for option in component.get("options", ()) if option.get("default")]
    words = ", ".join(picked) or component.get("placeholder") or "…"
    return Text.assemble((f" {words}", ""), ("  ▾ ", "dim"), style="on grey23")


def _within(component: Json) -> Sequence[Json]:
    accessory = component.get("accessory")
    return [*component.get("components", ()), *([accessory] if accessory else ())]


def _colour(container: Json) -> str:
    number = container.get("accent_color")
    return f"#{number:06x}" if number is not None else "dim"
