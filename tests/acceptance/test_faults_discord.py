"""A bad day of Discord's: outages of hours, lost sessions, a token that is reset, limits, strange events."""

import asyncio

import pytest

from sandbox.discord.asks import RecordedRequest
from sandbox.discord.hub import Dispatch, Json
from sandbox.discord.messages import Message
from sandbox.discord.server import DEFAULT_TOKEN
from sandbox.kie.outcomes import Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import Row
from tests.acceptance.host import Host, forgive
from tests.acceptance.kill_points import MESSAGES, REQUESTS
from tests.acceptance.scene import LOOP, RETRY, WAIT_SECONDS
from tests.acceptance.test_faults import LONG_SECONDS, accepted, in_state, only_task, whole

pytest_plugins = ("tests.acceptance.host_fixtures",)

SIX_HOURS = 6 * 3_600.0
WELL, WRONG_SETTINGS = 0, 2
UNAUTHORIZED, UNAVAILABLE = 401, 503
STATUS = "character status"
FLAP_SECONDS = 0.5


def is_waiting_result(row: Row) -> bool:
    return (row["kind"], row["state"], row["tries"] > 0) == ("result", "pending", True)


async def failed_jobs(guests: Crowd, count: int = 1) -> list[Message]:
    """The messages of failures, each of a job of its own, noted down as told."""
    await guests.order_some(*("failing",) * count)
    await accepted(guests, count)
    assert await whole(guests) == ["failed"] * count
    return [message for message in guests.scene.messages() if RETRY in message.buttons]


async def all_away(host: Host) -> None:
    """Neither gateway nor REST."""
    discord = host.rig.house.discord
    await discord.gateway.go_away()
    discord.faults.fail("*", "**", status=UNAVAILABLE, times=None)


async def all_back(host: Host) -> None:
    discord = host.rig.house.discord
    discord.faults.clear()
    discord.gateway.come_back()
    await discord.bot_ready()


