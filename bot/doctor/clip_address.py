"""The public address of clips: a sample is laid out, read back as the provider would, and taken away."""

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import aiohttp

from bot.doctor.facts import ClipAddressFacts, NotAsked
from bot.doctor.machine import folder_of
from bot.errors import ClipMissing, ClipStoreUnavailable
from bot.providers.published import AddressUnusable, read_back
from bot.settings import Settings
from storage.clips import ObjectClipStore


async def read_a_sample(settings: Settings) -> ClipAddressFacts:
    """What came back; a folder that is not there yet is not made."""
    base_url, folder = settings.clip_public_base_url, folder_of(settings.clip_store)
    if base_url is None or (folder is not None and not folder.exists()):
        return NotAsked()
    name = f"doctor-{uuid.uuid4().hex}"
    try:
        store = ObjectClipStore.at(settings.clip_store)
        staged = await store.stage(name, _sample(name))
        published = None
        try:
            published = replace(staged, key=await store.publish(staged, "txt", "text/plain"))
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                await read_back(session, f"{base_url}/{published.key}", staged)
        finally:
            with suppress(ClipStoreUnavailable):
                await store.discard(name)
                if published is not None:
                    await store.delete(published)
    except (AddressUnusable, ClipMissing, ClipStoreUnavailable) as error:
        return error
    except OSError as error:
        return ClipStoreUnavailable(settings.clip_store, error.strerror or type(error).__name__)
    return None


async def _sample(name: str) -> AsyncIterator[bytes]:
    """Of no other bytes than this time's: whatever a proxy remembers is not taken for it."""
    yield f"{name} was here, and takes this away again.\n".encode()
