"""Turning what a person does into an INTERACTION_CREATE event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.hub import Json
from sandbox.discord.messages import Message
from sandbox.discord.shapes import message_json
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.people import Member

ATTACHMENT_LIMIT_BYTES: Final = 10 * 1024 * 1024  # Discord: Reference, Uploading Files; the default


def open_call(
    user: User,
    channel: Channel,
    kind: int,
    arguments: Json,
    *,
    label: str,
    message: Message | None = None,
    triggered_by: Call | None = None,
) -> Call:
    """Send an interaction to the bot, on behalf of a person in a channel."""
    world = channel.world
    member = channel.guild.members.get(user.id) if channel.guild else None
    call = Call(world, world.mint.next(), kind, user, member, channel, label, message, triggered_by)
    world.record("call", channel.place, user.name, label)
    world.emit("INTERACTION_CREATE", channel.guild_id, _payload(call, arguments))
    return call


def _payload(call: Call, arguments: Json) -> Json:
    world, channel = call.world, call.channel
    guild = channel.guild
    payload: Json = {
        "id": str(call.id),
        "application_id": str(world.application_id),
        "type": call.kind,
        "data": arguments,
        "channel": channel.json() | {"permissions": str(channel.permissions_of(call.member))},
        "channel_id": str(channel.id),
        "token": call.token,
        "version": 1,
        "app_permissions": str(channel.bot_permissions()),
        "locale": call.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
        "context": 0 if guild else 1,
        "attachment_size_limit": ATTACHMENT_LIMIT_BYTES,
    }
    if guild is not None:
        payload["guild_id"] = str(guild.id)
        payload["guild_locale"] = guild.locale
        payload["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
    payload |= _caller(call.user, call.member, channel)
    return payload | ({"message": message_json(call.message)} if call.message else {})


def _caller(user: User, member: Member | None, channel: Channel) -> Json:
    if member is None:
        return {"user": user.json()}
    return {"member": member.json() | {"permissions": str(channel.permissions_of(member))}}
