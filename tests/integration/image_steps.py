"""The Dockerfile, carried out without a container runtime: a folder stands for the root of each stage.

What cannot be had in this way is left out: the base image (this machine's Python takes its place), and the
change of user (the user of the image is whoever runs this).
"""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

from tests.supply.locks import locked_here, version_of

CONTINUED = re.compile(r"\\\n(?:[ \t]*#.*\n)*")
INSTALL = "python -m pip "
USER = "10001"
TOP = PurePosixPath("/")
OURS = re.compile(r"(?<![\w./])/(opt|srv|data|tmp)\b")
"""The beginnings of the image's own paths, as they stand in commands."""
SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"

Install = Callable[[str, Path], None]
"""Carries out a command that installs, given as it is to be run, and the folder that stands for the root."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, such as `RUN`, and what follows it, on one line."""

    instruction: str
    text: str


@dataclass(slots=True)
class Stage:
    """What the instructions up to now have made. `root` is the folder that stands for `/`."""

    root: Path
    folder: PurePosixPath = TOP
    environment: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """The last text of each instruction that only describes: `USER`, `ENTRYPOINT` and the like."""

    def place(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / str(self.folder / path).lstrip("/")

    def translated(self, text: str) -> str:
        return OURS.sub(rf"{self.root}/\1", text)


def steps(dockerfile: str) -> list[Step]:
    """The instructions in their order, comments left out and continued lines put together."""
    text = CONTINUED.sub(" ", dockerfile)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [Step(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines)]


def stages(dockerfile: str) -> dict[str, list[Step]]:
    """The instructions of each stage by its name; the last one is named `final`."""
    found: dict[str, list[Step]] = {}
    for step in steps(dockerfile):
        if step.instruction == "FROM":
            name = step.text.partition(" AS ")[2] or "final"
            found[name] = []
        found[name].append(step)
    return found


def built(context: Path, folder: Path, install: Install) -> Stage:
    """The last stage of the Dockerfile in `context`, after all its instructions and those of the others."""
    done: dict[str, Stage] = {}
    for name, instructions in stages((context / "Dockerfile").read_text("utf-8")).items():
        done[name] = Stage(folder / name)
        done[name].root.mkdir()
        for step in instructions:
            carry_out(step, done[name], context, done, install)
    return done["final"]


def carry_out(step: Step, stage: Stage, context: Path, others: dict[str, Stage], install: Install) -> None:
    """One instruction."""
    match step.instruction:
        case "RUN":
            run(step.text, stage, install)
        case "COPY":
            copy(step.text, stage, context, others)
        case "WORKDIR":
            stage.folder /= step.text
            stage.place(".").mkdir(parents=True, exist_ok=True)
        case "ENV":
            stage.environment |= dict(word.split("=", 1) for word in shlex.split(step.text))
        case _:
            stage.settings[step.instruction] = step.text


def run(command: str, stage: Stage, install: Install) -> None:
    """A command of the build, with our own user in place of the image's."""
    own = stage.translated(command).replace(f"--owner {USER} --group {USER}", own_user())
    if command.startswith(INSTALL):
        install(own, stage.root)
    else:
        shell(own, stage.place("."))


def own_user() -> str:
    return f"--owner {os.getuid()} --group {os.getgid()}"


def shell(command: str, folder: Path) -> None:
    """What a container runtime does with `RUN`; `python` is the one that runs the tests."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    subprocess.run(["/bin/sh", "-ec", command], cwd=folder, env=os.environ | {"PATH": path}, check=True)  # noqa: S603 - the Dockerfile's own


def copy(text: str, stage: Stage, context: Path, others: dict[str, Stage]) -> None:
    """Files into a folder, or what is in a folder into another one, from the context or an earlier stage."""
    words = text.split()
    options = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if word not in options]
    place = stage.place(target)
    for source in sources:
        found = source_of(source, options, context, others)
        if found.is_dir():
            ignored = shutil.ignore_patterns("__pycache__") if not options else None
            shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            into = place / found.name if target.endswith("/") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, into)


def source_of(source: str, options: list[str], context: Path, others: dict[str, Stage]) -> Path:
    for option in options:
        name, _, value = option.partition("=")
        if name == "--from":
            return others[value].place(source)
    return context / source


def by_pip(command: str, _root: Path) -> None:
    """The command itself. It asks the package index that pip is set up for here."""
    shell(command, Path.cwd())


def from_this_environment(command: str, root: Path) -> None:
    """The very packages that are locked, and no others, out of the environment that runs the tests.

    `make setup` has installed them by the same hashes. Only names and versions are looked at here.
    """
    words = shlex.split(command)
    lock = Path(words[words.index("-r") + 1])
    if "--target" in words:
        site = Path(words[words.index("--target") + 1])
        site.mkdir()
    else:
        site = Path(words[words.index("--python") + 1]).parents[1] / SITE
    assert root in site.parents
    for requirement in locked_here(lock):
        found, wanted = distribution(requirement.name), version_of(requirement)
        assert found.version == wanted, f"{requirement} is {found.version} here: make setup"
        for part in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
            if not (site / part).exists():
                (site / part).symlink_to(str(found.locate_file(part)))


async def started(
    stage: Stage, command: list[str], environment: dict[str, str]
) -> asyncio.subprocess.Process:
    """A command of the image, in exec form, with nothing around it but the image's own environment."""
    inside = {name: stage.translated(value) for name, value in stage.environment.items()}
    inside["PATH"] = inside["PATH"].replace("$PATH", os.defpath)
    inside |= {"TMPDIR": str(stage.root / "tmp"), **environment}
    program = shutil.which(command[0], path=inside["PATH"])
    assert program is not None
    return await asyncio.create_subprocess_exec(
        program,
        *command[1:],
        cwd=stage.place("."),
        env=inside,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
