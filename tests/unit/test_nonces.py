"""The name of a notice: short enough for Discord, the same after a crash, and nobody else's."""

from itertools import product

from bot.notices import NoticeKind, nonce_of
from tests.builders import an_id

LONGEST = 25  # Discord: Create Message


def test_a_nonce_is_the_same_for_ever() -> None:
    assert nonce_of("01K00000000000000000000007", 2, NoticeKind.RESULT) == "F2DCY7Q4PUNFAC3MBXXPQOFD"


def test_no_two_notices_share_a_nonce() -> None:
    jobs = [an_id() for _ in range(20)]
    nonces = {nonce_of(*notice) for notice in product(jobs, range(4), NoticeKind)}

    assert len(nonces) == 20 * 4 * len(NoticeKind)
    assert all(0 < len(nonce) <= LONGEST for nonce in nonces)
