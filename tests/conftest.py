"""What holds for every test: no settings from outside, no network, a time limit, no secret told."""

import asyncio
import functools
import gc
import inspect
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import hypothesis
import pytest

from bot import clouds
from bot.settings import SECRETS, Settings
from tests import secrecy
from tests.loopback import OutsideWorld, guarded
from tests.postgres.server import PostgresServer, started

TEST_SECONDS = 120.0
SETUP_SECONDS = 120.0
"""Of a fixture that starts processes, on a machine that is busy with other things."""
GRACE_SECONDS = 5.0
"""An asynchronous test is cancelled, so that it can clean up; after this it is torn off."""
GROUP = "xdist_group"
ASYNCIO_DEBUG = "PYTHONASYNCIODEBUG"

OUTSIDE = pytest.StashKey[OutsideWorld]()


class TimeLimitExceeded(Exception):
    """Carries what took too long and its limit."""

    def __init__(self, what: str, limit_seconds: float) -> None:
        super().__init__(f"{what} took longer than {limit_seconds:g} s")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "seconds(limit): the time limit of a test that needs more than usual")
    config.addinivalue_line("markers", f"{GROUP}(name): run by one worker; known without workers too")
    # aiohttp 3.14 calls this function of its own where a part of a form comes in one piece with the next.
    config.addinivalue_line("filterwarnings", "ignore:unread_data:DeprecationWarning")
    for name in map(str.upper, Settings.model_fields):
        os.environ.pop(name, None)
    for name in SECRETS:
        os.environ.pop(f"{name}_FILE", None)
    for name in filter(clouds.NAME.fullmatch, tuple(os.environ)):
        os.environ.pop(name)
    os.environ.pop(ASYNCIO_DEBUG, None)
    # How long an example takes says more about the machine than about the code.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")
    secrecy.pytest_configure(config)
    config.stash[OUTSIDE] = guarded()


@pytest.fixture(autouse=True)
def _only_loopback(pytestconfig: pytest.Config) -> Iterator[None]:
    """Fails a test that asked for an address elsewhere, whatever became of the error."""
    outside = pytestconfig.stash[OUTSIDE]
    outside.attempts.clear()
    yield
    assert not outside.attempts, f"a test must not reach beyond loopback: {outside.attempts}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests that ask for it; each makes a database of its own there."""
    with started() as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays with one worker, for what its tests share, unless it says otherwise itself."""
    for item in items:
        if item.get_closest_marker(GROUP) is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(item.config.rootpath).as_posix()))
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = limited(item.obj, _limit_of(item))


def pytest_collection_finish() -> None:
    """All tests are in memory now; to walk them again and again would stop what has to answer within 3 s."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with alarm(f"the setup of {item.name}", SETUP_SECONDS):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    is_asynchronous = isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)
    with alarm(item.name, _limit_of(item) + (GRACE_SECONDS if is_asynchronous else 0.0)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    with alarm(f"the teardown of {item.name}", SETUP_SECONDS):
        return (yield)


def _limit_of(item: pytest.Item) -> float:
    marker = item.get_closest_marker("seconds")
    return float(marker.args[0]) if marker else TEST_SECONDS


def limited(test: Callable[..., Any], limit_seconds: float) -> Callable[..., Any]:
    """The same test, cancelled after its time."""

    @functools.wraps(test)
    async def test_within_limit(*arguments: Any, **fixtures: Any) -> None:
        over = asyncio.timeout(limit_seconds)
        try:
            async with over:
                await test(*arguments, **fixtures)
        except TimeoutError:
            if over.expired():
                raise TimeLimitExceeded(test.__name__, limit_seconds) from None
            raise

    return test_within_limit


@contextmanager
def alarm(what: str, limit_seconds: float) -> Iterator[None]:
    """Tears off what hangs; does nothing where the system has no such alarm."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeLimitExceeded(what, limit_seconds)

    before = signal.signal(signal.SIGALRM, ring)
    left_seconds, _ = signal.setitimer(signal.ITIMER_REAL, limit_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left_seconds)
        signal.signal(signal.SIGALRM, before)
