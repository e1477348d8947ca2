"""What unit tests share: an environment, and plain logs (a traceback with all its locals takes a second)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from tests.unit.settings_desk import Environment


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def log(_plain_logs: None) -> LogCapture:
    """What is logged, as entries instead of lines."""
    captured = LogCapture()
    structlog.configure(processors=[captured])
    return captured


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    return Environment(monkeypatch, tmp_path)
