"""Reports: what is drawn of them, how long it is, and what is told when something has to wait."""

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import DeliveryPostponed, NotAllowed, NotFound
from bot.jobs.staff.report_posts import ReportPosts
from bot.jobs.staff.reporting import NOTE_UNITS, WORDS_UNITS, Reporting
from bot.model import AttemptState, Job, MessageRef, Person
from bot.refusals.reports import ReportOver
from bot.report import Report, ReportKind, ReportOutcome
from cogs import cards
from cogs.cards import overrun
from cogs.report_views import LISTED, report_message, reports_view
from cogs.reviews.reporting import dismiss_form, report_form
from cogs.texts import reports as texts
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_id
from tests.fakes.reports import MemoryReportStore
from tests.unit.cards_reader import a_story, buttons_of, text_of
from tests.unit.engine_rig import Rig

S = AttemptState
REPORTER, MODERATOR, ELSEWHERE = OWNER_ID + 7, OWNER_ID + 5, GUILD_ID + 1
SVEN = Person(REPORTER, GUILD_ID)
CANARY = "||boo|| @everyone <@&1> **bold** `code` ```fence``` [x](https://x.example) {0} %s"


class Channel:
    """Notes what is told, and lets things wait."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.told: list[int] = []
        self.waits: set[int] = set()
        self.served = {GUILD_ID, ELSEWHERE}

    def serves(self, guild_id: int) -> bool:
        return guild_id in self.served

    async def draw(self, report: Report, job: Job) -> MessageRef | None:
        assert job.job_id == report.job_id
        if report.guild_id in self.waits:
            raise DeliveryPostponed(5.0, "later")
        self.drawn.append(report.report_id)
        return MessageRef(5, len(self.drawn))

    async def tell_reporter(self, report: Report, job: Job) -> None:
        assert job.job_id == report.job_id
        self.told.append(report.reporter_id)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def reporting(rig: Rig) -> Reporting:
    return Reporting(
        store=MemoryReportStore(rig.world),
        servers=rig.servers,
        jobs=rig.jobs,
        clock=rig.clock,
        new_id=an_id,
        ring=rig.bell.ring,
    )


async def filed(rig: Rig, reporting: Reporting, words: str = CANARY, **of_job: Any) -> Report:
    await rig.servers.change(GUILD_ID, "review_channel", "12345678901234567", actor_id=1, now=NOON)
    attempt = await rig.ended(S.SUCCEEDED, **of_job)
    return await reporting.file(attempt.job_id, SVEN, ReportKind.OTHER, words)


async def test_words_of_any_length_are_cut_and_the_log_names_no_reporter(
    rig: Rig, reporting: Reporting
) -> None:
    report = await filed(rig, reporting, "y" * 4000)

    assert report.words == "y" * WORDS_UNITS
    assert str(REPORTER) not in repr(rig.world.deeds[-1])


async def test_nothing_is_reported_from_direct_messages(rig: Rig, reporting: Reporting) -> None:
    attempt = await rig.ended(S.SUCCEEDED)
    alone = Person(REPORTER, None)

    with pytest.raises(NotFound):
        await reporting.shown_in(MessageRef(5, 6), alone)
    with pytest.raises(NotFound):
        await reporting.file(attempt.job_id, alone, ReportKind.OTHER, "")


async def test_a_note_is_cut_and_the_second_decision_is_refused(rig: Rig, reporting: Reporting) -> None:
    report = await filed(rig, reporting)

    await reporting.dismiss(GUILD_ID, report.report_id, MODERATOR, "n" * 4000)

    assert rig.world.reports[report.report_id].note == "n" * NOTE_UNITS
    with pytest.raises(ReportOver):
        await reporting.dismiss(GUILD_ID, report.report_id, MODERATOR, "again")
    with pytest.raises(NotFound):
        await reporting.look(ELSEWHERE, report.report_id)


async def test_nobody_dismisses_what_is_about_their_own(rig: Rig, reporting: Reporting) -> None:
    report = await filed(rig, reporting)

    with pytest.raises(NotAllowed):
        await reporting.dismiss(GUILD_ID, report.report_id, OWNER_ID, "")

    assert rig.world.reports[report.report_id].decided_at is None


async def test_what_waits_is_told_later_and_a_server_of_another_process_not_at_all(
    rig: Rig, reporting: Reporting
) -> None:
    report = await filed(rig, reporting)
    channel = Channel()
    posts = ReportPosts(store=MemoryReportStore(rig.world), channel=channel, clock=rig.clock)
    channel.waits, channel.served = {GUILD_ID}, set()

    await posts.tell()
    channel.served = {GUILD_ID}
    await posts.tell()
    assert channel.drawn == []
    channel.waits = set()
    await posts.tell()
    assert channel.drawn == [], "it is left alone for the time that it asked for"
    rig.clock.advance(5.0)
    for _ in range(2):
        await posts.tell()
    assert channel.drawn == [report.report_id]
    await reporting.dismiss(GUILD_ID, report.report_id, MODERATOR, "")
    for _ in range(2):
        await posts.tell()

    assert channel.drawn == [report.report_id] * 2
    assert channel.told == [REPORTER]


def a_report(**changes: Any) -> Report:
    first = Report(an_id(), an_id(), GUILD_ID, REPORTER, ReportKind.MINOR, CANARY, NOON, 5)
    return replace(first, **changes)


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("words", ["", CANARY, "*" * WORDS_UNITS])
def test_a_report_fits_into_a_message_whatever_was_said(kind: ReportKind, words: str) -> None:
    view = report_message(a_report(kind=kind, words=words), a_job(), None)

    assert overrun(view) is None
    told = text_of(view)
    assert texts.KINDS[kind] in told
    assert f"<@{REPORTER}>" in told
    for active in ("@everyone", "**bold**", "||boo||"):
        assert active not in told
    assert ("picture is hidden" in told) is (kind is ReportKind.MINOR)


@pytest.mark.parametrize("count", [1, LISTED, LISTED + 1, 20])
def test_the_list_fits_into_a_message_however_long_it_is(count: int) -> None:
    waiting = [(a_report(words="*" * WORDS_UNITS), a_job()) for _ in range(count)]

    view = reports_view(waiting)

    assert overrun(view) is None
    assert ("more, which follow" in text_of(view)) is (count > LISTED)


@pytest.mark.parametrize("outcome", list(ReportOutcome))
def test_what_was_decided_shows_by_whom_and_nothing_else_of_it(outcome: ReportOutcome) -> None:
    decided = a_report(outcome=outcome, decided_at=NOON, decided_by=MODERATOR, note=CANARY)

    view = report_message(decided, a_job(), None)

    assert f"<@{MODERATOR}>" in text_of(view)
    assert f"<@{REPORTER}>" not in text_of(view)
    assert buttons_of(view) == {}
    assert str(MODERATOR) not in texts.decided(decided)


@pytest.mark.parametrize("form", [report_form(an_id()), dismiss_form(an_id())])
def test_the_forms_fit_into_what_discord_takes(form: Any) -> None:
    shape = form.to_dict()

    assert len(shape["title"]) <= 45
    assert len(shape["custom_id"]) <= 100
    for label in shape["components"]:
        assert len(label["label"]) <= 45
        assert len(label.get("description") or "") <= 100


def test_the_menu_has_a_name_that_discord_takes() -> None:
    assert 1 <= len(texts.MENU_NAME) <= 32


@pytest.mark.parametrize("hidden", [True, False])
def test_card_and_result_say_that_a_picture_is_hidden(hidden: bool) -> None:
    story = a_story(state=S.WAITING, media_hidden=hidden)

    told = text_of(cards.progress_card(story, NOON))

    assert ("Its picture is hidden" in told) is hidden
    assert (story.job.shown_clip is None) is hidden
