"""A moderator retries or cancels many jobs at once, with a look first and a tally after."""

import asyncio

from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import ADMIN, a_moderator, pressed, reference
from tests.acceptance.scene import Scene

BULK = "characters-admin bulk"


async def proposed(scene: Scene, by: Member, **options: object) -> Message:
    response = await (await by.run_command(scene.channel, BULK, **options)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def says(scene: Scene, message: Message, *words: str) -> None:
    told = f"the tally should say {words}"
    await scene.house.discord.until(lambda: all(one in message.text for one in words) or None, 30.0, told)


async def test_failed_jobs_are_retried_at_once_and_what_cannot_is_named(scene: Scene) -> None:
    gro = a_moderator(scene)
    scene.house.kie.script(*(scene.fails() for _ in range(3)))
    jobs = [await scene.order() for _ in range(2)]
    other = await scene.order(by=scene.sven)
    await asyncio.gather(*(job.failure() for job in (*jobs, other)))

    shown = await proposed(scene, gro, action="retry", member=scene.mira, since="24h")
    assert "Retry failed jobs: 2 jobs" in shown.text
    assert "Each may cost what a new character costs" in shown.text
    assert other.states == ["failed"]
    await pressed(scene.mira, await jobs[0].failure(), "Try again")
    await jobs[0].result(2)
    tally = await pressed(gro, shown, "Confirm")

    await says(scene, tally, "Finished. Done: 1 · not possible: 1 · left: 0", reference(jobs[0]))
    await jobs[1].result(2)
    assert [one.states for one in (*jobs, other)] == [["failed", "succeeded"]] * 2 + [["failed"]]
    again = await pressed(gro, shown, "Confirm") if shown.buttons.get("Confirm") else tally
    assert "Finished" in again.text
    assert len(jobs[1].submissions) == 2


async def test_running_jobs_are_cancelled_and_a_member_confirms_nothing(scene: Scene) -> None:
    gro = a_moderator(scene)
    scene.guild.let_use(ADMIN, scene.sven)
    scene.house.kie.script(Outcome.never(), Outcome.never())
    jobs = [await scene.order() for _ in range(2)]
    await asyncio.gather(*(job.polled() for job in jobs))
    assert "no such jobs" in (await proposed(scene, gro, action="cancel-waiting")).text
    by_sven = await proposed(scene, scene.sven, action="cancel-all")
    assert "a role in `mod_roles`" in (await pressed(scene.sven, by_sven, "Confirm")).text

    shown = await proposed(scene, gro, action="cancel-all")
    assert "2 of them are at the provider already." in shown.text
    tally = await pressed(gro, shown, "Confirm")

    await says(scene, tally, "Finished. Done: 2")
    assert [job.states for job in jobs] == [["cancelled"]] * 2
