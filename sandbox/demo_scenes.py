"""What happens in the demo: a character, a long clip that is cut, a failure, and a bot that dies."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sandbox.bot_run import BotRun
from sandbox.box import Box
from sandbox.clips import evening_clip
from sandbox.demo_stage import Reporter
from sandbox.discord.calls import Call, Response
from sandbox.discord.channels import GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.threads import Thread
from sandbox.kie.outcomes import Outcome
from sandbox.kie.tasks import Task

COMMAND: Final = "character create"
RETRY_EMOJI: Final = "🔁"
RETRY_BUTTON: Final = "Try again"
LATER_BUTTON: Final = "½ s ▶"
USE_BUTTON: Final = "Use this part"
PHONE_SECONDS: Final = 7.0
FIRST_RESPONSE_SECONDS: Final = 3.0  # Discord: Receiving and Responding
PROVIDER_FAILURE: Final = ("500", "The server is busy, please try again later")


@dataclass(frozen=True, slots=True)
class Stage:
    """Who plays where."""

    box: Box
    bot: BotRun
    tell: Reporter
    channel: GuildChannel
    mira: Member
    clip: bytes

    @classmethod
    async def built(cls, box: Box, bot: BotRun, tell: Reporter) -> Stage:
        """A server with a channel and a member; a clip; the bot, started and connected."""
        guild = box.discord.add_guild("Studio")
        channel, mira = guild.add_text_channel("studio"), guild.add_member("Mira")
        clip = evening_clip()
        tell.scene(
            "Dramatis, one evening",
            "A local Discord and a local provider listen on this machine; nothing else is asked.",
            f"The clip is a real one: H.264, 854 × 480, 2 s, {len(clip):,} bytes.",
            "The bot starts as a process of its own: python -m bot run",
        )
        await bot.launch()
        await tell.check("the bot is connected and its commands are published", box.discord.bot_ready(30), 30)
        return cls(box, bot, tell, channel, mira, clip)

    async def order(self, filename: str, name: str, prompt: str) -> Thread:
        """Mira types the command; the card is answered in time and its thread opened."""
        threads = len(self.channel.threads)
        await self.command(AttachmentFile(filename, self.clip), name, prompt)
        return await self.thread(threads)

    async def command(self, clip: AttachmentFile, name: str, prompt: str) -> Call:
        """Mira types the command, and the card is answered in time."""
        call = await self.mira.run_command(
            self.channel, COMMAND, clip=clip, subject="fictional", name=name, prompt=prompt
        )
        await self.tell.check(
            "the command was answered with a public card",
            self._card(call.first_response()),
            FIRST_RESPONSE_SECONDS,
            note=lambda response: f" within {response.elapsed_seconds * 1000:.0f} ms",
        )
        return call

    async def thread(self, before: int) -> Thread:
        """The next thread, where there were `before`."""
        threads = self.channel.threads
        opened = self.box.discord.until(lambda: threads[-1] if len(threads) > before else None)
        return await self.tell.check("a thread grew from the card", opened)

    async def _card(self, answer: Awaitable[Response]) -> Response:
        response = await answer
        if response.kind != "message" or response.ephemeral or response.message not in self.channel.messages:
            raise TimeoutError(f"the answer was {response.kind}, ephemeral: {response.ephemeral}")
        return response

    async def task_number(self, count: int) -> Task:
        """The provider's task of that number, once it was accepted."""
        tasks = self.box.kie.ledger.tasks
        await self.box.kie.ledger.wait_until(lambda: len(tasks) >= count, FIRST_RESPONSE_SECONDS * 3)
        return tasks[count - 1]

    async def result(self, thread: Thread, task: Task) -> Message:
        """The result of a task in a thread: the id as the provider spelt it, alone in a code block."""
        block = f"```\n{task.character_id}\n```"
        message = await thread.wait_for_message(lambda one: block in one.text)
        if message.pinged_user_ids != {self.mira.id} or message.history:
            raise TimeoutError(f"pinged: {sorted(message.pinged_user_ids)}, edits: {len(message.history)}")
        return message


async def a_clip_becomes_a_character(stage: Stage) -> None:
    """From the command to the id."""
    stage.tell.scene(
        "1 · A clip becomes a character", "Mira attaches a clip of hers in #studio and types the command."
    )
    prompt = "A fox detective in a trench coat, dry humour, warm voice"
    thread = await stage.order("fen.mp4", "Inspector Fen", prompt)
    task = await stage.tell.check("the provider accepted one task", stage.task_number(1))
    await stage.tell.check("the thread holds the id, and Mira was pinged once", stage.result(thread, task))
    stage.tell.expect(
        "the provider read Mira's clip, byte by byte", found=task.clip_sha256, wanted=_digest(stage)
    )
    stage.tell.expect("the provider got Mira's prompt", found=task.prompt, wanted=prompt)


