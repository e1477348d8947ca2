"""One test's own server with its people, and the jobs that they start there."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sandbox.discord.calls import Call, Response
from sandbox.discord.channels import Channel, GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.threads import Thread
from sandbox.kie.ledger import Submission
from sandbox.kie.outcomes import Outcome
from sandbox.kie.tasks import Task
from tests.acceptance.clips import good
from tests.acceptance.house import House

CREATE = "character create"
RETRY = "Try again"
CANCEL = "Cancel"
RETRY_ANYWAY = "Try again anyway"
LOOP = "🔁"
SOON_SECONDS = 0.1
RESPONSE_SECONDS = 3.0
"""Discord: Receiving and Responding."""
WAIT_SECONDS = 40.0
"""Far longer than anything here takes: it only ends a test that would fail anyway."""


class Scene:
    """A server, a channel, a member, a moderator and somebody else."""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.guild: Guild = house.discord.add_guild("Studio")
        self.name = f"{name} {self.guild.id}"
        self.channel: GuildChannel = self.guild.add_text_channel("studio")
        self.mira: Member = self.guild.add_member("Mira")
        self.ola: Member = self.guild.add_member("Ola", ["MANAGE_MESSAGES"])
        self.sven: Member = self.guild.add_member("Sven")
        self.clips_before = house.memory.clips()
        self._numbers = count(1)
        self._uploads_before = len(house.kie.ledger.uploads)
        self._submissions_before = len(house.kie.ledger.submissions)

    async def order(
        self,
        where: Channel | None = None,
        by: Member | None = None,
        *,
        wait_seconds: float = RESPONSE_SECONDS,
        **options: Any,
    ) -> "Job":
        """Somebody runs the command with a good clip, unless told otherwise; the first response is there."""
        place = where or self.channel
        given = {"clip": clip_file(), "subject": "fictional", "prompt": self.new_prompt(), **options}
        call = await (by or self.mira).run_command(place, CREATE, **given)
        response = await call.first_response(wait_seconds)
        return Job(self, place, given["prompt"] or "", call, response)

    @staticmethod
    def fails(
        message: str = "The server is busy, please try again later", *, refunds: bool = True
    ) -> Outcome:
        """A task that fails soon after it was accepted."""
        return Outcome.fails("500", message, seconds=SOON_SECONDS, refunds=refunds)

    @staticmethod
    def succeeds(**features: Any) -> Outcome:
        """A task that succeeds soon, with something special about it."""
        return Outcome(seconds=SOON_SECONDS, **features)

    def new_prompt(self) -> str:
        """By its prompt a job is known at the provider, which the tests of one house share."""
        return f"{self.name} {next(self._numbers)}"

    @property
    def uploads(self) -> int:
        """Files that reached the provider since the test began."""
        return len(self.house.kie.ledger.uploads) - self._uploads_before

    @property
    def submissions(self) -> list[Submission]:
        """Orders that reached the provider since the test began."""
        return self.house.kie.ledger.submissions[self._submissions_before :]

    def messages(self) -> list[Message]:
        """Everything that anybody can read in this server and in its people's private messages."""
        places: list[Channel] = [*self.guild.channels, *self.guild.threads]
        places += [self.house.discord.dm(member) for member in (self.mira, self.ola, self.sven)]
        return [message for place in places for message in place.by_id.values() if not message.deleted]

    def pings(self, member: Member | None = None) -> list[Message]:
        """The messages that notified somebody."""
        wanted = (member or self.mira).id
        return [message for message in self.messages() if wanted in message.pinged_user_ids]

    def anybody_pinged(self) -> bool:
        """Whether a message notified anybody, one way or another."""
        return any(message.pinged_user_ids or message.mentions_everyone for message in self.messages())


@dataclass
class Job:
    """One command, and what became of it."""

    scene: Scene
    place: Channel
    prompt: str
    call: Call
    response: Response
    _thread: Thread | None = field(default=None, repr=False)

    @property
    def card(self) -> Message:
        """The first response, which everybody sees."""
        assert self.response.kind == "message"
        assert not self.response.ephemeral
        assert self.response.message is not None
        return self.response.message

    @property
    def tasks(self) -> list[Task]:
        """The provider's tasks of this job, one for each attempt that was accepted."""
        return [task for task in self.scene.house.kie.ledger.tasks if task.prompt == self.prompt]

    @property
    def submissions(self) -> list[Submission]:
        """The orders of this job, refused and lost ones too."""
        orders = self.scene.house.kie.ledger.submissions
        return [one for one in orders if one.body.get("input", {}).get("character_prompt") == self.prompt]

    @property
    def states(self) -> list[str]:
        """Of its attempts, as stored."""
        return self.scene.house.memory.states(self.prompt)

    async def thread(self) -> Thread:
        """The thread that grew from the card."""
        if self._thread is None:
            discord = self.scene.house.discord
            self._thread = await discord.until(
                lambda: self.card.thread, WAIT_SECONDS, "no thread on the card"
            )
        return self._thread

    async def told_in(self) -> Channel:
        """Where result and failure belong."""
        return await self.thread() if self.card.channel is self.scene.channel else self.place

    async def task(self, number: int = 1) -> Task:
        """The task of the given attempt, once the provider accepted it."""
        ledger = self.scene.house.kie.ledger
        await ledger.wait_until(lambda: len(self.tasks) >= number, WAIT_SECONDS)
        return self.tasks[number - 1]

    async def polled(self, number: int = 1) -> Task:
        """The task of the given attempt, once the bot asked how it stands."""
        task, ledger = await self.task(number), self.scene.house.kie.ledger
        await ledger.wait_until(lambda: bool(ledger.polls[task.task_id]), WAIT_SECONDS)
        return task

    async def result(self, number: int = 1, place: Channel | None = None) -> Message:
        """The message with the id of the given task."""
        block = id_block(await self.task(number))
        where = place or await self.told_in()
        return await where.wait_for_message(lambda one: block in one.text, WAIT_SECONDS)

    def results(self, number: int = 1) -> list[Message]:
        """Every message with that id, wherever it is."""
        block = id_block(self.tasks[number - 1])
        return [message for message in self.scene.messages() if block in message.text]

    async def failure(self, number: int = 1, label: str | None = RETRY) -> Message:
        """The message of the given failed attempt, with its button unless there is to be none."""
        where, mark = await self.told_in(), f"attempt {number} of 3"
        return await where.wait_for_message(
            lambda one: mark in one.text and (label in one.buttons if label else "didn't work" in one.text),
            WAIT_SECONDS,
        )

    async def reaction_offered(self, message: Message) -> None:
        """Wait until the bot has put its own 🔁 under a failure."""
        world = self.scene.house.discord.world
        told = "the bot did not add its own reaction"
        await self.scene.house.discord.until(
            lambda: world.bot.id in message.reactions.get(LOOP, ()) or None, WAIT_SECONDS, told
        )

    async def card_says(self, *words: str) -> Message:
        """The card, once it holds all these words."""
        told = f"the card should say {words}"
        await self.scene.house.discord.until(
            lambda: all(word in self.card.text for word in words) or None,
            WAIT_SECONDS,
            told,
        )
        return self.card


def id_block(task: Task) -> str:
    """The id as the provider spelt it, alone between fences."""
    return f"```\n{task.character_id}\n```"


def clip_file(body: bytes | None = None, filename: str = "fox.mp4", **claims: Any) -> AttachmentFile:
    """A file to attach; `claims` are what Discord says about it, whatever is in it."""
    return AttachmentFile(filename, good() if body is None else body, claims)
