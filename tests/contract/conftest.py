"""What the suites of one port are run on: the fake and the real thing alike."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.stores import Stores, new_memory_stores, new_postgres_stores, new_sqlite_stores

MAKES = {"memory": new_memory_stores, "sqlite": new_sqlite_stores, "postgresql": new_postgres_stores}
"""A further database joins every suite by one line here."""


@pytest.fixture(params=MAKES)
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    async with MAKES[request.param](request) as opened:
        yield opened
