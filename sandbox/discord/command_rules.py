"""The rules for application commands. Discord: Application Commands."""

import re
from collections.abc import Sequence
from typing import Any, Final

from sandbox.discord.commands import CHAT_INPUT, MESSAGE_MENU, SUBCOMMAND, SUBCOMMAND_GROUP, USER_MENU
from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.hub import Json

NAME: Final = re.compile(
    r"^[-_'\w]{1,32}$"
)  # letters and digits of any script, lower case where there is one
COMMANDS_LIMIT: Final = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
TEXT_LIMIT: Final = 8000  # names, descriptions and values of one command, the longest localisation counted
DESCRIPTION_LIMIT: Final = 100
OPTIONS_LIMIT: Final = 25
CHOICES_LIMIT: Final = 25
TYPES_LIMIT: Final = 10  # entries of a file type filter
WITH_CHOICES: Final = (3, 4, 10)
CHAT_INPUT_NESTS: Final = (SUBCOMMAND, SUBCOMMAND_GROUP)  # a group holds subcommands, a subcommand neither
Path = tuple[str | int, ...]


def check_commands(commands: Any) -> None:
    """Check a bulk overwrite.

    Raises:
        Refusal: 50035 with one entry per fault, under the number of the command.
    """
    faults = FormFaults()
    if not isinstance(commands, list) or not all(isinstance(one, dict) for one in commands):
        raise refusal(50109)
    listed: list[Json] = commands
    for index, command in enumerate(listed):
        _check_command(command, (index,), faults)
    _check_duplicates(listed, (), faults)
    for kind, limit in COMMANDS_LIMIT.items():
        if sum((one.get("type") or CHAT_INPUT) == kind for one in listed) > limit:
            told = f"Maximum number of application commands reached ({limit})."
            faults.add((), "APPLICATION_COMMANDS_MAX_REACHED", told)
    faults.raise_if_found()


def check_command(command: Json) -> None:
    """Check one command; raises as `check_commands` does."""
    faults = FormFaults()
    _check_command(command, (), faults)
    faults.raise_if_found()


def _check_duplicates(entries: Sequence[Json], path: Path, faults: FormFaults) -> None:
    seen: set[tuple[int, str]] = set()
    for index, entry in enumerate(entries):
        key = (entry.get("type") or CHAT_INPUT if not path else 0, entry.get("name", ""))
        if key in seen:
            told = "Option or command names must be unique"
            faults.add((*path, index), "APPLICATION_COMMANDS_DUPLICATE_NAME", told)
        seen.add(key)


def _check_command(command: Json, path: Path, faults: FormFaults) -> None:
    kind = command.get("type") or CHAT_INPUT
    faults.choice((*path, "type"), kind, (1, 2, 3, 4))
    _check_permissions(command, path, faults)
    if kind == CHAT_INPUT:
        _check_name(command, path, faults)
        faults.length((*path, "description"), command.get("description"), 1, DESCRIPTION_LIMIT)
        _check_options(command.get("options") or [], (*path, "options"), faults, CHAT_INPUT_NESTS)
    else:
        faults.length((*path, "name"), command.get("name"), 1, 32)
        if command.get("description") or command.get("options"):
            faults.add((*path, "description"), "APPLICATION_COMMAND_MENU_DESCRIPTION", "Must be empty.")
    if text_size(command) > TEXT_LIMIT:
        told = f"Command exceeds maximum size ({TEXT_LIMIT})"
        faults.add(path, "APPLICATION_COMMAND_TOO_LARGE", told)


def _check_permissions(command: Json, path: Path, faults: FormFaults) -> None:
    """A set of permissions, as a number or in digits; None leaves the command to everybody."""
    wanted = command.get("default_member_permissions")
    digits = str(wanted)
    is_number = isinstance(wanted, int | str) and not isinstance(wanted, bool)
    if wanted is not None and not (is_number and digits.isascii() and digits.isdigit()):
        told = f"Value {digits!r} is not a set of permissions."
        faults.add((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", told)


def _check_name(entry: Json, path: Path, faults: FormFaults) -> None:
    name = entry.get("name")
    names = [name, *(entry.get("name_localizations") or {}).values()]
    for one in names:
        if not isinstance(one, str) or not NAME.match(one) or one != one.lower():
            told = "Command name is invalid"
            faults.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", told)


def _check_options(options: Sequence[Json], path: Path, faults: FormFaults, nests: Sequence[int]) -> None:
    faults.length(path, options, 0, OPTIONS_LIMIT)
    _check_duplicates(options, path, faults)
    optional_seen = False
    for index, option in enumerate(options):
        if option.get("required") and optional_seen:
            told = "Required options must be placed before non-required options"
            faults.add((*path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", told)
        optional_seen = optional_seen or not option.get("required")
        _check_option(option, (*path, index), faults, nests)
    nested = [option.get("type") in {SUBCOMMAND, SUBCOMMAND_GROUP} for option in options]
    if any(nested) and not all(nested):
        told = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        faults.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", told)


def _check_option(option: Json, path: Path, faults: FormFaults, nests: Sequence[int]) -> None:
    kind = option.get("type")
    faults.choice((*path, "type"), kind, range(1, 12))
    _check_name(option, path, faults)
    faults.length((*path, "description"), option.get("description"), 1, DESCRIPTION_LIMIT)
    if kind in {SUBCOMMAND, SUBCOMMAND_GROUP}:
        if kind not in nests:
            faults.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deeply")
        inner = (SUBCOMMAND,) if kind == SUBCOMMAND_GROUP else ()
        _check_options(option.get("options") or [], (*path, "options"), faults, inner)
        return
    _check_choices(option, path, faults)
    if (types := option.get("file_types")) is not None:
        faults.length((*path, "file_types"), types, 0, TYPES_LIMIT)


def _check_choices(option: Json, path: Path, faults: FormFaults) -> None:
    choices = option.get("choices") or []
    faults.length((*path, "choices"), choices, 0, CHOICES_LIMIT)
    if (choices or option.get("autocomplete")) and option.get("type") not in WITH_CHOICES:
        faults.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type of option takes no choices")
    if choices and option.get("autocomplete"):
        told = "Choices and autocomplete are mutually exclusive"
        faults.add(path, "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", told)
    for index, choice in enumerate(choices):
        faults.length((*path, "choices", index, "name"), choice.get("name"), 1, 100)
        if isinstance(choice.get("value"), str):
            faults.length((*path, "choices", index, "value"), choice["value"], 1, 100)


def text_size(entry: Json) -> int:
    """Characters of names, descriptions and values; of localised texts the longest counts."""
    total = 0
    for name in ("name", "description"):
        texts = [entry.get(name) or "", *(entry.get(f"{name}_localizations") or {}).values()]
        total += max(len(text) for text in texts)
    total += len(entry["value"]) if isinstance(entry.get("value"), str) else 0
    inner = [*(entry.get("options") or ()), *(entry.get("choices") or ())]
    return total + sum(text_size(one) for one in inner)
