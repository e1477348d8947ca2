"""The privacy policy for operators is true: it names all that is stored, and its statements delete people."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    Table,
    create_engine,
    insert,
    select,
)

import storage.bulk_tables
import storage.moderation_tables
import storage.report_tables
import storage.statement_tables
import storage.takedown_tables  # noqa: F401 - its table belongs to what is stored
from bot.setting_values import KNOWN_PROVIDERS
from storage.moments import Moment
from storage.schema import metadata

DOCS = Path(__file__).parents[2] / "docs"
POLICY = (DOCS / "privacy-policy-template.md").read_text("utf-8")
TERMS = (DOCS / "terms-template.md").read_text("utf-8")
PEOPLE = {
    *("owner_id", "requested_by", "decided_by", "removed_by", "reporter_id", "actor_id", "place_id"),
    *("user_id", "target_id", "shared_with_user_id"),
}
"""Columns that hold a member's id; the last one holds its negative where the place is a direct message."""
NOT_PEOPLE = {
    "shared_with_guild_id",
    *("guild_id", "channel_id", "thread_id", "message_id", "card_channel_id", "card_message_id"),
    *("application_id", "interaction_id", "attachment_id", "announcement_id", "submission_id", "deed_id"),
    "log_channel_id",
}
SOMEBODY = 123456789012345678
SOMEBODY_ELSE = 876543210987654321


def statements() -> list[str]:
    """What the operator is told to type."""
    (block,) = re.findall(r"```sql\n(.*?)```", POLICY, re.DOTALL)
    return [line.strip() for line in block.split(";") if line.strip()]


def value(column: Column[Any], person: int) -> Any:
    """Something that a column takes, the person's id where it holds one."""
    if (column.table.name, column.name) == ("deeds", "subject"):
        return str(person)
    if column.name in PEOPLE:
        return -person if column.name == "place_id" else person
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Moment):
        return datetime(2026, 11, 27, tzinfo=UTC) + timedelta(seconds=person % 1000)
    return person % 1000 if isinstance(column.type, (BigInteger, Integer, Float)) else f"of {person}"


def fill(connection: Connection, person: int) -> None:
    """A row in every table that is, or belongs to, this person's."""
    for table in metadata.sorted_tables:
        connection.execute(insert(table).values({one.name: value(one, person) for one in table.columns}))


def mentions(connection: Connection, table: Table, person: int) -> int:
    """How many rows of a table hold the person's id, or belong to their job."""
    rows = connection.execute(select(table)).all()
    return sum(
        bool({person, -person, str(person)} & set(row) or row._mapping.get("job_id") == f"of {person}")
        for row in rows
    )


@pytest.mark.parametrize("table", metadata.tables)
def test_every_table_is_in_the_policy_with_its_reason_and_its_time(table: str) -> None:
    rows = [line for line in POLICY.splitlines() if line.startswith("| ") and f"`{table}`" in line]

    assert rows
    assert all(len([cell for cell in row.split("|") if cell.strip()]) == 4 for row in rows)


def test_for_every_number_that_is_stored_it_is_decided_whether_it_is_somebodys() -> None:
    ids = {
        one.name for table in metadata.tables.values() for one in table.columns if one.name.endswith("_id")
    }
    numbers = {
        one.name
        for table in metadata.tables.values()
        for one in table.columns
        if isinstance(one.type, BigInteger)
    }

    assert (ids & numbers) - PEOPLE - NOT_PEOPLE == set()


def test_what_the_operator_is_told_to_type_deletes_a_person_and_nobody_else() -> None:
    engine = create_engine("sqlite://", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        metadata.create_all(connection)
        for person in (SOMEBODY, SOMEBODY_ELSE):
            fill(connection, person)
        for statement in statements():
            connection.exec_driver_sql(statement)
        left = {table.name: mentions(connection, table, SOMEBODY) for table in metadata.sorted_tables}
        others = {table.name: mentions(connection, table, SOMEBODY_ELSE) for table in metadata.sorted_tables}
    engine.dispose()

    # A character outlives its job in the schema; here it goes with its owner.
    assert {name: count for name, count in left.items() if count} == {}
    with_people = {
        table.name
        for table in metadata.sorted_tables
        if {*PEOPLE, "job_id"} & {one.name for one in table.columns}
    }
    assert {name for name, count in others.items() if count} == with_people


def test_both_name_the_provider_that_clips_go_to() -> None:
    assert all(name.startswith("kie-") for name in KNOWN_PROVIDERS), "name the new one in both templates"
    assert "kie.ai" in POLICY
    assert "kie.ai" in TERMS
