"""What a provider keeps to whose submissions are answered with a task."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import NotSent, ProviderError
from bot.fault import Fault
from bot.ports import Absent, Broke, Made, Running
from tests.contract.provider_benches import ENDS, WITH_TASKS, Bench, submit_task
from tests.fakes.provider import Verb


@pytest.fixture(params=WITH_TASKS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with WITH_TASKS[request.param]() as made:
        yield made


async def test_a_task_becomes_a_character(bench: Bench) -> None:
    task_id = await submit_task(bench)
    running = await bench.provider.look_up(task_id)
    bench.finish(task_id)
    report = await bench.provider.look_up(task_id)

    assert isinstance(running, Running)
    assert isinstance(report, Made)
    assert report.character_id
    assert report.credits_spent == 20.0


async def test_a_forgotten_task_is_absent(bench: Bench) -> None:
    task_id = await submit_task(bench)
    bench.forget(task_id)

    assert await bench.provider.look_up(task_id) == Absent()


@pytest.mark.parametrize("fault", ENDS)
async def test_a_failed_task_says_why_in_the_providers_words(bench: Bench, fault: Fault) -> None:
    task_id = await submit_task(bench)
    bench.fail(task_id, fault)

    assert await bench.provider.look_up(task_id) == Broke(fault, *ENDS[fault], 0.0)


async def test_a_look_up_changes_nothing(bench: Bench) -> None:
    task_id = await submit_task(bench)
    bench.finish(task_id)

    assert await bench.provider.look_up(task_id) == await bench.provider.look_up(task_id)
    assert bench.made_count() == 1


async def test_trouble_at_a_look_up_passes(bench: Bench) -> None:
    task_id = await submit_task(bench)
    bench.trouble(Verb.LOOK_UP)

    with pytest.raises(ProviderError) as caught:
        await bench.provider.look_up(task_id)

    assert caught.value.fault == Fault.PROVIDER_TROUBLE
    assert isinstance(await bench.provider.look_up(task_id), Running)


async def test_without_a_connection_nothing_is_looked_up(bench: Bench) -> None:
    bench.disconnect()

    with pytest.raises(NotSent):
        await bench.provider.look_up("t")
