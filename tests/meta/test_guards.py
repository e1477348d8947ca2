"""The guards around all tests hold: nothing leaves loopback, nothing lasts for ever."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import OUTSIDE, TimeLimitExceeded, alarm, limited
from tests.loopback import OutsideWorld, guard_for_children, is_local

ROOT = Path(__file__).parents[2]
NOWHERE = "192.0.2.1"
"""Documentation only (RFC 5737): nobody answers there."""
SOON_SECONDS = 0.05


@pytest.fixture
def outside(pytestconfig: pytest.Config) -> Iterator[OutsideWorld]:
    """What was noticed; forgotten afterwards, since here it was wanted."""
    noticed = pytestconfig.stash[OUTSIDE]
    yield noticed
    noticed.attempts.clear()


def test_a_connection_beyond_loopback_fails_and_is_noticed(outside: OutsideWorld) -> None:
    with socket.socket() as one, pytest.raises(OSError, match="not beyond loopback"):
        one.connect((NOWHERE, 80))

    assert outside.attempts == [f"{NOWHERE}:80"]


async def test_the_event_loop_connects_nowhere_else_either(outside: OutsideWorld) -> None:
    with pytest.raises(OSError, match="not beyond loopback"):
        await asyncio.open_connection(NOWHERE, 80)

    assert outside.attempts == [f"{NOWHERE}:80"]


def test_a_name_of_somewhere_else_is_not_even_looked_up(outside: OutsideWorld) -> None:
    with pytest.raises(OSError, match="not beyond loopback"):
        socket.getaddrinfo("discord.com", 443)

    assert outside.attempts == ["the address of discord.com"]


def test_a_name_that_nobody_has_is_answered_as_a_resolver_would(outside: OutsideWorld) -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("kie.invalid", 443)

    assert outside.attempts == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", None, "::", b"127.0.0.1"])
def test_this_machine_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "8.8.8.8", "2001:db8::1", "example.org", "::ffff:8.8.8.8"])
def test_everything_else_is_not(host: object) -> None:
    assert not is_local(host)


def test_a_process_of_its_own_is_held_too(tmp_path: Path) -> None:
    guard, attempts = guard_for_children(tmp_path)
    code = f"import socket; socket.socket().connect(({NOWHERE!r}, 80))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(guard), str(ROOT)))}

    child = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)  # noqa: S603 - our own code

    assert child.returncode != 0
    assert attempts.read_text("utf-8") == f"{NOWHERE}:80\n"


async def test_an_asynchronous_test_that_hangs_fails_by_name() -> None:
    async def test_that_hangs() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeLimitExceeded, match=r"test_that_hangs took longer than 0\.05 s"):
        await limited(test_that_hangs, SOON_SECONDS)()


async def test_a_time_out_of_the_tests_own_is_passed_on() -> None:
    async def test_with_a_limit() -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await limited(test_with_a_limit, 60)()


def test_a_test_that_hangs_is_torn_off() -> None:
    with pytest.raises(TimeLimitExceeded, match="it took longer"), alarm("it", SOON_SECONDS):
        signal.pause()


def test_a_limit_within_a_limit_leaves_the_outer_one() -> None:
    with alarm("outer", 60), alarm("inner", 30):
        pass

    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0


def test_the_debug_mode_of_asyncio_is_off() -> None:
    with asyncio.Runner() as runner:
        assert not runner.get_loop().get_debug()
