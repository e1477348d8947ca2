"""Scripted faults, rate limits and misbehaving downloads."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import discord as discord_py
import pytest

from sandbox.discord.asks import RecordedRequest
from sandbox.discord.files import AttachmentFile
from tests.integration.discord_addresses import pointed_at
from tests.integration.sandbox_discord_api import Studio, heard_by, open_studio

BODY = bytes(range(256)) * 4096  # one mebibyte


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
def messages(studio: Studio) -> str:
    return f"/channels/{studio.channel.id}/messages"


async def test_a_failure_before_does_nothing(studio: Studio, messages: str) -> None:
    fault = studio.discord.faults.fail("POST", "/channels/*/messages", status=503)

    assert (await studio.api("POST", messages, {"content": "x"}))[0] == 503
    assert (studio.channel.messages, fault.fired) == ([], 1)
    assert await studio.code("POST", messages, {"content": "x"}) == (200, 0)


async def test_a_failure_after_has_done_it(studio: Studio, messages: str) -> None:
    studio.discord.faults.fail("POST", "/channels/*/messages", status=502, when="after")

    assert (await studio.api("POST", messages, {"content": "x"}))[0] == 502
    assert [message.text for message in studio.channel.messages] == ["x"]


async def test_a_failure_by_code_brings_its_status_and_sentence(studio: Studio, messages: str) -> None:
    studio.discord.faults.fail("*", "/channels/**", code=50083, times=2)

    status, body = await studio.api("POST", messages, {"content": "x"})

    assert (status, body) == (400, {"message": "Thread is archived", "code": 50083})
    assert await studio.code("GET", messages) == (400, 50083)
    assert (await studio.api("GET", messages))[0] == 200


async def test_a_failure_can_last_until_it_is_stopped(studio: Studio, messages: str) -> None:
    fault = studio.discord.faults.fail("GET", "/channels/{channel_id}/messages", times=None)
    assert [(await studio.api("GET", messages))[0] for _ in range(3)] == [500] * 3

    fault.stop()

    assert (await studio.api("GET", messages))[0] == 200


async def test_a_star_stands_for_one_step_of_the_path(studio: Studio, messages: str) -> None:
    message = await studio.send()
    studio.discord.faults.fail("GET", "/channels/*", times=None)

    assert (await studio.api("GET", f"{messages}/{message.id}"))[0] == 200
    assert (await studio.api("GET", f"/channels/{studio.channel.id}"))[0] == 500


async def test_a_reset_before_does_nothing_and_after_has_done_it(studio: Studio, messages: str) -> None:
    studio.discord.faults.reset("POST", "/channels/*/messages")
    with pytest.raises(aiohttp.ClientError):
        await studio.api("POST", messages, {"content": "x"})
    assert studio.channel.messages == []

    studio.discord.faults.reset("POST", "/channels/*/messages", when="after")
    with pytest.raises(aiohttp.ClientError):
        await studio.api("POST", messages, {"content": "x"})
    assert len(studio.channel.messages) == 1


async def test_a_delay_lets_a_request_wait(studio: Studio, messages: str) -> None:
    studio.discord.faults.delay("GET", "/channels/*/messages", 0.05)
    started = time.monotonic()

    assert (await studio.api("GET", messages))[0] == 200
    assert time.monotonic() - started >= 0.05


async def test_a_hook_runs_while_the_request_waits(studio: Studio, messages: str) -> None:
    seen: list[tuple[str, Any, int]] = []

    async def look(request: RecordedRequest) -> None:
        seen.append((request.route, request.status, len(studio.channel.messages)))

    studio.discord.faults.on_request("POST", "/channels/*/messages", look)
    studio.discord.faults.on_request("POST", "/channels/*/messages", look, when="after")
    await studio.api("POST", messages, {"content": "x"})

    route = "/channels/{channel_id}/messages"
    assert seen == [(route, None, 0), (route, None, 1)]


async def test_every_answer_tells_the_state_of_its_bucket(studio: Studio, messages: str) -> None:
    studio.discord.limits.set("GET", "/channels/{channel_id}/messages", 2, 60)
    url = studio.discord.api_base_url + messages
    headers = {"Authorization": "Bot sandbox-token"}

    told = []
    for _ in range(2):
        async with studio.session.get(url, headers=headers) as response:
            told.append(response.headers)

    assert [one["X-RateLimit-Remaining"] for one in told] == ["1", "0"]
    assert told[0]["X-RateLimit-Limit"] == "2"
    assert 50 < float(told[0]["X-RateLimit-Reset-After"]) <= 60
    assert abs(float(told[0]["X-RateLimit-Reset"]) - time.time() - 60) < 10
    assert told[0]["X-RateLimit-Bucket"] == told[1]["X-RateLimit-Bucket"]


async def test_too_many_requests_meet_a_429_discord_py_understands(studio: Studio, messages: str) -> None:
    studio.discord.limits.set("POST", "/channels/{channel_id}/messages", 1, 60)
    await studio.send()
    url = studio.discord.api_base_url + messages
    headers = {"Authorization": "Bot sandbox-token"}

    async with studio.session.post(url, headers=headers, json={"content": "x"}) as response:
        body = await response.json()

    assert (response.status, "Via" in response.headers) == (429, True)
    assert 50 < body["retry_after"] <= 60
    assert body["global"] is False


async def test_buckets_of_two_channels_are_apart(studio: Studio, messages: str) -> None:
    studio.discord.limits.set("GET", "/channels/{channel_id}/messages", 1, 60)
    other = studio.guild.add_text_channel("other")

    assert (await studio.api("GET", messages))[0] == 200
    assert (await studio.api("GET", f"/channels/{other.id}/messages"))[0] == 200
    assert (await studio.api("GET", messages))[0] == 429


async def test_discord_py_waits_out_a_scripted_rate_limit(studio: Studio) -> None:
    studio.discord.faults.rate_limit("GET", "/users/@me", 0.02)
    with pointed_at(studio.discord):
        async with discord_py.Client(intents=discord_py.Intents.none()) as client:
            await client.login("sandbox-token")

    asked = studio.discord.requests_to("GET", "/users/@me")
    assert [one.status for one in asked] == [429, 200]


async def test_a_block_by_the_network_in_front_is_an_error_at_once(studio: Studio) -> None:
    studio.discord.faults.block("GET", "/users/@me")
    with pointed_at(studio.discord):
        async with discord_py.Client(intents=discord_py.Intents.none()) as client:
            with pytest.raises(discord_py.HTTPException) as refusal:
                await client.login("sandbox-token")

    assert refusal.value.status == 429
    assert "Error 1015" in refusal.value.text


async def clip_url(studio: Studio, file: AttachmentFile) -> str:
    """The link under which a command hands over a clip."""
    heard = heard_by(studio)
    await studio.mira.run_command(studio.channel, "character create", clip=file, subject="me")
    attachments: dict[str, Any] = heard[0]["data"]["resolved"]["attachments"]
    url: str = next(iter(attachments.values()))["url"]
    return url


async def fetched(studio: Studio, url: str) -> tuple[int, bytes]:
    async with studio.session.get(url) as response:
        return response.status, await response.read()


async def test_a_clip_is_served_under_a_signed_link(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))

    assert url.startswith(f"http://{studio.discord.cdn_host}/ephemeral-attachments/")
    assert await fetched(studio, url) == (200, BODY)
    assert [(one.filename, one.status) for one in studio.discord.cdn.downloads] == [("fox.mp4", 200)]


async def test_a_clip_can_be_a_file_on_disk(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "fox.mp4"
    path.write_bytes(BODY)

    url = await clip_url(studio, AttachmentFile("fox.mp4", path))

    assert await fetched(studio, url) == (200, BODY)


async def test_a_link_ends_after_a_day(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))
    studio.discord.age(24 * 3600 + 1)

    assert await fetched(studio, url) == (404, b"This content is no longer available.")


@pytest.mark.parametrize(("old", "new"), [("hm=", "hm=0"), ("ex=", "ex=f"), ("fox", "cat"), ("?", "#")])
async def test_a_forged_link_leads_nowhere(studio: Studio, old: str, new: str) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))

    assert (await fetched(studio, url.replace(old, new)))[0] == 404


async def test_a_claimed_field_can_be_changed_or_left_out(studio: Studio) -> None:
    heard = heard_by(studio)
    file = AttachmentFile("fox.mp4", BODY, claims={"size": 7, "content_type": None, "width": 640})
    await studio.mira.run_command(studio.channel, "character create", clip=file, subject="me")

    told = next(iter(heard[0]["data"]["resolved"]["attachments"].values()))
    assert (told["size"], told["width"], "content_type" in told) == (7, 640, False)


async def test_a_download_can_be_forbidden_once(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))
    studio.discord.cdn.fail("*.mp4", status=403)

    assert (await fetched(studio, url))[0] == 403
    assert (await fetched(studio, url))[0] == 200


@pytest.mark.parametrize("claimed_bytes", [len(BODY) + 1, 10 * len(BODY)])
async def test_a_length_too_long_ends_too_early(studio: Studio, claimed_bytes: int) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))
    studio.discord.cdn.lie_about_length("*", claimed_bytes)

    with pytest.raises(aiohttp.ClientError):
        await fetched(studio, url)


async def test_a_length_too_short_cuts_the_body(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))
    studio.discord.cdn.lie_about_length("*", 1000)

    assert await fetched(studio, url) == (200, BODY[:1000])


async def test_a_body_without_end_goes_on_until_the_reader_leaves(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", b"abc"))
    studio.discord.cdn.endless("*")

    async with studio.session.get(url) as response:
        assert response.content_length is None
        assert await response.content.readexactly(300_000) == b"abc" * 100_000


async def test_a_slow_body_takes_its_time(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY[:1000]))
    studio.discord.cdn.slow("*", bytes_per_second=10_000)
    started = time.monotonic()

    assert await fetched(studio, url) == (200, BODY[:1000])
    assert time.monotonic() - started >= 0.09


async def test_a_connection_can_break_midway(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY))
    studio.discord.cdn.reset("*", after_bytes=1000)

    with pytest.raises(aiohttp.ClientError):
        await fetched(studio, url)
    assert await fetched(studio, url) == (200, BODY)


async def test_fifty_large_clips_are_served_at_once(studio: Studio) -> None:
    url = await clip_url(studio, AttachmentFile("fox.mp4", BODY * 2))

    answers = await asyncio.gather(*(fetched(studio, url) for _ in range(50)))

    assert {(status, len(body)) for status, body in answers} == {(200, 2 * len(BODY))}
