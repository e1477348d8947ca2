"""Draws what moderators see, for their guide: `python -m sandbox.panels FOLDER`."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.bot_run import BotRun
from sandbox.box import Box, open_sandbox
from sandbox.clips import evening_clip
from sandbox.discord.channels import GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from sandbox.picture import TASK_SECONDS, USAGE, empty_console, save
from sandbox.transcript import Transcript

WAIT_SECONDS: Final = 20.0
NAMES: Final = (
    "moderators-setup",
    "moderators-review",
    "moderators-queue",
    "moderators-jobs",
    "moderators-bulk",
)


@dataclass(frozen=True, slots=True)
class Studio:
    """A server with a bot that has to be asked, its moderator, and one who makes characters."""

    box: Box
    channel: GuildChannel
    review: GuildChannel
    gro: Member
    mira: Member
    folder: Path

    async def picture(
        self, name: str, channel: GuildChannel, command: str | None = None, **options: Any
    ) -> None:
        """What is shown in a channel, after a command of the moderator's, or of what was shown just now."""
        console = empty_console()
        transcript = Transcript(self.box.discord, console)
        if command is not None:
            transcript.pass_over()
            await (await self.gro.run_command(channel, command, **options)).first_response()
        transcript.catch_up(f"#{channel.name}", edits=False)
        save(console, self.folder / f"{name}.svg", f"#{channel.name}")

    async def order(self, **options: Any) -> None:
        """Somebody wants a character."""
        clip = AttachmentFile("fen.mp4", evening_clip())
        wanted = {"subject": "fictional", "prompt": "A fox detective in a trench coat, dry humour"}
        await self.mira.run_command(self.channel, "character create", clip=clip, **(wanted | options))


async def draw(folder: Path) -> None:
    """Has a moderator look at everything, and writes what was seen into `folder`."""
    async with studio(folder) as here:
        await here.picture(NAMES[0], here.channel, "characters-admin setup")
        for setting, value in (("review_channel", f"<#{here.review.id}>"), ("newcomer_days", "none")):
            call = await here.gro.run_command(
                here.channel, "characters-admin set", setting=setting, value=value
            )
            await call.first_response()
        await here.order(subject="person-with-permission", name="Uncle Bo")
        await here.review.wait_for_message(lambda one: "Approve" in one.buttons, WAIT_SECONDS)
        await here.picture(NAMES[1], here.review)
        await here.picture(NAMES[2], here.channel, "characters-admin queue")
        for count, name in enumerate(("Inspector Fen", "Fen at night"), start=1):
            await here.order(name=name)
            await failures(here.channel, count)
        await here.picture(NAMES[3], here.channel, "characters-admin jobs")
        await here.picture(NAMES[4], here.channel, "characters-admin bulk", action="retry", since="24h")


async def failures(channel: GuildChannel, count: int) -> None:
    """Until so many members were told that it did not work."""
    told: set[int] = set()
    while len(told) < count:
        thread = await channel.wait_for_thread(WAIT_SECONDS, lambda one: one.id not in told)
        await thread.wait_for_message(lambda one: "Try again" in one.buttons, WAIT_SECONDS)
        told.add(thread.id)


@asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[Studio]:
    with tempfile.TemporaryDirectory(prefix="dramatis-panels-") as place:
        async with open_sandbox() as box:
            box.kie.default = Outcome.fails(
                "500", "Internal Error, Please try again later.", seconds=TASK_SECONDS
            )
            guild: Guild = box.discord.add_guild("Studio")
            bot = BotRun(box.environment(Path(place) / "data"), Path(place), box.discord)
            try:
                await bot.start()
                yield Studio(
                    box,
                    guild.add_text_channel("studio"),
                    guild.add_text_channel("review"),
                    guild.add_member("Gro", ["MANAGE_GUILD"]),
                    guild.add_member("Mira"),
                    folder,
                )
            finally:
                await bot.close()


def main() -> int:
    """0 when the pictures are drawn, 2 without the name of a folder."""
    if len(sys.argv) != USAGE:
        print("usage: python -m sandbox.panels FOLDER", file=sys.stderr)  # noqa: T201 - a command line
        return USAGE
    asyncio.run(draw(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
