"""Bad values, each refused with what was found and what is accepted; and names that are nobody's."""

import pytest

from bot import setting_values
from tests.unit.settings_desk import GOOD, GUILD, Environment, fault_of

SECRETS_SPOILT = ["'quoted'", '"quoted"', "two words", "a\nb", "token\r", "changeme", "CHANGE_ME", "xxx"]
SECRETS_SPOILT += ["your-token-here", "<token>", "todo", "tökén", "back\\slash", 'mid"quote', "tab\tbed"]
BAD = [
    ("PUBLIC_BASE_URL", ["http://bot.example", "bot.example", "https://", "https://u:p@bot.example", "*"]),
    ("PUBLIC_BASE_URL", ["https://10.1.2.3", "https://[fd00::1]", "https://bot", "https://bot.lan:8443/x"]),
    ("PUBLIC_BASE_URL", ["https://bot.example/?a=b", "https://bot.example/#a", "https://bot exa.mple"]),
    ("ALLOWED_GUILDS", ["everybody", "123", f"*,{GUILD}", f"{GUILD};{GUILD}", "-1", "0" * 18, "١٢" * 9, ","]),
    (
        "DISCORD_API_BASE_URL",
        ["discord.com/api", "ftp://discord.com", "https://", "http://[", "https://d:x/"],
    ),
    ("KIE_API_BASE_URL", ["http://api.kie.ai", "api.kie.ai", "https://kie.ai/?a=1", "https://kie.ai:99999"]),
    (
        "KIE_API_BASE_URL",
        ["https://kie.ai\n", "https://kie.ai/#x", "https:///path", "http://127.0.0.1.kie.ai"],
    ),
    ("KIE_UPLOAD_BASE_URL", ["http://10.0.0.1", "https://u:p@kie.ai", "https://kie .ai", "file:///etc"]),
    (
        "KIE_SUBMIT_RATE",
        ["18", "18/10", "0/10s", "18/0s", "-1/10s", "18 / 10s", "1e3/10s", "99999/1s", "[/b]"],
    ),
    ("PROVIDERS", ["kie", "kie-sora-2-characters,kie-sora-2-characters", ",", "KIE-SORA-2-CHARACTERS"]),
    ("WEB_PORT", ["65536", "-1", "abc", "80.5", "0x50"]),
    ("WEB_HOST", ["http://0.0.0.0", "my host", "0.0.0.0/0"]),
    (
        "DATABASE_URL",
        ["postgres://u:p@h/d", "mysql://h/d", "sqlite://", "sqlite:///", "sqlite:///:memory:"],
    ),
    (
        "DATABASE_URL",
        [
            "postgresql://",
            "postgresql://host",
            "postgresql://host/",
            "postgresql://h/a b",
            "postgresql://h/a/b",
        ],
    ),
    ("DATABASE_URL", ["/srv/a.db", "SQLITE:////a.db"]),
    ("CLIP_STORE_URL", ["clips", "file://host/x", "/srv/clips", "memory:///", "https://s3.example/bucket"]),
    (
        "CLIP_STORE_URL",
        ["s3://", "s3:///x", "s3://-a", "s3://b/a b", "s3://b//x", "s3://b?x=1", "S3://bucket"],
    ),
    (
        "CLIP_PUBLIC_BASE_URL",
        ["http://clips.example", "clips.example", "https://", "s3://bucket", "https://a@b"],
    ),
    ("POLL_SCHEDULE", ["fast", "0", "0.09", "-4", "nan", "inf", "86401", "4;5", "1e9"]),
    ("DAILY_CREATION_CAP", ["0", "-1", "many", "1000000000000000000", "1.5", "9" * 5000]),
    ("BACKUP_EVERY_HOURS", ["0", "-1", "daily", "8761", "1.5"]),
    ("BACKUP_KEEP", ["0", "-1", "all", "1001", "1.5"]),
    ("BACKUP_BEFORE_UPGRADE", ["no", "True", "0"]),
    ("CREDITS_WARN_BELOW", ["-1", "some", "nan", "inf", "1000000001"]),
    ("CREDITS_PAUSE_BELOW", ["-0.5", "some", "nan", "-inf", "1000000000000000000"]),
    ("OPERATOR_GUILD", ["0", "-1", "*", "mine", f"{GUILD},{GUILD}", "1" * 21, "1.5"]),
    ("SHARD_COUNT", ["0", "-1", "two", "10001"]),
    ("LOG_LEVEL", ["LOUD", "info", "TRACE", "10"]),
    ("LOG_FORMAT", ["xml", "JSON"]),
    ("DISCORD_CDN_HOSTS", ["https://cdn.discordapp.com", "*", ",", "cdn discordapp", "a/b", "cdn:port"]),
]


@pytest.mark.parametrize(
    ("name", "value"),
    [pytest.param(name, value, id=f"{name}={value[:30]!r}") for name, values in BAD for value in values],
)
def test_a_bad_value_is_refused_under_its_own_name(environment: Environment, name: str, value: str) -> None:
    fault = fault_of(environment.loader(**{name: value}), name)

    assert fault.found
    assert fault.accepted
    assert len(fault.found) <= 90


