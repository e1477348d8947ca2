"""🔁 given while nobody listened, with the real client against the local Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import NotAllowed
from bot.fault import Fault
from bot.model import Attempt, AttemptState, MessageRef
from bot.notices import NoticeKind
from bot.ports import Delivered
from cogs import missed_reactions
from cogs.missed_reactions import MissedReactions
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from sandbox.discord.sending import NewMessage, post
from sandbox.discord.users import User
from tests.integration.cogs_studio import LEASE_SECONDS, Studio, open_studio, pressed, states

LOOP = "🔁"
MANAGES = 1 << 13
REACTIONS = "/channels/*/messages/*/reactions/*"
_S = AttemptState


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as opened:
        yield opened


@pytest.fixture
async def failure(studio: Studio) -> Message:
    """The message of a failed first attempt of Mira's, in the thread."""
    _, message = await studio.failed(await studio.accepted())
    return message


@pytest.fixture
def _looks_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed_reactions, "LOOK_AGAIN_SECONDS", (0.0, 0.0))


def unheard(message: Message, emoji: str, *people: Member | User) -> None:
    """Reactions of which no event reaches the bot."""
    message.reactions.setdefault(emoji, []).extend(person.id for person in people)


def cog_of(studio: Studio) -> MissedReactions:
    cog = studio.client.get_cog("MissedReactions")
    assert isinstance(cog, MissedReactions)
    return cog


async def looked_up(studio: Studio) -> None:
    """A new session begins, and everything missed has been looked at."""
    cog = cog_of(studio)
    await cog.on_ready()
    assert cog._reading is not None
    await cog._reading


def reads(studio: Studio, before: int) -> list[str]:
    """What was read at Discord after its first `before` requests; a card may be redrawn at any time."""
    return [one.path for one in studio.discord.requests[before:] if one.method == "GET"]


@pytest.mark.parametrize("emoji", [LOOP, "🔄", "♻️"])
async def test_the_owners_wish_is_found(studio: Studio, failure: Message, emoji: str) -> None:
    unheard(failure, LOOP, studio.discord.world.bot)
    unheard(failure, emoji, studio.mira)

    await looked_up(studio)

    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_moderators_wish_is_found_among_those_of_others(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.tom, studio.ola)

    await looked_up(studio)

    (attempt,) = [one for one in studio.desk.retries if isinstance(one, Attempt)]
    assert attempt.requested_by == studio.ola.id


async def test_who_may_manage_messages_in_the_channel_alone_counts(studio: Studio, failure: Message) -> None:
    studio.channel.overwrite_for(studio.tom.id, allow=MANAGES)
    studio.channel.overwrite_for(studio.ola.id, deny=MANAGES)
    unheard(failure, LOOP, studio.ola, studio.tom)

    await looked_up(studio)

    (attempt,) = [one for one in studio.desk.retries if isinstance(one, Attempt)]
    assert attempt.requested_by == studio.tom.id


async def test_in_an_archived_thread_the_channel_around_decides(studio: Studio, failure: Message) -> None:
    guild = studio.client.get_guild(studio.guild.id)
    assert guild is not None
    guild._threads.clear()
    unheard(failure, LOOP, studio.tom, studio.ola)

    await looked_up(studio)

    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_strangers_wish_comes_to_nothing_in_silence(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.tom)
    messages = len(studio.discord.world.channels[failure.channel.id].by_id)

    await looked_up(studio)

    assert [type(one) for one in studio.desk.retries] == [NotAllowed]
    assert await states(studio) == [(1, _S.FAILED)]
    assert len(studio.discord.world.channels[failure.channel.id].by_id) == messages


async def test_where_nobody_but_the_bot_reacted_nobody_is_asked_about(
    studio: Studio, failure: Message
) -> None:
    unheard(failure, LOOP, studio.discord.world.bot)
    before = len(studio.discord.requests)

    await looked_up(studio)

    assert len(reads(studio, before)) == 1, "the message, and no more"
    assert studio.desk.retries == []


@pytest.mark.parametrize("emoji", ["👍", "🔁:123456"])
async def test_other_emoji_are_no_wishes(studio: Studio, failure: Message, emoji: str) -> None:
    unheard(failure, emoji, studio.mira)

    await looked_up(studio)

    assert studio.desk.retries == []


async def test_bots_and_who_has_left_wish_nothing(studio: Studio, failure: Message) -> None:
    robot = studio.guild.add_member("Robot", "MANAGE_MESSAGES")
    robot.user.is_bot = True
    unheard(failure, LOOP, studio.mira, robot)
    del studio.guild.members[studio.mira.id]

    await looked_up(studio)

    assert studio.desk.retries == []


async def test_the_owner_is_heard_however_many_others_reacted(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed_reactions, "ASKERS_LIMIT", 1)
    unheard(failure, LOOP, studio.tom)
    unheard(failure, "🔄", studio.mira)

    await looked_up(studio)

    assert await states(studio) == [(2, _S.QUEUED)]


async def test_what_was_acted_on_is_not_acted_on_again(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.mira)
    await pressed(studio.mira, failure, "Try again")

    await looked_up(studio)
    (story,) = await studio.jobs_of(studio.mira)
    await studio.failed(story)
    await looked_up(studio)

    assert await states(studio) == [(2, _S.FAILED)]


