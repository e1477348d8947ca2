"""How soon fifty members are answered who attach 10 MB clips at once, and what the bot holds meanwhile."""

import asyncio
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import MEGA, quantile, resident_bytes
from sandbox.bot_run import BotRun
from sandbox.box import open_sandbox
from sandbox.clips import evening_clip
from sandbox.discord.calls import Call
from sandbox.discord.channels import Channel
from sandbox.discord.files import AttachmentFile
from sandbox.discord.guilds import Guild
from sandbox.discord.people import Member

MEMBERS = 50
CLIP_BYTES = 10_000_000
"""The largest clip that is accepted."""
ANSWER_LIMIT_SECONDS = 3.0
"""Discord: Receiving and Responding to Interactions."""
RESULT_LIMIT_SECONDS = 300.0
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Burst:
    """What one burst showed. Seconds from command to first response; bytes of the bot's own process."""

    response_seconds: tuple[float, ...]
    idle_bytes: int
    peak_bytes: int
    finished: int


def padded(clip: bytes, size_bytes: int) -> bytes:
    """The MP4 with a `free` box at its end that makes it that large (ISO 14496-12: to be skipped)."""
    spare = size_bytes - len(clip)
    return clip + struct.pack(">I4s", spare, b"free") + bytes(spare - 8)


async def measure() -> Burst:
    """One burst against the sandbox: the bot in a process of its own, both on this machine's cores."""
    clip = padded(evening_clip(), CLIP_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        async with open_sandbox(seconds_to_success=0.5) as box:
            guild = box.discord.add_guild("Studio")
            channel = guild.add_text_channel("studio")
            members = [guild.add_member(f"Member {number}") for number in range(MEMBERS)]
            bot = BotRun(box.environment(Path(folder) / "data"), Path(folder), box.discord)
            try:
                await bot.start()
                return await _burst(bot, guild, channel, members, clip)
            finally:
                await bot.close()


async def _burst(
    bot: BotRun, guild: Guild, channel: Channel, members: Sequence[Member], clip: bytes
) -> Burst:
    idle = resident_bytes(bot.pid)
    samples = [idle]
    sampler = asyncio.create_task(_sample(bot.pid, samples))
    calls = await asyncio.gather(*(_command(member, channel, clip) for member in members))
    responses = await asyncio.gather(*(call.first_response(ANSWER_LIMIT_SECONDS) for call in calls))
    await channel.world.until(
        lambda: True if _results(guild) >= MEMBERS else None,
        RESULT_LIMIT_SECONDS,
        lambda: f"{_results(guild)} of {MEMBERS} results",
    )
    sampler.cancel()
    return Burst(
        response_seconds=tuple(response.elapsed_seconds for response in responses),
        idle_bytes=idle,
        peak_bytes=max(samples),
        finished=_results(guild),
    )


async def _command(member: Member, channel: Channel, clip: bytes) -> Call:
    return await member.run_command(
        channel,
        "character create",
        clip=AttachmentFile("clip.mp4", clip),
        subject="fictional",
        prompt=f"somebody new, by {member.name}",
    )


def _results(guild: Guild) -> int:
    return sum("character ID" in message.text for thread in guild.threads for message in thread.messages)


async def _sample(pid: int, samples: list[int]) -> None:
    while True:
        samples.append(resident_bytes(pid))
        await asyncio.sleep(SAMPLE_SECONDS)


def report(burst: Burst) -> list[str]:
    """Lines to print."""
    slowest = quantile(burst.response_seconds, 0.99)
    share = slowest / ANSWER_LIMIT_SECONDS
    clips = MEMBERS * CLIP_BYTES / MEGA
    return [
        f"{MEMBERS} commands at once, each with a clip of {CLIP_BYTES:,} bytes",
        f"  first response, median:          {median(burst.response_seconds) * 1000:.0f} ms",
        f"  first response, 99th percentile: {slowest * 1000:.0f} ms, {share:.0%} of Discord's limit",
        f"  the bot's own memory, idle:      {burst.idle_bytes / MEGA:.0f} MB",
        f"  the bot's own memory, at most:   {burst.peak_bytes / MEGA:.0f} MB, for {clips:.0f} MB of clips",
        f"  ended with a character:          {burst.finished} of {MEMBERS}",
    ]
