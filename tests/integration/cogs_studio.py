"""A server with the real client in it, its cogs on a real desk over a real database; no machine behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord as library

from bot.client import DramatisClient, Shards
from bot.clip import ClipRule, Offer
from bot.clock import SystemClock
from bot.fault import Fault
from bot.jobs.acceptance import in_one_piece
from bot.jobs.characters.renewal import Renewals
from bot.jobs.desk import DeskRules
from bot.jobs.picturing import Picturing
from bot.jobs.staff.moderation import Moderation
from bot.model import AttemptState, Character, MessageRef, Story
from bot.notices import NoticeKind, SettledBy
from bot.orders import parts
from bot.ports import Delivered
from cogs import cards
from cogs.admin.panel import StartPanel
from cogs.commands import Tree, admin_group, character_group
from cogs.controls import Control, job_buttons, job_selects
from cogs.help import Help
from cogs.library.changes import LibraryChanges
from cogs.library.elsewhere import Elsewhere
from cogs.library.lists import Library
from cogs.library.renewals import Refresh
from cogs.missed_reactions import MissedReactions
from cogs.orders.create import Create
from cogs.orders.message_clips import MessageClips
from cogs.orders.new_character import NewCharacter
from cogs.orders.offers import Offers
from cogs.orders.ordering import Ordering
from cogs.orders.picture_choice import PictureChoice
from cogs.pictures import Pictures
from cogs.presses import Switchboard
from cogs.retries import Retries
from cogs.status import Status
from sandbox.discord.calls import Call, Response
from sandbox.discord.channels import Channel, GuildChannel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.sending import NewMessage, post
from sandbox.discord.server import Discord, open_discord
from storage.announcements import SqlAnnouncementStore
from storage.characters import SqlCharacterStore
from storage.circuits import SqlCircuitStore
from storage.database import Database, sqlite_url
from storage.gates import SqlGateStore
from storage.jobs import SqlJobStore
from storage.picks import SqlPickStore
from storage.servers import SqlServerStore
from tests.builders import a_character, a_clip, an_id, serial
from tests.contract.stores import opened
from tests.fakes.clips import MemoryClipStore
from tests.fakes.editor import SHEET, FakeEditor
from tests.fakes.takedowns import MemoryCharacterPosts
from tests.fakes.world import World
from tests.integration.cogs_desk import SlowLibrary, TrackedDesk
from tests.integration.discord_addresses import running
from tests.integration.studio_ways import ways_over

CLIP = AttachmentFile("fox.mp4", b"not looked at here")
DAILY_CAP = 50
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
LEASE_SECONDS = 60.0
READY_SECONDS = 0.01
"""How long the client waits for another server before it calls itself ready; there is only one."""
WORK = ("CommandTree-invoker", "discord-ui", "discord.py: on_")
"""How discord.py names its tasks."""
_S = AttemptState


@dataclass(slots=True)
class Studio:
    """Everything a test of the cogs touches. `mira` owns what she starts; `ola` moderates, `tom` does not."""

    discord: Discord
    client: DramatisClient
    desk: TrackedDesk
    library: SlowLibrary
    renewals: Renewals
    moderation: Moderation
    jobs: SqlJobStore
    announcements: SqlAnnouncementStore
    circuits: SqlCircuitStore
    clips: MemoryClipStore
    picks: SqlPickStore
    guild: Guild
    channel: GuildChannel
    mira: Member
    ola: Member
    tom: Member
    created: int = 0

    @property
    def now(self) -> datetime:
        return SystemClock().now()

    async def create(self, channel: Channel | None = None, /, **options: Any) -> Call:
        """Mira runs `/character create`; any option can be set or, with None, left out.

        Each time with another clip, or it would be the same order.
        """
        clip = AttachmentFile(CLIP.filename, b"not looked at here" + b"." * self.created)
        self.created += 1
        given = {"clip": clip, "subject": "me", "prompt": "fox detective"} | options
        return await self.mira.run_command(channel or self.channel, "character create", **given)

    async def accepted(self, channel: Channel | None = None, /, **options: Any) -> Story:
        """A job whose card is shown and which the machine may start."""
        call = await self.create(channel, **options)
        response = await call.first_response()
        assert response.message is not None
        return await self.story_on(response.message)

    async def story_on(self, message: Message) -> Story:
        """The job that a message's Cancel button is about, once it is acknowledged."""
        job_id = message.buttons["Cancel"].custom_id.split(":")[3]
        await self.desk.until(lambda: True if job_id in self.desk.acknowledged else None)
        return await self._story(job_id)

    async def move(self, story: Story, *states: AttemptState, **last: Any) -> Story:
        """Takes the job through some states, as the machine would; `last` are fields of the last one."""
        for state in states:
            attempt = story.attempt.move(state, **(last if state is states[-1] else {}))
            clip = a_clip() if state is _S.QUEUED else None
            await self.jobs.save(attempt, now=self.now, clip=clip)
            story = await self._story(story.job.job_id)
        return story

    async def offered(self, seconds: float = 14.2, **options: Any) -> Story:
        """A job whose clip waits for a choice, as the machine would leave it."""
        story = await self.accepted(**options)
        sheet = await self.clips.keep(await self.clips.stage("sheet", in_one_piece(SHEET)))
        offer = Offer(a_clip().stored, sheet, seconds, parts.suggestion(seconds))
        attempt = story.attempt.move(
            _S.OFFERED,
            due_at=self.now + timedelta(hours=1),
            rule=ClipRule.TOO_LONG,
            rule_found=f"{seconds:.2f} s",
            rule_accepted="1 to 4 s",
        )
        await self.jobs.save(attempt, now=self.now, offer=offer)
        return await self._story(story.job.job_id)

    async def failed(self, story: Story, fault: Fault = Fault.LIKENESS) -> tuple[Story, Message]:
        """Ends the latest attempt in failure and tells it, as the machine would."""
        story = await self.move(story, *([_S.QUEUED] if story.attempt.state is _S.RECEIVED else []))
        ended = story.attempt.move(_S.FAILED, fault=fault, ended_at=self.now)
        await self.jobs.save(ended, now=self.now, notices=[NoticeKind.FAILURE])
        story = await self._story(story.job.job_id)
        return story, await self.tell(story)

    async def tell(self, story: Story) -> Message:
        """Posts the failure in a thread on the card, and stores where."""
        assert story.job.card is not None
        card = self.client.get_partial_messageable(story.job.card.channel_id, guild_id=self.guild.id)
        if story.job.thread_id is None and story.job.order.place.can_open_thread:
            await card.get_partial_message(story.job.card.message_id).create_thread(name="Character")
        place = self.client.get_partial_messageable(story.job.card.message_id, guild_id=self.guild.id)
        sent = await place.send(view=cards.failure_message(story, SettledBy.OPERATOR))
        message = self.message(sent.channel.id, sent.id)
        await self.told(NoticeKind.FAILURE, message)
        return message

    async def told(self, kind: NoticeKind, message: Message) -> None:
        """Stores that what there is to tell of that kind is told by this message, and the rest somehow."""
        while waiting := await self.announcements.claim(self.now, LEASE_SECONDS, 10):
            for announcement in waiting:
                reference = MessageRef(message.channel.id, message.id)
                delivered = Delivered()
                if announcement.kind is kind:
                    delivered = Delivered(reference, thread_id=message.channel.id)
                await self.announcements.mark_delivered(announcement, delivered, self.now)

    async def character(self, story: Story, **changes: Any) -> Character:
        """Ends the job with a character."""
        way = (_S.QUEUED, _S.HANDED_OVER, _S.SUBMITTING, _S.WAITING)
        story = await self.move(story, *way, task_id=f"task-{next(serial)}")
        order = story.job.order
        facts = {
            "owner_id": order.owner_id,
            "guild_id": order.place.guild_id,
            "created_at": self.now,
        } | changes
        made = a_character(story.attempt, **facts)
        ended = story.attempt.move(_S.SUCCEEDED, ended_at=self.now)
        await self.jobs.save(ended, now=self.now, character=made, notices=[NoticeKind.RESULT])
        return made

    async def park_all(self, reason: str) -> None:
        for announcement in await self.announcements.claim(self.now, LEASE_SECONDS, 10):
            await self.announcements.park(announcement, reason)

    async def settle(self) -> None:
        """Waits until the bot has seen everything that happened so far, and is done with it."""
        await (await self.ola.run_command(self.channel, "character status")).first_response()
        await finish_work()

    def message(self, channel_id: int, message_id: int) -> Message:
        return self.discord.world.channels[channel_id].by_id[message_id]

    async def jobs_of(self, member: Member) -> list[Story]:
        return await self.jobs.stories_of(member.id, self.guild.id, 100)

    async def _story(self, job_id: str) -> Story:
        story = await self.jobs.story(job_id)
        assert story is not None
        return story


