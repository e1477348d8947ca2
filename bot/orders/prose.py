"""What a member wrote: cleaned for the provider, measured as the provider may measure it.

How it is made safe to show in Discord is decided where it is shown.
"""

import re
import unicodedata

from bot.errors import TextTooLong

LIMIT_UNITS = 5000
"""For each text. The provider says "5000 characters", not of what; UTF-16 is the strictest reading."""

STRICT_FLOOR = (
    "Keep everything suitable for a general audience that includes teenagers. "
    "No nudity or sexual content, no gore, no hate, no self-harm, no illegal acts. "
    "Do not imitate a real person beyond the clip that was given."
)
STANDARD_FLOOR = (
    "Keep everything suitable for people from 13 years on; mild peril and stylised action are fine. "
    "No nudity or sexual content, no gore, no hate, no self-harm, no illegal acts. "
    "Do not imitate a real person beyond the clip that was given."
)
"""The server's floor goes first into every `safety_instruction`; members add to it and never take from it."""

_SEPARATOR = "\n"
# Controls other than tab and newline, lone surrogates, non-characters, bidirectional overrides and isolates,
# tag characters: none of them means anything to a model, and each can hide something from a reader.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)


def utf16_units(text: str) -> int:
    """The length Discord and JavaScript give a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text composed (NFC), with unix line ends and without invisible controls; idempotent."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", _UNWANTED.sub("", composed)).strip()


def prompt(text: str | None) -> str:
    """The prompt as it goes out.

    Raises:
        TextTooLong: over 5000 UTF-16 units.
    """
    cleaned = clean(text or "")
    _check("prompt", cleaned, floor_length=0)
    return cleaned


def safety_instruction(floor: str, member_text: str | None) -> str:
    """The server's floor, then the member's own text on a line of its own.

    Raises:
        TextTooLong: together over 5000 UTF-16 units.
    """
    own = clean(member_text or "")
    together = _SEPARATOR.join(part for part in (floor, own) if part)
    _check("safety", together, floor_length=utf16_units(floor))
    return together


def _check(option: str, text: str, *, floor_length: int) -> None:
    length = utf16_units(text)
    if length > LIMIT_UNITS:
        raise TextTooLong(option, length=length, limit=LIMIT_UNITS, floor_length=floor_length)
