"""Backups: the database and the clips that it speaks of, in a folder of their own.

A backup is a folder named by its time: `backup.json` says what is in it, `dramatis.db` or `dramatis.dump` is
the database, `clips/` a clip store. It is written under another name first: what is called a backup is whole.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

import structlog

from bot.clip import StoredClip
from bot.data_folder import claimed
from bot.errors import ClipMissing
from bot.settings import Settings
from storage import copies, dumps
from storage.clips import INCOMING, ObjectClipStore
from storage.copies import copy_file, examined_copy, put_back, to_disk
from storage.database import place_of
from storage.dumps import dump, load
from storage.errors import (
    BackupUnusable,
    DatabaseInTheWay,
    DatabaseUnusable,
    OtherEngine,
    StorageError,
    ToolMissing,
    UpgradeUnsafe,
)
from storage.upgrade import newest, refuse_newer

__all__ = [
    "Backup",
    "BackupUnusable",
    "DatabaseInTheWay",
    "OtherEngine",
    "Restored",
    "ToolMissing",
    "UpgradeUnsafe",
    "back_up",
    "restore",
]

FORMAT = 1
MANIFEST = "backup.json"
CLIPS = "clips"
UNFINISHED = ".unfinished"
ABANDONED = timedelta(days=1)
PREFIX = "dramatis-"
NAME = f"{PREFIX}%Y-%m-%dT%H-%M-%SZ"
BEFORE_UPGRADE = "before-upgrade"
"""A folder of its own among the backups: these have no clips, and are not what a schedule counts."""
KEPT_BEFORE_UPGRADE = 3
SQLITE = "sqlite"
FILES = {SQLITE: "dramatis.db", "postgresql": "dramatis.dump"}
"""The file of each kind of database."""
Watch = Callable[[int, int], None]
"""Told how many bytes of clips are copied, and how many there are."""


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds. `sha256` and `size_bytes` are the database file's."""

    made_at: str
    engine: str
    revision: str
    sha256: str
    size_bytes: int
    clips: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. `left_out` are clips that were gone or damaged, by their keys."""

    folder: Path
    contents: Contents
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: `clips` that were not there; `held_back` orders become unknown at the next start."""

    made_at: str | None
    clips: int
    held_back: int
    left_out: tuple[str, ...]


async def back_up(
    settings: Settings, into: Path, now: datetime, watch: Watch, keep: int | None, *, with_clips: bool = True
) -> Backup:
    """Makes a backup in a folder, by its whole path, beside a running bot or without one; prunes to `keep`.

    Raises:
        DatabaseUnusable, ToolMissing, ClipStoreUnavailable: there is nothing to copy, or no way to.
        BackupUnusable: it cannot be written there.
    """
    folder = into / now.strftime(NAME)
    unfinished = folder.with_name(f"{folder.name}{UNFINISHED}")
    try:
        await asyncio.to_thread(_sweep, into, now)
        unfinished.mkdir(parents=True, mode=0o700)
        try:
            contents, left_out = await _filled(settings, unfinished, now, watch, with_clips=with_clips)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        to_disk(folder.parent)
        if keep is not None:
            await asyncio.to_thread(prune, into, keep)
    except OSError as error:
        raise BackupUnusable(str(folder), error.strerror or type(error).__name__) from error
    return Backup(folder, contents, tuple(left_out))


async def _filled(
    settings: Settings, folder: Path, now: datetime, watch: Watch, *, with_clips: bool
) -> tuple[Contents, list[str]]:
    """Fills a backup. The clips come after the database: whatever it speaks of is among them."""
    engine = place_of(settings.database).get_backend_name()
    file, clips_folder = folder / FILES[engine], folder / CLIPS
    revision = await _copy_database(settings.database, engine, file)
    clips, left_out = 0, list[str]()
    if with_clips:
        source, target = ObjectClipStore.at(settings.clip_store), ObjectClipStore.at(clips_folder.as_uri())
        clips, left_out = await _copy_clips(source, target, watch)
        shutil.rmtree(clips_folder / INCOMING, ignore_errors=True)
    contents = Contents(
        made_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        engine=engine,
        revision=revision,
        sha256=await asyncio.to_thread(_sha256, file),
        size_bytes=file.stat().st_size,
        clips=clips,
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(contents), indent=2), "utf-8")
    to_disk(folder / MANIFEST)
    return contents, left_out


