"""Clips as objects, in a local folder or in any store that has an address; no name comes from people."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, from_url

from bot.clip import StoredClip
from bot.errors import ClipMissing, ClipStoreUnavailable

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig  # only in the library's description of its types

INCOMING = "incoming"
KEPT = "sha256"
PUBLIC = "public"
NAME_BYTES = 16
"""Of a copy that may be read from outside: 128 random bits, since its bytes may be known to others."""
PART_BYTES = 5 * 1024 * 1024
"""What is held in memory at a time; S3 takes no smaller parts (Amazon S3: Multipart upload limits)."""
PARTS_AT_ONCE = 2
CHUNK_BYTES = 64 * 1024
STAGING_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CLIENT: "ClientConfig" = {"connect_timeout": "5s", "timeout": "180s", "allow_http": True}
"""Of one request, bodies of 500 MB included. Plain http is for who names such an endpoint himself."""
RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Enough for a hiccup. Whoever asked waits, and a job that meets a store that is down comes back later."""
ANSWER_SECONDS = 2.5
"""Whoever asks whether it answers waits hardly longer (`CHECK_SECONDS` of the listener)."""
NO_PLACE = re.compile(r"<Code>(NoSuchBucket|ContainerNotFound|ContainerBeingDeleted)</Code>")
"""A place that is missing answers like an object that is missing, and no clip is lost by it.

Amazon S3 and Google Cloud Storage: Error Responses; Azure Blob Storage: Error codes.
"""
DENIED = re.compile(r"status code: 40[13]\b")
REASON = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<\n]*)")


