"""What discord.py 2.7.1 offers and a bot of ours uses, tried call by call against the local Discord."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import discord as discord_py
import pytest
from discord import app_commands, ui

from sandbox.discord.calls import Call
from sandbox.discord.channels import GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Choice, Member
from sandbox.discord.server import Discord, open_discord
from tests.integration.discord_addresses import running
from tests.integration.sandbox_discord_bot import SmallBot

Interaction = discord_py.Interaction
Act = Callable[[Interaction], Awaitable[None]]


class Retry(ui.DynamicItem[ui.Button[Any]], template=r"c1:job:(?P<act>retry|cancel):(?P<ref>[0-9A-Z]{4})"):
    """A button that lives longer than the process."""

    presses: list[tuple[str, str]] = []  # noqa: RUF012  # where the test looks; emptied by its fixture

    def __init__(self, act: str, ref: str) -> None:
        super().__init__(ui.Button(label=act.title(), custom_id=f"c1:job:{act}:{ref}"))
        self.act, self.ref = act, ref

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: Any) -> "Retry":
        return cls(match["act"], match["ref"])

    async def callback(self, interaction: Interaction) -> None:
        Retry.presses.append((self.act, self.ref))
        await interaction.response.defer()


class NewCharacter(ui.Modal, title="New character"):
    """A modal with every kind of field the real ones have."""

    clip: ui.Label[Any] = ui.Label(
        text="Clip", component=ui.FileUpload(custom_id="clip", min_values=1, max_values=1)
    )
    prompt: ui.Label[Any] = ui.Label(
        text="Prompt", component=ui.TextInput(custom_id="prompt", style=discord_py.TextStyle.long)
    )
    subject: ui.Label[Any] = ui.Label(
        text="Subject",
        component=ui.RadioGroup(
            custom_id="subject",
            options=[discord_py.RadioGroupOption(label=one, value=one) for one in ("me", "fictional")],
        ),
    )
    agree: ui.Label[Any] = ui.Label(text="Agree", component=ui.Checkbox(custom_id="agree"))

    def __init__(self) -> None:
        super().__init__(custom_id="m:new")
        self.filled: dict[str, Any] = {}

    async def on_submit(self, interaction: Interaction) -> None:
        for one in self.children:
            part: Any = one.component if isinstance(one, ui.Label) else None
            self.filled[part.custom_id] = part.values if isinstance(part, ui.FileUpload) else part.value
        await interaction.response.send_message("queued", ephemeral=True)


class LibraryBot(SmallBot):
    """Does what the test tells it to when somebody runs `/do`."""

    def __init__(self) -> None:
        super().__init__()
        self.act: Act | None = None
        self.add_dynamic_items(Retry)
        self.tree.clear_commands(guild=None)
        self.tree.add_command(self._do())
        self.tree.add_command(app_commands.ContextMenu(name="Report", callback=self._report))

    def _do(self) -> app_commands.Command[Any, ..., None]:
        async def suggest(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed}x", value="char_1")]

        @app_commands.command(name="do", description="Do it.")
        @app_commands.autocomplete(what=suggest)
        async def do(interaction: Interaction, what: str | None = None) -> None:
            del what
            assert self.act is not None
            await self.act(interaction)

        return do

    async def _report(self, interaction: Interaction, message: discord_py.Message) -> None:
        await interaction.response.send_message(f"reported {message.content}", ephemeral=True)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Leave components to the library."""


@dataclass
class Stage:
    """A connected bot, a member, and a way to let the bot do something."""

    discord: Discord
    guild: Guild
    channel: GuildChannel
    mira: Member
    bot: LibraryBot
    done: list[Any] = field(default_factory=list)

    async def do(self, act: Act, place: Any = None) -> Call:
        """Run the command and let the bot finish what it does then."""

        async def whole(interaction: Interaction) -> None:
            await act(interaction)
            self.done.append(interaction.id)
            self.discord.world.changed()

        self.bot.act = whole
        count = len(self.done)
        call = await self.mira.run_command(place or self.channel, "do")
        await self.discord.until(lambda: (len(self.done) > count or bool(self.bot.faults)) or None, 5)
        assert self.bot.faults == []
        return call


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    Retry.presses.clear()
    async with open_discord() as server:
        guild = server.add_guild("Studio")
        channel = guild.add_text_channel("studio")
        bot = LibraryBot()
        async with running(bot, server):
            await bot.wait_until_ready()
            yield Stage(server, guild, channel, guild.add_member("Mira"), bot)