async def _copy_database(url: str, engine: str, file: Path) -> str:
    if engine == SQLITE:
        return await asyncio.to_thread(copy_file, _file_of(url), file)
    return await dump(url, file)


async def _copy_clips(
    source: ObjectClipStore, target: ObjectClipStore, watch: Watch
) -> tuple[int, list[str]]:
    """How many clips were not there before, and the keys of those that could not be read."""
    present = {clip.key: clip.size_bytes for clip in await target.kept()}
    wanted = [clip for clip in await source.kept() if present.get(clip.key) != clip.size_bytes]
    total_bytes, done_bytes, left_out = sum(clip.size_bytes for clip in wanted), 0, []
    for clip in wanted:
        watch(done_bytes, total_bytes)
        try:
            await _copy_clip(clip, source, target)
        except ClipMissing:
            left_out.append(clip.key)
        done_bytes += clip.size_bytes
    watch(done_bytes, total_bytes)
    return len(wanted) - len(left_out), left_out


async def _copy_clip(clip: StoredClip, source: ObjectClipStore, target: ObjectClipStore) -> None:
    name = f"copy-{clip.sha256[:32]}"
    chunks: AsyncIterator[bytes] = source.read(clip)
    try:
        await target.keep(await target.stage(name, chunks))
    except ClipMissing:
        await target.discard(name)
        raise


def _sweep(into: Path, now: datetime) -> None:
    """Deletes what backups that were broken off have left there more than a day ago."""
    for folder in into.glob(f"{PREFIX}*{UNFINISHED}"):
        if folder.stat().st_mtime < (now - ABANDONED).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def prune(into: Path, keep: int) -> None:
    """Deletes the oldest backups; whatever else lies there stays."""
    for folder in backups_in(into)[: -keep or None]:
        shutil.rmtree(folder)


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    return sorted(one.parent for one in folder.glob(f"{PREFIX}*/{MANIFEST}") if not one.parent.suffix)


def made_at(folder: Path) -> datetime | None:
    """When the newest backup in a folder was made, by its name; None where there is none."""
    for backup in reversed(backups_in(folder)):
        try:
            return datetime.strptime(backup.name, NAME).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


async def back_up_checked(settings: Settings, now: datetime) -> Backup:
    """Makes a backup in BACKUP_DIR, reads it back as a restore would, and only then deletes old ones.

    Raises:
        StorageError, ClipStoreUnavailable: there is no good one, and nothing was deleted.
    """
    into = settings.backups
    made = await back_up(settings, into, now, ignore, keep=None)
    try:
        await _examined(made.folder, made.contents, place_of(settings.database).get_backend_name())
    except StorageError:
        await asyncio.to_thread(shutil.rmtree, made.folder, ignore_errors=True)
        raise
    await asyncio.to_thread(prune, into, settings.backup_keep)
    return made


async def keep_before_upgrade(settings: Settings, now: datetime) -> None:
    """Backs a PostgreSQL database of an older release up, without clips, before it is migrated; keeps a few.

    A SQLite file is copied where it is opened (`storage.copies`).

    Raises:
        UpgradeUnsafe: no backup can be made, and BACKUP_BEFORE_UPGRADE asks for one.
        DatabaseUnusable, SchemaTooNew: it is out of reach, or a newer release has written it.
    """
    if place_of(settings.database).get_backend_name() == SQLITE or settings.backup_before_upgrade == "false":
        return
    revision = await dumps.outdated_revision(settings.database)
    if revision is None:
        return
    into = settings.backups / BEFORE_UPGRADE
    try:
        made = await back_up(settings, into, now, ignore, KEPT_BEFORE_UPGRADE, with_clips=False)
    except (ToolMissing, DatabaseUnusable, BackupUnusable) as error:
        raise UpgradeUnsafe(revision, newest(), _cause_of(error)) from error
    log.info("database_copied", revision=revision, copy=str(made.folder))


