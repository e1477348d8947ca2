"""What the documents show can be typed, and what they point at is there."""

import ast
import json
import re
import sqlite3
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.meta.test_deploy import statements

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and where it begins."""

    language: str
    text: str
    place: str


def blocks(document: Path) -> list[Block]:
    text = document.read_text("utf-8")
    assert text.count("```") % 2 == 0, f"{document.name}: a fence that is not closed"
    return [
        Block(found[1], found[2], f"{document.name}:{len(text[: found.start()].splitlines()) + 1}")
        for found in FENCE.finditer(text)
    ]


def typed(console: str) -> str:
    """What of a console somebody types: the lines after the prompt, and those that continue them."""
    lines, continued = [], False
    for line in console.splitlines():
        if continued or line.startswith(PROMPT):
            lines.append(line.removeprefix(PROMPT))
            continued = line.endswith("\\")
    assert lines, "nothing is typed there"
    return "\n".join(lines)


def parse_shell(text: str) -> None:
    """Raises:
    CalledProcessError: bash cannot read it.
    """
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, capture_output=True)  # noqa: S607 - wherever bash is


def parse_sql(text: str) -> None:
    """Raises:
    ValueError: the last statement does not end.
    """
    if not sqlite3.complete_statement(text):
        raise ValueError(text)


PARSERS: dict[str, Callable[[str], object]] = {
    "console": lambda text: parse_shell(typed(text)),
    "sh": parse_shell,
    "bash": parse_shell,
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
    "python": ast.parse,
    "sql": parse_sql,
    "caddy": lambda text: list(statements(text, "")),
    "text": str,
}
"""How a block of each language is read; `text` is for people."""


def anchors(document: Path) -> set[str]:
    """What `#...` may name in a document, spelt as GitHub spells it."""
    text = FENCE.sub("", document.read_text("utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {words.replace(" ", "-") for words in plain}


def broken(document: Path) -> list[str]:
    """The relative links of a document that lead nowhere."""
    found = []
    for link in LINK.findall(FENCE.sub("", document.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize(
    "block", [one for path in DOCUMENTS for one in blocks(path)], ids=lambda one: one.place
)
def test_every_block_of_code_can_be_read(block: Block) -> None:
    assert block.language in PARSERS, f"{block.place}: say in which language it is"

    PARSERS[block.language](block.text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert broken(document) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("console", "$ if true; then\n"),
        ("bash", "for\n"),
        ("json", "{'a': 1}"),
        ("toml", "a ="),
        ("yaml", "a: [1"),
        ("python", "def f(:"),
        ("sql", "DELETE FROM jobs WHERE"),
        ("caddy", "bot.example.org {\nrespond 404\n"),
    ],
)
def test_a_block_that_cannot_be_read_is_noticed(language: str, text: str) -> None:
    with pytest.raises(
        (ValueError, SyntaxError, AssertionError, yaml.YAMLError, subprocess.CalledProcessError)
    ):
        PARSERS[language](text)


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# One fine day\n[a](page.md#one-fine-day) [b](gone.md) [c](#two)\n", "utf-8")

    assert broken(document) == ["gone.md", "#two"]
