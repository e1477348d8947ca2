"""A verb that breaks off in the middle leaves nothing half done, and can be done again.

On real databases only: no verb of the fakes ever awaits between two changes, so there is no middle in them.
"""

import inspect
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import fields
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import sqlite_url
from storage.schema import metadata
from tests.contract import verbs, verbs_operating
from tests.contract.stores import Stores, opened, stores_over
from tests.contract.strikes import (
    CANCELLATION,
    ERROR,
    Target,
    Verb,
    contents,
    postgres_target,
    sqlite_target,
    watched,
)

FILE = "dramatis.db"
TARGETS = {
    "sqlite-error": partial(sqlite_target, blow=ERROR),
    "sqlite-cancelled": partial(sqlite_target, blow=CANCELLATION),
    "postgresql-error": partial(postgres_target, blow=ERROR),
    "postgresql-cancelled": partial(postgres_target, blow=CANCELLATION),
    "postgresql-connection-lost": partial(postgres_target, blow=None),
}


@pytest.fixture(params=TARGETS)
async def target(request: pytest.FixtureRequest) -> AsyncIterator[Target]:
    async with TARGETS[request.param](request) as made:
        yield made


every_verb = pytest.mark.parametrize("prepare", verbs.VERBS, ids=lambda verb: verb.__name__)


@every_verb
async def test_a_verb_that_breaks_off_anywhere_has_changed_nothing_and_works_afterwards(
    target: Target, prepare: Callable[[Stores], Awaitable[Verb]]
) -> None:
    verb = await prepare(target.stores)
    before = await contents(target.database)

    moment = 0
    while await target.strike(moment, verb):
        assert await contents(target.database) == before
        moment += 1

    assert moment > 0
    assert await contents(target.database) != before


@every_verb
async def test_a_process_that_is_killed_anywhere_leaves_no_half_of_a_verb_in_its_file(
    tmp_path: Path, prepare: Callable[[Stores], Awaitable[Verb]]
) -> None:
    """What a kill leaves is what lies in the folder at that moment: the file, and the log of its writes."""
    killed: list[Path] = []

    def kill(_connection: object = None) -> None:
        killed.append(shutil.copytree(tmp_path / "live", tmp_path / str(len(killed))))

    async with opened(sqlite_url(tmp_path / "live" / FILE)) as database:
        verb = await prepare(stores_over(database))
        kill()
        with watched(database, kill):
            await verb()
        kill()

    before, *between, after = map(found_in, killed)
    assert between
    assert between == [before] * len(between)
    assert after != before


def found_in(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row that SQLite finds in a file when it is opened again."""
    with closing(sqlite3.connect(folder / FILE)) as shell:
        return {name: shell.execute(str(select(table))).fetchall() for name, table in metadata.tables.items()}


async def test_every_verb_that_writes_is_broken_off_here(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path / FILE)) as database:
        stores = stores_over(database)
        makes = {type(getattr(stores, field.name)) for field in fields(stores)}
    writing = {
        name
        for make in makes
        for name, verb in vars(make).items()
        if inspect.iscoroutinefunction(verb) and "database.write()" in inspect.getsource(verb)
    }
    done_here = inspect.getsource(verbs) + inspect.getsource(verbs_operating)

    assert len(writing) > 20
    assert {name for name in writing if f".{name}" not in done_here} == set()
