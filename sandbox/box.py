"""Both servers together, and the environment that points a bot at them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.server import DEFAULT_TOKEN, Discord, open_discord
from sandbox.kie.server import Kie, Ports, open_kie

DEFAULT_KEY = "sandbox-key"
POLL_SECONDS = "0.2,0.2,0.5"  # a local provider finishes in seconds; the real schedule would only wait


@dataclass(frozen=True, slots=True)
class Box:
    """A running sandbox."""

    discord: Discord
    kie: Kie
    token: str
    api_key: str
    webhook_key: str | None

    def environment(self, data_dir: Path | str) -> dict[str, str]:
        """The settings of a bot that is to talk to this sandbox and keep its files in `data_dir`."""
        settings = {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_BASE_URL": self.discord.api_base_url,
            "DISCORD_CDN_HOSTS": self.discord.cdn_host,
            "ALLOWED_GUILDS": "*",
            "KIE_API_KEY": self.api_key,
            "KIE_API_BASE_URL": self.kie.api_base_url,
            "KIE_UPLOAD_BASE_URL": self.kie.upload_base_url,
            "POLL_SCHEDULE": POLL_SECONDS,
            "DATA_DIR": str(data_dir),
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": "0",
        }
        return settings | ({"KIE_WEBHOOK_HMAC_KEY": self.webhook_key} if self.webhook_key else {})


@asynccontextmanager
async def open_sandbox(
    openapi_path: Path | None = None,
    token: str = DEFAULT_TOKEN,
    *,
    api_key: str = DEFAULT_KEY,
    webhook_key: str | None = None,
    seconds_to_success: float = 1.0,
    shards: int = 1,
    discord_port: int = 0,
    kie_ports: Ports | None = None,
) -> AsyncIterator[Box]:
    """A local Discord and a local provider on loopback for as long as the block lasts.

    With `openapi_path`, every request of the bot is checked against Discord's OpenAPI document.
    """
    async with (
        open_discord(openapi_path, token, port=discord_port, shards=shards) as discord,
        open_kie(api_key, webhook_key, seconds_to_success, ports=kie_ports) as kie,
    ):
        yield Box(discord, kie, token, api_key, webhook_key)
