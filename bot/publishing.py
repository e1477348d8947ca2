"""Publishing the commands by hand: what Discord has is looked at first."""

from dataclasses import dataclass

import discord

from bot.assembly.observer import observer
from bot.command_list import Change
from bot.refusals.starts import OperatorGuildClosed, PublishingRefused
from bot.settings import Settings

__all__ = ["OperatorGuildClosed", "Published", "PublishingRefused", "sync"]


@dataclass(frozen=True, slots=True)
class Published:
    """`changes` between what Discord had and our `count` commands, and whether they were made."""

    count: int
    changes: tuple[Change, ...]
    made: bool


async def sync(settings: Settings, *, dry_run: bool) -> Published:
    """Publishes our commands where Discord has others; with `dry_run`, only looks.

    Raises:
        TokenRefused, DiscordUnreachable: Discord does not take the token, or does not answer.
        PublishingRefused: it does not take the commands, or does not tell which it has.
        OperatorGuildClosed: it took all but those of the operator's server.
    """
    async with observer(settings) as client:
        count = len(client.command_payloads()) + len(client.operator_payloads())
        try:
            differing = await client.differences()
            made = bool(differing) and not dry_run
            if made and not await client.publish():
                raise OperatorGuildClosed(settings.operator_guild)
        except discord.HTTPException as error:
            raise PublishingRefused(error.status, error.text) from None
    return Published(count, differing, made=made)
