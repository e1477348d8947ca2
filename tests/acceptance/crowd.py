"""People who go on using the bot whatever becomes of it: they order, and try again what failed."""

import asyncio
import time

from sandbox.discord.calls import Call
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from tests.acceptance.clips import BAD, good, heavy
from tests.acceptance.history import Books, Row, reference_of
from tests.acceptance.rig import Rig
from tests.acceptance.scene import CREATE, RETRY, Scene, clip_file
from tests.clips.make import pad_to

LOOK_SECONDS = 0.03
SPARE_BYTES = 64
"""What a clip is longer by than the one it was made from; enough for a box of MP4."""
LAST_RETRIED = 2
"""People give up after the third attempt, as the bot does."""
PATIENCE_SECONDS = 2.0
"""After which somebody presses a button again that a killed bot did not answer."""


class Crowd:
    """The members of one server."""

    def __init__(self, rig: Rig, scene: Scene) -> None:
        self.rig = rig
        self.scene = scene
        self._pressed_at: dict[int, float] = {}  # monotonic seconds, by message

    async def order(self, clip: AttachmentFile | None = None, **options: str) -> Call:
        """Somebody runs the command with a clip of their own, and may or may not get an answer."""
        given = {"subject": "fictional", "prompt": self.scene.new_prompt(), **options}
        self.rig.orders += 1
        clip = clip or clip_file(pad_to(good(), len(good()) + SPARE_BYTES + self.rig.orders))
        return await self.scene.mira.run_command(self.scene.channel, CREATE, clip=clip, **given)

    async def order_some(self, *wishes: str) -> None:
        """Orders of these kinds.

        "good", "failing", "private", "heavy" for a clip that takes long to judge, "unusable" for none.
        """
        self.scene.house.kie.script(*(Scene.fails() for wish in wishes if wish == "failing"))
        for wish in wishes:
            if wish == "unusable":
                bad = BAD["text under a clip's name"]
                await self.order(clip_file(bad.body(), bad.filename))
            elif wish == "heavy":
                await self.order(clip_file(heavy()))
            else:
                await self.order(visibility="private" if wish == "private" else "thread")

    async def retry(self, books: Books) -> bool:
        """Press **Try again** once under each failure; whether there was anything to press."""
        found = False
        for row in books.attempts:
            if not _is_to_be_retried(books, row):
                continue
            message = self._failure(f"{reference_of(row['job_id'])} · attempt {row['number']} of")
            found = found or message is not None
            if message is not None and self._has_patience_ended(message):
                await self._press(message)
        return found

    def any_failure(self) -> Message | None:
        """A message that offers another try."""
        return next((one for one in self.scene.messages() if RETRY in one.buttons), None)

    async def _press(self, message: Message) -> None:
        if not self.rig.is_connected:
            return
        self._pressed_at[message.id] = time.monotonic()
        await self.scene.mira.press(message, RETRY)

    def _has_patience_ended(self, message: Message) -> bool:
        return time.monotonic() - self._pressed_at.get(message.id, -PATIENCE_SECONDS) >= PATIENCE_SECONDS

    def _failure(self, mark: str) -> Message | None:
        for message in self.scene.messages():
            if mark in message.text and RETRY in message.buttons:
                return message
        return None


def _is_to_be_retried(books: Books, attempt: Row) -> bool:
    number = attempt["number"]
    newer = any(row["job_id"] == attempt["job_id"] and row["number"] > number for row in books.attempts)
    return attempt["state"] == "failed" and number <= LAST_RETRIED and not newer


async def until_killed(crowd: Crowd) -> None:
    """Go on using the bot until the planned moment has come."""
    rig, guild = crowd.rig, crowd.scene.guild
    waiting = asyncio.create_task(rig.was_killed())
    try:
        while not waiting.done():
            books = await rig.reader.books(guild.id)
            await crowd.retry(books)
            await asyncio.wait([waiting], timeout=LOOK_SECONDS)
        await waiting
    finally:
        waiting.cancel()
