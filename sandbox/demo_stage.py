"""How the demo checks and tells: each step waits for something that must happen, within a limit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from sandbox.bot_run import BotRun, BotStopped
from sandbox.transcript import Transcript

CHECK_SECONDS: Final = 15.0

T = TypeVar("T")


class CheckFailed(Exception):
    """What was expected, what was there instead, and the end of the bot's log."""

    def __init__(self, expected: str, found: str, log_tail: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found
        self.log_tail = log_tail

    def print_to(self, console: Console) -> None:
        """Explain it to whoever has to find out why."""
        console.print(Text("\n  ✘ ", "bold red") + Text(self.expected, "bold"))
        console.print(Text(f"    {self.found}", "red"))
        console.print(Panel(Text(self.log_tail or "(empty)"), title="the end of the bot's log"))


class Reporter:
    """Prints what the transcript does not: scenes, remarks and checks."""

    def __init__(
        self,
        console: Console,
        transcript: Transcript,
        bot: BotRun,
        *,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self.console = console
        self._check_seconds = check_seconds
        self._transcript = transcript
        self._bot = bot

    def scene(self, title: str, *remarks: str) -> None:
        """Begin another part of the evening."""
        self._transcript.catch_up()
        self.console.print()
        self.console.print(Rule(Text(f" {title} ", "bold"), align="left", style="bright_black"))
        for remark in remarks:
            self.remark(remark)
        self.console.print()

    def remark(self, text: str) -> None:
        """Something that is done behind the scenes."""
        self._transcript.catch_up()
        self.console.print(Text(f"  {text}", "italic bright_black"))

    def passed(self, what: str) -> None:
        self._transcript.catch_up()
        self.console.print(Text("  ✔ ", "bold green") + Text(what, "green"))

    async def check(
        self,
        what: str,
        waited_for: Awaitable[T],
        timeout_seconds: float | None = None,
        note: Callable[[T], str] = lambda _: "",
    ) -> T:
        """What is waited for, told as passed with a `note` about it.

        Raises:
            CheckFailed: it did not come in time, or the bot ended meanwhile.
        """
        limit_seconds = self._check_seconds if timeout_seconds is None else timeout_seconds
        try:
            async with asyncio.timeout(limit_seconds):
                found = await self._bot.alive(waited_for)
        except (TimeoutError, BotStopped) as error:
            self._transcript.catch_up()
            found_instead = str(error) or f"nothing of the kind within {limit_seconds:g} s"
            raise CheckFailed(what, found_instead.partition("\n")[0], self._bot.log_tail) from None
        self.passed(what + note(found))
        return found

    def expect(self, what: str, *, found: object, wanted: object) -> None:
        """Compare, told as passed.

        Raises:
            CheckFailed: they differ.
        """
        if found != wanted:
            self._transcript.catch_up()
            raise CheckFailed(what, f"wanted {wanted!r}, found {found!r}", self._bot.log_tail)
        self.passed(what)
