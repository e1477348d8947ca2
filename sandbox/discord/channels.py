"""Places where messages stand: server channels, threads and private conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sandbox.discord.hub import Json
from sandbox.discord.messages import LOADING, Message
from sandbox.discord.permissions import PRIVATE_CONVERSATION, Overwrite, bits_of, effective
from sandbox.discord.shapes import message_json
from sandbox.discord.users import User
from sandbox.discord.world import World

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.people import Member
    from sandbox.discord.threads import Thread

TEXT: Final = 0
PRIVATE: Final = 1
VOICE: Final = 2
ANNOUNCEMENT: Final = 5
ANNOUNCEMENT_THREAD: Final = 10
PUBLIC_THREAD: Final = 11
PRIVATE_THREAD: Final = 12
FORUM: Final = 15
THREADS: Final = (ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD)
DEFAULT_WAIT_SECONDS: Final = 20.0


class Channel:
    """Any place that holds messages."""

    def __init__(self, world: World, channel_id: int, kind: int, name: str, guild: Guild | None) -> None:
        self.world = world
        self.id = channel_id
        self.kind = kind
        self.name = name
        self.guild = guild
        self.deleted = False
        self.messages: list[Message] = []  # what everybody in it can see, oldest first
        self.by_id: dict[int, Message] = {}  # these and the ephemeral ones, deleted ones too
        world.channels[channel_id] = self

    @property
    def place(self) -> str:
        """How a transcript names it."""
        return f"#{self.name}"

    @property
    def guild_id(self) -> int | None:
        return self.guild.id if self.guild else None

    def permissions_of(self, member: Member | None) -> int:
        """What a member may do here; in private conversations the same for everybody."""
        del member
        return PRIVATE_CONVERSATION

    def bot_permissions(self) -> int:
        return self.permissions_of(self.guild.bot_member if self.guild else None)

    def is_visible_to_bot(self) -> bool:
        return True

    def json(self) -> Json:
        """Discord's channel object."""
        last = str(self.messages[-1].id) if self.messages else None
        shape: Json = {"id": str(self.id), "type": self.kind, "flags": 0, "last_message_id": last}
        if self.guild:
            shape |= {"guild_id": str(self.guild.id), "name": self.name}
        return shape

    def find(self, message_id: int) -> Message | None:
        """A message of this place that was not deleted, ephemeral ones included."""
        message = self.by_id.get(message_id)
        return None if message is None or message.deleted else message

    def add_message(self, message: Message) -> None:
        """Show a new message and tell those connected."""
        self.by_id[message.id] = message
        if not message.ephemeral:
            self.messages.append(message)
            self._emit_message("MESSAGE_CREATE", message)
        kind = "thinking" if message.loading else "ephemeral" if message.ephemeral else "message"
        self.world.record(kind, self.place, message.author.name, message.text, message.version)

    def tell_update(self, message: Message) -> None:
        """Tell those connected that something about a message is different."""
        if not message.ephemeral:
            self._emit_message("MESSAGE_UPDATE", message)

    def message_edited(self, message: Message) -> None:
        """Tell of a new version, and note it in the transcript."""
        self.tell_update(message)
        was_loading = bool(message.history) and bool(message.history[-1].flags & LOADING)
        kind = "edit" if not was_loading else "ephemeral" if message.ephemeral else "message"
        self.world.record(kind, self.place, message.author.name, message.text, message.version)

    def remove_message(self, message: Message) -> None:
        """Delete a message; its thread stays, as on Discord."""
        if message.deleted:
            return
        message.deleted = True
        if message in self.messages:
            self.messages.remove(message)
            payload = {"id": str(message.id), "channel_id": str(self.id)}
            payload |= {"guild_id": str(self.guild_id)} if self.guild else {}
            self.world.emit("MESSAGE_DELETE", self.guild_id, payload)
        self.world.record("delete", self.place, message.author.name, message.text, message.version)

    def _emit_message(self, name: str, message: Message) -> None:
        if not self.is_visible_to_bot():
            return

        def build(*, content_is_readable: bool) -> Json:
            shape = message_json(message, content_is_readable=content_is_readable)
            if self.guild:
                shape["guild_id"] = str(self.guild.id)
                member = self.guild.members.get(message.author_id)
                shape |= {"member": member.json(with_user=False)} if member else {}
            return shape

        self.world.emit(name, self.guild_id, build)

    async def wait_for_message(
        self, matching: Callable[[Message], bool], timeout_seconds: float = DEFAULT_WAIT_SECONDS
    ) -> Message:
        """The newest message here that matches; one that is already there counts, and so does an edited one.

        Raises:
            TimeoutError: with the texts that are there instead.
        """

        def probe() -> Message | None:
            return next((one for one in reversed(self.messages) if matching(one)), None)

        return await self.world.until(probe, timeout_seconds, self._told)

    def _told(self) -> str:
        texts = [message.text for message in self.messages]
        return f"no such message in {self.place} among {len(texts)}: {texts}"

    def delete(self) -> None:
        """Delete the whole place."""
        self.deleted = True
        self.world.channels.pop(self.id, None)
        self._emit_deleted()
        self.world.record("channel_delete", self.place, "")

    def _emit_deleted(self) -> None:
        self.world.emit("CHANNEL_DELETE", self.guild_id, self.json())


