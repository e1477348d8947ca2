"""How SQLite finds rows: the indexes that keep a long history from slowing the work down."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Executable, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.jobs.runner import LOST, NEW, UNDER_WAY
from bot.model import AttemptState
from storage.announcements import CLAIMABLE, NEXT_DUE
from storage.database import Database, sqlite_url
from storage.figures import BALANCE, OPEN, UNTOLD, ended_since
from storage.schedule import OLDEST_QUEUED, QUEUED_BEFORE, SCHEDULED_STATES, due, earliest, timed
from storage.schema import HAS_TURN, IN_QUEUE, PENDING, SCHEDULED, TURNLESS, attempts, jobs
from storage.stories import LATEST_NUMBER, stories
from storage.stranded import claimable
from storage.turns import (
    EARLIEST_TURNED,
    EARLIEST_WAITING,
    FIRST_OF_MEMBER,
    LONGEST_WAITING_MEMBER,
    LONGEST_WAITING_PLACE,
    READY_IDS,
    TURNED,
)
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER
from tests.fakes.world import WAITING_FOR_SUBMISSION

HERE: dict[str, object] = {"at_provider": PROVIDER}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url(tmp_path / "dramatis.db"))
    try:
        yield opened
    finally:
        await opened.close()


class Plan(Executable, ClauseElement):
    """Asks how a statement would be run, its values bound as they are in earnest."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Plan)
def write_plan(plan: Plan, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN QUERY PLAN {compiler.process(plan.statement, **options)}"


async def plan_of(database: Database, statement: Select[Any], **values: object) -> str:
    async with database.read() as connection:
        rows = await connection.execute(Plan(statement), values)
        return "\n".join(row["detail"] for row in rows.mappings())


@pytest.mark.parametrize("states", [NEW, WAITING_FOR_SUBMISSION, UNDER_WAY, LOST, SCHEDULED_STATES])
async def test_due_attempts_are_found_without_reading_ended_ones(
    database: Database, states: frozenset[AttemptState]
) -> None:
    plan = await plan_of(database, due(states), now=NOON, limit=5)

    assert "USING INDEX ix_attempts_due (state=? AND due_at<?)" in plan
    assert "SCAN" not in plan


@pytest.mark.parametrize("states", [NEW, UNDER_WAY, LOST, SCHEDULED_STATES])
async def test_when_the_next_attempt_comes_due_is_read_off_the_index_state_by_state(
    database: Database, states: frozenset[AttemptState]
) -> None:
    plan = await plan_of(database, earliest(states))

    steps = plan.count("SEARCH attempts USING INDEX ix_attempts_due (state=?)")
    assert steps == len(states)
    assert "SCAN attempts" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("chosen", "values"),
    [
        pytest.param(LONGEST_WAITING_PLACE, {"now": NOON} | HERE, id="place"),
        pytest.param(LONGEST_WAITING_MEMBER, {"now": NOON, "place_id": 1} | HERE, id="member"),
        pytest.param(FIRST_OF_MEMBER, {"now": NOON, "place_id": 1, "owner_id": 2} | HERE, id="attempt"),
        pytest.param(EARLIEST_WAITING, HERE, id="when to ask again"),
    ],
)
async def test_a_turn_is_given_by_steps_through_what_waits(
    database: Database, chosen: Select[Any], values: dict[str, object]
) -> None:
    plan = await plan_of(database, chosen, **values)

    assert re.search(r"INDEX ix_attempts_(waiting|arrival) \(provider=\? AND place_id[=>]", plan)
    assert not re.search(r"SCAN attempts|ANY\(|ix_attempts_(?!waiting|arrival)", plan)


@pytest.mark.parametrize(
    ("chosen", "values"),
    [
        pytest.param(QUEUED_BEFORE, {"moment": NOON, "now": NOON, "limit": 1}, id="what"),
        pytest.param(OLDEST_QUEUED, {}, id="since when"),
    ],
)
async def test_what_has_waited_for_a_day_is_looked_for_in_the_queue_alone(
    database: Database, chosen: Select[Any], values: dict[str, object]
) -> None:
    plan = await plan_of(database, chosen, **values)

    assert "candidate USING INDEX ix_attempts_queue" in plan
    assert "ix_attempts_created_at" not in plan


