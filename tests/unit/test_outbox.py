"""Telling people: delivered and marked, put off, parked, and nothing lost when telling breaks."""

from datetime import timedelta

import pytest

from bot.errors import DeliveryPostponed
from bot.jobs.outbox import TROUBLE_SECONDS
from bot.model import Attempt, AttemptState, Person, Visibility
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.ports import Parked
from tests.builders import GUILD_ID, NOON, OWNER_ID
from tests.unit.engine_rig import LEASE_SECONDS, Rig

S = AttemptState
OWNER = Person(OWNER_ID, GUILD_ID)
CARD, THREAD, RESULT, REFUSAL = (
    NoticeKind.CARD,
    NoticeKind.THREAD,
    NoticeKind.RESULT,
    NoticeKind.REFUSAL,
)


async def claimed(rig: Rig) -> Announcement:
    (announcement,) = await rig.announcements.claim(rig.clock.now(), LEASE_SECONDS, 1)
    return announcement


async def announced(rig: Rig, *kinds: NoticeKind, state: AttemptState = S.QUEUED) -> Attempt:
    attempt = await rig.in_state(state)
    rig.world.announce(attempt.job_id, 1, kinds, NOON)
    return attempt


def notice(rig: Rig, attempt: Attempt, kind: NoticeKind) -> Announcement:
    (found,) = [one for one in rig.world.announcements_of(attempt.job_id) if one.kind is kind]
    return found


async def test_what_was_told_is_marked_with_its_message() -> None:
    rig = Rig()
    attempt = await announced(rig, RESULT, state=S.SUCCEEDED)
    rig.rung.clear()

    await rig.outbox.deliver(await claimed(rig))

    told = notice(rig, attempt, RESULT)
    assert told.state is NoticeState.DELIVERED
    assert told.message is not None
    assert rig.announcer.told[0][1].attempt == attempt
    assert rig.rung.is_set()


async def test_a_thread_that_was_opened_is_where_the_rest_goes() -> None:
    rig = Rig()
    attempt = await announced(rig, THREAD, NoticeKind.FAILURE, state=S.FAILED)

    assert await rig.tell() == [THREAD, NoticeKind.FAILURE]

    thread_id = rig.job_of(attempt).thread_id
    message = notice(rig, attempt, NoticeKind.FAILURE).message
    assert message is not None
    assert message.channel_id == thread_id


async def test_what_has_to_wait_is_told_later() -> None:
    rig = Rig()
    rig.announcer.next_deliveries(DeliveryPostponed(7.5, "429"))
    attempt = await announced(rig, CARD)

    await rig.outbox.deliver(await claimed(rig))

    waiting = notice(rig, attempt, CARD)
    assert (waiting.state, waiting.tries) == (NoticeState.PENDING, 1)
    assert waiting.due_at == NOON + timedelta(seconds=7.5)
    assert await rig.tell() == []
    rig.clock.advance(7.5)
    assert await rig.tell() == [CARD]


async def test_what_cannot_be_told_is_parked_with_the_reason() -> None:
    rig = Rig()
    rig.announcer.next_deliveries(Parked("thread_gone"))
    attempt = await announced(rig, RESULT, state=S.SUCCEEDED)

    await rig.outbox.deliver(await claimed(rig))

    parked = notice(rig, attempt, RESULT)
    assert (parked.state, parked.parked_reason) == (NoticeState.PARKED, "thread_gone")
    rig.clock.advance(365 * 86_400)
    assert await rig.tell() == []


async def test_a_delivery_that_breaks_is_tried_again_for_ever_at_growing_distances() -> None:
    rig = Rig()
    attempt = await announced(rig, RESULT, state=S.SUCCEEDED)
    rig.announcer.next_deliveries(*[RuntimeError("a bug") for _ in range(6)])

    waits = []
    for _ in range(6):
        await rig.outbox.deliver(await claimed(rig))
        waits.append((notice(rig, attempt, RESULT).due_at - rig.clock.now()).total_seconds())
        rig.clock.advance(waits[-1])

    assert waits == [*TROUBLE_SECONDS, 300, 300]
    assert await rig.tell() == [RESULT]


