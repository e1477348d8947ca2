"""`make audit`: what is locked, looked up in a public database of vulnerabilities. Needs the network."""

import re
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

from tests.supply.locks import DEVELOPMENT, RUNTIME

PROGRAM = str(Path(sys.executable).with_name("pip-audit"))
# Strictly: otherwise a package that cannot be looked up is left out, and the rest is called clean.
OPTIONS = ("--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--requirement")
FOUND = re.compile(r"^Found \d+ known vulnerabilit", re.MULTILINE)
REASON_LENGTH = 300


class Finding(IntEnum):
    """What came of looking one lock file up; the exit code of the whole."""

    CLEAN = 0
    VULNERABLE = 1
    UNANSWERED = 3


def finding(code: int, said: str) -> Finding:
    """What an exit code of pip-audit means, together with what it wrote on standard error.

    Its 1 stands both for vulnerabilities and for everything that kept it from looking.
    """
    if code == 0:
        return Finding.CLEAN
    return Finding.VULNERABLE if FOUND.search(said) else Finding.UNANSWERED


def reason(said: str) -> str:
    """The last line of what it wrote, which holds the error, without the traceback above it."""
    lines = said.strip().splitlines() or ["it said nothing"]
    return lines[-1][:REASON_LENGTH]


def audited(lock: Path) -> Finding:
    """Looks one lock file up, and says what came of it."""
    asked = subprocess.run([PROGRAM, *OPTIONS, str(lock)], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    found = finding(asked.returncode, asked.stderr)
    match found:
        case Finding.CLEAN:
            tell(f"{lock.name}: no known vulnerabilities")
        case Finding.VULNERABLE:
            tell(f"{lock.name}:\n{asked.stdout}")
        case Finding.UNANSWERED:
            tell(f"{lock.name}: NOT LOOKED UP, the database of vulnerabilities did not answer for all of it.")
            tell(
                "So nothing is known about it. Try again where the database can be reached. What went wrong:"
            )
            tell(reason(asked.stderr))
    return found


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    return max(audited(lock) for lock in (RUNTIME, DEVELOPMENT))


if __name__ == "__main__":
    sys.exit(main())
