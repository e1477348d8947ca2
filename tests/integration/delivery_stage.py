"""A server, the announcer with a client that is logged in and nothing more, and jobs to tell about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import discord as library
from discord.http import Route

from bot.model import AttemptState, InteractionTicket, MessageRef, Place, PlaceKind, Story, Visibility
from bot.notices import JOB_WIDE_NOTICES, Announcement, NoticeKind, NoticeState, SettledBy, nonce_of
from bot.ports import Delivered, Parked
from cogs import cards
from cogs.controls import cancel
from cogs.delivery.refusals import Refusals
from cogs.delivery.thread_replies import ThreadReplies
from cogs.pictures import Pictures
from sandbox.discord.calls import COMMAND, Call
from sandbox.discord.channels import ANNOUNCEMENT, PRIVATE, TEXT, VOICE, Channel, GuildChannel
from sandbox.discord.guilds import Guild
from sandbox.discord.invoke import open_call
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.server import DEFAULT_TOKEN, Discord, open_discord
from sandbox.discord.threads import Thread
from tests.builders import NOON, a_character
from tests.fakes.clips import MemoryClipStore
from tests.fakes.clock import FixedClock
from tests.fakes.departures import MemoryDepartureStore
from tests.fakes.servers import MemoryServerStore
from tests.fakes.takedowns import MemoryCharacterPosts
from tests.fakes.world import World
from tests.integration.discord_addresses import pointed_at
from tests.unit.cards_reader import a_story

_S = AttemptState
KINDS = {
    TEXT: PlaceKind.TEXT,
    ANNOUNCEMENT: PlaceKind.ANNOUNCEMENT,
    VOICE: PlaceKind.VOICE,
    PRIVATE: PlaceKind.DM,
}
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
EPHEMERAL = library.MessageFlags(ephemeral=True).value

serial = count(1)


@dataclass(slots=True)
class Stage:
    """`mira` owns the jobs; `channel` is where she called the command unless a test says otherwise."""

    discord: Discord
    client: library.Client
    replies: ThreadReplies
    servers: MemoryServerStore
    departures: MemoryDepartureStore
    posts: MemoryCharacterPosts
    guild: Guild
    channel: GuildChannel
    mira: Member
    clips: MemoryClipStore
    clock: FixedClock = field(default_factory=FixedClock)

    async def job(self, channel: Channel | None = None, /, **facts: Any) -> Story:
        """A story whose card is shown, and whose thread is open where there can be one."""
        story = await self.carded(channel, **facts)
        place = story.job.order.place
        if not place.can_open_thread or story.job.order.visibility is Visibility.PRIVATE:
            return story
        return after(story, await self.deliver(NoticeKind.THREAD, story))

    async def carded(self, channel: Channel | None = None, /, **facts: Any) -> Story:
        """A story whose card is shown."""
        story = self.told_of(channel, **facts)
        view = cards.progress_card(story, self.clock.now())
        channel_id = story.job.order.place.channel_id
        sent = await self.client.get_partial_messageable(channel_id).send(view=view)
        return replace(story, job=replace(story.job, card=MessageRef(channel_id, sent.id)))

    def told_of(self, channel: Channel | None = None, /, **facts: Any) -> Story:
        """A story without any message yet."""
        place = place_of(channel or self.channel)
        return a_story(**{"place": place, "owner_id": self.mira.id, "state": _S.WAITING} | facts)

    async def succeeded(self, channel: Channel | None = None, /, **facts: Any) -> Story:
        character = a_character(provider_character_id="char_7Qk2f9", name="Fen")
        return await self.job(channel, state=_S.SUCCEEDED, character=character, **facts)

    async def failed(self, channel: Channel | None = None, /, **facts: Any) -> Story:
        return await self.job(channel, state=_S.FAILED, **facts)

    async def deliver(
        self, kind: NoticeKind, story: Story, /, announcement: Announcement | None = None, **changes: Any
    ) -> Delivered | Parked:
        told = replace(announcement or self.announcement(kind, story), **changes)
        return await self.replies.deliver(told, story)

    def announcement(self, kind: NoticeKind, story: Story, **changes: Any) -> Announcement:
        number = 0 if kind in JOB_WIDE_NOTICES else story.attempt.number
        now = self.clock.now()
        defaults: dict[str, Any] = {
            "announcement_id": next(serial),
            "job_id": story.job.job_id,
            "attempt_number": number,
            "kind": kind,
            "nonce": nonce_of(story.job.job_id, number, kind),
            "state": NoticeState.PENDING,
            "due_at": now,
            "created_at": now,
        }
        return Announcement(**defaults | changes)

    async def answered_call(
        self, channel: Channel | None = None, /, *, ephemeral: bool = False, job_id: str = ""
    ) -> Call:
        """A command of Mira's that was answered with some message, which may name a job."""
        call = open_call(self.mira.user, channel or self.channel, COMMAND, {}, label="/character create")
        button = {"type": 2, "style": 2, "label": "Cancel", "custom_id": cancel(job_id).custom_id}
        rows = [{"type": 1, "components": [button]}] if job_id else []
        answer = {"content": "answered", "flags": EPHEMERAL if ephemeral else 0, "components": rows}
        payload = {"type": 4, "data": answer}
        route = Route("POST", CALLBACK, interaction_id=call.id, interaction_token=call.token)
        await self.client.http.request(route, json=payload)
        return call

    def ticket(self, call: Call) -> InteractionTicket:
        return InteractionTicket(call.id, self.discord.world.application_id, call.token)

    def message(self, ref: MessageRef | None) -> Message:
        assert ref is not None
        return self.discord.world.channels[ref.channel_id].by_id[ref.message_id]

    def card(self, story: Story) -> Message:
        return self.message(story.job.card)

    def thread(self, story: Story) -> Thread:
        assert story.job.thread_id is not None
        found = self.discord.world.channels[story.job.thread_id]
        assert isinstance(found, Thread)
        return found

    def messages(self) -> list[Message]:
        """Everything that everybody can see, everywhere."""
        places = self.discord.world.channels.values()
        return [message for place in places for message in place.messages]


