"""Draws the picture of a conversation that the README shows: `python -m sandbox.picture FILE.svg`."""

import asyncio
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from sandbox.bot_run import BotRun
from sandbox.box import open_sandbox
from sandbox.clips import evening_clip
from sandbox.discord.files import AttachmentFile
from sandbox.kie.outcomes import Outcome
from sandbox.transcript import Transcript

WIDTH: Final = 92
TITLE: Final = "#studio"
# Rich fetches its typeface from the network; a picture in a repository has to do without.
FORMAT: Final = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
TASK_SECONDS: Final = 2.0
USAGE: Final = 2


def empty_console() -> Console:
    """What is printed there can be saved as a picture."""
    return Console(width=WIDTH, record=True, file=io.StringIO(), highlight=False, force_terminal=True)


def save(console: Console, picture: Path, title: str) -> None:
    console.save_svg(str(picture), title=title, code_format=FORMAT, unique_id=picture.stem)


async def draw(picture: Path) -> None:
    """Has a member make a character, and writes what was seen to `picture`."""
    console = empty_console()
    with tempfile.TemporaryDirectory(prefix="dramatis-picture-") as folder:
        async with open_sandbox() as box:
            box.kie.default = Outcome(seconds=TASK_SECONDS)
            guild = box.discord.add_guild("Studio")
            channel, mira = guild.add_text_channel("studio"), guild.add_member("Mira")
            bot = BotRun(box.environment(Path(folder) / "data"), Path(folder), box.discord)
            try:
                await bot.start()
                transcript = Transcript(box.discord, console)
                await mira.run_command(
                    channel,
                    "character create",
                    clip=AttachmentFile("fen.mp4", evening_clip()),
                    subject="fictional",
                    name="Inspector Fen",
                    prompt="A fox detective in a trench coat, dry humour, warm voice",
                )
                thread = await channel.wait_for_thread()
                await thread.wait_for_message(lambda message: "is ready" in message.text)
                transcript.catch_up()
            finally:
                await bot.close()
    save(console, picture, TITLE)


def main() -> int:
    """0 when the picture is drawn, 2 without the name of a file."""
    if len(sys.argv) != USAGE:
        print("usage: python -m sandbox.picture FILE.svg", file=sys.stderr)  # noqa: T201 - a command line
        return USAGE
    asyncio.run(draw(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
