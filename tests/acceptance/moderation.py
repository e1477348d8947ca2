"""A moderator's hands: the list of a server's jobs, its buttons, and buttons that nobody was given."""

from typing import Any

from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.sending import NewMessage, post
from tests.acceptance.scene import Job, Scene

JOBS = "characters-admin jobs"
OPEN = "c1:adm:open:"
CREATE_TASK = "createTask"
UNKNOWN = "submission_outcome_unknown"
NOBODY_KNOWS = "Nobody knows whether the provider took this order; it may have been charged."
MANAGER = ["MANAGE_GUILD"]
ADMIN = "characters-admin"


def a_moderator(scene: Scene) -> Member:
    return scene.guild.add_member("Gro", MANAGER)


async def listed(scene: Scene, by: Member, **options: Any) -> Message:
    """What `/characters-admin jobs` answers, for the caller alone."""
    response = await (await by.run_command(scene.channel, JOBS, **options)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def pressed(by: Member, message: Message, button: str) -> Message:
    """What stands there after a press: the same message in another form, or a private answer."""
    response = await (await by.press(message, button)).first_response()
    assert response.kind == "update" or response.ephemeral
    assert response.message is not None
    return response.message


async def opened(scene: Scene, by: Member, job: Job) -> Message:
    """The timeline of a job, by way of the list."""
    return await pressed(by, await listed(scene, by), OPEN + job_id(job))


def job_id(job: Job) -> str:
    (row,) = job.scene.house.memory.rows("SELECT job_id FROM jobs WHERE prompt = :prompt", prompt=job.prompt)
    return str(row["job_id"])


def attempt_id(job: Job) -> str:
    """Of its latest attempt."""
    rows = job.scene.house.memory.rows(
        "SELECT attempt_id FROM attempts WHERE job_id = :job_id ORDER BY number DESC", job_id=job_id(job)
    )
    return str(rows[0]["attempt_id"])


def reference(job: Job) -> str:
    end = job_id(job)[-8:]
    return f"{end[:4]}-{end[4:]}"


async def lost(scene: Scene, **options: Any) -> Job:
    """A job whose order reached the provider and whose answer was lost; its member was told."""
    scene.house.expected_log_events |= {UNKNOWN}
    scene.house.kie.faults.reset(CREATE_TASK, when="after")
    job = await scene.order(**options)
    await scene.house.memory.until_state(job.prompt, "unknown")
    await scene.house.memory.until(
        lambda: scene.house.memory.announced(job.prompt, "failure"), "the member should be told"
    )
    return job


def forged(scene: Scene, custom_id: str, where: Channel | None = None) -> Message:
    """A message of the bot with a button of any id, as an app gone astray could send its presses."""
    button = {"type": 2, "style": 2, "label": "Press", "custom_id": custom_id}
    row = {"type": 1, "components": [button]}
    bot = scene.house.discord.world.bot
    return post(where or scene.channel, NewMessage(bot, components=(row,), flags=1 << 15))


async def told(by: Member, channel: Channel, command: str, /, **options: object) -> str:
    """What a command of the moderators answers, for the caller alone."""
    return await private(await by.run_command(channel, f"{ADMIN} {command}", **options))


async def private(call: Call) -> str:
    response = await call.first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message.text
