"""The README promises only what tests show, and names commands that exist."""

import re
from pathlib import Path

from bot.settings import Settings
from tests.supply.settings_table import with_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = README.split("### Settings")[1].split("\n### ")[0]
PROMISES = README.split("## What it promises")[1].split("\n## ")[0]


def test_every_promise_names_tests_that_exist() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    rows = [line for line in PROMISES.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) >= 5
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        for name in named:
            assert f"def {name}(" in written, name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", README)) | set(re.findall(r"\$ make ([a-z]+)", README))

    assert named <= targets
    assert {"demo", "test", "check", "run", "bench"} <= named


def test_the_table_of_settings_is_made_from_the_code() -> None:
    assert with_table(README) == README, "make settings"
    assert with_table(README.replace("| the bot token |", "| a token |")) == README
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_stands_in_the_table_once_with_its_true_default() -> None:
    told: dict[str, str] = {}
    for names, default in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]+) \|", SETTINGS, re.MULTILINE):
        several = names.split(", ")
        values = default.split(", ") if default.count("`") == 2 * len(several) else [default] * len(several)
        for name, value in zip(several, values, strict=True):
            assert name.strip("`") not in told, name
            told[name.strip("`")] = value

    assert set(told) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert _is_told(told[name.upper()], "required" if field.is_required() else field.default), name


def _is_told(told: str, default: object) -> bool:
    """Nothing, an address and several hosts are told in words; all other defaults as they are."""
    match default:
        case "required":
            return told == default
        case None | ():
            return not re.fullmatch(r"`[^`]*`", told) and told != "required"
        case str() if "://" in default:
            return "Discord's" in told or "provider's" in told
        case tuple() if len(default) > 1:
            return told == "Discord's two hosts"
        case tuple():
            return told == f"`{default[0]}`"
        case float():
            return told == f"`{default:g}`"
        case _:
            return told == f"`{default}`"