async def finish_work() -> None:
    """Lets the commands, presses and events that discord.py has begun come to their end."""
    while tasks := [task for task in asyncio.all_tasks() if task.get_name().startswith(WORK)]:
        await asyncio.wait(tasks, timeout=5)


def text_of(response: Response) -> str:
    """What the person reads in a private answer."""
    assert response.message is not None
    assert response.ephemeral
    return response.message.text


def pings_nobody(studio: Studio) -> bool:
    """Whether the bot sent messages, and let no mention through in any."""
    bodies = [request.json for request in studio.discord.requests if isinstance(request.json, dict)]
    drawn = [shape for body in bodies if "components" in (shape := body.get("data") or body)]
    messages = [shape for shape in drawn if "title" not in shape]  # forms have one, and mention nobody
    return bool(messages) and all(message["allowed_mentions"] == {"parse": []} for message in messages)


async def pressed(member: Member, message: Message, button: str) -> str:
    """What a member is told, privately, after a press."""
    response = await (await member.press(message, button)).first_response()
    assert response.message is not None
    assert response.ephemeral
    return response.message.text


async def states(studio: Studio) -> list[tuple[int, AttemptState]]:
    """Number and state of the latest attempts of Mira's jobs."""
    return [(story.attempt.number, story.attempt.state) for story in await studio.jobs_of(studio.mira)]


