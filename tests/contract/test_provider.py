"""What every provider keeps to, run on those in memory and on the real clients against the local kie."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Absent, Submission
from tests.contract.provider_benches import (
    EVERY_ONE,
    REFUSALS,
    Bench,
    content_for,
    hand_over,
    source_for,
    submit,
)
from tests.fakes.provider import Verb


@pytest.fixture(params=EVERY_ONE)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with EVERY_ONE[request.param]() as made:
        yield made


async def test_the_source_arrives_as_it_is(bench: Bench) -> None:
    url = await hand_over(bench)

    assert url.startswith("http")
    assert bench.received() == [bytes.fromhex(source_for(bench).sha256)]


async def test_a_source_may_be_handed_over_again(bench: Bench) -> None:
    first, second = await hand_over(bench), await hand_over(bench)

    assert first != second
    assert bench.received() == [bytes.fromhex(source_for(bench).sha256)] * 2


async def test_a_source_cut_short_is_missing(bench: Bench) -> None:
    with pytest.raises(ClipMissing) as caught:
        await hand_over(bench, content_for(bench)[:-1])

    assert caught.value.key == source_for(bench).key
    assert bench.received() == []


async def test_a_submission_makes_one_character(bench: Bench) -> None:
    first, second = await submit(bench), await submit(bench)

    assert first != second
    assert bench.made_count() == 2


@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_refusal_says_why_and_leaves_nothing(bench: Bench, fault: Fault) -> None:
    bench.refuse(fault)

    with pytest.raises(Refused) as caught:
        await submit(bench)

    assert caught.value.fault == fault
    assert caught.value.code
    assert bench.made_count() == 0


@pytest.mark.parametrize("way", ["reset", "cut", "empty", "page", "no-id", "flood"])
async def test_a_lost_answer_is_unanswered_and_there_is_exactly_one_character(bench: Bench, way: str) -> None:
    bench.lose_answer(way)

    with pytest.raises(Unanswered):
        await submit(bench)

    assert bench.made_count() == 1


async def test_without_a_connection_nothing_is_sent(bench: Bench) -> None:
    url = await hand_over(bench)
    bench.disconnect()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: hand_over(bench),
        lambda: bench.provider.submit(Submission(url, "", "")),
        bench.provider.probe,
    ]

    for call in calls:
        with pytest.raises(NotSent) as caught:
            await call()
        assert caught.value.fault == Fault.UNREACHABLE
    assert bench.made_count() == 0


async def test_an_unknown_task_is_absent(bench: Bench) -> None:
    assert await bench.provider.look_up("0" * 32) == Absent()


@pytest.mark.parametrize("verb", [Verb.HAND_OVER, Verb.SUBMIT])
async def test_trouble_passes_and_the_call_can_be_made_again(bench: Bench, verb: Verb) -> None:
    url = await hand_over(bench)
    bench.trouble(verb)
    calls: dict[Verb, Callable[[], Awaitable[object]]] = {
        Verb.HAND_OVER: lambda: hand_over(bench),
        Verb.SUBMIT: lambda: bench.provider.submit(Submission(url, "", "")),
    }

    with pytest.raises(ProviderError) as caught:
        await calls[verb]()
    again = await calls[verb]()

    assert caught.value.fault == Fault.PROVIDER_TROUBLE
    assert again


async def test_a_provider_that_takes_orders_says_so_and_creates_nothing(bench: Bench) -> None:
    await bench.provider.probe()

    assert bench.made_count() == 0
    assert bench.received() == []


@pytest.mark.parametrize("fault", sorted(set(REFUSALS) - {Fault.REQUEST_INVALID}))
async def test_a_probe_hears_what_a_submission_would(bench: Bench, fault: Fault) -> None:
    bench.refuse(fault)

    with pytest.raises(Refused) as caught:
        await bench.provider.probe()

    assert caught.value.fault == fault
    assert bench.made_count() == 0


async def test_a_probe_amid_trouble_proves_nothing_and_may_be_repeated(bench: Bench) -> None:
    bench.trouble(Verb.PROBE)

    with pytest.raises(ProviderError) as caught:
        await bench.provider.probe()
    await bench.provider.probe()

    assert caught.value.fault == Fault.PROVIDER_TROUBLE


async def test_a_provider_has_a_name(bench: Bench) -> None:
    assert bench.provider.name


async def test_what_is_assumed_of_a_provider_is_said_in_sentences(bench: Bench) -> None:
    assumed = bench.provider.capabilities.assumed

    assert bench.provider.capabilities.label
    assert len(set(assumed)) == len(assumed)
    assert all(len(sentence.split()) > 3 for sentence in assumed)
