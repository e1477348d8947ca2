"""The sentences of private answers, and how an answer is put together."""

from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.clip import ClipRule
from bot.clips import rules
from bot.errors import UserFault
from bot.model import (
    FREE_STATES,
    AttemptState,
    Story,
)
from bot.orders.prose import utf16_units
from bot.orders.source_task import SourceProblem, SourceRefused
from bot.privacy import ErasureUnconfirmed, ExportTooSoon
from bot.refusals import library as library_refusals
from bot.refusals.entries import (
    AlreadyOrdered,
    BlockRefused,
    BotDraining,
    ChannelNotAllowed,
    MemberBlocked,
    PrivateNotAllowed,
    RoleMissing,
    ServerBarred,
    ServerLeft,
    ServerPaused,
    SwitchedOff,
    TooManyRunning,
)
from bot.refusals.moves import NotMovable, Unmovable
from bot.refusals.removals import AlreadyRemoved, ReasonMissing
from bot.refusals.reports import AlreadyReported, ReportOver, TooManyReports
from bot.refusals.reviews import ReviewOver
from bot.refusals.rules import RuleRefused, TextRefused
from bot.removal import Removal
from bot.report import Report, ReportKind, ReportOutcome
from cogs import replies
from cogs.cards import texts
from cogs.markdown import BACKTICK_TWIN, relative
from cogs.texts import answers
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt, an_id

