"""From the environment to values: everything is read once, and all faults are told at once."""

import os
import re
import stat
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import clouds, setting_values
from bot.setting_values import List, Secret
from bot.stores import Rate

SECRET_IN_ADDRESS = re.compile(r"(://)\S*(?=@)|(://[^\s?]*\?)\S+")
"""User, password and query of an address are not shown, whatever setting they were written into."""
SECRETS = ("DISCORD_TOKEN", "KIE_API_KEY", "KIE_WEBHOOK_HMAC_KEY", "DATABASE_URL")
"""Never shown, and also read from the file that NAME_FILE names."""
SECRET_FILE_LIMIT_BYTES = 64 * 1024
OTHERS = stat.S_IRGRP | stat.S_IROTH
RUNTIME = Path("/run")
"""Where container runtimes and service managers put secrets, for one service alone."""
ENCODING = "utf-8-sig"
"""Of the files we read: UTF-8, with or without the mark that some editors put in front."""
OUR_NAME = re.compile(
    r"(ALLOWED|BACKUP|CLIP|CREDITS|DAILY|DATABASE|DATA|DISCORD|KIE|LOG|OPERATOR|POLL|PROVIDERS?|PUBLIC|SHARD|WEB)_?.*"
)
"""What an unknown name must begin like to be taken for a slip of the pen."""
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


ACCEPTED = {
    "DISCORD_TOKEN": "the bot token from Discord's developer portal",
    "KIE_API_KEY": "the API key from the provider's dashboard",
    "ALLOWED_GUILDS": "server ids separated by commas, or * for every server",
}


