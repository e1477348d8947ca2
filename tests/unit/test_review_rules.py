"""Which attempts a moderator looks at first."""

from datetime import timedelta

import pytest

from bot.model import Person, Subject
from bot.moderation.gates import Gates, Used
from bot.moderation.reviews import LOOK_AGAIN, created_at, ends_at, flags_of, look_at
from bot.moderation.servers import Approval, ServerSettings
from bot.review import Flag
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_job, an_attempt

REVIEW_CHANNEL = 77
OLD = created_at(OWNER_ID)


def flags(*, subject: Subject = Subject.FICTIONAL, today: int = 0, **settings: object) -> tuple[Flag, ...]:
    gates = Gates(settings=ServerSettings(**settings))  # type: ignore[arg-type]  # named by each test
    person = Person(OWNER_ID, GUILD_ID)
    return flags_of(gates, person, a_job(subject=subject), Used(today=today), NOON)


def test_a_server_without_any_set_up_holds_nothing() -> None:
    for subject in Subject:
        assert flags(subject=subject, newcomer_days=365) == ()


def test_with_a_review_channel_another_person_in_the_clip_is_flagged_and_nobody_else() -> None:
    for subject in Subject:
        wanted = (Flag.OTHER_PERSON,) if subject is Subject.PERSON_WITH_PERMISSION else ()
        assert flags(subject=subject, review_channel=REVIEW_CHANNEL, newcomer_days=None) == wanted


def test_everything_is_held_where_the_server_wishes_it_with_or_without_a_channel() -> None:
    assert flags(approval=Approval.ALL) == (Flag.EVERYTHING,)


@pytest.mark.parametrize(
    ("today", "wanted"), [(1, ()), (2, (Flag.OVER_SOFT_LIMIT,)), (9, (Flag.OVER_SOFT_LIMIT,))]
)
def test_beyond_the_soft_limit_a_moderator_decides(today: int, wanted: tuple[Flag, ...]) -> None:
    assert flags(today=today, quota_soft_per_day=2) == wanted


def test_nothing_is_held_where_approval_is_off() -> None:
    off = {"approval": Approval.OFF, "review_channel": REVIEW_CHANNEL, "quota_soft_per_day": 0}

    assert flags(subject=Subject.PERSON_WITH_PERMISSION, today=5, **off) == ()


@pytest.mark.parametrize(("hours", "is_new"), [(71, True), (73, False)])
def test_a_newcomer_is_whose_account_or_membership_is_younger_than_the_days(hours: int, is_new: bool) -> None:
    gates = Gates(settings=ServerSettings(review_channel=REVIEW_CHANNEL, newcomer_days=3))
    young = Person(OWNER_ID, GUILD_ID)
    joined = Person(OWNER_ID, GUILD_ID, joined_at=OLD + timedelta(days=900) - timedelta(hours=hours))

    assert bool(flags_of(gates, young, a_job(), Used(), OLD + timedelta(hours=hours))) is is_new
    assert bool(flags_of(gates, joined, a_job(), Used(), OLD + timedelta(days=900))) is is_new


def test_a_review_is_looked_at_every_hour_and_never_after_its_end() -> None:
    attempt = an_attempt(created_at=NOON, waits_since=NOON + timedelta(hours=1))

    assert ends_at(attempt) == NOON + timedelta(hours=25)
    assert look_at(attempt, NOON) == NOON + LOOK_AGAIN
    assert look_at(attempt, NOON + timedelta(hours=24, minutes=30)) == NOON + timedelta(hours=25)
