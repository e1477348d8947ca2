"""A clip store that is out of order while attempts are in the queue."""

from bot.errors import ClipStoreUnavailable
from bot.fault import Fault
from bot.model import AttemptState
from bot.notices import NoticeKind
from tests.fakes.provider import Verb
from tests.unit.engine_rig import Rig

S = AttemptState


async def test_a_clip_store_out_of_order_is_waited_for_however_often_it_is_met() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, ClipStoreUnavailable("sha256/1", "503"), times=20)

    for _ in range(20):
        await rig.advance(rig.stored(attempt))
        assert (rig.stored(attempt).state, rig.wait_seconds(rig.stored(attempt))) == (S.QUEUED, 30)
        rig.clock.advance(30)
    for _ in range(2):
        await rig.advance(rig.stored(attempt))

    assert (rig.stored(attempt).state, len(rig.provider.submissions)) == (S.WAITING, 1)


async def test_the_card_says_once_that_the_clip_store_is_what_it_waits_for() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, ClipStoreUnavailable("sha256/1", "503"), times=3)

    await rig.advance(rig.stored(attempt))
    told = [await rig.tell()]
    for _ in range(2):
        await rig.advance(rig.stored(attempt))
        told.append(await rig.tell())

    assert rig.stored(attempt).fault is Fault.STORAGE
    assert told == [[NoticeKind.CARD], [], []]


async def test_what_held_it_up_is_forgotten_once_the_clip_is_handed_over() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, ClipStoreUnavailable("sha256/1", "503"))

    for _ in range(2):
        await rig.advance(rig.stored(attempt))

    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.HANDED_OVER, None)


async def test_what_waits_for_a_clip_store_ends_with_its_day_in_the_queue() -> None:
    rig = Rig()
    attempt = await rig.queued()
    rig.provider.fail(Verb.HAND_OVER, ClipStoreUnavailable("sha256/1", "503"), times=2)
    await rig.advance(rig.stored(attempt))
    rig.clock.advance(24 * 3600.0 + 1)

    await rig.advance(rig.stored(attempt))

    assert (rig.stored(attempt).state, rig.stored(attempt).fault) == (S.EXPIRED, Fault.WAITED_TOO_LONG)