class Settings(BaseSettings):
    """The fixed contract of the environment. Field names are the variables' names in lower case.

    Beside each stands what it means; the README's table is made of that (`make settings`).
    """

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    discord_token: Secret
    """the bot token"""
    discord_api_base_url: Annotated[str, AfterValidator(setting_values.rest_address)] = (
        "https://discord.com/api/v10"
    )
    """for an HTTP proxy that shares rate limits, or the sandbox"""
    discord_cdn_hosts: Annotated[List, AfterValidator(setting_values.hosts)] = (
        "cdn.discordapp.com",
        "media.discordapp.net",
    )
    """the only hosts a clip is downloaded from"""
    allowed_guilds: Annotated[List, AfterValidator(setting_values.guilds)]
    """server ids separated by commas, or `*`"""
    kie_api_key: Secret
    """the provider key"""
    kie_api_base_url: Annotated[str, AfterValidator(setting_values.web_address)] = "https://api.kie.ai"
    """where the provider takes orders"""
    kie_upload_base_url: Annotated[str, AfterValidator(setting_values.web_address)] = (
        "https://kieai.redpandaai.co"
    )
    """where the provider takes clips"""
    kie_webhook_hmac_key: Annotated[SecretStr | None, AfterValidator(setting_values.signature_keys)] = None
    """the key callbacks are signed with; two, comma-separated, while exchanging them"""
    kie_submit_rate: Annotated[str, AfterValidator(setting_values.rate)] = "18/10s"
    """submissions to the provider, whose own limit is 20 per 10 s"""
    providers: Annotated[List, AfterValidator(setting_values.providers)] = ("kie-sora-2-characters",)
    """[ordered list](#providers): new jobs begin at the first, the others are offered while its model
    is off"""
    public_base_url: Annotated[str | None, AfterValidator(setting_values.public_address)] = None
    """the https address under which the provider reaches our listener; turns [callbacks](#callbacks) on"""
    web_host: Annotated[str, AfterValidator(setting_values.bind_host)] = "127.0.0.1"
    """the address of the listener: `/healthz`, `/readyz`, [`/metrics`](#metrics), `/callbacks/kie/…`"""
    web_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """its port; `0` is any free one"""
    data_dir: Path = Path("data")
    """folder of the database and the clips; on a disk of this machine"""
    database_url: Annotated[SecretStr | None, AfterValidator(setting_values.database)] = None
    """`sqlite:///…`, or `postgresql://user:password@host/database`"""
    clip_store_url: Annotated[str | None, AfterValidator(setting_values.clip_store)] = None
    """`file:///…`, or `s3://bucket/prefix`, `gs://…`, `az://…`: [docs/clip-store.md](docs/clip-store.md)"""
    backup_dir: Path | None = None
    """where backups are made; better on another disk"""
    backup_every_hours: Annotated[int | None, Field(ge=1, le=8760)] = None
    """how often the running bot makes a [backup](#backups)"""
    backup_keep: Annotated[int, Field(ge=1, le=1000)] = 7
    """how many of them are kept"""
    backup_before_upgrade: Literal["true", "false"] = "true"
    """`false` lets a PostgreSQL database be migrated without a backup before"""
    clip_public_base_url: Annotated[str | None, AfterValidator(setting_values.optional_web_address)] = None
    """the lasting public address of the clip store; when set, the provider reads clips there and ids do not
    lapse with an upload: [docs/clip-store.md](docs/clip-store.md#a-public-address)"""
    poll_schedule: Annotated[List, AfterValidator(setting_values.schedule)] = ()
    """seconds between looks at a task; the last repeats, and replaces all of that"""
    daily_creation_cap: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """new attempts per UTC day, over all servers"""
    credits_warn_below: Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] = 200.0
    """[the balance](#credits), in credits, below which you are warned once"""
    credits_pause_below: Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] = 0.0
    """the balance below which nothing is ordered"""
    operator_guild: Annotated[int | None, BeforeValidator(setting_values.guild)] = None
    """your own server's id: [`/characters-op`](#in-discord) works there"""
    shard_count: Annotated[int | None, Field(ge=1, le=10_000)] = None
    """for [several processes](#several-processes): how many shards there are"""
    shard_ids: Annotated[List, AfterValidator(setting_values.shards)] = ()
    """and which of them this process serves, each once"""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`"""
    log_format: Literal["console", "json"] = "console"
    """`console` or `json`"""

    @property
    def guild_ids(self) -> frozenset[int] | None:
        """The allowed servers, or None for every server."""
        return None if "*" in self.allowed_guilds else frozenset(map(int, self.allowed_guilds))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        whole = (value.get_secret_value() for _, value in self if isinstance(value, SecretStr))
        return (*whole, *self.signature_keys, *clouds.secrets())

    @property
    def signature_keys(self) -> tuple[str, ...]:
        """What the provider may sign callbacks with, the newest first."""
        key = self.kie_webhook_hmac_key
        return tuple(key.get_secret_value().split(",")) if key else ()

    @property
    def submit_rate(self) -> Rate:
        match = setting_values.RATE.fullmatch(self.kie_submit_rate)
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
    def backups(self) -> Path:
        """The folder that backups are made in."""
        return (self.backup_dir or self.data_dir / "backups").resolve()

    @property
    def clip_store(self) -> str:
        return self.clip_store_url or (self.data_dir / "clips").resolve().as_uri()


def load_settings(dotenv_path: Path = Path(".env")) -> Settings:
    """The settings from the process's environment, then the file, secrets also from NAME_FILE.

    What the file says for a cloud's object store is put into the environment.

    Raises:
        SettingsInvalid: with every fault found.
    """
    from_file = _read_dotenv(dotenv_path)
    clouds.export(from_file)
    given = _given(from_file)
    secrets, faults = _secrets_from_files(given)
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


def exposed_secrets(dotenv_path: Path = Path(".env")) -> tuple[Path, ...]:
    """Those of the files that other users of this machine can read; Windows has other rights, so none there.

    Raises:
        SettingsInvalid: `dotenv_path` cannot be read.
    """
    return tuple(
        file
        for file in secret_files(dotenv_path)
        if os.name == "posix"
        and not file.resolve().is_relative_to(RUNTIME)
        and file.exists()
        and file.stat().st_mode & OTHERS
    )


def _given(from_file: dict[str, str]) -> dict[str, str]:
    """What stands in the environment comes before what stands in the file; what is empty is not set."""
    return {**from_file, **{name: value for name, value in os.environ.items() if value}}


def _read_dotenv(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path, encoding=ENCODING).items() if value}
    except (OSError, UnicodeDecodeError) as error:
        fault = SettingFault(str(path), _why_unread(error), "a readable text file in UTF-8, or none")
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
            found = f"{name}_FILE: {_why_unread(error)}"
            faults.append(SettingFault(name, found, "a readable text file with the value"))
    return secrets, faults


def _why_unread(error: OSError | ValueError) -> str:
    """The system's words, our own, or that it is no text."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _read_secret(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(SECRET_FILE_LIMIT_BYTES + 1)
    if len(content) > SECRET_FILE_LIMIT_BYTES:
        raise ValueError(f"more than {SECRET_FILE_LIMIT_BYTES} bytes")
    secret = content.decode(ENCODING).rstrip("\r\n")
    if not secret:
        raise ValueError("an empty file")
    return secret


def _slips(given: dict[str, str]) -> list[SettingFault]:
    """Unknown names that look like ours: a value that is silently not used is the worst kind of fault."""
    known = [field.upper() for field in Settings.model_fields]
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
    text = SECRET_IN_ADDRESS.sub(r"\1\2…", text)
    return repr(text if len(text) <= EXCERPT_LIMIT else text[: EXCERPT_LIMIT - 1] + "…")
