"""What each setting may be: a text from the environment in, a value out. Pure.

Each reader raises ValueError with what is accepted.
"""

import re
from ipaddress import ip_address
from math import inf
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo
from pydantic_settings import NoDecode

SNOWFLAKE = re.compile(r"[1-9][0-9]{16,19}")
RATE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})s")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
PRIVATE_NAME = re.compile(r"[^.]+|.*\.(local|localhost|internal|lan|intranet|home\.arpa)", re.IGNORECASE)
"""A name of one word, or under an ending for networks of one's own (RFC 6762, RFC 8375, ICANN: internal)."""
PRINTABLE = re.compile(r"[!-~]+")
HOST = re.compile(r"[a-z0-9._-]+(:[0-9]{1,5})?", re.IGNORECASE)
BIND_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
SHARD = re.compile(r"0|[1-9][0-9]{0,4}")
SECRET = re.compile(r"[!#-&(-\[\]-~]+")
"""Printable, and spelt the same in JSON and in Python, so that it is recognised in any log line."""
PLACEHOLDER = re.compile(r"(?i)change.?me|your[-_ ].*|xxx+|<.*>|todo|placeholder")
KEY_LENGTH = 24
"""Of a signature key: fewer characters could be guessed (Standard Webhooks asks for 24 to 64 bytes)."""
KEYS_AT_ONCE = 2
"""The new and the old one, while they are being exchanged."""
OF_VIDEOS = ("kie-sora-2-characters-pro",)
"""Providers that take no clip: only beside others."""
KNOWN_PROVIDERS = ("kie-sora-2-characters", "kie-gemini-omni", *OF_VIDEOS)
POSTGRESQL = re.compile(r"postgresql://[^/?#\s]*/[^/?#\s]+(\?[^#\s]*)?")
"""The database has to be named; a host may also stand among the options, as the folder of a socket."""
NO_FILES = ("", ":memory:")
"""What SQLite would keep in memory: every job would be gone with the process."""
BUCKET = re.compile(r"(s3|gs|az)://[A-Za-z0-9][A-Za-z0-9._-]{1,62}(/[A-Za-z0-9._~-]+)*/?")
"""A bucket or container, and a prefix in it; keys and endpoints stand in the cloud's own variables."""
SHORTEST_POLL_SECONDS = 0.1
DAY_SECONDS = 86_400.0


def split(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def guilds(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("server ids separated by commas, or * for every server")
    wrong = [part for part in value if part != "*" and not SNOWFLAKE.fullmatch(part)]
    if wrong or ("*" in value and len(value) > 1):
        raise ValueError("server ids of 17 to 20 digits separated by commas, or * alone for every server")
    return value


def guild(text: object) -> object:
    if isinstance(text, str) and not SNOWFLAKE.fullmatch(text):
        raise ValueError("one server id of 17 to 20 digits")
    return text


def rate(text: str) -> str:
    if not RATE.fullmatch(text):
        raise ValueError("a count, a slash and seconds, such as 18/10s")
    return text


def schedule(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        seconds = [float(part) for part in value]
    except ValueError:
        seconds = [0.0]
    if not all(SHORTEST_POLL_SECONDS <= second <= DAY_SECONDS for second in seconds):
        raise ValueError("seconds between 0.1 and 86400 separated by commas, such as 4,4,6,8,10,15,20,30")
    return value


def web_address(text: str) -> str:
    accepted = "an https address; plain http only for loopback"
    parts = _parsed(text, accepted)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        raise ValueError(accepted)
    return text.rstrip("/")


def rest_address(text: str) -> str:
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


def hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not all(map(HOST.fullmatch, value)):
        raise ValueError("host names separated by commas, such as cdn.discordapp.com")
    return tuple(map(str.lower, value))


def bind_host(text: str) -> str:
    if not BIND_HOST.fullmatch(text):
        raise ValueError("an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    return text


def shards(value: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
    if not all(map(SHARD.fullmatch, value)) or len(set(value)) != len(value):
        raise ValueError("shard numbers from 0 on, each once, separated by commas")
    # Absent from what was read so far: SHARD_COUNT has a fault of its own.
    count = others.data.get("shard_count", inf)
    if value and (count is None or max(map(int, value)) >= count):
        raise ValueError("shard numbers below SHARD_COUNT, which has to be set with them")
    return value


def providers(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in KNOWN_PROVIDERS]
    if unknown or not value or len(set(value)) != len(value):
        raise ValueError(f"one or more of {', '.join(KNOWN_PROVIDERS)}, each once, separated by commas")
    if set(value) <= set(OF_VIDEOS):
        raise ValueError(f"at least one that takes clips, such as {KNOWN_PROVIDERS[0]}, beside {value[0]}")
    return value


def database(secret: SecretStr | None) -> SecretStr | None:
    if secret is None:
        return None
    address = secret.get_secret_value()
    scheme, _, path = address.partition(":///")
    if not POSTGRESQL.fullmatch(address) and (scheme != "sqlite" or path in NO_FILES):
        raise ValueError("sqlite:///path/to/file.db, or postgresql://user:password@host/database")
    return secret


def clip_store(text: str | None) -> str | None:
    if text and not text.startswith("file:///") and not BUCKET.fullmatch(text):
        raise ValueError("file:///path/to/folder, or s3://, gs:// or az:// with BUCKET or BUCKET/PREFIX")
    return text


def secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not SECRET.fullmatch(text):
        raise ValueError("printable characters without spaces, quotes and backslashes")
    if PLACEHOLDER.fullmatch(text):
        raise ValueError("the real value")
    return value


def optional_web_address(text: str | None) -> str | None:
    return web_address(text) if text else None


def public_address(text: str | None) -> str | None:
    """Whoever is outside can reach it; loopback is for trying things out."""
    address = optional_web_address(text)
    host = urlsplit(address).hostname if address else None
    if host and host not in LOOPBACK_HOSTS and _is_private(host):
        raise ValueError(
            "an https address that the provider can reach: a public name, no address of your own network"
        )
    return address


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:  # a name
        return PRIVATE_NAME.fullmatch(host) is not None


def signature_keys(value: SecretStr | None) -> SecretStr | None:
    keys = value.get_secret_value().split(",") if value else []
    if len(keys) > KEYS_AT_ONCE or not all(SECRET.fullmatch(key) and len(key) >= KEY_LENGTH for key in keys):
        raise ValueError(f"one key, or two separated by a comma, of at least {KEY_LENGTH} characters each")
    return value


List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
Secret = Annotated[SecretStr, AfterValidator(secret)]
