"""Canary secrets are searched for in everything that is said during the tests.

A plugin of pytest. All logging is on at DEBUG, by the formatter of the bot. Whatever is logged, printed or
shown by a command is searched after each phase of a test, which fails if a secret is in it.
"""

import functools
from collections.abc import Generator, Iterable
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.logs import configure_logs
from tests.canaries import KNOWN, secrets_in

LOG_TAIL_LINES = 60


class Overheard:
    """Everything that was said in the test that runs now."""

    def __init__(self) -> None:
        self._log = StringIO()
        self._searched = 0
        self._shown: list[str] = []

    def listen(self) -> None:
        """Forgets what was said, and has everything logged from here on."""
        self._log, self._searched, self._shown = StringIO(), 0, []
        with redirect_stderr(self._log):
            configure_logs("DEBUG", "json", KNOWN.values())

    def watch_command_line(self) -> None:
        """Keeps what commands show that are run in this process."""
        own = CliRunner.invoke

        @functools.wraps(own)
        def invoke(*arguments: Any, **options: Any) -> Result:
            result = own(*arguments, **options)
            self._shown.append(result.output)
            return result

        setattr(CliRunner, "invoke", invoke)  # noqa: B010 - a method of somebody else's class

    def told(self, captured: Iterable[str]) -> list[str]:
        """The secrets in what was captured, and in what was logged and shown since this was asked before."""
        logged = self._log.getvalue()
        new, self._searched = logged[self._searched :], len(logged)
        shown, self._shown = self._shown, []
        return secrets_in("\n".join((new, *shown, *captured)))

    def pytest_runtest_logstart(self) -> None:
        self.listen()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        captured = [text for title, text in report.sections if title.endswith(f" {report.when}")]
        if told := self.told(captured):
            report.outcome = "failed"
            report.longrepr = f"{report.longreprtext}\nit told {'; '.join(told)}"
        if report.failed:
            tail = self._log.getvalue().splitlines()[-LOG_TAIL_LINES:]
            report.sections.append(("What was logged", "\n".join(tail)))
        return report


def pytest_configure(config: pytest.Config) -> None:
    overheard = Overheard()
    overheard.watch_command_line()
    config.pluginmanager.register(overheard)
