"""A server: its roles, members and channels, and how the bot hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.discord.channels import ANNOUNCEMENT, FORUM, TEXT, VOICE, GuildChannel
from sandbox.discord.hub import Json
from sandbox.discord.integrations import Integrations
from sandbox.discord.people import Member
from sandbox.discord.permissions import ALL, BITS, EVERYONE, INVITED_BOT, bits_of
from sandbox.discord.threads import Thread
from sandbox.discord.users import Role, User
from sandbox.discord.world import World

ACTIVE_THREADS_LIMIT: Final = 1000  # Discord: Threads, Active and Archived Threads
SETTINGS: Final[Json] = {
    "icon": None, "description": None, "home_header": None, "splash": None, "discovery_splash": None,
    "features": [], "banner": None, "application_id": None, "region": "", "afk_channel_id": None,
    "afk_timeout": 300, "system_channel_id": None, "system_channel_flags": 0, "widget_enabled": False,
    "widget_channel_id": None, "verification_level": 0, "default_message_notifications": 0,
    "mfa_level": 0, "explicit_content_filter": 0, "max_presences": None, "max_members": 500000,
    "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": None,
    "premium_tier": 0, "premium_subscription_count": 0, "rules_channel_id": None,
    "safety_alerts_channel_id": None, "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False, "nsfw": False, "nsfw_level": 0, "emojis": [], "stickers": [],
    "incidents_data": None,
}  # fmt: skip


class Guild:
    """A server the bot was invited to."""

    def __init__(self, world: World, name: str, locale: str = "en-US") -> None:
        self.world = world
        self.id = world.mint.next_guild()
        self.name = name
        self.locale = locale
        self.available = True
        self.has_bot = True
        self.active_threads_limit = ACTIVE_THREADS_LIMIT
        self.everyone = Role(self.id, "@everyone", EVERYONE, position=0)
        self.roles: dict[int, Role] = {self.id: self.everyone}
        self.members: dict[int, Member] = {}
        self.channels: list[GuildChannel] = []
        self.integrations = Integrations()
        self.owner = self._join(world.owner, [])
        bot_role = self._new_role(world.bot.name, INVITED_BOT, managed=True)
        self.bot_member = self._join(world.bot, [bot_role])
        world.guilds[self.id] = self
        world.emit("GUILD_CREATE", self.id, self.create_json(is_new=True))

    def _join(self, user: User, roles: list[Role]) -> Member:
        member = Member(user, self, roles)
        self.members[user.id] = member
        return member

    def _new_role(
        self, name: str, permissions: int, *, managed: bool = False, mentionable: bool = False
    ) -> Role:
        role = Role(self.world.mint.next(), name, permissions, mentionable, managed, len(self.roles))
        self.roles[role.id] = role
        return role

    @property
    def threads(self) -> list[Thread]:
        return [thread for channel in self.channels for thread in channel.threads]

    @property
    def active_threads(self) -> list[Thread]:
        return [thread for thread in self.threads if not thread.archived]

    def permissions_of(self, member: Member) -> int:
        """What a member may do in the server, before any channel changes it."""
        if member.user is self.owner.user:
            return ALL
        permissions = self.everyone.permissions
        for role in member.roles:
            permissions |= role.permissions
        return ALL if permissions & BITS["ADMINISTRATOR"] else permissions

    def add_role(
        self, name: str, permissions: str | Iterable[str] = (), *, mentionable: bool = False
    ) -> Role:
        role = self._new_role(name, bits_of(permissions), mentionable=mentionable)
        self.world.emit("GUILD_ROLE_CREATE", self.id, {"guild_id": str(self.id), "role": role.json()})
        return role

    def change_role(self, role: Role, permissions: str | Iterable[str]) -> None:
        role.permissions = bits_of(permissions)
        self.world.emit("GUILD_ROLE_UPDATE", self.id, {"guild_id": str(self.id), "role": role.json()})

    def delete_role(self, role: Role) -> None:
        """Remove a role from the server and everybody who has it."""
        del self.roles[role.id]
        for member in self.members.values():
            member.roles = [one for one in member.roles if one is not role]
        self.world.emit("GUILD_ROLE_DELETE", self.id, {"guild_id": str(self.id), "role_id": str(role.id)})

    def add_member(
        self,
        name: str,
        permissions: str | Iterable[str] = (),
        *,
        roles: Iterable[Role] = (),
        user: User | None = None,
    ) -> Member:
        """Let somebody join; `permissions` come on top of what everybody may.

        `user` is an account that exists already, such as a member of another server.
        """
        own = [self.add_role(f"{name}'s role", permissions)] if bits_of(permissions) else []
        member = self._join(user or self.world.add_user(name), [*roles, *own])
        self.world.emit("GUILD_MEMBER_ADD", self.id, member.json() | {"guild_id": str(self.id)})
        return member

    def remove_member(self, member: Member) -> None:
        del self.members[member.id]
        payload = {"guild_id": str(self.id), "user": member.user.json()}
        self.world.emit("GUILD_MEMBER_REMOVE", self.id, payload)

    def let_use(self, command: str, target: Member | Role, *, allowed: bool = True) -> None:
        """Somebody who manages the server decides, under Integrations, who may use a command.

        Raises:
            ClientRefused: there is no such command.
        """
        found = self.world.commands.find_top(self.id, command)
        self.integrations.decide(found["id"], target, allowed=allowed)
        (changed,) = self.integrations.json(self.world.application_id, self.id, [found["id"]])
        self.world.emit("APPLICATION_COMMAND_PERMISSIONS_UPDATE", self.id, changed)

    def add_text_channel(self, name: str) -> GuildChannel:
        return self._add_channel(TEXT, name)

    def add_voice_channel(self, name: str) -> GuildChannel:
        return self._add_channel(VOICE, name)

    def add_announcement_channel(self, name: str) -> GuildChannel:
        return self._add_channel(ANNOUNCEMENT, name)

    def add_forum_channel(self, name: str, *, requires_tag: bool = False) -> GuildChannel:
        channel = self._add_channel(FORUM, name)
        channel.requires_tag = requires_tag
        return channel

    def _add_channel(self, kind: int, name: str) -> GuildChannel:
        channel = GuildChannel(self.world, kind, name, self)
        self.channels.append(channel)
        self.world.emit("CHANNEL_CREATE", self.id, channel.json())
        return channel

    def remove_bot(self) -> None:
        """Somebody with Manage Server throws the bot out."""
        self.has_bot = False
        self.world.emit("GUILD_DELETE", self.id, {"id": str(self.id)})
        self.world.record("bot_removed", self.name, "")

    def invite_bot(self) -> None:
        self.has_bot = True
        self.world.emit("GUILD_CREATE", self.id, self.create_json(is_new=True))

    def set_unavailable(self) -> None:
        """An outage: the server vanishes without the bot having been removed."""
        self.available = False
        self.world.emit("GUILD_DELETE", self.id, {"id": str(self.id), "unavailable": True})

    def set_available(self) -> None:
        self.available = True
        self.world.emit("GUILD_CREATE", self.id, self.create_json())

    def json(self) -> Json:
        """Discord's guild object, as the REST route gives it."""
        return SETTINGS | {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "preferred_locale": self.locale,
            "roles": [role.json() for role in self.roles.values()],
        }

    def create_json(self, *, is_new: bool = False) -> Json:
        """What GUILD_CREATE carries: the guild with its channels, visible threads and the bot itself.

        A server the bot was just invited to comes without `unavailable`.
        """
        shape = self.json() | ({} if is_new else {"unavailable": False})
        return shape | {
            "joined_at": self.bot_member.joined_at.isoformat(),
            "large": False,
            "member_count": len(self.members),
            "voice_states": [],
            "members": [self.bot_member.json()],
            "channels": [channel.json() for channel in self.channels],
            "threads": [thread.json() for thread in self.active_threads if thread.is_visible_to_bot()],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