async def test_a_delivery_that_was_made_but_not_marked_comes_again_under_the_same_nonce(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    attempt = await announced(rig, RESULT, state=S.SUCCEEDED)

    async def broken(*_: object) -> None:
        raise OSError("database is locked")

    announcement = await claimed(rig)
    with monkeypatch.context() as patched:
        patched.setattr(rig.announcements, "mark_delivered", broken)
        with pytest.raises(OSError, match="locked"):
            await rig.outbox.deliver(announcement)

    assert await rig.tell() == []
    rig.clock.advance(LEASE_SECONDS)
    assert await rig.tell() == [RESULT]
    first, second = (announcement for announcement, _ in rig.announcer.told)
    assert first.nonce == second.nonce == notice(rig, attempt, RESULT).nonce


async def test_a_card_is_drawn_from_the_latest_attempt_and_a_failure_from_its_own() -> None:
    rig = Rig()
    first = await announced(rig, CARD, NoticeKind.FAILURE, state=S.FAILED)
    second = await rig.desk.retry(first.job_id, 1, OWNER)

    await rig.tell()

    drawn_from = {announcement.kind: story.attempt.number for announcement, story in rig.announcer.told}
    assert drawn_from == {CARD: second.number, NoticeKind.FAILURE: 1, NoticeKind.ATTEMPT: 2}


async def test_a_card_armed_again_while_it_is_drawn_is_drawn_once_more() -> None:
    rig = Rig()
    attempt = await announced(rig, CARD)
    announcement = await claimed(rig)

    rig.world.announce(attempt.job_id, 1, [CARD], NOON)
    await rig.outbox.deliver(announcement)

    assert rig.pending(attempt) == [CARD]


async def test_a_rejected_job_is_forgotten_after_its_last_notice_and_not_before() -> None:
    rig = Rig()
    await announced(rig, CARD, REFUSAL, state=S.REJECTED)

    await rig.outbox.deliver(await claimed(rig))
    assert len(rig.world.jobs) == 1
    await rig.outbox.deliver(await claimed(rig))

    assert rig.announcer.kinds == [CARD, REFUSAL]
    assert not rig.world.jobs
    assert not rig.world.attempts
    assert not rig.world.announcements


async def test_a_card_told_again_after_its_lease_takes_no_refusal_with_it() -> None:
    rig = Rig()
    await announced(rig, CARD, REFUSAL, state=S.REJECTED)
    slow = await claimed(rig)
    rig.clock.advance(LEASE_SECONDS)
    await rig.outbox.deliver(await claimed(rig))

    await rig.outbox.deliver(slow)

    assert rig.announcer.kinds == [CARD, CARD]
    assert REFUSAL in await rig.tell()


async def test_a_crash_before_the_forgetting_only_puts_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    await announced(rig, REFUSAL, state=S.REJECTED)
    announcement = await claimed(rig)

    async def broken(_job_id: str) -> None:
        raise OSError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(rig.jobs, "forget", broken)
        with pytest.raises(OSError, match="locked"):
            await rig.outbox.deliver(announcement)
    rig.clock.advance(LEASE_SECONDS)
    await rig.tell()

    assert not rig.world.jobs


async def test_a_refusal_nobody_can_be_told_is_forgotten_too() -> None:
    rig = Rig()
    rig.announcer.next_deliveries(Parked("no_way"))
    await announced(rig, REFUSAL, state=S.REJECTED)

    await rig.outbox.deliver(await claimed(rig))

    assert not rig.world.jobs


async def test_a_refusal_that_has_to_wait_keeps_its_job() -> None:
    rig = Rig()
    rig.announcer.next_deliveries(DeliveryPostponed(5, "503"))
    await announced(rig, REFUSAL, state=S.REJECTED)

    await rig.outbox.deliver(await claimed(rig))

    assert len(rig.world.jobs) == 1


@pytest.mark.parametrize("state", sorted(set(S) - {S.REJECTED}))
async def test_no_other_job_is_ever_forgotten(state: AttemptState) -> None:
    rig = Rig()
    attempt = await announced(rig, CARD, state=state)

    await rig.tell()

    assert attempt.job_id in rig.world.jobs


async def test_a_notice_of_a_job_that_is_gone_is_dropped() -> None:
    rig = Rig()
    attempt = await announced(rig, CARD)
    announcement = await claimed(rig)
    await rig.jobs.forget(attempt.job_id)

    await rig.outbox.deliver(announcement)

    assert rig.announcer.told == []


async def test_a_private_job_tells_its_card_where_it_came_to_be() -> None:
    rig = Rig()
    attempt = await rig.queued(card=None, visibility=Visibility.PRIVATE)
    rig.world.announce(attempt.job_id, 1, [CARD], NOON)

    await rig.tell()

    assert rig.job_of(attempt).card == notice(rig, attempt, CARD).message
