"""`/character status`: the member's latest jobs, and what could not be told where it belonged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.desk import Desk
from bot.model import AttemptState, Job, Story
from bot.notices import Announcement, NoticeKind
from bot.ports import Clock
from bot.prose import utf16_units
from cogs import controls, failures, guards, replies
from cogs.cards import CANCELLABLE_STATES, can_retry
from cogs.controls import DrawnButton
from cogs.guards import AllowedGuilds
from cogs.markdown import in_code_block
from cogs.offer_view import open_button
from cogs.texts import answers, notices
from cogs.texts.status import job_name, state_line, undelivered

JOBS_WITH_BUTTONS = 3
"""Keeps the message far below 40 components (Discord: Component Reference)."""
JUMP_BASE = "https://discord.com/channels"


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph and the buttons that belong to it."""

    text: str
    buttons: Sequence[DrawnButton] = ()


class Status(commands.Cog):
    """Shows everybody their own jobs, privately."""

    def __init__(
        self, group: app_commands.Group, *, desk: Desk, clock: Clock, allowed_guilds: AllowedGuilds
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._allowed_guilds = allowed_guilds
        group.add_command(
            app_commands.Command(
                name="status", description="See your running and latest jobs.", callback=self.status
            )
        )

    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """The latest jobs of this server, or of direct messages when asked there."""
        person = guards.admit(interaction, self._allowed_guilds)
        stories = await self._desk.overview(person)
        parked = [(story, await self._desk.undelivered(story)) for story in stories]
        view = status_view(parked, self._clock.now())
        await failures.send_privately(interaction, replies.Reply(view))


def status_view(jobs: Sequence[tuple[Story, Sequence[Announcement]]], now: datetime) -> discord.ui.LayoutView:
    """Undelivered results first, then the jobs, newest first, as many as the message has room for."""
    if not jobs:
        return replies.plain(answers.NOTHING_RUNNING)
    view = discord.ui.LayoutView(timeout=None)
    room = replies.TEXT_UNITS - utf16_units(answers.MORE)
    for block in [*_undelivered(jobs), *_lines(jobs, now)]:
        room -= utf16_units(block.text)
        if room < 0:
            view.add_item(discord.ui.TextDisplay(answers.MORE))
            break
        view.add_item(discord.ui.TextDisplay(block.text))
        if block.buttons:
            view.add_item(discord.ui.ActionRow(*block.buttons))
    return view


def jump_url(job: Job) -> str | None:
    """Where the job is told: its thread, else its card; None for one that was told privately."""
    where = job.order.place.guild_id or "@me"
    if job.thread_id is not None:
        return f"{JUMP_BASE}/{where}/{job.thread_id}"
    if job.card is not None:
        return f"{JUMP_BASE}/{where}/{job.card.channel_id}/{job.card.message_id}"
    return None


def buttons_for(story: Story) -> list[DrawnButton]:
    """What can be done about a job now; whether this person may is decided when it is pressed."""
    job, attempt = story.job, story.attempt
    if attempt.state in CANCELLABLE_STATES:
        first = [open_button(job.job_id)] if attempt.state is AttemptState.OFFERED else []
        return [*first, DrawnButton(controls.cancel(job.job_id), notices.CANCEL_LABEL)]
    if not can_retry(story):
        return []
    control = controls.retry(job.job_id, attempt.number)
    return [DrawnButton(control, notices.retry_label(attempt.state), emoji=controls.RETRY_EMOJI)]


def _undelivered(jobs: Sequence[tuple[Story, Sequence[Announcement]]]) -> Iterator[_Block]:
    for story, parked in jobs:
        if story.character is None:
            continue
        for announcement in parked:
            if announcement.kind is NoticeKind.RESULT:
                title = undelivered(story, announcement.parked_reason)
                provider_id = in_code_block(story.character.provider_character_id, notices.ID_LIMIT)
                yield _Block(f"{title}\n{provider_id}")


def _lines(jobs: Sequence[tuple[Story, Sequence[Announcement]]], now: datetime) -> Iterator[_Block]:
    for position, (story, _) in enumerate(jobs):
        url = jump_url(story.job)
        link = f" · [{answers.JUMP_LABEL}]({url})" if url else ""
        text = f"{job_name(story)}{link}\n{state_line(story, now)}"
        yield _Block(text, buttons_for(story) if position < JOBS_WITH_BUTTONS else ())
