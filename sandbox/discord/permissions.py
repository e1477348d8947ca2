"""Discord's permission bits and the computation of what somebody may do in a channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# Discord: Permissions, Bitwise Permission Flags. Position of each bit.
_POSITIONS: Final[Mapping[str, int]] = {
    "CREATE_INSTANT_INVITE": 0, "KICK_MEMBERS": 1, "BAN_MEMBERS": 2, "ADMINISTRATOR": 3,
    "MANAGE_CHANNELS": 4, "MANAGE_GUILD": 5, "ADD_REACTIONS": 6, "VIEW_AUDIT_LOG": 7,
    "PRIORITY_SPEAKER": 8, "STREAM": 9, "VIEW_CHANNEL": 10, "SEND_MESSAGES": 11,
    "SEND_TTS_MESSAGES": 12, "MANAGE_MESSAGES": 13, "EMBED_LINKS": 14, "ATTACH_FILES": 15,
    "READ_MESSAGE_HISTORY": 16, "MENTION_EVERYONE": 17, "USE_EXTERNAL_EMOJIS": 18,
    "VIEW_GUILD_INSIGHTS": 19, "CONNECT": 20, "SPEAK": 21, "MUTE_MEMBERS": 22, "DEAFEN_MEMBERS": 23,
    "MOVE_MEMBERS": 24, "USE_VAD": 25, "CHANGE_NICKNAME": 26, "MANAGE_NICKNAMES": 27,
    "MANAGE_ROLES": 28, "MANAGE_WEBHOOKS": 29, "MANAGE_GUILD_EXPRESSIONS": 30,
    "USE_APPLICATION_COMMANDS": 31, "REQUEST_TO_SPEAK": 32, "MANAGE_EVENTS": 33, "MANAGE_THREADS": 34,
    "CREATE_PUBLIC_THREADS": 35, "CREATE_PRIVATE_THREADS": 36, "USE_EXTERNAL_STICKERS": 37,
    "SEND_MESSAGES_IN_THREADS": 38, "USE_EMBEDDED_ACTIVITIES": 39, "MODERATE_MEMBERS": 40,
    "VIEW_CREATOR_MONETIZATION_ANALYTICS": 41, "USE_SOUNDBOARD": 42, "CREATE_GUILD_EXPRESSIONS": 43,
    "CREATE_EVENTS": 44, "USE_EXTERNAL_SOUNDS": 45, "SEND_VOICE_MESSAGES": 46, "SEND_POLLS": 49,
    "USE_EXTERNAL_APPS": 50, "PIN_MESSAGES": 51, "BYPASS_SLOWMODE": 52,
}  # fmt: skip
BITS: Final[Mapping[str, int]] = {name: 1 << position for name, position in _POSITIONS.items()}
ALL: Final[int] = sum(BITS.values())


def bits_of(names: str | Iterable[str] | int) -> int:
    """The bits of permission names spelt as in Discord's documentation.

    Raises:
        KeyError: a name Discord does not know.
    """
    if isinstance(names, int):
        return names
    listed = [names] if isinstance(names, str) else names
    return sum({BITS[name.upper()] for name in listed})


# What a new server grants to everybody.
EVERYONE: Final[int] = bits_of((
    "VIEW_CHANNEL", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS",
    "CREATE_PRIVATE_THREADS", "EMBED_LINKS", "ATTACH_FILES", "READ_MESSAGE_HISTORY", "ADD_REACTIONS",
    "USE_APPLICATION_COMMANDS", "CONNECT", "SPEAK", "CHANGE_NICKNAME", "USE_EXTERNAL_EMOJIS",
))  # fmt: skip
# What the invite link of the bot asks for.
INVITED_BOT: Final[int] = bits_of((
    "VIEW_CHANNEL", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS", "EMBED_LINKS",
    "ATTACH_FILES", "READ_MESSAGE_HISTORY", "ADD_REACTIONS",
))  # fmt: skip
# In a private conversation there are no roles; these always hold.
PRIVATE_CONVERSATION: Final[int] = bits_of((
    "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES", "READ_MESSAGE_HISTORY",
    "ADD_REACTIONS", "MENTION_EVERYONE", "USE_EXTERNAL_EMOJIS", "USE_APPLICATION_COMMANDS",
))  # fmt: skip


@dataclass(slots=True)
class Overwrite:
    """What a channel takes from, or adds to, one role or member."""

    target_id: int
    is_member: bool
    allow: int = 0
    deny: int = 0

    def change(self, *, allow: int = 0, deny: int = 0) -> None:
        self.allow = (self.allow | allow) & ~deny
        self.deny = (self.deny | deny) & ~allow


def effective(
    base: int, overwrites: Iterable[Overwrite], *, everyone_id: int, role_ids: Iterable[int], member_id: int
) -> int:
    """Permissions in a channel, from those in the server. Discord: Permissions, Permission Overwrites."""
    if base & BITS["ADMINISTRATOR"]:
        return ALL
    listed = {(entry.target_id, entry.is_member): entry for entry in overwrites}
    everyone = listed.get((everyone_id, False))
    roles = [entry for role_id in role_ids if (entry := listed.get((role_id, False)))]
    allowed_by_roles = denied_by_roles = 0
    for entry in roles:
        allowed_by_roles |= entry.allow
        denied_by_roles |= entry.deny
    own = listed.get((member_id, True))
    for deny, allow in (
        (everyone.deny, everyone.allow) if everyone else (0, 0),
        (denied_by_roles, allowed_by_roles),
        (own.deny, own.allow) if own else (0, 0),
    ):
        base = (base & ~deny) | allow
    return base


def holds(permissions: int, *names: str) -> bool:
    """Whether all the named permissions are there."""
    wanted = bits_of(names)
    return permissions & wanted == wanted