class ObjectClipStore:
    """Staged clips lie under the name of what staged them, kept ones under the digest of their bytes.

    `folder` is given for a local store: files there have to be made safe against a power cut by ourselves.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def at(cls, url: str) -> Self:
        """The store at `file:///folder`, made where it is missing, or at an address like `s3://bucket/prefix`.

        What a cloud wants to know besides stands in the environment, by its own names. Nobody is asked yet.

        Raises:
            OSError: the folder cannot be made.
            ClipStoreUnavailable: no kind of store has such an address.
        """
        if url.startswith("file:"):
            folder = Path(unquote(urlsplit(url).path))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(folder), folder)
        try:
            return cls(from_url(url, client_options=CLIENT, retry_config=RETRIES))
        except (BaseError, ValueError) as error:
            raise ClipStoreUnavailable(url, reason_of(error)) from error

    async def stage(self, name: str, chunks: AsyncIterator[bytes]) -> StoredClip:
        """Stores the stream under a staging name, replacing what an earlier try left there.

        Nothing is there to be kept before the last byte has come.

        Raises:
            ValueError: the name is not one that we make.
            ClipStoreUnavailable: the store did not take it.
        """
        key, digest, size_bytes = staging_key(name), sha256(), 0
        async with AsyncExitStack() as unfinished:
            writer = await unfinished.enter_async_context(self._writer(key))
            async for chunk in chunks:
                digest.update(chunk)
                size_bytes += len(chunk)
                with trouble(key):
                    await writer.write(chunk)
            # Leaving the writer without an error is what makes the object appear, so that can fail too.
            complete = unfinished.pop_all()
            with trouble(key):
                await complete.aclose()
        await self._make_durable(key)
        return StoredClip(key, digest.hexdigest(), size_bytes)

    async def keep(self, staged: StoredClip) -> StoredClip:
        """Moves a staged clip to its content address; harmless when it is there already.

        Raises:
            ClipMissing: it is neither staged nor kept.
            ClipStoreUnavailable: the store did not move it.
        """
        kept = replace(staged, key=f"{KEPT}/{staged.sha256[:2]}/{staged.sha256}")
        if kept.key == staged.key:
            return kept
        try:
            with trouble(staged.key):
                await obstore.rename_async(self._store, staged.key, kept.key)
        except ClipMissing:
            if await self._size_bytes(kept.key) != kept.size_bytes:
                raise
        await self._make_durable(kept.key)
        return kept

    async def discard(self, name: str) -> None:
        """Deletes what was staged under `name`, if anything.

        Raises:
            ValueError: the name is not one that we make.
            ClipStoreUnavailable: the store did not answer.
        """
        await self._delete(staging_key(name))

    async def read(self, clip: StoredClip) -> AsyncIterator[bytes]:
        """The clip's bytes, checked against size and digest, in chunks of at least 64 KiB but for the last.

        Raises:
            ClipMissing: the object is gone, or is not what was stored (raised after the last chunk).
            ClipStoreUnavailable: the store did not answer.
        """
        digest, size_bytes = sha256(), 0
        with trouble(clip.key):
            chunks = aiter((await obstore.get_async(self._store, clip.key)).stream(CHUNK_BYTES))
        while True:
            with trouble(clip.key):
                chunk = await anext(chunks, b"")
            if not chunk:
                break
            digest.update(chunk)
            size_bytes += len(chunk)
            yield chunk
        if size_bytes != clip.size_bytes or digest.hexdigest() != clip.sha256:
            raise ClipMissing(clip.key)

    async def whole(self, stored: StoredClip) -> bytes:
        """All bytes of something small, such as a picture, checked as in `read`.

        Raises:
            ClipMissing, ClipStoreUnavailable: as in `read`.
        """
        return b"".join([chunk async for chunk in self.read(stored)])

    async def holds(self, clip: StoredClip) -> bool:
        """Whether an object of the clip's size is there; its bytes are not looked at.

        Raises:
            ClipStoreUnavailable: the store did not answer.
        """
        return await self._size_bytes(clip.key) == clip.size_bytes

    async def delete(self, clip: StoredClip) -> None:
        """Deletes a kept clip, if it is there. Jobs with the same bytes share one object.

        Raises:
            ClipStoreUnavailable: the store did not answer.
        """
        await self._delete(clip.key)

    async def kept(self) -> list[StoredClip]:
        """Everything that is kept.

        Raises:
            ClipStoreUnavailable: the store did not answer.
        """
        return [
            StoredClip(entry["path"], entry["path"].rpartition("/")[2], entry["size"])
            for entry in await self._listed(KEPT)
        ]

    async def sweep(self, older_than: datetime) -> int:
        """Deletes what was staged before `older_than` and left there; how many objects that were.

        Raises:
            ClipStoreUnavailable: the store did not answer.
        """
        listed = await self._listed(INCOMING)
        stale = [entry["path"] for entry in listed if entry["last_modified"] < older_than]
        for key in stale:
            await self._delete(key)
        if self._folder is None:
            return len(stale)
        return len(stale) + await asyncio.to_thread(remove_fragments, self._folder / INCOMING, older_than)

    async def out_of_order(self) -> str | None:
        """Why the store cannot be asked just now, in its own words; None while it answers."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._listed(INCOMING)
        except ClipStoreUnavailable as error:
            return error.cause
        except TimeoutError:
            return f"no answer within {ANSWER_SECONDS:g} seconds"
        return None

    async def publish(self, clip: StoredClip, extension: str, content_type: str) -> str:
        """The key of a copy under `public/` that nobody guesses; the one that is there, if there is one.

        Its digest says whose copy it is, when it is swept; its name is random.

        Raises:
            ClipMissing: the clip is gone, or is not what was stored.
            ClipStoreUnavailable: the store did not answer.
        """
        folder = f"{PUBLIC}/{clip.sha256}"
        for entry in await self._listed(folder):
            if entry["path"].endswith(f".{extension}") and entry["size"] == clip.size_bytes:
                return entry["path"]
        key = f"{folder}/{secrets.token_hex(NAME_BYTES)}.{extension}"
        content = await self.whole(clip)
        # A folder keeps no such notes: whoever serves it goes by the extension.
        notes: dict[str, str] = {} if self._folder else {"Content-Type": content_type}
        with trouble(key):
            await obstore.put_async(self._store, key, content, attributes=notes)
        await self._make_durable(key)
        return key

    async def sweep_kept(self, wanted: Collection[str], older_than: datetime) -> int:
        """Deletes what was kept before `older_than` and is under none of the `wanted` keys; how much it was.

        What is kept again meanwhile is younger, and stays. A published copy goes with what it is a copy of.

        Raises:
            ClipStoreUnavailable: the store did not answer.
        """
        digests = {key.rpartition("/")[2] for key in wanted}
        listed = [(entry, entry["path"] in wanted) for entry in await self._listed(KEPT)]
        listed += [(entry, entry["path"].split("/")[1] in digests) for entry in await self._listed(PUBLIC)]
        stale = [
            entry["path"]
            for entry, is_wanted in listed
            if not is_wanted and entry["last_modified"] < older_than
        ]
        for key in stale:
            await self._delete(key)
        return len(stale)

    async def _listed(self, folder: str) -> "list[ObjectMeta]":
        with trouble(folder):
            return [entry async for entries in obstore.list(self._store, folder) for entry in entries]

    def _writer(self, key: str) -> "obstore.AsyncWritableFile":
        return obstore.open_writer_async(
            self._store, key, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
        )

    async def _delete(self, key: str) -> None:
        try:
            with trouble(key):
                await obstore.delete_async(self._store, key)
        except ClipMissing:
            return

    async def _size_bytes(self, key: str) -> int | None:
        try:
            with trouble(key):
                return (await obstore.head_async(self._store, key))["size"]
        except ClipMissing:
            await self._ask_for_the_place(key)
            return None

    async def _ask_for_the_place(self, key: str) -> None:
        """Finds out whether the bucket is there at all: the answer to HEAD has no body that would say it.

        Raises:
            ClipStoreUnavailable: it is not.
        """
        if self._folder is None:
            with trouble(key):
                async for _ in obstore.list(self._store, key):
                    break

    async def _make_durable(self, key: str) -> None:
        """Object stores answer when the bytes are safe; a local file has to be pushed to the disk."""
        if self._folder is not None:
            with trouble(key):
                await asyncio.to_thread(sync_to_disk, self._folder, key)


