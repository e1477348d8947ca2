"""What others wrote, made safe to show in Discord, and Discord's own marks for people and times.

Everything from outside passes through `shown` or `in_code_block` before it becomes part of a message.
"""

import re
import unicodedata
from datetime import datetime

from bot.privacy import NOBODY

ELLIPSIS = "…"
BACKTICK_TWIN = "\u02cb"
"""Stands for a back-tick inside a fence: looks like one, closes nothing."""

MARKS_PER_LETTER = 4
"""More combining marks than any living script stacks on one letter only spill over the lines around."""

_GAP = "\u200b"
_JOINER = "\u200d"
_VARIATION_SELECTORS = "\ufe0e\ufe0f"
_LINE_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# Letters to Unicode, blanks to the eye: a text of them looks empty.
_BLANK_LETTERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_NON_CHARACTERS = re.compile(
    f"[\ufdd0-\ufdef{''.join(chr(n) for n in range(0xFFFE, 0x110000, 0x10000))}\uffff]"
)
# Controls; formats (bidirectional, zero-width, tags); lone surrogates.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs"})
_COMBINING = frozenset({"Mn", "Me"})
# An emoji newer than Python's tables counts as unassigned (Cn).
_PICTURES = frozenset({"So", "Sk", "Cn"})
# Emphasis, code, spoilers, headings, quotes, links, `https:`, and `<`, with which mentions, times and custom
# emoji begin.
_ACTIVE = re.compile(r"[\\`*_~|<>\[\]()#:]")
# A dot before a letter may make a bare `discord.gg/…`; "4.5" and a full stop stay as they are.
_DOT_IN_ADDRESS = re.compile(r"\.(?=[^\W\d_])")
_BULLET = re.compile(r"^(?=[-+])")
_NUMBERING = re.compile(r"^(\d+)(?=\.\s)")


def shown(text: str, limit: int) -> str:
    """The text on one line, for use inside ordinary Discord markdown: it pings, links and formats nothing.

    At most `limit` code points of the text are kept, the last giving way to an ellipsis when some were cut.
    Escapes come on top, at most one for each.
    """
    return _escaped(_cut(" ".join(_visible(text).split()), limit))


def in_code_block(text: str, limit: int) -> str:
    """The text between fences on lines of their own, from which nothing in it breaks out; empty stays empty.

    At most `limit` code points of the text are kept; the fences add eight.
    """
    body = fence_body(text)
    return f"```\n{_cut(body, limit)}\n```" if body else ""


def fence_body(text: str) -> str:
    """What `in_code_block` puts between its fences, uncut."""
    body = _visible(text).replace("`", BACKTICK_TWIN)
    return body.strip("\n") if body.strip() else ""


def mention(user_id: int) -> str:
    """A member's name as Discord draws it; whether it pings is decided by the message's allowed mentions."""
    return f"<@{user_id}>" if user_id != NOBODY else "somebody whose data are deleted"


def relative(moment: datetime) -> str:
    """A time such as "in 3 minutes", which counts by itself (Discord: Message Formatting)."""
    return f"<t:{int(moment.timestamp())}:R>"


def clock_time(moment: datetime) -> str:
    """The time of day, in the reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:t>"


def calendar_date(moment: datetime) -> str:
    """The date with the month in letters, in the reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:D>"


def date_and_time(moment: datetime) -> str:
    """The date with the time of day, in the reader's own time zone."""
    return f"<t:{int(moment.timestamp())}:f>"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def _escaped(line: str) -> str:
    line = _ACTIVE.sub(r"\\\g<0>", line)
    line = _DOT_IN_ADDRESS.sub(r"\\.", line)
    line = _NUMBERING.sub(rf"\1{_GAP}", _BULLET.sub(r"\\", line))
    # Discord finds @everyone in the raw text, where a backslash is no obstacle; a gap is.
    return line.replace("@", f"@{_GAP}")


def _visible(text: str) -> str:
    """The text composed, with plain line ends, without what cannot be seen or only disturbs what can."""
    plain = _BLANK_LETTERS.sub(" ", _NON_CHARACTERS.sub("", _LINE_BREAKS.sub("\n", text)))
    composed = unicodedata.normalize("NFC", plain)
    kept: list[str] = []
    marks = 0
    for position, character in enumerate(composed):
        category = unicodedata.category(character)
        marks = marks + 1 if category in _COMBINING else 0
        if marks <= MARKS_PER_LETTER and _is_showable(composed, position, category):
            kept.append(character)
    return "".join(kept)


def _is_showable(text: str, position: int, category: str) -> bool:
    if text[position] == _JOINER:
        return _joins_pictures(text, position)
    return text[position] in "\n\t" or category not in _UNSHOWABLE


def _joins_pictures(text: str, position: int) -> bool:
    """Whether a zero-width joiner stands between two emoji, as in a family or a profession."""
    before = text[max(position - 2, 0) : position].rstrip(_VARIATION_SELECTORS)[-1:]
    after = text[position + 1 : position + 2]
    return bool(before and after) and all(unicodedata.category(one) in _PICTURES for one in (before, after))
