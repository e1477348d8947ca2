"""People who go on using the bot whatever becomes of it: they order, and try again what failed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from sandbox.discord.calls import Call
from sandbox.discord.files import AttachmentFile
from sandbox.discord.hub import SHARD_SHIFT_BITS
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.clips import BAD, good, heavy
from tests.acceptance.history import Books, Row, reference_of
from tests.acceptance.rig import Rig
from tests.acceptance.scene import CANCEL, CREATE, RETRY, Scene, clip_file
from tests.clips.make import pad_to

LOOK_SECONDS = 0.03
SPARE_BYTES = 64
"""What a clip is longer by than the one it was made from; enough for a box of MP4."""
APPROVE = "Approve"
LAST_RETRIED = 2
"""People give up after the third attempt, as the bot does."""
LATER_SECONDS = 600.0
PATIENCE_SECONDS = 2.0
"""After which somebody presses a button again that a killed bot did not answer."""


class Crowd:
    """The members of one server."""

    def __init__(self, rig: Rig, scene: Scene) -> None:
        self.rig = rig
        self.scene = scene
        self._pressed_at: dict[int, float] = {}  # monotonic seconds, by message

    async def order(
        self, clip: AttachmentFile | None = None, *, command: str = CREATE, **options: str
    ) -> Call:
        """Somebody runs the command with a clip of their own, and may or may not get an answer."""
        given = {"subject": "fictional", "prompt": self.scene.new_prompt(), **options}
        self.rig.orders += 1
        clip = clip or clip_file(pad_to(good(), len(good()) + SPARE_BYTES + self.rig.orders))
        return await self.scene.mira.run_command(self.scene.channel, command, clip=clip, **given)

    async def cancel(self, books: Books) -> bool:
        """Press **Cancel** where that can be done; whether a job goes on."""
        card = self.any_card()
        if card is not None and self._has_patience_ended(card):
            await self._press(card, CANCEL)
        return any(row["ended_at"] is None for row in books.attempts)

    async def until_cancelled(self) -> None:
        """Press **Cancel** again and again, as somebody whose bot is away would."""
        while await self.cancel(await self.rig.reader.books(self.scene.guild.id)):  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(LOOK_SECONDS)

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
                await self._press(message, RETRY)
        return found

    async def ask_moderators(self) -> None:
        """From now on a moderator has to approve everything, and is asked in a channel."""
        review = self.scene.guild.add_text_channel("review")
        gro = self.scene.guild.add_member("Gro", ["MANAGE_GUILD"])
        for setting, value in {"approval": "all", "review_channel": f"<#{review.id}>"}.items():
            command = await gro.run_command(
                self.scene.channel, "characters-admin set", setting=setting, value=value
            )
            await command.first_response()

    async def approve(self, _books: Books) -> bool:
        """Press **Approve** where that can be done, as a moderator; whether there was anything to press."""
        question = next((one for one in self.scene.messages() if APPROVE in one.buttons), None)
        if question is not None and self._has_patience_ended(question):
            await self._press(question, APPROVE, self.scene.ola)
        return question is not None

    async def until_approved(self) -> None:
        """Press **Approve** until nothing is on its way to moderators any more."""
        while True:
            books = await self.rig.reader.books(self.scene.guild.id)
            if not any(row["state"] in {"received", "review"} for row in books.attempts):
                return
            await self.approve(books)
            await asyncio.sleep(LOOK_SECONDS)

    def any_failure(self) -> Message | None:
        """A message that offers another try."""
        return next((one for one in self.scene.messages() if RETRY in one.buttons), None)

    def any_card(self) -> Message | None:
        """A message whose job can be cancelled just now."""
        drawn = ((one, one.buttons.get(CANCEL)) for one in self.scene.messages())
        return next((one for one, button in drawn if button and not button.disabled), None)

    async def _press(self, message: Message, label: str, by: Member | None = None) -> None:
        if not self.rig.is_connected:
            return
        self._pressed_at[message.id] = time.monotonic()
        await (by or self.scene.mira).press(message, label)

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


def crowd_of(rig: Rig, name: str) -> Crowd:
    """People in a new server that this bot serves, if it serves only some."""
    shards, count = rig.house.bot.shards, int(rig.house.bot.environment.get("SHARD_COUNT", "1"))
    while True:
        scene = Scene(rig.house, f"{name} {shards}" if shards else name)
        if not shards or (scene.guild.id >> SHARD_SHIFT_BITS) % count in shards:
            return Crowd(rig, scene)


async def later(crowd: Crowd) -> list[str]:
    """Ten minutes pass and the bot starts once more: what that did to the servers that were well before.

    `crowd` orders something then, so that the bot has had the time for it.
    """
    rig = crowd.rig
    await rig.begin(callbacks=True)
    await rig.house.bot.kill()
    rig.house.memory.let_time_pass(LATER_SECONDS)
    rig.house.discord.age(LATER_SECONDS)
    await rig.house.bot.start()
    await crowd.order_some("good")
    found = await rig.judged(crowd.scene.guild)
    return [*found, *await rig.judged_again()]


async def until_killed(
    crowd: Crowd, use: Callable[[Books], Awaitable[bool]] | None = None, again: Sequence[str] = ()
) -> None:
    """Go on using the bot, by trying again unless told otherwise, until the planned moment has come.

    A state is met by looking, and a short one can be missed: once there is nothing left to do, the orders of
    `again` are placed once more.
    """
    rig, guild, use = crowd.rig, crowd.scene.guild, use or crowd.retry
    waiting = asyncio.create_task(rig.was_killed())
    try:
        while not waiting.done():
            books = await rig.reader.books(guild.id)
            if not await use(books) and books.is_settled:
                await crowd.order_some(*again)
            await asyncio.wait([waiting], timeout=LOOK_SECONDS)
        await waiting
    finally:
        waiting.cancel()
