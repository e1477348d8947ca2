"""A small real bot for the tests of the local Discord: unmodified discord.py, pointed at the sandbox."""

import asyncio
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

INTENTS = discord.Intents(guilds=True, guild_reactions=True)
SUBJECTS = [
    app_commands.Choice(name="Me", value="me"),
    app_commands.Choice(name="Fictional", value="fictional"),
]


class Card(ui.LayoutView):
    """A job card as the real bot would send it."""

    def __init__(self, state: str, owner: discord.abc.User) -> None:
        super().__init__(timeout=None)
        row: ui.ActionRow[Any] = ui.ActionRow()
        row.add_item(ui.Button(label="Cancel", custom_id=f"c1:job:cancel:{owner.id}"))
        container: ui.Container[Any] = ui.Container(
            ui.TextDisplay(f"Making a character for {owner.mention}"),
            ui.Separator(),
            ui.TextDisplay(state),
            row,
            accent_colour=discord.Colour.blurple(),
        )
        self.add_item(container)


class SmallBot(commands.AutoShardedBot):
    """Answers `/character create` with a card, a thread, an edit and a result; notes what else happens."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            command_prefix="!",
            intents=options.pop("intents", INTENTS),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
            **options,
        )
        self.seen: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.clips: list[bytes] = []
        self.faults: list[BaseException] = []
        group = app_commands.Group(name="character", description="Characters.")
        group.add_command(self._create_command())
        self.tree.add_command(group)
        self.tree.error(self._failed)

    async def _failed(self, _: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.faults.append(error)

    def _create_command(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.command(name="create", description="Create a character from a clip.")
        @app_commands.describe(clip="The clip.", subject="Who is in it.", prompt="Describe it.")
        @app_commands.choices(subject=SUBJECTS)
        async def create(
            interaction: discord.Interaction,
            clip: discord.Attachment,
            subject: str,
            prompt: app_commands.Range[str, 1, 1500] | None = None,
        ) -> None:
            await self.create(interaction, clip, subject, prompt or "")

        return create

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait five seconds before a second session; the sandbox has no such limit."""

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def create(
        self, interaction: discord.Interaction, clip: discord.Attachment, subject: str, prompt: str
    ) -> None:
        """The way a real job goes, in small."""
        answer = await interaction.response.send_message(view=Card("Clip received", interaction.user))
        self.clips.append(await clip.read())
        assert interaction.channel_id is not None
        assert answer.message_id is not None
        channel = self.get_partial_messageable(interaction.channel_id, guild_id=interaction.guild_id)
        card = channel.get_partial_message(answer.message_id)
        thread = await card.create_thread(name=f"Character · {subject}", auto_archive_duration=1440)
        await card.edit(view=Card(f"Done: {prompt}", interaction.user))
        result = await thread.send(
            f"{interaction.user.mention} your character is ready\n```\nchar_7Qk2f9\n```",
            nonce="job-1-result",
            allowed_mentions=discord.AllowedMentions(users=[interaction.user]),
        )
        await result.add_reaction("🔁")

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_message("Cancelled.", ephemeral=True)
            self.seen.put_nowait(("component", interaction))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.seen.put_nowait(("reaction", payload))

    async def on_resumed(self) -> None:
        self.seen.put_nowait(("resumed", None))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.seen.put_nowait(("guild_join", guild))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.seen.put_nowait(("guild_available", guild))

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.seen.put_nowait(("guild_unavailable", guild))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.seen.put_nowait(("guild_remove", guild))

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        self.seen.put_nowait(("thread_update", payload))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        self.seen.put_nowait(("thread_delete", payload))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self.seen.put_nowait(("channel_delete", channel))

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self.seen.put_nowait(("role_delete", role))

    async def next_seen(self, kind: str) -> Any:
        """The next noted event of a kind; others are passed over."""
        async with asyncio.timeout(5):
            while True:
                found, payload = await self.seen.get()
                if found == kind:
                    return payload

    def rest(self) -> list[tuple[str, Any]]:
        """The noted events nobody asked for."""
        return [self.seen.get_nowait() for _ in range(self.seen.qsize())]