async def test_while_the_gateway_is_away_for_hours_everything_else_goes_on(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")

    await house.discord.gateway.go_away()
    host.set_clock(SIX_HOURS)
    house.kie.finish(task.task_id)
    await in_state(guests, "succeeded")
    told = await whole_but_reconnects(guests)
    house.discord.gateway.come_back()
    await house.discord.bot_ready()
    await guests.order()
    await accepted(guests, 2)

    assert told == ["succeeded"], "told by REST meanwhile"
    assert await whole_but_reconnects(guests) == ["succeeded"] * 2


async def test_after_hours_without_discord_what_waits_is_told_once_and_in_order(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    (failure,) = await failed_jobs(guests)
    house.kie.script(Outcome.never(), Outcome.never())
    await guests.scene.mira.press(failure, RETRY)
    await guests.order()
    await house.kie.ledger.wait_until(lambda: len(guests.scene.submissions) == 3, WAIT_SECONDS)
    tasks = house.kie.ledger.tasks[-2:]

    await all_away(host)
    for task in tasks:
        house.kie.finish(task.task_id)
    await host.until_rows(guests.scene.guild, "announcements", is_waiting_result, 2)
    assert len(guests.scene.pings()) == 1, "the failure's"
    host.set_clock(SIX_HOURS)
    await all_back(host)

    assert sorted(await whole_but_reconnects(guests)) == ["failed", "succeeded", "succeeded"]
    said = [message.text for message in failure.channel.messages]
    places = [next(i for i, text in enumerate(said) if word in text) for word in ("Trying again", "is ready")]
    assert places == sorted(places)
    assert len(guests.scene.pings()) == 3


async def whole_but_reconnects(guests: Crowd) -> list[str]:
    """The states in which attempts came to rest; that the gateway was away may be in the log."""
    await guests.rig.rest(guests.scene.guild)
    forgive(guests)
    return await whole(guests)


async def test_wishes_made_while_the_gateway_was_away_are_found_when_it_is_back(
    host: Host, guests: Crowd
) -> None:
    scene = guests.scene
    owners, moderators, strangers = await failed_jobs(guests, 3)

    await host.rig.house.discord.gateway.go_away()
    await scene.mira.react(owners, LOOP)
    await scene.ola.react(moderators, "♻️")
    await scene.sven.react(strangers, LOOP)
    host.rig.house.discord.gateway.come_back()
    await host.rig.house.logged("retry_by_missed_reaction", 2)

    assert sorted(await whole_but_reconnects(guests)) == ["failed"] * 3 + ["succeeded"] * 2
    assert not any("Trying again" in message.text for message in strangers.channel.messages)


async def test_wishes_made_while_the_bot_was_away_are_found_once_however_often_it_starts(
    host: Host, guests: Crowd
) -> None:
    bot, scene = host.rig.house.bot, guests.scene
    (failure,) = await failed_jobs(guests)
    host.rig.house.kie.script(scene.fails())
    assert await bot.stop() == WELL

    await scene.mira.react(failure, LOOP)
    await scene.ola.react(failure, "🔄")
    await bot.start()
    await host.rig.house.logged("retry_by_missed_reaction")
    await host.rig.rest(scene.guild)
    await bot.restart()
    await host.rig.house.logged("missed_reactions_read", 2)

    assert await whole(guests) == ["failed", "failed"]
    assert len(scene.submissions) == 2


async def test_a_wish_on_a_failure_that_was_told_just_before_the_bot_died_is_found_too(
    host: Host, guests: Crowd
) -> None:
    scene = guests.scene
    REQUESTS["the failure"].done(host.rig)
    await guests.order_some("failing")
    await host.rig.was_killed()
    failure = guests.any_failure()
    assert failure is not None
    host.rig.plan()

    await scene.mira.react(failure, LOOP)
    await host.rig.house.bot.start()
    await host.rig.house.logged("retry_by_missed_reaction")

    assert await whole(guests) == ["failed", "succeeded"]


async def test_an_invalid_session_is_replaced_and_nothing_is_missed(host: Host, guests: Crowd) -> None:
    gateway = host.rig.house.discord.gateway
    (failure,) = await failed_jobs(guests)
    identifies = len(gateway.identifies)

    await gateway.invalidate()
    await guests.scene.mira.react(failure, LOOP)
    await host.rig.house.logged("retry_by_missed_reaction")

    assert await whole_but_reconnects(guests) == ["failed", "succeeded"]
    assert len(gateway.identifies) == identifies + 1


@pytest.mark.parametrize("seconds", [0.3, LONG_SECONDS])
async def test_a_limit_on_everything_is_kept_and_got_over(host: Host, guests: Crowd, seconds: float) -> None:
    limit = host.rig.house.discord.faults.rate_limit("POST", MESSAGES, seconds, is_global=True)

    await guests.order()
    await host.rig.house.discord.until(lambda: limit.fired or None)

    assert await whole(guests) == ["succeeded"]
    assert limit.fired == 1


async def test_a_block_by_the_network_in_front_of_discord_is_waited_out(host: Host, guests: Crowd) -> None:
    block = host.rig.house.discord.faults.block("POST", MESSAGES, times=3)

    await guests.order_some("good", "failing")
    await accepted(guests, 2)

    assert sorted(await whole(guests)) == ["failed", "succeeded"]
    assert block.fired == 3


async def test_a_token_that_is_reset_ends_the_bot_as_a_wrong_setting_and_keeps_the_jobs(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_refusals |= {UNAUTHORIZED}
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")
    try:
        await house.discord.revoke_token("a-new-token")
        ended = await house.bot.wait()
        await house.bot.launch()
        again = await house.bot.wait()
        house.kie.finish(task.task_id)
        house.bot.environment["DISCORD_TOKEN"] = "a-new-token"
        await house.bot.start()

        assert (ended, again) == (WRONG_SETTINGS, WRONG_SETTINGS)
        words = [line for line in house.bot.log.splitlines() if not line.startswith("{")]
        house.expected_log_events |= set(words)
        assert sum(line.startswith("DISCORD_TOKEN:") for line in words) == 2
        assert await whole(guests) == ["succeeded"]
    finally:
        house.bot.environment["DISCORD_TOKEN"] = DEFAULT_TOKEN
        await house.discord.revoke_token(DEFAULT_TOKEN)
        await house.bot.close()


def emit(host: Host, name: str, content: Json) -> None:
    """An event of Discord's, as it is."""
    guild_id = int(content["guild_id"]) if content.get("guild_id") else None
    host.rig.house.discord.world.emit(name, guild_id, content)


async def test_events_that_come_twice_or_make_no_sense_change_nothing(host: Host, guests: Crowd) -> None:
    discord, scene = host.rig.house.discord, guests.scene
    seen: list[Dispatch] = []
    dispatch = discord.world.dispatch

    def note(event: Dispatch) -> None:
        seen.append(event)
        dispatch(event)

    discord.world.dispatch = note
    await guests.order()
    await accepted(guests)
    discord.world.dispatch = dispatch
    (order,) = [event for event in seen if event.name == "INTERACTION_CREATE"]

    dispatch(order)
    nobody, nowhere = str(discord.world.mint.next()), str(discord.world.mint.next_guild())
    reaction = {
        "user_id": nobody,
        "channel_id": nobody,
        "message_id": nobody,
        "emoji": {"id": None, "name": LOOP},
        "type": 0,
        "burst": False,
    }
    emit(host, "MESSAGE_REACTION_ADD", reaction | {"guild_id": nowhere})
    emit(host, "MESSAGE_REACTION_ADD", reaction | {"guild_id": str(scene.guild.id), "member": None})
    emit(host, "MESSAGE_REACTION_ADD", reaction | {"type": 77, "guild_id": str(scene.guild.id)})
    emit(host, "THREAD_DELETE", {"id": nobody, "guild_id": nowhere, "parent_id": nobody, "type": 11})
    emit(host, "CHANNEL_CREATE", {"id": nobody, "guild_id": str(scene.guild.id), "type": 99, "name": "new"})
    emit(host, "GUILD_DELETE", {"id": nowhere, "guild_id": nowhere, "unavailable": True})
    emit(host, "SOMETHING_NEW", {"id": nobody, "guild_id": str(scene.guild.id)})
    await (await scene.mira.run_command(scene.channel, STATUS)).first_response()

    assert await whole(guests) == ["succeeded"]
    assert len(scene.submissions) == 1
    assert any(one["event"] == "interaction_repeated" for one in host.rig.house.log_events())


async def test_a_result_that_was_deleted_before_its_answer_came_is_not_said_again(
    host: Host, guests: Crowd
) -> None:
    discord, scene = host.rig.house.discord, guests.scene
    deleted: list[Message] = []

    async def delete(request: RecordedRequest) -> None:
        if "Your character ID" in str(request.json) and not deleted:
            (result,) = scene.pings()
            deleted.append(result)
            result.delete()
            discord.faults.reset("POST", MESSAGES, when="after")

    discord.faults.on_request("POST", MESSAGES, delete, when="after")
    await guests.order(name="Fen")
    await accepted(guests)

    assert await whole(guests) == ["succeeded"]
    assert len(deleted) == 1
    assert scene.pings() == []
    status = (await (await scene.mira.run_command(scene.channel, STATUS)).first_response()).message
    assert status is not None
    assert "✅ Ready" in status.text


async def test_a_network_that_comes_and_goes_doubles_and_loses_nothing(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    gateway, connects = house.discord.gateway, len(house.discord.gateway.connects)
    for number in range(3):
        await guests.order_some("good", "failing")
        await accepted(guests, 2 * (number + 1))
        await all_away(host)
        await house.kie.go_down()
        await asyncio.sleep(FLAP_SECONDS)  # what is tested is that this time passes
        await house.kie.come_back()
        await all_back(host)

    states = await whole_but_reconnects(guests)

    assert len(states) == 6
    assert set(states) <= {"succeeded", "failed", "unknown"}
    assert len(gateway.connects) - connects < 20, "it did not knock all the time"
