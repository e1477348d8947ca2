"""What a clip is called, and what Discord claims about it, decides nothing and gets nowhere."""

import re
from typing import Any

import pytest

from sandbox.discord.files import AttachmentFile
from tests.acceptance.clips import good
from tests.acceptance.scene import Scene
from tests.clips.names import COMMANDS, DISGUISES, INJECTIONS, LONG, TRAVERSALS

STORED = re.compile(r"[0-9a-f]{64}")
UPLOADED = re.compile(r"[0-9A-Za-z_-]{16,}\.mp4")
CLAIMS: tuple[dict[str, Any], ...] = (
    {"content_type": None},
    {"content_type": ""},
    {"content_type": "text/html"},
    {"content_type": "application/x-msdownload"},
    {"content_type": "v" * 2000},
    {"width": 0, "height": 0, "duration_secs": 0.0},
    {"width": 100_000, "height": 100_000, "duration_secs": 3600.0},
    {"description": "@everyone <@1> `x`"},
)


async def assert_all_are_made(scene: Scene, claims: list[dict[str, Any]]) -> None:
    """Each claim about a good clip ends in a character, and no name went further than the command."""
    uploads = len(scene.house.kie.ledger.uploads)

    jobs = [await scene.order(clip=AttachmentFile("fox.mp4", good(), claim)) for claim in claims]
    for job in jobs:
        await job.result()

    made = scene.house.kie.ledger.uploads[uploads:]
    assert len({upload.name for upload in made}) == len(claims)
    assert all(UPLOADED.fullmatch(upload.name) for upload in made)
    assert all(STORED.fullmatch(file.name) for file in scene.house.memory.clips())
    said = "\n".join(message.text for message in scene.messages())
    names = [claim["filename"] for claim in claims if len(claim.get("filename", "")) > len("clip")]
    assert not any(name in said for name in names)


@pytest.mark.parametrize(
    "names",
    [TRAVERSALS, COMMANDS, DISGUISES, INJECTIONS, LONG],
    ids=["traversals", "commands", "disguises", "injections", "long"],
)
async def test_a_name_is_never_used(scene: Scene, names: tuple[str, ...]) -> None:
    await assert_all_are_made(scene, [{"filename": name} for name in names])

    assert all(len(message.pinged_user_ids) <= 1 for message in scene.messages())
    assert not any(message.mentions_everyone for message in scene.messages())


async def test_what_discord_claims_about_a_clip_decides_nothing(scene: Scene) -> None:
    await assert_all_are_made(scene, list(CLAIMS))


async def test_two_clips_of_one_name_stay_two_clips(scene: Scene) -> None:
    await assert_all_are_made(scene, [{"filename": "clip.mp4"}] * 2)
