"""The rules for message components, and the numbering Discord gives them. Discord: Component Reference."""

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.discord.errors import FormFaults
from sandbox.discord.hub import Json
from sandbox.discord.messages import walk

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS: Final = (3, 5, 6, 7, 8)
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
IN_CONTAINER: Final = (ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR)
TOP_LEVEL: Final = (*IN_CONTAINER, CONTAINER)
COMPONENTS_LIMIT: Final = 40
TEXT_LIMIT: Final = 4000  # characters over all text displays of a message
ROWS_LIMIT: Final = 5  # without components v2
CUSTOM_ID_LIMIT: Final = 100
LABEL_LIMIT: Final = 80
LINK, PREMIUM = 5, 6
Path = tuple[str | int, ...]


def check_components(components: Any, faults: FormFaults, *, is_v2: bool) -> None:
    """Add a fault for each broken rule."""
    path: Path = ("components",)
    if not isinstance(components, list):
        faults.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    if not is_v2:
        faults.length(path, components, 0, ROWS_LIMIT)
    allowed = TOP_LEVEL if is_v2 else (ACTION_ROW,)
    for index, component in enumerate(components):
        check_one(component, (*path, index), allowed, faults)
    _check_whole(components, path, faults)


def _check_whole(components: list[Json], path: Path, faults: FormFaults) -> None:
    everything = list(walk(components))
    if len(everything) > COMPONENTS_LIMIT:
        faults.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {COMPONENTS_LIMIT} or fewer in length.")
    letters = sum(len(one.get("content") or "") for one in everything if one.get("type") == TEXT_DISPLAY)
    if letters > TEXT_LIMIT:
        told = f"The total displayable text size exceeds {TEXT_LIMIT} characters"
        faults.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", told)
    seen: set[str] = set()
    for component in everything:
        custom_id = component.get("custom_id")
        if custom_id in seen:
            faults.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen |= {custom_id} if custom_id else set()


def check_one(component: Any, path: Path, allowed: Sequence[int], faults: FormFaults) -> None:
    """Check a component and what it holds; only the types in `allowed` may stand here."""
    kind: Any = component.get("type") if isinstance(component, dict) else None
    if kind not in allowed:
        faults.choice((*path, "type"), kind, allowed)
        return
    RULES[kind](component, path, faults)


def _custom_id(component: Json, path: Path, faults: FormFaults) -> None:
    if not component.get("custom_id"):
        faults.required((*path, "custom_id"))
    else:
        faults.length((*path, "custom_id"), component["custom_id"], 1, CUSTOM_ID_LIMIT)