def after(story: Story, outcome: Delivered | Parked) -> Story:
    """The story as it stands once the outcome has been stored."""
    assert isinstance(outcome, Delivered)
    job = story.job
    card, thread_id = outcome.card or job.card, outcome.thread_id or job.thread_id
    return replace(story, job=replace(job, card=card, thread_id=thread_id))


def place_of(channel: Channel) -> Place:
    kind = PlaceKind.THREAD if isinstance(channel, Thread) else KINDS[channel.kind]
    return Place(channel.guild_id, channel.id, kind)


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    clock, clips = FixedClock(NOON), MemoryClipStore()
    client = library.Client(
        intents=library.Intents(guilds=True),
        max_ratelimit_timeout=30.0,
        allowed_mentions=library.AllowedMentions.none(),
    )
    async with open_discord() as discord, client:
        with pointed_at(discord):
            await client.login(DEFAULT_TOKEN)
            world = World()
            servers, posts = MemoryServerStore(world), MemoryCharacterPosts(world)
            guild, departures = discord.add_guild("Studio"), MemoryDepartureStore(world)
            yield Stage(
                discord=discord,
                client=client,
                replies=ThreadReplies(
                    client,
                    clock,
                    pictures=Pictures(clips.whole),
                    settled_by=SettledBy.OPERATOR,
                    refusals=Refusals(clock),
                    servers=servers,
                    departures=departures,
                    posts=posts,
                ),
                servers=servers,
                departures=departures,
                posts=posts,
                guild=guild,
                channel=guild.add_text_channel("studio"),
                mira=guild.add_member("Mira"),
                clock=clock,
                clips=clips,
            )
