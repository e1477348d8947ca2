"""Whatever happens to jobs in whatever order, no promise is broken."""

from pathlib import Path

import pytest

from storage.database import sqlite_url
from tests.integration.job_ground import in_database, in_memory
from tests.integration.job_machine import play


@pytest.mark.seconds(300)  # only a failure takes long: it is cut down to the shortest
def test_no_history_in_memory_breaks_a_promise() -> None:
    play(in_memory, examples=100, steps=40)


@pytest.mark.seconds(300)
def test_no_history_in_sqlite_breaks_a_promise(tmp_path: Path) -> None:
    play(in_database(sqlite_url(tmp_path / "dramatis.db")), examples=20, steps=25)
