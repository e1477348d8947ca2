"""Facts of this machine: its folders, and the libraries that came along."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import av

from bot.backups import made_at
from bot.doctor.facts import Backups, ClipStoreFacts, NotYet, Room, Version
from bot.errors import ClipMissing, ClipStoreUnavailable
from bot.settings import Settings
from storage.clips import ObjectClipStore
from storage.database import SQLITE
from storage.dumps import DUMP

NEVER = datetime.min.replace(tzinfo=UTC)
SAMPLE = b"The doctor was here, and takes this away again.\n" * 1000


def folder_of(url: str) -> Path | None:
    """The folder of a clip store; None for one that is somewhere else."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


def rooms(settings: Settings) -> tuple[Room, ...]:
    """The data folder; the clips' and the backups' where those are others."""
    folders = [settings.data_dir.resolve()]
    clips = folder_of(settings.clip_store)
    if clips is not None and not clips.is_relative_to(folders[0]):
        folders.append(clips)
    if settings.backup_every_hours and not settings.backups.is_relative_to(folders[0]):
        folders.append(settings.backups)
    return tuple(
        Room(folder, shutil.disk_usage(nearest(folder)).free, makeable(folder)) for folder in folders
    )


def backups(settings: Settings, now: datetime) -> Backups:
    """How the backups stand in BACKUP_DIR."""
    hours, latest = settings.backup_every_hours, made_at(settings.backups)
    every = timedelta(hours=hours) if hours else None
    is_dumped = not settings.database.startswith(SQLITE)
    missing = DUMP if is_dumped and shutil.which(DUMP) is None else None
    return Backups(settings.backups, every, now - latest if latest else None, missing)


def nearest(folder: Path) -> Path:
    """The folder itself, or the one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def makeable(folder: Path) -> bool:
    """Whether the folder can be written to, or made."""
    place = nearest(folder)
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


async def clip_store(url: str) -> ClipStoreFacts:
    """Stores a clip, reads it, lists and deletes it again; a folder that is not there yet is not made."""
    folder = folder_of(url)
    if folder is not None and not folder.exists():
        return NotYet(folder, makeable(folder))
    name = f"doctor-{uuid.uuid4().hex}"
    try:
        store = ObjectClipStore.at(url)
        try:
            await store.whole(await store.stage(name, _sample()))
            # Without the right to list nothing could ever be swept; nothing is old enough for this one.
            await store.sweep(older_than=NEVER)
        finally:
            with suppress(ClipStoreUnavailable):
                await store.discard(name)
    except (ClipMissing, ClipStoreUnavailable) as error:
        return error
    except OSError as error:
        return ClipStoreUnavailable(url, error.strerror or type(error).__name__)
    return None


async def _sample() -> AsyncIterator[bytes]:
    yield SAMPLE


def ffmpeg_version() -> Version:
    """Of the FFmpeg inside PyAV; empty where it is a build without a number."""
    parts = av.ffmpeg_version_info.lstrip("n").partition("-")[0].split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
