"""What a provider keeps to whose submissions are answered with the character itself."""

from collections.abc import AsyncIterator

import pytest

from bot.ports import Absent, Made
from tests.contract.provider_benches import AT_ONCE_ONES, Bench, submit


@pytest.fixture(params=AT_ONCE_ONES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with AT_ONCE_ONES[request.param]() as made:
        yield made


async def test_the_answer_is_a_character(bench: Bench) -> None:
    first, second = await submit(bench), await submit(bench)

    assert isinstance(first, Made)
    assert isinstance(second, Made)
    assert first.character_id
    assert first.character_id != second.character_id
    assert bench.made_count() == 2


async def test_it_says_so_beforehand_and_promises_no_callback(bench: Bench) -> None:
    assert bench.provider.capabilities.ends_at_once
    assert not bench.provider.capabilities.calls_back


async def test_there_is_no_task_to_look_at(bench: Bench) -> None:
    await submit(bench)

    assert await bench.provider.look_up("0" * 32) == Absent()
