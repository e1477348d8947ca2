"""What every provider keeps to, run on those in memory and on the real clients against the local kie."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.clip import PictureKind
from bot.errors import ClipMissing, NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Absent, SourceKind
from tests.contract.provider_benches import (
    EVERY_ONE,
    REFUSALS,
    TAKES_FILES,
    Bench,
    content_for,
    hand_over,
    order_of,
    source_for,
    submit,
)
from tests.fakes.provider import Verb


@pytest.fixture(params=EVERY_ONE)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with EVERY_ONE[request.param]() as made:
        yield made


@pytest.fixture(params=TAKES_FILES)
async def reader(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A provider that takes files; one that takes a part of a video has that already."""
    async with TAKES_FILES[request.param]() as made:
        yield made


async def test_the_source_arrives_as_it_is(reader: Bench) -> None:
    url = await hand_over(reader)

    assert url.startswith("http")
    assert reader.received() == [bytes.fromhex(source_for(reader).sha256)]


async def test_a_source_may_be_handed_over_again(reader: Bench) -> None:
    first, second = await hand_over(reader), await hand_over(reader)

    assert first != second
    assert reader.received() == [bytes.fromhex(source_for(reader).sha256)] * 2


async def test_a_source_cut_short_is_missing(reader: Bench) -> None:
    with pytest.raises(ClipMissing) as caught:
        await hand_over(reader, content_for(reader)[:-1])

    assert caught.value.key == source_for(reader).key
    assert reader.received() == []


async def test_trouble_at_handing_over_passes(reader: Bench) -> None:
    reader.trouble(Verb.HAND_OVER)

    with pytest.raises(ProviderError) as caught:
        await hand_over(reader)

    assert caught.value.fault == Fault.PROVIDER_TROUBLE
    assert await hand_over(reader)


async def test_a_submission_makes_one_character(bench: Bench) -> None:
    first, second = await submit(bench), await submit(bench)

    assert first != second
    assert bench.made_count() == 2


@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_refusal_says_why_and_leaves_nothing(bench: Bench, fault: Fault) -> None:
    bench.refuse(fault)

    with pytest.raises(Refused) as caught:
        await submit(bench)

    of_video = fault is Fault.REQUEST_INVALID and bench.provider.capabilities.source is SourceKind.TASK
    assert caught.value.fault == (Fault.VIDEO_REFUSED if of_video else fault)
    assert caught.value.code
    assert bench.made_count() == 0


@pytest.mark.parametrize("way", ["reset", "cut", "empty", "page", "no-id", "flood"])
async def test_a_lost_answer_is_unanswered_and_there_is_exactly_one_character(bench: Bench, way: str) -> None:
    bench.lose_answer(way)

    with pytest.raises(Unanswered):
        await submit(bench)

    assert bench.made_count() == 1


async def test_without_a_connection_nothing_is_sent(bench: Bench) -> None:
    order = await order_of(bench)
    bench.disconnect()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: bench.provider.submit(order),
        bench.provider.probe,
    ]

    for call in calls:
        with pytest.raises(NotSent) as caught:
            await call()
        assert caught.value.fault == Fault.UNREACHABLE
    assert bench.made_count() == 0


async def test_without_a_connection_nothing_is_handed_over(reader: Bench) -> None:
    reader.disconnect()

    with pytest.raises(NotSent) as caught:
        await hand_over(reader)

    assert caught.value.fault == Fault.UNREACHABLE


async def test_an_unknown_task_is_absent(bench: Bench) -> None:
    assert await bench.provider.look_up("0" * 32) == Absent()


async def test_trouble_passes_and_an_order_can_be_placed_again(bench: Bench) -> None:
    order = await order_of(bench)
    bench.trouble(Verb.SUBMIT)

    with pytest.raises(ProviderError) as caught:
        await bench.provider.submit(order)
    again = await bench.provider.submit(order)

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


async def test_a_provider_says_which_files_it_takes_and_texts_up_to_which_length(bench: Bench) -> None:
    takes = bench.provider.capabilities

    assert takes.texts.fit(0, 0)
    assert not takes.texts.fit(10**6, 0)
    if takes.files is not None:
        assert (PictureKind.JPEG in takes.files.kinds) is (takes.source is SourceKind.PICTURE)
        assert not any(takes.files.fit(kind, 10**9) for kind in takes.files.kinds)
    assert takes.files is None or takes.source is not SourceKind.TASK


async def test_what_is_assumed_of_a_provider_is_said_in_sentences(bench: Bench) -> None:
    assumed = bench.provider.capabilities.assumed

    assert bench.provider.capabilities.label
    assert len(set(assumed)) == len(assumed)
    assert all(len(sentence.split()) > 3 for sentence in assumed)
