"""`/characters-op job` and `guild`: one job of any server, and one server."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.control_room import ControlRoom
from bot.notices import SettledBy
from bot.refusals.settlements import ReferenceAmbiguous
from cogs import failures
from cogs.admin.views import looking_view
from cogs.commands import add
from cogs.operators import Operators
from cogs.replies import Reply
from cogs.reviews.takedown_views import way_to_remove
from cogs.texts import operating as texts

SHOW, BLOCK, ALLOW, LEAVE = "show", "block", "allow", "leave"
ACTIONS = [
    app_commands.Choice(name=name, value=value)
    for value, name in zip((SHOW, BLOCK, ALLOW, LEAVE), texts.GUILD_ACTIONS, strict=True)
]
Reason = app_commands.Range[str, 1, 300]
Reference = app_commands.Range[str, 1, 100]


class OperatorLooks(commands.Cog):
    """Of a private job no word of its member is shown here either."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        operators: Operators,
        room: ControlRoom,
        client: discord.Client,
        settled_by: SettledBy,
    ) -> None:
        self._operators = operators
        self._room = room
        self._client = client
        self._settled_by = settled_by
        add(group, "job", texts.JOB_DESCRIPTION, self.job)
        add(group, "guild", texts.GUILD_DESCRIPTION, self.guild)

    @app_commands.describe(job="Its reference, such as 7F3A-21QX, or its id.")
    async def job(self, interaction: discord.Interaction[Any], job: Reference) -> None:
        """The timeline of a job, whatever server it is of."""
        await self._operators.admit(interaction)
        try:
            timeline = await self._room.timeline(job)
        except ReferenceAmbiguous as several:
            await failures.tell(interaction, texts.ambiguous(several.job_ids))
            return
        actions = way_to_remove(timeline.record.job)
        await failures.send_privately(interaction, Reply(looking_view(timeline, self._settled_by, actions)))

    @app_commands.describe(
        guild_id="The server's id.", action="What to do; without it, only look.", reason="Members read it."
    )
    @app_commands.choices(action=ACTIONS)
    async def guild(
        self,
        interaction: discord.Interaction[Any],
        guild_id: app_commands.Range[str, 17, 20],
        action: str = SHOW,
        reason: Reason | None = None,
    ) -> None:
        """Does it, and then tells how the server stands."""
        await self._operators.admit(interaction)
        server_id = id_of(guild_id)
        if server_id is None or action not in {SHOW, BLOCK, ALLOW, LEAVE}:
            await failures.tell(interaction, texts.NO_SERVER_ID)
            return
        told = await self._act(server_id, action, reason, interaction.user.id)
        known = self._client.get_guild(server_id)
        standing = texts.server(await self._room.server(server_id), known.name if known else None)
        await failures.tell(interaction, f"{told}{standing}")

    async def _act(self, guild_id: int, action: str, reason: str | None, actor_id: int) -> str:
        """What was done, in words."""
        if action == BLOCK:
            await self._room.bar(guild_id, reason, actor_id)
            return texts.BARRED
        if action == ALLOW:
            return texts.UNBARRED if await self._room.unbar(guild_id, actor_id) else texts.NOT_BARRED
        if action == LEAVE:
            known = self._client.get_guild(guild_id)
            if known is None:
                return texts.NOT_THERE
            await known.leave()
            return texts.LEFT
        return ""


def id_of(text: str) -> int | None:
    """The id that was typed; None for anything else."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() else None
