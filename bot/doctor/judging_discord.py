"""What Discord's answers mean. Pure."""

from collections.abc import Iterator

from bot.doctor import sentences as s
from bot.doctor.facts import Application, DiscordFacts, Membership
from bot.doctor.lines import Check, Line, State
from bot.invite import PERMISSION_BITS, invite_link
from bot.refusals.starts import DiscordUnreachable, TokenRefused
from bot.settings import Settings

PRIVILEGED = {"Presence": 0b11 << 12, "Server Members": 0b11 << 14, "Message Content": 0b11 << 18}
"""Discord: Application Flags; each has two, for applications in many servers and in few."""
ADMINISTRATOR = 1 << 3
"""Discord: Bitwise Permission Flags. Whoever has it has all."""
ASKED = (Check.INTENTS, Check.COMMANDS, Check.INVITE, Check.SERVERS, Check.LINKS)


def lines(settings: Settings, found: DiscordFacts | TokenRefused | DiscordUnreachable) -> Iterator[Line]:
    match found:
        case DiscordFacts():
            yield from _answers(settings, found)
            return
        case TokenRefused():
            yield Line(Check.TOKEN, State.FAILED, s.TOKEN_REFUSED, s.NEW_TOKEN)
        case DiscordUnreachable(address=address, cause=cause):
            yield Line(Check.TOKEN, State.FAILED, s.unreachable(address, cause), s.IS_ONLINE)
    for check in ASKED:
        yield Line(check, State.SKIPPED, s.NOT_ASKED)


def _answers(settings: Settings, found: DiscordFacts) -> Iterator[Line]:
    application = found.application
    yield Line(Check.TOKEN, State.OK, s.logged_in(application.name, application.application_id))
    yield intents(application)
    yield commands(found)
    yield invite(application)
    yield servers(settings.guild_ids, found.servers)
    yield links(application)


def intents(application: Application) -> Line:
    switched_on = [name for name, bits in PRIVILEGED.items() if application.flags & bits]
    if switched_on:
        return Line(Check.INTENTS, State.WARNING, s.privileged(switched_on), s.INTENTS_OFF)
    return Line(Check.INTENTS, State.OK, s.INTENTS)


def commands(found: DiscordFacts) -> Line:
    """Members can order nothing without them; the next start mends what it can see by itself."""
    if not found.changes:
        return Line(Check.COMMANDS, State.OK, s.commands_equal(found.published))
    told = s.commands_differ(found.changes)
    if found.will_publish:
        return Line(Check.COMMANDS, State.WARNING, told, s.START_PUBLISHES)
    return Line(Check.COMMANDS, State.FAILED, told, s.SYNC)


def invite(application: Application) -> Line:
    if application.needs_code_grant:
        return Line(Check.INVITE, State.FAILED, s.CODE_GRANT, s.CODE_GRANT_OFF)
    return Line(Check.INVITE, State.OK, invite_link(application.application_id))


def servers(allowed: frozenset[int] | None, joined: tuple[Membership, ...]) -> Line:
    serving = [one for one in joined if allowed is None or one.guild_id in allowed]
    count = None if allowed is None else len(allowed)
    if not serving:
        state = State.WARNING if allowed is None else State.FAILED
        return Line(Check.SERVERS, state, s.no_servers(count), s.INVITE)
    absent = sorted((allowed or frozenset()) - {one.guild_id for one in serving})
    if absent:
        return Line(Check.SERVERS, State.WARNING, s.not_in(absent), s.INVITE)
    lacking = [(one.name, names) for one in serving if (names := _lacking(one.permissions))]
    if lacking:
        return Line(Check.SERVERS, State.WARNING, s.lacking(lacking), s.PERMISSIONS)
    return Line(Check.SERVERS, State.OK, s.in_servers(len(serving), count))


def _lacking(permissions: int) -> list[str]:
    """What the invite link asks for and the bot's roles do not give; a channel may differ from that."""
    if permissions & ADMINISTRATOR:
        return []
    return [name.replace("_", " ") for name, bit in PERMISSION_BITS.items() if not permissions >> bit & 1]


def links(application: Application) -> Line:
    wanted = {"privacy policy": application.privacy_url, "terms": application.terms_url}
    missing = [name for name, url in wanted.items() if not url]
    if missing:
        return Line(Check.LINKS, State.WARNING, s.missing_links(missing), s.SET_LINKS)
    return Line(Check.LINKS, State.OK, s.LINKS_THERE)
