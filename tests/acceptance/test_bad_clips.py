"""Clips that cannot be used: the member is told why, privately, and nothing of them stays anywhere."""

import pytest

from sandbox.discord.messages import Message
from sandbox.kie.faults import FILE
from sandbox.kie.outbound import OWN_AGENT
from tests.acceptance.clips import BAD, BadClip, good
from tests.acceptance.scene import Job, Scene, clip_file
from tests.clips.make import pad_to

LIMIT_BYTES = 10_000_000


async def private_answer(job: Job) -> Message:
    """The refusal: the first response where the payload tells, else what follows the card."""
    if job.response.ephemeral:
        assert job.response.message is not None
        return job.response.message
    answer = await job.call.wait_for_followup()
    assert answer.ephemeral
    return answer


async def assert_nothing_is_left(scene: Scene, job: Job) -> None:
    """Not in the database, not in the clip store, not at the provider; and nobody was notified."""
    memory = scene.house.memory
    await memory.until(lambda: memory.count(job.prompt) == 0, "the job should be forgotten")
    assert memory.clips() == scene.clips_before
    assert job.prompt not in memory.texts()
    assert (scene.uploads, scene.submissions) == (0, [])
    assert not scene.anybody_pinged()
    assert scene.guild.threads == []


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_a_bad_clip_is_refused_with_what_was_found_and_what_is_accepted(
    scene: Scene, bad: BadClip
) -> None:
    job = await scene.order(clip=clip_file(bad.body(), bad.filename), safety="No weapons, please.")

    answer = await private_answer(job)

    assert bad.found in answer.text
    assert bad.accepted in answer.text
    assert job.prompt in answer.text
    assert "No weapons, please." in answer.text
    assert "Nothing was" in answer.text
    await assert_nothing_is_left(scene, job)


async def test_the_card_of_a_refused_clip_says_so_and_not_why(scene: Scene) -> None:
    job = await scene.order(clip=clip_file(BAD["too short"].body()))

    await job.card_says("could not be used")

    assert "0.90" not in job.card.text
    assert job.prompt not in job.card.text
    assert job.card.buttons == {}
    await private_answer(job)
    await assert_nothing_is_left(scene, job)


async def test_after_a_bomb_the_next_clip_is_judged_as_if_nothing_had_been(scene: Scene) -> None:
    bomb = await scene.order(clip=clip_file(BAD["a bomb"].body()))
    clip = await scene.order()

    await private_answer(bomb)
    await clip.result()

    assert [upload.size_bytes for upload in scene.house.kie.ledger.uploads[-1:]] == [len(good())]
    assert scene.uploads == 1


async def test_a_size_that_lies_is_found_out_while_the_clip_is_copied(scene: Scene) -> None:
    clip = clip_file(pad_to(good(), LIMIT_BYTES + 1), size=1000)
    job = await scene.order(clip=clip)

    answer = await private_answer(job)

    assert "10,000,000 bytes" in answer.text
    await assert_nothing_is_left(scene, job)


async def test_a_stream_without_an_end_is_cut_off(scene: Scene) -> None:
    scene.house.discord.cdn.endless("endless.mp4")
    job = await scene.order(clip=clip_file(filename="endless.mp4"))

    answer = await private_answer(job)

    assert "10,000,000 bytes" in answer.text
    await assert_nothing_is_left(scene, job)


@pytest.mark.parametrize("status", [403, 404], ids=["forbidden", "expired"])
async def test_a_link_that_gives_no_clip_any_more_is_told(scene: Scene, status: int) -> None:
    scene.house.discord.cdn.fail(f"gone-{status}.mp4", status, times=None)
    job = await scene.order(clip=clip_file(filename=f"gone-{status}.mp4"))

    answer = await private_answer(job)

    assert "Discord no longer has the clip" in answer.text
    assert job.prompt in answer.text
    await assert_nothing_is_left(scene, job)


async def test_a_link_to_another_host_is_never_followed(scene: Scene) -> None:
    kie = scene.house.kie
    elsewhere = f"{kie.file_base_url}/clip.mp4"
    job = await scene.order(clip=clip_file(url=elsewhere, proxy_url=elsewhere))
    await time_passes_until_refused(scene, job)

    answer = await private_answer(job)

    assert job.prompt in answer.text
    assert {one.user_agent for one in kie.ledger.requests_to(FILE)} <= {OWN_AGENT}
    await assert_nothing_is_left(scene, job)


async def test_a_download_that_breaks_off_is_repeated_before_it_is_given_up(scene: Scene) -> None:
    scene.house.discord.cdn.reset("broken.mp4", after_bytes=200, times=None)
    job = await scene.order(clip=clip_file(filename="broken.mp4"))
    await time_passes_until_refused(scene, job)

    answer = await private_answer(job)

    downloads = [one for one in scene.house.discord.cdn.downloads if one.filename == "broken.mp4"]
    assert len(downloads) == 3
    assert "could not fetch your clip" in answer.text
    await assert_nothing_is_left(scene, job)


async def time_passes_until_refused(scene: Scene, job: Job) -> None:
    """Between two tries the bot waits for longer than a test should."""
    memory = scene.house.memory
    for tries in (1, 2):
        await memory.until_tries(job.prompt, tries)
        memory.let_time_pass()
