"""Whoever logs while a job is worked on, or told, says of which: it is bound where the work begins."""

from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from bot.model import AttemptState
from bot.notices import NoticeKind
from bot.ports import Delivered
from tests.builders import NOON
from tests.unit.engine_rig import LEASE_SECONDS, Rig


@pytest.fixture
def bound() -> list[dict[str, Any]]:
    """What was bound at each moment at which somebody looked."""
    return []


async def test_a_step_of_the_engine_binds_job_and_attempt_and_leaves_nothing_bound(
    monkeypatch: pytest.MonkeyPatch, bound: list[dict[str, Any]]
) -> None:
    rig = Rig()
    attempt = await rig.in_state(AttemptState.QUEUED)

    async def look(*_: object) -> None:
        bound.append(get_contextvars())

    monkeypatch.setattr(rig.engine, "_step", look)
    await rig.advance(attempt)

    assert bound == [{"job_id": attempt.job_id, "attempt": 1}]
    assert get_contextvars() == {}


async def test_a_delivery_binds_job_and_attempt_and_leaves_nothing_bound(
    monkeypatch: pytest.MonkeyPatch, bound: list[dict[str, Any]]
) -> None:
    rig = Rig()
    attempt = await rig.in_state(AttemptState.SUCCEEDED)
    rig.world.announce(attempt.job_id, 1, [NoticeKind.RESULT], NOON)
    (announcement,) = await rig.announcements.claim(rig.clock.now(), LEASE_SECONDS, 1)

    async def deliver(*_: object) -> Delivered:
        bound.append(get_contextvars())
        return Delivered()

    monkeypatch.setattr(rig.announcer, "deliver", deliver)
    await rig.outbox.deliver(announcement)

    assert bound == [{"job_id": attempt.job_id, "attempt": 1}]
    assert get_contextvars() == {}
