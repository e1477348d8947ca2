"""What the documents have somebody type exists: targets, commands with their options, files, settings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from dotenv import dotenv_values

from bot import clouds
from bot.__main__ import cli
from bot.settings import SECRETS, Settings, load_settings
from tests.meta.test_documents import DOCUMENTS, Block, blocks, typed
from tests.meta.test_house import REQUIRED, ROOT, modules

TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
PROFILES = {
    name
    for service in yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"].values()
    for name in service.get("profiles", ())
}
OTHERS = {"cd", "git", "litestream", "sudo", "systemctl", "install", "useradd", "${EDITOR:-nano}"}
"""Programs of other people, which nobody here could look up."""
CALL = re.compile(r"(?:[\w./-]*/)?python -m bot((?: +[^\s`\"'.,;:()|&#]+)*)")
PLACEHOLDER = re.compile(r"[A-Z_]+|…|\.\.\.")
BOT = typer.main.get_command(cli)
SHELL = [one for path in DOCUMENTS for one in blocks(path) if one.language == "console"]
VALUES = [one for path in DOCUMENTS for one in blocks(path) if one.language == "sh"]
GUARDED = {f"{name}_FILE" for name in SECRETS} | {name.upper() for name in Settings.model_fields}


def unknown_in(words: list[str]) -> list[str]:
    """What of the words after `python -m bot` the command line does not know."""
    found: list[str] = []
    command: Any = BOT
    for before, word in zip(["", *words], words, strict=False):
        options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        if word.startswith("-"):
            found += [] if word.partition("=")[0] in options | {"--help"} else [word]
        elif (inner := getattr(command, "commands", None)) and not before.startswith("--"):
            if word not in inner:
                return [*found, word]
            command = inner[word]
    return found


def programs(line: str) -> Iterator[list[str]]:
    """The commands of a line, taken apart at `&&`; what follows a `#` is for people."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("&|;"):
            yield words
            words = []
        else:
            words.append(word)
    yield words


def wrong_for_docker(words: list[str]) -> list[str]:
    """Files and profiles that Compose would not find, and what the bot in a container would not know."""
    files = [words[at + 1] for at, word in enumerate(words) if word == "--file"]
    named = {words[at + 1] for at, word in enumerate(words) if word == "--profile"}
    inside = words[words.index("bot") + 1 :] if "bot" in words else []
    return [*(one for one in files if not (ROOT / one).exists()), *(named - PROFILES), *unknown_in(inside)]


def wrong(words: list[str]) -> list[str]:
    """What is not there, or not known, of one command; assignments before it are settings."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    match words:
        case [program, "-m", "bot", *rest] if program.endswith("python"):
            return unknown_in(rest)
        case [program, "-m", module, *_] if program.endswith("python"):
            place = ROOT.joinpath(*module.split("."))
            return [] if place.with_suffix(".py").exists() or place.is_dir() else [module]
        case ["make", target, *_]:
            return [] if target in TARGETS else [target]
        case ["docker", *rest]:
            return wrong_for_docker(rest)
        case ["cp", source, _] | ["install", "-m", _, source, _]:
            return [] if (ROOT / source).exists() else [source]
        case [program, *_] if program in OTHERS:
            return []
        case _:
            return words


@pytest.mark.parametrize("block", SHELL, ids=lambda one: one.place)
def test_every_command_that_is_to_be_typed_exists(block: Block) -> None:
    lines = typed(block.text).replace("\\\n", " ").splitlines()

    assert [one for line in lines for words in programs(line) for one in wrong(words)] == []


@pytest.mark.parametrize("block", VALUES, ids=lambda one: one.place)
def test_every_block_of_settings_can_be_put_into_the_file(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(block.text, "utf-8")
    given = dotenv_values(tmp_path / ".env")
    for name in filter(clouds.NAME.fullmatch, given):
        monkeypatch.setenv(name, "")  # so that it is forgotten again
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)

    load_settings(tmp_path / ".env")

    assert given
    assert [name for name in given if name not in GUARDED and not clouds.NAME.fullmatch(name)] == []


@pytest.mark.parametrize("path", [*DOCUMENTS, *modules("bot", "cogs")], ids=lambda path: path.name)
def test_every_command_that_is_mentioned_exists(path: Path) -> None:
    calls = CALL.findall(path.read_text("utf-8"))
    typed_words = [[word for word in call.split() if not PLACEHOLDER.fullmatch(word)] for call in calls]

    assert [one for words in typed_words for one in unknown_in(words)[:1] if words] == []


@pytest.mark.parametrize(
    "line",
    [
        "python -m bot fly",
        "python -m bot jobs --colour red",
        "python -m bot jobs settel 7F3A",
        "make tea",
        "docker compose --profile moon up",
        "docker compose exec dramatis python -m bot docter",
        "cp .env.sample .env",
        "rm -rf /",
        "python -m sandbox.pictures docs",
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert [one for words in programs(line) for one in wrong(words)]
