"""A bad day of the host's: full disks, lost and locked databases, no file to open, signals."""

import asyncio
import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.kie.outcomes import Outcome
from tests.acceptance.crowd import Crowd
from tests.acceptance.history import MICROSECONDS
from tests.acceptance.host import OUT_OF_REACH, STORAGE_TROUBLE, Host, tried_when
from tests.acceptance.scene import RESPONSE_SECONDS, RETRY, clip_file
from tests.acceptance.test_faults import accepted, in_state, only_task, whole
from tests.integration.test_storage_file import damage

pytest_plugins = ("tests.acceptance.host_fixtures",)

WELL, NOT_STARTED = 0, 2
TWO_HOURS_MICROSECONDS = 7_200 * MICROSECONDS
STOP_SECONDS = 25.0
"""After about so long a container runtime kills."""
AT_ONCE_SECONDS = 5.0
ORDER, UPLOAD = "createTask", "file-stream-upload"
SLOW_BYTES_PER_SECOND = 4000.0


async def test_a_disk_that_is_full_at_the_download_costs_nothing_but_time(host: Host, guests: Crowd) -> None:
    host.rig.house.expected_log_events |= STORAGE_TROUBLE
    cdn = host.rig.house.discord.cdn
    cdn.slow("slow.mp4", bytes_per_second=SLOW_BYTES_PER_SECOND)
    await guests.order(clip_file(filename="slow.mp4"))
    await host.rig.house.discord.until(
        lambda: any(one.filename == "slow.mp4" for one in cdn.downloads) or None
    )

    host.fill_disk()
    await host.rig.house.logged("lane_step_failed")
    assert not await host.is_ready()
    host.make_room()
    await host.until_ready()
    await host.end_leases()

    assert await whole(guests) == ["succeeded"]
    assert len(guests.scene.submissions) == 1


