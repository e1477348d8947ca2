"""What all parts stand on: what is remembered, the network, and what looks into clips."""

import secrets
from dataclasses import dataclass

import aiohttp
from ulid import ULID

from bot.clips.download import AttachmentDownload
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock
from bot.jobs.lanes import Bell
from bot.settings import Settings
from storage.announcements import SqlAnnouncementStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.clips import ObjectClipStore
from storage.credits import SqlCreditStore
from storage.database import Database
from storage.departures import SqlDepartureStore
from storage.figures import SqlFigureStore
from storage.gates import SqlGateStore
from storage.instances import SqlInstanceStore
from storage.jobs import SqlJobStore
from storage.operating import SqlOperatingStore
from storage.operator_news import SqlOperatorNewsStore
from storage.picks import SqlPickStore
from storage.privacy import SqlPrivacyStore
from storage.records import SqlJobRecords
from storage.reports import SqlReportStore
from storage.retention import SqlRetentionStore
from storage.reviews import SqlReviewStore
from storage.servers import SqlServerStore
from storage.statements import SqlStatementStore
from storage.stranded import SqlStrandedStore
from storage.takedowns import SqlCharacterPosts, SqlTakedownStore
from storage.text_rules import SqlTextRuleStore


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered."""

    database: Database
    jobs: SqlJobStore
    announcements: SqlAnnouncementStore
    instances: SqlInstanceStore
    characters: SqlCharacterStore
    circuits: SqlCircuitStore
    picks: SqlPickStore
    records: SqlJobRecords
    servers: SqlServerStore
    statements: SqlStatementStore
    stranded: SqlStrandedStore
    gates: SqlGateStore
    reviews: SqlReviewStore
    takedowns: SqlTakedownStore
    reports: SqlReportStore
    character_posts: SqlCharacterPosts
    text_rules: SqlTextRuleStore
    privacy: SqlPrivacyStore
    retention: SqlRetentionStore
    credits: SqlCreditStore
    operating: SqlOperatingStore
    operator_news: SqlOperatorNewsStore
    departures: SqlDepartureStore
    figures: SqlFigureStore
    clips: ObjectClipStore


@dataclass(frozen=True, slots=True)
class Ground:
    """What the parts stand on: opened first, closed last."""

    settings: Settings
    memory: Memory
    session: aiohttp.ClientSession
    attachments: AttachmentDownload
    probe: ClipProbe
    editor: ChildEditor
    clock: SystemClock
    bell: Bell


def memory_on(database: Database, instance_id: str, clips: ObjectClipStore) -> Memory:
    """What is remembered in a database, under the name of this process, and in a clip store."""
    return Memory(
        database=database,
        jobs=SqlJobStore(database, instance_id),
        announcements=SqlAnnouncementStore(database, instance_id),
        instances=SqlInstanceStore(database, instance_id),
        characters=SqlCharacterStore(database),
        circuits=SqlCircuitStore(database),
        picks=SqlPickStore(database),
        records=SqlJobRecords(database),
        servers=SqlServerStore(database),
        statements=SqlStatementStore(database),
        stranded=SqlStrandedStore(database, instance_id),
        gates=SqlGateStore(database),
        reviews=SqlReviewStore(database),
        takedowns=SqlTakedownStore(database),
        reports=SqlReportStore(database),
        character_posts=SqlCharacterPosts(database),
        text_rules=SqlTextRuleStore(database),
        privacy=SqlPrivacyStore(database),
        retention=SqlRetentionStore(database),
        credits=SqlCreditStore(database),
        operating=SqlOperatingStore(database),
        operator_news=SqlOperatorNewsStore(database),
        departures=SqlDepartureStore(database),
        figures=SqlFigureStore(database),
        clips=clips,
    )


def new_id() -> str:
    return str(ULID())


def new_token() -> str:
    return secrets.token_hex(16)
