"""What the model that takes a part of a video says on the wire, and how it is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.clip import SourceTask
from bot.errors import Refused
from bot.fault import Fault
from bot.ports import Made, Submission
from bot.providers.kie.sora_2_characters_pro import Sora2CharactersPro
from tests.contract.provider_benches import VIDEO, Bench, KieBench, kie_bench, order_of, submit_task


@pytest.fixture
async def bench() -> AsyncIterator[KieBench]:
    async with kie_bench(Sora2CharactersPro) as made:
        assert isinstance(made, KieBench)
        yield made


async def test_an_order_names_task_seconds_and_texts_and_uploads_nothing(bench: KieBench) -> None:
    await bench.provider.submit(
        Submission("", "clay robot", "calm", "http://127.0.0.1:9/cb/1", "Fen", source_task=VIDEO)
    )

    (submission,) = bench.kie.ledger.submissions
    assert submission.body == {
        "model": "sora-2-characters-pro",
        "callBackUrl": "http://127.0.0.1:9/cb/1",
        "input": {
            "origin_task_id": VIDEO.task_id,
            "timestamps": "0.50,3.00",
            "character_prompt": "clay robot",
            "safety_instruction": "calm",
        },
    }
    assert bench.received() == []


async def test_its_id_is_the_characters_and_comes_from_its_task(bench: KieBench) -> None:
    task_id = await submit_task(bench)
    bench.finish(task_id)

    report = await bench.provider.look_up(task_id)

    assert isinstance(report, Made)
    assert report.character_id == bench.kie.task(task_id).character_id


UNKNOWN = replace(VIDEO, task_id="f" * 32)
OUTSIDE = replace(VIDEO, start_seconds=8.0, end_seconds=11.0)


@pytest.mark.parametrize("source", [UNKNOWN, OUTSIDE], ids=["unknown", "outside"])
async def test_a_part_that_the_account_does_not_have_is_refused_and_not_charged(
    bench: KieBench, source: SourceTask
) -> None:
    order = replace(await order_of(bench), source_task=source)
    before = bench.kie.balance

    with pytest.raises(Refused) as caught:
        await bench.provider.submit(order)

    assert caught.value.fault is Fault.VIDEO_REFUSED
    assert (bench.kie.balance, bench.made_count()) == (before, 0)


async def test_a_task_that_made_a_character_is_no_video(bench: KieBench) -> None:
    own = await submit_task(bench)
    bench.finish(own)

    with pytest.raises(Refused):
        await bench.provider.submit(replace(await order_of(bench), source_task=replace(VIDEO, task_id=own)))


async def test_an_order_without_a_video_is_our_own_mistake_and_is_not_sent(bench: Bench) -> None:
    with pytest.raises(ValueError, match="sora-2-characters-pro"):
        await bench.provider.submit(Submission("https://files.example/a.mp4", "clay robot", ""))

    assert bench.made_count() == 0
