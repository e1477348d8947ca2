"""Who can be blocked, and for how long, wherever a moderator asks for it."""

from datetime import timedelta

import discord

from bot import model
from bot.jobs.staff.oversight import span_of
from bot.moderation import gates
from bot.moderation.servers import ServerSettings
from bot.refusals.entries import BlockRefused
from cogs import failures, guards
from cogs.texts import moderation as texts

Person = discord.Member | discord.User


def span_chosen(duration: str | None) -> timedelta | None:
    """The length that was chosen; None without one.

    Raises:
        MalformedPayload: none that is offered.
    """
    if duration not in {None, *texts.SPANS}:
        raise failures.MalformedPayload
    return span_of(duration) if duration else None


def held_by(named: Person) -> discord.Permissions | None:
    """What somebody who is named in an option of a command may do, as Discord tells for this very call."""
    return named.resolved_permissions if isinstance(named, discord.Member) else None


def check_blockable(
    member: Person, held: discord.Permissions | None, caller_id: int, settings: ServerSettings
) -> None:
    """Refuses blocks that would do nothing, or that the blocked, who hold `held`, could undo.

    Raises:
        BlockRefused: see there.
    """
    if member.id == caller_id:
        raise BlockRefused("yourself")
    if member.bot:
        raise BlockRefused("bot")
    may_administer = held is not None and guards.oversees(held)
    role_ids = guards.role_ids_of(member)
    named = model.Person(member.id, None, may_administer=may_administer, role_ids=role_ids)
    if gates.administers(settings, named):
        raise BlockRefused("manager")
