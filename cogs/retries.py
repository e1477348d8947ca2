"""Trying again and cancelling: by button, by command, and by reaction on the message of a failure."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.errors import JobConflict, NotRetryable, UserFault
from bot.jobs.desk import Desk
from bot.model import RETRYABLE_STATES, AttemptState, MessageRef, Person, Story
from bot.notices import Announcement, NoticeKind, SettledBy
from bot.ports import Clock
from cogs import failures, guards, suggestions
from cogs.cards import CANCELLABLE_STATES, can_retry
from cogs.commands import add
from cogs.controls import CANCEL, JOB, RETRY, Control
from cogs.guards import AllowedGuilds
from cogs.job_links import buttons_for
from cogs.presses import Presses, in_time
from cogs.replies import Reply, plain
from cogs.suggestions import Reference
from cogs.texts import answers, notices
from cogs.texts.status import job_name, state_line
from cogs.wishes import Place, is_retry_emoji, wisher

log = structlog.get_logger(__name__)

NOTING_SECONDS = (0.5, 2.0)
"""A message can be reacted to as soon as it is seen, which is before it is noted down as told."""


class Retries(commands.Cog):
    """Gives wishes to the desk, which decides. A reaction does what its button does, and says nothing."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        desk: Desk,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
        own_user_id: Callable[[], int | None],
        settled_by: SettledBy,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._allowed_guilds = allowed_guilds
        self._own_user_id = own_user_id
        self._settled_by = settled_by
        add(group, "retry", "Run one of your failed jobs again.", self.retry_named)
        add(group, "cancel", "Cancel one of your waiting or running jobs.", self.cancel_named)

    @property
    def presses(self) -> Presses:
        return {(JOB, RETRY): in_time(self.retry), (JOB, CANCEL): in_time(self.cancel)}

    async def retry(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Try again**; one of an older attempt tells how the job stands now."""
        person = guards.admit(interaction, self._allowed_guilds)
        number = attempt_number_of(control)
        if number is None:
            await failures.tell(interaction, answers.OLD_CONTROL)
            return
        await self._retry(interaction, control.ref, number, person)

    async def cancel(self, interaction: discord.Interaction[Any], control: Control) -> None:
        """The button **Cancel**."""
        person = guards.admit(interaction, self._allowed_guilds)
        await self._cancel(interaction, control.ref, person)

    async def suggest_retryable(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        return await self._suggest(interaction, current, can_retry)

    async def suggest_cancellable(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        return await self._suggest(
            interaction, current, lambda story: story.attempt.state in CANCELLABLE_STATES
        )

    @app_commands.describe(job="One of your jobs that did not work: its name or its reference.")
    @app_commands.autocomplete(job=suggest_retryable)
    async def retry_named(self, interaction: discord.Interaction[Any], job: Reference) -> None:
        """What the button does; who was not told yet that a second charge is possible is told first."""
        person = guards.admit(interaction, self._allowed_guilds)
        story = await self._desk.find(job, person)
        if story.attempt.state is AttemptState.UNKNOWN and can_retry(story):
            stands = state_line(story, self._clock.now(), self._settled_by)
            reply = Reply(plain(f"{job_name(story.job)}\n{stands}", *buttons_for(story)))
            await failures.send_privately(interaction, reply)
            return
        await self._retry(interaction, story.job.job_id, story.attempt.number, person)

    @app_commands.describe(job="One of your jobs that wait or run: its name or its reference.")
    @app_commands.autocomplete(job=suggest_cancellable)
    async def cancel_named(self, interaction: discord.Interaction[Any], job: Reference) -> None:
        """What the button does."""
        person = guards.admit(interaction, self._allowed_guilds)
        story = await self._desk.find(job, person)
        await self._cancel(interaction, story.job.job_id, person)

    async def _retry(
        self, interaction: discord.Interaction[Any], job_id: str, number: int, person: Person
    ) -> None:
        try:
            attempt = await self._desk.retry(job_id, number, person)
        except (NotRetryable, JobConflict):
            await self._explain(interaction, job_id, number, person)
            return
        await failures.tell(interaction, answers.trying_again(notices.attempt_word(attempt)))

    async def _cancel(self, interaction: discord.Interaction[Any], job_id: str, person: Person) -> None:
        before = await self._desk.cancel(job_id, person)
        await failures.tell(interaction, answers.cancelled(before.attempt.state))

    async def _suggest(
        self, interaction: discord.Interaction[Any], current: str, fits: Callable[[Story], bool]
    ) -> list[app_commands.Choice[str]]:
        return await suggestions.of_jobs(
            interaction,
            current,
            allowed_guilds=self._allowed_guilds,
            now=self._clock.now(),
            listed=self._desk.own,
            fits=fits,
        )

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Raw, so that it works on messages that this process has never seen."""
        if not self._is_wish(event):
            return
        try:
            await self._retry_by_reaction(event)
        except (UserFault, JobConflict) as error:
            log.info("reaction_refused", message_id=event.message_id, error=type(error).__name__)
        except Exception:
            log.exception(
                "reaction_failed",
                message_id=event.message_id,
                reference=failures.reference_of(event.message_id),
            )

    def _is_wish(self, event: discord.RawReactionActionEvent) -> bool:
        """Drops in memory nearly everything that a busy server sends.

        `message_author_id` may be missing (Discord: Gateway Events); the announcement then decides.
        """
        own_user_id = self._own_user_id()
        return (
            is_retry_emoji(event.emoji)
            and event.message_author_id in (None, own_user_id)
            and event.user_id != own_user_id
            and event.guild_id is not None
            and guards.is_allowed(event.guild_id, self._allowed_guilds)
            and event.member is not None
            and not event.member.bot
        )

    async def _retry_by_reaction(self, event: discord.RawReactionActionEvent) -> None:
        announcement = await self._announcement_on(event)
        if announcement is None or announcement.kind is not NoticeKind.FAILURE or event.member is None:
            return
        channel = await self._channel(event, event.member, announcement.job_id)
        person = wisher(event.member, channel)
        attempt = await self._desk.retry_by_reaction(announcement.job_id, announcement.attempt_number, person)
        log.info("retry_by_reaction", job_id=attempt.job_id, attempt_number=attempt.number)

    async def _announcement_on(self, event: discord.RawReactionActionEvent) -> Announcement | None:
        """What the message announces; one that is only just out is looked for again."""
        message = MessageRef(event.channel_id, event.message_id)
        for wait_seconds in NOTING_SECONDS:
            announcement = await self._desk.announcement_on(message)
            if announcement is not None:
                return announcement
            await asyncio.sleep(wait_seconds)
        return await self._desk.announcement_on(message)

    async def _channel(
        self, event: discord.RawReactionActionEvent, member: discord.Member, job_id: str
    ) -> Place | None:
        """Where the reaction was made; for a thread that the cache does not hold, the channel around it."""
        found = member.guild.get_channel_or_thread(event.channel_id)
        if found is not None:
            return found
        # Only to learn the job's place; the right itself is decided with what the place says.
        story = await self._desk.story(job_id, Person(event.user_id, event.guild_id, may_manage=True))
        return member.guild.get_channel_or_thread(story.job.order.place.channel_id)

    async def _explain(
        self, interaction: discord.Interaction[Any], job_id: str, number: int, person: Person
    ) -> None:
        story = await self._desk.story(job_id, person)
        state = story.attempt.state
        is_old = story.attempt.number != number and state in RETRYABLE_STATES
        reason = answers.EARLIER_ATTEMPT if is_old else answers.refusal(NotRetryable(state))
        stands = state_line(story, self._clock.now(), self._settled_by)
        await failures.tell(interaction, f"{reason}\n{answers.PRESENT_STATE} {stands}")


def attempt_number_of(control: Control) -> int | None:
    """The attempt that a retry button is about, or None where the id names none."""
    arg = control.arg or ""
    return int(arg) if arg.isascii() and arg.isdigit() else None
