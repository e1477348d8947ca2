"""The connection to Discord: intents, what is cached, and when the commands are published."""

import asyncio
import hashlib
import json
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, nan
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands, shard
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.command_list import Change, changes
from bot.gateway_pace import HOUR_SECONDS, SHORTEST_SECONDS, ReconnectBackoff, session_pause_seconds
from bot.operator.operating import Gateway, Owners
from bot.refusals.starts import DiscordUnreachable, TokenRefused

RATE_LIMIT_SECONDS = 60.0
"""A 429 that asks for more is an error at once, so that no sender hangs for ever."""

IDENTIFY_PATIENCE_SECONDS = 45.0
"""discord.py gives a connection 60 seconds until its session has begun."""

HANDLER_TASKS = ("CommandTree-invoker", "discord-ui", "discord.py: on_")
"""How discord.py 2.7 names the tasks that run commands, presses and listeners."""
HANDLER_SECONDS = 3.0
"""An interaction has to be answered within three seconds, so no handler has reason to take longer."""

READ_ONLY = discord.TeamMemberRole.read_only
"""May look at the application and change nothing (Discord: Teams)."""

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
        operator_guild: int | None = None,
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
        self._operator_guild = discord.Object(operator_guild) if operator_guild else None
        self._last_event_at: datetime | None = None
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

    async def publish(self) -> bool:
        """Publishes the commands, and notes it where there is a data folder already.

        False where the operator's server does not take its own: then they are published anew by every start,
        for the bot may have been invited there meanwhile.
        """
        published = await self.tree.sync()
        log.info("commands_published", count=len(published))
        whole = await self._publish_to_operator()
        if whole and self._published_file.parent.is_dir():
            self._published_file.write_text(self._digest(), "ascii")
        return whole

    async def _publish_to_operator(self) -> bool:
        """The operator's own commands go to one server; where they were before, they are taken away."""
        await self._take_back_from(self._earlier_guild())
        guild = self._operator_guild
        if guild is None:
            return True
        try:
            await self.tree.sync(guild=guild)
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("operator_guild_closed", guild_id=guild.id, cause=str(error))
            return False
        if self._guild_file.parent.is_dir():
            self._guild_file.write_text(str(guild.id), "ascii")
        return True

    async def _take_back_from(self, guild_id: int | None) -> None:
        if guild_id is None or (self._operator_guild and guild_id == self._operator_guild.id):
            return
        # Where the bot is no member any more, nobody sees the commands either.
        with suppress(discord.Forbidden, discord.NotFound):
            await self.http.bulk_upsert_guild_commands(self.application_id or 0, guild_id, [])
        self._guild_file.unlink(missing_ok=True)

    @property
    def _guild_file(self) -> Path:
        return self._published_file.with_name(f"{self._published_file.name}.operator")

    def _earlier_guild(self) -> int | None:
        """The server that the operator's commands were last published to from this data folder."""
        noted = self._guild_file.read_text("ascii") if self._guild_file.exists() else ""
        return int(noted) if noted.isdigit() else None

    def command_payloads(self) -> list[dict[str, Any]]:
        """The commands as they are sent to Discord, for everybody."""
        return [item.to_dict(self.tree) for item in self.tree.get_commands()]

    def operator_payloads(self) -> list[dict[str, Any]]:
        """Those for the operator's server, if there is one."""
        guild = self._operator_guild
        return [item.to_dict(self.tree) for item in self.tree.get_commands(guild=guild)] if guild else []

    async def differences(self) -> tuple[Change, ...]:
        """What publishing would change at Discord; of a server that the bot cannot look into, everything."""
        application_id, guild = self.application_id or 0, self._operator_guild
        found = changes(self.command_payloads(), await self.http.get_global_commands(application_id))
        if guild is None:
            return found
        try:
            there: Sequence[Any] = await self.http.get_guild_commands(application_id, guild.id)
        except (discord.Forbidden, discord.NotFound):
            there = ()
        return found + changes(self.operator_payloads(), there)

    async def owners(self) -> Owners:
        """Whom the application belongs to now, read anew: its owner, or who may change it in its team."""
        about = await self.application_info()
        joined = discord.TeamMembershipState.accepted
        members = about.team.members if about.team else ()
        in_team = [one.id for one in members if one.membership_state is joined and one.role is not READ_ONLY]
        return Owners(frozenset(in_team or [about.owner.id]), bool(about.privacy_policy_url))

    def gateway(self) -> Gateway:
        """How the connection to Discord stands."""
        open_shards = [one for one in self.shards.values() if not one.is_closed()]
        latency = self.latency if open_shards else nan
        return Gateway(
            latency_seconds=latency if isfinite(latency) else None,
            last_event_at=self._last_event_at,
            shards=len(self.shards),
            shards_connected=len(open_shards),
        )

    async def on_socket_event_type(self, _event_type: str) -> None:
        self._last_event_at = discord.utils.utcnow()

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
        payload: dict[str, Any] = {"application": self.application_id, "tree": self.command_payloads()}
        if self._operator_guild is not None:
            payload |= {"operator_guild": self._operator_guild.id, "operator_tree": self.operator_payloads()}
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
