"""Admins download what happened in their server, and in no other."""

import csv
import io
import json
from hashlib import sha256

from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.clips import good
from tests.acceptance.moderation import ADMIN, a_moderator, private, told
from tests.acceptance.scene import Scene
from tests.acceptance.test_ranks import ONLY_ADMINS

EXPORT = "characters-admin export"


async def exported(scene: Scene, by: Member, **options: str) -> Message:
    call = await by.run_command(scene.channel, EXPORT, **options)
    message = await call.wait_for_followup()
    assert message.visible_to is by.user
    return message


def body_of(message: Message) -> str:
    (file,) = message.files
    assert isinstance(file.file.body, bytes)
    return file.file.body.decode()


async def test_jobs_characters_and_the_log_are_downloaded(scene: Scene) -> None:
    gro = a_moderator(scene)
    other = Scene(scene.house, "another server")
    await (await other.order()).result()
    job = await scene.order(prompt="=HYPERLINK(1)", name="Fen")
    await job.result()

    (said,) = csv.DictReader(io.StringIO(body_of(await exported(scene, gro, what="statements"))))
    (row,) = csv.DictReader(io.StringIO(body_of(await exported(scene, gro, what="jobs"))))
    lines = body_of(await exported(scene, gro, what="characters", format="jsonl", since="24h"))
    log = body_of(await exported(scene, gro, what="audit"))

    assert (row["owner"], row["state"], row["prompt"]) == (str(scene.mira.id), "succeeded", "'=HYPERLINK(1)")
    (character,) = map(json.loads, lines.splitlines())
    assert character["provider_character_id"] == job.tasks[0].character_id
    assert [line["action"] for line in csv.DictReader(io.StringIO(log))] == ["export"] * 4
    assert (said["member"], said["subject"]) == (str(scene.mira.id), "fictional")
    assert said["clip_sha256"] == sha256(good()).hexdigest()


async def test_what_is_not_there_is_no_file(scene: Scene) -> None:
    message = await exported(scene, a_moderator(scene), what="jobs")

    assert "There is nothing of that" in message.text
    assert not message.files


async def test_who_moderates_but_is_no_admin_downloads_nothing(scene: Scene) -> None:
    scene.guild.let_use(ADMIN, scene.sven)

    assert ONLY_ADMINS in await private(await scene.sven.run_command(scene.channel, EXPORT, what="jobs"))
    assert "downloaded" not in await told(a_moderator(scene), scene.channel, "set")