async def test_many_wishes_on_one_message_are_one_attempt(studio: Studio, failure: Message) -> None:
    for emoji in (LOOP, "🔄", "♻️"):
        unheard(failure, emoji, studio.mira, studio.ola)

    await looked_up(studio)

    assert len(studio.desk.retries) == 1
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_a_failure_without_a_third_chance_is_not_even_read(studio: Studio, failure: Message) -> None:
    message = failure
    for _ in range(2):
        await pressed(studio.mira, message, "Try again")
        (story,) = await studio.jobs_of(studio.mira)
        _, message = await studio.failed(story)
    unheard(message, LOOP, studio.mira)
    before = len(studio.discord.requests)

    await looked_up(studio)

    assert reads(studio, before) == []


async def test_a_message_that_is_gone_holds_nothing_up(studio: Studio, failure: Message) -> None:
    _, other = await studio.failed(await studio.accepted())
    failure.delete()
    unheard(other, LOOP, studio.mira)

    await looked_up(studio)

    assert sorted(await states(studio)) == [(1, _S.FAILED), (2, _S.QUEUED)]


@pytest.mark.usefixtures("_looks_again_at_once")
async def test_while_discord_is_not_well_it_is_asked_again(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.mira)
    studio.discord.faults.fail("GET", REACTIONS, status=503)

    await looked_up(studio)

    assert await states(studio) == [(2, _S.QUEUED)]


@pytest.mark.usefixtures("_looks_again_at_once")
async def test_trouble_of_our_own_is_logged_and_got_over(
    studio: Studio, failure: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    unheard(failure, LOOP, studio.mira)
    real, broken = studio.desk.latest_failures, iter([True])

    async def once_broken() -> object:
        if next(broken, False):
            raise ZeroDivisionError
        return await real()

    monkeypatch.setattr(studio.desk, "latest_failures", once_broken)

    with capture_logs() as logs:
        await looked_up(studio)

    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["missed_reactions_unread"]
    assert await states(studio) == [(2, _S.QUEUED)]


@pytest.mark.usefixtures("_looks_again_at_once")
async def test_a_failure_that_is_noted_as_told_only_after_the_start_is_looked_at_too(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that died between telling and noting leaves a message that nobody knows yet."""
    story, message = await studio.failed(await studio.accepted())
    failure = (await studio.announcements.latest_failures(story.job.created_at, 1))[0]
    unheard(message, LOOP, studio.mira)
    real, early = studio.announcements.latest_failures, iter([True])

    async def not_yet_noted(*wanted: object) -> object:
        found = await real(*wanted)  # type: ignore[arg-type]  # as they came
        return [replace(one, message=None) for one in found] if next(early, False) else found

    monkeypatch.setattr(studio.announcements, "latest_failures", not_yet_noted)

    await looked_up(studio)

    assert failure.message is not None
    assert await states(studio) == [(2, _S.QUEUED)]


async def test_while_a_server_is_not_available_nothing_is_settled(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.mira)
    guild = studio.client.get_guild(studio.guild.id)
    assert guild is not None
    guild.unavailable = True

    assert not await cog_of(studio)._look(set())
    guild.unavailable = False
    assert await cog_of(studio)._look(set())

    assert await states(studio) == [(2, _S.QUEUED)]


async def test_two_sessions_in_a_row_are_looked_at_one_after_the_other(
    studio: Studio, failure: Message
) -> None:
    unheard(failure, LOOP, studio.mira)
    cog = cog_of(studio)

    await cog.on_ready()
    await cog.on_ready()
    assert cog._reading is not None
    await cog._reading

    assert len(studio.desk.retries) == 1


async def test_a_bot_that_stops_while_it_looks_stops(studio: Studio, failure: Message) -> None:
    unheard(failure, LOOP, studio.mira)
    studio.discord.faults.delay("GET", REACTIONS, 30.0)
    cog = cog_of(studio)
    await cog.on_ready()
    await studio.discord.until(
        lambda: [one for one in studio.discord.requests if "reactions" in one.path] or None
    )

    await studio.client.remove_cog("MissedReactions")

    assert cog._reading is not None
    assert cog._reading.cancelled()


async def test_a_server_that_is_not_allowed_any_more_is_not_looked_at(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        _, message = await studio.failed(await studio.accepted())
        unheard(message, LOOP, studio.mira)
        cog_of(studio)._allowed_guilds = frozenset()

        await looked_up(studio)

        assert studio.desk.retries == []


async def test_in_direct_messages_reactions_are_no_wishes(studio: Studio) -> None:
    story = await studio.move(await studio.accepted(), _S.QUEUED)
    failed = story.attempt.move(_S.FAILED, fault=Fault.LIKENESS, ended_at=studio.now)
    await studio.jobs.save(failed, now=studio.now, notices=[NoticeKind.FAILURE])
    message = post(
        studio.discord.dm(studio.mira), NewMessage(studio.discord.world.bot, "This one didn't work")
    )
    for announcement in await studio.announcements.claim(studio.now, LEASE_SECONDS, 9):
        delivered = Delivered(MessageRef(message.channel.id, message.id))
        await studio.announcements.mark_delivered(announcement, delivered, studio.now)
    unheard(message, LOOP, studio.mira)

    await looked_up(studio)

    assert await states(studio) == [(1, _S.FAILED)]
