"""Reads JSON that strangers wrote, without surprises."""

import json
import math
from collections.abc import Iterable
from typing import NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

DEPTH_LIMIT = 32
"""Levels of lists and objects; the provider's own answers have four."""


class UnreadableJson(ValueError):
    """The text is not JSON as we accept it; `flaw` is a short word for logs."""

    def __init__(self, flaw: str) -> None:
        super().__init__(flaw)
        self.flaw = flaw


def load_json(text: bytes | str) -> JsonValue:
    """The value in UTF-8 text.

    Stricter than the standard loader: no NaN or infinities, no object with the same key twice, no nesting
    beyond `DEPTH_LIMIT`, no byte-order mark, no other encoding.

    Raises:
        UnreadableJson: it is not JSON of that kind.
    """
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8")
        value: JsonValue = json.loads(
            plain,
            object_pairs_hook=_object_without_twins,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
        )
    except UnreadableJson:
        raise
    except RecursionError:
        raise UnreadableJson("too_deep") from None
    except ValueError:  # bad encoding, bad syntax, and integers of more digits than Python reads
        raise UnreadableJson("not_json") from None
    _refuse_depth(value)
    return value


def _object_without_twins(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableJson("duplicate_key")
    return found


def _refuse_constant(_word: str) -> NoReturn:
    raise UnreadableJson("not_finite")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise UnreadableJson("not_finite")
    return value


def _refuse_depth(value: JsonValue) -> None:
    """Walks level by level, because a recursive walk would fall into the very pit it looks for."""
    level = _containers([value])
    for _ in range(DEPTH_LIMIT):
        level = [inner for outer in level for inner in _containers(_children(outer))]
        if not level:
            return
    raise UnreadableJson("too_deep")


def _containers(values: Iterable[JsonValue]) -> list[JsonValue]:
    return [value for value in values if isinstance(value, dict | list)]


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