TOMORROW = NOON + timedelta(hours=12)
OPEN_REPORT = Report(an_id(), an_id(), GUILD_ID, OWNER_ID, ReportKind.MINOR, "@everyone", NOON)
REPORTS = (
    OPEN_REPORT,
    *(
        replace(OPEN_REPORT, outcome=outcome, decided_at=NOON, decided_by=5, note=note)
        for outcome in ReportOutcome
        for note in ("", "@everyone")
    ),
)
EXAMPLES: list[UserFault] = [
    *(errors.ClipRejected(rule, found="0.40 s", accepted="1 to 4 s") for rule in ClipRule),
    errors.TextTooLong("prompt", length=5001, limit=5000),
    errors.TextTooLong("safety", length=5100, limit=5000, floor_length=180),
    errors.TextTooLong("name", length=41, limit=40),
    errors.AttachmentGone(404),
    errors.AttachmentUnreachable("time-out"),
    errors.WrongPlace("group"),
    errors.ServerNotAllowed(77),
    errors.PermissionsMissing(("view_channel", "send_messages_in_threads"), 78),
    errors.LimitReached("bot-day", limit=200, resets_at=TOMORROW),
    errors.NotFound("job"),
    errors.NotFound("character"),
    errors.NotFound("server-job"),
    errors.NotAllowed("retry"),
    errors.NotAllowed("cancel"),
    errors.NotAllowed("ask"),
    errors.NotAllowed("cut"),
    errors.NotAllowed("move"),
    *(NotMovable(reason) for reason in Unmovable),
    *(SourceRefused(problem, "`x`") for problem in SourceProblem),
    *(errors.NotOffered(state) for state in AttemptState),
    errors.PartNotThere(12.3),
    errors.SettingRefused("failover", found="@everyone", accepted="ask, automatic, off"),
    errors.SettingRefused("setting", found="colour", accepted="failover, renewal"),
    errors.CuttingBusy(1, own=True),
    errors.CuttingBusy(20, own=False),
    errors.NotAllowed("pick"),
    errors.NoClipThere(),
    errors.ClipWithdrawn(),
    errors.MessageUnreadable(78),
    errors.FormUsed("c1m:new:0:0a1b2c3d"),
    errors.FormLapsed(),
    errors.NotAllowed("oversee"),
    errors.NotAllowed("administer"),
    *(errors.LimitReached(scope, limit=0, resets_at=TOMORROW) for scope in ("member-day", "server-day")),
    *(ServerPaused(until=until, reason=why) for until in (None, TOMORROW) for why in (None, "@everyone")),
    *(MemberBlocked(until=TOMORROW, reason=why, own=own) for own in (True, False) for why in (None, "spam")),
    SwitchedOff(),
    PrivateNotAllowed(),
    ServerLeft(),
    *(kind(why) for kind in (BotDraining, ServerBarred) for why in (None, "@everyone")),
    ChannelNotAllowed(tuple(range(1, 26))),
    RoleMissing(tuple(range(1, 26))),
    RoleMissing((1,), unseen=True),
    TooManyRunning(2, running=2),
    AlreadyOrdered("01K00000000000000000007F3A", created_at=NOON),
    *(BlockRefused(why) for why in ("yourself", "bot", "manager")),
    *(errors.NotRetryable(state) for state in AttemptState),
    TextRefused("guns"),
    *(RuleRefused(what, found="(", accepted="less") for what in ("name", "text", "pattern", "count")),
    *(ReviewOver(Story(a_job(), an_attempt(state=state))) for state in AttemptState),
    errors.AttemptsExhausted(3),
    *(errors.NotCancellable(state) for state in AttemptState),
    errors.NotAllowed("post"),
    library_refusals.NameTaken("Fen 2"),
    library_refusals.NameEmpty(),
    *(library_refusals.NotShareable(reason) for reason in library_refusals.Unshareable),
    library_refusals.BeingRenewed(),
    library_refusals.RenewedSince(),
    library_refusals.RenewalUnknown("01K", 2),
    library_refusals.ClipGone(),
    library_refusals.NotMadeThere(),
    ExportTooSoon(TOMORROW),
    ErasureUnconfirmed(),
    library_refusals.PictureSettled(),
    library_refusals.PictureUnavailable(),
    *(AlreadyRemoved(Removal(NOON, actor_id, why)) for actor_id in (0, 5) for why in ("", "@everyone")),
    ReasonMissing(),
    *(kind(report) for kind in (AlreadyReported, ReportOver) for report in REPORTS),
    TooManyReports(5, TOMORROW),
]
FREE_OF_COST = (
    ReviewOver,
    RuleRefused,
    errors.NotFound,
    errors.NotAllowed,
    errors.NotCancellable,
    errors.NotOffered,
    NotMovable,
    errors.PartNotThere,
    errors.SettingRefused,
    errors.CuttingBusy,
    errors.FormUsed,
    ExportTooSoon,
    ErasureUnconfirmed,
    library_refusals.NameTaken,
    library_refusals.NameEmpty,
    library_refusals.NotShareable,
    library_refusals.RenewalUnknown,
    library_refusals.PictureSettled,
    BlockRefused,
    AlreadyOrdered,
    AlreadyRemoved,
    ReasonMissing,
    AlreadyReported,
    ReportOver,
    TooManyReports,
)
"""Refusals of things that never cost anything."""


def all_user_faults(root: type[UserFault]) -> set[type[UserFault]]:
    return {kind for child in root.__subclasses__() for kind in {child, *all_user_faults(child)}}


def test_every_fault_of_a_person_has_a_text() -> None:
    assert {kind for kind in all_user_faults(UserFault) if not answers.has_text(kind)} == set()


def test_every_fault_of_a_person_is_tried_in_these_tests() -> None:
    assert all_user_faults(UserFault) == {type(example) for example in EXAMPLES}


@pytest.mark.parametrize("error", EXAMPLES, ids=repr)
def test_a_refusal_is_a_short_text_that_says_what_it_cost(error: UserFault) -> None:
    text = answers.refusal(error)

    assert 20 < len(text) < 800
    assert type(error).__name__ not in text
    assert isinstance(error, FREE_OF_COST) or answers.NOTHING_USED in text


def test_a_refused_size_names_what_was_measured_and_the_limit() -> None:
    with pytest.raises(errors.ClipRejected) as caught:
        rules.judge_size(10_000_001)

    text = answers.refusal(caught.value)
    assert "10,000,001 bytes" in text
    assert "10,000,000 bytes" in text


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    text = answers.refusal(errors.TextTooLong("prompt", length=5001, limit=5000))

    assert "5,001" in text
    assert "5,000" in text
    assert "Shorten it by 1 " in text


