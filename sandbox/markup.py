"""Discord's message markup as a terminal shows it. Pure: text in, styled text out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

Names = Mapping[int, str]

# Discord: Message Formatting, and the markdown its clients draw.
_INLINE: Final = re.compile(
    r"\\(?P<plain>[\W_])"
    r"|<@!?(?P<user>\d+)>"
    r"|<#(?P<channel>\d+)>"
    r"|<t:(?P<time>\d+)(?::(?P<form>[tTdDfFR]))?>"
    r"|\|\|(?P<spoiler>.+?)\|\|"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|`(?P<code>[^`]+)`"
    r"|\[(?P<label>[^\]]+)\]\((?P<address>[^)]+)\)"
)
_FENCE: Final = "```"
_SMALL, _HEADING, _QUOTE = "-# ", "### ", "> "
_ZERO_WIDTH: Final = "\u200b"
_JUST_NOW_SECONDS: Final = 5
_UNITS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def paragraphs(text: str, names: Names, now: datetime) -> Text:
    """The whole text of a message, line by line; what stands between fences is shown as it is."""
    lines: list[Text] = []
    is_code = False
    for line in text.split("\n"):
        if line.strip() == _FENCE:
            is_code = not is_code
        elif is_code:
            lines.append(Text(f"  {line}  ", "bold black on bright_yellow"))
        else:
            lines.append(_line(line, names, now))
    return Text("\n").join(lines)


def _line(line: str, names: Names, now: datetime) -> Text:
    for mark, style in ((_SMALL, "dim"), (_HEADING, "bold underline")):
        if line.startswith(mark):
            return _styled(inline(line.removeprefix(mark), names, now), style)
    if line.startswith(_QUOTE):
        return Text("▎", "dim") + _styled(inline(line.removeprefix(_QUOTE), names, now), "italic")
    return inline(line, names, now)


def inline(line: str, names: Names, now: datetime) -> Text:
    """One line with people, places, times, emphasis and links as words; `now` is what times are told from."""
    shown, position = Text(), 0
    for found in _INLINE.finditer(line):
        shown.append(line[position : found.start()].replace(_ZERO_WIDTH, ""))
        shown.append_text(_mark(found, names, now))
        position = found.end()
    return shown.append(line[position:].replace(_ZERO_WIDTH, ""))


def _mark(found: re.Match[str], names: Names, now: datetime) -> Text:
    marks = found.groupdict()
    if marks["user"]:
        return Text(f"@{names.get(int(marks['user']), marks['user'])}", "bold cyan")
    if marks["time"]:
        return Text(_time(datetime.fromtimestamp(int(marks["time"]), UTC), marks["form"], now), "cyan")
    if marks["bold"]:
        return _styled(inline(marks["bold"], names, now), "bold")
    if marks["spoiler"]:
        return _styled(inline(marks["spoiler"], names, now), "grey70 on grey30")
    if marks["code"]:
        return Text(marks["code"], "cyan")
    if marks["label"]:
        return Text(marks["label"], "underline cyan")
    return Text(marks["plain"] or f"#{names.get(int(marks['channel']), marks['channel'])}")


def _time(moment: datetime, form: str | None, now: datetime) -> str:
    return relative((moment - now).total_seconds()) if form == "R" else f"{moment:%d %B %Y}"


def relative(seconds: float) -> str:
    """A distance in time as a client words it: negative is the past."""
    length = abs(seconds)
    if length < _JUST_NOW_SECONDS:
        return "just now"
    size, unit = next((size, unit) for size, unit in _UNITS if length >= size)
    count = int(length // size)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def _styled(text: Text, style: str) -> Text:
    text.stylize_before(style)
    return text
