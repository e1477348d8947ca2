"""Facts from Discord, from the provider, and from our own public address. Nothing is ordered or published."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from secrets import token_hex
from typing import Any

import aiohttp
import discord

from bot.assembly.engine import (
    kie_client,
    providers_of,
)
from bot.assembly.observer import Observer, observer
from bot.doctor.facts import Application, DiscordFacts, Membership, ProviderFacts, RoundTrip
from bot.errors import ProviderError
from bot.ports import Clock, Provider
from bot.providers.kie.wire.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of
from bot.refusals.starts import DiscordUnreachable, TokenRefused
from bot.settings import Settings
from bot.web.callbacks import PATH, doctor_token

DISCORD_SECONDS = 40.0
"""The library tries an answer that is not usable five times by itself."""
SHORT = aiohttp.ClientTimeout(total=10)
SERVERS_AT_ONCE = 200
"""Discord: Get Current User Guilds."""
AGENT = {"User-Agent": "Dramatis/doctor (+self-hosted Discord bot)"}


async def ask_discord(settings: Settings) -> DiscordFacts | TokenRefused | DiscordUnreachable:
    address = settings.discord_api_base_url
    try:
        async with asyncio.timeout(DISCORD_SECONDS), observer(settings) as client:
            return await _discord_facts(client)
    except (TokenRefused, DiscordUnreachable) as refusal:
        return refusal
    except discord.HTTPException as error:
        return DiscordUnreachable(address, f"HTTP {error.status}")
    except (aiohttp.ClientError, OSError) as error:  # asyncio's TimeoutError is an OSError
        return DiscordUnreachable(address, type(error).__name__)


async def _discord_facts(client: Observer) -> DiscordFacts:
    about = client.application
    if about is None or client.application_id is None:  # pragma: no cover - logged in, it is known
        raise TokenRefused
    return DiscordFacts(
        application=Application(
            application_id=about.id,
            name=about.name,
            flags=about.flags.value,
            needs_code_grant=about.bot_require_code_grant,
            privacy_url=about.privacy_policy_url,
            terms_url=about.terms_of_service_url,
        ),
        servers=tuple(await _servers(client)),
        published=len(client.command_payloads()) + len(client.operator_payloads()),
        changes=await client.differences(),
        will_publish=client.will_publish,
    )


async def _servers(client: Observer) -> list[Membership]:
    found: list[Membership] = []
    page: list[Any] = []
    while not found or len(page) == SERVERS_AT_ONCE:
        after = found[-1].guild_id if found else None
        page = await client.http.get_guilds(SERVERS_AT_ONCE, after=after, with_counts=False)
        found += [Membership(int(one["id"]), one["name"], int(one["permissions"])) for one in page]
        if not page:
            break
    return found


async def ask_provider(settings: Settings, clock: Clock) -> ProviderFacts:
    """The free questions: the balance, an empty order to each model, and the time."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        providers = providers_of(settings, session)
        balance: float | ProviderError
        try:
            balance = await kie_client(settings, session).credit()
        except ProviderError as error:
            balance = error
        return ProviderFacts(
            credits=balance,
            models={name: await _probe(providers[name]) for name in settings.providers},
            assumed={name: providers[name].capabilities.assumed for name in settings.providers},
            skew=await _skew(session, settings.kie_api_base_url, clock),
        )


async def _probe(provider: Provider) -> ProviderError | None:
    try:
        await provider.probe()
    except ProviderError as error:
        return error
    return None


async def _skew(session: aiohttp.ClientSession, address: str, clock: Clock) -> timedelta | None:
    """How far the clock behind an address is ahead of ours, by the Date of its answer (RFC 9110 6.6.1)."""
    before = clock.now()
    try:
        async with session.get(address, timeout=SHORT, headers=AGENT, allow_redirects=False) as response:
            told = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return None
    return told.replace(tzinfo=told.tzinfo or UTC) - (before + (clock.now() - before) / 2)


async def call_ourselves(settings: Settings, clock: Clock) -> RoundTrip | None:
    """Two callbacks by way of our public address, one genuine and one forged; None where we have none."""
    base = settings.public_base_url
    if base is None:
        return None
    url = base + PATH.format(token=doctor_token(settings.kie_api_key.get_secret_value()))
    keys = settings.signature_keys
    async with aiohttp.ClientSession(timeout=SHORT, cookie_jar=aiohttp.DummyCookieJar()) as session:
        listening = await _listens(session, settings)
        try:
            genuine = await _call(session, url, keys[0] if keys else None, clock.now())
            forged = await _call(session, url, token_hex(), clock.now())
        except (aiohttp.ClientError, OSError) as error:
            return RoundTrip(None, None, type(error).__name__, listening)
    return RoundTrip(genuine, forged, "", listening)


async def _call(session: aiohttp.ClientSession, url: str, key: str | None, now: datetime) -> int:
    task_id, timestamp = token_hex(8), str(int(now.timestamp()))
    headers = dict(AGENT)
    if key is not None:
        signature = signature_of(key, f"{task_id}.{timestamp}".encode()).decode()
        headers |= {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
    body = {"data": {"taskId": task_id}}
    async with session.post(url, json=body, headers=headers, allow_redirects=False) as response:
        return response.status


async def _listens(session: aiohttp.ClientSession, settings: Settings) -> bool | None:
    if settings.web_port == 0:
        return None
    try:
        async with session.get(f"{settings.own_address}/healthz") as response:
            return response.ok
    except (aiohttp.ClientError, OSError):
        return False
