"""The bot put together without anything opened: for looking at its commands, and for asking Discord."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.assembly.cogs import (
    add_cogs,
    build_client,
)
from bot.assembly.ground import (
    Ground,
    memory_on,
)
from bot.client import DramatisClient, log_in
from bot.clips.download import AttachmentDownload, attachment_session
from bot.clips.editor import ChildEditor
from bot.clips.probe import ClipProbe
from bot.clock import SystemClock
from bot.jobs.lanes import Bell
from bot.settings import Settings
from storage.clips import ObjectClipStore
from storage.database import Database
from storage.instances import ALONE

NOWHERE = "memory:///"
"""A clip store that is empty and leaves nothing behind."""


class Observer(DramatisClient):
    """A client that may ask Discord, and neither connects nor publishes by itself."""

    async def setup_hook(self) -> None:
        """Leaves out what a bot does once it is logged in."""


@asynccontextmanager
async def observer(settings: Settings) -> AsyncIterator[Observer]:
    """The client with all its commands, logged in; neither database nor data folder is touched.

    Raises:
        TokenRefused, DiscordUnreachable: Discord does not take the token, or does not answer.
    """
    client = build_client(settings, Observer)
    database = Database.untouched(settings.database)
    try:
        async with aiohttp.ClientSession() as session, attachment_session(frozenset()) as attachments:
            ground = Ground(
                settings=settings,
                memory=memory_on(database, ALONE, ObjectClipStore.at(NOWHERE)),
                session=session,
                attachments=AttachmentDownload(attachments, frozenset()),
                probe=ClipProbe(),
                editor=ChildEditor(settings.data_dir),
                clock=SystemClock(),
                bell=Bell(),
            )
            await add_cogs(ground, client)
            await log_in(client, settings.discord_token.get_secret_value(), settings.discord_api_base_url)
            yield client
    finally:
        await client.close()
        await database.close()
