"""How often a shard begins a session or tries to connect."""

import itertools

import pytest

from bot.gateway_pace import (
    HOUR_SECONDS,
    LONGEST_RECONNECT_SECONDS,
    SHORTEST_SECONDS,
    ReconnectBackoff,
    session_pause_seconds,
)

BREAKER = 50
"""Sessions of a shard in an hour; at 24 of them in each hour the day's 1,000 are far away."""


@pytest.mark.parametrize("recent", range(4))
def test_a_lost_session_now_and_then_is_replaced_at_once(recent: int) -> None:
    assert session_pause_seconds(recent) == SHORTEST_SECONDS


def test_however_fast_sessions_break_no_hour_sees_many_of_them() -> None:
    begun, now = [0.0], 0.0
    while now < 24 * HOUR_SECONDS:
        recent = [at for at in begun if now - at < HOUR_SECONDS]
        now += session_pause_seconds(len(recent))
        begun.append(now)

    most = max(sum(start <= at < start + HOUR_SECONDS for at in begun) for start in begun)
    assert most < BREAKER / 2
    assert len(begun) < 500


def test_pauses_grow_and_end_at_five_minutes() -> None:
    pauses = [session_pause_seconds(recent) for recent in range(4, 100)]

    assert all(one <= other for one, other in itertools.pairwise(pauses))
    assert (pauses[0], pauses[-1]) == (10.0, 300.0)


def test_after_a_long_outage_somebody_listens_within_a_minute() -> None:
    backoff = ReconnectBackoff()

    waits = [backoff.delay() for _ in range(200)]

    assert max(waits) == LONGEST_RECONNECT_SECONDS
    assert waits[0] <= 2
