"""What differs between our commands and those that Discord has."""

from typing import Any

import pytest

from bot.command_list import Change, ChangeKind, changes

CLIP = {"type": 11, "name": "clip", "description": "The clip.", "required": True}
NAME = {"type": 3, "name": "name", "description": "A name.", "required": False, "min_length": 1}
CREATE = {"type": 1, "name": "create", "description": "Make one.", "options": [CLIP, NAME]}
COMMAND = {
    "name": "character",
    "type": 1,
    "description": "Characters.",
    "options": [CREATE],
    "nsfw": False,
    "dm_permission": True,
    "default_member_permissions": 32,
    "contexts": [0, 1],
    "integration_types": [0],
}
MENU = {"name": "Create character from clip", "type": 3, "contexts": None, "default_member_permissions": None}


def published(command: dict[str, Any]) -> dict[str, Any]:
    """As Discord answers: ids, versions, permissions as text, and no word of what is as usual."""
    told = {name: value for name, value in command.items() if value not in (None, False, [])}
    told |= {"id": "1", "version": "2", "application_id": "3", "name_localizations": None}
    if "default_member_permissions" in told:
        told["default_member_permissions"] = str(told["default_member_permissions"])
    return told


def changed(option: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """Our command, published with an option that is different."""
    other = [option | fields if one is option else one for one in (CLIP, NAME)]
    return [published(COMMAND) | {"options": [CREATE | {"options": other}]}]


def test_what_was_published_is_equal_however_discord_spells_it() -> None:
    assert changes([COMMAND, MENU], [published(MENU), published(COMMAND)]) == ()


def test_a_command_that_is_missing_is_added_and_a_foreign_one_removed() -> None:
    other = published(COMMAND) | {"name": "ping"}

    assert changes([COMMAND, MENU], [published(COMMAND), other]) == (
        Change(ChangeKind.ADD, "message menu Create character from clip"),
        Change(ChangeKind.REMOVE, "/ping"),
    )


def test_a_menu_is_another_thing_than_a_command_of_its_name() -> None:
    namesake = published(MENU) | {"type": 1}

    assert [one.kind for one in changes([MENU], [namesake])] == [ChangeKind.ADD, ChangeKind.REMOVE]


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("description", "Others."),
        ("nsfw", True),
        ("default_member_permissions", "16"),
        ("default_member_permissions", None),
        ("contexts", [0]),
        ("integration_types", [0, 1]),
    ],
)
def test_each_field_of_a_command_counts(field: str, other: object) -> None:
    assert changes([COMMAND], [published(COMMAND) | {field: other}]) == (
        Change(ChangeKind.CHANGE, "/character", (field,)),
    )


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("description", "Another."),
        ("required", True),
        ("min_length", 2),
        ("max_length", 40),
        ("autocomplete", True),
        ("choices", [{"name": "One", "value": "1"}]),
        ("type", 4),
    ],
)
def test_each_field_of_an_option_counts(field: str, other: object) -> None:
    assert changes([COMMAND], changed(NAME, **{field: other})) == (
        Change(ChangeKind.CHANGE, "/character create name", (field,)),
    )


def test_an_option_too_many_and_one_too_few_are_named() -> None:
    assert changes([COMMAND], changed(NAME, name="label")) == (
        Change(ChangeKind.ADD, "/character create name"),
        Change(ChangeKind.REMOVE, "/character create label"),
    )


def test_the_order_of_options_is_what_people_see() -> None:
    turned = [published(COMMAND) | {"options": [CREATE | {"options": [NAME, CLIP]}]}]

    assert changes([COMMAND], turned) == (
        Change(ChangeKind.CHANGE, "/character create", ("order of options",)),
    )
