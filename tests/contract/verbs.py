"""Everything that writes: each verb prepared on empty stores, and then to be done."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.clip import Offer, Part, StoredClip
from bot.deeds import Deed
from bot.fault import Fault
from bot.model import Attempt, AttemptState, Character, Circuit, MessageRef, Person
from bot.moderation.gates import Block, Pause, Quota
from bot.notices import NoticeKind
from bot.orders.picks import Pick
from bot.ports import Delivered
from bot.stores import Rate
from tests.builders import (
    GUILD_ID,
    NOON,
    OWNER_ID,
    PROVIDER,
    a_character,
    a_clip,
    a_job,
    an_attempt,
    an_order,
)
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_claimed,
    a_failed_attempt,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_accepted_job,
)
from tests.contract.strikes import Verb
from tests.contract.verbs_moderating import MODERATING_VERBS
from tests.contract.verbs_moderation import MODERATION_VERBS
from tests.contract.verbs_operating import OPERATING_VERBS

S = AttemptState
CARD, THREAD, RESULT, FAILURE = NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.RESULT, NoticeKind.FAILURE
MESSAGE, ELSEWHERE = MessageRef(5, 6), MessageRef(7, 8)
LATER = NOON + timedelta(hours=1)
MODEL_OFF = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, LATER)
OFFER = Offer(StoredClip("source", "a" * 64, 9), StoredClip("sheet", "b" * 64, 9), 14.2, Part(5000, 4000))


async def accept(stores: Stores) -> Verb:
    job = a_job()
    return lambda: stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, form_id="form")


async def acknowledge(stores: Stores) -> Verb:
    job, _ = await an_accepted_job(stores)
    return lambda: stores.jobs.acknowledge(job.job_id, MESSAGE, LATER)


async def save_with_clip(stores: Stores) -> Verb:
    _, attempt = await an_accepted_job(stores)
    queued = (await a_claimed(stores, attempt)).move(S.QUEUED)
    return lambda: stores.jobs.save(
        queued, now=NOON, notices=[CARD, THREAD], clip=a_clip(), forget_ticket=True
    )


async def save_with_offer(stores: Stores) -> Verb:
    _, attempt = await an_accepted_job(stores)
    offered = (await a_claimed(stores, attempt)).move(S.OFFERED)
    return lambda: stores.jobs.save(offered, now=NOON, notices=[CARD], offer=OFFER)


async def begin_mending(stores: Stores) -> Verb:
    _, attempt = await an_accepted_job(stores)
    offered = await stores.jobs.save(attempt.move(S.OFFERED), now=NOON, notices=[CARD], offer=OFFER)
    chosen = offered.move(S.MENDING)
    return lambda: stores.jobs.begin_mending(chosen, Part(500, 3000), now=NOON, own_limit=1, limit=1)


async def save_with_character(stores: Stores) -> Verb:
    attempt = await a_claimed(stores, await a_waiting_attempt(stores, "task"))
    made = a_character(attempt)
    return lambda: stores.jobs.save(
        attempt.move(S.SUCCEEDED), now=NOON, notices=[CARD, RESULT], character=made
    )


async def save_over_notices(stores: Stores) -> Verb:
    """An end that comes up a second time: both notices are there already, and are armed again."""
    attempt = await a_waiting_attempt(stores, "task")
    expired = await stores.jobs.save(attempt.move(S.EXPIRED), now=NOON, notices=[CARD, FAILURE])
    found = await stores.jobs.save(expired.move(S.WAITING), now=NOON)
    return lambda: stores.jobs.save(found.move(S.FAILED), now=NOON, notices=[CARD, FAILURE])


async def begin_submission(stores: Stores) -> Verb:
    attempt = await a_claimed(stores, await a_handed_over_attempt(stores))
    return lambda: stores.jobs.begin_submission(attempt, now=NOON, rate=Rate(1, 10.0))


async def open_attempt(stores: Stores) -> Verb:
    job = a_job()
    failed = await a_failed_attempt(stores, job)
    await stores.jobs.save(failed.postpone(NOON), now=NOON, notices=[CARD])
    again = an_attempt(job, number=2, state=S.QUEUED)
    return lambda: stores.jobs.open_attempt(again, daily_cap=PLENTY)


async def place_card(stores: Stores) -> Verb:
    job, _ = await an_accepted_job(stores)
    return lambda: stores.jobs.place_card(job.job_id, MESSAGE)


async def forget(stores: Stores) -> Verb:
    job_id = await a_job_with_a_card_to_tell(stores)
    return lambda: stores.jobs.forget(job_id)


async def claim(stores: Stores) -> Verb:
    for _ in range(2):
        await a_queued_attempt(stores)
    return lambda: stores.jobs.claim([S.QUEUED], NOON, LEASE_SECONDS, PLENTY)


async def claim_turns(stores: Stores) -> Verb:
    for owner_id in (OWNER_ID, OWNER_ID + 1):
        await a_queued_attempt(stores, a_job(owner_id=owner_id))
    return lambda: stores.jobs.claim_turns(PROVIDER, NOON, LEASE_SECONDS, PLENTY)


async def claim_handed_over(stores: Stores) -> Verb:
    for _ in range(2):
        await a_handed_over_attempt(stores)
    await stores.jobs.claim_turns(PROVIDER, NOON, LEASE_SECONDS, PLENTY)
    await stores.instances.release()
    return lambda: stores.jobs.claim_handed_over(PROVIDER, NOON, LEASE_SECONDS, PLENTY)


async def claim_queued_before(stores: Stores) -> Verb:
    for _ in range(2):
        await a_queued_attempt(stores)
    return lambda: stores.jobs.claim_queued_before(LATER, NOON, LEASE_SECONDS, PLENTY)


async def claim_announcements(stores: Stores) -> Verb:
    for _ in range(2):
        await a_job_with_a_card_to_tell(stores)
    return lambda: stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)


async def mark_delivered(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    delivered = Delivered(MESSAGE, card=ELSEWHERE, thread_id=9)
    return lambda: stores.announcements.mark_delivered(card, delivered, NOON)


async def postpone(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    return lambda: stores.announcements.postpone(card, LATER)


async def park(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    (card,) = await stores.announcements.claim(NOON, LEASE_SECONDS, 1)
    return lambda: stores.announcements.park(card, "gone")


async def open_circuit(stores: Stores) -> Verb:
    for _ in range(2):
        await a_job_with_a_card_to_tell(stores)
    return lambda: stores.circuits.open(MODEL_OFF, NOON)


async def open_circuit_for_another_fault(stores: Stores) -> Verb:
    await (await open_circuit(stores))()
    return lambda: stores.circuits.open(Circuit(PROVIDER, Fault.NO_CREDIT, NOON, NOON), NOON)


async def close_circuit(stores: Stores) -> Verb:
    await (await open_circuit(stores))()
    return lambda: stores.circuits.close(PROVIDER, NOON)


async def beat(stores: Stores) -> Verb:
    return stores.instances.beat


async def release(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    await stores.jobs.claim([S.QUEUED], NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.instances.beat()
    return stores.instances.release


async def bring_forward(stores: Stores) -> Verb:
    await (await open_circuit(stores))()
    for claimed in await stores.jobs.claim([S.QUEUED], NOON, LEASE_SECONDS, 1):
        await stores.jobs.save(claimed.postpone(LATER), now=LATER, notices=[CARD])
    return lambda: stores.instances.bring_forward(NOON, timedelta())


async def keep_pick(stores: Stores) -> Verb:
    await stores.picks.keep(a_pick("old"), forget_before=NOON)
    return lambda: stores.picks.keep(a_pick("new"), forget_before=LATER)


async def change_setting(stores: Stores) -> Verb:
    return lambda: stores.servers.change(GUILD_ID, "failover", "automatic", actor_id=OWNER_ID, now=NOON)


async def note_deed(stores: Stores) -> Verb:
    return lambda: stores.servers.note(Deed(GUILD_ID, OWNER_ID, NOON, "attach", "7F3A-21QX"))


async def save_with_new_id(stores: Stores) -> Verb:
    attempt = await a_renewal(stores)
    new = a_character(attempt, character_id=attempt.renews, provider_character_id="char_new")
    return lambda: stores.jobs.save(attempt, now=LATER, notices=[CARD, RESULT], character=new)


async def open_renewal(stores: Stores) -> Verb:
    character = await a_kept_character(stores)
    again = an_attempt(number=2, state=S.QUEUED, job_id=character.job_id, renews=character.character_id)
    return lambda: stores.jobs.open_attempt(again, daily_cap=PLENTY)


async def add_announcement(stores: Stores) -> Verb:
    character = await a_kept_character(stores)
    return lambda: stores.announcements.add(character.job_id, 1, NoticeKind.LAPSING, NOON)


async def rename(stores: Stores) -> Verb:
    character_id = (await a_kept_character(stores)).character_id
    return lambda: stores.characters.rename(OWNER_ID, character_id, "Wren")


async def share(stores: Stores) -> Verb:
    character_id = (await a_kept_character(stores)).character_id
    return lambda: stores.characters.share(OWNER_ID, character_id, user_id=None, guild_id=GUILD_ID)


async def delete(stores: Stores) -> Verb:
    renewal = await a_renewal(stores)
    new = a_character(renewal, character_id=renewal.renews, provider_character_id="char_new")
    renewed = await stores.jobs.save(renewal, now=NOON, character=new)
    await stores.jobs.save(renewed.move(S.CANCELLED), now=NOON)
    return lambda: stores.characters.delete(OWNER_ID, new.character_id)


async def a_kept_character(stores: Stores) -> Character:
    """A character whose job has ended, with its clip."""
    attempt = await a_queued_attempt(stores)
    character = a_character(attempt)
    saved = await stores.jobs.save(attempt, now=NOON, clip=a_clip(), character=character)
    await stores.jobs.save(saved.move(S.CANCELLED), now=NOON)
    return character


async def a_renewal(stores: Stores) -> Attempt:
    """An attempt that renews a character."""
    character = await a_kept_character(stores)
    again = an_attempt(number=2, state=S.QUEUED, job_id=character.job_id, renews=character.character_id)
    await stores.jobs.open_attempt(again, daily_cap=PLENTY)
    return again


async def pause_server(stores: Stores) -> Verb:
    await a_job_with_a_card_to_tell(stores)
    return lambda: stores.gates.pause(GUILD_ID, Pause(LATER), actor_id=OWNER_ID, now=NOON)


async def resume_server(stores: Stores) -> Verb:
    await (await pause_server(stores))()
    return lambda: stores.gates.resume(GUILD_ID, actor_id=OWNER_ID, now=NOON)


async def block_member(stores: Stores) -> Verb:
    return lambda: stores.gates.block(GUILD_ID, Block(OWNER_ID), actor_id=OWNER_ID, now=NOON)


async def unblock_member(stores: Stores) -> Verb:
    await (await block_member(stores))()
    return lambda: stores.gates.unblock(GUILD_ID, OWNER_ID, actor_id=OWNER_ID, now=NOON)


async def set_quota(stores: Stores) -> Verb:
    return lambda: stores.gates.set_quota(GUILD_ID, 7, Quota(5, 1), actor_id=OWNER_ID, now=NOON)


async def accept_within_limits(stores: Stores) -> Verb:
    await stores.servers.change(GUILD_ID, "quota_per_day", "1", actor_id=OWNER_ID, now=NOON)
    job, person = a_job(), Person(OWNER_ID, GUILD_ID)
    return lambda: stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, person=person)


def a_pick(pick_id: str) -> Pick:
    return Pick(pick_id, OWNER_ID, GUILD_ID, MESSAGE, 9, an_order().attachment, NOON)


async def a_job_with_a_card_to_tell(stores: Stores) -> str:
    """A stored job in the queue."""
    attempt = await a_queued_attempt(stores)
    await stores.jobs.save(attempt.postpone(NOON), now=NOON, notices=[CARD])
    return attempt.job_id


async def claim_stranded(stores: Stores) -> Verb:
    await stores.servers.change(GUILD_ID, "failover", "automatic", actor_id=OWNER_ID, now=NOON)
    for _ in range(2):
        await a_queued_attempt(stores)
    return lambda: stores.stranded.claim(PROVIDER, NOON, LEASE_SECONDS, PLENTY, with_poster=False)


VERBS: tuple[Callable[[Stores], Awaitable[Verb]], ...] = (
    accept,
    acknowledge,
    save_with_clip,
    save_with_offer,
    begin_mending,
    save_with_character,
    save_over_notices,
    begin_submission,
    open_attempt,
    place_card,
    forget,
    claim,
    claim_turns,
    claim_handed_over,
    claim_queued_before,
    claim_stranded,
    claim_announcements,
    mark_delivered,
    postpone,
    park,
    open_circuit,
    open_circuit_for_another_fault,
    close_circuit,
    beat,
    release,
    bring_forward,
    keep_pick,
    change_setting,
    note_deed,
    save_with_new_id,
    open_renewal,
    add_announcement,
    rename,
    share,
    delete,
    pause_server,
    resume_server,
    block_member,
    unblock_member,
    set_quota,
    accept_within_limits,
    *MODERATING_VERBS,
    *OPERATING_VERBS,
    *MODERATION_VERBS,
)
