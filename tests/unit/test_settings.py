"""From the environment, the file and secret files to values."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import SECRETS, SettingsInvalid, load_settings, secret_files
from bot.stores import Rate
from tests.unit.settings_desk import FILE, GOOD, GUILD, Environment, fault_of, faults_of

NEW_KEY, OLD_KEY = "new-key-of-24-characters", "old-key-of-24-characters"


def test_three_settings_are_enough(environment: Environment) -> None:
    settings = environment.load()

    assert settings.discord_token.get_secret_value() == GOOD["DISCORD_TOKEN"]
    assert settings.guild_ids == frozenset({GUILD})
    assert settings.discord_api_base_url == "https://discord.com/api/v10"
    assert settings.discord_cdn_hosts == ("cdn.discordapp.com", "media.discordapp.net")
    assert settings.kie_api_base_url == "https://api.kie.ai"
    assert settings.submit_rate == Rate(18, 10.0)
    assert settings.providers == ("kie-sora-2-characters",)
    assert (settings.web_host, settings.web_port) == ("127.0.0.1", 8080)
    assert settings.poll_seconds is None
    assert settings.daily_creation_cap == 200
    assert (settings.shard_count, settings.shard_ids) == (None, ())
    assert (settings.log_level, settings.log_format) == ("INFO", "console")


def test_the_embedded_stores_lie_in_the_data_folder(environment: Environment, tmp_path: Path) -> None:
    settings = environment.load(DATA_DIR=str(tmp_path / "with space"))

    assert settings.database == f"sqlite:///{tmp_path / 'with space' / 'dramatis.db'}"
    assert settings.clip_store == (tmp_path / "with space" / "clips").as_uri()


def test_stores_elsewhere_are_taken_as_given(environment: Environment) -> None:
    settings = environment.load(DATABASE_URL="sqlite:////srv/a.db", CLIP_STORE_URL="file:///srv/clips")

    assert (settings.database, settings.clip_store) == ("sqlite:////srv/a.db", "file:///srv/clips")


@pytest.mark.parametrize("url", ["s3://clips", "s3://my.clips/of/the-bot", "gs://clips/a", "az://clips/a/"])
def test_a_bucket_is_taken_as_given(environment: Environment, url: str) -> None:
    assert environment.load(CLIP_STORE_URL=url).clip_store == url


def test_what_a_cloud_wants_to_know_may_stand_in_the_file_and_its_secrets_are_kept(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_REGION", "from-outside")
    environment.write(
        "AWS_SECRET_ACCESS_KEY=hunter2hunter2\nAWS_REGION=from-file\nAZURE_STORAGE_ACCOUNT_KEY=c2VjcmV0"
    )

    settings = environment.load()

    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "hunter2hunter2"
    assert os.environ["AWS_REGION"] == "from-outside"
    assert {"hunter2hunter2", "c2VjcmV0"} <= set(settings.secret_values)
    assert "from-outside" not in settings.secret_values


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada:pass%2Fword@db.example:6432/bot?sslmode=require",
        "postgresql:///bot",
        "postgresql://ada@/bot?host=/run/postgresql",
    ],
)
def test_a_postgresql_address_is_taken_as_given_and_kept_secret(
    environment: Environment, address: str
) -> None:
    settings = environment.load(DATABASE_URL=address)

    assert settings.database == address
    assert address in settings.secret_values
    assert address not in repr(settings)


def test_lists_rates_and_schedules_become_values(environment: Environment) -> None:
    settings = environment.load(
        ALLOWED_GUILDS=f" {GUILD} , 1200000000000000005,{GUILD},",
        KIE_SUBMIT_RATE="5/60s",
        POLL_SCHEDULE="1, 2.5,30",
        SHARD_COUNT="4",
        SHARD_IDS="0, 3",
        DISCORD_CDN_HOSTS="CDN.discordapp.com, 127.0.0.1:8443",
    )

    assert settings.guild_ids == frozenset({GUILD, 1200000000000000005})
    assert settings.submit_rate == Rate(5, 60.0)
    assert settings.poll_seconds == (1.0, 2.5, 30.0)
    assert settings.shard_ids == ("0", "3")
    assert settings.discord_cdn_hosts == ("cdn.discordapp.com", "127.0.0.1:8443")


def test_a_star_alone_means_every_server(environment: Environment) -> None:
    assert environment.load(ALLOWED_GUILDS="*").guild_ids is None


def test_empty_values_are_the_defaults(environment: Environment) -> None:
    settings = environment.load(
        POLL_SCHEDULE="", SHARD_COUNT="", SHARD_IDS="", DATABASE_URL="", CLIP_STORE_URL="", LOG_LEVEL=""
    )

    assert settings == environment.load()


def test_the_file_is_read_and_the_process_comes_first(environment: Environment) -> None:
    environment.write(FILE + "WEB_PORT=9000\nLOG_LEVEL=DEBUG\n")
    environment.clear()

    settings = environment.load(WEB_PORT="9001")

    assert (settings.web_port, settings.log_level) == (9001, "DEBUG")
    assert settings.discord_token.get_secret_value() == "file-token"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_from_another_systems_editor_is_read(environment: Environment, ending: str, mark: str) -> None:
    environment.write(mark + FILE.replace("\n", ending))
    environment.clear()

    assert environment.load().discord_token.get_secret_value() == "file-token"


def test_a_file_in_another_encoding_is_one_fault(environment: Environment) -> None:
    environment.dotenv.write_bytes("KIE_API_KEY=clé\n".encode("latin-1"))

    (fault,) = faults_of(environment.load)

    assert fault.name == str(environment.dotenv)
    assert "UTF-8" in fault.accepted


def test_without_a_file_the_process_is_enough(environment: Environment) -> None:
    environment.dotenv.unlink(missing_ok=True)

    assert environment.load().guild_ids == frozenset({GUILD})


@pytest.mark.parametrize(("mark", "ending"), [("", ""), ("", "\n"), ("", "\r\n"), ("\ufeff", "\n\n")])
@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "KIE_API_KEY"])
def test_a_secret_may_stand_in_a_file_of_its_own(
    environment: Environment, name: str, mark: str, ending: str
) -> None:
    path = environment.secret_file(f"{mark}from-a-file{ending}".encode())

    settings = environment.load(**{name: None, f"{name}_FILE": path})

    assert getattr(settings, name.lower()).get_secret_value() == "from-a-file"


def test_the_name_of_a_secret_file_may_stand_in_the_settings_file(environment: Environment) -> None:
    environment.write(f"KIE_API_KEY_FILE={environment.secret_file(b'from-a-file')}\n")

    assert environment.load(KIE_API_KEY=None).kie_api_key.get_secret_value() == "from-a-file"


def test_callbacks_are_off_until_there_is_an_address_for_them(environment: Environment) -> None:
    settings = environment.load()

    assert (settings.public_base_url, settings.signature_keys) == (None, ())


def test_a_signature_key_can_be_exchanged_for_another(environment: Environment) -> None:
    old, new = "o" * 24, "n" * 24
    settings = environment.load(
        PUBLIC_BASE_URL="https://bot.example/dramatis/",
        KIE_WEBHOOK_HMAC_KEY_FILE=environment.secret_file(f"{new},{old}\n".encode()),
    )

    assert settings.public_base_url == "https://bot.example/dramatis"
    assert settings.signature_keys == (new, old)
    assert {old, new} < set(settings.secret_values)


def test_a_database_address_may_stand_in_a_secret_file(environment: Environment) -> None:
    path = environment.secret_file(b"sqlite:////srv/secret.db\n")

    assert environment.load(DATABASE_URL_FILE=path).database == "sqlite:////srv/secret.db"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_given_twice_is_refused(environment: Environment, name: str) -> None:
    value = GOOD.get(name, "sqlite:////srv/a.db")
    fault = fault_of(
        environment.loader(**{name: value, f"{name}_FILE": environment.secret_file(b"another")}), name
    )

    assert f"{name}_FILE" in fault.found
    assert fault.accepted == "one of the two"


def missing(folder: Path) -> Path:
    return folder / "nothing-here"


def directory(folder: Path) -> Path:
    return folder


def empty(folder: Path) -> Path:
    return written(folder, b"")


def only_a_line_end(folder: Path) -> Path:
    return written(folder, b"\r\n")


def huge(folder: Path) -> Path:
    return written(folder, b"x" * 1_000_000)


def endless(_folder: Path) -> Path:
    return Path("/dev/zero")


def binary(folder: Path) -> Path:
    return written(folder, b"\xff\xfe\x00")


def written(folder: Path, content: bytes) -> Path:
    (folder / "secret").write_bytes(content)
    return folder / "secret"


@pytest.mark.parametrize("make", [missing, directory, empty, only_a_line_end, huge, endless, binary])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_file_without_a_secret_in_it_is_one_fault(
    environment: Environment, tmp_path: Path, make: Callable[[Path], Path], name: str
) -> None:
    fault = fault_of(environment.loader(**{name: None, f"{name}_FILE": str(make(tmp_path))}), name)

    assert fault.found.startswith(f"{name}_FILE: ")


def test_secrets_do_not_show_in_the_settings_themselves(environment: Environment) -> None:
    settings = environment.load(
        DATABASE_URL="sqlite:////srv/secret.db", KIE_WEBHOOK_HMAC_KEY=f"{NEW_KEY},{OLD_KEY}"
    )

    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert all(secret not in shown for secret in settings.secret_values)
    assert set(settings.secret_values) == {
        GOOD["DISCORD_TOKEN"],
        GOOD["KIE_API_KEY"],
        "sqlite:////srv/secret.db",
        f"{NEW_KEY},{OLD_KEY}",
        NEW_KEY,
        OLD_KEY,
    }


def test_two_signature_keys_are_valid_while_they_are_exchanged(environment: Environment) -> None:
    settings = environment.load(KIE_WEBHOOK_HMAC_KEY=f"{NEW_KEY},{OLD_KEY}")

    assert settings.signature_keys == (NEW_KEY, OLD_KEY)
    assert environment.load(KIE_WEBHOOK_HMAC_KEY=NEW_KEY).signature_keys == (NEW_KEY,)


@pytest.mark.parametrize("keys", ["short", f"{NEW_KEY},", f"{NEW_KEY},{OLD_KEY},{NEW_KEY}", f"{NEW_KEY} , x"])
def test_a_key_that_could_be_guessed_is_refused_without_showing_it(
    environment: Environment, keys: str
) -> None:
    fault = fault_of(environment.loader(KIE_WEBHOOK_HMAC_KEY=keys), "KIE_WEBHOOK_HMAC_KEY")

    assert fault.found == "a value that is not shown"
    assert "at least 24 characters" in fault.accepted


@pytest.mark.parametrize(
    "address",
    ["http://bot.example", "bot.example", "https://", "https://u:p@bot.example", "https://b.example/?x=1"],
)
def test_a_public_address_is_https_and_nothing_more(environment: Environment, address: str) -> None:
    assert fault_of(environment.loader(PUBLIC_BASE_URL=address), "PUBLIC_BASE_URL").accepted


@pytest.mark.parametrize(
    ("address", "kept"),
    [("https://bot.example/kie/", "https://bot.example/kie"), ("http://127.0.0.1:9", "http://127.0.0.1:9")],
)
def test_a_public_address_may_have_a_path_and_be_loopback(
    environment: Environment, address: str, kept: str
) -> None:
    assert environment.load(PUBLIC_BASE_URL=address).public_base_url == kept


def test_settings_do_not_change_afterwards(environment: Environment) -> None:
    settings = environment.load()

    with pytest.raises(ValueError, match="frozen"):
        settings.web_port = 1  # type: ignore[misc]  # that is the point


def test_every_fault_is_told_at_once(environment: Environment) -> None:
    faults = faults_of(
        environment.loader(
            DISCORD_TOKEN=None,
            ALLOWED_GUILDS="",
            WEB_PORT="abc",
            LOG_LEVEL="LOUD",
            CLIP_PUBLIC_BASE_URL="https://bot.example",
            KIE_SUBMIT_RTE="1/1s",
        )
    )

    assert sorted(fault.name for fault in faults) == [
        "ALLOWED_GUILDS",
        "CLIP_PUBLIC_BASE_URL",
        "DISCORD_TOKEN",
        "KIE_SUBMIT_RTE",
        "LOG_LEVEL",
        "WEB_PORT",
    ]
    assert all(fault.found and fault.accepted for fault in faults)


def test_the_error_keeps_nothing_that_was_given(environment: Environment) -> None:
    with pytest.raises(SettingsInvalid) as error:
        environment.load(DISCORD_TOKEN="sp ace-in-token", KIE_API_KEY="'quoted-key'")

    assert "ace-in-token" not in repr(error.value)
    assert "quoted-key" not in repr(error.value)
    assert error.value.__cause__ is None


def test_the_working_folders_file_is_the_default(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.clear()
    (tmp_path / ".env").write_text(FILE)
    monkeypatch.chdir(tmp_path)

    assert load_settings().discord_token.get_secret_value() == "file-token"


def test_the_files_that_secrets_come_from_are_known(environment: Environment) -> None:
    path = environment.secret_file(b"a-secret-value")
    environment.load(KIE_API_KEY=None, KIE_API_KEY_FILE=path)
    assert secret_files(environment.dotenv) == (Path(path),)

    environment.write("LOG_LEVEL=INFO\n")
    assert secret_files(environment.dotenv) == (Path(path),)

    environment.write("DISCORD_TOKEN=file-token\n")
    assert secret_files(environment.dotenv) == (environment.dotenv, Path(path))
