"""Every sentence that is told without being asked for."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.clip import ClipRule
from bot.fault import Fault
from bot.jobs.desk import MAX_ATTEMPTS
from bot.jobs.polling import SLOW_AFTER
from bot.model import CLIPLESS_STATES, AttemptState, Circuit, HandedOver, PlaceKind
from bot.notices import SettledBy
from cogs.texts import faults, notices
from cogs.texts.notices import ParkReason
from tests.builders import GUILD_ID, NOON, PROVIDER, a_character
from tests.unit.cards_reader import a_story

_S = AttemptState
BLAMING = ("you failed", "your fault", "invalid", "illegal input", "error code", "exception", "traceback")
FUTURE = NOON + timedelta(minutes=30)


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_says_what_happened_and_what_to_do(fault: Fault) -> None:
    text = faults.FAULTS[fault]

    for sentence in (text.what, text.now):
        assert 0 < len(sentence) <= faults.LIMIT
        assert sentence.endswith((".", "?"))
        assert not any(word in sentence.lower() for word in BLAMING)
        assert "later" not in sentence.lower()


def test_no_two_faults_say_the_same() -> None:
    said = Counter(sentence for text in faults.FAULTS.values() for sentence in (text.what, text.now))

    assert set(faults.FAULTS) == set(Fault)
    assert [sentence for sentence, times in said.items() if times > 1] == []


@pytest.mark.parametrize("rule", list(ClipRule))
def test_every_rule_names_what_was_measured_what_is_accepted_and_what_to_do(rule: ClipRule) -> None:
    text = faults.of_rule(rule, "7.20 s", "1 to 4 s")

    assert "**7.20 s**" in text.what
    assert "**1 to 4 s**" in text.what
    assert text.now.endswith(".")
    assert len(text.what) + len(text.now) <= faults.LIMIT
    assert faults.rule_sentence(rule, None, None).count("**") == 0


def test_no_two_rules_say_the_same() -> None:
    assert set(faults.RULES) == set(ClipRule)
    assert len({faults.of_rule(rule, None, None).what for rule in ClipRule}) == len(ClipRule)


def test_what_was_measured_cannot_ping_or_format() -> None:
    text = faults.of_rule(ClipRule.WRONG_CONTAINER, "a movie of the kind '<@1>**'", "MP4")

    assert r"\<@" in text.what
    assert r"\*\*" in text.what


@pytest.mark.parametrize("state", list(_S))
def test_every_state_has_its_title_and_its_stages(state: AttemptState) -> None:
    story = a_story(state=state)

    assert notices.TITLES[state] in notices.card_title(story)
    assert notices.card_stages(story, NOON)
    assert state in notices.CREATING


@pytest.mark.parametrize("state", [_S.FAILED, _S.EXPIRED, _S.UNKNOWN, _S.CANCELLED])
@pytest.mark.parametrize("fault", [*Fault, None])
def test_every_failure_says_what_it_cost_and_that_the_prompt_is_kept(
    state: AttemptState, fault: Fault | None
) -> None:
    body = notices.failure_body(a_story(state=state, fault=fault, task_id="task-1"), SettledBy.OPERATOR)

    assert "charge" in body
    assert notices.PROMPT_KEPT in body
    assert len(body) < 1500


@pytest.mark.parametrize("fault", list(Fault))
def test_a_refusal_without_a_rule_tells_the_fault(fault: Fault) -> None:
    told = notices.refusal(a_story(state=_S.REJECTED, fault=fault, clip=None))

    assert faults.FAULTS[fault].what in told
    assert notices.NOT_CHARGED in told


def test_the_four_stages_follow_an_attempt_from_the_clip_to_the_character() -> None:
    def stages(state: AttemptState, **more: object) -> str:
        return notices.card_stages(a_story(state=state, **more), NOON)

    assert stages(_S.RECEIVED) == "✅ Clip received   ⏳ Checking the clip\n▫️ Creating\n▫️ Ready"
    assert stages(_S.QUEUED) == "✅ Clip received   ✅ Checked\n⏳ Waiting – next in line\n▫️ Ready"
    waiting = stages(_S.WAITING, submitted_at=NOON)
    assert waiting == "✅ Clip received   ✅ Checked\n⏳ Creating – started <t:1795435200:R>\n▫️ Ready"
    assert stages(_S.SUCCEEDED) == "✅ Clip received   ✅ Checked\n✅ Created\n✅ Ready"


@pytest.mark.parametrize("state", [_S.FAILED, _S.EXPIRED, _S.CANCELLED, _S.REJECTED])
def test_an_attempt_that_ended_promises_no_character(state: AttemptState) -> None:
    assert "Ready" not in notices.card_stages(a_story(state=state), NOON)


def test_a_job_that_was_cancelled_before_its_clip_was_judged_is_not_called_checked() -> None:
    assert (
        notices.card_stages(a_story(state=_S.CANCELLED, clip=None), NOON) == "✅ Clip received\n⏹️ Cancelled"
    )


@pytest.mark.parametrize(
    ("ahead", "place"), [(1, "2nd"), (2, "3rd"), (10, "11th"), (11, "12th"), (20, "21st"), (111, "112th")]
)
def test_a_queued_attempt_knows_its_place(ahead: int, place: str) -> None:
    stages = notices.card_stages(a_story(state=_S.QUEUED, ahead=ahead), NOON)

    assert f"⏳ Waiting – about {place} in line" in stages


def test_a_slow_task_is_called_slow_and_still_watched() -> None:
    story = a_story(state=_S.WAITING, submitted_at=NOON)

    assert "longer than usual" not in notices.card_stages(story, NOON + SLOW_AFTER)
    assert "longer than usual; I keep watching" in notices.card_stages(
        story, NOON + SLOW_AFTER + timedelta(seconds=1)
    )


def test_a_switched_off_model_is_told_without_a_time_that_would_soon_be_wrong() -> None:
    circuit = Circuit(PROVIDER, Fault.MODEL_OFF, NOON, FUTURE)
    note = notices.card_note(a_story(state=_S.QUEUED, fault=Fault.MODEL_OFF, circuit=circuit), NOON)

    assert note == (
        "The model is switched off at the provider right now. Nothing has been uploaded or paid. "
        "Your place is kept; I keep asking, and go on by myself."
    )


def test_nothing_uploaded_is_only_said_while_it_is_true() -> None:
    circuit = Circuit(PROVIDER, Fault.NO_CREDIT, NOON, FUTURE)
    handed_over = HandedOver("https://files.example/clip.mp4", NOON)
    uploaded = a_story(state=_S.QUEUED, circuit=circuit, handed_over=handed_over)
    refused = a_story(state=_S.QUEUED, circuit=circuit, submitted_at=NOON)

    for story in (uploaded, refused):
        assert "Nothing has been paid." in notices.card_note(story, NOON)
        assert "uploaded" not in notices.card_note(story, NOON)


def test_a_repeat_that_is_due_is_not_told_as_past() -> None:
    story = a_story(state=_S.QUEUED, fault=Fault.UNREACHABLE, due_at=NOON)

    assert notices.card_note(story, NOON).endswith("in a moment.")


def test_a_repeat_after_trouble_is_told_with_its_time() -> None:
    note = notices.card_note(a_story(state=_S.QUEUED, fault=Fault.UNREACHABLE, due_at=FUTURE), NOON)

    assert note == "The provider cannot be reached. I try again <t:1795437000:R>."


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"state": _S.FAILED}, "Nothing was charged."),
        ({"state": _S.FAILED, "task_id": "t"}, "The provider says failed tasks are not charged."),
        ({"state": _S.FAILED, "task_id": "t", "credits_spent": 0.0}, "Nothing was charged."),
        ({"state": _S.FAILED, "task_id": "t", "credits_spent": 1.0}, "The provider charged 1 credit."),
        ({"state": _S.FAILED, "task_id": "t", "credits_spent": 20.5}, "The provider charged 20.5 credits."),
        ({"state": _S.FAILED, "task_id": "t", "fault": Fault.UNREADABLE_RESULT}, "It may have been charged."),
        ({"state": _S.FAILED, "task_id": "t", "fault": Fault.TASK_NOT_FOUND}, "It may have been charged."),
        ({"state": _S.EXPIRED}, "Nothing was charged."),
        ({"state": _S.EXPIRED, "task_id": "t"}, "The provider had started, so it may still be charged."),
        ({"state": _S.CANCELLED}, "Nothing was charged."),
        ({"state": _S.CANCELLED, "task_id": "t"}, "The provider had started, so it may still be charged."),
    ],
)
def test_only_what_is_known_is_said_about_money(facts: dict[str, object], told: str) -> None:
    assert notices.cost(a_story(**facts).attempt) == told


def test_an_unknown_outcome_says_that_trying_again_may_cost_twice() -> None:
    story = a_story(state=_S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN)
    body = notices.failure_body(story, SettledBy.OPERATOR)

    assert "may have taken the order, but its answer was lost" in body
    assert "It may have been charged." in body
    assert "Trying again may cost a second time." in body
    assert notices.retry_label(_S.UNKNOWN) == "Try again anyway"
    assert notices.retry_label(_S.FAILED) == "Try again"


def test_an_expired_task_is_named_so_that_it_can_be_looked_up() -> None:
    story = a_story(state=_S.EXPIRED, fault=Fault.TOOK_TOO_LONG, task_id="task_**9**")

    assert r"task\_\*\*9\*\*" in notices.failure_body(story, SettledBy.OPERATOR)


def test_the_last_attempt_points_to_a_new_start_instead_of_a_button() -> None:
    story = a_story(state=_S.FAILED, fault=Fault.PROVIDER_TROUBLE, number=MAX_ATTEMPTS)

    assert "All 3 attempts are used." in notices.failure_body(story, SettledBy.OPERATOR)
    assert "**Try again**" not in notices.failure_body(story, SettledBy.OPERATOR)


def test_a_rejected_card_keeps_prompt_name_and_reason_to_itself() -> None:
    story = a_story(
        state=_S.REJECTED,
        rule=ClipRule.TOO_LONG,
        rule_found="7.20 s",
        prompt="a secret",
        name="Fen",
        clip=None,
    )
    card = "\n".join(
        (notices.card_title(story), notices.card_prompt(story), notices.card_stages(story, NOON))
    )

    assert "Nothing was charged." in card
    assert all(secret not in card for secret in ("secret", "Fen", "7.20"))


RENEWS = "01K00000000000000000000000"


@pytest.mark.parametrize("state", sorted(set(AttemptState) - CLIPLESS_STATES - {_S.REJECTED}))
def test_a_renewal_is_called_one_under_the_name_of_today(state: AttemptState) -> None:
    story = a_story(state=state, number=2, renews=RENEWS, name="Fen", character=a_character(name="Wren"))

    title = notices.card_title(story)

    assert "renew" in title.lower()
    assert "Wren" in title
    assert "Fen" not in title
    assert "renewal, attempt 2" in notices.reference(story)


def test_a_failed_renewal_says_that_the_id_stays_and_never_that_attempts_are_used_up() -> None:
    story = a_story(
        state=_S.FAILED, fault=Fault.LIKENESS, number=MAX_ATTEMPTS + 4, renews=RENEWS, character=a_character()
    )

    body = notices.failure_body(story, SettledBy.OPERATOR)

    assert notices.ID_KEPT in body
    assert notices.ALL_USED not in body
    assert f"of {MAX_ATTEMPTS}" not in notices.failure_footer(story, offers_retry=True)


def test_a_renewed_character_is_told_with_its_name_and_that_the_former_id_is_found() -> None:
    story = a_story(state=_S.SUCCEEDED, number=2, renews=RENEWS, character=a_character(name="Wren"))

    assert "**Wren** is renewed" in notices.result_heading(story)
    assert "former id" in notices.result_body(story)
    assert notices.attempt_line(story).startswith("Renewing: attempt 2, for <@")


def test_a_thread_is_named_after_the_character_and_never_after_the_prompt() -> None:
    named = a_story(name="  Inspector\n Fen ", prompt="a secret").job
    nameless = a_story(name=None, prompt="a secret").job

    assert notices.thread_name(named) == "Character · Inspector Fen"
    assert notices.thread_name(nameless) == f"Character · {nameless.reference}"
    assert notices.private_thread_name(named) == f"Character · {named.reference}"
    assert len(notices.thread_name(a_story(name="🦊" * 300).job)) <= 100


def test_only_a_character_that_may_lapse_gets_a_date() -> None:
    mortal = a_character(may_stop_working_at=FUTURE)
    lasting = a_character(may_stop_working_at=None)

    assert "May stop working after <t:1795437000:D>" in notices.result_body(a_story(character=mortal))
    unknown = notices.result_body(a_story(character=lasting))
    assert "May stop" not in unknown
    assert "How long this id works is not known" in unknown


def test_a_result_says_that_it_is_made_by_ai_how_long_it_took_and_what_it_cost() -> None:
    ended_at = NOON + timedelta(minutes=2, seconds=41)
    story = a_story(state=_S.SUCCEEDED, ended_at=ended_at, credits_spent=20.0, character=a_character())

    assert notices.result_footer(story) == (
        f"-# AI-generated · took 2 min 41 s · 20 credits · ref {story.job.reference}"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (41, "41 s"), (161, "2 min 41 s"), (3600, "1 h 0 min"), (90061, "25 h 1 min")],
)
def test_lengths_of_time_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert notices.duration(timedelta(seconds=seconds)) == words


def test_only_where_others_read_along_it_is_said_who_may_retry() -> None:
    server = a_story(state=_S.FAILED)
    alone = a_story(state=_S.FAILED, place=server.job.order.place.__class__(None, 1, PlaceKind.DM))

    assert f"Only <@{server.job.order.owner_id}> or a moderator can retry." in notices.failure_footer(
        server, offers_retry=True
    )
    assert "Only" not in notices.failure_footer(alone, offers_retry=True)
    assert "Only" not in notices.failure_footer(server, offers_retry=False)
    assert server.job.order.place.guild_id == GUILD_ID


@pytest.mark.parametrize("reason", [*ParkReason, "something-else", None])
def test_every_reason_for_silence_can_be_told(reason: str | None) -> None:
    assert notices.parked(reason)
    assert set(notices.PARKED) == set(ParkReason)
