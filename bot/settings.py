"""From the environment to values: everything is read once, and all faults are told at once."""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.stores import Rate

SNOWFLAKE = re.compile(r"[1-9][0-9]{16,19}")
RATE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})s")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
PRINTABLE = re.compile(r"[!-~]+")
HOST = re.compile(r"[a-z0-9._-]+(:[0-9]{1,5})?", re.IGNORECASE)
BIND_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
SHARD = re.compile(r"0|[1-9][0-9]{0,4}")
SECRET_IN_ADDRESS = re.compile(r"(://)\S*(?=@)|(://[^\s?]*\?)\S+")
"""User, password and query of an address are not shown, whatever setting they were written into."""
SECRET = re.compile(r"[!#-&(-\[\]-~]+")
"""Printable, and spelt the same in JSON and in Python, so that it is recognised in any log line."""
PLACEHOLDER = re.compile(r"(?i)change.?me|your[-_ ].*|xxx+|<.*>|todo|placeholder")
SECRETS = ("DISCORD_TOKEN", "KIE_API_KEY", "KIE_WEBHOOK_HMAC_KEY", "DATABASE_URL")
"""Never shown, and also read from the file that NAME_FILE names."""
KEY_LENGTH = 24
"""Of a signature key: fewer characters could be guessed (Standard Webhooks asks for 24 to 64 bytes)."""
KEYS_AT_ONCE = 2
"""The new and the old one, while they are being exchanged."""
SECRET_FILE_LIMIT_BYTES = 64 * 1024
ENCODING = "utf-8-sig"
"""Of the files we read: UTF-8, with or without the mark that some editors put in front."""
KNOWN_PROVIDERS = ("kie-sora-2-characters", "kie-gemini-omni")
POSTGRESQL = re.compile(r"postgresql://[^/?#\s]*/[^/?#\s]+(\?[^#\s]*)?")
"""The database has to be named; a host may also stand among the options, as the folder of a socket."""
NO_FILES = ("", ":memory:")
"""What SQLite would keep in memory: every job would be gone with the process."""
LATER = ("CLIP_PUBLIC_BASE_URL",)
"""Names of the contract that this version does not act on; setting them must not pass in silence."""
OUR_NAME = re.compile(
    r"(ALLOWED|CLIP|CREDITS|DAILY|DATABASE|DATA|DISCORD|KIE|LOG|POLL|PROVIDERS?|PUBLIC|SHARD|WEB)_?.*"
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
    accepted = "an https address; plain http only for loopback"
    parts = _parsed(text, accepted)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        raise ValueError(accepted)
    return text.rstrip("/")


def _rest_address(text: str) -> str:
    accepted = "an http or https address such as https://discord.com/api/v10"
    if _parsed(text, accepted).scheme not in ("http", "https"):
        raise ValueError(accepted)
    return text.rstrip("/")


def _parsed(text: str, accepted: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        readable = PRINTABLE.fullmatch(text) and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        readable = False
    if not readable:
        raise ValueError(accepted)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("an address without user, query and fragment")
    return parts


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not all(map(HOST.fullmatch, value)):
        raise ValueError("host names separated by commas, such as cdn.discordapp.com")
    return tuple(map(str.lower, value))


def _bind_host(text: str) -> str:
    if not BIND_HOST.fullmatch(text):
        raise ValueError("an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    return text


def _shards(value: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
    if not all(map(SHARD.fullmatch, value)) or len(set(value)) != len(value):
        raise ValueError("shard numbers from 0 on, each once, separated by commas")
    # Absent from what was read so far: SHARD_COUNT has a fault of its own.
    count = others.data.get("shard_count", inf)
    if value and (count is None or max(map(int, value)) >= count):
        raise ValueError("shard numbers below SHARD_COUNT, which has to be set with them")
    return value


def _providers(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in KNOWN_PROVIDERS]
    if unknown or not value or len(set(value)) != len(value):
        raise ValueError(f"one or more of {', '.join(KNOWN_PROVIDERS)}, each once, separated by commas")
    return value


def _database(secret: SecretStr | None) -> SecretStr | None:
    if secret is None:
        return None
    address = secret.get_secret_value()
    scheme, _, path = address.partition(":///")
    if not POSTGRESQL.fullmatch(address) and (scheme != "sqlite" or path in NO_FILES):
        raise ValueError("sqlite:///path/to/file.db, or postgresql://user:password@host/database")
    return secret


def _clip_store(text: str | None) -> str | None:
    if text and not text.startswith("file:///"):
        raise ValueError("file:///path/to/folder")
    return text


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not SECRET.fullmatch(text):
        raise ValueError("printable characters without spaces, quotes and backslashes")
    if PLACEHOLDER.fullmatch(text):
        raise ValueError("the real value")
    return value


def _optional_web_address(text: str | None) -> str | None:
    return _web_address(text) if text else None


def _signature_keys(value: SecretStr | None) -> SecretStr | None:
    keys = value.get_secret_value().split(",") if value else []
    if len(keys) > KEYS_AT_ONCE or not all(SECRET.fullmatch(key) and len(key) >= KEY_LENGTH for key in keys):
        raise ValueError(f"one key, or two separated by a comma, of at least {KEY_LENGTH} characters each")
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
    discord_cdn_hosts: Annotated[List, AfterValidator(_hosts)] = (
        "cdn.discordapp.com",
        "media.discordapp.net",
    )
    allowed_guilds: Annotated[List, AfterValidator(_guilds)]
    kie_api_key: Secret
    kie_api_base_url: Annotated[str, AfterValidator(_web_address)] = "https://api.kie.ai"
    kie_upload_base_url: Annotated[str, AfterValidator(_web_address)] = "https://kieai.redpandaai.co"
    kie_webhook_hmac_key: Annotated[SecretStr | None, AfterValidator(_signature_keys)] = None
    kie_submit_rate: Annotated[str, AfterValidator(_rate)] = "18/10s"
    providers: Annotated[List, AfterValidator(_providers)] = ("kie-sora-2-characters",)
    public_base_url: Annotated[str | None, AfterValidator(_optional_web_address)] = None
    web_host: Annotated[str, AfterValidator(_bind_host)] = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    data_dir: Path = Path("data")
    database_url: Annotated[SecretStr | None, AfterValidator(_database)] = None
    clip_store_url: Annotated[str | None, AfterValidator(_clip_store)] = None
    poll_schedule: Annotated[List, AfterValidator(_schedule)] = ()
    daily_creation_cap: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    credits_warn_below: Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] = 200.0
    credits_pause_below: Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] = 0.0
    shard_count: Annotated[int | None, Field(ge=1, le=10_000)] = None
    shard_ids: Annotated[List, AfterValidator(_shards)] = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @property
    def guild_ids(self) -> frozenset[int] | None:
        """The allowed servers, or None for every server."""
        return None if "*" in self.allowed_guilds else frozenset(map(int, self.allowed_guilds))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        whole = (value.get_secret_value() for _, value in self if isinstance(value, SecretStr))
        return (*whole, *self.signature_keys)

    @property
    def signature_keys(self) -> tuple[str, ...]:
        """What the provider may sign callbacks with, the newest first."""
        key = self.kie_webhook_hmac_key
        return tuple(key.get_secret_value().split(",")) if key else ()

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
    def own_address(self) -> str:
        """Where the listener answers on this machine."""
        host = f"[{self.web_host}]" if ":" in self.web_host else self.web_host
        return f"http://{host}:{self.web_port}"

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
    given = _given(_read_dotenv(dotenv_path))
    secrets, faults = _secrets_from_files(given)
    faults += _unsupported(given)
    faults += _slips(given)
    try:
        settings = Settings(_env_file=dotenv_path, _env_file_encoding=ENCODING, **secrets)  # type: ignore[arg-type]  # values are checked by the call itself
    except ValidationError as error:
        unread = {fault.name for fault in faults}
        faults += [fault for fault in map(_fault, error.errors()) if fault.name not in unread]
        raise SettingsInvalid(tuple(faults)) from None
    if faults:
        raise SettingsInvalid(tuple(faults))
    return settings


def secret_files(dotenv_path: Path = Path(".env")) -> tuple[Path, ...]:
    """The files that secrets are read from.

    Raises:
        SettingsInvalid: `dotenv_path` cannot be read.
    """
    from_file = _read_dotenv(dotenv_path)
    named = _given(from_file)
    own = [dotenv_path] if any(name in from_file for name in SECRETS) else []
    return (*own, *(Path(named[f"{name}_FILE"]) for name in SECRETS if f"{name}_FILE" in named))


def _given(from_file: dict[str, str]) -> dict[str, str]:
    """What stands in the environment comes before what stands in the file; what is empty is not set."""
    return {**from_file, **{name: value for name, value in os.environ.items() if value}}


def _read_dotenv(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path, encoding=ENCODING).items() if value}
    except (OSError, UnicodeDecodeError) as error:
        fault = SettingFault(str(path), type(error).__name__, "a readable text file in UTF-8, or none")
        raise SettingsInvalid((fault,)) from None


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
            secrets[name.lower()] = _read_secret(Path(path))
        except (OSError, ValueError) as error:
            found = str(error) if type(error) is ValueError else type(error).__name__
            faults.append(SettingFault(name, f"{name}_FILE: {found}", "a readable text file with the value"))
    return secrets, faults


def _read_secret(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(SECRET_FILE_LIMIT_BYTES + 1)
    if len(content) > SECRET_FILE_LIMIT_BYTES:
        raise ValueError(f"more than {SECRET_FILE_LIMIT_BYTES} bytes")
    secret = content.decode(ENCODING).rstrip("\r\n")
    if not secret:
        raise ValueError("an empty file")
    return secret


def _unsupported(given: dict[str, str]) -> list[SettingFault]:
    return [
        SettingFault(name, "set", "nothing yet: a later version acts on it, leave it empty")
        for name in (*LATER, *(f"{name}_FILE" for name in LATER))
        if name in given
    ]


def _slips(given: dict[str, str]) -> list[SettingFault]:
    """Unknown names that look like ours: a value that is silently not used is the worst kind of fault."""
    known = [*(field.upper() for field in Settings.model_fields), *LATER]
    known += [f"{name}_FILE" for name in (*SECRETS, *LATER)]
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
    text = SECRET_IN_ADDRESS.sub(r"\1\2…", text)
    return repr(text if len(text) <= EXCERPT_LIMIT else text[: EXCERPT_LIMIT - 1] + "…")