async def test_while_nothing_can_be_written_nothing_is_sent_and_everybody_is_answered(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE

    async def fill_disk(_: object) -> None:
        host.fill_disk()

    house.kie.faults.on_request(UPLOAD, fill_disk, when="after", times=1)
    await guests.order()
    await house.logged("lane_step_failed")
    call = await guests.order()
    told = (await call.first_response()).message

    assert told is not None
    assert OUT_OF_REACH in told.text
    assert not await host.is_ready()
    assert guests.scene.submissions == []
    host.make_room()
    await host.until_ready()
    await host.end_leases()
    assert await whole(guests) == ["succeeded"]
    assert len(guests.scene.submissions) == 1


async def test_a_task_id_that_cannot_be_written_down_is_kept_until_it_can(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE

    async def fill_disk(_: object) -> None:
        host.fill_disk()

    house.kie.faults.on_request(ORDER, fill_disk, when="after", times=1)
    await guests.order()
    await house.logged("answer_not_stored", 2)
    await in_state(guests, "submitting")
    host.make_room()

    assert await whole(guests) == ["succeeded"]
    assert len(guests.scene.submissions) == 1
    (entry, *_) = [one for one in house.log_events() if one.get("event") == "answer_not_stored"]
    assert entry["answer"] == (await only_task(guests)).task_id, "the operator can read it, whatever happens"


async def test_a_database_that_stays_locked_fails_the_command_and_nothing_else(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")

    with closing(sqlite3.connect(host.database, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        call = await guests.order()
        response = await call.first_response(RESPONSE_SECONDS)
        await house.logged("late_job_not_taken_back")
        shell.execute("ROLLBACK")

    assert response.message is not None
    assert response.ephemeral
    assert OUT_OF_REACH in response.message.text
    await host.until_ready()
    house.kie.finish(task.task_id)
    assert await whole(guests) == ["succeeded"]
    assert len((await host.rig.reader.books(guests.scene.guild.id)).jobs) == 1


async def test_a_press_on_a_locked_database_is_acknowledged_and_answered_when_it_is_free(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    await guests.order_some("failing")
    failure = await house.discord.until(guests.any_failure)

    with closing(sqlite3.connect(host.database, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        call = await guests.scene.mira.press(failure, RETRY)
        response = await call.first_response(RESPONSE_SECONDS)
        shell.execute("ROLLBACK")
    answer = await call.wait_for_followup()

    assert (response.kind, response.ephemeral) == ("deferred", True)
    assert "attempt 2 of 3" in answer.text
    assert await whole(guests) == ["failed", "succeeded"]


async def test_a_database_that_disappears_stops_everything_and_a_start_begins_no_empty_one(
    host: Host, guests: Crowd
) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE | {"database_unusable"}
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")

    aside = host.database.rename(host.database.with_name("aside"))
    call = await guests.order()
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
    assert await whole(guests) == ["succeeded"]


async def test_a_database_that_is_damaged_at_the_start_is_left_alone(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    await guests.order()
    await accepted(guests)
    assert await whole(guests) == ["succeeded"]
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
    """The bot's last line, up to the first colon or comma, when it does not start."""
    house = host.rig.house
    before = len(house.bot.log)
    await house.bot.launch()
    assert await house.bot.wait() == code
    said = await house.memory.until(lambda: house.bot.log[before:], "a last word")
    house.expected_log_events |= set(said.splitlines())
    return re.split(r"[:,]", said.splitlines()[-1])[0]


async def test_without_a_file_to_open_what_comes_waits_and_goes_on_later(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= STORAGE_TROUBLE
    house.kie.script(Outcome.never())
    await guests.order()
    task = await only_task(guests)
    await in_state(guests, "waiting")

    host.use_up_files()
    await guests.order()
    await host.until_rows(guests.scene.guild, "attempts", tried_when("received"))
    host.free_files()
    house.kie.finish(task.task_id)

    assert await whole(guests) == ["succeeded"] * 2


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_asked_a_second_time_it_stops_at_once_and_loses_nothing(
    host: Host, guests: Crowd, name: signal.Signals
) -> None:
    house = host.rig.house
    arrived = asyncio.Event()

    async def note(_: object) -> None:
        arrived.set()

    house.kie.faults.on_request(ORDER, note, when="after", times=1)
    house.kie.faults.delay(ORDER, 30.0, when="after")
    await guests.order()
    await arrived.wait()

    os.kill(house.bot.pid, name)
    await house.logged("stopping")
    assert house.bot.is_running, "an order is on its way"
    os.kill(house.bot.pid, name)

    assert await house.bot.wait(AT_ONCE_SECONDS) == -name
    await house.discord.bot_gone()
    await house.bot.start()
    assert await whole(guests) == ["unknown"]
    assert len(guests.scene.submissions) == 1


async def test_asked_to_stop_with_nothing_to_do_it_is_gone_soon(host: Host) -> None:
    async with asyncio.timeout(STOP_SECONDS):
        assert await host.rig.house.bot.stop() == WELL
    await host.rig.house.bot.start()


async def test_a_kept_clip_that_was_altered_never_leaves(host: Host, guests: Crowd) -> None:
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened", "clip_missing"}
    await waiting_for_the_model(guests)
    uploads = guests.scene.uploads

    for clip in kept_clips(host):
        clip.write_bytes(clip.read_bytes()[::-1])
    house.kie.resume_model()

    assert await whole(guests) == ["failed"]
    (ping,) = guests.scene.pings()
    assert "My copy of the clip is gone or damaged" in ping.text
    assert guests.scene.uploads == uploads


async def test_a_clip_store_that_gives_nothing_for_a_while_is_waited_for(host: Host, guests: Crowd) -> None:
    """A file where its folder was: unlike a missing permission, that stops the superuser too."""
    house = host.rig.house
    house.expected_log_events |= {"circuit_opened", "step_failed"}
    await waiting_for_the_model(guests)

    kept = host.data / "clips" / "sha256"
    kept.rename(kept.with_name("aside"))
    kept.touch()
    house.kie.resume_model()
    await guests.rig.reader.let_pass(TWO_HOURS_MICROSECONDS)
    await house.logged("step_failed")
    kept.unlink()
    kept.with_name("aside").rename(kept)

    assert await whole(guests) == ["succeeded"]


async def waiting_for_the_model(guests: Crowd) -> None:
    """An order whose clip is kept, and which waits for a model that is off."""
    guests.rig.house.kie.pause_model()
    await guests.order()
    await guests.rig.house.logged("circuit_opened")
    await in_state(guests, "queued")


def kept_clips(host: Host) -> list[Path]:
    return [path for path in (host.data / "clips" / "sha256").rglob("*") if path.is_file()]
