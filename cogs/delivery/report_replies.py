"""Reports in a server's review channel, and what their authors are told in private."""

from collections.abc import Awaitable
from datetime import timedelta

import discord
import structlog

from bot.model import Job, MessageRef
from bot.ports import Clock
from bot.report import Report
from cogs.delivery.asking import asking
from cogs.delivery.calls import Calls
from cogs.delivery.policy import TROUBLE, verdict_of
from cogs.pictures import Pictures
from cogs.replies import plain
from cogs.report_views import report_message
from cogs.texts import reports as texts

TELLING_SECONDS = 20.0
NONCE_LASTS = timedelta(minutes=2)
"""As `cogs.delivery.marks` has it: afterwards an earlier try is looked for."""

log = structlog.get_logger(__name__)


class ReportReplies:
    """Posts by the bot's own token. A channel that takes nothing leaves the report to the queue."""

    def __init__(self, client: discord.Client, pictures: Pictures, clock: Clock) -> None:
        self._client = client
        self._pictures = pictures
        self._clock = clock
        self._calls = Calls(client)

    def serves(self, guild_id: int) -> bool:
        """Whether this process is the one that is connected to the server."""
        return self._client.get_guild(guild_id) is not None

    async def draw(self, report: Report, job: Job) -> MessageRef | None:
        """Posts or redraws what moderators see; None where the channel takes nothing.

        Raises:
            DeliveryPostponed: not now.
        """
        return await self._unless_refused(report, self._drawn(report, job))

    async def tell_reporter(self, report: Report, job: Job) -> None:  # noqa: ARG002 - the port's signature; the owner's words are nothing to tell
        """Tells the reporter what came of it, where they take direct messages from the bot.

        Raises:
            DeliveryPostponed: not now.
        """
        await self._unless_refused(report, self._told(report))

    async def _told(self, report: Report) -> MessageRef | None:
        channel_id = await self._calls.open_direct_messages(report.reporter_id)
        nonce = f"r{report.report_id[-23:]}"
        return await self._calls.post(channel_id, plain(texts.decided(report)), nonce=nonce)

    async def _drawn(self, report: Report, job: Job) -> MessageRef | None:
        if report.channel_id is None:
            return None
        message = await self._posted(report, report.channel_id)
        is_open = report.decided_at is None
        # Moderators have to see what they decide about, whatever is hidden from others.
        poster = await self._pictures.poster(job.clip) if is_open else None
        view = report_message(report, job, poster)
        if message is None and not is_open:
            return None
        if message is None:
            nonce = report.report_id[-24:]
            return await self._calls.post(report.channel_id, view, nonce=nonce, picture=poster)
        await self._calls.edit(message, view, poster)
        return message

    async def _posted(self, report: Report, channel_id: int) -> MessageRef | None:
        """The message that is there already, as far as anybody can tell."""
        if report.message_id is not None:
            return MessageRef(channel_id, report.message_id)
        if report.decided_at is None and self._clock.now() - report.reported_at <= NONCE_LASTS:
            # Should an earlier try have come through, Discord answers the next one with its message.
            return None
        posted = await self._calls.own_messages(channel_id)
        return next((one.message for one in posted if report.report_id in one.words), None)

    async def _unless_refused(
        self, report: Report, telling: Awaitable[MessageRef | None]
    ) -> MessageRef | None:
        """What is told; None for what Discord will refuse every time."""
        try:
            async with asking(self._client, TELLING_SECONDS):
                return await telling
        except TROUBLE as error:
            log.warning("report_refused", report_id=report.report_id, verdict=verdict_of(error))
            return None
