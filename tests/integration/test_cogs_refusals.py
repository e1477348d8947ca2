"""What is refused: privately, with the reason, the cost and the member's own words, leaving no job."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sandbox.discord.calls import Call
from sandbox.discord.files import AttachmentFile
from sandbox.discord.messages import Message
from tests.integration.cogs_studio import CALLBACK, DAILY_CAP, Studio, open_studio, pings_nobody

EMPTY = AttachmentFile("fox.mp4", b"")
TOO_BIG = AttachmentFile("fox.mp4", b"", claims={"size": 524_288_001})
LARGEST = AttachmentFile("fox.mp4", b"", claims={"size": 524_288_000})
WITHOUT_LIMITS: list[dict[str, Any]] = [
    {"name": "clip", "type": 11},
    *({"name": name, "type": 3} for name in ("subject", "prompt", "safety", "name", "visibility")),
]
"""What a client that checks nothing sends."""
HOSTILE = [
    "@everyone @here",
    "<@&1> <@2> <#3>",
    "```\n@everyone\n```",
    "`" * 2000,
    "\u202egpj.exe\u2066\u200f",
    "a\x00b\x1b[2J",
    "[safe](https://evil.example) discord.gg/x",
    "{0.__class__} %s ${x}",
]
UNSEEN = set("\x00\x1b\u202e\u2066\u200f")


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


async def unchecked(studio: Studio, **options: Any) -> Call:
    given = {"clip": AttachmentFile("fox.mp4", b"clip"), "subject": "me"} | options
    return await studio.mira.run_unchecked(studio.channel, "character create", WITHOUT_LIMITS, **given)


async def refused(studio: Studio, call: Call) -> Message:
    """The private answer, after having seen that nothing else happened."""
    response = await call.first_response()
    assert response.message is not None
    assert response.ephemeral
    assert await studio.jobs_of(studio.mira) == []
    assert pings_nobody(studio)
    return response.message


def file_text(message: Message, filename: str) -> str:
    stored = next(one for one in message.files if one.filename == filename)
    assert isinstance(stored.file.body, bytes)
    return stored.file.body.decode()


async def test_an_empty_file(studio: Studio) -> None:
    message = await refused(studio, await studio.create(clip=EMPTY))

    assert "empty" in message.text
    assert "0 bytes" in message.text
    assert "Nothing was charged." in message.text
    assert "```\nfox detective\n```" in message.text


async def test_a_file_of_one_byte_too_many(studio: Studio) -> None:
    message = await refused(studio, await studio.create(clip=TOO_BIG, safety="no guns"))

    assert "524,288,001 bytes" in message.text
    assert "10,000,000 bytes, or 524,288,000 to cut a part out" in message.text
    assert "```\nfox detective\n```" in message.text
    assert "```\nno guns\n```" in message.text


async def test_the_largest_file_is_not_refused(studio: Studio) -> None:
    assert (await studio.accepted(clip=LARGEST)).job.order.attachment.size_bytes == 524_288_000


async def test_a_prompt_of_5001_comes_back_whole(studio: Studio) -> None:
    prompt = "a" * 5000 + "z"

    message = await refused(studio, await unchecked(studio, prompt=prompt))

    assert "5,001" in message.text
    assert "5,000" in message.text
    assert file_text(message, "prompt.txt") == prompt


async def test_a_prompt_of_5000_is_accepted(studio: Studio) -> None:
    assert (await studio.accepted(prompt="a" * 5000)).job.order.prompt == "a" * 5000


async def test_a_safety_text_that_does_not_fit_beside_the_floor(studio: Studio) -> None:
    message = await refused(studio, await studio.create(safety="s" * 4990))

    assert "safety text" in message.text
    assert "Nothing was charged." in message.text
    assert "```\nfox detective\n```" in message.text
    assert file_text(message, "safety.txt") == "s" * 4990


async def test_a_name_of_41(studio: Studio) -> None:
    message = await refused(studio, await unchecked(studio, name="n" * 41, prompt="fox"))

    assert "41" in message.text
    assert "```\nfox\n```" in message.text


async def test_hostile_words_come_back_harmless(studio: Studio) -> None:
    for prompt in HOSTILE:
        message = await refused(studio, await unchecked(studio, clip=EMPTY, prompt=prompt))

        assert message.text.count("```") in {0, 2}
        assert not set(message.text) & UNSEEN
        assert not message.pinged_user_ids
        assert not message.mentions_everyone


async def test_hostile_words_on_a_card_are_harmless(studio: Studio) -> None:
    for prompt in HOSTILE:
        response = await (await unchecked(studio, prompt=prompt)).first_response()
        assert response.message is not None

        await studio.story_on(response.message)

        assert "@everyone" not in response.message.text
        assert "](https://" not in response.message.text
        assert not set(response.message.text) & UNSEEN
        assert not response.message.pinged_user_ids
    assert pings_nobody(studio)


async def test_a_bot_that_cannot_tell_the_result_does_not_start(studio: Studio) -> None:
    studio.channel.deny_bot("SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS")

    message = await refused(studio, await studio.create())

    assert "**Create Public Threads**, **Send Messages in Threads**" in message.text
    assert f"<#{studio.channel.id}>" in message.text
    assert "Nothing was charged." in message.text


async def test_a_private_job_does_not_need_threads(studio: Studio) -> None:
    studio.channel.deny_bot("SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS", "SEND_MESSAGES")

    assert (await studio.accepted(visibility="private")).job.card is None


async def test_a_server_that_is_not_allowed(tmp_path: Path) -> None:
    async with open_studio(tmp_path, allows_everybody=False) as studio:
        message = await refused(studio, await studio.create())
        listed = await (await studio.mira.run_command(studio.channel, "character list")).first_response()

        assert f"`{studio.guild.id}`" in message.text
        assert listed.message is not None
        assert f"`{studio.guild.id}`" in listed.message.text


async def test_the_days_last_place_is_taken(studio: Studio) -> None:
    for _ in range(DAILY_CAP):
        await studio.accepted()

    response = await (await studio.create()).first_response()
    assert response.message is not None

    assert response.ephemeral
    assert f"{DAILY_CAP} of {DAILY_CAP}" in response.message.text
    assert "```\nfox detective\n```" in response.message.text
    assert len(await studio.jobs_of(studio.mira)) == DAILY_CAP


@pytest.mark.parametrize("wrong", [{"subject": "you"}, {"visibility": "everybody"}])
async def test_values_that_were_not_offered(studio: Studio, wrong: dict[str, str]) -> None:
    message = await refused(studio, await unchecked(studio, prompt="fox", **wrong))

    assert "form that I don't know" in message.text
    assert "```\nfox\n```" in message.text


@pytest.mark.parametrize("claims", [{"size": None}, {"size": "12"}, {"url": None}])
async def test_an_attachment_without_its_fields(studio: Studio, claims: dict[str, Any]) -> None:
    message = await refused(studio, await studio.create(clip=AttachmentFile("fox.mp4", b"x", claims=claims)))

    assert "form that I don't know" in message.text


async def test_what_was_not_foreseen_is_answered_with_a_reference_that_is_in_the_log(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(studio.desk, "accept", broken)

    with capture_logs() as logs:
        message = await refused(studio, await studio.create())

    (entry,) = (one for one in logs if one["event"] == "interaction_failed")
    assert entry["reference"] in message.text
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert "ZeroDivisionError" not in message.text
    assert "```\nfox detective\n```" in message.text


async def test_a_refusal_that_discord_does_not_take_is_logged_and_harms_nobody(studio: Studio) -> None:
    studio.discord.faults.fail("POST", CALLBACK, code=10062)

    with capture_logs() as logs:
        await studio.create(clip=EMPTY)
        await studio.discord.until(lambda: studio.discord.requests_to("POST", CALLBACK) or None)
        await studio.accepted()

    assert [one["event"] for one in logs if one["event"] == "answer_lost"] == ["answer_lost"]
