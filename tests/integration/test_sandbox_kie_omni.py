"""The local provider's second model, against what is known of it: picture and description in, id out."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.kie.account import ModelState, RateWindow
from sandbox.kie.server import Kie, open_kie
from tests.integration.kie_client import MP4, Client, open_client

JPEG = b"\xff\xd8\xff\xe0" + bytes(400)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(400)
ENDPOINT = "omni-character"


@pytest.fixture
async def kie() -> AsyncIterator[Kie]:
    async with open_kie() as running:
        yield running


@pytest.fixture
async def client(kie: Kie) -> AsyncIterator[Client]:
    async with open_client(kie) as plain:
        yield plain


async def create(client: Client, body: object) -> dict[str, Any]:
    return await client.post(f"{client.kie.api_base_url}/api/v1/omni/character/create", json=body)


async def wanted(client: Client, picture: bytes = JPEG, /, **fields: object) -> dict[str, object]:
    return {"descriptions": "a clay fox", "image_urls": [await client.uploaded_url(picture)], **fields}


@pytest.mark.parametrize("picture", [JPEG, PNG])
async def test_the_id_comes_in_the_answer(kie: Kie, client: Client, picture: bytes) -> None:
    answer = await create(client, await wanted(client, picture, character_name="Fen", audio_ids=["v1"]))

    (made,) = kie.omni.characters
    assert (answer["code"], answer["msg"]) == (200, "success")
    assert answer["data"]["characterId"] == made.character_id
    assert answer["data"]["characterName"] == "Fen"
    assert answer["data"]["imageUrl"].startswith("http")
    assert set(answer["data"]) == {"characterId", "characterName", "imageUrl"}
    assert (made.request.descriptions, made.charged_credits) == ("a clay fox", Decimal(0))
    assert kie.ledger.tasks == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"descriptions": None}, 500),
        ({"descriptions": ""}, 500),
        ({"descriptions": 7}, 422),
        ({"descriptions": "a" * 20_001}, 422),
        ({"image_urls": None}, 500),
        ({"image_urls": []}, 500),
        ({"image_urls": "http://127.0.0.1/a.jpg"}, 422),
        ({"image_urls": ["not an address"]}, 422),
        ({"image_urls": ["http://127.0.0.1:9/a.jpg"] * 2}, 422),
        ({"image_urls": ["http://127.0.0.1:9/a.jpg"]}, 451),
        ({"character_name": 7}, 422),
        ({"character_name": "n" * 211}, 422),
        ({"audio_ids": "v1"}, 422),
        ({"safety_instruction": "calm"}, 422),
        ({"model": "gemini-omni"}, 422),
    ],
)
async def test_a_body_that_is_not_right_is_refused_for_nothing(
    kie: Kie, client: Client, fields: dict[str, object], code: int
) -> None:
    body = {name: value for name, value in (await wanted(client) | fields).items() if value is not None}

    answer = await create(client, body)

    assert (answer["code"], answer["data"]) == (code, None)
    assert kie.omni.characters == []


async def test_an_empty_body_misses_what_is_required(kie: Kie, client: Client) -> None:
    assert await create(client, {}) == {"code": 500, "msg": "This field is required", "data": None}
    assert kie.omni.characters == []


async def test_a_clip_is_no_picture(kie: Kie, client: Client) -> None:
    assert (await create(client, await wanted(client, MP4)))["code"] == 422
    assert kie.omni.characters == []


async def test_texts_may_be_as_long_as_they_are_said_to_be(client: Client) -> None:
    body = await wanted(client, descriptions="a" * 20_000, character_name="n" * 210)

    assert (await create(client, body))["code"] == 200


@pytest.mark.parametrize(("state", "code"), [(ModelState.PAUSED, 500), (ModelState.WITHDRAWN, 422)])
async def test_it_may_be_off_while_the_other_family_serves_and_the_other_way_round(
    kie: Kie, client: Client, state: ModelState, code: int
) -> None:
    kie.account.omni_state = state
    refused = await create(client, await wanted(client))
    other = await client.submit()
    kie.resume_omni()
    kie.account.model_state = state

    assert (refused["code"], other["code"]) == (code, 200)
    assert (await create(client, await wanted(client)))["code"] == 200
    assert (await client.submit())["code"] == code


async def test_orders_of_both_families_share_one_rate(kie: Kie, client: Client) -> None:
    kie.account.submission_window = RateWindow(2, 10.0)
    body = await wanted(client)

    assert [(await client.submit())["code"], (await create(client, body))["code"]] == [200, 200]
    assert (await create(client, body))["code"] == 429


async def test_where_it_has_a_price_the_account_must_cover_it(kie: Kie, client: Client) -> None:
    kie.account.omni_cost, kie.balance = Decimal(4), Decimal("7.5")
    body = await wanted(client)

    assert [(await create(client, body))["code"] for _ in range(2)] == [200, 402]
    assert kie.balance == Decimal("3.5")


async def test_a_wrong_key_is_refused(kie: Kie, client: Client) -> None:
    kie.account.api_key = "another"

    assert (await create(client, {}))["code"] == 401


async def test_any_id_may_be_ordered_and_a_lost_answer_has_made_a_character(kie: Kie, client: Client) -> None:
    kie.omni.ids.extend([4711, None])
    body = await wanted(client)
    told = [(await create(client, body))["data"]["characterId"] for _ in range(2)]
    kie.faults.empty(ENDPOINT, when="after")
    async with client.session.post(f"{kie.api_base_url}/api/v1/omni/character/create", json=body) as response:
        assert await response.read() == b""

    assert told == [4711, None]
    assert len(kie.omni.characters) == 3
    assert [len(group) for group in kie.omni.doubled()] == [3]
