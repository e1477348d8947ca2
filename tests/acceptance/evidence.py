"""Collects a history: from the sandbox what was shown and paid, from the database what is remembered."""

from collections.abc import Iterable, Iterator

from sandbox.discord.calls import COMMAND, Call
from sandbox.discord.channels import Channel
from sandbox.discord.guilds import Guild
from sandbox.discord.messages import Message, walk
from sandbox.kie.tasks import Task
from tests.acceptance.history import Accepted, History, Paid, Shown
from tests.acceptance.house import House, prompt_in
from tests.acceptance.witness import Reader

CANCEL_BUTTON = "c1:job:cancel:"
"""On every card; behind it stands the job's id."""
CALLBACK_PATH = "/callbacks/kie/"


async def history_of(house: House, reader: Reader, guild: Guild, tasks: Iterable[Task]) -> History:
    """Everything that concerns one server: of these tasks, those that no other server's job asked for."""
    books = await reader.books(guild.id)
    others = await reader.rows("SELECT prompt FROM jobs WHERE guild_id <> :guild_id", guild_id=guild.id)
    elsewhere = {row["prompt"] for row in others}
    calls = [call for call in house.discord.world.calls.values() if call.channel.guild is guild]
    return History(
        books=books,
        accepted=[found for call in calls if (found := accepted_by(call)) is not None],
        shown=[as_shown(message) for message in messages_of(house, guild)],
        paid=[
            *(as_paid(task) for task in tasks if task.prompt not in elsewhere),
            *made_at_once(house, {row["prompt"] for row in books.jobs}),
        ],
        threads=[thread.name for thread in guild.threads],
    )


def messages_of(house: House, guild: Guild) -> Iterator[Message]:
    """Every message of the bot's that somebody of this server has ever seen."""
    world = house.discord.world
    private: list[Channel] = [
        channel for person, channel in world.private_channels.items() if person in guild.members
    ]
    public = [channel for channel in world.channels.values() if channel.guild is guild]
    for channel in (*public, *private):
        for message in channel.by_id.values():
            if message.author is world.bot:
                yield message


def texts_of(message: Message) -> tuple[str, ...]:
    """Everything it has said, the oldest first."""
    return tuple(version.text for version in (*message.history, message.version))


def as_shown(message: Message) -> Shown:
    return Shown(
        message_id=message.id,
        place=message.channel.place,
        said=texts_of(message),
        pinged=message.pinged_user_ids,
        pings_everybody=message.mentions_everyone,
        is_response=message.interaction_metadata is not None,
    )


def as_paid(task: Task) -> Paid:
    path = task.callback_path or ""
    token = path.partition(CALLBACK_PATH)[2] or None
    return Paid(task.task_id, task.prompt or "", token, task.character_id)


def made_at_once(house: House, prompts: set[str]) -> Iterator[Paid]:
    """The characters that were answered with, of jobs with these prompts."""
    for character in house.kie.omni.characters:
        if (prompt := prompt_in(character)) in prompts:
            yield Paid(None, prompt, None, str(character.character_id))


def accepted_by(call: Call) -> Accepted | None:
    """The job that a call was answered with, if its answer was a card and not a refusal."""
    if call.kind != COMMAND or call.response is None or call.original is None:
        return None
    versions = (*call.original.history, call.original.version)
    ids = [str(one.get("custom_id", "")) for version in versions for one in walk(version.components)]
    jobs = {one.removeprefix(CANCEL_BUTTON) for one in ids if one.startswith(CANCEL_BUTTON)}
    if not jobs:
        return None
    said = [said for message in (call.original, *call.followups) for said in texts_of(message)]
    return Accepted(job_id=jobs.pop(), owner_id=call.user.id, said=tuple(said))