@pytest.mark.parametrize("value", SECRETS_SPOILT)
@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "KIE_API_KEY"])
def test_a_spoilt_secret_is_refused_and_not_shown(environment: Environment, name: str, value: str) -> None:
    fault = fault_of(environment.loader(**{name: value}), name)

    assert value not in f"{fault.found} {fault.accepted}"
    assert "not shown" in fault.found


@pytest.mark.parametrize(
    "value",
    ["12345", "k" * 23, ",", f"{'k' * 24},", f"{'k' * 24},short", ",".join(["k" * 24] * 3), "two words" * 4],
)
def test_a_signature_key_that_could_be_guessed_is_refused_and_not_shown(
    environment: Environment, value: str
) -> None:
    fault = fault_of(environment.loader(KIE_WEBHOOK_HMAC_KEY=value), "KIE_WEBHOOK_HMAC_KEY")

    assert fault.found == "a value that is not shown"
    assert "24 characters" in fault.accepted


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [None, ""])
def test_what_has_no_default_is_asked_for(environment: Environment, name: str, value: str | None) -> None:
    fault = fault_of(environment.loader(**{name: value}), name)

    assert fault.found == "nothing"
    assert fault.accepted != "a value"


def test_no_servers_never_means_all_servers(environment: Environment) -> None:
    for nothing in (None, "", ",", " , "):
        assert "*" in fault_of(environment.loader(ALLOWED_GUILDS=nothing), "ALLOWED_GUILDS").accepted


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DATABASE_URL", "postgresql://ada:hunter2@db", "hunter2"),
        ("KIE_API_BASE_URL", "https://ada:hunter2@api.kie.ai", "hunter2"),
        ("KIE_API_BASE_URL", "https://ada:hun/ter2@api.kie.ai", "ter2"),
        ("DISCORD_API_BASE_URL", "https://ada:hunter2@proxy.example", "hunter2"),
        ("CLIP_STORE_URL", "s3://AKIA123:hunter2@bucket", "hunter2"),
        ("KIE_UPLOAD_BASE_URL", "https://kie.ai/?key=hunter2", "hunter2"),
    ],
)
def test_what_is_secret_in_an_address_is_not_shown(
    environment: Environment, name: str, value: str, secret: str
) -> None:
    assert secret not in fault_of(environment.loader(**{name: value}), name).found


@pytest.mark.parametrize("value", ["abc", "-1", "1,1", "0.5", "99999999"])
def test_shard_numbers_are_numbers_each_once(environment: Environment, value: str) -> None:
    fault_of(environment.loader(SHARD_COUNT="4", SHARD_IDS=value), "SHARD_IDS")


@pytest.mark.parametrize("count", [None, "3"])
def test_shard_numbers_need_a_count_above_them(environment: Environment, count: str | None) -> None:
    fault = fault_of(environment.loader(SHARD_COUNT=count, SHARD_IDS="0,3"), "SHARD_IDS")

    assert "SHARD_COUNT" in fault.accepted


def test_a_wrong_shard_count_is_no_fault_of_the_numbers(environment: Environment) -> None:
    fault_of(environment.loader(SHARD_COUNT="none", SHARD_IDS="0,3"), "SHARD_COUNT")


def test_plain_http_is_for_this_machine_and_for_discords_proxy(environment: Environment) -> None:
    for host in ("127.0.0.1:8080", "localhost", "[::1]:9"):
        assert environment.load(KIE_API_BASE_URL=f"http://{host}/").kie_api_base_url == f"http://{host}"

    settings = environment.load(DISCORD_API_BASE_URL="http://discord-proxy:3000/api/v10/")

    assert settings.discord_api_base_url == "http://discord-proxy:3000/api/v10"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DISCORD_TOKN", "DISCORD_TOKEN"),
        ("KIE_APIKEY", "KIE_API_KEY"),
        ("ALLOWED_GUILD", "ALLOWED_GUILDS"),
        ("DISCORD_TOKEN_FIL", "DISCORD_TOKEN_FILE"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("POLL_SCHEDUL", "POLL_SCHEDULE"),
        ("WEB_PORTS", "WEB_PORT"),
        ("DAILY_CREATIONS_CAP", "DAILY_CREATION_CAP"),
    ],
)
def test_a_slip_of_the_pen_is_told(environment: Environment, name: str, meant: str) -> None:
    fault = fault_of(environment.loader(**{name: "hunter2-hunter2"}), name)

    assert fault.accepted == f"did you mean {meant}?"
    assert "hunter2" not in fault.found


def test_a_slip_of_the_pen_in_the_file_is_told_too(environment: Environment) -> None:
    environment.write("WEB_PROT=8081\n")

    fault_of(environment.load, "WEB_PROT")


@pytest.mark.parametrize("name", ["PATH", "HOME", "HTTP_PROXY", "TZ", "XDG_DATA_DIRS", "SQL_DATABASE_URL"])
def test_what_belongs_to_others_is_no_slip_of_the_pen(environment: Environment, name: str) -> None:
    assert environment.load(**{name: "/somewhere"}).web_port == 8080


def test_a_provider_of_videos_alone_is_refused_and_beside_another_it_is_taken() -> None:
    with pytest.raises(ValueError, match="at least one that takes clips"):
        setting_values.providers(("kie-sora-2-characters-pro",))

    both = ("kie-sora-2-characters-pro", "kie-gemini-omni")
    assert setting_values.providers(both) == both
