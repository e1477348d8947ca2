"""A bad day of the provider's, seen to its end: away for hours, doubled ids, lost records, a queue let go."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sandbox.kie.outcomes import Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import MICROSECONDS, Row
from tests.acceptance.host import Host, tried_when
from tests.acceptance.rig import LOOK_SECONDS, free_port
from tests.acceptance.scene import RETRY, WAIT_SECONDS, id_block
from tests.acceptance.test_faults import accepted, in_state, only_task, whole

pytest_plugins = ("tests.acceptance.host_fixtures",)

ORDER, UPLOAD, LOOK = "createTask", "file-stream-upload", "recordInfo"
SHOW = "character show"
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
HALF_A_MINUTE = 30 * MICROSECONDS
RATE_COUNT, RATE_SECONDS = 4, 2
ON_THE_WIRE = timedelta(seconds=RATE_SECONDS / 2)
"""The rate is kept where orders are sent: the other half is for those that were long on their way."""


def handed_over_and_resubmitted(times: int) -> Callable[[Row], bool]:
    return lambda row: row["state"] == "handed_over" and row["resubmissions"] >= times


async def test_a_provider_that_is_away_is_waited_for_then_told_and_nothing_is_charged(
    host: Host, guests: Crowd
) -> None:
    kie = host.rig.house.kie
    await kie.go_down()
    try:
        await guests.order_some("good", "good")
        await accepted(guests, 2)

        assert await whole(guests) == ["failed", "failed"]
    finally:
        await kie.come_back()
    told = guests.scene.pings()
    assert len(told) == 2
    for message in told:
        assert "The provider cannot be reached" in message.text
        assert "Nothing was charged" in message.text
    assert guests.scene.submissions == []

    await guests.scene.mira.press(told[0], RETRY)
    await host.rig.house.kie.ledger.wait_until(lambda: len(guests.scene.submissions) == 1, WAIT_SECONDS)

    assert sorted(await whole(guests)) == ["failed", "failed", "succeeded"]


async def test_while_only_orders_cannot_be_sent_the_clip_is_not_handed_over_again(
    host: Host, guests: Crowd
) -> None:
    kie = host.rig.house.kie
    await kie.go_down("api")
    try:
        await guests.order()
        await host.until_rows(guests.scene.guild, "attempts", handed_over_and_resubmitted(1))
        await host.rig.reader.let_pass(HALF_A_MINUTE)
        await host.until_rows(guests.scene.guild, "attempts", handed_over_and_resubmitted(2))
    finally:
        await kie.come_back("api")

    assert await whole(guests) == ["succeeded"]
    assert (guests.scene.uploads, len(guests.scene.submissions)) == (1, 1)


async def test_while_no_clip_can_be_handed_over_nothing_is_ordered(host: Host, guests: Crowd) -> None:
    kie = host.rig.house.kie
    await kie.go_down("upload")
    try:
        await guests.order()
        await host.until_rows(guests.scene.guild, "attempts", tried_when("queued"))
        assert guests.scene.submissions == []
    finally:
        await kie.come_back("upload")

    assert await whole(guests) == ["succeeded"]
    assert len(guests.scene.submissions) == 1


async def test_a_task_id_that_comes_twice_is_believed_once(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= {"task_of_another_attempt"}
    house.kie.script(Outcome(seconds=0.1, task_id=f"same-{guests.scene.guild.id}"), Outcome(seconds=0.1))
    await guests.order()
    first = await only_task(guests)
    await in_state(guests, "succeeded")

    house.kie.faults.answer(
        ORDER, {"code": 200, "msg": "success", "data": {"taskId": first.task_id}}, when="after"
    )
    await guests.order()
    await house.logged("task_of_another_attempt")

    assert sorted(await whole(guests)) == ["succeeded", "unknown"]
    assert len(guests.scene.submissions) == 2


async def test_looks_that_fail_for_hours_are_told_once_and_end_as_expired(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    house.kie.faults.http(LOOK, status=502, times=None)
    call = await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")
    card = call.original
    assert card is not None

    host.set_clock(20 * MINUTE)
    await house.discord.until(lambda: "longer than usual" in card.text or None)
    host.set_clock(DAY + HOUR)

    assert await whole(guests) == ["expired"]
    (ping,) = guests.scene.pings()
    assert "I stopped waiting for this one" in ping.text
    assert len(guests.scene.submissions) == 1
    assert len(house.kie.ledger.polls[task.task_id]) == 0, "not one was answered"


async def test_a_character_outlives_the_record_of_its_task(host: Host, guests: Crowd) -> None:
    house, scene = host.rig.house, guests.scene
    await guests.order(name="Fen")
    task = await only_task(guests)
    assert await whole(guests) == ["succeeded"]

    house.kie.forget(task.task_id)
    await house.bot.restart()
    shown = await (await scene.mira.run_command(scene.channel, SHOW, character="Fen")).first_response()

    assert shown.message is not None
    assert id_block(task) in shown.message.text


async def test_a_queue_that_waits_longer_than_a_day_is_told_although_the_model_stays_off(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened"}
    house.kie.pause_model()
    await guests.order_some("good", "good")
    await accepted(guests, 2)
    await house.logged("circuit_opened")

    host.set_clock(DAY + HOUR)
    await host.until_rows(guests.scene.guild, "attempts", lambda row: row["state"] == "expired", 2)

    assert await whole(guests) == ["expired", "expired"]
    assert len(guests.scene.pings()) == 2
    assert not any(one.accepted for one in guests.scene.submissions)


async def test_a_queue_that_is_let_go_comes_in_file_and_not_as_a_herd(host: Host, guests: Crowd) -> None:
    bot, kie = host.rig.house.bot, host.rig.house.kie
    usual = bot.environment["KIE_SUBMIT_RATE"]
    host.rig.house.expected_log_events |= {"circuit_opened"}
    await bot.kill()
    bot.environment["KIE_SUBMIT_RATE"] = f"{RATE_COUNT}/{RATE_SECONDS}s"
    try:
        await bot.start()
        kie.pause_model()
        await guests.order_some(*("good",) * 10)
        await accepted(guests, 10)
        await host.rig.house.logged("circuit_opened")
        kie.resume_model()
        await probed(host, lambda: any(one.accepted for one in guests.scene.submissions))

        assert await whole(guests) == ["succeeded"] * 10
    finally:
        await bot.kill()
        bot.environment["KIE_SUBMIT_RATE"] = usual
    sent = [one.at for one in guests.scene.submissions if one.accepted]
    assert len(sent) == 10
    assert max(sum(start <= at < start + ON_THE_WIRE for at in sent) for start in sent) <= RATE_COUNT


async def test_a_balance_that_makes_no_sense_fails_nobody(host: Host, guests: Crowd) -> None:
    kie = host.rig.house.kie
    host.rig.house.expected_log_events |= {"circuit_opened"}
    kie.pause_model()
    await guests.order()
    await host.rig.house.logged("circuit_opened")
    before = len(kie.ledger.requests_to("credit"))
    for nonsense in ("a lot", None):
        kie.faults.answer("credit", {"code": 200, "msg": "success", "data": nonsense})
    kie.resume_model()

    await probed(host, lambda: len(kie.ledger.requests_to("credit")) == before + 3)
    assert await whole(guests) == ["succeeded"]


async def probed(host: Host, is_so: Callable[[], bool]) -> None:
    """Let the provider be asked again and again, without waiting, whether it takes orders; until it is so."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not is_so():
            await host.try_circuits()
            await asyncio.sleep(LOOK_SECONDS)


async def test_callbacks_that_reach_nobody_are_made_up_for_by_looks(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    await house.bot.kill()
    house.bot.environment["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{free_port()}"
    await house.bot.start()

    await guests.order_some("good", "failing")
    await accepted(guests, 2)

    assert sorted(await whole(guests)) == ["failed", "succeeded"]
    ours = {row["task_id"] for row in (await host.rig.reader.books(guests.scene.guild.id)).attempts}
    reached = [one.status for one in house.kie.ledger.deliveries if one.task_id in ours]
    assert reached
    assert set(reached) == {None}
