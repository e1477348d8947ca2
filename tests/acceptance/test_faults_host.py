"""A bad day of the host's: full disks, lost and locked databases, clocks that jump, signals, sleep."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.kie.outcomes import Outcome
from tests.acceptance.conftest import FAILED
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import MICROSECONDS
from tests.acceptance.host import Host, Town, crowd_in, forgive
from tests.acceptance.scene import RESPONSE_SECONDS, RETRY, WAIT_SECONDS, clip_file
from tests.acceptance.test_faults import accepted, in_state, only_task, whole
from tests.integration.test_storage_file import damage

WELL, NOT_STARTED = 0, 1
HOUR, DAY = 3_600.0, 86_400.0
TWO_HOURS_MICROSECONDS = 7_200 * MICROSECONDS
STOP_SECONDS = 25.0
"""After about so long a container runtime kills."""
AT_ONCE_SECONDS = 5.0
LONG_LOOK_SECONDS = 6.0
"""Longer than it takes the bot to notice that its clock has jumped."""
OUT_OF_REACH = "My own records are out of reach"
STORAGE_TROUBLE = frozenset(
    {
        "acknowledgement_not_stored",
        "check_failed",
        "claim_failed",
        "clock_unwatched",
        "delivery_failed",
        "lane_step_failed",
        "late_job_not_taken_back",
        "records_unavailable",
        "step_failed",
        "task_not_stored",
        "task_times_unread",
    }
)
"""What is logged, loudly, while nothing can be written."""
ORDER, UPLOAD = "createTask", "file-stream-upload"
SLOW_BYTES_PER_SECOND = 4000.0


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    town = Town(lambda: tmp_path_factory.mktemp("host"))
    yield town
    await town.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def host(town: Town, request: pytest.FixtureRequest) -> AsyncIterator[Host]:
    """A host with a running bot that looks at tasks by itself; mended after each test."""
    host = await town.host()
    await host.rig.begin(callbacks=False)
    yield host
    await town.tidy_up(host, failed=request.node.stash.get(FAILED, False))


@pytest.fixture
def crowd(host: Host, request: pytest.FixtureRequest) -> Crowd:
    return crowd_in(host, request.node.name)


async def test_a_disk_that_is_full_at_the_download_costs_nothing_but_time(host: Host, crowd: Crowd) -> None:
    host.rig.house.expected_log_events |= STORAGE_TROUBLE
    cdn = host.rig.house.discord.cdn
    cdn.slow("slow.mp4", bytes_per_second=SLOW_BYTES_PER_SECOND)
    await crowd.order(clip_file(filename="slow.mp4"))
    await host.rig.house.discord.until(
        lambda: any(one.filename == "slow.mp4" for one in cdn.downloads) or None
    )

    host.fill_disk()
    await host.rig.house.logged("lane_step_failed")
    assert not await host.is_ready()
    host.make_room()
    await host.until_ready()
    await host.end_leases()

    assert await whole(crowd) == ["succeeded"]
    assert len(crowd.scene.submissions) == 1


async def test_while_nothing_can_be_written_nothing_is_sent_and_everybody_is_answered(
    host: Host, crowd: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE

    async def fill_disk(_: object) -> None:
        host.fill_disk()

    house.kie.faults.on_request(UPLOAD, fill_disk, when="after", times=1)
    await crowd.order()
    await house.logged("lane_step_failed")
    call = await crowd.order()
    told = (await call.first_response()).message

    assert told is not None
    assert OUT_OF_REACH in told.text
    assert not await host.is_ready()
    assert crowd.scene.submissions == []
    host.make_room()
    await host.until_ready()
    await host.end_leases()
    assert await whole(crowd) == ["succeeded"]
    assert len(crowd.scene.submissions) == 1


async def test_a_task_id_that_cannot_be_written_down_is_kept_until_it_can(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE

    async def fill_disk(_: object) -> None:
        host.fill_disk()

    house.kie.faults.on_request(ORDER, fill_disk, when="after", times=1)
    await crowd.order()
    await house.logged("task_not_stored", 2)
    await in_state(crowd, "submitting")
    host.make_room()

    assert await whole(crowd) == ["succeeded"]
    assert len(crowd.scene.submissions) == 1
    (entry, *_) = [one for one in house.log_events() if one.get("event") == "task_not_stored"]
    assert entry["task_id"] == (await only_task(crowd)).task_id, "the operator can read it, whatever happens"


async def test_a_database_that_stays_locked_fails_the_command_and_nothing_else(
    host: Host, crowd: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")

    with closing(sqlite3.connect(host.database, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        call = await crowd.order()
        response = await call.first_response(RESPONSE_SECONDS)
        await house.logged("claim_failed")
        shell.execute("ROLLBACK")

    assert response.message is not None
    assert response.ephemeral
    assert OUT_OF_REACH in response.message.text
    await host.until_ready()
    house.kie.finish(task.task_id)
    assert await whole(crowd) == ["succeeded"]
    assert len((await host.rig.reader.books(crowd.scene.guild.id)).jobs) == 1


async def test_a_press_on_a_locked_database_is_acknowledged_and_answered_when_it_is_free(
    host: Host, crowd: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    await crowd.order_some("failing")
    failure = await house.discord.until(crowd.any_failure)

    with closing(sqlite3.connect(host.database, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        call = await crowd.scene.mira.press(failure, RETRY)
        response = await call.first_response(RESPONSE_SECONDS)
        shell.execute("ROLLBACK")
    answer = await call.wait_for_followup()

    assert (response.kind, response.ephemeral) == ("deferred", True)
    assert "attempt 2 of 3" in answer.text
    assert await whole(crowd) == ["failed", "succeeded"]


async def test_a_database_that_disappears_stops_everything_and_a_start_begins_no_empty_one(
    host: Host, crowd: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE | {"database_unusable"}
    house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")

    aside = host.database.rename(host.database.with_name("aside"))
    call = await crowd.order()
    told = (await call.first_response()).message
    await house.logged("database_unusable")

    assert told is not None
    assert OUT_OF_REACH in told.text
    assert not await host.is_ready()
    assert await house.bot.stop() == WELL
    assert await ends(host, NOT_STARTED) == f"The database {host.database} is gone"
    assert not host.database.exists()

    aside.rename(host.database)
    house.kie.finish(task.task_id)
    await house.bot.start()
    assert await whole(crowd) == ["succeeded"]


async def test_a_database_that_is_damaged_at_the_start_is_left_alone(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    await crowd.order()
    await accepted(crowd)
    assert await whole(crowd) == ["succeeded"]
    assert await house.bot.stop() == WELL
    sound = host.database.read_bytes()
    damage(host.database, "attempts")
    damaged = host.database.read_bytes()

    said = await ends(host, NOT_STARTED)

    assert said == f"The database {host.database} cannot be used"
    assert host.database.read_bytes() == damaged
    host.database.write_bytes(sound)
    await house.bot.start()


async def ends(host: Host, code: int) -> str:
    """What the bot says, up to the first colon or comma, when it does not start."""
    house = host.rig.house
    before = len(house.bot.log)
    await house.bot.launch()
    assert await house.bot.wait() == code
    said = await house.memory.until(lambda: house.bot.log[before:], "a last word")
    house.expected_log_events |= set(said.splitlines())
    return re.split(r"[:,]", said)[0]


async def test_without_a_file_to_open_what_comes_waits_and_goes_on_later(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")

    host.use_up_files()
    await crowd.order()
    await house.logged("step_failed")
    host.free_files()
    house.kie.finish(task.task_id)

    assert await whole(crowd) == ["succeeded"] * 2


async def test_a_clock_put_forward_by_an_hour_expires_nothing(host: Host, crowd: Crowd) -> None:
    """One task runs, one order is on its way, and both leases have lapsed by the clock."""
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome(seconds=0.1))
    await crowd.order()
    first = await only_task(crowd)
    await in_state(crowd, "waiting")

    async def put_forward(_: object) -> None:
        host.set_clock(HOUR)

    house.kie.faults.on_request(ORDER, put_forward, when="before", times=1)
    house.kie.faults.delay(ORDER, LONG_LOOK_SECONDS, when="after")
    await crowd.order()
    await house.logged("clock_put_forward")
    house.kie.finish(first.task_id)

    assert await whole(crowd) == ["succeeded"] * 2
    assert len(crowd.scene.submissions) == 2
    assert len(crowd.scene.pings()) == 2, "nobody was told that an outcome is unknown"


async def test_a_clock_put_forward_by_two_days_looks_before_it_gives_up(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome.never())
    await crowd.order_some("good", "good")
    await accepted(crowd, 2)
    await house.kie.ledger.wait_until(lambda: len(crowd.scene.submissions) == 2, WAIT_SECONDS)
    tasks = house.kie.ledger.tasks[-2:]
    polls = house.kie.ledger.polls
    await house.kie.ledger.wait_until(lambda: all(polls[task.task_id] for task in tasks), WAIT_SECONDS)

    house.kie.finish(tasks[0].task_id)
    host.set_clock(2 * DAY)

    assert sorted(await whole(crowd)) == ["expired", "succeeded"]


async def test_a_clock_put_back_by_a_day_makes_nobody_wait_for_a_day(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")

    host.set_clock(-DAY)
    house.kie.finish(task.task_id)
    await house.logged("clock_put_back")
    await in_state(crowd, "succeeded")
    await crowd.order()
    await accepted(crowd, 2)

    assert await whole(crowd) == ["succeeded"] * 2


async def test_a_clock_that_was_put_back_while_the_bot_was_away_makes_nobody_wait_either(
    host: Host, crowd: Crowd
) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never())
    await crowd.order()
    task = await only_task(crowd)
    await in_state(crowd, "waiting")
    assert await house.bot.stop() == WELL

    host.set_clock(-DAY)
    house.kie.finish(task.task_id)
    await house.bot.start()

    await in_state(crowd, "succeeded")
    assert await whole(crowd) == ["succeeded"]


async def test_after_a_long_sleep_the_bot_goes_on_where_it_was(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.kie.script(Outcome.never(), Outcome.never())
    await crowd.order_some("good", "failing")
    await accepted(crowd, 2)
    await house.kie.ledger.wait_until(lambda: len(crowd.scene.submissions) == 2, WAIT_SECONDS)
    tasks = house.kie.ledger.tasks[-2:]

    host.fall_asleep()
    for task in tasks:
        house.kie.finish(task.task_id)
    await house.discord.gateway.drop(resumable=False)
    host.set_clock(8 * HOUR)
    host.wake_up()

    assert await whole(crowd) == ["succeeded"] * 2
    await house.discord.bot_ready()
    forgive(crowd)


async def test_asked_a_second_time_it_stops_at_once_and_loses_nothing(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    arrived = asyncio.Event()

    async def note(_: object) -> None:
        arrived.set()

    house.kie.faults.on_request(ORDER, note, when="after", times=1)
    house.kie.faults.delay(ORDER, 30.0, when="after")
    await crowd.order()
    await arrived.wait()

    house.bot.ask_to_stop()
    await house.logged("stopping")
    assert house.bot.is_running, "an order is on its way"
    house.bot.ask_to_stop()

    assert await house.bot.wait(AT_ONCE_SECONDS) == -signal.SIGTERM
    await house.discord.bot_gone()
    await house.bot.start()
    assert await whole(crowd) == ["unknown"]
    assert len(crowd.scene.submissions) == 1


async def test_asked_to_stop_with_nothing_to_do_it_is_gone_soon(host: Host) -> None:
    async with asyncio.timeout(STOP_SECONDS):
        assert await host.rig.house.bot.stop() == WELL
    await host.rig.house.bot.start()


async def test_a_kept_clip_that_was_altered_never_leaves(host: Host, crowd: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened", "clip_missing"}
    await waiting_for_the_model(crowd)
    uploads = crowd.scene.uploads

    for clip in kept_clips(host):
        clip.write_bytes(clip.read_bytes()[::-1])
    house.kie.resume_model()

    assert await whole(crowd) == ["failed"]
    (ping,) = crowd.scene.pings()
    assert "My copy of the clip is gone or damaged" in ping.text
    assert crowd.scene.uploads == uploads


async def test_a_clip_store_that_gives_nothing_for_a_while_is_waited_for(host: Host, crowd: Crowd) -> None:
    """A file where its folder was: unlike a missing permission, that stops the superuser too."""
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened", "step_failed"}
    await waiting_for_the_model(crowd)

    kept = host.data / "clips" / "sha256"
    kept.rename(kept.with_name("aside"))
    kept.touch()
    house.kie.resume_model()
    await crowd.rig.reader.let_pass(TWO_HOURS_MICROSECONDS)
    await house.logged("step_failed")
    kept.unlink()
    kept.with_name("aside").rename(kept)

    assert await whole(crowd) == ["succeeded"]


async def waiting_for_the_model(crowd: Crowd) -> None:
    """An order whose clip is kept, and which waits for a model that is off."""
    crowd.rig.house.kie.pause_model()
    await crowd.order()
    await crowd.rig.house.logged("circuit_opened")
    await in_state(crowd, "queued")


def kept_clips(host: Host) -> list[Path]:
    return [path for path in (host.data / "clips" / "sha256").rglob("*") if path.is_file()]
