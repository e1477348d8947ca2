"""Every sentence of the doctor: what was found is a fact, what to do is something that can be done now."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from bot.command_list import Change, ChangeKind
from bot.errors import ProviderError
from bot.operator.credits import amount

MEGABYTE = 1_000_000
HOUR_SECONDS = 3600
SHOWN = 3
"""Of a list, so that a line stays one."""

# Settings
SECRETS_EXPOSED = "Take the others' right to read away: chmod 600 FILE"
LOUD_LOG = "LOG_LEVEL=DEBUG is for finding a fault; set INFO when it is found."

# Discord
NOT_ASKED = "Discord could not be asked"
TOKEN_REFUSED = "Discord does not accept it"  # noqa: S105 - a sentence
NEW_TOKEN = "Copy DISCORD_TOKEN again from the developer portal: Bot, Reset Token."  # noqa: S105 - a sentence
IS_ONLINE = "Is this machine online, and does it reach Discord? See also https://discordstatus.com"
INTENTS = "guilds and guild_reactions; no privileged one is needed"
INTENTS_OFF = "The bot uses none of them: switch them off in the developer portal, under Bot."
START_PUBLISHES = "The next start of the bot publishes them."
SYNC = "Publish them: python -m bot sync"
CODE_GRANT = "Discord asks for a code grant, so the link adds no bot"
CODE_GRANT_OFF = "Switch off Requires OAuth2 Code Grant in the developer portal, under Bot."
INVITE = "Open the invite link as somebody with Manage Server."
PERMISSIONS = "Open the invite link once more, or give the bot's role these permissions."
LINKS_THERE = "privacy policy and terms are linked"
SET_LINKS = (
    "Discord's terms want them: fill in docs/privacy-policy-template.md and docs/terms-template.md, publish "
    "them, and name their addresses in the developer portal, under General Information."
)

# Provider
KEY_TAKEN = "the provider accepts it"
NEW_KEY = "Copy KIE_API_KEY again from your account at the provider; look at its list of allowed addresses."
RAISE_CAP = "Raise the key's own cap in your account at the provider, or wait until it is counted anew."
EDGE = "Something in front of the provider turns this machine away; is it behind a VPN or a shared address?"
ASK_AGAIN = "Ask again in a minute. If it stays, look at the provider's status page."
TOP_UP = "Top up the account; jobs wait until then."
TOP_UP_SOON = "Top up before it is used up; jobs wait then."
NO_BALANCE = "the provider did not tell it"
MODEL_WAITS = "Jobs wait, nothing is paid, and the bot goes on by itself once the model is back."
MODEL_UNASKED = "the provider did not get as far as the model"
NOTHING_ASSUMED = "nothing without a source"
SEE_KEY = "See the provider key and the balance."

# This machine
CLIPS_WORK = "a clip was stored, read and deleted"
FIRST_START = "nothing there yet; the first start makes it"
CLIPS_BROKEN = "Look at CLIP_STORE_URL, at who owns the folder, and at the room on its disk."
BUCKET_BROKEN = (
    "Look at CLIP_STORE_URL, at the cloud's variables for its endpoint, region and credentials, and at what "
    "these may do there: read, write, list and delete (docs/clip-store.md)."
)
CLIPS_READABLE = "a sample was read back through it"
NO_CLIP_ADDRESS = "CLIP_PUBLIC_BASE_URL is not set, or nothing lies there yet: clips are uploaded"
SEE_CLIPS = "See the clip store."
CLIP_ADDRESS_BROKEN = (
    "Until it is read, clips are uploaded, and ids may lapse. Compare CLIP_PUBLIC_BASE_URL and what "
    "may be read under public/ with docs/clip-store.md."
)
FOLDER_CLOSED = "Give the user that runs the bot the right to write there, or set another place."
DATABASE_OLD = "The next start brings it up to date, after a backup."
DATABASE_NEW = "Run the version that wrote it, or restore a backup: python -m bot restore FROM"
DATABASE_GONE = "Put it back, or restore a backup: python -m bot restore FROM"
DATABASE_BROKEN = "Look at DATABASE_URL. If the file is damaged, restore a backup: python -m bot restore FROM"
SQLITE_UNUSED = "not in use: jobs are in PostgreSQL"
SQLITE_OLD = (
    "Below 3.51.3 a rare fault can damage the file when a second process writes to it or Litestream copies "
    "it. Use a Python that brings a newer SQLite, and keep backups."
)
MAKE_ROOM = "Make room; a clip on its way may take 500 MB, and a full disk stops every job."
NO_BACKUPS = "none are scheduled: set BACKUP_EVERY_HOURS, or run python -m bot backup by a timer"
BACKUPS_LATE = "Does the bot run? Look for backup_failed in its log: it says what stands against it."
INSTALL_CLIENTS = (
    "Without it there is neither a backup nor a copy before an upgrade: install PostgreSQL's client "
    "programs, of the server's version or a newer one. The image has those of version 18."
)
CLOCK_UNTOLD = "the provider did not tell the time"
SET_CLOCK = "Set this machine's clock, and keep it right with NTP (timedatectl set-ntp true)."
FFMPEG_UNKNOWN = "a build without a version number"
FFMPEG_OLD = "It has known holes. Install the locked requirements again: rm .venv/.ready && make setup"

# Callbacks
NO_PUBLIC = "PUBLIC_BASE_URL is not set: tasks are looked at, nobody calls back"
KEY_UNUSED = "KIE_WEBHOOK_HMAC_KEY has no use without PUBLIC_BASE_URL; set both or neither."
START_FIRST = "Start the bot, then ask the doctor again."
NOBODY = "Is the reverse proxy running, does the name lead to it, and is its certificate valid?"
PROXY_ALONE = "The proxy answers and does not reach the bot. Compare it with the examples in deploy/."
NOT_OURS = "Whoever answers there is not this bot: compare the proxy with the examples in deploy/."
KEYS_DIFFER = (
    "Does the running bot have the same settings? Start it again after a change, and look at the clock."
)
FORGERY_TAKEN = "Whoever answers there takes forged callbacks: it is not this bot. Look at PUBLIC_BASE_URL."
UNSIGNED = "Switch on the webhook key in your account at the provider, and set KIE_WEBHOOK_HMAC_KEY."
ROUND_TRIP = "a signed callback came through, a forged one was turned away"

READY = "The bot can do its job."
NOT_READY = "The bot cannot do its job: what failed has to be mended first."


def settings_read(count: int) -> str:
    return f"{count} set, all others at their defaults"


def exposed(files: Iterable[Path]) -> str:
    return f"others on this machine can read {', '.join(map(str, files))}"


def unreachable(address: str, cause: str) -> str:
    return f"no answer at {address} ({cause})"


def logged_in(name: str, application_id: int) -> str:
    return f"{name}, application {application_id}"


def privileged(names: Iterable[str]) -> str:
    return f"switched on and not needed: {', '.join(names)}"


def commands_equal(count: int) -> str:
    return f"{count} published, equal to this version's"


def commands_differ(changes: Sequence[Change]) -> str:
    counts = [f"{sum(one.kind is kind for one in changes)} to {kind}" for kind in ChangeKind]
    named = ", ".join(one.name for one in changes[:SHOWN])
    return f"not this version's: {', '.join(counts)} ({named}{_more(changes)})"


def no_servers(allowed: int | None) -> str:
    return "in no server" if allowed is None else f"in none of the {allowed} allowed servers"


def in_servers(count: int, allowed: int | None) -> str:
    if allowed is None:
        return f"in {count}; every server is allowed"
    return f"in {count} of {allowed} allowed ones"


def not_in(guild_ids: Sequence[int]) -> str:
    return f"not in {', '.join(map(str, guild_ids[:SHOWN]))}{_more(guild_ids)}, which ALLOWED_GUILDS names"


def lacking(servers: Sequence[tuple[str, Sequence[str]]]) -> str:
    named = "; ".join(f"{name} lacks {', '.join(permissions)}" for name, permissions in servers[:SHOWN])
    return f"{named}{_more(servers)}"


def answer(error: ProviderError) -> str:
    """What the provider said, in our word and in its own."""
    own = " ".join(part for part in (error.code, error.text) if part)
    return f"{error.fault.value.replace('_', ' ')}{f': {own}' if own else ''}"


def model_serves(name: str) -> str:
    return f"{name} takes orders"


def of_model(name: str, found: str) -> str:
    return f"{name}: {found}"


def balance_below(left: float, name: str, threshold: float) -> str:
    return f"{balance(left)}, below {name} ({amount(threshold)})"


def assumed(name: str, assumption: str) -> str:
    return f"{name}, without a source: {assumption}"


def balance(left: float) -> str:
    return f"{amount(left)} credits"


def unreadable(cause: str) -> str:
    return f"a sample under it was not read back: {cause}"


def broken_at(key: str, cause: str) -> str:
    return f"{key}: {cause}"


def database(engine: str, revision: str, size_bytes: int) -> str:
    return f"{engine}, at {revision}, {megabytes(size_bytes)}, no damage found"


def revisions(found: str, known: str) -> str:
    return f"at {found}; this version is at {known}"


def gone(path: str) -> str:
    return f"{path} was there before and is not any more"


def version(parts: Iterable[int]) -> str:
    return ".".join(map(str, parts))


def megabytes(count: int) -> str:
    return f"{count / MEGABYTE:,.1f} MB"


def free(folder: Path, free_bytes: int) -> str:
    return f"{megabytes(free_bytes)} free for {folder}"


def closed(folder: Path) -> str:
    return f"{folder} cannot be written to"


def no_backup_yet(folder: Path) -> str:
    return f"none yet in {folder}; the running bot makes one"


def not_here(tool: str) -> str:
    return f"{tool} is not on this machine"


def last_backup(folder: Path, age: timedelta) -> str:
    return f"the last in {folder} is {age.total_seconds() / HOUR_SECONDS:,.0f} h old"


def skewed(skew: timedelta) -> str:
    seconds = skew.total_seconds()
    return f"this clock is {abs(seconds):,.0f} s {'behind' if seconds > 0 else 'ahead of'} the provider's"


def status(base: str, code: int | None, cause: str) -> str:
    return f"{base} answered with HTTP {code}" if code is not None else unreachable(base, cause)


def missing_links(names: Iterable[str]) -> str:
    return f"not named: {' and '.join(names)}"


def _more(things: Sequence[object]) -> str:
    return f" and {len(things) - SHOWN} more" if len(things) > SHOWN else ""
