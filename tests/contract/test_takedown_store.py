"""A job that moderators take down: all of it ends at once, and nothing of it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.deeds import Deed
from bot.errors import JobConflict, NotFound
from bot.model import Attempt, AttemptState, Character, MessageRef, Person
from bot.notices import NoticeKind
from bot.ports import Delivered
from bot.refusals.removals import AlreadyRemoved
from bot.removal import Removal
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, a_clip, a_job, an_attempt
from tests.contract.stores import (
    LEASE_SECONDS,
    PLENTY,
    Stores,
    a_handed_over_attempt,
    a_queued_attempt,
    a_waiting_attempt,
    an_unknown_attempt,
    attempt_of,
)

S, K = AttemptState, NoticeKind
MODERATOR, ELSEWHERE = OWNER_ID + 5, GUILD_ID + 1
LATER = NOON + timedelta(hours=1)
REMOVAL = Removal(LATER, MODERATOR, "no person agreed")
MESSAGE, SHOWN = MessageRef(5, 6), MessageRef(7, 8)


def deed_in(guild_id: int = GUILD_ID) -> Deed:
    return Deed(guild_id, MODERATOR, LATER, "remove", "7F3A-21QX", None, REMOVAL.reason)


async def take_down(stores: Stores, job_id: str, removal: Removal = REMOVAL) -> None:
    await stores.takedowns.take_down(job_id, removal, deed_in())


async def made(stores: Stores, task: str = "task", **changes: object) -> tuple[Attempt, Character]:
    """A character whose clip is kept, and whose result stands somewhere."""
    attempt = await a_waiting_attempt(stores, task, **changes)
    kept = await stores.jobs.save(attempt.postpone(NOON), now=NOON, clip=a_clip())
    character = a_character(attempt)
    done = kept.move(S.SUCCEEDED, ended_at=NOON)
    saved = await stores.jobs.save(done, now=NOON, notices=[K.CARD, K.RESULT], character=character)
    await tell(stores, K.RESULT)
    return saved, character


async def tell(stores: Stores, kind: NoticeKind) -> None:
    while claimed := await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY):
        for one in claimed:
            message = MESSAGE if one.kind is kind else None
            await stores.announcements.mark_delivered(one, Delivered(message=message), NOON)


async def to_be_told(stores: Stores, job_id: str) -> dict[NoticeKind, MessageRef | None]:
    """What is told from now on until nothing is left."""
    found: dict[NoticeKind, MessageRef | None] = {}
    while claimed := await stores.announcements.claim(LATER, LEASE_SECONDS, PLENTY):
        for one in claimed:
            assert one.job_id == job_id
            found[one.kind] = one.message
            await stores.announcements.mark_delivered(one, Delivered(), LATER)
    return found


async def test_what_there_is_of_a_job_is_seen_in_its_server_alone(stores: Stores) -> None:
    attempt, _ = await made(stores)
    await stores.character_posts.note(attempt.job_id, SHOWN, NOON)

    sight = await stores.takedowns.sight(GUILD_ID, attempt.job_id)

    assert sight is not None
    assert (sight.owner_id, sight.state, sight.characters, sight.posts) == (OWNER_ID, S.SUCCEEDED, 1, 2)
    assert sight.removal is None
    assert await stores.takedowns.sight(ELSEWHERE, attempt.job_id) is None
    assert await stores.takedowns.sight(GUILD_ID, "nobody's") is None


async def test_a_job_is_found_by_every_id_of_its_character_in_its_server_alone(stores: Stores) -> None:
    attempt, character = await made(stores)
    renewal = replace(an_attempt(a_job()), job_id=attempt.job_id, number=2, renews=character.character_id)
    await stores.jobs.open_attempt(replace(renewal, state=S.QUEUED), daily_cap=PLENTY)
    renewed = replace(character, provider_character_id="char_new")
    (queued,) = [one for one in [await attempt_of(stores, renewal)] if one.state is S.QUEUED]
    for state in (S.HANDED_OVER, S.SUBMITTING):
        queued = await stores.jobs.save(queued.move(state), now=NOON)
    await stores.jobs.save(queued.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=renewed)

    for called in (character.character_id, character.provider_character_id, "char_new"):
        assert await stores.takedowns.job_called(GUILD_ID, called) == attempt.job_id
        assert await stores.takedowns.job_called(ELSEWHERE, called) is None
    assert await stores.takedowns.job_called(GUILD_ID, str(character.name)) is None


async def test_characters_clip_and_shares_go_and_everything_is_told_anew(stores: Stores) -> None:
    attempt, character = await made(stores)
    _, kept = await made(stores, "another")
    await stores.characters.share(OWNER_ID, character.character_id, user_id=OWNER_ID + 1, guild_id=None)

    await take_down(stores, attempt.job_id)

    (left,) = await stores.characters.of_owner(OWNER_ID, 9)
    assert left.character_id == kept.character_id
    assert await stores.characters.shared_with(Person(OWNER_ID + 1, GUILD_ID), 9) == []
    job = await stores.jobs.job(attempt.job_id)
    assert job is not None
    assert (job.clip, job.removal) == (None, REMOVAL)
    assert a_clip().stored.key in await stores.jobs.wanted_keys(), "another job has the very same clip"
    told = await to_be_told(stores, attempt.job_id)
    assert told == {K.CARD: None, K.RESULT: MESSAGE, K.REMOVAL: None}
    (deed,) = await stores.servers.deeds(GUILD_ID, 1)
    assert deed == deed_in()


@pytest.mark.parametrize("by_operator", [True, False])
async def test_it_is_kept_whether_an_operator_has_decided(stores: Stores, by_operator: bool) -> None:
    attempt, _ = await made(stores)
    removal = replace(REMOVAL, by_operator=by_operator)

    await take_down(stores, attempt.job_id, removal)

    sight = await stores.takedowns.sight(GUILD_ID, attempt.job_id)
    assert sight is not None
    assert sight.removal == removal


async def test_the_first_counts_and_the_second_changes_nothing(stores: Stores) -> None:
    attempt, _ = await made(stores)
    await take_down(stores, attempt.job_id)

    with pytest.raises(AlreadyRemoved) as refused:
        await take_down(stores, attempt.job_id, Removal(LATER, OWNER_ID + 9, "me too"))

    assert refused.value.removal == REMOVAL
    assert len(await stores.servers.deeds(GUILD_ID, 9)) == 1
    with pytest.raises(NotFound):
        await take_down(stores, "nobody's")
    other, _ = await made(stores, "another")
    with pytest.raises(NotFound):
        await stores.takedowns.take_down(other.job_id, REMOVAL, deed_in(ELSEWHERE))


@pytest.mark.parametrize("begin", [a_queued_attempt, a_handed_over_attempt])
async def test_what_waits_is_cancelled_and_whoever_had_read_it_saves_nothing(
    stores: Stores, begin: object
) -> None:
    attempt = await begin(stores)  # type: ignore[operator]  # one of the two above

    await take_down(stores, attempt.job_id)

    stored = await attempt_of(stores, attempt)
    assert (stored.state, stored.ended_at) == (S.CANCELLED, LATER)
    with pytest.raises(JobConflict):
        await stores.jobs.save(attempt.postpone(LATER), now=LATER, clip=a_clip())
    assert await stores.jobs.wanted_keys() == set()


async def test_a_running_task_is_followed_no_more(stores: Stores) -> None:
    attempt = await a_waiting_attempt(stores, "task")

    await take_down(stores, attempt.job_id)

    assert (await attempt_of(stores, attempt)).state is S.CANCELLED
    assert await stores.jobs.claim([S.WAITING], LATER, LEASE_SECONDS, PLENTY) == []


async def test_what_is_being_submitted_keeps_what_is_said_of_it_and_makes_no_character(
    stores: Stores,
) -> None:
    handed_over = await a_handed_over_attempt(stores)
    submitting = await stores.jobs.save(handed_over.move(S.SUBMITTING), now=NOON)

    await take_down(stores, submitting.job_id)
    done = submitting.move(S.SUCCEEDED, ended_at=LATER)
    await stores.jobs.save(done, now=LATER, notices=[K.RESULT], character=a_character(submitting))

    assert (await attempt_of(stores, submitting)).state is S.SUCCEEDED
    assert await stores.characters.of_owner(OWNER_ID, 9) == []
    story = await stores.jobs.story(submitting.job_id)
    assert story is not None
    assert (story.character, story.job.removal) == (None, REMOVAL)


async def test_an_order_whose_answer_was_lost_makes_no_character_when_it_is_found(stores: Stores) -> None:
    lost = await an_unknown_attempt(stores)

    await take_down(stores, lost.job_id)
    found = await stores.jobs.save(lost.move(S.WAITING, task_id="found"), now=LATER)
    done = found.move(S.SUCCEEDED, ended_at=LATER)
    await stores.jobs.save(done, now=LATER, character=a_character(lost))

    assert await stores.characters.of_owner(OWNER_ID, 9) == []


async def test_a_result_that_is_being_posted_at_that_moment_is_taken_away_afterwards(stores: Stores) -> None:
    attempt = await a_waiting_attempt(stores, "task")
    done = attempt.move(S.SUCCEEDED, ended_at=NOON)
    await stores.jobs.save(done, now=NOON, notices=[K.RESULT], character=a_character(attempt))
    (posting,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)

    await take_down(stores, attempt.job_id)
    await stores.announcements.mark_delivered(posting, Delivered(message=MESSAGE), LATER)

    assert (await to_be_told(stores, attempt.job_id))[K.RESULT] == MESSAGE


async def test_a_result_that_was_parked_is_parked_no_more(stores: Stores) -> None:
    attempt, _ = await made(stores)
    await stores.announcements.add(attempt.job_id, 1, K.LAPSING, NOON)
    (lapsing,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(lapsing, "gone")

    await take_down(stores, attempt.job_id)

    assert K.LAPSING in await to_be_told(stores, attempt.job_id)
    assert await stores.announcements.parked_of(attempt.job_id) == []


async def test_posts_are_noted_once_listed_by_job_and_forgotten(stores: Stores) -> None:
    attempt, _ = await made(stores)

    for _ in range(2):
        await stores.character_posts.note(attempt.job_id, SHOWN, NOON)
    await stores.character_posts.note("nobody's", MESSAGE, NOON)

    assert await stores.character_posts.of_job(attempt.job_id) == [SHOWN]
    await stores.character_posts.forget(SHOWN)
    await stores.character_posts.forget(SHOWN)
    assert await stores.character_posts.of_job(attempt.job_id) == []
