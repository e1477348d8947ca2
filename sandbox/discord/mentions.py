"""Who is notified by a message. Discord: Message, Allowed Mentions Object."""

import re
from dataclasses import dataclass
from typing import Final

from sandbox.discord.channels import Channel
from sandbox.discord.hub import Json
from sandbox.discord.messages import Message
from sandbox.discord.permissions import holds
from sandbox.discord.users import User

CODE: Final = re.compile(r"```.*?```|``.+?``|`[^`\n]+`", re.DOTALL)
USER_MENTION: Final = re.compile(r"<@!?(\d+)>")
ROLE_MENTION: Final = re.compile(r"<@&(\d+)>")
EVERYONE_MENTION: Final = re.compile(r"@(everyone|here)\b")
EVERY_KIND: Final = ("users", "roles", "everyone")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What the mentions in a message come to."""

    user_ids: tuple[int, ...] = ()  # named in the text or replied to, and allowed
    pinged: frozenset[int] = frozenset()  # notified: these, and members of mentioned roles or everyone
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    parse: tuple[str, ...]
    users: frozenset[int]
    roles: frozenset[int]
    replied_user: bool

    def takes_user(self, user_id: int) -> bool:
        return "users" in self.parse or user_id in self.users

    def takes_role(self, role_id: int) -> bool:
        return "roles" in self.parse or role_id in self.roles


def _rule(allowed: Json | None) -> _Rule:
    if allowed is None:
        return _Rule(EVERY_KIND, frozenset(), frozenset(), replied_user=True)
    return _Rule(
        tuple(allowed.get("parse") or ()),
        frozenset(int(one) for one in allowed.get("users") or ()),
        frozenset(int(one) for one in allowed.get("roles") or ()),
        bool(allowed.get("replied_user")),
    )


def mentions_in(
    channel: Channel, author: User, text: str, allowed: Json | None, replied_to: Message | None
) -> Mentions:
    """Apply `allowed_mentions` to the mentions in a text; those inside code do not count.

    Only people who can see the channel are notified, and roles and everyone only as far as the author may.
    """
    rule = _rule(allowed)
    bare = CODE.sub(" ", text)
    named = [int(one) for one in USER_MENTION.findall(bare) if rule.takes_user(int(one))]
    if replied_to is not None and rule.replied_user and replied_to.author is not author:
        named.append(replied_to.author_id)
    named = list(dict.fromkeys(one for one in named if one in channel.world.users))
    wide, everyone = _wide(channel, author, bare, rule)
    pinged = {one for one in {*named, *wide} if one != author.id and _sees(channel, one)}
    return Mentions(tuple(named), frozenset(pinged), everyone)


def _wide(channel: Channel, author: User, bare: str, rule: _Rule) -> tuple[set[int], bool]:
    """Members reached through roles or everyone, and whether everyone was."""
    guild = channel.guild
    if guild is None:
        return set(), False
    may_all = holds(channel.permissions_of(guild.members.get(author.id)), "MENTION_EVERYONE")
    found: set[int] = set()
    for role_id in {int(one) for one in ROLE_MENTION.findall(bare)} & set(guild.roles):
        role = guild.roles[role_id]
        if rule.takes_role(role_id) and (role.mentionable or may_all):
            found |= {member.id for member in guild.members.values() if role in member.roles}
    everyone = may_all and "everyone" in rule.parse and bool(EVERYONE_MENTION.search(bare))
    return (found | set(guild.members) if everyone else found), everyone


def _sees(channel: Channel, user_id: int) -> bool:
    if channel.guild is None:
        return True
    member = channel.guild.members.get(user_id)
    return member is not None and holds(channel.permissions_of(member), "VIEW_CHANNEL")
