"""Filling in modals and selects, with the checks a Discord app makes before it sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.channels import Channel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.files import AttachmentFile
from sandbox.discord.hub import Json
from sandbox.discord.options import Resolved
from sandbox.discord.users import Role

if TYPE_CHECKING:
    from sandbox.discord.people import Member

ACTION_ROW: Final = 1
STRING_SELECT: Final = 3
TEXT_INPUT: Final = 4
TEXT_DISPLAY: Final = 10
LABEL: Final = 18
FILE_UPLOAD: Final = 19
RADIO_GROUP: Final = 21
CHECKBOX_GROUP: Final = 22
CHECKBOX: Final = 23
DEFAULT_TEXT_LIMIT: Final = 4000
LINES: Final = 2  # Discord: Component Reference, Text Input Styles; the other has one line


def filled_in(
    components: Sequence[Json], values: Mapping[str, Any], resolved: Resolved, caller: Member | None
) -> list[Json]:
    """The `components` of a modal submit: every field in its label or row, with its value.

    Raises:
        ClientRefused: an unknown field, a missing value, or one the field does not take.
    """
    known = {field["custom_id"] for field in fields(components)}
    if unknown := set(values) - known:
        raise ClientRefused(f"no such field: {sorted(unknown)}; there are {sorted(known)}")
    return [_answered(component, values, resolved, caller) for component in components]


def fields(components: Sequence[Json]) -> Iterator[Json]:
    """The parts of a modal that take a value."""
    for component in components:
        if component["type"] == LABEL:
            yield component["component"]
        elif component["type"] == ACTION_ROW:
            yield from component["components"]


# How a page asks for the value of a field.
WIDGETS: Final = {
    STRING_SELECT: "choice",
    RADIO_GROUP: "choice",
    CHECKBOX_GROUP: "choice",
    CHECKBOX: "box",
    FILE_UPLOAD: "file",
}


def shown_fields(components: Sequence[Json]) -> list[Json]:
    """The fields of a modal, for a page to draw: their ids, what is said about them, how to ask."""
    found: list[Json] = []
    for component in components:
        for field in fields([component]):
            lines = "lines" if field.get("style") == LINES else "line"
            found.append(
                {
                    "name": field["custom_id"],
                    "label": component.get("label") or field.get("label") or field["custom_id"],
                    "description": component.get("description") or "",
                    "widget": WIDGETS.get(field["type"], lines),
                    "options": field.get("options", []),
                }
            )
    return found


def typed(components: Sequence[Json], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given on a page, in the shapes that `filled_in` takes."""
    values: dict[str, Any] = {}
    for field in fields(components):
        name, kind = field["custom_id"], field["type"]
        if name in given:
            value = given[name]
            values[name] = [value] if kind in {STRING_SELECT, CHECKBOX_GROUP} else value
    return values


def _answered(component: Json, values: Mapping[str, Any], resolved: Resolved, caller: Member | None) -> Json:
    shape: Json = {"type": component["type"], "id": component.get("id", 0)}
    if component["type"] == LABEL:
        shape["component"] = _field(component["component"], values, resolved, caller)
    elif component["type"] == ACTION_ROW:
        shape["components"] = [_field(one, values, resolved, caller) for one in component["components"]]
    return shape


def _field(field: Json, values: Mapping[str, Any], resolved: Resolved, caller: Member | None) -> Json:
    kind, custom_id = field["type"], field["custom_id"]
    shape: Json = {"type": kind, "id": field.get("id", 0), "custom_id": custom_id}
    value = values.get(custom_id, default_of(field))
    if isinstance(value, AttachmentFile):
        value = [value]
    if kind == TEXT_INPUT:
        return shape | {"value": _text(field, value or "")}
    if kind == CHECKBOX:
        return shape | {"value": bool(value)}
    if kind == RADIO_GROUP:
        chosen = chosen_values(field, [] if value is None else [value], resolved, caller)
        return shape | {"value": chosen[0] if chosen else None}
    return shape | {"values": chosen_values(field, value or [], resolved, caller)}


def default_of(field: Json) -> Any:
    """What a field holds when nobody touches it."""
    if field["type"] == CHECKBOX:
        return field.get("default", False)
    if field["type"] == TEXT_INPUT:
        return field.get("value", "")
    chosen = [option["value"] for option in field.get("options", ()) if option.get("default")]
    return next(iter(chosen), None) if field["type"] == RADIO_GROUP else chosen


def _text(field: Json, value: str) -> str:
    name = field["custom_id"]
    if field.get("required", True) and not value:
        raise ClientRefused(f"field {name!r} must be filled in")
    most = field.get("max_length") or DEFAULT_TEXT_LIMIT
    least = field.get("min_length") or 0
    if value and not least <= len(value) <= most:
        raise ClientRefused(f"field {name!r} takes {least} to {most} characters, not {len(value)}")
    return value


def chosen_values(
    component: Json, values: Sequence[Any], resolved: Resolved, caller: Member | None
) -> list[str]:
    """The values of a select, group or upload, as texts or ids.

    Raises:
        ClientRefused: too few, too many, or not on offer.
    """
    name, kind = component["custom_id"], component["type"]
    optional_least = 0 if not component.get("required", True) else 1
    least = component.get("min_values")
    least = (optional_least if kind == CHECKBOX_GROUP else 1) if least is None else least
    least = 0 if not component.get("required", True) and not values else least
    most = component.get("max_values") or (len(component.get("options", ())) if kind == CHECKBOX_GROUP else 1)
    if not least <= len(values) <= most:
        raise ClientRefused(f"{name!r} takes {least} to {most} values, not {len(values)}")
    offered = [option["value"] for option in component.get("options", ())]
    if offered and (strange := [value for value in values if value not in offered]):
        raise ClientRefused(f"{name!r} offers {offered}, not {strange}")
    return [str(value) if offered else _reference(component, value, resolved, caller) for value in values]


def _reference(component: Json, value: Any, resolved: Resolved, caller: Member | None) -> str:
    if isinstance(value, AttachmentFile) and component["type"] == FILE_UPLOAD:
        return resolved.file(value)
    if isinstance(value, Channel):
        return resolved.channel(value, caller)
    if isinstance(value, Role):
        return resolved.add("roles", value.id, value.json())
    user = getattr(value, "user", None)
    if user is None:
        raise ClientRefused(f"{component['custom_id']!r} does not take {value!r}")
    return resolved.user(user, value)
