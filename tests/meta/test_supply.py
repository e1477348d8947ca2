"""The lock files, the list of licences, the look-up of vulnerabilities and the list of parts."""

import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.audit import OPTIONS, Finding, finding, reason
from tests.supply.licences import HEAD, NOT_EVERYWHERE, PAGE, licence_of, page, stated
from tests.supply.locks import DEVELOPMENT, IMAGE, ROOT, RUNTIME, locked, version_of

DECISIONS = (ROOT / "docs" / "decisions" / "0004-dependencies.md").read_text("utf-8")
MISSING = "ERROR:pip_audit._cli:yarl: Dependency not found and could not be audited: yarl (1.25.1)\n"
REFUSED = (
    "Traceback (most recent call last):\n  File ...\nrequests.exceptions.ProxyError: Unable to connect\n"
)
LIMIT_SECONDS = 150
"""On a machine that is busy with other things; on an idle one each takes a few seconds."""


def rows() -> dict[str, tuple[str, str]]:
    """Version and licence by package, as the page has them."""
    found = re.findall(r"^\| ([\w.-]+) \| ([\d., a-z]+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: (versions, licence) for name, versions, licence in found}


def direct() -> Iterator[tuple[Path, Requirement]]:
    """What pyproject.toml asks for, with the lock file where it has to be."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for lock, wanted in (
        (RUNTIME, project["project"]["dependencies"]),
        (DEVELOPMENT, project["dependency-groups"]["dev"]),
        (IMAGE, project["dependency-groups"]["image"]),
    ):
        yield from ((lock, Requirement(text)) for text in wanted)


@pytest.mark.parametrize(
    ("lock", "least"),
    [(RUNTIME, 20), (DEVELOPMENT, 20), (IMAGE, 1)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_line_of_a_lock_file_has_one_version_and_hashes(lock: Path, least: int) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text("utf-8"))[1:]

    assert len(entries) == len(list(locked(lock))) >= least
    assert all(version_of(requirement) for requirement in locked(lock))
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_what_runs_is_locked_the_same_for_development() -> None:
    development = {str(one) for one in locked(DEVELOPMENT)}

    assert {str(one) for lock in (RUNTIME, IMAGE) for one in locked(lock)} <= development


@pytest.mark.parametrize(("lock", "wanted"), list(direct()), ids=lambda value: getattr(value, "name", ""))
def test_the_lock_holds_what_the_project_asks_for(lock: Path, wanted: Requirement) -> None:
    versions = [
        version_of(one)
        for one in locked(lock)
        if canonicalize_name(one.name) == canonicalize_name(wanted.name)
    ]

    assert versions, "make lock"
    assert all(wanted.specifier.contains(version) for version in versions), "make lock"


@pytest.mark.parametrize("name", ["pip-audit", "cyclonedx-bom", "packaging", "hadolint"])
def test_what_this_is_done_with_has_its_reason_written_down(name: str) -> None:
    assert name in DECISIONS


def test_every_package_of_a_running_bot_is_in_the_list_of_licences() -> None:
    versions: dict[str, list[str]] = {}
    for requirement in locked(RUNTIME):
        versions.setdefault(requirement.name, []).append(version_of(requirement))

    assert {name: shown for name, (shown, _) in rows().items()} == {
        name: ", ".join(found) for name, found in versions.items()
    }, "make licences"
    assert set(NOT_EVERYWHERE) <= set(versions)


def test_the_list_of_licences_says_what_the_packages_say() -> None:
    assert PAGE.read_text("utf-8").startswith(HEAD)
    assert {name: licence for name, (_, licence) in rows().items()} == {
        name: licence_of(name) for name in rows()
    }, "make licences"
    assert page() == PAGE.read_text("utf-8"), "make licences"


@pytest.mark.parametrize(
    ("expression", "classifiers", "text", "expected"),
    [
        ("MIT AND PSF-2.0", ["MIT License"], "MIT", "MIT AND PSF-2.0"),
        (None, ["Apache Software License"], "Apache 2", "Apache-2.0"),
        (None, ["MIT License", "ISC License (ISCL)"], None, "MIT AND ISC"),
        (None, [], "BSD-3-Clause", "BSD-3-Clause"),
        (None, [], "Permission is hereby granted ...", None),
        (None, ["Some Rights Reserved"], None, None),
    ],
)
def test_a_licence_is_read_from_where_it_is_told_best(
    expression: str | None, classifiers: list[str], text: str | None, expected: str | None
) -> None:
    assert stated(expression, classifiers, text) == expected


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (0, "No known vulnerabilities found\n", Finding.CLEAN),
        (1, "Found 2 known vulnerabilities in 1 package\n", Finding.VULNERABLE),
        (1, "Found 1 known vulnerability, ignored 1 in 1 package\n", Finding.VULNERABLE),
        (1, MISSING, Finding.UNANSWERED),
        (1, REFUSED, Finding.UNANSWERED),
        (1, "", Finding.UNANSWERED),
        (2, "usage: pip-audit\n", Finding.UNANSWERED),
    ],
)
def test_no_answer_is_told_from_vulnerabilities_and_from_none(
    code: int, said: str, expected: Finding
) -> None:
    assert finding(code, said) is expected
    assert "--strict" in OPTIONS, "without it a package that is not found counts as harmless"


def test_the_reason_is_the_error_and_not_the_traceback_above_it() -> None:
    assert reason(REFUSED) == "requests.exceptions.ProxyError: Unable to connect"
    assert reason("") == "it said nothing"


@pytest.mark.seconds(LIMIT_SECONDS + 10)
def test_an_audit_without_a_network_fails_and_says_that_nothing_is_known(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        proxies = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"), nowhere)
        # Answers from before would be found in the cache.
        environment = os.environ | proxies | {"no_proxy": "", "NO_PROXY": "", "PIP_CACHE_DIR": str(tmp_path)}
        audit = subprocess.run(
            [sys.executable, "-m", "tests.supply.audit"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    assert audit.returncode == Finding.UNANSWERED
    assert audit.stdout.count("NOT LOOKED UP") == 2
    assert "Traceback" not in audit.stdout + audit.stderr


@pytest.mark.seconds(LIMIT_SECONDS + 10)
def test_the_list_of_parts_names_everything_that_is_locked(tmp_path: Path) -> None:
    options = (
        "--pyproject",
        "pyproject.toml",
        "--output-reproducible",
        "--output-file",
        str(tmp_path / "sbom.json"),
    )
    made = re.search(
        r"cyclonedx_py (requirements) \\\n\t+(.*) sbom\.json (\S+)", (ROOT / "Makefile").read_text("utf-8")
    )
    assert made is not None
    assert made[2].split() == list(options[:-1])

    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", *options, made[3]],
        cwd=ROOT,
        check=True,
        timeout=LIMIT_SECONDS,
    )

    parts = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert parts["bomFormat"] == "CycloneDX"
    assert parts["metadata"]["component"]["name"] == "dramatis"
    assert sorted((part["name"], part["version"]) for part in parts["components"]) == sorted(
        (one.name, version_of(one)) for one in locked(RUNTIME)
    )
