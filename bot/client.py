"""The connection to Discord: intents, what is cached, and when the commands are published."""

import asyncio
import hashlib
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands, shard
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.gateway_pace import HOUR_SECONDS, SHORTEST_SECONDS, ReconnectBackoff, session_pause_seconds
from bot.refused_starts import DiscordUnreachable, TokenRefused

RATE_LIMIT_SECONDS = 60.0
"""A 429 that asks for more is an error at once, so that no sender hangs for ever."""

IDENTIFY_PATIENCE_SECONDS = 45.0
"""discord.py gives a connection 60 seconds until its session has begun."""

HANDLER_TASKS = ("CommandTree-invoker", "discord-ui", "discord.py: on_")
"""How discord.py 2.7 names the tasks that run commands, presses and listeners."""
HANDLER_SECONDS = 3.0
"""An interaction has to be answered within three seconds, so no handler has reason to take longer."""

log = structlog.get_logger(__name__)


def intents() -> discord.Intents:
    """The two that are needed, neither privileged: servers with their channels, and reactions there."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_reactions = True
    return wanted


@dataclass(frozen=True, slots=True)
class Shards:
    """Which part of the servers this process serves; None lets Discord advise."""

    count: int | None = None
    ids: tuple[int, ...] | None = None


class DramatisClient(commands.AutoShardedBot):
    """The gateway client. It keeps no messages and no members; the cogs bring all behaviour."""

    def __init__(
        self,
        *,
        tree_cls: type[app_commands.CommandTree],
        published_file: Path,
        shards: Shards,
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=tree_cls,
            help_command=None,
            intents=intents(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            max_ratelimit_timeout=RATE_LIMIT_SECONDS,
            http_trace=trace,  # type: ignore[arg-type]  # None is its default
            shard_count=shards.count,
            shard_ids=list(shards.ids) if shards.ids else None,  # type: ignore[arg-type]  # None is its default
        )
        self._published_file = published_file
        self._sessions: defaultdict[int | None, deque[float]] = defaultdict(deque)  # monotonic, by shard

    async def setup_hook(self) -> None:
        shard.ExponentialBackoff = ReconnectBackoff  # type: ignore[attr-defined, assignment]  # the only way to it
        await self._find_gateway()
        await self.publish_commands()

    async def _find_gateway(self) -> None:
        """Asks Discord where its gateway is, for every connection to come.

        discord.py 2.7.1 goes to an address of its own with a set number of shards and after a lost session,
        past the HTTP proxy or the sandbox that stands in between.
        """
        _, address, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)

    async def publish_commands(self) -> bool:
        """Publishes the command tree if it is not the one that was published last; True when it did."""
        if not self.will_publish:
            log.info("commands_unchanged")
            return False
        await self.publish()
        return True

    @property
    def will_publish(self) -> bool:
        """Whether the commands are others than those that were published last from this data folder."""
        published = self._published_file
        return not published.exists() or published.read_bytes() != self._digest().encode()

    async def publish(self) -> None:
        """Publishes the command tree, and notes it where there is a data folder already."""
        published = await self.tree.sync()
        if self._published_file.parent.is_dir():
            self._published_file.write_text(self._digest(), "ascii")
        log.info("commands_published", count=len(published))

    def command_payloads(self) -> list[dict[str, Any]]:
        """The commands as they are sent to Discord."""
        return [item.to_dict(self.tree) for item in self.tree.get_commands()]

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Puts pauses between a shard's sessions that grow while they keep breaking.

        Raises:
            TimeoutError: not yet; discord.py, which waits for a minute in all, then comes again.
        """
        now, begun = time.monotonic(), self._sessions[shard_id]
        while begun and now - begun[0] >= HOUR_SECONDS:
            begun.popleft()
        if begun and not initial:
            await self._sit_out(shard_id, begun[-1] + session_pause_seconds(len(begun)) - now)
        elif not initial:
            await asyncio.sleep(SHORTEST_SECONDS)
        begun.append(time.monotonic())

    async def _sit_out(self, shard_id: int | None, seconds: float) -> None:
        if seconds > SHORTEST_SECONDS:
            log.error("sessions_keep_breaking", shard_id=shard_id, pause_seconds=round(seconds))
        await asyncio.sleep(min(max(seconds, SHORTEST_SECONDS), IDENTIFY_PATIENCE_SECONDS))
        if seconds > IDENTIFY_PATIENCE_SECONDS:
            raise TimeoutError

    async def close(self) -> None:
        """Lets the commands and presses in hand finish: discord.py would close under them."""
        running = tuple(task for task in asyncio.all_tasks() if task.get_name().startswith(HANDLER_TASKS))
        if running:
            await asyncio.wait(running, timeout=HANDLER_SECONDS)
        # discord.py 2.7.1 cannot close what was never logged in, and there is nothing to close then.
        if isinstance(self.loop, asyncio.AbstractEventLoop):
            await super().close()

    async def on_ready(self) -> None:
        """Fires again after every new session, so it only tells."""
        log.info("connected", servers=len(self.guilds), shards=self.shard_count)

    async def on_message(self, _message: discord.Message) -> None:
        """There are no prefix commands: a mention is not an order."""

    def _digest(self) -> str:
        payload = {"application": self.application_id, "tree": self.command_payloads()}
        return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def log_in(client: DramatisClient, token: str, address: str) -> None:
    """From here on Discord, at `address`, can be called; a `DramatisClient` publishes its commands with it.

    Raises:
        TokenRefused: Discord does not take the token.
        DiscordUnreachable: it does not answer, or not in working order.
    """
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise TokenRefused from None
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise DiscordUnreachable(address, type(error).__name__) from None
    except discord.DiscordServerError as error:
        raise DiscordUnreachable(address, f"HTTP {error.status}") from None
