"""The yardstick: the plainest program that does the job, as most open-source bots of this kind are built.

One asyncio task per job, a look at the provider every three seconds, everything in memory, nothing stored,
no budget for submissions. Run as `python -m benchmarks.baseline FILE`, the file holding one
order a line, as JSON.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

POLL_SECONDS = 3.0
MODEL = "sora-2-characters"


class Plain(discord.Client):
    """Follows every order it was given from the moment it is logged in."""

    def __init__(self, orders: list[dict[str, Any]]) -> None:
        super().__init__(intents=discord.Intents.default())
        self._orders = orders
        self._session: aiohttp.ClientSession | None = None
        self._following: list[asyncio.Task[None]] = []

    async def setup_hook(self) -> None:
        _, address, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
        self._session = session = aiohttp.ClientSession(
            os.environ["KIE_API_BASE_URL"],
            headers={"Authorization": f"Bearer {os.environ['KIE_API_KEY']}", "User-Agent": "Plain/1.0"},
        )
        self._following = [asyncio.create_task(self._follow(session, order)) for order in self._orders]

    async def _follow(self, session: aiohttp.ClientSession, order: dict[str, Any]) -> None:
        task_id = order.get("task_id") or await self._submit(session, order)
        while True:
            async with session.get("/api/v1/jobs/recordInfo", params={"taskId": task_id}) as response:
                record = (await response.json(content_type=None))["data"]
            if record["state"] == "success":
                break
            await asyncio.sleep(POLL_SECONDS)
        character_id = json.loads(record["resultJson"])["character_id"]
        thread = self.get_partial_messageable(order["thread_id"])
        await thread.send(f"<@{order['owner_id']}> your character is ready: `{character_id}`")

    async def _submit(self, session: aiohttp.ClientSession, order: dict[str, Any]) -> str:
        """Submits until the provider takes it: whoever is refused waits as long as between two looks."""
        body = {
            "model": MODEL,
            "input": {"character_file_url": [order["clip_url"]], "character_prompt": "somebody new"},
        }
        while True:
            async with session.post("/api/v1/jobs/createTask", json=body) as response:
                answer = await response.json(content_type=None)
            if answer["code"] == 200:
                return str(answer["data"]["taskId"])
            await asyncio.sleep(POLL_SECONDS)


def main() -> None:
    """Runs until it is killed."""
    Route.BASE = os.environ["DISCORD_API_BASE_URL"]
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    orders = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    Plain(orders).run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