def _row(component: Json, path: Path, faults: FormFaults) -> None:
    inner = component.get("components")
    faults.length((*path, "components"), inner, 1, 5)
    children = inner if isinstance(inner, list) else []
    for index, child in enumerate(children):
        check_one(child, (*path, "components", index), (BUTTON, *SELECTS), faults)
    if len(children) > 1 and any(child.get("type") in SELECTS for child in children):
        faults.add(
            (*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "Layout widths exceeded for this row"
        )


def _button(component: Json, path: Path, faults: FormFaults) -> None:
    style = component.get("style")
    faults.choice((*path, "style"), style, range(1, 7))
    faults.too_long((*path, "label"), component.get("label") or "", LABEL_LIMIT)
    if style == LINK:
        if not component.get("url"):
            faults.required((*path, "url"))
        elif not str(component["url"]).startswith(("https://", "http://", "discord://")):
            told = "Scheme must be one of ('http', 'https', 'discord')."
            faults.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", told)
    elif style != PREMIUM:
        _custom_id(component, path, faults)
        if not component.get("label") and not component.get("emoji"):
            faults.required((*path, "label"))


def _select(component: Json, path: Path, faults: FormFaults) -> None:
    _custom_id(component, path, faults)
    faults.too_long((*path, "placeholder"), component.get("placeholder") or "", 150)
    if component["type"] == STRING_SELECT:
        check_options(component.get("options"), (*path, "options"), faults)
    least, most = component.get("min_values", 1), component.get("max_values", 1)
    if not 0 <= least <= most <= 25:  # noqa: PLR2004  # as many as a select has options
        faults.add(
            (*path, "max_values"),
            "NUMBER_TYPE_MIN",
            "int value should be greater than or equal to min_values.",
        )


def check_options(options: Any, path: Path, faults: FormFaults, least: int = 1, most: int = 25) -> None:
    """Options of a select, radio group or checkbox group."""
    faults.length(path, options, least, most)
    values: list[str] = []
    for index, option in enumerate(options if isinstance(options, list) else []):
        for name in ("label", "value"):
            faults.length((*path, index, name), option.get(name), 1, 100)
        faults.too_long((*path, index, "description"), option.get("description") or "", 100)
        values.append(option.get("value"))
    if len(set(values)) != len(values):
        faults.add(
            path, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
        )


def _section(component: Json, path: Path, faults: FormFaults) -> None:
    inner = component.get("components")
    faults.length((*path, "components"), inner, 1, 3)
    for index, child in enumerate(inner if isinstance(inner, list) else []):
        check_one(child, (*path, "components", index), (TEXT_DISPLAY,), faults)
    check_one(component.get("accessory"), (*path, "accessory"), (BUTTON, THUMBNAIL), faults)


def _text(component: Json, path: Path, faults: FormFaults) -> None:
    faults.length((*path, "content"), component.get("content"), 1, TEXT_LIMIT)


def _medium(medium: Any, path: Path, faults: FormFaults, *, uploads_only: bool = False) -> None:
    url = medium.get("url") if isinstance(medium, dict) else None
    schemes = ("attachment://",) if uploads_only else ("http://", "https://", "attachment://")
    if not isinstance(url, str) or not url.startswith(schemes):
        told = f"Scheme must be one of {schemes}."
        faults.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", told)


def _thumbnail(component: Json, path: Path, faults: FormFaults) -> None:
    _medium(component.get("media"), (*path, "media"), faults)
    faults.too_long((*path, "description"), component.get("description") or "", 1024)


def _gallery(component: Json, path: Path, faults: FormFaults) -> None:
    items = component.get("items")
    faults.length((*path, "items"), items, 1, 10)
    for index, item in enumerate(items if isinstance(items, list) else []):
        _thumbnail(item, (*path, "items", index), faults)


def _file(component: Json, path: Path, faults: FormFaults) -> None:
    _medium(component.get("file"), (*path, "file"), faults, uploads_only=True)


def _separator(component: Json, path: Path, faults: FormFaults) -> None:
    if component.get("spacing") is not None:
        faults.choice((*path, "spacing"), component["spacing"], (1, 2))


def _container(component: Json, path: Path, faults: FormFaults) -> None:
    inner = component.get("components")
    faults.length((*path, "components"), inner, 1, COMPONENTS_LIMIT)
    for index, child in enumerate(inner if isinstance(inner, list) else []):
        check_one(child, (*path, "components", index), IN_CONTAINER, faults)


RULES: Final[Mapping[int, Callable[[Json, Path, FormFaults], None]]] = {
    ACTION_ROW: _row,
    BUTTON: _button,
    **dict.fromkeys(SELECTS, _select),
    SECTION: _section,
    TEXT_DISPLAY: _text,
    THUMBNAIL: _thumbnail,
    MEDIA_GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
}


# What Discord adds to a component when it gives it back.
SHOWN: Final[Mapping[int, Json]] = {
    **{kind: {"min_values": 1, "max_values": 1, "disabled": False} for kind in SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    SEPARATOR: {"divider": True, "spacing": 1},
    CONTAINER: {"accent_color": None, "spoiler": False},
}
SHOWN_ITEM: Final[Json] = {"description": None, "spoiler": False}


def numbered(components: Sequence[Json]) -> tuple[Json, ...]:
    """A copy in which every component has an `id`: the one it was given, else the next free number."""
    taken = {one["id"] for one in walk(list(components)) if one.get("id")}
    free = (number for number in itertools.count(1) if number not in taken)
    return tuple(_numbered(component, free) for component in components)


def _numbered(component: Json, free: Iterator[int]) -> Json:
    given = {name: value for name, value in component.items() if value is not None}
    shape = copy.deepcopy(SHOWN.get(component["type"], {})) | given
    shape["id"] = component.get("id") or next(free)
    if "components" in shape:
        shape["components"] = [_numbered(child, free) for child in shape["components"]]
    if "items" in shape:
        shape["items"] = [SHOWN_ITEM | item | {"media": dict(item["media"])} for item in shape["items"]]
    for name in ("media", "file"):
        if name in shape:
            shape[name] = dict(shape[name])
    for name in ("accessory", "component"):
        if name in shape:
            shape[name] = _numbered(shape[name], free)
    return shape
