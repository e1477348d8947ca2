"""From the environment to values: everything is read once, and all faults are told at once."""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.ports import Rate

SNOWFLAKE = re.compile(r"[1-9][0-9]{16,19}")
RATE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})s")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
PRINTABLE = re.compile(r"[!-~]+")
PLACEHOLDER = re.compile(r"(?i)change.?me|your[-_ ].*|xxx+|<.*>|todo|placeholder")
SECRETS = ("DISCORD_TOKEN", "KIE_API_KEY", "DATABASE_URL")
"""Never shown, and also read from the file that NAME_FILE names."""
SECRET_FILE_LIMIT_BYTES = 64 * 1024
KNOWN_PROVIDERS = ("kie-sora-2-characters",)
LATER = ("KIE_WEBHOOK_HMAC_KEY", "PUBLIC_BASE_URL", "CLIP_PUBLIC_BASE_URL")
"""Names of the contract that this version does not act on; setting them must not pass in silence."""
OUR_NAME = re.compile(
    r"(ALLOWED|CLIP|DAILY|DATABASE|DATA|DISCORD|KIE|LOG|POLL|PROVIDERS?|PUBLIC|SHARD|WEB)_?.*"
)
"""What an unknown name must begin like to be taken for a slip of the pen."""
SHORTEST_POLL_SECONDS = 0.1
DAY_SECONDS = 86_400.0
EXCERPT_LIMIT = 80
CLOSE_ENOUGH = 0.8
"""Similarity (0 to 1) from which an unknown name counts as a slip of the pen."""


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One thing wrong: which setting, what was found (secrets masked), what is accepted."""

    name: str
    found: str
    accepted: str


class SettingsInvalid(Exception):
    """Carries every fault of the environment at once."""

    def __init__(self, faults: tuple[SettingFault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


def _split(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _guilds(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("server ids separated by commas, or * for every server")
    wrong = [part for part in value if part != "*" and not SNOWFLAKE.fullmatch(part)]
    if wrong or ("*" in value and len(value) > 1):
        raise ValueError("server ids of 17 to 20 digits separated by commas, or * alone for every server")
    return value


def _rate(text: str) -> str:
    if not RATE.fullmatch(text):
        raise ValueError("a count, a slash and seconds, such as 18/10s")
    return text


def _schedule(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        seconds = [float(part) for part in value]
    except ValueError:
        seconds = [0.0]
    if not all(SHORTEST_POLL_SECONDS <= second <= DAY_SECONDS for second in seconds):
        raise ValueError("seconds between 0.1 and 86400 separated by commas, such as 4,4,6,8,10,15,20,30")
    return value


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    loopback = parts.hostname in LOOPBACK_HOSTS
    if parts.scheme not in ("https", *(("http",) if loopback else ())) or not parts.hostname:
        raise ValueError("an https address; plain http only for loopback")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("an address without user, query and fragment")
    return text.rstrip("/")


def _rest_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an http or https address such as https://discord.com/api/v10")
    return text.rstrip("/")


def _providers(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in KNOWN_PROVIDERS]
    if unknown or not value or len(set(value)) != len(value):
        raise ValueError(f"one or more of {', '.join(KNOWN_PROVIDERS)}, each once, separated by commas")
    return value


def _database(secret: SecretStr | None) -> SecretStr | None:
    if secret and not secret.get_secret_value().startswith("sqlite:///"):
        raise ValueError("sqlite:///path/to/file.db")
    return secret


def _clip_store(text: str | None) -> str | None:
    if text and not text.startswith("file:///"):
        raise ValueError("file:///path/to/folder")
    return text


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not PRINTABLE.fullmatch(text):
        raise ValueError("printable characters without spaces or quotes")
    if text[0] in "\"'" or PLACEHOLDER.fullmatch(text):
        raise ValueError("the real value, without quotes")
    return value


List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]


ACCEPTED = {
    "DISCORD_TOKEN": "the bot token from Discord's developer portal",
    "KIE_API_KEY": "the API key from the provider's dashboard",
    "ALLOWED_GUILDS": "server ids separated by commas, or * for every server",
}


class Settings(BaseSettings):
    """The fixed contract of the environment. Field names are the variables' names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    discord_token: Secret
    discord_api_base_url: Annotated[str, AfterValidator(_rest_address)] = "https://discord.com/api/v10"
    discord_cdn_hosts: List = ("cdn.discordapp.com", "media.discordapp.net")
    allowed_guilds: Annotated[List, AfterValidator(_guilds)]
    kie_api_key: Secret
    kie_api_base_url: Annotated[str, AfterValidator(_web_address)] = "https://api.kie.ai"
    kie_upload_base_url: Annotated[str, AfterValidator(_web_address)] = "https://kieai.redpandaai.co"
    kie_submit_rate: Annotated[str, AfterValidator(_rate)] = "18/10s"
    providers: Annotated[List, AfterValidator(_providers)] = ("kie-sora-2-characters",)
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    data_dir: Path = Path("data")
    database_url: Annotated[SecretStr | None, AfterValidator(_database)] = None
    clip_store_url: Annotated[str | None, AfterValidator(_clip_store)] = None
    poll_schedule: Annotated[List, AfterValidator(_schedule)] = ()
    daily_creation_cap: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    shard_count: Annotated[int | None, Field(ge=1, le=10_000)] = None
    shard_ids: List = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @property
    def guild_ids(self) -> frozenset[int] | None:
        """The allowed servers, or None for every server."""
        return None if "*" in self.allowed_guilds else frozenset(map(int, self.allowed_guilds))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        return tuple(value.get_secret_value() for _, value in self if isinstance(value, SecretStr))

    @property
    def submit_rate(self) -> Rate:
        match = RATE.fullmatch(self.kie_submit_rate)
        if match is None:  # pragma: no cover - the validator has seen to it
            raise ValueError(self.kie_submit_rate)
        return Rate(int(match[1]), float(match[2]))

    @property
    def poll_seconds(self) -> tuple[float, ...] | None:
        return tuple(map(float, self.poll_schedule)) or None

    @property
    def database(self) -> str:
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'dramatis.db').resolve()}"

    @property
    def clip_store(self) -> str:
        return self.clip_store_url or (self.data_dir / "clips").resolve().as_uri()


