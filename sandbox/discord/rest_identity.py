"""Routes of the application, its account, servers, their members, and private conversations."""

from typing import Final

from sandbox.discord.access import guild_of, user_of
from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route, snowflake
from sandbox.discord.channels import PrivateChannel
from sandbox.discord.errors import refusal
from sandbox.discord.hub import Json
from sandbox.discord.world import World

GUILDS_LIMIT: Final = 200  # Discord: Get Current User Guilds
VERIFY_KEY: Final = "0" * 64  # nobody checks signatures of HTTP interactions here


def own_account(ask: Ask) -> Answer:
    extra = {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None}
    return Answer(200, ask.world.bot.json() | extra)


def application(ask: Ask) -> Answer:
    return Answer(200, application_json(ask.world))


def application_json(world: World) -> Json:
    """Discord's application object."""
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": world.needs_code_grant,
        "verify_key": VERIFY_KEY,
        "flags": world.flags,
        "flags_new": str(world.flags),
        **_links(world),
        "owner": world.owner.json(),
        "bot": world.bot.json(),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "rpc_origins": [],
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "integration_types_config": {"0": {}},
        "tags": [],
    }


def _links(world: World) -> Json:
    """The addresses that the owner has named; Discord leaves the others out."""
    named = {"terms_of_service_url": world.terms_url, "privacy_policy_url": world.privacy_url}
    return {name: url for name, url in named.items() if url}


def read_user(ask: Ask) -> Answer:
    return Answer(200, user_of(ask).json())


def open_private_channel(ask: Ask) -> Answer:
    """The conversation with a person, made on first use. Closed privacy settings show on sending only."""
    recipient_id = snowflake(ask.fields().get("recipient_id"), "recipient_id")
    user = ask.world.users.get(recipient_id)
    if user is None or user.is_bot:
        raise refusal(50007 if user else 10013)
    channel = ask.world.private_channels.get(user.id) or PrivateChannel(ask.world, user)
    return Answer(200, channel.json())


def read_guild(ask: Ask) -> Answer:
    guild = guild_of(ask)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return Answer(200, guild.json() | (counts if ask.flag("with_counts") else {}))


def list_guilds(ask: Ask) -> Answer:
    """The servers the bot is in, in the short form, by id, in pages."""
    limit = ask.page_limit(GUILDS_LIMIT, GUILDS_LIMIT)
    after = snowflake(ask.query.get("after", 0), "after")
    found = sorted(one for one, guild in ask.world.guilds.items() if guild.has_bot and one > after)
    if "before" in ask.query:
        before = snowflake(ask.query["before"], "before")
        page = [one for one in found if one < before][-limit:]
    else:
        page = found[:limit]
    guilds = [ask.world.guilds[one] for one in page]
    return Answer(200, [_short(one.json(), one.permissions_of(one.bot_member)) for one in guilds])


def _short(guild: Json, permissions: int) -> Json:
    kept = {name: guild[name] for name in ("id", "name", "icon", "banner", "features")}
    return kept | {"owner": False, "permissions": str(permissions)}


def list_channels(ask: Ask) -> Answer:
    return Answer(200, [channel.json() for channel in guild_of(ask).channels])


def list_roles(ask: Ask) -> Answer:
    return Answer(200, [role.json() for role in guild_of(ask).roles.values()])


def list_members(ask: Ask) -> Answer:
    """Needs the members intent; without it the door is closed, as on Discord."""
    guild = guild_of(ask)
    if not ask.world.members_are_readable:
        raise refusal(50001)
    after = snowflake(ask.query.get("after", 0), "after")
    limit = int(ask.query.get("limit", 1))
    found = sorted((one for one in guild.members.values() if one.id > after), key=lambda one: one.id)
    return Answer(200, [one.json() for one in found[:limit]])


def read_member(ask: Ask) -> Answer:
    """One member; this needs no intent."""
    guild = guild_of(ask)
    member = guild.members.get(ask.number("user_id"))
    if member is None:
        raise refusal(10007 if ask.number("user_id") in ask.world.users else 10013)
    return Answer(200, member.json())


def leave_guild(ask: Ask) -> Answer:
    """Discord: Leave Guild."""
    guild_of(ask).remove_bot()
    return NO_CONTENT


ROUTES: Final = (
    Route("GET", "/users/@me", own_account),
    Route("GET", "/users/@me/guilds", list_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
    Route("POST", "/users/@me/channels", open_private_channel),
    Route("GET", "/users/{user_id}", read_user),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    Route("GET", "/guilds/{guild_id}", read_guild),
    Route("GET", "/guilds/{guild_id}/channels", list_channels),
    Route("GET", "/guilds/{guild_id}/roles", list_roles),
    Route("GET", "/guilds/{guild_id}/members", list_members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", read_member),
)
