"""The bot is removed from a server, and perhaps invited again: what goes on, what stops, what is kept."""

from typing import Any

from bot.moderation.departures import KEPT_FOR
from sandbox.discord.messages import Message
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import a_moderator, private
from tests.acceptance.scene import WAIT_SECONDS, Job, Scene, id_block
from tests.acceptance.test_library import made
from tests.acceptance.test_privacy import ALL, EXPORT, deleted, left_of, opened

SET = "characters-admin set"
MONTH_SECONDS = KEPT_FOR.total_seconds() + 60


def departed(scene: Scene) -> list[dict[str, Any]]:
    statement = "SELECT left_at FROM departures WHERE guild_id = :guild_id"
    return [dict(row) for row in scene.house.memory.rows(statement, guild_id=scene.guild.id)]


async def until_departed(scene: Scene, *, so: bool = True) -> None:
    await scene.house.memory.until(lambda: bool(departed(scene)) is so, f"left should be {so}")


def settings(scene: Scene) -> list[str]:
    statement = "SELECT value FROM server_settings WHERE guild_id = :guild_id"
    return [row["value"] for row in scene.house.memory.rows(statement, guild_id=scene.guild.id)]


def shared_elsewhere(scene: Scene) -> None:
    """Without a server in common nobody can write to anybody."""
    scene.house.discord.add_guild("Elsewhere").add_member("Mira", user=scene.mira.user)


async def told_directly(scene: Scene, words: str) -> Message:
    conversation = scene.house.discord.dm(scene.mira)
    return await conversation.wait_for_message(lambda one: words in one.text, WAIT_SECONDS)


async def running(scene: Scene, outcome: Outcome | None = None) -> Job:
    scene.house.kie.script(outcome or Outcome.never())
    job = await scene.order()
    await job.polled()
    return job


async def in_queue(scene: Scene) -> Job:
    """A job that waits because the server is paused."""
    gro = a_moderator(scene)
    await private(await gro.run_command(scene.channel, "characters-admin pause"))
    return await scene.order()


async def test_what_waits_is_stopped_for_nothing_and_its_owner_told_directly(scene: Scene) -> None:
    shared_elsewhere(scene)
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("Waiting")

    scene.guild.remove_bot()

    told = await told_directly(scene, "I was removed from the server")
    assert "Nothing was charged" in told.text
    assert "/character create" in told.text
    assert job.states == ["failed"]
    assert job.tasks == []
    assert scene.pings() == [told]


async def test_what_was_ordered_is_followed_and_its_result_comes_directly(scene: Scene) -> None:
    shared_elsewhere(scene)
    job = await running(scene, Outcome(seconds=2.0))

    scene.guild.remove_bot()

    result = await told_directly(scene, id_block(await job.task()))
    assert job.results() == [result]
    assert job.states == ["succeeded"]
    assert len(job.submissions) == 1


async def test_with_no_server_in_common_the_result_is_kept_and_nothing_is_tried_for_ever(
    scene: Scene,
) -> None:
    job = await running(scene, Outcome(seconds=1.0))
    scene.guild.remove_bot()

    await scene.house.memory.until(lambda: scene.house.memory.parked(job.prompt, "result"), "parked")

    assert scene.house.memory.parked(job.prompt, "result") == "no-direct-messages"
    assert job.states == ["succeeded"]


async def test_an_outage_stops_nothing_and_starts_no_time(scene: Scene) -> None:
    scene.guild.set_unavailable()
    scene.guild.set_available()
    job = await scene.order()
    scene.guild.set_unavailable()
    await scene.house.bot.kill()
    await scene.house.bot.start()
    await scene.house.logged("connected")
    scene.guild.set_available()

    await job.result()

    assert departed(scene) == []


async def test_invited_again_everything_is_as_it_was_and_nothing_old_is_posted(scene: Scene) -> None:
    gro = a_moderator(scene)
    await private(await gro.run_command(scene.channel, SET, setting="approval", value="off"))
    scene.house.kie.pause_model()
    job = await scene.order()
    await job.card_says("Waiting")
    scene.guild.remove_bot()
    await scene.house.memory.until_state(job.prompt, "failed")
    await scene.house.memory.until(lambda: scene.house.memory.parked(job.prompt, "failure"), "parked")
    before = scene.messages()

    scene.guild.invite_bot()
    await until_departed(scene, so=False)
    scene.house.kie.resume_model()
    await (await scene.order()).result()

    assert settings(scene) == ["off"]
    assert [one for one in scene.messages() if job.prompt in one.text] == [
        one for one in before if job.prompt in one.text
    ]
    assert job.tasks == []


async def test_removed_and_invited_while_it_was_down_is_noticed_at_the_next_start(scene: Scene) -> None:
    await made(scene, "Fen")
    await scene.house.bot.kill()
    scene.guild.remove_bot()

    await scene.house.bot.start()
    await until_departed(scene)

    await scene.house.bot.kill()
    scene.guild.invite_bot()
    await scene.house.bot.start()
    await until_departed(scene, so=False)


async def test_after_thirty_days_the_servers_data_is_gone_and_members_keep_what_is_theirs(
    scene: Scene,
) -> None:
    shared_elsewhere(scene)
    gro = a_moderator(scene)
    await private(await gro.run_command(scene.channel, SET, setting="approval", value="off"))
    kept = await made(scene, "Fen")
    scene.house.kie.script(scene.fails())
    failed = await scene.order()
    await failed.failure()
    scene.guild.remove_bot()
    await until_departed(scene)
    conversation = scene.house.discord.dm(scene.mira)
    assert len((await opened(await scene.mira.run_command(conversation, EXPORT)))["jobs"]) == 2

    await scene.house.bot.kill()
    scene.house.memory.let_time_pass(MONTH_SECONDS)
    await scene.house.bot.start()
    await scene.house.memory.until(lambda: not settings(scene), "the settings should be gone")
    await scene.house.memory.until(lambda: not left_of(scene, failed), "the failed job should be erased")

    assert left_of(scene, kept)
    listed = await (await scene.mira.run_command(conversation, "character list")).wait_for_answer()
    assert "Fen" in listed.text
    await deleted(scene.mira, conversation, ALL)
    assert not left_of(scene, kept)
