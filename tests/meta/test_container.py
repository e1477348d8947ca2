"""Dockerfile and compose.yaml: what they promise of the container, and that the settings they name exist."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from bot import clouds
from bot.settings import SECRETS, Settings, load_settings
from sandbox.bot_run import STOP_SECONDS
from tests.integration.image_steps import Step, stages, steps
from tests.meta.test_house import REQUIRED

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
FINAL = stages(DOCKERFILE)["final"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SECRET_FILES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.secrets.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVERS = ("postgres", "store")
SETTINGS = {name.upper() for name in Settings.model_fields}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-+])([^{}]*))?\}")
"""`${NAME}`, `${NAME:-otherwise}` and `${NAME:+instead}` (Compose: Interpolation), with none inside it."""


def texts(instruction: str, among: list[Step] = FINAL) -> list[str]:
    return [step.text for step in among if step.instruction == instruction]


def environment() -> dict[str, str]:
    """What the image sets."""
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(texts("ENV"))))


def interpolated(text: str, variables: dict[str, str]) -> str:
    """What Compose makes of a value. What stands inside another one is replaced first."""

    def value(found: re.Match[str]) -> str:
        name, operator, other = found.groups()
        given = variables.get(name, "")
        if operator == "+":
            return other if given else ""
        return given or other or ""

    while (replaced := VARIABLE.sub(value, text)) != text:
        text = replaced
    return text


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text[:-1])


def admitted(path: str) -> bool:
    """Whether .dockerignore lets a path into the build: the last line that fits decides (Docker)."""
    verdict = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        anywhere = line.startswith("**/") and any(fnmatch(part, pattern) for part in path.split("/"))
        if (
            line
            and not line.startswith("#")
            and (anywhere or fnmatch(path, pattern) or path.startswith(f"{pattern}/"))
        ):
            verdict = line.startswith("!")
    return verdict


@pytest.mark.parametrize("instruction", ["ENTRYPOINT", "CMD", "HEALTHCHECK"])
def test_no_shell_is_needed_where_the_image_runs(instruction: str) -> None:
    (text,) = texts(instruction)

    assert all(isinstance(word, str) for word in json.loads(text[text.index("[") :]))


def test_the_image_runs_as_a_numbered_user_without_rights() -> None:
    (user,) = texts("USER")

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert f"--owner {user.partition(':')[0]} " in " ".join(texts("RUN"))


def test_the_image_holds_no_secret_and_sets_only_settings_that_exist() -> None:
    ours = {name for name in environment() if not name.startswith(("PATH", "PYTHON"))}

    assert ours <= SETTINGS - set(SECRETS)
    assert environment()["DATA_DIR"] in texts("VOLUME")
    assert texts("ARG") == ["VERSION=0.1.0", "REVISION=unknown"]


def test_the_last_stage_installs_nothing_and_takes_what_it_holds_from_the_first() -> None:
    assert not [text for text in texts("RUN") if "pip" in text or "apt" in text]
    assert all(text.startswith("--from=build ") for text in texts("COPY"))


def test_what_is_installed_is_locked_by_hashes() -> None:
    installs = [text for text in texts("RUN", steps(DOCKERFILE)) if " install --no-cache-dir" in text]

    assert len(installs) == 2
    for install, lock in zip(installs, ("requirements.txt", "requirements-image.txt"), strict=True):
        assert "--require-hashes --only-binary :all: " in install
        assert install.endswith(f"-r /tmp/{lock}")
        assert f"{lock} /tmp/{lock}" in texts("COPY", stages(DOCKERFILE)["build"])


def test_the_image_names_the_version_that_it_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (labels,) = texts("LABEL")

    assert f"VERSION={project['version']}" in texts("ARG")
    assert 'org.opencontainers.image.version="$VERSION"' in labels
    assert project["description"] in labels


def test_nothing_goes_to_the_build_but_what_is_copied() -> None:
    copied = [word for text in texts("COPY", stages(DOCKERFILE)["build"]) for word in text.split()[:-1]]

    assert all(admitted(path) and (ROOT / path).exists() for path in copied), copied
    opened = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert sorted(opened) == sorted(copied)
    for kept_out in (".env", ".git/config", "data/dramatis.db", "tests/conftest.py", "bot/__pycache__/a.pyc"):
        assert not admitted(kept_out), kept_out


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_runs_with_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "logging"} <= set(service)
    assert all({"noexec", "nosuid"} <= set(mount.split(":")[1].split(",")) for mount in service["tmpfs"])
    assert not {"privileged", "network_mode", "cap_add", "devices"} & set(service)


def test_the_bot_is_given_more_time_to_stop_than_it_takes() -> None:
    assert seconds(SERVICES["dramatis"]["stop_grace_period"]) == 30 > STOP_SECONDS


def test_the_servers_are_only_there_when_their_profile_is_asked_for() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["dramatis"]
    for name in SERVERS:
        assert SERVICES[name]["profiles"] == ["servers"]
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD", "no shell is asked"
        waited_for = SERVICES["dramatis"]["depends_on"][name]
        assert waited_for == {"condition": "service_healthy", "required": False}


def test_nobody_but_this_machine_reaches_the_containers() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports == ["127.0.0.1:8080:8080"]
    assert COMPOSE["networks"]["servers"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in SERVERS] == [["servers"], ["servers"]]


def test_every_volume_that_is_mounted_is_declared_and_the_other_way_round() -> None:
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]}

    assert mounted == set(COMPOSE["volumes"])
    assert "data:/data" in SERVICES["dramatis"]["volumes"]


def test_compose_sets_only_settings_that_exist_and_no_secret_by_its_value() -> None:
    given = SERVICES["dramatis"]["environment"]

    assert all(name in SETTINGS or clouds.NAME.fullmatch(name) for name in given)
    secret = {name for name in given if name in SECRETS or clouds.SECRET_NAME.search(name)}
    assert secret == {"DATABASE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert all("$" in given[name] for name in secret)


def test_secrets_may_stand_in_files_that_only_the_container_that_needs_one_sees() -> None:
    services = SECRET_FILES["services"]

    assert set(services) <= set(SERVICES)
    for service in services.values():
        named = {path.removeprefix("/run/secrets/") for path in service["environment"].values()}
        assert named == set(service["secrets"]) <= set(SECRET_FILES["secrets"])
    assert set(services["dramatis"]["environment"]) <= {f"{name}_FILE" for name in SECRETS}
    assert {one["file"] for one in SECRET_FILES["secrets"].values()} == {
        f"./secrets/{name}" for name in SECRET_FILES["secrets"]
    }


STORE = {
    "CLIP_STORE_URL": "s3://clips",
    "AWS_ENDPOINT_URL": "http://store:7070",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "dramatis",
    "AWS_SECRET_ACCESS_KEY": "def456",
}
OWN = "postgresql://dramatis:abc123@postgres/dramatis"
THEIRS = "postgresql://me:x@db.example.org/bots"
DATABASES = [
    ({}, "sqlite:////data/dramatis.db"),
    ({"POSTGRES_PASSWORD": "abc123"}, OWN),
    ({"DATABASE_URL": THEIRS}, THEIRS),
    ({"DATABASE_URL": THEIRS, "POSTGRES_PASSWORD": "abc123"}, THEIRS),
]


@pytest.mark.parametrize(("written", "database"), DATABASES)
def test_a_copy_of_the_example_and_compose_together_are_settings_that_load(
    written: dict[str, str], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    from_file = example | REQUIRED | written
    over = SERVICES["dramatis"]["environment"]
    for name, value in (environment() | from_file | over).items():
        if name in SETTINGS:
            monkeypatch.setenv(name, interpolated(str(value), from_file))

    settings = load_settings(tmp_path / "none")

    assert settings.database == database
    assert settings.data_dir == Path("/data")
    assert (settings.web_host, settings.web_port) == ("0.0.0.0", 8080)  # noqa: S104 - inside its container


def test_the_database_of_the_profile_is_the_one_that_the_bot_is_sent_to() -> None:
    postgres = SERVICES["postgres"]["environment"]

    assert f"postgresql://{postgres['POSTGRES_USER']}:abc123@postgres/{postgres['POSTGRES_DB']}" == OWN
    assert interpolated(postgres["POSTGRES_PASSWORD"], {"POSTGRES_PASSWORD": "abc123"}) == "abc123"


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ({}, dict.fromkeys(STORE, "")),
        ({"STORE_SECRET_KEY": "def456"}, STORE),
        (
            {"CLIP_STORE_URL": "file:///data/c", "AWS_REGION": "eu-1"},
            {"CLIP_STORE_URL": "file:///data/c", "AWS_REGION": "eu-1"},
        ),
    ],
)
def test_clips_go_where_the_file_says_then_to_the_store_of_the_profile(
    written: dict[str, str], made: dict[str, str]
) -> None:
    given = SERVICES["dramatis"]["environment"]

    assert {name: interpolated(given[name], written) for name in made} == made


def test_the_store_of_the_profile_is_the_one_that_the_bot_is_sent_to() -> None:
    store = SERVICES["store"]["environment"]
    secret = interpolated(store["ROOT_SECRET_ACCESS_KEY"], {"STORE_SECRET_KEY": "def456"})

    assert STORE["AWS_ENDPOINT_URL"] == f"http://store{store['VGW_PORT']}"
    assert (STORE["AWS_ACCESS_KEY_ID"], STORE["AWS_SECRET_ACCESS_KEY"]) == (
        store["ROOT_ACCESS_KEY_ID"],
        secret,
    )
    assert STORE["AWS_REGION"] == store["VGW_REGION"]
    assert SERVICES["store"]["volumes"] == [f"clips:{store['VGW_BACKEND_ARG']}/clips"], (
        "the bucket is a volume"
    )
    assert SERVICES["store"]["healthcheck"]["test"][-1].endswith(f"{store['VGW_PORT']}{store['VGW_HEALTH']}")
