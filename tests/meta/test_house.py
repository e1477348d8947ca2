"""The rules of the house that no linter knows."""

import ast
import functools
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
SHIPPED = ("bot", "cogs", "storage", "sandbox")
LAYERED = ("bot", "cogs", "storage")
EVERYTHING = (*SHIPPED, "tests", "benchmarks")
MODULE_LINES = 400
USUAL_FUNCTION_LINES = 24
LONGEST_FUNCTION_LINES = 50
USUAL_SHARE = 0.9
REQUIRED = {"DISCORD_TOKEN": "a.token", "KIE_API_KEY": "a-key", "ALLOWED_GUILDS": "123456789012345678"}
MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock"})
SPECS = frozenset({"spec", "spec_set", "autospec", "wraps"})
BY_NAME = frozenset({"import_module", "load_extension", "load_extensions", "__import__"})
# Put together here, so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org")
MACHINE_PATH = re.compile(
    "/(?:" + "|".join(("wo" + "rk", "ro" + "ot", r"ho" + r"me/\w+", r"Us" + r"ers/\w+")) + ")/"
)
TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", ".example", ".cfg", ".sh", ""}
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def named(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(*packages: str) -> Iterator[tuple[str, int]]:
    """Every function with its length in lines."""
    for path in modules(*packages):
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and node.end_lineno is not None:
                yield f"{named(path)}.{node.name}", node.end_lineno - node.lineno + 1


def calls(*packages: str) -> Iterator[tuple[str, str, set[str | None]]]:
    """Every call: where it stands, the last part of what is called, the names of its keywords."""
    for path in modules(*packages):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                yield f"{named(path)}:{node.lineno}", called, {keyword.arg for keyword in node.keywords}


def tracked() -> list[Path]:
    """The files under version control, or all files where there is no repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return [path for package in EVERYTHING for path in (ROOT / package).rglob("*") if path.is_file()]
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own repository
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def contracts() -> list[dict[str, object]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, object]] = config["tool"]["importlinter"]["contracts"]
    return found


def layers_around(name: str) -> set[str]:
    """All layers of the contract that orders `name`."""
    for contract in contracts():
        if contract["type"] == "layers":
            assert isinstance(contract["layers"], list)
            layers = {part.strip() for layer in contract["layers"] for part in layer.split("|")}
            if name in layers or any(layer.startswith(f"{name}.") for layer in layers):
                return layers
    return set()


def uncovered(packages: tuple[str, ...], layers: set[str]) -> list[str]:
    """Modules that are in none of the layers."""
    names = [named(path) for path in modules(*packages) if path.name != "__init__.py"]
    return [
        name for name in names if not any(name == layer or name.startswith(f"{layer}.") for layer in layers)
    ]


@pytest.mark.parametrize(
    "path", [path for path in modules(*EVERYTHING) if path.name == "__init__.py"], ids=named
)
def test_an_init_file_holds_a_docstring_and_nothing_else(path: Path) -> None:
    module = tree(path)

    assert ast.get_docstring(module)
    assert len(module.body) == 1


def test_no_module_is_longer_than_anybody_reads() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in modules(*EVERYTHING)}

    assert {name: length for name, length in lengths.items() if length > MODULE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert [one for one in functions(*SHIPPED) if one[1] > LONGEST_FUNCTION_LINES] == []


@pytest.mark.parametrize("package", SHIPPED)
def test_nine_functions_in_ten_fit_in_a_glance(package: str) -> None:
    lengths = [length for _, length in functions(package)]

    assert sum(length < USUAL_FUNCTION_LINES for length in lengths) >= USUAL_SHARE * len(lengths)


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_every_setting_is_in_the_example_and_in_the_readme(name: str) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    readme = ROOT / "README.md"

    assert re.search(rf"^(# )?{name}=", example, re.MULTILINE)
    if readme.exists():
        assert re.search(rf"^\|.*`{name}`.*\|", readme.read_text("utf-8"), re.MULTILINE)


def test_the_example_names_nothing_that_does_not_exist() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    named_there = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example, re.MULTILINE))

    assert named_there == {name.upper() for name in Settings.model_fields}


def test_the_example_loads_once_the_three_required_values_are_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    example = (ROOT / ".env.example").read_text("utf-8")
    for name, value in REQUIRED.items():
        assert f"\n{name}=\n" in example
        example = example.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    filled, least = tmp_path / "filled", tmp_path / "least"
    filled.write_text(example, "utf-8")
    least.write_text("\n".join(f"{name}={value}" for name, value in REQUIRED.items()), "utf-8")

    assert load_settings(filled) == load_settings(least), "the example shows the defaults"


def test_no_mock_without_a_spec() -> None:
    free = [
        where for where, called, given in calls("tests", *SHIPPED) if called in MOCKS and not given & SPECS
    ]

    assert free == []


def test_imports_are_imports() -> None:
    assert [where for where, called, _ in calls(*EVERYTHING) if called in BY_NAME] == []


def test_no_tracked_file_names_a_package_registry_or_a_place_on_some_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        text = path.read_text("utf-8", "replace")
        found += [(str(path.relative_to(ROOT)), host) for host in REGISTRIES if host in text]
        found += [(str(path.relative_to(ROOT)), place) for place in MACHINE_PATH.findall(text)]

    assert found == []


def test_every_module_is_under_a_layer_of_the_import_contracts() -> None:
    assert uncovered(LAYERED, layers_around("bot") | {"cogs", "storage"}) == []
    assert {"storage", "cogs"} <= layers_around("bot")


def test_every_cog_is_under_a_layer_of_the_cogs() -> None:
    layers = layers_around("cogs.orders.create")

    assert layers
    assert uncovered(("cogs",), layers) == []
