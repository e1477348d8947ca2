"""`/character status`: the member's latest jobs, and what could not be told where it belonged."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.desk import Desk
from bot.jobs.staff.moderation import Moderation
from bot.model import Person, Story
from bot.notices import Announcement, NoticeKind, SettledBy
from bot.ports import Clock
from cogs import controls, failures, guards, replies
from cogs.controls import DrawnButton
from cogs.guards import AllowedGuilds
from cogs.job_links import buttons_for, jump_url
from cogs.markdown import in_code_block
from cogs.replies import Block
from cogs.texts import answers, notices
from cogs.texts.status import allowance_line, job_name, state_line, undelivered

JOBS_WITH_BUTTONS = 3
"""Keeps the message far below 40 components (Discord: Component Reference)."""


class Status(commands.Cog):
    """Shows everybody their own jobs, privately."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        desk: Desk,
        moderation: Moderation,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
        settled_by: SettledBy,
    ) -> None:
        self._desk = desk
        self._moderation = moderation
        self._clock = clock
        self._allowed_guilds = allowed_guilds
        self._settled_by = settled_by
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
        left = await self._left(person)
        view = status_view(parked, self._clock.now(), self._settled_by, left)
        await failures.send_privately(interaction, replies.Reply(view))

    async def _left(self, person: Person) -> str:
        """What of their limits is left, where they have any."""
        if person.guild_id is None:
            return ""
        return allowance_line(await self._moderation.allowance(person.guild_id, person))


def status_view(
    jobs: Sequence[tuple[Story, Sequence[Announcement]]], now: datetime, settled_by: SettledBy, left: str = ""
) -> discord.ui.LayoutView:
    """Undelivered results first, then the jobs, newest first, as many as the message has room for."""
    if not jobs:
        return replies.stacked(map(Block, [answers.NOTHING_RUNNING, left]))
    return replies.stacked([*_undelivered(jobs), Block(left), *_lines(jobs, now, settled_by)])


def _undelivered(jobs: Sequence[tuple[Story, Sequence[Announcement]]]) -> Iterator[Block]:
    for story, parked in jobs:
        if story.character is None:
            continue
        for announcement in parked:
            if announcement.kind is NoticeKind.RESULT:
                title = undelivered(story, announcement.parked_reason)
                provider_id = in_code_block(story.character.provider_character_id, notices.ID_LIMIT)
                yield Block(f"{title}\n{provider_id}")


def _lines(
    jobs: Sequence[tuple[Story, Sequence[Announcement]]], now: datetime, settled_by: SettledBy
) -> Iterator[Block]:
    for position, (story, _) in enumerate(jobs):
        url = jump_url(story.job)
        link = f" · [{answers.JUMP_LABEL}]({url})" if url else ""
        text = f"{job_name(story.job)}{link}\n{state_line(story, now, settled_by)}"
        yield Block(text, [*buttons_for(story), _details(story)] if position < JOBS_WITH_BUTTONS else ())


def _details(story: Story) -> DrawnButton:
    return DrawnButton(controls.details(story.job.job_id), notices.DETAILS_LABEL)