async def test_a_rich_card_with_an_uploaded_picture(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        view = ui.LayoutView(timeout=None)
        picture = discord_py.File(io.BytesIO(b"png"), "face.png", description="a face")
        accessory = ui.Thumbnail[Any]("attachment://face.png", description="a face")
        gallery = ui.MediaGallery[Any](discord_py.MediaGalleryItem("attachment://face.png", spoiler=True))
        row = ui.ActionRow[Any](Retry("retry", "01AB"), ui.Button(label="Site", url="https://example.org"))
        view.add_item(ui.Section("Your character", accessory=accessory))
        view.add_item(ui.Container(gallery, ui.Separator(), row, accent_colour=discord_py.Colour.green()))
        answer = await interaction.response.send_message(view=view, file=picture)
        assert answer.message_id == interaction.id or answer.message_id

    call = await stage.do(act)

    message = (await call.first_response()).message
    assert message is not None
    assert message.text == "Your character"
    assert [file.filename for file in message.files] == ["face.png"]
    assert list(message.buttons) == ["Retry", "Site"]


async def test_a_dynamic_button_survives_without_a_view(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        view = ui.View(timeout=None)
        view.add_item(Retry("retry", "01AB"))
        await interaction.response.send_message("failed", view=view)

    call = await stage.do(act)
    message = await call.wait_for_answer()

    press = await stage.mira.press(message, "Retry")

    assert (await press.first_response()).kind == "deferred_update"
    assert Retry.presses == [("retry", "01AB")]


async def test_a_modal_with_a_file_a_choice_and_a_box(stage: Stage) -> None:
    modal = NewCharacter()

    async def act(interaction: Interaction) -> None:
        await interaction.response.send_modal(modal)

    call = await stage.do(act)
    clip = AttachmentFile("fox.mov", b"clip")
    values = {"clip": [clip], "prompt": "a fox", "subject": "fictional", "agree": True}
    submit = await stage.mira.submit(await call.wait_for_modal(), **values)
    response = await submit.first_response()

    assert (response.ephemeral, response.message and response.message.text) == (True, "queued")
    assert [file.filename for file in modal.filled.pop("clip")] == ["fox.mov"]
    assert modal.filled == {"prompt": "a fox", "subject": "fictional", "agree": True}


async def test_a_deferred_answer_and_followups_with_a_file(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="here")
        export = discord_py.File(io.BytesIO(b"a;b"), "export.csv")
        sent = await interaction.followup.send("export", file=export, ephemeral=True, wait=True)
        await sent.edit(content="export, complete")
        original = await interaction.original_response()
        assert original.content == "here"

    call = await stage.do(act)

    assert [message.text for message in call.followups] == ["here", "export, complete"]
    assert all(message.ephemeral for message in call.followups)
    assert stage.channel.messages == []


async def test_suggestions_while_typing(stage: Stage) -> None:
    found = await stage.mira.autocomplete(stage.channel, "do", "what", "Fo")

    assert found == [Choice("Fox", "char_1")]


async def test_a_menu_on_a_message_shows_its_content(stage: Stage) -> None:
    message = await stage.mira.write(stage.channel, "look")

    call = await stage.mira.run_message_command(message, "Report")

    answer = await call.wait_for_answer()
    assert answer.text == "reported look"


async def test_stored_ids_are_enough_to_edit_delete_and_react(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("card")
        place = stage.bot.get_partial_messageable(stage.channel.id, guild_id=stage.guild.id)
        card = place.get_partial_message(stage.channel.messages[0].id)
        await card.edit(content="changed", allowed_mentions=discord_py.AllowedMentions.none())
        await card.add_reaction("🔁")
        fetched = await card.fetch()
        assert [str(one) for one in fetched.reactions] == ["🔁"]
        assert [one.id async for one in fetched.reactions[0].users()] == [stage.discord.world.bot.id]
        await card.remove_reaction("🔁", discord_py.Object(stage.discord.world.bot.id))
        reply = await place.send("done", reference=card.to_reference(fail_if_not_exists=False), nonce="n-1")
        assert [one.content async for one in place.history(limit=5)] == ["done", "changed"]
        await reply.delete()

    await stage.do(act)

    assert [message.text for message in stage.channel.messages] == ["changed"]
    assert stage.channel.messages[0].reactions == {}


async def test_threads_are_opened_joined_and_reopened(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("card")
        channel = stage.bot.get_channel(stage.channel.id)
        assert isinstance(channel, discord_py.TextChannel)
        kind = discord_py.ChannelType.private_thread
        private = await channel.create_thread(name="only you", type=kind, invitable=False)
        await private.add_user(discord_py.Object(stage.mira.id))
        await private.send("hello")
        await private.edit(archived=True)
        await private.edit(archived=False, auto_archive_duration=60)
        assert {one.id for one in await private.fetch_members()} == {
            stage.mira.id,
            stage.discord.world.bot.id,
        }
        fetched = await stage.bot.fetch_channel(private.id)
        assert isinstance(fetched, discord_py.Thread)
        assert [one.id for one in await channel.guild.active_threads()] == [private.id]
        await private.leave()

    await stage.do(act)

    thread = stage.channel.threads[0]
    assert (thread.name, thread.archived, thread.auto_archive_minutes) == ("only you", False, 60)
    assert set(thread.joined) == {stage.mira.id}


async def test_a_private_message_and_its_refusal(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("ok", ephemeral=True)
        user = discord_py.Object(stage.mira.id)
        conversation = await stage.bot.create_dm(user)
        await conversation.send("psst")
        stage.mira.refuse_direct_messages()
        with pytest.raises(discord_py.Forbidden) as refused:
            await conversation.send("psst")
        assert refused.value.code == 50007

    await stage.do(act)

    assert [message.text for message in stage.discord.dm(stage.mira).messages] == ["psst"]


async def test_commands_work_in_private_in_voice_chats_and_in_threads(stage: Stage) -> None:
    seen: list[Any] = []

    async def act(interaction: Interaction) -> None:
        seen.append((type(interaction.channel).__name__, interaction.guild_id))
        await interaction.response.send_message("card")

    thread = await stage.mira.start_thread(stage.channel, "talk")
    voice = stage.guild.add_voice_channel("Lounge")
    for place in (stage.discord.dm(stage.mira), voice, thread):
        await stage.do(act, place)

    assert seen == [
        ("DMChannel", None),
        ("VoiceChannel", stage.guild.id),
        ("Thread", stage.guild.id),
    ]


async def test_permissions_are_read_from_the_interaction(stage: Stage) -> None:
    seen: list[bool] = []

    async def act(interaction: Interaction) -> None:
        seen.append(interaction.app_permissions.send_messages_in_threads)
        await interaction.response.send_message("ok")

    await stage.do(act)
    stage.channel.deny_bot("SEND_MESSAGES_IN_THREADS")
    await stage.do(act)

    assert seen == [True, False]


async def test_the_directory_can_be_read(stage: Stage) -> None:
    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("ok")
        guild = await stage.bot.fetch_guild(stage.guild.id)
        assert (guild.name, guild.approximate_member_count) == ("Studio", 3)
        assert (await guild.fetch_member(stage.mira.id)).display_name == "Mira"
        assert [one.name for one in await guild.fetch_roles()] == ["@everyone", "Dramatis"]
        assert [one.name for one in await guild.fetch_channels()] == ["studio"]
        assert [one.name async for one in stage.bot.fetch_guilds()] == ["Studio"]
        assert (await stage.bot.fetch_user(stage.mira.id)).global_name == "Mira"
        assert (await stage.bot.application_info()).owner.name == "operator"
        assert [one.name for one in await stage.bot.tree.fetch_commands()] == ["do", "Report"]

    await stage.do(act)


async def test_the_servers_of_the_bot_come_in_pages_in_both_directions(stage: Stage) -> None:
    ids = [stage.guild.id, *(stage.discord.add_guild(f"Server {number}").id for number in range(5))]

    async def listed(**span: object) -> list[int]:
        return [guild.id async for guild in stage.bot.fetch_guilds(**span)]  # type: ignore[arg-type]  # by name

    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("ok")
        assert await listed() == ids
        assert await listed(limit=2) == ids[:2]
        assert await listed(limit=2, after=discord_py.Object(ids[1])) == ids[2:4]
        assert await listed(limit=2, before=discord_py.Object(ids[4])) == ids[2:4]

    await stage.do(act)


async def test_a_forum_post_is_made_with_its_first_message(stage: Stage) -> None:
    forum = stage.guild.add_forum_channel("ideas")

    async def act(interaction: Interaction) -> None:
        await interaction.response.send_message("ok")
        channel = await stage.bot.fetch_channel(forum.id)
        assert isinstance(channel, discord_py.ForumChannel)
        made = await channel.create_thread(name="result", content="first")
        assert made.message.content == "first"

    await stage.do(act)

    assert [message.text for message in forum.threads[0].messages] == ["first"]
