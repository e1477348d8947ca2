"""Clips picked from messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import (
    Attachment,
    MessageRef,
)
from bot.orders.picks import Pick
from tests.builders import CHANNEL_ID, GUILD_ID, NOON, OWNER_ID, a_snowflake, an_id
from tests.contract.stores import Stores

HOUR = timedelta(hours=1)


def a_pick() -> Pick:
    return Pick(
        pick_id=an_id(),
        owner_id=OWNER_ID,
        guild_id=GUILD_ID,
        message=MessageRef(CHANNEL_ID, a_snowflake()),
        attachment_id=2**63 - 1,
        attachment=Attachment("https://cdn.discordapp.com/attachments/1/2/fox.mp4?ex=1", "fox 🦊.mp4", 41),
        created_at=NOON + timedelta(microseconds=1),
    )


@pytest.mark.parametrize("guild_id", [GUILD_ID, None])
async def test_a_pick_reads_back_as_it_was(stores: Stores, guild_id: int | None) -> None:
    pick = replace(a_pick(), guild_id=guild_id)

    await stores.picks.keep(pick, forget_before=NOON)

    assert await stores.picks.get(pick.pick_id) == pick
    assert await stores.picks.get("01K") is None


async def test_keeping_one_forgets_those_that_are_too_old_and_no_others(stores: Stores) -> None:
    old = replace(a_pick(), created_at=NOON - HOUR)
    just_old_enough = replace(a_pick(), created_at=NOON)
    for pick in (old, just_old_enough):
        await stores.picks.keep(pick, forget_before=NOON - 2 * HOUR)

    await stores.picks.keep(a_pick(), forget_before=NOON)

    assert await stores.picks.get(old.pick_id) is None
    assert await stores.picks.get(just_old_enough.pick_id) == just_old_enough
