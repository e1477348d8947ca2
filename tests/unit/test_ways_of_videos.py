"""A provider of videos is begun at by orders about one, and takes nothing that waits elsewhere."""

from dataclasses import replace

import pytest

from bot.clip import SourceTask
from bot.fault import Fault
from bot.jobs.failover import makers_of
from bot.model import AttemptState
from bot.ports import SourceKind
from bot.source_task import SourceProblem, SourceRefused
from tests.builders import NOON, PROVIDER, an_order
from tests.fakes.provider import CAPABILITIES, FakeProvider
from tests.unit.engine_rig import Rig
from tests.unit.test_failover import CLIP, OFF, offered

OF_VIDEOS = "of-videos"
SOURCE = SourceTask("0123456789abcdef", 0.5, 3.0)


def a_rig() -> Rig:
    return Rig(others=(FakeProvider(OF_VIDEOS, capabilities=replace(CAPABILITIES, source=SourceKind.TASK)),))


def test_an_order_begins_where_its_source_is_taken() -> None:
    ways = a_rig().ways

    assert ways.beginning(an_order()) == ways.preferred() == PROVIDER
    assert ways.beginning(an_order(source_task=SOURCE)) == OF_VIDEOS
    assert ways.preferred(OF_VIDEOS) == OF_VIDEOS


def test_without_a_provider_of_videos_an_order_about_one_is_refused() -> None:
    with pytest.raises(SourceRefused) as caught:
        Rig().ways.beginning(an_order(source_task=SOURCE))

    assert caught.value.problem is SourceProblem.NOT_OFFERED


async def test_what_waits_for_a_model_that_takes_clips_is_never_offered_it() -> None:
    rig = a_rig()
    attempt = await rig.queued(clip=CLIP)
    await rig.circuits.open(OFF, NOON)

    assert await offered(rig, rig.stored(attempt)) is None


async def test_what_was_moved_away_from_it_is_not_offered_it_again() -> None:
    rig = a_rig()
    attempt = await rig.queued(clip=CLIP, source_task=SOURCE)
    await rig.circuits.open(OFF, NOON)

    assert await offered(rig, rig.stored(attempt)) is None


async def test_what_waits_for_it_may_be_made_of_its_clip_elsewhere() -> None:
    rig = a_rig()
    attempt = await rig.queued(clip=CLIP, source_task=SOURCE, provider=OF_VIDEOS)
    await rig.circuits.open(replace(OFF, provider=OF_VIDEOS, fault=Fault.MODEL_OFF), NOON)

    assert await offered(rig, rig.stored(attempt)) == PROVIDER


async def test_nothing_is_handed_over_and_the_order_says_which_part() -> None:
    rig = a_rig()
    other = rig.others[0]
    attempt = await rig.queued(clip=CLIP, source_task=SOURCE, provider=OF_VIDEOS)

    for _ in range(2):
        await rig.advance(rig.stored(attempt))

    (sent,) = other.submissions
    assert rig.stored(attempt).state is AttemptState.WAITING
    assert (sent.source_task, sent.source_url, other.hand_overs) == (SOURCE, "", [])


def test_people_are_told_of_it_as_of_one_that_takes_no_clip() -> None:
    (maker,) = makers_of({OF_VIDEOS: a_rig().others[0]}).values()

    assert (maker.from_task, maker.from_picture) == (True, False)
