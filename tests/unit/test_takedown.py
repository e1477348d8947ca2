"""Taking something down: found by what people read, with a reason, once; and what is told of it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.deeds import Deed
from bot.errors import NotFound
from bot.jobs.staff.takedown import REASON_UNITS, Takedown
from bot.model import AttemptState, Place, PlaceKind, reference_of
from bot.moderation.takedowns import Sight
from bot.notices import NoticeKind
from bot.orders.prose import utf16_units
from bot.refusals.removals import AlreadyRemoved, ReasonMissing
from bot.removal import Removal
from cogs import cards
from cogs.reviews.takedown_views import takedown_form
from cogs.texts import answers, moderation
from cogs.texts import takedowns as texts
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_character, an_id
from tests.fakes.records import MemoryJobRecords
from tests.fakes.takedowns import MemoryTakedownStore
from tests.unit.cards_reader import a_story
from tests.unit.engine_rig import Rig

S = AttemptState
MODERATOR, ELSEWHERE = OWNER_ID + 5, GUILD_ID + 1
CANARY = "||boo|| @everyone <@&1> **bold** `code` ```fence``` [x](https://x.example) {0} %s"


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def takedown(rig: Rig) -> Takedown:
    return Takedown(
        store=MemoryTakedownStore(rig.world),
        records=MemoryJobRecords(rig.world),
        clock=rig.clock,
        ring=rig.bell.ring,
    )


async def remove(takedown: Takedown, job_id: str, reason: str = "no person agreed") -> Sight:
    return await takedown.remove(GUILD_ID, job_id, MODERATOR, reason)


async def test_it_is_found_by_reference_job_and_character_in_its_own_server_alone(
    rig: Rig, takedown: Takedown
) -> None:
    attempt = await rig.ended(S.SUCCEEDED)
    job, character = attempt.job_id, a_character(attempt)
    rig.world.add_character(character)
    ids = [job, reference_of(job), reference_of(job).lower(), f" `{reference_of(job)}` "]
    ids += [character.provider_character_id, character.character_id]

    for called in ids:
        assert (await takedown.find(GUILD_ID, called)).job_id == job
        with pytest.raises(NotFound) as not_here:
            await takedown.find(ELSEWHERE, called)
        with pytest.raises(NotFound) as nowhere:
            await takedown.find(GUILD_ID, "7F3A-21QX")
        assert answers.refusal(not_here.value) == answers.refusal(nowhere.value)


@pytest.mark.parametrize("reference", ["", " ", "``", "\0", "\ud83d", "x" * 5000])
async def test_what_nothing_can_be_called_is_not_found(takedown: Takedown, reference: str) -> None:
    with pytest.raises(NotFound):
        await takedown.find(GUILD_ID, reference)


@pytest.mark.parametrize("reason", ["", "  \n", "\u200b\u2060"])
async def test_without_a_reason_nothing_is_removed(rig: Rig, takedown: Takedown, reason: str) -> None:
    attempt = await rig.ended(S.SUCCEEDED)

    with pytest.raises(ReasonMissing):
        await remove(takedown, attempt.job_id, reason)

    assert rig.world.jobs[attempt.job_id].removal is None


async def test_a_reason_of_any_length_is_cut_and_stored_with_who_and_when(
    rig: Rig, takedown: Takedown
) -> None:
    attempt = await rig.ended(S.SUCCEEDED)

    await remove(takedown, attempt.job_id, "y" * 4000)

    removal = Removal(rig.clock.now(), MODERATOR, "y" * REASON_UNITS)
    assert rig.world.jobs[attempt.job_id].removal == removal
    (deed,) = rig.world.deeds
    assert (deed.action, deed.actor_id, deed.after) == ("remove", MODERATOR, removal.reason)


async def test_an_operator_is_not_taken_for_a_moderator(rig: Rig, takedown: Takedown) -> None:
    attempt = await rig.ended(S.SUCCEEDED)

    await takedown.remove(GUILD_ID, attempt.job_id, MODERATOR, "no person agreed", by_operator=True)

    removal = rig.world.jobs[attempt.job_id].removal
    assert removal == Removal(rig.clock.now(), MODERATOR, "no person agreed", by_operator=True)
    assert f"<@{MODERATOR}>, who runs this bot," in texts.removed_by(removal)
    (deed,) = rig.world.deeds
    assert "took down, as somebody who runs this bot, `" in moderation.log_line(deed)


async def test_the_second_is_told_who_was_first(rig: Rig, takedown: Takedown) -> None:
    attempt = await rig.ended(S.SUCCEEDED)
    await remove(takedown, attempt.job_id)

    async def find() -> Sight:
        return await takedown.find(GUILD_ID, attempt.job_id)

    async def look() -> Sight:
        return await takedown.look(GUILD_ID, attempt.job_id)

    async def again() -> Sight:
        return await remove(takedown, attempt.job_id, "me too")

    for ask in (find, look, again):
        with pytest.raises(AlreadyRemoved) as refused:
            await ask()
        told = answers.refusal(refused.value)
        assert f"<@{MODERATOR}>" in told
        assert "no person agreed" in told


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER])
async def test_what_the_provider_gave_back_is_never_submitted_again(
    rig: Rig, takedown: Takedown, state: S
) -> None:
    attempt = await rig.in_state(state)
    await remove(takedown, attempt.job_id)
    # As it is for an attempt that was being submitted, or asked for, at that moment.
    rig.world.attempts[attempt.attempt_id] = attempt

    after = await rig.advance(attempt)

    assert after.state is S.CANCELLED
    assert rig.provider.submissions == []
    assert NoticeKind.CARD in rig.pending(attempt)


def a_removed_story(**facts: Any) -> Any:
    removal = Removal(NOON, MODERATOR, CANARY)
    defaults: dict[str, Any] = {"state": S.SUCCEEDED, "prompt": CANARY, "name": CANARY, "removal": removal}
    return a_story(**defaults | facts)


def test_the_card_of_what_was_removed_shows_nothing_of_it() -> None:
    story = a_removed_story()

    (shown,) = ["\n".join(cards.texts(cards.progress_card(story, NOON)))]

    assert "Removed" in shown
    assert story.job.reference in shown
    for hidden in ("boo", "bold", "Safety", "reason"):
        assert hidden not in shown


def test_the_owner_reads_why_and_what_to_do_and_not_by_whom() -> None:
    story = a_removed_story(state=S.CANCELLED)

    view = cards.removal_message(story)

    told = "\n".join(cards.texts(view))
    assert cards.overrun(view) is None
    assert "Their reason: \\|\\|boo\\|\\| @\u200beveryone" in told
    assert "Nothing was charged." in told
    assert story.job.reference in told
    assert str(MODERATOR) not in told


@pytest.mark.parametrize(("by_operator", "who"), [(False, "moderators"), (True, "people who run this bot")])
def test_owner_and_onlookers_read_who_decided(by_operator: bool, who: str) -> None:
    story = a_removed_story(removal=Removal(NOON, MODERATOR, "no person agreed", by_operator))
    other = "moderators" if by_operator else "people who run"

    card = "\n".join(cards.texts(cards.progress_card(story, NOON)))
    letter = "\n".join(cards.texts(cards.removal_message(story)))
    status = texts.owners_line(story.job.removal)

    for told in (card, letter, status):
        assert f"he {who}" in told
        assert other not in told


@pytest.mark.parametrize("state", list(S))
def test_the_question_says_what_would_go_in_every_state(state: S) -> None:
    sight = Sight(an_id(), OWNER_ID, NOON - timedelta(days=1), state, 2, 12)

    told = texts.question(sight)

    assert "2 characters" in told
    assert "12 messages" in told
    assert ("may still be charged" in told) is (state in {S.SUBMITTING, S.WAITING})
    assert utf16_units(told) < 4000


def test_the_form_fits_into_what_discord_takes() -> None:
    form = takedown_form(an_id()).to_dict()

    assert len(form["title"]) <= 45
    assert len(form["custom_id"]) <= 100


def test_the_log_names_what_was_removed_and_links_to_what_stays() -> None:
    removed = Deed(GUILD_ID, MODERATOR, NOON, "remove", "7F3A-21QX", None, "@everyone")
    stays = Deed(GUILD_ID, 0, NOON, texts.NOT_DELETED, "7F3A-21QX", None, "5/6")

    assert moderation.log_line(removed) == f"<@{MODERATOR}> took down `7F3A-21QX`: @\u200beveryone"
    link = f"https://discord.com/channels/{GUILD_ID}/5/6"
    assert moderation.log_line(stays) == f"I could not delete [a message]({link}) of `7F3A-21QX`"


async def test_a_job_of_direct_messages_is_nobodys_to_remove(rig: Rig, takedown: Takedown) -> None:
    story = a_story(place=Place(None, 5, PlaceKind.DM))
    rig.world.jobs[story.job.job_id] = story.job
    rig.world.attempts[story.attempt.attempt_id] = story.attempt

    with pytest.raises(NotFound):
        await takedown.find(GUILD_ID, story.job.job_id)
