"""What moderators' stores write: each verb prepared on empty stores, and then to be done."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.deeds import Deed
from bot.model import AttemptState, MessageRef
from bot.moderation.bulks import DONE, Bulk, BulkAction, BulkStep
from bot.moderation.gates import Pause
from bot.moderation.reports import Decision
from bot.notices import NoticeKind
from bot.removal import Removal
from bot.report import Report, ReportKind, ReportOutcome
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, an_id
from tests.contract.stores import Stores, a_queued_attempt, a_waiting_attempt
from tests.contract.strikes import Verb

DAY = timedelta(days=1)
CHANNEL = "12345678901234567"


async def hold(stores: Stores) -> Verb:
    await a_queued_attempt(stores)
    return lambda: stores.gates.hold(GUILD_ID, NOON)


async def release(stores: Stores) -> Verb:
    await (await hold(stores))()
    return lambda: stores.gates.release(GUILD_ID, NOON)


async def mark_told(stores: Stores) -> Verb:
    await stores.servers.change(GUILD_ID, "log_channel", CHANNEL, actor_id=OWNER_ID, now=NOON)
    await stores.gates.pause(GUILD_ID, Pause(), actor_id=OWNER_ID, now=NOON)
    untold = [line.deed_id for line in await stores.log_lines.untold(NOON, 9)]
    return lambda: stores.log_lines.mark_told(untold)


async def propose_bulk(stores: Stores) -> Verb:
    attempts = [await a_queued_attempt(stores) for _ in range(2)]
    steps = [BulkStep(attempt.job_id, attempt.number) for attempt in attempts]
    old = Bulk(an_id(), GUILD_ID, OWNER_ID, BulkAction.RETRY, NOON - DAY)
    await stores.bulks.propose(old, steps, forget_before=NOON - 2 * DAY)
    bulk = Bulk(an_id(), GUILD_ID, OWNER_ID, BulkAction.CANCEL_ALL, NOON)
    return lambda: stores.bulks.propose(bulk, steps, forget_before=NOON)


async def a_bulk(stores: Stores) -> tuple[str, str]:
    """A bulk with one step, by their ids."""
    attempt = await a_queued_attempt(stores)
    bulk = Bulk(an_id(), GUILD_ID, OWNER_ID, BulkAction.CANCEL_ALL, NOON)
    await stores.bulks.propose(bulk, [BulkStep(attempt.job_id, 1)], forget_before=NOON - DAY)
    return bulk.bulk_id, attempt.job_id


async def confirm_bulk(stores: Stores) -> Verb:
    bulk_id, _ = await a_bulk(stores)
    return lambda: stores.bulks.confirm(bulk_id, Deed(GUILD_ID, OWNER_ID, NOON, "bulk", "retry"))


async def settle_step(stores: Stores) -> Verb:
    bulk_id, job_id = await a_bulk(stores)
    return lambda: stores.bulks.settle(bulk_id, job_id, DONE)


async def take_down(stores: Stores) -> Verb:
    attempt = await a_waiting_attempt(stores, "task")
    character = a_character(attempt)
    done = attempt.move(AttemptState.SUCCEEDED)
    await stores.jobs.save(done, now=NOON, notices=[NoticeKind.RESULT], character=character)
    deed = Deed(GUILD_ID, OWNER_ID, NOON, "remove", "7F3A-21QX", None, "because")
    return lambda: stores.takedowns.take_down(attempt.job_id, Removal(NOON, OWNER_ID, "because"), deed)


async def note_post(stores: Stores) -> Verb:
    attempt = await a_queued_attempt(stores)
    return lambda: stores.character_posts.note(attempt.job_id, MessageRef(5, 6), NOON)


async def forget_post(stores: Stores) -> Verb:
    await (await note_post(stores))()
    return lambda: stores.character_posts.forget(MessageRef(5, 6))


async def file_report(stores: Stores) -> Verb:
    attempt = await a_waiting_attempt(stores, "task")
    await stores.jobs.save(attempt.postpone(NOON), now=NOON, notices=[NoticeKind.CARD])
    report = Report(an_id(), attempt.job_id, GUILD_ID, OWNER_ID, ReportKind.MINOR, "", NOON, 77)
    deed = Deed(GUILD_ID, 0, NOON, "report", "7F3A-21QX")
    return lambda: stores.reports.file(report, at_most=9, within=DAY, deed=deed)


async def a_filed_report(stores: Stores) -> Report:
    await (await file_report(stores))()
    ((report, _),) = await stores.reports.waiting(GUILD_ID, 9)
    return report


async def decide_report(stores: Stores) -> Verb:
    report = await a_filed_report(stores)
    decision = Decision(ReportOutcome.DISMISSED, NOON, OWNER_ID, "fine")
    deed = Deed(GUILD_ID, OWNER_ID, NOON, "dismiss", "7F3A-21QX")
    return lambda: stores.reports.decide(report, decision, deed)


async def mark_report_drawn(stores: Stores) -> Verb:
    report = await a_filed_report(stores)
    return lambda: stores.reports.mark_drawn(report, MessageRef(77, 78))


async def mark_reporter_told(stores: Stores) -> Verb:
    report = await a_filed_report(stores)
    decision = Decision(ReportOutcome.DISMISSED, NOON, OWNER_ID, "fine")
    await stores.reports.decide(report, decision, Deed(GUILD_ID, OWNER_ID, NOON, "dismiss", "7F3A"))
    return lambda: stores.reports.mark_told(report)


async def leave_server(stores: Stores) -> Verb:
    return lambda: stores.departures.leave(GUILD_ID, NOON)


async def come_back_to_server(stores: Stores) -> Verb:
    await stores.departures.leave(GUILD_ID, NOON)
    return lambda: stores.departures.come_back(GUILD_ID)


MODERATING_VERBS: tuple[Callable[[Stores], Awaitable[Verb]], ...] = (
    hold,
    release,
    mark_told,
    propose_bulk,
    confirm_bulk,
    settle_step,
    take_down,
    note_post,
    forget_post,
    file_report,
    decide_report,
    mark_report_drawn,
    mark_reporter_told,
    leave_server,
    come_back_to_server,
)
