"""Requests are judged by Discord's own document, here by a small one of the same form."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.openapi import Checker
from sandbox.discord.openapi_known import KNOWN, known_reason
from tests.integration.sandbox_discord_api import Studio, open_studio

DOCUMENT = {
    "paths": {
        "/channels/{channel_id}/messages": {
            "get": {"parameters": [{"name": "limit", "in": "query"}]},
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}},
                },
                "responses": {"200": {}},
            },
        },
        "/applications/{application_id}/commands": {"put": {}},
    },
    "components": {
        "schemas": {
            "Message": {
                "type": "object",
                "properties": {
                    "content": {"type": ["string", "null"], "maxLength": 5},
                    "attachments": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                    },
                    "components": {
                        "type": "array",
                        "items": {
                            "oneOf": [
                                {"$ref": "#/components/schemas/Row"},
                                {"$ref": "#/components/schemas/Text"},
                            ]
                        },
                    },
                },
            },
            "Row": {
                "type": "object",
                "required": ["type"],
                "properties": {"type": {"type": "integer", "enum": [1]}, "components": {"type": "array"}},
            },
            "Text": {
                "type": "object",
                "required": ["type", "content"],
                "properties": {"type": {"type": "integer", "enum": [10]}, "content": {"type": "string"}},
            },
        }
    },
}


@pytest.fixture
async def judged(tmp_path: Path) -> AsyncIterator[Studio]:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    async with open_studio(openapi_path=path) as opened:
        yield opened


async def complaints(studio: Studio, body: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and message of what is wrong with a message request."""
    await studio.api("POST", f"/channels/{studio.channel.id}/messages", body)
    return [(one.json_path, one.message) for one in studio.discord.violations]


async def test_a_request_by_the_document_is_no_violation(judged: Studio) -> None:
    assert await complaints(judged, {"content": "short", "components": [{"type": 1}]}) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"content": "too long"}, ("$.content", "'too long' is too long")),
        ({"colour": 1}, ("$", "Additional properties are not allowed ('colour' was unexpected)")),
        ({"components": [{"type": 10}]}, ("$.components[0]", "'content' is a required property")),
        ({"components": [{"type": 3}]}, ("$.components[0].type", "3 is not one of [1, 10]")),
        (
            {"components": [{"type": 10, "content": "x", "id": "x"}]},
            ("$.components[0]", "Additional properties are not allowed ('id' was unexpected)"),
        ),
    ],
)
async def test_a_violation_names_its_place(
    judged: Studio, body: dict[str, Any], complaint: tuple[str, str]
) -> None:
    assert await complaints(judged, body) == [complaint]


async def test_unknown_addresses_and_parameters_are_violations(judged: Studio) -> None:
    await judged.api("GET", f"/channels/{judged.channel.id}/messages", query={"limit": "1", "page": "2"})
    await judged.api("DELETE", "/no/such/thing")

    assert [(one.method, one.route, one.json_path) for one in judged.discord.violations] == [
        ("GET", "/channels/{channel_id}/messages", "$query.page"),
        ("DELETE", "/no/such/thing", "$"),
    ]


async def test_what_discord_py_is_known_to_do_is_no_violation(judged: Studio) -> None:
    body = {"content": "short", "attachments": [{"id": 0}]}

    assert await complaints(judged, body) == []


async def test_the_same_elsewhere_is_a_violation(judged: Studio) -> None:
    body = {"content": "short", "attachments": [{"id": "0", "name": 1}]}

    assert [path for path, _ in await complaints(judged, body)] == ["$.attachments[0]"]


def test_every_known_disagreement_has_a_reason() -> None:
    assert all(len(known.reason) > 20 for known in KNOWN)


@pytest.mark.parametrize(
    ("route", "json_path", "message"),
    [
        ("PATCH /channels/{channel_id}/messages/{message_id}", "$", "('tts' was unexpected)"),
        ("PUT /applications/{application_id}/commands", "$[2]", "('nsfw' was unexpected)"),
        ("POST /users/@me/channels", "$.recipient_id", "1 is not of type 'string'"),
    ],
)
def test_a_known_disagreement_is_known_only_there(route: str, json_path: str, message: str) -> None:
    method, template = route.split(" ")

    assert known_reason(method, template, json_path, message)
    assert known_reason(method, template, json_path + ".other", message) is None
    assert known_reason("DELETE", template, json_path, message) is None


def test_an_answer_of_the_sandbox_can_be_judged_too(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    checker = Checker(path)

    route = "/channels/{channel_id}/messages"

    assert checker.answer_faults("POST", route, 200, None) == []
    assert [one.message for one in checker.answer_faults("POST", route, 201, None)] == [
        "the document has no answer 201"
    ]
