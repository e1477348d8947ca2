"""`/characters-op health`, `credits`, `sync` and `drain`: how the bot stands, and its large switches."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import discord
from discord import app_commands
from discord.ext import commands

from bot.command_list import Change
from bot.jobs.account.purse import Bookkeeping
from bot.jobs.staff.control_room import ControlRoom
from bot.operator.credits import Thresholds
from bot.operator.operating import CAP_AT_MOST, Drain, Gateway
from bot.ports import Clock
from cogs import failures
from cogs.commands import add
from cogs.operators import Operators
from cogs.texts import operating as texts

Cap = app_commands.Range[int, 0, CAP_AT_MOST]
Message = app_commands.Range[str, 1, 300]


class Publisher(Protocol):
    """Whoever compares the commands with those that Discord has, and publishes them."""

    async def differences(self) -> tuple[Change, ...]: ...

    async def publish(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is asked of the process itself. `free_bytes` is the room where the data folder is.

    `clips_out_of_order` says why the clip store does not answer, None while it does.
    """

    gateway: Callable[[], Gateway]
    free_bytes: Callable[[], Awaitable[int]]
    clips_out_of_order: Callable[[], Awaitable[str | None]]
    publisher: Publisher
    providers: Sequence[str]
    thresholds: Thresholds


class OperatorControls(commands.Cog):
    """Answers only the caller, and asks every time whether the caller may."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        operators: Operators,
        room: ControlRoom,
        books: Bookkeeping,
        around: Surroundings,
        clock: Clock,
    ) -> None:
        self._operators = operators
        self._room = room
        self._books = books
        self._around = around
        self._clock = clock
        add(group, "health", texts.HEALTH_DESCRIPTION, self.health)
        add(group, "credits", texts.CREDITS_DESCRIPTION, self.credits)
        add(group, "sync", texts.SYNC_DESCRIPTION, self.sync)
        add(group, "drain", texts.DRAIN_DESCRIPTION, self.drain)

    async def health(self, interaction: discord.Interaction[Any]) -> None:
        """Everything at a glance. Discord's clock is read off the id that it gave this very call."""
        skew = self._clock.now() - interaction.created_at
        owners = await self._operators.admit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        standing, around = await self._room.standing(), self._around
        lines = [
            *texts.of_discord(around.gateway(), standing.at, owners, skew),
            *texts.of_jobs(standing),
            *texts.of_providers(around.providers, standing),
            *texts.of_account(standing, around.thresholds),
            texts.of_disk(await around.free_bytes()),
            texts.of_clips(await around.clips_out_of_order()),
        ]
        await failures.tell(interaction, texts.health(lines))

    @app_commands.describe(daily_cap="New attempts a day (UTC) from now on, in place of the setting.")
    async def credits(self, interaction: discord.Interaction[Any], daily_cap: Cap | None = None) -> None:
        """The account; with a number, the cap is set first."""
        await self._operators.admit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if daily_cap is not None:
            await self._room.set_daily_cap(daily_cap, interaction.user.id)
        report = await self._books.report()
        await failures.tell(interaction, texts.credits_told(report, self._around.thresholds))

    @app_commands.describe(dry_run="Only show what would change.")
    async def sync(self, interaction: discord.Interaction[Any], dry_run: bool = False) -> None:  # noqa: FBT001, FBT002 - options of a command
        """Compares first, and publishes what differs."""
        await self._operators.admit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        publisher = self._around.publisher
        changes = await publisher.differences()
        made = bool(changes) and not dry_run and await publisher.publish()
        await failures.tell(interaction, texts.synced(changes, dry_run=dry_run, made=made))

    @app_commands.describe(on="Whether to begin nothing new.", message="Members read it.")
    async def drain(
        self,
        interaction: discord.Interaction[Any],
        on: bool | None = None,  # noqa: FBT001 - an option of a command
        message: Message | None = None,
    ) -> None:
        """Begins or ends a drain; without `on` it only tells how far it is."""
        await self._operators.admit(interaction)
        if on is not None:
            await self._room.set_drain(Drain(message) if on else None, interaction.user.id)
        await failures.tell(interaction, texts.draining(await self._room.standing()))