def test_a_safety_text_is_told_about_the_share_of_the_floor() -> None:
    text = answers.refusal(errors.TextTooLong("safety", length=5100, limit=5000, floor_length=180))

    assert "5,100" in text
    assert "180" in text


def test_missing_permissions_are_named_as_discord_names_them() -> None:
    text = answers.refusal(errors.PermissionsMissing(("send_messages_in_threads",), 78))

    assert "**Send Messages in Threads**" in text
    assert "<#78>" in text


def test_a_limit_says_when_it_starts_afresh() -> None:
    text = answers.refusal(errors.LimitReached("bot-day", limit=200, resets_at=TOMORROW))

    assert "200" in text
    assert relative(TOMORROW) in text


@pytest.mark.parametrize("state", list(AttemptState))
def test_a_cancellation_says_nothing_was_charged_only_where_that_is_certain(state: AttemptState) -> None:
    text = answers.cancelled(state)

    assert ("Nothing was charged" in text) is (state in FREE_STATES)
    assert ("may still be charged" in text) is (state not in FREE_STATES)


def test_presets_fit_into_a_choice() -> None:
    assert all(1 <= len(preset) <= 100 for preset in answers.SAFETY_PRESETS)


def test_short_texts_come_back_in_code_blocks() -> None:
    reply = replies.refusal("Too big.", replies.OwnWords("a fox", "no guns"))

    assert list(texts(reply.view)) == [
        "Too big.",
        "Your prompt:\n```\na fox\n```",
        "Your safety text:\n```\nno guns\n```",
    ]
    assert reply.files == ()


def test_empty_texts_do_not_come_back() -> None:
    reply = replies.refusal("Too big.", replies.OwnWords("", "  \n"))

    assert list(texts(reply.view)) == ["Too big."]


def test_a_prompt_over_the_limit_comes_back_whole_in_a_file() -> None:
    prompt = "a" * 5001

    reply = replies.refusal("Too long.", replies.OwnWords(prompt))

    assert [file.filename for file in reply.files] == ["prompt.txt"]
    assert reply.files[0].fp.read().decode() == prompt
    assert answers.CUT in list(texts(reply.view))[1]
    shown = [item for item in reply.view.walk_children() if isinstance(item, discord.ui.File)]
    assert [item.media.url for item in shown] == ["attachment://prompt.txt"]


def test_back_ticks_do_not_end_the_block() -> None:
    reply = replies.refusal("No.", replies.OwnWords("```\n@everyone\n```"))

    block = list(texts(reply.view))[1]
    assert block.count("```") == 2
    assert BACKTICK_TWIN * 3 in block


@pytest.mark.parametrize("length", [1700, 1800, 2000, 3500, 5001])
def test_two_long_texts_share_the_room(length: int) -> None:
    reply = replies.refusal("r" * 200, replies.OwnWords("a" * length, "b" * length))

    shown = "".join(texts(reply.view))
    whole = [file.fp.read().decode() for file in reply.files]
    assert utf16_units(shown) <= replies.TEXT_UNITS
    for text in ("a" * length, "b" * length):
        assert text in shown or text in whole


@given(st.text(max_size=6000), st.text(max_size=6000))
def test_no_texts_make_an_answer_that_discord_would_refuse(prompt: str, safety: str) -> None:
    reply = replies.refusal("r" * 800, replies.OwnWords(prompt, safety))

    assert sum(utf16_units(text) for text in texts(reply.view)) <= replies.TEXT_UNITS
    assert reply.view.total_children_count <= 40


@given(st.text(alphabet="`@<>\u202e\x00\ud800 a\n", max_size=5000))
def test_what_does_not_fit_comes_back_whole(prompt: str) -> None:
    reply = replies.refusal("No.", replies.OwnWords(prompt))

    for file in reply.files:
        assert file.fp.read().decode() == prompt.encode(errors="replace").decode()
