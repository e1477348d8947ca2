"""What moderators see: their own server's jobs, and of private ones not a word of the member."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clip import ClipRule
from bot.errors import NotFound
from bot.fault import Fault
from bot.jobs.staff.oversight import (
    STATES,
    JobState,
    Oversight,
    Search,
    Timeline,
    for_moderators,
    for_onlookers,
    span_of,
)
from bot.model import Attempt, AttemptState, Person, Place, PlaceKind, Visibility
from bot.notices import NoticeKind
from bot.privacy import NOBODY
from bot.records import JobRecord
from cogs.admin.views import seen_view
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, a_clip, a_job, an_attempt
from tests.fakes.records import MemoryJobRecords
from tests.fakes.statements import MemoryStatementStore
from tests.unit.cards_reader import text_of
from tests.unit.engine_rig import LEASE_SECONDS, Rig

S = AttemptState
EVERYTHING = Search()
ELSEWHERE = Place(99, 5, PlaceKind.TEXT)
HOUR = timedelta(hours=1)
SECRETS = {"prompt": "a secret", "safety": "a second", "safety_sent": "a third", "name": "Shade"}


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def oversight(rig: Rig) -> Oversight:
    return Oversight(
        records=MemoryJobRecords(rig.world),
        announcements=rig.announcements,
        statements=MemoryStatementStore(rig.world),
        clock=rig.clock,
    )


async def found(oversight: Oversight, search: Search = EVERYTHING) -> list[str]:
    """The jobs of the server that a search finds, and as many as it counts."""
    records = await oversight.jobs(GUILD_ID, search, limit=100, offset=0)
    assert await oversight.count(GUILD_ID, search) == len(records)
    return [record.job.job_id for record in records]


def a_private_record(**changes: object) -> JobRecord:
    job = a_job(visibility=Visibility.PRIVATE, clip=a_clip(), **SECRETS)
    return JobRecord(job, (an_attempt(job, **changes),))


def test_every_state_of_an_attempt_is_one_that_people_can_choose() -> None:
    chosen = [state for states in STATES.values() for state in states]

    assert sorted(chosen) == sorted(S)
    assert set(STATES) == set(JobState)


async def test_what_is_unknown_comes_first(rig: Rig, oversight: Oversight) -> None:
    unknown = await rig.ended(S.UNKNOWN)
    rig.clock.advance(60)
    running = await rig.waiting()

    assert await found(oversight) == [unknown.job_id, running.job_id]


@pytest.mark.parametrize("state", list(JobState))
async def test_each_choice_finds_its_own(rig: Rig, oversight: Oversight, state: JobState) -> None:
    attempts = {one: await rig.in_state(one, **tasks(one)) for one in S}

    assert set(await found(oversight, Search(state))) == {attempts[one].job_id for one in STATES[state]}


def tasks(state: AttemptState) -> dict[str, str]:
    """A task of its own for each attempt that gets one."""
    return {"task_id": f"task_{state}"} if state in (S.WAITING, S.SUCCEEDED, S.EXPIRED) else {}


async def test_a_span_reaches_back_from_now(rig: Rig, oversight: Oversight) -> None:
    old = await rig.queued()
    rig.clock.advance(3600)
    edge = await rig.queued()
    rig.clock.advance(3600)

    assert await found(oversight, Search(span=HOUR)) == [edge.job_id]
    assert await found(oversight, Search(span=2 * HOUR)) == [edge.job_id, old.job_id]


async def test_a_member_can_be_looked_for(rig: Rig, oversight: Oversight) -> None:
    theirs = await rig.queued(owner_id=1)
    await rig.queued()

    assert await found(oversight, Search(owner_id=1)) == [theirs.job_id]


async def test_jobs_of_other_servers_and_direct_messages_are_not_there(
    rig: Rig, oversight: Oversight
) -> None:
    elsewhere = await rig.queued(place=ELSEWHERE)
    direct = await rig.queued(place=Place(None, 6, PlaceKind.DM))

    assert await found(oversight) == []
    for job_id in (elsewhere.job_id, direct.job_id, "01K00000000000000000000000"):
        with pytest.raises(NotFound) as refusal:
            await oversight.timeline(GUILD_ID, job_id)
        assert refusal.value.thing == "server-job"


async def test_a_timeline_holds_every_attempt_and_what_nobody_heard(rig: Rig, oversight: Oversight) -> None:
    first = await rig.ended(S.UNKNOWN)
    await rig.jobs.save(rig.stored(first), now=rig.clock.now(), notices=[NoticeKind.FAILURE])
    (failure,) = await rig.announcements.claim(rig.clock.now(), LEASE_SECONDS, 10)
    await rig.announcements.park(failure, "closed")
    second = an_attempt(rig.job_of(first), number=2, state=S.QUEUED)
    await rig.jobs.open_attempt(second, daily_cap=10)

    timeline = await oversight.timeline(GUILD_ID, first.job_id)

    assert timeline.record.attempts == (rig.stored(first), second)
    assert [(one.kind, one.parked_reason) for one in timeline.unheard] == [(NoticeKind.FAILURE, "closed")]


async def test_private_jobs_are_listed_and_shown_without_a_word_of_the_member(
    rig: Rig, oversight: Oversight
) -> None:
    attempt = await rig.ended(S.UNKNOWN, visibility=Visibility.PRIVATE, **SECRETS)

    (listed,) = await oversight.jobs(GUILD_ID, EVERYTHING, limit=10, offset=0)
    shown = (await oversight.timeline(GUILD_ID, attempt.job_id)).record

    for record in (listed, shown):
        assert record.job.order.owner_id == OWNER_ID
        assert record.latest.state is S.UNKNOWN
        assert not any(secret in repr(record) for secret in SECRETS.values())


def test_of_a_private_job_nothing_from_the_clip_is_left_nor_words_that_may_repeat_the_prompt() -> None:
    record = a_private_record(
        rule=ClipRule.TOO_LONG,
        rule_found="7.2 s",
        rule_accepted="1 to 4 s",
        provider_code="422",
        provider_text="a secret is not allowed",
        task_id="task-1",
    )

    shown = for_moderators(record)

    assert "clip.mp4" not in repr(shown)
    assert shown.job.order.attachment.url == ""
    assert (shown.latest.rule_found, shown.latest.provider_text) == (None, None)
    assert (shown.latest.provider_code, shown.latest.task_id) == ("422", "task-1")
    assert "secret" not in repr(shown)


def test_a_public_job_is_shown_as_it_is() -> None:
    job = a_job(**SECRETS)
    record = JobRecord(job, (an_attempt(job, provider_text="their words"),))

    assert for_moderators(record) == record


@pytest.mark.parametrize(
    ("text", "span"),
    [("30m", timedelta(minutes=30)), ("1h", HOUR), ("24h", 24 * HOUR), ("7d", timedelta(days=7))],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "1w", "1 h", "1.5h", "٣h", "4000d", "9999999h"])
def test_anything_else_is_no_span(text: str) -> None:
    assert span_of(text) is None


def test_the_unknown_attempts_of_a_record_are_all_of_them() -> None:
    job = a_job()
    attempts: tuple[Attempt, ...] = tuple(
        an_attempt(job, number=number, state=state)
        for number, state in enumerate((S.UNKNOWN, S.FAILED, S.UNKNOWN), start=1)
    )

    assert JobRecord(job, attempts).unknown == (attempts[0], attempts[2])


async def test_an_owner_sees_what_they_wrote_and_what_was_sent_without_the_providers_words(
    rig: Rig, oversight: Oversight
) -> None:
    attempt = await rig.queued(visibility=Visibility.PRIVATE, owner_id=OWNER_ID, **SECRETS)
    ended = attempt.move(S.FAILED, provider_code="500", provider_text="no")
    await rig.jobs.save(ended, now=rig.clock.now())

    seen = (await oversight.seen_by(attempt.job_id, Person(OWNER_ID, GUILD_ID))).record

    assert (seen.job.order.prompt, seen.job.order.safety_sent) == ("a secret", "a third")
    assert (seen.latest.provider_code, seen.latest.provider_text) == (None, None)
    here = frozenset({CHANNEL_ID})
    for person in (Person(OWNER_ID + 1, GUILD_ID, may_manage=True, channel_ids=here), Person(OWNER_ID, 99)):
        with pytest.raises(NotFound):
            await oversight.seen_by(attempt.job_id, person)
    with pytest.raises(NotFound):
        await oversight.seen_by("01K00000000000000000099999", Person(OWNER_ID, GUILD_ID))


async def test_who_sees_the_card_reads_how_it_went_and_no_word_of_the_owners_or_the_providers(
    rig: Rig, oversight: Oversight
) -> None:
    attempt = await rig.queued(owner_id=OWNER_ID, **SECRETS)
    failed = attempt.move(
        S.FAILED, fault=Fault.PROVIDER_TROUBLE, task_id="t1", provider_code="500", provider_text="a fourth"
    )
    await rig.jobs.save(failed, now=rig.clock.now())
    onlooker = Person(OWNER_ID + 1, GUILD_ID, channel_ids=frozenset({CHANNEL_ID, 5}))

    timeline = await oversight.seen_by(attempt.job_id, onlooker)

    told = repr(timeline)
    assert not [
        word for word in ("a secret", "a second", "a third", "Shade", "a fourth", "'t1'") if word in told
    ]
    assert timeline.record.latest.fault is Fault.PROVIDER_TROUBLE
    assert (timeline.unheard, timeline.statement) == ((), None)


@pytest.mark.parametrize("state", [S.CANCELLED, S.EXPIRED])
def test_what_may_still_be_charged_is_told_to_everybody_who_sees_it(state: S) -> None:
    job = a_job()
    record = JobRecord(job, (an_attempt(job, state=state, task_id="task_1", ended_at=NOON),))

    seen = text_of(seen_view(Timeline(for_onlookers(record), ())))

    assert "it may still be charged" in seen
    assert "task_1" not in seen


@pytest.mark.parametrize(
    "onlooker",
    [
        Person(OWNER_ID + 1, GUILD_ID, channel_ids=frozenset({5})),
        Person(OWNER_ID + 1, 99, channel_ids=frozenset({CHANNEL_ID})),
        Person(OWNER_ID + 1, None, channel_ids=frozenset({CHANNEL_ID})),
        Person(NOBODY, 99, channel_ids=frozenset({CHANNEL_ID})),
    ],
    ids=["another channel", "another server", "a direct message", "nobody"],
)
async def test_who_does_not_see_the_card_finds_no_such_job(
    rig: Rig, oversight: Oversight, onlooker: Person
) -> None:
    attempt = await rig.queued(owner_id=OWNER_ID)

    with pytest.raises(NotFound):
        await oversight.seen_by(attempt.job_id, onlooker)


async def test_its_owner_reads_it_in_direct_messages_where_it_is_told_to_them(
    rig: Rig, oversight: Oversight
) -> None:
    attempt = await rig.queued(owner_id=OWNER_ID, visibility=Visibility.PRIVATE)

    assert (await oversight.seen_by(attempt.job_id, Person(OWNER_ID, None))).record.job.order.prompt


async def test_once_its_owners_history_is_deleted_nobody_reads_it(rig: Rig, oversight: Oversight) -> None:
    attempt = await rig.queued(owner_id=NOBODY)

    with pytest.raises(NotFound):
        await oversight.seen_by(
            attempt.job_id, Person(OWNER_ID, GUILD_ID, channel_ids=frozenset({CHANNEL_ID}))
        )


def test_of_a_refused_clip_the_reason_is_its_owners() -> None:
    job = a_job()
    rejected = an_attempt(job, state=S.REJECTED, fault=Fault.CLIP_MISSING, rule=ClipRule.TOO_LONG)

    seen = for_onlookers(JobRecord(job, (replace(rejected, rule_found="40 s"),))).latest

    assert (seen.state, seen.fault, seen.rule, seen.rule_found) == (S.REJECTED, None, None, None)