class GuildChannel(Channel):
    """A channel of a server, with its own permissions."""

    guild: Guild

    def __init__(self, world: World, kind: int, name: str, guild: Guild) -> None:
        super().__init__(world, world.mint.next(), kind, name, guild)
        self.guild = guild
        self.overwrites: list[Overwrite] = []
        self.threads: list[Thread] = []
        self.requires_tag = False
        self.tags: list[Json] = []
        self.nsfw = False

    def add_tag(self, name: str, *, moderated: bool = False) -> int:
        """A tag for posts of a forum; a moderated one takes Manage Threads."""
        tag_id = self.world.mint.next()
        tag: Json = {"id": str(tag_id), "name": name, "moderated": moderated}
        self.tags.append(tag | {"emoji_id": None, "emoji_name": None})
        return tag_id

    def permissions_of(self, member: Member | None) -> int:
        if member is None:
            return 0
        return effective(
            self.guild.permissions_of(member),
            self.overwrites,
            everyone_id=self.guild.id,
            role_ids=[role.id for role in member.roles],
            member_id=member.id,
        )

    def is_visible_to_bot(self) -> bool:
        return bool(self.bot_permissions() & bits_of("VIEW_CHANNEL"))

    def deny_bot(self, *names: str) -> None:
        """Take permissions from the bot in this channel and its threads."""
        self.overwrite_for(self.world.bot.id, deny=bits_of(names))

    def allow_bot(self, *names: str) -> None:
        self.overwrite_for(self.world.bot.id, allow=bits_of(names))

    def deny_everyone(self, *names: str) -> None:
        self.overwrite_for(self.guild.id, is_member=False, deny=bits_of(names))

    def overwrite_for(self, target_id: int, *, is_member: bool = True, allow: int = 0, deny: int = 0) -> None:
        """Change what one member or role may do here."""
        found = [one for one in self.overwrites if (one.target_id, one.is_member) == (target_id, is_member)]
        entry = found[0] if found else Overwrite(target_id, is_member)
        if not found:
            self.overwrites.append(entry)
        entry.change(allow=allow, deny=deny)
        self.world.emit("CHANNEL_UPDATE", self.guild_id, self.json())

    def json(self) -> Json:
        """Discord's channel object."""
        overwrites = [
            {
                "id": str(one.target_id),
                "type": int(one.is_member),
                "allow": str(one.allow),
                "deny": str(one.deny),
            }
            for one in self.overwrites
        ]
        shape = super().json() | {
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "permission_overwrites": overwrites,
            "parent_id": None,
            "nsfw": self.nsfw,
            "rate_limit_per_user": 0,
            "topic": None,
        }
        if self.kind == VOICE:
            shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if self.kind == FORUM:
            shape |= {"available_tags": self.tags, "flags": 1 << 4 if self.requires_tag else 0}
        return shape

    async def wait_for_thread(
        self,
        timeout_seconds: float = DEFAULT_WAIT_SECONDS,
        matching: Callable[[Thread], bool] = lambda _: True,
    ) -> Thread:
        """The newest thread under this channel that matches; one that is already there counts."""

        def probe() -> Thread | None:
            return next((one for one in reversed(self.threads) if matching(one)), None)

        names = [thread.name for thread in self.threads]
        return await self.world.until(
            probe, timeout_seconds, lambda: f"no such thread in {self.place}: {names}"
        )

    def delete(self) -> None:
        """Delete the channel and, without further events, its threads."""
        if self in self.guild.channels:
            self.guild.channels.remove(self)
        for thread in self.threads:
            thread.deleted = True
            self.world.channels.pop(thread.id, None)
        super().delete()


class PrivateChannel(Channel):
    """The conversation between the bot and one person."""

    def __init__(self, world: World, recipient: User) -> None:
        super().__init__(world, world.mint.next(), PRIVATE, recipient.name, None)
        self.recipient = recipient
        world.private_channels[recipient.id] = self

    @property
    def place(self) -> str:
        return f"DM with {self.recipient.name}"

    def json(self) -> Json:
        """Discord's channel object."""
        return super().json() | {"recipients": [self.recipient.json()]}