def a_message_with(studio: Studio, control: Control) -> Message:
    """A message of the bot in the channel with one button, whatever its id."""
    return with_button(studio, control.custom_id)


def with_button(studio: Studio, custom_id: str) -> Message:
    button = {"type": 2, "style": 2, "label": "Press", "custom_id": custom_id}
    components: tuple[dict[str, Any], ...] = ({"type": 1, "components": [button]},)
    return post(studio.channel, NewMessage(studio.discord.world.bot, components=components, flags=1 << 15))


@asynccontextmanager
async def open_studio(tmp_path: Path, *, allows_everybody: bool = True) -> AsyncIterator[Studio]:
    """The studio, for as long as the block lasts."""
    async with opened(sqlite_url(tmp_path / "dramatis.db")) as database, open_discord() as discord:
        guild = discord.add_guild("Studio")
        studio = _furnished(discord, guild, database, tmp_path)
        studio.client._connection.guild_ready_timeout = READY_SECONDS
        allowed = None if allows_everybody else frozenset[int]()
        await _add_cogs(studio, allowed)
        async with running(studio.client, discord):
            await studio.client.wait_until_ready()
            try:
                yield studio
            finally:
                await finish_work()


def _furnished(discord: Discord, guild: Guild, database: Database, tmp_path: Path) -> Studio:
    jobs, announcements = SqlJobStore(database), SqlAnnouncementStore(database)
    circuits, clips = SqlCircuitStore(database), MemoryClipStore()
    shelf = SlowLibrary(characters=SqlCharacterStore(database), jobs=jobs)
    desk = TrackedDesk(
        jobs=jobs,
        announcements=announcements,
        circuits=circuits,
        servers=SqlServerStore(database),
        ways=ways_over(database),
        clock=SystemClock(),
        rules=DeskRules(DAILY_CAP),
        new_id=an_id,
        new_token=lambda: f"{next(serial):032x}",
        ring=lambda: None,
    )
    return Studio(
        discord=discord,
        client=DramatisClient(tree_cls=Tree, published_file=tmp_path / "published", shards=Shards()),
        desk=desk,
        library=shelf,
        renewals=Renewals(
            library=shelf,
            jobs=jobs,
            circuits=circuits,
            ways=ways_over(database),
            clips=clips,
            clock=SystemClock(),
            daily_cap=DAILY_CAP,
            new_id=an_id,
            new_token=lambda: f"{next(serial):032x}",
            ring=lambda *_: None,
        ),
        moderation=Moderation(
            servers=SqlServerStore(database),
            store=SqlGateStore(database),
            clock=SystemClock(),
            ring=lambda: None,
        ),
        jobs=jobs,
        announcements=announcements,
        circuits=circuits,
        clips=clips,
        picks=SqlPickStore(database),
        guild=guild,
        channel=guild.add_text_channel("studio"),
        mira=guild.add_member("Mira"),
        ola=guild.add_member("Ola", "MANAGE_MESSAGES"),
        tom=guild.add_member("Tom"),
    )