async def a_long_clip_is_cut(stage: Stage) -> None:
    """A clip is too long and of the wrong kind; its owner chooses the part to keep."""
    stage.tell.scene(
        "2 · What a phone recorded",
        f"A MOV of {PHONE_SECONDS:g} seconds; the provider takes 1 to 4, as MP4, WebM or AVI.",
    )
    phone = AttachmentFile("phone.mov", await asyncio.to_thread(evening_clip, PHONE_SECONDS, "mov"))
    threads, uploads = len(stage.channel.threads), len(stage.box.kie.ledger.uploads)
    call = await stage.command(phone, "Sundown", "A ball of light who hums old songs")
    offer = await stage.tell.check("Mira alone is shown her clip, and a choice", call.wait_for_followup())
    stage.tell.expect(
        "nothing was uploaded before she chose", found=len(stage.box.kie.ledger.uploads), wanted=uploads
    )
    await (await stage.mira.press(offer, LATER_BUTTON)).first_response()
    await stage.mira.press(offer, USE_BUTTON)
    thread = await stage.thread(threads)
    task = await stage.tell.check("the provider accepted the task", stage.task_number(2))
    await stage.tell.check("the thread holds the id, and Mira was pinged once", stage.result(thread, task))


async def a_failure_is_tried_again(stage: Stage) -> None:
    """The provider fails; a reaction starts another attempt."""
    stage.tell.scene(
        "3 · A failure, and another try",
        f"The provider is told to fail the next task: “{PROVIDER_FAILURE[1]}”",
    )
    stage.box.kie.script(Outcome.fails(*PROVIDER_FAILURE, seconds=0.6))
    thread = await stage.order("owl.mp4", "Madame Owl", "An owl who conducts an orchestra, strict but kind")
    failure = await stage.tell.check(
        "the failure is told in the thread, with a button",
        thread.wait_for_message(lambda one: RETRY_BUTTON in one.buttons),
    )
    bot_id = stage.box.discord.world.bot.id
    await stage.tell.check(
        f"the bot added {RETRY_EMOJI} itself",
        stage.box.discord.until(lambda: bot_id in failure.reactions.get(RETRY_EMOJI, ()) or None),
    )
    await stage.mira.react(failure, RETRY_EMOJI)
    task = await stage.tell.check("a new task was ordered from the kept clip", stage.task_number(4))
    await stage.tell.check("the same thread holds the id", stage.result(thread, task))
    stage.tell.expect("the clip was the same", found=task.clip_sha256, wanted=_digest(stage))


async def the_bot_dies_and_goes_on(stage: Stage) -> None:
    """SIGKILL while the provider works, and a new start."""
    stage.tell.scene(
        "4 · The bot is killed in the middle of a job", "The provider will take its time over this one."
    )
    ledger = stage.box.kie.ledger
    stage.box.kie.script(Outcome.never())
    thread = await stage.order("moth.mp4", "Mott", "A moth who is afraid of the dark and laughs about it")
    task = await stage.tell.check("the provider accepted the task", stage.task_number(5))
    followed = ledger.wait_until(lambda: bool(ledger.polls[task.task_id]), 10.0)
    await stage.tell.check("the bot follows the task", followed)
    await stage.bot.kill()
    stage.tell.remark(
        "kill -9. The bot is gone; Discord and the provider go on, and the task ends meanwhile."
    )
    stage.box.kie.finish(task.task_id)
    submissions = len(ledger.submissions)
    stage.tell.remark("python -m bot run, over the same data folder")
    await stage.bot.launch()
    await stage.tell.check("the bot is connected again", stage.box.discord.bot_ready(30), 30)
    await stage.tell.check("the job finished: same task, its id in the thread", stage.result(thread, task))
    stage.tell.expect("nothing was submitted again", found=len(ledger.submissions), wanted=submissions)


async def the_bill(stage: Stage) -> None:
    """What all that cost, as the provider counted it."""
    stage.tell.scene("5 · The bill, as the provider counted it")
    ledger = stage.box.kie.ledger
    paid = [[one for one in group if one.charged_credits] for group in ledger.double_submissions()]
    doubles = [group for group in paid if len(group) > 1]
    failed = [task for task in ledger.tasks if task.end and task.end.state == "fail"]
    results = sum(_is_result(message) for thread in stage.channel.threads for message in thread.messages)
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column(min_width=44)
    table.add_column(justify="right")
    for what, count in (
        ("Attempts that people asked for", 5),
        ("Orders the provider received", len(ledger.submissions)),
        ("Orders paid twice", len(doubles)),
        ("Tasks that failed, credits given back", len(failed)),
        ("Characters delivered", results),
        ("Credits spent", ledger.credits_spent),
    ):
        table.add_row(what, str(count))
    stage.tell.console.print(table)
    stage.tell.expect("five attempts, five orders", found=len(ledger.submissions), wanted=5)
    stage.tell.expect("none of them twice", found=len(doubles), wanted=0)
    stage.tell.expect("four characters, each delivered once", found=results, wanted=4)
    stage.tell.remark("To play yourself: python -m sandbox")


def _digest(stage: Stage) -> str:
    return hashlib.sha256(stage.clip).hexdigest()


def _is_result(message: Message) -> bool:
    return "```\nchar_" in message.text


SCENES: Final[tuple[Callable[[Stage], Awaitable[None]], ...]] = (
    a_clip_becomes_a_character,
    a_long_clip_is_cut,
    a_failure_is_tried_again,
    the_bot_dies_and_goes_on,
    the_bill,
)
