"""What the facts mean: one line each. Pure."""

from collections.abc import Iterator

from bot.doctor import judging_callbacks, judging_discord, judging_provider
from bot.doctor import sentences as s
from bot.doctor.facts import Backups, ClipAddressFacts, ClipStoreFacts, Facts, NotAsked, NotYet, Room, Version
from bot.doctor.lines import Check, Line, State
from bot.errors import ClipMissing, ClipStoreUnavailable
from bot.providers.published import AddressUnusable
from bot.settings import Settings
from storage import upgrade
from storage.checkup import Examined
from storage.errors import DatabaseGone, DatabaseUnusable, SchemaTooNew, SchemaTooOld, StorageError

SQLITE_WANTED = (3, 51, 3)
"""The first without the WAL-reset fault (SQLite: release 3.51.3 of 13 March 2026)."""
FFMPEG_WANTED = (8, 1, 2)
"""The first with the disclosures of June 2026 mended."""
ROOM_WANTED_BYTES = 2_000_000_000
ROOM_NEEDED_BYTES = 200_000_000
LATE = 2
"""Times the pause between two backups, before the last one is called old."""
POSTGRESQL = "postgresql://"


def judge(facts: Facts) -> tuple[Line, ...]:
    """Every line, in the order of the checks."""
    lines = [
        settings(facts),
        *judging_discord.lines(facts.settings, facts.discord),
        *judging_provider.lines(facts.settings, facts.provider),
        clip_store(facts.clip_store, facts.settings.clip_store),
        clip_address(facts.clip_address),
        database(facts.database),
        sqlite(facts.settings, facts.sqlite_version),
        *disk(facts.rooms),
        backups(facts.backups),
        judging_callbacks.line(facts.settings, facts.round_trip),
        ffmpeg(facts.ffmpeg_version),
    ]
    order = list(Check)
    return tuple(sorted(lines, key=lambda line: order.index(line.check)))


def can_work(lines: tuple[Line, ...]) -> bool:
    """Whether the bot can do its job."""
    return all(line.state is not State.FAILED for line in lines)


def settings(facts: Facts) -> Line:
    if facts.exposed_secrets:
        found = s.exposed(facts.exposed_secrets)
        return Line(Check.SETTINGS, State.WARNING, found, s.SECRETS_EXPOSED)
    found = s.settings_read(len(facts.settings.model_fields_set))
    if facts.settings.log_level == "DEBUG":
        return Line(Check.SETTINGS, State.WARNING, found, s.LOUD_LOG)
    return Line(Check.SETTINGS, State.OK, found)


def clip_store(found: ClipStoreFacts, url: str) -> Line:
    advice = s.CLIPS_BROKEN if url.startswith("file:") else s.BUCKET_BROKEN
    match found:
        case None:
            return Line(Check.CLIPS, State.OK, s.CLIPS_WORK)
        case NotYet(makeable=True):
            return Line(Check.CLIPS, State.OK, s.FIRST_START)
        case NotYet(folder=folder):
            return Line(Check.CLIPS, State.FAILED, s.closed(folder), s.FOLDER_CLOSED)
        case ClipMissing(key=key):
            return Line(Check.CLIPS, State.FAILED, s.broken_at(key, "not what was stored"), advice)
        case ClipStoreUnavailable(key=key, cause=cause):
            return Line(Check.CLIPS, State.FAILED, s.broken_at(key, cause), advice)


def clip_address(found: ClipAddressFacts) -> Line:
    match found:
        case None:
            return Line(Check.CLIP_ADDRESS, State.OK, s.CLIPS_READABLE)
        case NotAsked():
            return Line(Check.CLIP_ADDRESS, State.SKIPPED, s.NO_CLIP_ADDRESS)
        case AddressUnusable(cause=cause):
            return Line(Check.CLIP_ADDRESS, State.WARNING, s.unreadable(cause), s.CLIP_ADDRESS_BROKEN)
        case _:
            return Line(Check.CLIP_ADDRESS, State.SKIPPED, s.SEE_CLIPS)


def database(found: Examined | StorageError | None) -> Line:
    match found:
        case None | SchemaTooOld(found=upgrade.NOTHING):
            return Line(Check.DATABASE, State.OK, s.FIRST_START)
        case Examined(engine=engine, revision=revision, size_bytes=size_bytes):
            return Line(Check.DATABASE, State.OK, s.database(engine, revision, size_bytes))
        case SchemaTooOld(found=revision, known=known):
            return Line(Check.DATABASE, State.WARNING, s.revisions(revision, known), s.DATABASE_OLD)
        case SchemaTooNew(found=revision, known=known):
            return Line(Check.DATABASE, State.FAILED, s.revisions(revision, known), s.DATABASE_NEW)
        case DatabaseGone(path=path):
            return Line(Check.DATABASE, State.FAILED, s.gone(path), s.DATABASE_GONE)
        case DatabaseUnusable(path=path, cause=cause):
            return Line(Check.DATABASE, State.FAILED, s.broken_at(path, cause), s.DATABASE_BROKEN)
        case _:
            return Line(Check.DATABASE, State.FAILED, str(found), s.DATABASE_BROKEN)


def sqlite(settings: Settings, version: Version) -> Line:
    if settings.database.startswith(POSTGRESQL):
        return Line(Check.SQLITE, State.SKIPPED, s.SQLITE_UNUSED)
    if version < SQLITE_WANTED:
        return Line(Check.SQLITE, State.WARNING, s.version(version), s.SQLITE_OLD)
    return Line(Check.SQLITE, State.OK, s.version(version))


def disk(rooms: tuple[Room, ...]) -> Iterator[Line]:
    for room in rooms:
        found = s.free(room.folder, room.free_bytes)
        if not room.writable:
            yield Line(Check.DISK, State.FAILED, s.closed(room.folder), s.FOLDER_CLOSED)
        elif room.free_bytes < ROOM_NEEDED_BYTES:
            yield Line(Check.DISK, State.FAILED, found, s.MAKE_ROOM)
        elif room.free_bytes < ROOM_WANTED_BYTES:
            yield Line(Check.DISK, State.WARNING, found, s.MAKE_ROOM)
        else:
            yield Line(Check.DISK, State.OK, found)


def backups(found: Backups) -> Line:
    if found.missing is not None:
        return Line(Check.BACKUPS, State.WARNING, s.not_here(found.missing), s.INSTALL_CLIENTS)
    if found.every is None:
        return Line(Check.BACKUPS, State.SKIPPED, s.NO_BACKUPS)
    if found.age is None:
        return Line(Check.BACKUPS, State.OK, s.no_backup_yet(found.folder))
    told = s.last_backup(found.folder, found.age)
    if found.age > LATE * found.every:
        return Line(Check.BACKUPS, State.WARNING, told, s.BACKUPS_LATE)
    return Line(Check.BACKUPS, State.OK, told)


def ffmpeg(version: Version) -> Line:
    if not version:
        return Line(Check.FFMPEG, State.OK, s.FFMPEG_UNKNOWN)
    if version < FFMPEG_WANTED:
        return Line(Check.FFMPEG, State.WARNING, s.version(version), s.FFMPEG_OLD)
    return Line(Check.FFMPEG, State.OK, s.version(version))
