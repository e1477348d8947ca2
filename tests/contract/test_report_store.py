"""What members report: once about each job, hidden at once where it has to be, decided once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.deeds import Deed
from bot.errors import NotFound
from bot.model import Attempt, AttemptState, MessageRef
from bot.moderation.reports import Decision
from bot.notices import NoticeKind
from bot.operator.news import ReportNews
from bot.operator.operating import Vitals
from bot.ports import Delivered
from bot.refusals.reports import AlreadyReported, ReportOver, TooManyReports
from bot.removal import Removal
from bot.report import Report, ReportKind, ReportOutcome
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_character, a_clip, a_job, an_id
from tests.contract.stores import LEASE_SECONDS, PLENTY, Stores, a_waiting_attempt, an_accepted_job

S, K = AttemptState, NoticeKind
REPORTER, MODERATOR, ELSEWHERE = OWNER_ID + 7, OWNER_ID + 5, GUILD_ID + 1
CHANNEL = 1300000000000000077
HOUR = timedelta(hours=1)
LATER = NOON + HOUR
CARD, RESULT, SHOWN = MessageRef(5, 4), MessageRef(5, 6), MessageRef(7, 8)
SAID = Deed(GUILD_ID, 0, NOON, "report", "7F3A-21QX", None, "minor")
DISMISSED = Deed(GUILD_ID, MODERATOR, LATER, "dismiss", "7F3A-21QX", None, "it is fine")
DISMISSAL = Decision(ReportOutcome.DISMISSED, LATER, MODERATOR, "it is fine")


async def made(stores: Stores, task: str = "task") -> Attempt:
    """A job of which a card and a result are to be seen."""
    attempt = await a_waiting_attempt(
        stores, task, job=a_job(card=replace(CARD, message_id=len(task)), thread_id=len(task))
    )
    kept = await stores.jobs.save(attempt.postpone(NOON), now=NOON, clip=a_clip())
    done = kept.move(S.SUCCEEDED, ended_at=NOON)
    character = a_character(attempt)
    saved = await stores.jobs.save(done, now=NOON, notices=[K.CARD, K.RESULT], character=character)
    await tell(stores)
    return saved


async def tell(stores: Stores) -> list[NoticeKind]:
    """What is told until nothing is left."""
    told: list[NoticeKind] = []
    while claimed := await stores.announcements.claim(LATER, LEASE_SECONDS, PLENTY):
        for one in claimed:
            told.append(one.kind)
            message = RESULT if one.kind is K.RESULT else None
            await stores.announcements.mark_delivered(one, Delivered(message=message), NOON)
    return told


def a_report(job_id: str, **changes: object) -> Report:
    first = Report(an_id(), job_id, GUILD_ID, REPORTER, ReportKind.LIKENESS, "that is me", NOON, CHANNEL)
    return replace(first, **changes)  # type: ignore[arg-type]  # fields by name


async def file(stores: Stores, report: Report) -> Report:
    await stores.reports.file(report, at_most=2, within=HOUR, deed=SAID)
    return report


async def hidden(stores: Stores, job_id: str) -> bool:
    job = await stores.jobs.job(job_id)
    assert job is not None
    assert job.clip == a_clip(), "moderators see it all the same"
    assert (job.shown_clip is None) is job.media_hidden
    return job.media_hidden


async def test_a_job_is_known_by_every_message_that_shows_it_in_its_server_alone(stores: Stores) -> None:
    attempt = await made(stores)
    await stores.character_posts.note(attempt.job_id, SHOWN, NOON)

    thread = await stores.jobs.job(attempt.job_id)
    assert thread is not None
    assert thread.thread_id is not None
    for message in (MessageRef(5, 4), RESULT, SHOWN, MessageRef(thread.thread_id, 99)):
        assert await stores.reports.job_shown_in(GUILD_ID, message) == attempt.job_id
        assert await stores.reports.job_shown_in(ELSEWHERE, message) is None
    assert await stores.reports.job_shown_in(GUILD_ID, MessageRef(9, 9)) is None


async def test_it_waits_to_be_drawn_and_to_be_decided_and_says_so_in_the_log(stores: Stores) -> None:
    attempt = await made(stores)
    report = await file(stores, a_report(attempt.job_id))

    ((waiting, job),) = await stores.reports.waiting(GUILD_ID, 9)
    assert (waiting, job.job_id) == (report, attempt.job_id)
    assert await stores.reports.waiting(ELSEWHERE, 9) == []
    assert [one for one, _ in await stores.reports.to_be_drawn(GUILD_ID, NOON, 9)] == [report]
    await stores.reports.mark_drawn(report, MessageRef(CHANNEL, 99))
    assert await stores.reports.to_be_drawn(GUILD_ID, NOON, 9) == []
    assert await stores.reports.get(GUILD_ID, report.report_id) == replace(report, message_id=99)
    assert await stores.reports.get(ELSEWHERE, report.report_id) is None
    assert await stores.servers.deeds(GUILD_ID, 9) == [SAID]
    assert not await hidden(stores, attempt.job_id)
    assert await tell(stores) == []


async def test_each_server_has_its_own_to_be_told(stores: Stores) -> None:
    attempt = await made(stores)
    assert await stores.reports.servers_to_be_told(LATER) == []
    report = await file(stores, a_report(attempt.job_id, reported_at=LATER))

    assert await stores.reports.servers_to_be_told(NOON) == []
    assert await stores.reports.servers_to_be_told(LATER) == [GUILD_ID]
    assert await stores.reports.to_be_drawn(ELSEWHERE, LATER, 9) == []
    await stores.reports.mark_drawn(report, None)
    assert await stores.reports.servers_to_be_told(LATER) == []
    await stores.reports.decide(report, DISMISSAL, DISMISSED)
    assert await stores.reports.servers_to_be_told(LATER) == [GUILD_ID]
    assert await stores.reports.untold(ELSEWHERE, 9) == []


async def test_without_a_channel_nothing_is_to_be_drawn(stores: Stores) -> None:
    attempt = await made(stores)
    await file(stores, a_report(attempt.job_id, channel_id=None))

    assert await stores.reports.to_be_drawn(GUILD_ID, NOON, 9) == []
    assert len(await stores.reports.waiting(GUILD_ID, 9)) == 1


async def test_a_member_reports_a_job_once_and_others_may_too(stores: Stores) -> None:
    attempt = await made(stores)
    first = await file(stores, a_report(attempt.job_id))

    with pytest.raises(AlreadyReported) as refused:
        await file(stores, a_report(attempt.job_id, kind=ReportKind.OTHER))
    other = await file(stores, a_report(attempt.job_id, reporter_id=REPORTER + 1))

    assert refused.value.report == first
    assert await stores.reports.of_reporter(attempt.job_id, REPORTER) == first
    assert await stores.reports.of_reporter(attempt.job_id, OWNER_ID) is None
    assert {one.report_id for one, _ in await stores.reports.waiting(GUILD_ID, 9)} == {
        first.report_id,
        other.report_id,
    }


async def test_a_member_reports_only_so_much_within_the_hour(stores: Stores) -> None:
    jobs = [(await made(stores, f"task{'s' * number}")).job_id for number in range(4)]
    for job_id in jobs[:2]:
        await file(stores, a_report(job_id))

    with pytest.raises(TooManyReports) as refused:
        await file(stores, a_report(jobs[2], reported_at=LATER - timedelta(seconds=1)))

    assert refused.value.again_at == LATER
    await file(stores, a_report(jobs[2], reporter_id=REPORTER + 1))
    await file(stores, a_report(jobs[3], reported_at=LATER))


async def test_what_is_nowhere_elsewhere_or_removed_is_not_reported(stores: Stores) -> None:
    attempt = await made(stores)
    for nowhere in (a_report("nobody's"), a_report(attempt.job_id, guild_id=ELSEWHERE)):
        with pytest.raises(NotFound):
            await file(stores, nowhere)
    deed = Deed(GUILD_ID, MODERATOR, LATER, "remove", "7F3A-21QX")
    await stores.takedowns.take_down(attempt.job_id, Removal(LATER, MODERATOR, "r"), deed)

    with pytest.raises(NotFound):
        await file(stores, a_report(attempt.job_id))
    assert await stores.reports.job_shown_in(GUILD_ID, RESULT) is None


async def test_a_minor_is_hidden_at_once_and_until_the_last_such_report_is_dismissed(stores: Stores) -> None:
    attempt = await made(stores)
    minor = {"kind": ReportKind.MINOR}
    first = await file(stores, a_report(attempt.job_id, **minor))
    assert await hidden(stores, attempt.job_id)
    assert set(await tell(stores)) == {K.CARD, K.RESULT}
    second = await file(stores, a_report(attempt.job_id, reporter_id=REPORTER + 1, **minor))
    await tell(stores)

    await stores.reports.decide(first, DISMISSAL, DISMISSED)
    assert await hidden(stores, attempt.job_id)
    assert await tell(stores) == []
    await stores.reports.decide(second, DISMISSAL, DISMISSED)

    assert not await hidden(stores, attempt.job_id)
    assert set(await tell(stores)) == {K.CARD, K.RESULT}


async def test_a_result_that_was_parked_is_not_posted_because_of_a_report(stores: Stores) -> None:
    attempt = await a_waiting_attempt(stores, "task")
    kept = await stores.jobs.save(attempt.postpone(NOON), now=NOON, clip=a_clip())
    done = kept.move(S.SUCCEEDED, ended_at=NOON)
    await stores.jobs.save(done, now=NOON, notices=[K.RESULT], character=a_character(attempt))
    (result,) = await stores.announcements.claim(NOON, LEASE_SECONDS, PLENTY)
    await stores.announcements.park(result, "gone")

    await file(stores, a_report(attempt.job_id, kind=ReportKind.MINOR))

    assert await tell(stores) == []


async def test_operators_are_to_be_told_of_each_report_and_once_of_a_takedown(stores: Stores) -> None:
    attempt = await made(stores)
    first = await file(stores, a_report(attempt.job_id))
    second = await file(stores, a_report(attempt.job_id, reporter_id=REPORTER + 1, reported_at=NOON + HOUR))
    at = (first.job_id, GUILD_ID, ReportKind.LIKENESS)
    news = [ReportNews(first.report_id, *at, NOON), ReportNews(second.report_id, *at, NOON + HOUR)]
    assert await stores.operator_news.untold_news() == news
    vitals = await stores.vitals.vitals(LATER)
    assert (vitals.reports, vitals.reports_since) == (2, NOON)
    await stores.operator_news.note_told(news[0], OWNER_ID)

    await stores.takedowns.take_down(attempt.job_id, Removal(LATER, MODERATOR, "no"), DISMISSED)

    removed = replace(news[0], at=LATER, is_removed=True)
    assert await stores.operator_news.untold_news() == [removed], "what is decided waits for nobody"
    for late in (
        stores.operator_news.note_told(news[0], OWNER_ID),
        stores.operator_news.forget_news(news[0]),
    ):
        await late
    assert await stores.other_process().operator_news.untold_news() == [removed]


async def test_reports_that_nobody_can_decide_any_more_are_not_counted(stores: Stores) -> None:
    attempt = await made(stores)
    await file(stores, a_report(attempt.job_id))

    assert await stores.departures.leave(GUILD_ID, NOON)

    assert (await stores.vitals.vitals(LATER)).reports == 0


async def test_a_dismissal_is_nothing_that_operators_are_told(stores: Stores) -> None:
    attempt = await made(stores)
    report = await file(stores, a_report(attempt.job_id))
    assert len(await stores.operator_news.untold_news()) == 1

    await stores.reports.decide(report, DISMISSAL, DISMISSED)

    assert await stores.operator_news.untold_news() == []
    assert await stores.vitals.vitals(LATER) == Vitals(last_successes={PROVIDER: NOON})


async def test_the_first_decision_counts_is_drawn_and_told_to_the_reporter(stores: Stores) -> None:
    attempt = await made(stores)
    report = await file(stores, a_report(attempt.job_id))
    await stores.reports.mark_drawn(report, MessageRef(CHANNEL, 99))

    await stores.reports.decide(report, DISMISSAL, DISMISSED)
    with pytest.raises(ReportOver) as refused:
        await stores.reports.decide(report, replace(DISMISSAL, by=OWNER_ID), DISMISSED)

    over = refused.value.report
    assert (over.outcome, over.decided_by, over.note) == (ReportOutcome.DISMISSED, MODERATOR, "it is fine")
    assert await stores.reports.waiting(GUILD_ID, 9) == []
    assert [one for one, _ in await stores.reports.to_be_drawn(GUILD_ID, LATER, 9)] == [over]
    assert [one for one, _ in await stores.reports.untold(GUILD_ID, 9)] == [over]
    await stores.reports.mark_told(over)
    await stores.reports.mark_drawn(over, None)
    assert (
        await stores.reports.untold(GUILD_ID, 9),
        await stores.reports.to_be_drawn(GUILD_ID, LATER, 9),
    ) == ([], [])
    assert len(await stores.servers.deeds(GUILD_ID, 9)) == 2


async def test_what_is_decided_while_it_is_drawn_is_drawn_once_more(stores: Stores) -> None:
    attempt = await made(stores)
    report = await file(stores, a_report(attempt.job_id))
    await stores.reports.decide(report, DISMISSAL, DISMISSED)

    await stores.reports.mark_drawn(report, MessageRef(CHANNEL, 99))

    ((again, _),) = await stores.reports.to_be_drawn(GUILD_ID, LATER, 9)
    assert (again.message_id, again.outcome) == (99, ReportOutcome.DISMISSED)


async def test_a_takedown_decides_all_open_reports_about_the_job(stores: Stores) -> None:
    attempt, other = await made(stores), await made(stores, "others")
    mine = await file(stores, a_report(attempt.job_id))
    await file(stores, a_report(attempt.job_id, reporter_id=REPORTER + 1))
    dismissed = await file(stores, a_report(attempt.job_id, reporter_id=REPORTER + 2))
    await stores.reports.decide(dismissed, DISMISSAL, DISMISSED)
    await stores.reports.mark_told(dismissed)
    elsewhere = await file(stores, a_report(other.job_id))

    deed = Deed(GUILD_ID, MODERATOR, LATER, "remove", "7F3A-21QX")
    await stores.takedowns.take_down(attempt.job_id, Removal(LATER, MODERATOR, "no person agreed"), deed)

    assert [one for one, _ in await stores.reports.waiting(GUILD_ID, 9)] == [elsewhere]
    assert len(await stores.reports.untold(GUILD_ID, 9)) == 2
    decided = await stores.reports.get(GUILD_ID, mine.report_id)
    assert decided is not None
    assert (decided.outcome, decided.note) == (ReportOutcome.REMOVED, "no person agreed")


async def test_a_job_that_has_only_begun_can_be_reported_by_its_card(stores: Stores) -> None:
    job, _ = await an_accepted_job(stores, a_job(card=CARD))

    assert await stores.reports.job_shown_in(GUILD_ID, CARD) == job.job_id
    await file(stores, a_report(job.job_id, kind=ReportKind.MINOR))
