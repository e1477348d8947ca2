"""What moderators do waits to be told in the log channel that their server had when they did it."""

from datetime import timedelta
from typing import Any

from bot.deeds import Deed
from bot.moderation.gates import Block, Pause, Quota
from tests.builders import GUILD_ID, NOON, OWNER_ID
from tests.contract.stores import Stores

BY: dict[str, Any] = {"actor_id": OWNER_ID, "now": NOON}
FIRST, SECOND = 10**17 + 1, 10**17 + 2
ELSEWHERE = GUILD_ID + 1
PLENTY = 100


async def untold(stores: Stores, limit: int = PLENTY) -> list[tuple[int, str]]:
    return [(line.channel_id, line.deed.action) for line in await stores.log_lines.untold(NOON, limit)]


async def logged_to(stores: Stores, channel: str) -> None:
    await stores.servers.change(GUILD_ID, "log_channel", channel, **BY)


async def test_without_a_log_channel_nothing_waits_to_be_told(stores: Stores) -> None:
    await stores.gates.pause(GUILD_ID, Pause(), **BY)

    assert await untold(stores) == []


async def test_every_deed_waits_in_its_order_for_the_channel_of_its_time(stores: Stores) -> None:
    await logged_to(stores, str(FIRST))
    await stores.gates.block(GUILD_ID, Block(7), **BY)
    await stores.gates.block(ELSEWHERE, Block(7), **BY)
    await logged_to(stores, f"<#{SECOND}>")
    await stores.gates.set_quota(GUILD_ID, 7, Quota(1), **BY)
    await stores.servers.note(Deed(GUILD_ID, OWNER_ID, NOON, "retry", "7F3A-21QX"))
    await logged_to(stores, "none")
    await stores.gates.unblock(GUILD_ID, 7, **BY)

    deeds = [(FIRST, "set"), (FIRST, "block"), (SECOND, "set"), (SECOND, "quota"), (SECOND, "retry")]
    assert await untold(stores) == deeds
    assert await untold(stores, 2) == deeds[:2]


async def test_what_is_told_waits_no_more_and_stays_in_the_log(stores: Stores) -> None:
    await logged_to(stores, str(FIRST))
    await stores.gates.pause(GUILD_ID, Pause(), **BY)
    first, second = await stores.log_lines.untold(NOON, PLENTY)

    await stores.log_lines.mark_told([first.deed_id])

    assert await stores.log_lines.untold(NOON, PLENTY) == [second]
    assert first.nonce != second.nonce
    assert len(await stores.servers.deeds(GUILD_ID, PLENTY)) == 2


async def test_what_is_too_old_is_not_told_any_more(stores: Stores) -> None:
    await logged_to(stores, str(FIRST))

    assert await stores.log_lines.untold(NOON + timedelta(seconds=1), PLENTY) == []
