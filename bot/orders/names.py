"""Names of characters: cleaned, and told apart within one member's library. Pure."""

from collections.abc import Collection, Iterator
from itertools import chain, count

from bot.errors import TextTooLong
from bot.orders import prose

NAME_UNITS = 40
"""Of a name; UTF-16 units, as Discord counts them."""


def name_of(text: str | None) -> str | None:
    """The name on one line, or None for an empty one.

    Raises:
        TextTooLong: over 40 units.
    """
    cleaned = " ".join(prose.clean(text or "").split())
    length = prose.utf16_units(cleaned)
    if length > NAME_UNITS:
        raise TextTooLong("name", length=length, limit=NAME_UNITS)
    return cleaned or None


def folded(name: str) -> str:
    """By this names are compared: in one case, by Python's rules."""
    return name.casefold()


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself, or the first numbered one that is not among the `taken`, which are folded."""
    return next(one for one in chain([name], _numbered(name)) if folded(one) not in taken)


def _numbered(name: str) -> Iterator[str]:
    for number in count(2):
        suffix = f" {number}"
        yield name[: NAME_UNITS - len(suffix)].rstrip() + suffix
