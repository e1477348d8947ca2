"""Threads: who is in them, whether they are open, and how the bot hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sandbox.discord.channels import PRIVATE_THREAD, Channel, GuildChannel
from sandbox.discord.hub import Json
from sandbox.discord.permissions import bits_of
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.people import Member

DEFAULT_AUTO_ARCHIVE_MINUTES: Final = 4320


class Thread(Channel):
    """A thread, or a post of a forum."""

    guild: Guild

    def __init__(self, parent: GuildChannel, thread_id: int, kind: int, name: str, owner: User) -> None:
        super().__init__(parent.world, thread_id, kind, name, parent.guild)
        self.guild = parent.guild
        self.parent = parent
        self.owner = owner
        self.created_at = self.world.clock.now()
        self.archived_at = self.created_at  # Discord: when the archive state last changed
        self.archived = False
        self.locked = False
        self.invitable = True
        self.auto_archive_minutes = DEFAULT_AUTO_ARCHIVE_MINUTES
        self.applied_tags: list[str] = []
        self.joined: dict[int, datetime] = {}  # user id -> since when
        parent.threads.append(self)

    @property
    def place(self) -> str:
        return f"{self.parent.place} › {self.name}"

    @property
    def is_private(self) -> bool:
        return self.kind == PRIVATE_THREAD

    def permissions_of(self, member: Member | None) -> int:
        return self.parent.permissions_of(member)

    def is_visible_to_bot(self) -> bool:
        """Private threads show themselves to their members and to holders of Manage Threads."""
        if not self.parent.is_visible_to_bot():
            return False
        manages = self.bot_permissions() & bits_of("MANAGE_THREADS")
        return not self.is_private or self.world.bot.id in self.joined or bool(manages)

    def member_json(self, user_id: int) -> Json:
        """Discord's thread member object."""
        joined = self.joined[user_id].isoformat()
        return {"id": str(self.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}

    def json(self) -> Json:
        """Discord's thread object; `member` is there when the bot has joined."""
        shape = super().json() | {
            "parent_id": str(self.parent.id),
            "owner_id": str(self.owner.id),
            "message_count": len(self.messages),
            "member_count": len(self.joined),
            "total_message_sent": len(self.by_id),
            "rate_limit_per_user": 0,
            "thread_metadata": self._metadata(),
        }
        if self.world.bot.id in self.joined:
            shape["member"] = self.member_json(self.world.bot.id)
        return shape

    def _metadata(self) -> Json:
        shape: Json = {
            "archived": self.archived,
            "archive_timestamp": self.archived_at.isoformat(),
            "auto_archive_duration": self.auto_archive_minutes,
            "locked": self.locked,
            "create_timestamp": self.created_at.isoformat(),
        }
        return shape | ({"invitable": self.invitable} if self.is_private else {})

    def announce(self) -> None:
        """Tell the bot that the thread was made."""
        if self.is_visible_to_bot():
            self.world.emit("THREAD_CREATE", self.guild_id, self.json() | {"newly_created": True})
        self.world.record("thread", self.place, self.owner.name, self.name)

    def join(self, users: Iterable[User]) -> None:
        """Add people who are not in it yet."""
        new = [user for user in users if user.id not in self.joined]
        could_see = self.is_visible_to_bot()
        for user in new:
            self.joined[user.id] = self.world.clock.now()
        if self.world.bot in new and not could_see:
            self.world.emit("THREAD_CREATE", self.guild_id, self.json())
        self._emit_members(added=new)

    def leave(self, user: User) -> None:
        if self.joined.pop(user.id, None):
            self._emit_members(removed=[user])

    def _emit_members(self, added: Iterable[User] = (), removed: Iterable[User] = ()) -> None:
        changed = [*added, *removed]
        if not changed:
            return
        payload: Json = {"id": str(self.id), "guild_id": str(self.guild_id), "member_count": len(self.joined)}
        payload["added_members"] = [self.member_json(user.id) for user in added]
        payload["removed_member_ids"] = [str(user.id) for user in removed]
        if self.world.bot in changed:
            self.world.emit("THREAD_MEMBERS_UPDATE", self.guild_id, payload)

    def archive(self) -> None:
        self.change(archived=True)

    def unarchive(self) -> None:
        self.change(archived=False)

    def lock(self) -> None:
        self.change(locked=True)

    def unlock(self) -> None:
        self.change(locked=False)

    def change(
        self, *, archived: bool | None = None, locked: bool | None = None, name: str | None = None
    ) -> None:
        """Change what is given and tell the bot."""
        if archived is not None and archived != self.archived:
            self.archived = archived
            self.archived_at = self.world.clock.now()
        self.locked = self.locked if locked is None else locked
        self.name = self.name if name is None else name
        if self.is_visible_to_bot():
            self.world.emit("THREAD_UPDATE", self.guild_id, self.json())
        state = [word for word, holds in (("archived", self.archived), ("locked", self.locked)) if holds]
        self.world.record("thread_update", self.place, "", ", ".join(state))

    def _emit_deleted(self) -> None:
        keys = ("id", "guild_id", "parent_id", "type")
        shape = self.json()
        self.world.emit("THREAD_DELETE", self.guild_id, {key: shape[key] for key in keys})

    def delete(self) -> None:
        """Delete the thread; a message it grew from stays."""
        if self in self.parent.threads:
            self.parent.threads.remove(self)
        starter = self.parent.by_id.get(self.id)
        if starter is not None:
            starter.thread = None
        super().delete()
