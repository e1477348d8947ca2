"""The rules for components and for published commands, one broken at a time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.sandbox_discord_api import COMMANDS, V2, Studio, open_studio, option

TEXT = {"type": 10, "content": "text"}
LINK = {"type": 2, "style": 5, "label": "Open", "url": "https://example.org"}


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


def button(custom_id: str = "b", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "B", "custom_id": custom_id, **more}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def box(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 17, "components": list(components)}


def select(**more: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}], **more}


def errors_at(body: dict[str, Any], path: str) -> list[str]:
    """The codes of the errors at a path written with dots."""
    assert body["code"] == 50035, body
    node = body["errors"]
    for step in path.split("."):
        node = node[step]
    return [one["code"] for one in node["_errors"]]


@pytest.mark.parametrize(
    "components",
    [
        [TEXT],
        [box(TEXT, {"type": 14}, row(button(), LINK))],
        [{"type": 9, "components": [TEXT], "accessory": button()}],
        [{"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "https://a.b/c"}}}],
        [{"type": 12, "items": [{"media": {"url": "https://a.b/c.png"}}]}],
        [row(select())],
        [row(*(button(str(number)) for number in range(5)))],
        [{"type": 10, "content": "x" * 4000}],
        [box(*[TEXT] * 39)],
        [row({"type": 2, "style": 2, "emoji": {"name": "🔁"}, "custom_id": "b"})],
    ],
)
async def test_these_components_are_taken(studio: Studio, components: list[dict[str, Any]]) -> None:
    path = f"/channels/{studio.channel.id}/messages"

    assert await studio.code("POST", path, {"flags": V2, "components": components}) == (200, 0)


@pytest.mark.parametrize(
    ("components", "path"),
    [
        ([box(*[TEXT] * 40)], "components"),
        ([{"type": 10, "content": "x" * 4001}], "components.0.content"),
        ([{"type": 10, "content": "x" * 2001}] * 2, "components"),
        ([TEXT, {"type": 10, "content": ""}], "components.1.content"),
        ([row(button(), button())], "components"),
        ([row(button("x" * 101))], "components.0.components.0.custom_id"),
        ([row(button(""))], "components.0.components.0.custom_id"),
        ([row(button(label="x" * 81))], "components.0.components.0.label"),
        ([row(button(label=None))], "components.0.components.0.label"),
        ([row(button(style=9))], "components.0.components.0.style"),
        ([row({**LINK, "url": "ftp://a.b"})], "components.0.components.0.url"),
        ([row(*(button(str(number)) for number in range(6)))], "components.0.components"),
        ([row()], "components.0.components"),
        ([row(button(), select())], "components.0.components"),
        ([row(TEXT)], "components.0.components.0.type"),
        ([button()], "components.0.type"),
        ([box(box(TEXT))], "components.0.components.0.type"),
        ([{"type": 99}], "components.0.type"),
        ([{"type": 9, "components": [TEXT]}], "components.0.accessory.type"),
        ([{"type": 9, "components": [TEXT] * 4, "accessory": button()}], "components.0.components"),
        ([{"type": 12, "items": []}], "components.0.items"),
        ([{"type": 12, "items": [{"media": {"url": "a.png"}}]}], "components.0.items.0.media.url"),
        ([{"type": 13, "file": {"url": "https://a.b/c"}}], "components.0.file.url"),
        ([{"type": 13, "file": {"url": "attachment://missing.txt"}}], "components"),
        ([{"type": 14, "spacing": 3}], "components.0.spacing"),
        ([row(select(options=[]))], "components.0.components.0.options"),
        ([row(select(options=[{"label": "A", "value": "a"}] * 2))], "components.0.components.0.options"),
        ([row(select(min_values=2))], "components.0.components.0.max_values"),
        ([row(select(placeholder="x" * 151))], "components.0.components.0.placeholder"),
    ],
)
async def test_these_components_are_refused(
    studio: Studio, components: list[dict[str, Any]], path: str
) -> None:
    body = {"flags": V2, "components": components}

    _, answer = await studio.api("POST", f"/channels/{studio.channel.id}/messages", body)

    assert errors_at(answer, path)


@pytest.mark.parametrize(
    ("components", "path"),
    [([TEXT], "components.0.type"), ([row(button(str(number))) for number in range(6)], "components")],
)
async def test_without_the_flag_only_five_rows_are_taken(
    studio: Studio, components: list[dict[str, Any]], path: str
) -> None:
    body = {"content": "x", "components": components}

    _, answer = await studio.api("POST", f"/channels/{studio.channel.id}/messages", body)

    assert errors_at(answer, path)


async def test_components_are_numbered_and_read_in_order(studio: Studio) -> None:
    components = [box(TEXT, row(button("one"), button("two", id=7))), {"type": 10, "content": "below"}]

    message = await studio.send("", flags=V2, components=components)

    assert message.text == "text\nbelow"
    assert message.find("two") is not None
    assert [one["id"] for one in message.components] == [1, 5]
    assert [one["id"] for one in message.components[0]["components"][1]["components"]] == [4, 7]


async def test_an_uploaded_file_is_shown_where_a_component_names_it(studio: Studio) -> None:
    body = {"flags": V2, "components": [{"type": 13, "file": {"url": "attachment://list.csv"}}]}
    path = f"/channels/{studio.channel.id}/messages"

    _, answer = await studio.api("POST", path, body, files=[("list.csv", b"a;b")])

    shown = answer["components"][0]
    assert (shown["name"], shown["size"]) == ("list.csv", 3)
    async with studio.session.get(shown["file"]["url"]) as response:
        assert await response.read() == b"a;b"


def command(**more: Any) -> dict[str, Any]:
    return {"name": "make", "description": "Makes.", **more}


@pytest.mark.parametrize(
    ("published", "path"),
    [
        ([command(name="Make")], "0.name"),
        ([command(name="x" * 33)], "0.name"),
        ([command(name="two words")], "0.name"),
        ([command(description="")], "0.description"),
        ([command(description="x" * 101)], "0.description"),
        ([command(), command()], "1"),
        ([command(options=[option(3, f"o{number}") for number in range(26)])], "0.options"),
        ([command(options=[option(3, "a"), option(3, "b", required=True)])], "0.options.1"),
        ([command(options=[option(3, "a"), option(1, "b")])], "0.options"),
        ([command(options=[option(3, "a"), option(3, "a")])], "0.options.1"),
        ([command(options=[option(12, "a")])], "0.options.0.type"),
        ([command(options=[option(3, "A")])], "0.options.0.name"),
        (
            [command(options=[option(3, "a", choices=[{"name": "n", "value": "v"}] * 26)])],
            "0.options.0.choices",
        ),
        (
            [command(options=[option(3, "a", choices=[{"name": "n", "value": "v"}], autocomplete=True)])],
            "0.options.0",
        ),
        ([command(options=[option(11, "a", autocomplete=True)])], "0.options.0"),
        ([command(options=[option(11, "a", file_types=["video"] * 11)])], "0.options.0.file_types"),
        ([command(options=[option(1, "a", options=[option(1, "b")])])], "0.options.0.options.0"),
        ([{"name": "Menu", "type": 3, "description": "no"}], "0.description"),
    ],
)
async def test_these_commands_are_refused(studio: Studio, published: list[dict[str, Any]], path: str) -> None:
    address = f"/applications/{studio.discord.world.application_id}/commands"

    _, answer = await studio.api("PUT", address, published)

    assert errors_at(answer, path)


async def test_a_command_has_8000_characters_of_text_at_most(studio: Studio) -> None:
    choices = [{"name": "n" * 100, "value": f"{number:0>100}"} for number in range(25)]
    options = [option(3, name, choices=choices) for name in ("a", "b")]
    address = f"/applications/{studio.discord.world.application_id}/commands"

    _, answer = await studio.api("PUT", address, [command(options=options)])

    assert errors_at(answer, "0") == ["APPLICATION_COMMAND_TOO_LARGE"]


async def test_101_commands_are_too_many(studio: Studio) -> None:
    address = f"/applications/{studio.discord.world.application_id}/commands"
    published = [command(name=f"make{number}") for number in range(101)]

    assert await studio.code("PUT", address, published) == (400, 50035)


async def test_commands_keep_their_ids_when_published_again(studio: Studio) -> None:
    address = f"/applications/{studio.discord.world.application_id}/commands"
    before = {one["name"]: one["id"] for one in studio.discord.commands}

    _, answer = await studio.api("PUT", address, COMMANDS[:1])

    assert {one["name"]: one["id"] for one in answer} == {"character": before["character"]}
    assert [one["name"] for one in studio.discord.commands] == ["character"]


async def test_commands_of_one_server_stand_apart(studio: Studio) -> None:
    application = f"/applications/{studio.discord.world.application_id}"
    address = f"{application}/guilds/{studio.guild.id}/commands"

    status, answer = await studio.api("POST", address, command())

    assert (status, answer["guild_id"]) == (201, str(studio.guild.id))
    assert await studio.code("GET", f"{address}/{answer['id']}") == (200, 0)
    assert await studio.code("GET", f"{application}/commands/{answer['id']}") == (404, 10063)
    assert (await studio.mira.run_command(studio.channel, "make")).label == "/make"
    assert await studio.code("DELETE", f"{address}/{answer['id']}") == (204, 0)
    assert await studio.code("DELETE", f"{address}/{answer['id']}") == (404, 10063)


async def test_somebody_elses_application_is_closed(studio: Studio) -> None:
    assert await studio.code("PUT", "/applications/1/commands", []) == (403, 50001)


async def test_201_creations_a_day_are_too_many(studio: Studio) -> None:
    address = f"/applications/{studio.discord.world.application_id}/guilds/{studio.guild.id}/commands"
    for batch in ("first", "second"):
        published = [command(name=f"{batch}-{number}") for number in range(100)]
        assert (await studio.api("PUT", address, published))[0] == 200
    await studio.api("PUT", address, [])

    assert await studio.code("POST", address, command()) == (400, 30034)

    studio.discord.age(24 * 3600 + 1)
    assert await studio.code("POST", address, command()) == (201, 0)