def staging_key(name: str) -> str:
    """Where a clip on trial lies.

    Raises:
        ValueError: the name is not one that we make.
    """
    if STAGING_NAME.fullmatch(name) is None:
        raise ValueError("not a staging name", name)
    return f"{INCOMING}/{name}"


@contextmanager
def trouble(key: str) -> Iterator[None]:
    """Turns what the library raises into our two cases: not there, or not now."""
    try:
        yield
    except FileNotFoundError as error:
        if NO_PLACE.search(str(error)):
            raise ClipStoreUnavailable(key, reason_of(error), turned_away=True) from error
        raise ClipMissing(key) from error
    except (BaseError, OSError) as error:
        raise ClipStoreUnavailable(key, reason_of(error), turned_away=turns_away(error)) from error


def turns_away(error: Exception) -> bool:
    """Whether the store answered that there is no such place, or no right to it; a list names no class."""
    denied = isinstance(error, PermissionDeniedError | UnauthenticatedError)
    return denied or bool(NO_PLACE.search(str(error)) or DENIED.search(str(error)))


def reason_of(error: Exception) -> str:
    """The store's own code and words; else what the library says, without the dump that follows it."""
    told = REASON.search(str(error))
    return f"{told[1]}: {told[2]}" if told else str(error).partition("\n")[0]


def sync_to_disk(folder: Path, key: str) -> None:
    """Waits until a file and the entries that lead to it are on the disk."""
    path = folder / key
    for place in (path, *path.parents):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if place == folder:
            break


def remove_fragments(folder: Path, older_than: datetime) -> int:
    """Deletes half-written files, which the library names `name#1` and never lists; how many they were."""
    fragments = [path for path in folder.glob("*#*") if path.stat().st_mtime < older_than.timestamp()]
    for path in fragments:
        path.unlink(missing_ok=True)
    return len(fragments)
