"""What the suites of one port are run on: the fake and the real thing alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.stores import Stores, memory_stores, sqlite_stores

MAKES = {"memory": memory_stores, "sqlite": sqlite_stores}
"""A further database joins every suite by one line here."""


@pytest.fixture(params=MAKES)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    async with MAKES[request.param](tmp_path) as opened:
        yield opened
