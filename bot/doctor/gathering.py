"""Gathers every fact, as far as possible at once. Nothing is changed, and no lock is taken."""

import asyncio

from bot.doctor import clip_address, machine, outside
from bot.doctor.facts import Facts
from bot.ports import Clock
from bot.settings import Settings, exposed_secrets
from storage.checkup import LIBRARY_VERSION, Examined, examine
from storage.errors import StorageError


async def gather(settings: Settings, clock: Clock) -> Facts:
    discord, provider, clip_store, address, database, round_trip = await asyncio.gather(
        outside.ask_discord(settings),
        outside.ask_provider(settings, clock),
        machine.clip_store(settings.clip_store),
        clip_address.read_a_sample(settings),
        _database(settings.database),
        outside.call_ourselves(settings, clock),
    )
    return Facts(
        settings=settings,
        exposed_secrets=exposed_secrets(),
        discord=discord,
        provider=provider,
        clip_store=clip_store,
        clip_address=address,
        database=database,
        rooms=machine.rooms(settings),
        backups=machine.backups(settings, clock.now()),
        sqlite_version=LIBRARY_VERSION,
        ffmpeg_version=machine.ffmpeg_version(),
        round_trip=round_trip,
    )


async def _database(url: str) -> Examined | StorageError | None:
    try:
        return await examine(url)
    except StorageError as error:
        return error
