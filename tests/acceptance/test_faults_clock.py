"""Clocks that jump, forward and back, and a host that sleeps: nothing expires unasked, nobody waits."""

from sandbox.kie.outcomes import Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.host import Host, forgive
from tests.acceptance.scene import WAIT_SECONDS
from tests.acceptance.test_faults import accepted, in_state, only_task, whole

pytest_plugins = ("tests.acceptance.host_fixtures",)

WELL = 0
HOUR, DAY = 3_600.0, 86_400.0
ORDER = "createTask"
LONG_LOOK_SECONDS = 6.0
"""Longer than it takes the bot to notice that its clock has jumped."""


async def test_a_clock_put_forward_by_an_hour_expires_nothing(host: Host, guests: Crowd) -> None:
    """One task runs, one order is on its way, and both leases have lapsed by the clock."""
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome(seconds=0.1))
    await guests.order()
    first = await only_task(guests)
    await in_state(guests, "waiting")

    async def put_forward(_: object) -> None:
        host.set_clock(HOUR)

    house.kie.faults.on_request(ORDER, put_forward, when="before", times=1)
    house.kie.faults.delay(ORDER, LONG_LOOK_SECONDS, when="after")
    await guests.order()
    await house.logged("clock_put_forward")
    house.kie.finish(first.task_id)

    assert await whole(guests) == ["succeeded"] * 2
    assert len(guests.scene.submissions) == 2
    assert len(guests.scene.pings()) == 2, "nobody was told that an outcome is unknown"


async def test_a_clock_put_forward_by_two_days_looks_before_it_gives_up(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome.never())
    await guests.order_some("good", "good")
    await accepted(guests, 2)
    await house.kie.ledger.wait_until(lambda: len(guests.scene.submissions) == 2, WAIT_SECONDS)
    tasks = house.kie.ledger.tasks[-2:]
    polls = house.kie.ledger.polls
    await house.kie.ledger.wait_until(lambda: all(polls[task.task_id] for task in tasks), WAIT_SECONDS)

    house.kie.finish(tasks[0].task_id)
    host.set_clock(2 * DAY)

    assert sorted(await whole(guests)) == ["expired", "succeeded"]


async def test_a_clock_put_back_by_a_day_makes_nobody_wait_for_a_day(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")

    host.set_clock(-DAY)
    house.kie.finish(task.task_id)
    await house.logged("clock_put_back")
    await in_state(guests, "succeeded")
    await guests.order()
    await accepted(guests, 2)

    assert await whole(guests) == ["succeeded"] * 2


async def test_a_clock_that_was_put_back_while_the_bot_was_away_makes_nobody_wait_either(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")
    assert await house.bot.stop() == WELL

    host.set_clock(-DAY)
    house.kie.finish(task.task_id)
    await house.bot.start()

    await in_state(guests, "succeeded")
    assert await whole(guests) == ["succeeded"]


async def test_after_a_long_sleep_the_bot_goes_on_where_it_was(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome.never())
    await guests.order_some("good", "failing")
    await accepted(guests, 2)
    await house.kie.ledger.wait_until(lambda: len(guests.scene.submissions) == 2, WAIT_SECONDS)
    tasks = house.kie.ledger.tasks[-2:]

    host.fall_asleep()
    for task in tasks:
        house.kie.finish(task.task_id)
    await house.discord.gateway.drop(resumable=False)
    host.set_clock(8 * HOUR)
    host.wake_up()

    assert await whole(guests) == ["succeeded"] * 2
    await house.discord.bot_ready()
    forgive(guests)
