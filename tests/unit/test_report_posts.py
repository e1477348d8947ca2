"""Moderators and reporters are told, each server by itself."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.deeds import Deed
from bot.errors import DeliveryPostponed
from bot.jobs.staff.report_posts import ReportPosts
from bot.model import Job, MessageRef, Place, PlaceKind
from bot.moderation.reports import Decision
from bot.report import Report, ReportKind, ReportOutcome
from tests.builders import CHANNEL_ID, NOON, OWNER_ID, an_id
from tests.fakes.reports import MemoryReportStore
from tests.unit.engine_rig import Rig

BUSY, CALM, ELSEWHERE = 1, 2, 3
SECONDS = 30.0
MANY = 60


@dataclass
class Channel:
    """Notes what it is told; a `busy` server takes nothing now, `ELSEWHERE` is another process's."""

    busy: set[int] = field(default_factory=set)
    drawn: list[Report] = field(default_factory=list)
    heard: list[Report] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def serves(self, guild_id: int) -> bool:
        return guild_id != ELSEWHERE

    async def draw(self, report: Report, _: Job) -> MessageRef | None:
        self.asked.append(report.guild_id)
        if report.guild_id in self.busy:
            raise DeliveryPostponed(SECONDS, "busy")
        self.drawn.append(report)
        return MessageRef(CHANNEL_ID, len(self.drawn))

    async def tell_reporter(self, report: Report, _: Job) -> None:
        self.heard.append(report)


async def filed(rig: Rig, guild_id: int, reporter_id: int = OWNER_ID + 1) -> Report:
    """A report in a server, about a job of its own."""
    attempt = await rig.queued(place=Place(guild_id, CHANNEL_ID, PlaceKind.TEXT))
    report = Report(
        an_id(), attempt.job_id, guild_id, reporter_id, ReportKind.OTHER, "", NOON, channel_id=CHANNEL_ID
    )
    deed = Deed(guild_id, 0, NOON, "report", "7F3A-21QX", None, "other")
    await MemoryReportStore(rig.world).file(report, at_most=99, within=timedelta(hours=1), deed=deed)
    return report


async def test_a_server_that_takes_nothing_or_is_served_elsewhere_holds_up_no_other() -> None:
    rig, channel = Rig(), Channel(busy={BUSY})
    posts = ReportPosts(store=MemoryReportStore(rig.world), channel=channel, clock=rig.clock)
    for number in range(MANY):
        await filed(rig, BUSY, OWNER_ID + number)
        await filed(rig, ELSEWHERE, OWNER_ID + number)
    mine = await filed(rig, CALM)

    await posts.tell()

    assert channel.drawn == [mine]
    assert channel.asked.count(BUSY) == 1, "it is left alone for as long as it asks"
    await posts.tell()
    assert channel.asked.count(BUSY) == 1
    channel.busy.clear()
    rig.clock.advance(SECONDS)
    await posts.tell()
    assert len([one for one in channel.drawn if one.guild_id == BUSY]) == 50
    await posts.tell()
    assert len([one for one in channel.drawn if one.guild_id == BUSY]) == MANY
    assert ELSEWHERE not in channel.asked


async def test_whoever_reported_it_hears_of_a_decision_once() -> None:
    rig, channel = Rig(), Channel()
    store = MemoryReportStore(rig.world)
    posts = ReportPosts(store=store, channel=channel, clock=rig.clock)
    report = await filed(rig, CALM)
    await posts.tell()
    deed = Deed(CALM, OWNER_ID, NOON, "dismiss", "7F3A-21QX", None, "fine")
    await store.decide(report, Decision(ReportOutcome.DISMISSED, NOON, OWNER_ID, "fine"), deed)

    for _ in range(3):
        await posts.tell()

    assert [one.report_id for one in channel.heard] == [report.report_id]
    assert [one.outcome for one in channel.drawn] == [None, ReportOutcome.DISMISSED]
    assert channel.drawn[0] == report