def ignore(_done_bytes: int, _total_bytes: int) -> None:
    """A `Watch` for when nobody watches."""


def _cause_of(error: ToolMissing | DatabaseUnusable | BackupUnusable) -> str:
    return f"{error.tool} is not on this machine" if isinstance(error, ToolMissing) else error.cause


async def restore(
    settings: Settings, source: Path, now: datetime, watch: Watch, *, overwrite: bool, moved: bool
) -> Restored:
    """Puts back a backup, or a SQLite file alone, by its whole path, for a bot that does not run.

    Everything is checked before anything is changed. Clips come first: a database never speaks of clips that
    are not there yet. With `moved`, orders that wait are placed: only for a backup since which no bot ran.

    Raises:
        BackupUnusable, OtherEngine, SchemaTooNew: it cannot be restored here.
        AlreadyRunning, DataFolderUnusable: the bot runs, or could not.
        DatabaseInTheWay: there is a database, and not `overwrite`.
        DatabaseUnusable, ToolMissing, ClipStoreUnavailable: there is no place for it.
    """
    url = settings.database
    engine = place_of(url).get_backend_name()
    contents = _contents(source)
    file = await _examined(source, contents, engine)
    with claimed(settings.data_dir):
        if not overwrite:
            await _refuse_replacing(url, engine)
        clips, left_out = await _clips_back(settings, source / CLIPS, watch)
        if engine == SQLITE:
            held_back = await asyncio.to_thread(put_back, file, _file_of(url), now, moved=moved)
        else:
            held_back = await load(url, file, moved=moved)
    return Restored(contents.made_at if contents else None, clips, held_back, tuple(left_out))


async def _examined(source: Path, contents: Contents | None, engine: str) -> Path:
    """The database file of a backup that is whole and fits."""
    found = SQLITE if contents is None else contents.engine
    if found != engine:
        raise OtherEngine(found, engine)
    file = source if contents is None else source / FILES[engine]
    if contents is not None and (not file.is_file() or _sha256(file) != contents.sha256):
        raise BackupUnusable(str(file), "not the file that was backed up")
    if engine == SQLITE:
        await asyncio.to_thread(examined_copy, file)
    elif contents is not None:
        refuse_newer(contents.revision)
    return file


async def _refuse_replacing(url: str, engine: str) -> None:
    if engine == SQLITE:
        copies.refuse_replacing(_file_of(url))
    else:
        await dumps.refuse_replacing(url)


async def _clips_back(settings: Settings, folder: Path, watch: Watch) -> tuple[int, list[str]]:
    if not await asyncio.to_thread(folder.is_dir):
        return 0, []
    return await _copy_clips(
        ObjectClipStore.at(folder.as_uri()), ObjectClipStore.at(settings.clip_store), watch
    )


def _contents(folder: Path) -> Contents | None:
    """What a backup says of itself; a file alone says nothing.

    Raises:
        BackupUnusable: it is none, or one of another making.
    """
    if folder.is_file():
        return None
    manifest = folder / MANIFEST
    try:
        said = json.loads(manifest.read_bytes())
        contents = Contents(**said)
    except FileNotFoundError:
        names = ", ".join(one.name for one in backups_in(folder)) if folder.is_dir() else ""
        raise BackupUnusable(
            str(folder), f"it is no backup; in it are {names}" if names else "it is no backup"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupUnusable(str(manifest), f"it cannot be read: {type(error).__name__}") from None
    if contents.format != FORMAT:
        raise BackupUnusable(str(manifest), f"format {contents.format}; this version knows {FORMAT}")
    return contents


def _file_of(url: str) -> Path:
    return Path(str(place_of(url).database))


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
