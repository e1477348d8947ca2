"""The rules for modals. Discord: Component Reference; Receiving and Responding, Modal."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.discord.components import CUSTOM_ID_LIMIT, SELECTS, STRING_SELECT, TEXT_DISPLAY, check_options
from sandbox.discord.errors import FormFaults
from sandbox.discord.hub import Json
from sandbox.discord.modals import (
    ACTION_ROW,
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    TEXT_INPUT,
    fields,
)

TITLE_LIMIT: Final = 45
TOP_LEVEL_LIMIT: Final = 5
LABEL_LIMIT: Final = 45
DESCRIPTION_LIMIT: Final = 100
TEXT_LIMIT: Final = 4000
UPLOADS_LIMIT: Final = 10
FILE_TYPES_LIMIT: Final = 10
FILE_GROUPS: Final = ("image", "video", "audio")
Path = tuple[str | int, ...]


def check_modal(modal: Any) -> None:
    """Check the content of a modal.

    Raises:
        Refusal: 50035 with one entry per fault, under `data`.
    """
    faults = FormFaults()
    modal = modal if isinstance(modal, dict) else {}
    path: Path = ("data",)
    faults.length((*path, "title"), modal.get("title"), 1, TITLE_LIMIT)
    faults.length((*path, "custom_id"), modal.get("custom_id"), 1, CUSTOM_ID_LIMIT)
    components = modal.get("components")
    faults.length((*path, "components"), components, 1, TOP_LEVEL_LIMIT)
    for index, component in enumerate(components if isinstance(components, list) else []):
        _check_top(component, (*path, "components", index), faults)
    if not faults.found:
        _check_ids(modal["components"], path, faults)
    faults.raise_if_found()


def _check_ids(components: list[Json], path: Path, faults: FormFaults) -> None:
    ids = [field["custom_id"] for field in fields(components)]
    if len(set(ids)) != len(ids):
        told = "Component custom id cannot be duplicated"
        faults.add((*path, "components"), "COMPONENT_CUSTOM_ID_DUPLICATED", told)


def _check_top(component: Json, path: Path, faults: FormFaults) -> None:
    kind = component.get("type")
    faults.choice((*path, "type"), kind, (ACTION_ROW, TEXT_DISPLAY, LABEL))
    if kind == TEXT_DISPLAY:
        faults.length((*path, "content"), component.get("content"), 1, TEXT_LIMIT)
    elif kind == ACTION_ROW:
        faults.length((*path, "components"), component.get("components"), 1, 1)
        for index, child in enumerate(component.get("components") or ()):
            _check_field(child, (*path, "components", index), faults, (TEXT_INPUT,))
            faults.length((*path, "components", index, "label"), child.get("label"), 1, LABEL_LIMIT)
    elif kind == LABEL:
        faults.length((*path, "label"), component.get("label"), 1, LABEL_LIMIT)
        faults.too_long((*path, "description"), component.get("description") or "", DESCRIPTION_LIMIT)
        _check_field(component.get("component") or {}, (*path, "component"), faults, tuple(FIELD_RULES))


def _check_field(field: Json, path: Path, faults: FormFaults, allowed: tuple[int, ...]) -> None:
    kind = field.get("type")
    faults.choice((*path, "type"), kind, allowed)
    faults.length((*path, "custom_id"), field.get("custom_id"), 1, CUSTOM_ID_LIMIT)
    if kind in allowed:
        FIELD_RULES[kind](field, path, faults)


def _text_input(field: Json, path: Path, faults: FormFaults) -> None:
    faults.choice((*path, "style"), field.get("style"), (1, 2))
    faults.too_long((*path, "placeholder"), field.get("placeholder") or "", 100)
    faults.too_long((*path, "value"), field.get("value") or "", TEXT_LIMIT)
    least, most = field.get("min_length") or 0, field.get("max_length") or TEXT_LIMIT
    if not 0 <= least <= most <= TEXT_LIMIT:
        told = f"int value should be between 0 and {TEXT_LIMIT}."
        faults.add((*path, "max_length"), "NUMBER_TYPE_MAX", told)


def _select(field: Json, path: Path, faults: FormFaults) -> None:
    if field["type"] == STRING_SELECT:
        check_options(field.get("options"), (*path, "options"), faults)
    if field.get("disabled"):
        faults.add((*path, "disabled"), "COMPONENT_INVALID", "A modal holds nothing that is disabled.")
    _check_least(field, path, faults)


def _upload(field: Json, path: Path, faults: FormFaults) -> None:
    least, most = _number(field, "min_values"), _number(field, "max_values")
    if not 0 <= least <= most <= UPLOADS_LIMIT:
        faults.add((*path, "max_values"), "NUMBER_TYPE_MAX", f"int value should be at most {UPLOADS_LIMIT}.")
    _check_least(field, path, faults)
    types = field.get("file_types") or []
    faults.length((*path, "file_types"), types, 0, FILE_TYPES_LIMIT)
    for index, kind in enumerate(types):
        if kind not in FILE_GROUPS and not str(kind).startswith("."):
            told = f"Value must be one of {FILE_GROUPS} or begin with a dot."
            faults.add((*path, "file_types", index), "BASE_TYPE_CHOICES", told)


def _radio(field: Json, path: Path, faults: FormFaults) -> None:
    check_options(field.get("options"), (*path, "options"), faults, 2, 10)


def _checkboxes(field: Json, path: Path, faults: FormFaults) -> None:
    check_options(field.get("options"), (*path, "options"), faults, 1, 10)
    _check_least(field, path, faults)


def _check_least(field: Json, path: Path, faults: FormFaults) -> None:
    """A field that has to be filled in takes at least one value."""
    if field.get("required") in {None, True} and _number(field, "min_values") == 0:
        told = "int value should be at least 1 for a field that is required."
        faults.add((*path, "min_values"), "NUMBER_TYPE_MIN", told)


def _number(field: Json, name: str) -> int:
    """A bound on the number of values; 1 where it is left out."""
    found: int | None = field.get(name)
    return 1 if found is None else found


FIELD_RULES: Final[Mapping[int, Callable[[Json, Path, FormFaults], None]]] = {
    TEXT_INPUT: _text_input,
    **dict.fromkeys(SELECTS, _select),
    FILE_UPLOAD: _upload,
    RADIO_GROUP: _radio,
    CHECKBOX_GROUP: _checkboxes,
    CHECKBOX: lambda _field, _path, _faults: None,
}