def load_settings(dotenv_path: Path = Path(".env")) -> Settings:
    """The settings from the process's environment, then the file, secrets also from NAME_FILE.

    Raises:
        SettingsInvalid: with every fault found.
    """
    from_file = {name: value for name, value in dotenv_values(dotenv_path).items() if value}
    given = {**from_file, **{name: value for name, value in os.environ.items() if value}}
    secrets, faults = _secrets_from_files(given)
    faults += _unsupported(given)
    faults += _slips(given)
    try:
        settings = Settings(_env_file=dotenv_path, _env_file_encoding="utf-8", **secrets)  # type: ignore[arg-type]  # values are checked by the call itself
    except ValidationError as error:
        unread = {fault.name for fault in faults}
        faults += [fault for fault in map(_fault, error.errors()) if fault.name not in unread]
        raise SettingsInvalid(tuple(faults)) from None
    if faults:
        raise SettingsInvalid(tuple(faults))
    return settings


def _secrets_from_files(given: dict[str, str]) -> tuple[dict[str, str], list[SettingFault]]:
    secrets: dict[str, str] = {}
    faults: list[SettingFault] = []
    for name in SECRETS:
        path = given.get(f"{name}_FILE")
        if path is None:
            continue
        if name in given:
            faults.append(SettingFault(name, f"{name} and {name}_FILE", "one of the two"))
            continue
        try:
            content = Path(path).read_bytes()[: SECRET_FILE_LIMIT_BYTES + 1]
            secrets[name.lower()] = content.decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(SettingFault(name, f"{name}_FILE: {type(error).__name__}", "a readable text file"))
    return secrets, faults


def _unsupported(given: dict[str, str]) -> list[SettingFault]:
    return [
        SettingFault(name, "set", "nothing yet: a later version acts on it, leave it empty")
        for name in LATER
        if name in given
    ]


def _slips(given: dict[str, str]) -> list[SettingFault]:
    """Unknown names that look like ours: a value that is silently not used is the worst kind of fault."""
    known = [*(field.upper() for field in Settings.model_fields), *LATER]
    known += [f"{name}_FILE" for name in SECRETS]
    faults = []
    for name in sorted(set(given) - set(known)):
        close = get_close_matches(name, known, n=1, cutoff=CLOSE_ENOUGH)
        if close and OUR_NAME.fullmatch(name):
            faults.append(SettingFault(name, "an unknown name", f"did you mean {close[0]}?"))
    return faults


def _fault(error: ErrorDetails) -> SettingFault:
    name = str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return SettingFault(name, "nothing", ACCEPTED.get(name, "a value"))
    found = "a value that is not shown" if name in SECRETS else _excerpt(error["input"])
    accepted = str(error["ctx"]["error"]) if "error" in error.get("ctx", {}) else error["msg"]
    return SettingFault(name, found, accepted)


def _excerpt(value: object) -> str:
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return repr(text if len(text) <= EXCERPT_LIMIT else text[: EXCERPT_LIMIT - 1] + "…")
