"""A clip store in memory."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from bot.clip import StoredClip
from bot.errors import ClipMissing

CHUNK_BYTES = 64 * 1024
STAGING_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class MemoryClipStore:
    """A ClipStore. `objects` is open to tests that want to spoil something."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.kept_at: dict[str, datetime] = {}
        self.staged_at: dict[str, datetime] = {}

    async def stage(self, name: str, chunks: AsyncIterator[bytes]) -> StoredClip:
        key = staging_key(name)
        content = b"".join([chunk async for chunk in chunks])
        self.objects[key] = content
        self.staged_at[key] = datetime.now(UTC)
        return StoredClip(key, sha256(content).hexdigest(), len(content))

    async def keep(self, staged: StoredClip) -> StoredClip:
        kept = replace(staged, key=f"sha256/{staged.sha256[:2]}/{staged.sha256}")
        if staged.key == kept.key:
            return kept
        if staged.key in self.objects:
            self.objects[kept.key] = self.objects.pop(staged.key)
            self.kept_at[kept.key] = datetime.now(UTC)
        elif kept.key not in self.objects or len(self.objects[kept.key]) != kept.size_bytes:
            raise ClipMissing(staged.key)
        return kept

    async def discard(self, name: str) -> None:
        self.objects.pop(staging_key(name), None)

    async def read(self, clip: StoredClip) -> AsyncIterator[bytes]:
        if clip.key not in self.objects:
            raise ClipMissing(clip.key)
        content = self.objects[clip.key]
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]
        if len(content) != clip.size_bytes or sha256(content).hexdigest() != clip.sha256:
            raise ClipMissing(clip.key)

    async def whole(self, stored: StoredClip) -> bytes:
        return b"".join([chunk async for chunk in self.read(stored)])

    async def sweep(self, older_than: datetime) -> int:
        stale = [
            key
            for key in self.objects
            if key.startswith("incoming/") and self.staged_at.get(key, older_than) < older_than
        ]
        for key in stale:
            del self.objects[key]
        return len(stale)

    async def sweep_kept(self, wanted: Collection[str], older_than: datetime) -> int:
        stale = [
            key
            for key in self.objects
            if key.startswith("sha256/")
            and key not in wanted
            and self.kept_at.get(key, older_than) < older_than
        ]
        for key in stale:
            del self.objects[key]
        return len(stale)

    async def holds(self, clip: StoredClip) -> bool:
        return len(self.objects.get(clip.key, b"")) == clip.size_bytes

    async def delete(self, clip: StoredClip) -> None:
        self.objects.pop(clip.key, None)


def staging_key(name: str) -> str:
    if STAGING_NAME.fullmatch(name) is None:
        raise ValueError("not a staging name", name)
    return f"incoming/{name}"
