"""The outbox when a job is forgotten while something of it is being told."""

from bot.model import MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from tests.builders import NOON
from tests.contract.stores import Stores
from tests.contract.test_announcement_store import announced, the_only

CARD = NoticeKind.CARD
MESSAGE = MessageRef(2**62, 2**62 + 1)


async def test_marking_what_was_forgotten_does_nothing(stores: Stores) -> None:
    attempt = await announced(stores, CARD)
    card = await the_only(stores)
    await stores.jobs.forget(attempt.job_id)

    await stores.announcements.mark_delivered(card, Delivered(MESSAGE), NOON)
    await stores.announcements.postpone(card, NOON)
    await stores.announcements.park(card, "gone")

    assert await stores.announcements.by_message(MESSAGE) is None
    assert await stores.jobs.job(attempt.job_id) is None


async def test_settling_what_was_forgotten_settles_nothing_newer(stores: Stores) -> None:
    forgotten = await announced(stores, CARD)
    late = await the_only(stores)
    await stores.jobs.forget(forgotten.job_id)
    newer = await announced(stores, CARD)

    await stores.announcements.mark_delivered(late, Delivered(MESSAGE), NOON)

    assert (await the_only(stores)).job_id == newer.job_id
