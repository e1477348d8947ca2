"""Publishing the commands by hand: what Discord has is looked at first."""

from dataclasses import dataclass

import discord

from bot.command_list import Change, changes
from bot.observer import observer
from bot.refused_starts import PublishingRefused
from bot.settings import Settings

__all__ = ["Published", "PublishingRefused", "sync"]


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
    """
    async with observer(settings) as client:
        ours = client.command_payloads()
        try:
            there = await client.http.get_global_commands(client.application_id or 0)
            differing = changes(ours, there)
            if differing and not dry_run:
                await client.publish()
        except discord.HTTPException as error:
            raise PublishingRefused(error.status, error.text) from None
    return Published(len(ours), differing, made=bool(differing) and not dry_run)
