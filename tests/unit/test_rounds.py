"""What comes round again and again."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.jobs.rounds import rounds

LIMIT_SECONDS = 20.0
NEVER_SECONDS = 3600.0


async def test_a_round_that_fails_is_logged_and_the_next_one_comes() -> None:
    done = asyncio.Event()
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("the disk is full")
        done.set()

    with capture_logs() as logs:
        async with asyncio.timeout(LIMIT_SECONDS), rounds(work, every_seconds=0.0, failed="count_failed"):
            await done.wait()

    assert [(one["event"], one["log_level"]) for one in logs] == [("count_failed", "error")]


@pytest.mark.parametrize(("at_once", "expected"), [(True, 1), (False, 0)])
async def test_the_first_round_is_now_or_after_the_first_pause(at_once: bool, expected: int) -> None:
    count = 0

    async def work() -> None:
        nonlocal count
        count += 1

    async with rounds(work, every_seconds=NEVER_SECONDS, failed="count_failed", at_once=at_once):
        for _ in range(5):
            await asyncio.sleep(0)

    assert count == expected


async def test_no_round_is_left_running_after_the_block() -> None:
    before = asyncio.all_tasks()

    async with rounds(lambda: asyncio.sleep(0), every_seconds=NEVER_SECONDS, failed="count_failed"):
        assert len(asyncio.all_tasks()) == len(before) + 1

    assert asyncio.all_tasks() == before