async def _add_cogs(studio: Studio, allowed: frozenset[int] | None) -> None:
    group, clock, desk, client = character_group(), SystemClock(), studio.desk, studio.client
    admin = admin_group()
    ordering = Ordering(
        desk=desk,
        moderation=studio.moderation,
        clock=clock,
        allowed_guilds=allowed,
    )
    new_character = NewCharacter(group, ordering, studio.library)
    clips = MessageClips(ordering, picks=studio.picks, clock=clock, client=client, new_id=an_id)
    asked: dict[str, Any] = {"clock": clock, "allowed_guilds": allowed}
    told: dict[str, Any] = {**asked, "desk": desk, "settled_by": SettledBy.OPERATOR}
    retries = Retries(group, own_user_id=lambda: _own_id(client), **told)
    status = Status(group, moderation=studio.moderation, **told)
    pictures, shelf, renewals = Pictures(studio.clips.whole), studio.library, studio.renewals
    posts = MemoryCharacterPosts(World())
    library_cogs = (
        Library(group, library=shelf, renewals=renewals, pictures=pictures, posts=posts, **asked),
        LibraryChanges(group, library=shelf, moderation=studio.moderation, **asked),
        Refresh(group, renewals=renewals, library=shelf, **asked),
    )
    elsewhere = Elsewhere(desk=desk, renewals=studio.renewals, pictures=pictures, allowed_guilds=allowed)
    offers = Offers(desk=desk, pictures=pictures, allowed_guilds=allowed)
    picturing = Picturing(
        jobs=studio.jobs, clips=studio.clips, editor=FakeEditor(), clock=clock, ring=lambda: None
    )
    choice = PictureChoice(picturing=picturing, allowed_guilds=allowed)
    switchboard = Switchboard(
        {
            key: press
            for cog in (retries, elsewhere, *library_cogs, offers, choice, new_character)
            for key, press in cog.presses.items()
        },
        {**new_character.forms, **clips.forms},
    )
    panel = StartPanel(admin, ordering, client=client)
    for cog in (
        Create(group, ordering),
        new_character,
        clips,
        panel,
        MissedReactions(desk=desk, client=client, allowed_guilds=allowed),
        retries,
        elsewhere,
        status,
        Help(group, desk=studio.desk, moderation=studio.moderation, allowed_guilds=allowed),
        *library_cogs,
        offers,
        choice,
        switchboard,
    ):
        await client.add_cog(cog)
    for command in (group, admin, clips.menu):
        client.tree.add_command(command)
    client.add_dynamic_items(job_buttons(switchboard.press), job_selects(switchboard.press))


def _own_id(client: library.Client) -> int | None:
    return client.user.id if client.user else None
