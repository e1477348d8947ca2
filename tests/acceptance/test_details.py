"""**Details** on the card: its owner reads everything, who sees the card how it went, others nothing."""

from sandbox.discord.people import Member
from tests.acceptance.moderation import forged, job_id, pressed, reference
from tests.acceptance.scene import Job, Scene

DETAILS = "Details"
NOT_THERE = "I found no such job of yours here"


async def read_by(member: Member, job: Job) -> str:
    """What the button on the card answers, for whoever presses it alone."""
    return (await pressed(member, job.card, DETAILS)).text


async def restarted(scene: Scene) -> None:
    await scene.house.bot.kill()
    await scene.house.bot.wait()
    await scene.house.discord.bot_gone()
    await scene.house.bot.start()


async def test_everybody_reads_how_it_goes_and_the_owner_what_was_sent_over_a_restart(scene: Scene) -> None:
    scene.house.kie.script(scene.fails(), scene.succeeds())
    job = await scene.order(safety="no hats", name="Inspector Fen", prompt=f"brave {scene.guild.id}")
    await scene.mira.press(await job.failure(), "Try again")
    await job.result(2)

    for _ in range(2):
        own, seen = await read_by(scene.mira, job), await read_by(scene.sven, job)
        for words in (reference(job), "**Attempt 1** · ❌ Failed", "**Attempt 2** · ✅ Done", "20 credits"):
            assert words in own
            assert words in seen
        for words in ("no hats", "Inspector Fen", job.prompt, job.tasks[0].task_id, "Stated about the clip"):
            assert words in own
            assert words not in seen
        await restarted(scene)
    assert not [one for one in scene.messages() if one.mentions_everyone]


async def test_it_stands_on_the_card_from_the_first_moment(scene: Scene) -> None:
    job = await scene.order()

    assert reference(job) in await read_by(scene.sven, job)
    assert list(job.card.buttons)[-1] == DETAILS


async def test_who_does_not_see_the_card_finds_nothing(scene: Scene) -> None:
    job = await scene.order()
    await job.result()
    other = scene.guild.add_text_channel("elsewhere")
    press = f"c1:job:info:{job_id(job)}"

    for message in (forged(scene, press, other), forged(scene, press, scene.house.discord.dm(scene.sven))):
        assert NOT_THERE in (await pressed(scene.sven, message, "Press")).text


async def test_a_private_card_in_direct_messages_has_them_for_its_owner(scene: Scene) -> None:
    scene.channel.deny_bot("CREATE_PRIVATE_THREADS")
    job = await scene.order(visibility="private")
    dm = scene.house.discord.dm(scene.mira)
    card = await dm.wait_for_message(lambda one: DETAILS in one.buttons)

    assert reference(job) in (await pressed(scene.mira, card, DETAILS)).text


async def test_of_a_private_job_nobody_else_reads_anything(scene: Scene) -> None:
    job = await scene.order(visibility="private")
    await scene.house.memory.until_state(job.prompt, "succeeded")
    press = forged(scene, f"c1:job:info:{job_id(job)}")

    assert NOT_THERE in (await pressed(scene.sven, press, "Press")).text
    assert NOT_THERE in (await pressed(scene.ola, press, "Press")).text
    assert reference(job) in (await pressed(scene.mira, press, "Press")).text