@pytest.mark.parametrize("with_poster", [False, True])
async def test_what_is_moved_on_is_looked_for_in_the_queue_of_one_provider_alone(
    database: Database, *, with_poster: bool
) -> None:
    plan = await plan_of(database, claimable(with_poster=with_poster), now=NOON, limit=1, **HERE)

    assert re.search(r"candidate USING INDEX ix_attempts_(queue|turn|waiting|arrival) \(provider=\?", plan)
    assert "SCAN candidate" not in plan


async def test_those_who_had_their_turn_are_found_in_its_order(database: Database) -> None:
    plan = await plan_of(database, TURNED, now=NOON, limit=3, **HERE)

    assert "USING INDEX ix_attempts_turn (provider=? AND turn>?)" in plan
    assert "TEMP B-TREE" not in plan
    assert "INDEX ix_attempts_turn" in await plan_of(database, EARLIEST_TURNED, **HERE)


async def test_what_is_handed_over_is_found_without_reading_what_is_not(database: Database) -> None:
    plan = await plan_of(database, READY_IDS, now=NOON, limit=1, **HERE)

    assert "USING INDEX ix_attempts_due (state=? AND due_at<?)" in plan


async def test_due_announcements_are_found_in_order_without_reading_delivered_ones(
    database: Database,
) -> None:
    plan = await plan_of(database, CLAIMABLE, now=NOON, limit=5)

    assert "candidate USING INDEX ix_announcements_due (due_at<?)" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


async def test_when_the_next_announcement_comes_due_is_read_off_the_index_in_order(
    database: Database,
) -> None:
    plan = await plan_of(database, NEXT_DUE)

    assert "SCAN candidate USING INDEX ix_announcements_due" in plan
    assert "TEMP B-TREE" not in plan


async def test_the_place_in_the_queue_is_counted_in_the_queue(database: Database) -> None:
    plan = await plan_of(database, stories().where(jobs.c.job_id == "a", attempts.c.number == 1))

    assert "earlier USING INDEX ix_attempts_queue (provider=? AND created_at<?)" in plan
    assert "SCAN" not in plan


async def test_a_members_list_reads_only_their_jobs_and_needs_no_sorting(database: Database) -> None:
    listed = (
        stories()
        .where(jobs.c.owner_id == OWNER_ID, jobs.c.guild_id == GUILD_ID)
        .where(attempts.c.number == LATEST_NUMBER)
        .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
        .limit(10)
    )

    plan = await plan_of(database, listed)

    assert "jobs USING INDEX ix_jobs_owner_id_guild_id_created_at (owner_id=? AND guild_id=?)" in plan
    assert "SCAN" not in plan


async def test_the_times_of_the_last_tasks_are_read_in_order_and_no_others(database: Database) -> None:
    plan = await plan_of(database, timed("kie-sora-2-characters", 200))

    assert "USING INDEX ix_attempts_timed (provider=?)" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("counted", "index"),
    [
        pytest.param(select(OPEN.subquery().c.count), "ix_attempts_due", id="what is open"),
        pytest.param(ended_since(NOON), "ix_attempts_created_at (created_at>?)", id="what came of a day"),
        pytest.param(UNTOLD, "ix_announcements_due", id="what is not told yet"),
        pytest.param(BALANCE, "sqlite_autoindex_balances_1", id="the last balance"),
    ],
)
async def test_the_figures_are_counted_without_reading_the_whole_history(
    database: Database, counted: Select[Any], index: str
) -> None:
    plan = await plan_of(database, counted)

    assert f"INDEX {index}" in plan
    assert not re.search(r"SCAN (attempts|announcements|balances)$", plan, re.MULTILINE)


def test_the_literal_conditions_say_what_the_states_say() -> None:
    assert {state.value for state in SCHEDULED_STATES} == set(str(SCHEDULED).split("'")[1::2])
    assert {state.value for state in WAITING_FOR_SUBMISSION} == set(str(IN_QUEUE).split("'")[1::2])
    assert str(TURNLESS) == f"{IN_QUEUE} AND turn IS NULL"
    assert str(HAS_TURN) == f"{IN_QUEUE} AND turn IS NOT NULL"
    assert str(PENDING) == "state = 'pending'"
