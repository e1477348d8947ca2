"""`python -m sandbox`: both servers on loopback, the settings for a bot, and the conversation as it grows.

`python -m sandbox doctor`, or another command of the bot, runs that command with those settings instead.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from sandbox.bot_run import KEPT_VARIABLES, ROOT
from sandbox.box import Box, open_sandbox
from sandbox.discord.hub import WorldEvent

QUIET = ("thinking",)
EDGE_STYLES = {"message": "blue", "ephemeral": "dim", "edit": "cyan", "delete": "red"}


def main(
    command: Annotated[
        list[str] | None,
        typer.Argument(help="A command of the bot to run against it, such as doctor.", show_default=False),
    ] = None,
    discord_port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 0,
    data_dir: Annotated[str, typer.Option(help="Where the bot will keep its files.")] = "sandbox-data",
    seconds_to_success: Annotated[float, typer.Option(min=0, help="How long the provider works.")] = 5.0,
) -> None:
    """A local Discord and a local provider, to try the bot without an account."""
    with suppress(KeyboardInterrupt):
        raise typer.Exit(
            asyncio.run(_run(Console(), discord_port, data_dir, seconds_to_success, command or []))
        )


async def _run(
    console: Console, discord_port: int, data_dir: str, seconds_to_success: float, command: list[str]
) -> int:
    async with open_sandbox(discord_port=discord_port, seconds_to_success=seconds_to_success) as box:
        guild = box.discord.add_guild("Studio")
        if command:
            return await _bot(command, box.environment(data_dir))
        channel = guild.add_text_channel("studio")
        member = guild.add_member("Mira", "MANAGE_GUILD")
        console.print(
            f"{member.name} is in {channel.place} of {guild.name}. Act as her: {box.discord.base_url}/"
        )
        console.print("\nThe settings for the bot:\n")
        for line in environment_lines(box, data_dir):
            console.print(line, highlight=False, soft_wrap=True, markup=False)
        console.print("\nCtrl-C ends it.\n")
        async for event in box.discord.watch():
            if event.kind not in QUIET:
                console.print(shown(event))
    return 0


async def _bot(command: list[str], settings: Mapping[str, str]) -> int:
    """Runs a command of the bot in this terminal; its exit code."""
    kept = {name: os.environ[name] for name in (*KEPT_VARIABLES, "TERM", "COLUMNS") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *command, env={**kept, "PYTHONPATH": str(ROOT), **settings}
    )
    return await process.wait()


def environment_lines(box: Box, data_dir: str) -> list[str]:
    """Lines to paste into a shell before `python -m bot run`."""
    return [f"export {name}='{value}'" for name, value in box.environment(data_dir).items()]


def shown(event: WorldEvent) -> Panel | Text:
    """An event as the terminal shows it: messages in a frame, everything else in a line."""
    heading = f"{event.at:%H:%M:%S} {event.place} {event.author}"
    if event.message is None or event.kind not in EDGE_STYLES:
        return Text(f"{heading}: {event.kind} {event.text}".rstrip(), style="dim")
    buttons = " ".join(f"[{label}]" for label in event.message.buttons)
    body = Text("\n".join(part for part in (event.text, buttons) if part))
    return Panel(
        body, title=f"{heading} ({event.kind})", title_align="left", border_style=EDGE_STYLES[event.kind]
    )


if __name__ == "__main__":
    typer.run(main)
