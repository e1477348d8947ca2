"""What was found out about everything the bot needs. An answer that did not come is kept as its error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.command_list import Change
from bot.errors import ClipMissing, ClipStoreUnavailable, ProviderError
from bot.providers.published import AddressUnusable
from bot.refusals.starts import DiscordUnreachable, TokenRefused
from bot.settings import Settings
from storage.checkup import Examined
from storage.errors import StorageError

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """Discord's application object, as far as it matters here. `flags` as Discord has them."""

    application_id: int
    name: str
    flags: int
    needs_code_grant: bool
    privacy_url: str | None
    terms_url: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A server the bot is in, and what its roles allow it there, as a permissions integer."""

    guild_id: int
    name: str
    permissions: int


@dataclass(frozen=True, slots=True)
class DiscordFacts:
    """There are `published` commands of ours, and `changes` is what publishing them would do.

    `will_publish` says that the next start publishes them by itself.
    """

    application: Application
    servers: tuple[Membership, ...]
    published: int
    changes: tuple[Change, ...]
    will_publish: bool


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """`credits` is the balance; `models` by provider, None where an order would be taken.

    `assumed` is what each builds upon without a source; `skew` is how far the provider's clock is ahead of
    ours, None where nobody told the time.
    """

    credits: float | ProviderError
    models: Mapping[str, ProviderError | None]
    skew: timedelta | None
    assumed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotYet:
    """A folder that the first start makes; whether it can be made there."""

    folder: Path
    makeable: bool


ClipStoreFacts = NotYet | ClipMissing | ClipStoreUnavailable | None
"""None when a clip was stored, read and deleted again."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """There is no such address, or nothing to read behind it yet."""


ClipAddressFacts = NotAsked | AddressUnusable | ClipMissing | ClipStoreUnavailable | None
"""None when what was laid out was read back through the public address, and deleted again."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is free where a folder of ours is, or will be, and whether we may write there."""

    folder: Path
    free_bytes: int
    writable: bool


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Two callbacks sent to our own public address: the HTTP status of each, None where nobody answered.

    `genuine` is signed with the newest key, or unsigned where there is none; `forged` with no key of ours.
    `listening` says whether the bot answers on its own port on this machine; None where that is not known.
    """

    genuine: int | None
    forged: int | None
    cause: str = ""
    listening: bool | None = None


@dataclass(frozen=True, slots=True)
class Backups:
    """`age` of the last one in `folder`, None where there is none; `every` None where none is scheduled.

    `missing` names the program that a database on a server is backed up with, where it is not here.
    """

    folder: Path
    every: timedelta | None
    age: timedelta | None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is judged. `database` is None where nothing was made yet."""

    settings: Settings
    exposed_secrets: tuple[Path, ...]
    discord: DiscordFacts | TokenRefused | DiscordUnreachable
    provider: ProviderFacts
    clip_store: ClipStoreFacts
    clip_address: ClipAddressFacts
    database: Examined | StorageError | None
    rooms: tuple[Room, ...]
    backups: Backups
    sqlite_version: Version
    ffmpeg_version: Version
    round_trip: RoundTrip | None
