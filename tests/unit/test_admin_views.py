"""What moderators are shown: lists that fit, what is unknown called that, and nothing that pings or leaks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.clip import ClipRule
from bot.fault import Fault
from bot.jobs.staff.oversight import JobState, Timeline, for_moderators
from bot.model import AttemptState, Job, MessageRef, Visibility
from bot.notices import Announcement, NoticeKind, NoticeState, SettledBy, nonce_of
from bot.records import JobRecord
from cogs.admin.views import Spot, list_view, seen_view, timeline_view
from cogs.cards import overrun, texts
from cogs.controls import Control
from cogs.pages import PAGE_SIZE
from cogs.texts import admin, faults
from cogs.texts.lost_answers import NOBODY_KNOWS
from cogs.texts.notices import ParkReason
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, a_clip, a_job, an_attempt
from tests.unit.discord_payloads import buttons_of, labels_of

S = AttemptState
FIRST = Spot()
HERE = MessageRef(CHANNEL_ID, 555)


def a_record(*states: AttemptState, job: Job | None = None, **last: Any) -> JobRecord:
    """A job whose attempts are in these states; `last` are fields of the latest one."""
    job = job or a_job(clip=a_clip(), card=HERE)
    count = len(states)
    return JobRecord(
        job,
        tuple(
            an_attempt(job, number=number, state=state, **(last if number == count else {}))
            for number, state in enumerate(states, start=1)
        ),
    )


def listed(*records: JobRecord, count: int | None = None, spot: Spot = FIRST, **more: Any) -> ui.LayoutView:
    given = {"owner_id": None, "may_open": True} | more
    return list_view(records, len(records) if count is None else count, spot, **given)


def timeline(record: JobRecord, *unheard: Announcement) -> ui.LayoutView:
    return timeline_view(Timeline(record, unheard), FIRST, SettledBy.OPERATOR)


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(texts(view))


def parked(record: JobRecord, kind: NoticeKind, reason: str, number: int = 1) -> Announcement:
    return Announcement(
        announcement_id=1,
        job_id=record.job.job_id,
        attempt_number=number,
        kind=kind,
        nonce=nonce_of(record.job.job_id, number, kind),
        state=NoticeState.PARKED,
        due_at=NOON,
        created_at=NOON,
        parked_reason=reason,
    )


def test_a_line_names_the_job_its_owner_and_where_it_stands() -> None:
    record = a_record(S.WAITING)

    line = admin.job_line(record)

    assert line.startswith(f"⏳ **Mira** · {record.job.reference} · <@{OWNER_ID}> · <t:1795435200:R>\n")
    assert line.endswith("Running at the provider.")


def test_an_unknown_job_is_worded_as_what_it_is() -> None:
    line = admin.job_line(a_record(S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN))

    assert line.startswith("❔")
    assert NOBODY_KNOWS in line


def test_an_earlier_attempt_of_unknown_outcome_is_named_beside_a_good_end() -> None:
    line = admin.job_line(a_record(S.UNKNOWN, S.UNKNOWN, S.SUCCEEDED))

    assert line.startswith("✅")
    assert "attempt 3 of 3" in line
    assert line.endswith("❔ Outcome unknown as well: attempt 1, 2")


def test_what_failed_says_why() -> None:
    line = admin.job_line(a_record(S.FAILED, fault=Fault.LIKENESS))

    assert faults.FAULTS[Fault.LIKENESS].what in line


def test_the_title_counts_and_repeats_what_was_chosen() -> None:
    spot = Spot(1, JobState.FAILED, "24h", of_member=True)
    view = listed(a_record(S.FAILED), count=PAGE_SIZE + 1, spot=spot, owner_id=OWNER_ID)

    title = next(texts(view))

    assert title == f"### Jobs in this server\n9 jobs · failed · last 24 hours · <@{OWNER_ID}> · page 2 of 2"


def test_nothing_found_is_said() -> None:
    assert list(texts(listed())) == ["### Jobs in this server\n0 jobs", admin.NO_JOBS]
    assert buttons_of(listed()) == []


def test_jobs_that_vanished_after_they_were_counted_are_no_trouble() -> None:
    assert list(texts(listed(count=99)))[-1] == admin.NO_JOBS


def test_each_job_has_a_way_into_it_that_remembers_the_way_back() -> None:
    spot = Spot(2, JobState.UNKNOWN, "7d", of_member=True)
    record = a_record(S.UNKNOWN)

    opening, back, on = buttons_of(listed(record, count=3 * PAGE_SIZE, spot=spot, owner_id=OWNER_ID))

    assert opening.custom_id == f"c1:adm:open:{record.job.job_id}:2_unknown_7d_member"
    assert back.custom_id == f"c1:adm:list:{record.job.job_id}:1_unknown_7d_member"
    assert on.custom_id == f"c1:adm:list:{record.job.job_id}:3_unknown_7d_member"
    assert (back.disabled, on.disabled) == (False, True)


def test_no_id_of_a_person_is_in_a_control() -> None:
    view = listed(a_record(S.UNKNOWN), count=99, spot=Spot(of_member=True), owner_id=OWNER_ID)

    assert all(str(OWNER_ID) not in (button.custom_id or "") for button in buttons_of(view))


def test_a_page_past_the_end_is_the_last_one_also_for_the_way_back() -> None:
    opening, *_ = buttons_of(listed(a_record(S.FAILED), count=9, spot=Spot(77)))

    assert (opening.custom_id or "").endswith(":1_any_any_all")


def test_who_may_only_look_gets_no_buttons_and_reads_why() -> None:
    view = listed(a_record(S.UNKNOWN), count=99, may_open=False)

    assert buttons_of(view) == []
    assert list(texts(view))[-1] == admin.LOOKING_ONLY


@pytest.mark.parametrize("page", [0, 3, 999_999])
@pytest.mark.parametrize("state", [None, *JobState])
@pytest.mark.parametrize("span", [None, *admin.SPANS])
@pytest.mark.parametrize("of_member", [True, False])
def test_a_spot_is_written_and_read_alike(
    page: int, state: JobState | None, span: str | None, of_member: bool
) -> None:
    spot = Spot(page, state, span, of_member=of_member)

    control = Control.parse(Control("adm", "list", "01K00000000000000000000007", spot.arg).custom_id)

    assert control is not None
    assert Spot.parse(control.arg) == spot


@pytest.mark.parametrize(
    "arg",
    [
        None,
        "",
        "0",
        "0_any_any",
        "-1_any_any_all",
        "0_reviews_any_all",
        "0_any_2h_all",
        "0_any_any_me",
        "1234567_any_any_all",
        "٣_any_any_all",
        "0_any_any_all_",
    ],
)
def test_a_spot_of_another_making_is_not_read(arg: str | None) -> None:
    assert Spot.parse(arg) is None


def test_the_timeline_tells_each_attempt_with_all_that_moderators_need() -> None:
    job = a_job(clip=a_clip(), card=HERE, thread_id=777, prompt="a calm voice")
    first = an_attempt(
        job,
        state=S.FAILED,
        submitted_at=NOON + timedelta(seconds=9),
        ended_at=NOON + timedelta(seconds=60),
        fault=Fault.PROVIDER_TROUBLE,
        provider_code="500",
        provider_text="internal *error*",
        task_id="task_0001",
        credits_spent=20.0,
    )
    second = an_attempt(job, number=2, state=S.WAITING, requested_by=42)

    title, one, two, *_ = texts(timeline(JobRecord(job, (first, second))))

    assert f"<@{OWNER_ID}> · <#{CHANNEL_ID}>" in title
    assert f"https://discord.com/channels/{GUILD_ID}/777" in title
    assert "> a calm voice" in title
    assert "**Attempt 1** · ❌ Failed" in one
    assert (
        f"asked by <@{OWNER_ID}> <t:1795435200:R> · ordered <t:1795435209:R> · ended <t:1795435260:R>" in one
    )
    assert faults.FAULTS[Fault.PROVIDER_TROUBLE].what in one
    assert "The provider charged 20 credits." in one
    assert "`task_0001`" in one
    assert r"The provider's own words: 500 – internal \*error\*" in one
    assert "**Attempt 2** · ⏳ Running at the provider" in two
    assert "asked by <@42>" in two
    assert "charged" not in two


def test_the_timeline_of_an_unknown_attempt_says_so_warns_and_names_the_command() -> None:
    record = a_record(S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN)

    view = timeline(record)

    text = text_of(view)
    assert text.count(NOBODY_KNOWS) == 1
    assert f"`python -m bot jobs settle {record.job.reference} --attempt 1 --task TASK_ID`" in text
    assert "**Trying again may cost a second time.**" in text
    assert labels_of(view) == ["Try again anyway", "Reload", "Back to the list"]


def test_without_a_retry_there_is_no_warning_of_one() -> None:
    view = timeline(a_record(S.FAILED, S.FAILED, S.UNKNOWN, fault=Fault.OUTCOME_UNKNOWN))

    assert "second time" not in text_of(view)
    assert labels_of(view) == ["Reload", "Back to the list"]


@pytest.mark.parametrize(
    ("state", "label"),
    [(S.RECEIVED, "Cancel"), (S.QUEUED, "Cancel"), (S.WAITING, "Cancel"), (S.FAILED, "Try again")],
)
def test_what_can_be_done_about_a_job_is_offered(state: AttemptState, label: str) -> None:
    assert labels_of(timeline(a_record(state)))[0] == label


@pytest.mark.parametrize("state", [S.SUBMITTING, S.SUCCEEDED, S.REJECTED])
def test_where_nothing_can_be_done_nothing_is_offered(state: AttemptState) -> None:
    assert labels_of(timeline(a_record(state))) == ["Reload", "Back to the list"]


def test_a_private_job_shows_nothing_of_what_its_owner_kept_to_themselves() -> None:
    job = a_job(visibility=Visibility.PRIVATE, clip=a_clip(), thread_id=777, prompt="a secret", name="Shade")
    last = {"rule": ClipRule.TOO_LONG, "rule_found": "7.20 s", "provider_text": "no a secret please"}
    record = for_moderators(a_record(S.REJECTED, job=job, **last))

    for text in (text_of(timeline(record)), text_of(listed(record))):
        assert admin.PRIVATE in text
        assert job.reference in text
        assert f"<@{OWNER_ID}>" in text
        assert not any(secret in text for secret in ("secret", "Shade", "7.20", "777"))


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("reason", [*ParkReason, "something-else"])
def test_what_could_not_be_delivered_is_told_with_the_reason(kind: NoticeKind, reason: str) -> None:
    record = a_record(S.SUCCEEDED)

    *_, last = texts(timeline(record, parked(record, kind, reason)))

    title, line = last.splitlines()
    assert title == admin.UNHEARD_TITLE
    assert line.startswith("- ")
    assert "you " not in line, "it is not the moderator who has to do something"


def test_every_state_choice_and_reason_has_its_words() -> None:
    assert set(admin.STATES) == set(AttemptState)
    assert set(admin.CHOICES) == set(JobState)


WORDIEST = max(Fault, key=lambda fault: len(faults.FAULTS[fault].what))
HOSTILE = "@everyone <@&1> [x](https://evil.example) ``` `x` **x** ||x|| discord.gg/x " + "🦊" * 400


def crowded(state: AttemptState) -> JobRecord:
    """As much as one job can hold."""
    job = a_job(clip=a_clip(), card=HERE, thread_id=777, prompt=HOSTILE * 9, name=HOSTILE[:40])
    attempts = tuple(
        an_attempt(
            job,
            number=number,
            state=S.UNKNOWN if number < 3 else state,
            fault=WORDIEST,
            submitted_at=NOON,
            ended_at=NOON,
            task_id="`" * 200,
            provider_code=HOSTILE,
            provider_text=HOSTILE,
            rule=ClipRule.TOO_COMPLEX if state is S.REJECTED else None,
            rule_found=HOSTILE,
            rule_accepted=HOSTILE,
            credits_spent=12345.678,
        )
        for number in (1, 2, 3)
    )
    return JobRecord(job, attempts)


@pytest.mark.parametrize("state", list(S))
def test_a_full_page_of_full_jobs_fits_into_a_message(state: AttemptState) -> None:
    records = [crowded(state) for _ in range(PAGE_SIZE)]

    view = listed(*records, count=1000, spot=Spot(9, JobState.UNKNOWN, "30d", of_member=True), owner_id=1)

    assert overrun(view) is None
    assert "@everyone" not in text_of(view)
    assert "](https://evil" not in text_of(view)


@pytest.mark.parametrize("state", list(S))
def test_a_full_timeline_fits_into_a_message_and_keeps_its_buttons(state: AttemptState) -> None:
    record = crowded(state)
    unheard = [parked(record, kind, ParkReason.TOO_LATE, 3) for kind in NoticeKind] * 3

    view = timeline(record, *unheard)

    assert overrun(view) is None
    assert labels_of(view)[-2:] == ["Reload", "Back to the list"]
    assert "@everyone" not in text_of(view)
    assert "](https://evil" not in text_of(view)


@pytest.mark.parametrize("state", list(S))
def test_what_an_owner_sees_of_their_own_job_fits_whatever_was_sent(state: AttemptState) -> None:
    record = crowded(state)
    order = replace(record.job.order, safety_sent="*_`~|" * 1000)
    record = replace(record, job=replace(record.job, order=order))
    unheard = [parked(record, kind, ParkReason.TOO_LATE, 3) for kind in NoticeKind] * 3

    view = seen_view(Timeline(record, unheard))

    assert overrun(view) is None
    assert "Sent as the safety text:" in text_of(view)
    assert labels_of(view) == []
    assert "@everyone" not in text_of(view)


@given(st.text(max_size=40), st.text(max_size=5000), st.text(max_size=500), st.text(max_size=500))
def test_no_text_makes_a_timeline_that_discord_would_refuse(
    name: str, prompt: str, code: str, words: str
) -> None:
    job = a_job(clip=a_clip(), card=HERE, name=name, prompt=prompt)
    attempts = [
        an_attempt(job, number=n, state=S.UNKNOWN, provider_code=code, provider_text=words) for n in (1, 2, 3)
    ]
    record = JobRecord(job, tuple(attempts))

    assert overrun(timeline(record)) is None
    assert overrun(listed(*[record] * PAGE_SIZE)) is None


def test_of_what_waits_for_them_moderators_read_where_it_is_decided_and_others_do_not() -> None:
    record = a_record(S.REVIEW)

    assert admin.WHERE_REVIEWED in text_of(timeline(record))
    seen = text_of(seen_view(Timeline(record, ())))
    assert "Waiting for a moderator" in seen
    assert admin.WHERE_REVIEWED not in seen
