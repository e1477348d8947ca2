"""What servers have decided, and the log of who changed it."""

import asyncio
from datetime import timedelta

import pytest

from bot.deeds import Deed
from bot.errors import SettingRefused
from bot.moderation.servers import Failover, Renewal, ServerSettings
from tests.builders import GUILD_ID, NOON, OWNER_ID
from tests.contract.stores import Stores

ELSEWHERE = GUILD_ID + 1


async def test_a_server_that_never_set_anything_has_the_defaults(stores: Stores) -> None:
    assert await stores.servers.settings(GUILD_ID) == ServerSettings()
    assert await stores.servers.settings(None) == ServerSettings()


async def test_a_setting_holds_for_its_server_alone(stores: Stores) -> None:
    changed = await stores.servers.change(GUILD_ID, "failover", "automatic", actor_id=OWNER_ID, now=NOON)
    await stores.servers.change(GUILD_ID, "retention_days", "7", actor_id=OWNER_ID, now=NOON)

    assert changed == ("ask", "automatic")
    expected = ServerSettings(failover=Failover.AUTOMATIC, retention_days=7)
    assert await stores.servers.settings(GUILD_ID) == expected
    assert await stores.servers.settings(ELSEWHERE) == ServerSettings()


async def test_the_last_change_counts(stores: Stores) -> None:
    for value in ("never", "automatic"):
        await stores.servers.change(GUILD_ID, "renewal", value, actor_id=OWNER_ID, now=NOON)

    assert (await stores.servers.settings(GUILD_ID)).renewal is Renewal.AUTOMATIC


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("failover", "perhaps"),
        ("failover", ""),
        ("retention_days", "0"),
        ("retention_days", "-1"),
        ("retention_days", "1000000000000000000"),
        ("retention_days", "²"),
        ("no_such_setting", "1"),
        ("'; drop table deeds; --", "1"),
    ],
)
async def test_what_a_setting_does_not_take_changes_nothing(stores: Stores, name: str, text: str) -> None:
    with pytest.raises(SettingRefused) as refusal:
        await stores.servers.change(GUILD_ID, name, text, actor_id=OWNER_ID, now=NOON)

    assert refusal.value.accepted
    assert await stores.servers.settings(GUILD_ID) == ServerSettings()
    assert await stores.servers.deeds(GUILD_ID, 9) == []


async def test_every_change_and_every_deed_is_in_the_log_of_its_server(stores: Stores) -> None:
    later = NOON + timedelta(hours=1)
    await stores.servers.change(GUILD_ID, "renewal", " NEVER ", actor_id=OWNER_ID, now=NOON)
    removal = Deed(GUILD_ID, OWNER_ID, later, "remove", "character 01K", None, "reason: likeness")
    await stores.servers.note(removal)
    await stores.servers.note(Deed(ELSEWHERE, OWNER_ID, later, "remove", "another"))

    assert await stores.servers.deeds(GUILD_ID, 9) == [
        removal,
        Deed(GUILD_ID, OWNER_ID, NOON, "set", "renewal", "ask", "never"),
    ]
    assert await stores.servers.deeds(GUILD_ID, 1) == [removal]


async def test_changes_at_once_all_hold(stores: Stores) -> None:
    await asyncio.gather(
        *(
            stores.servers.change(GUILD_ID, name, value, actor_id=OWNER_ID, now=NOON)
            for name, value in (("renewal", "never"), ("failover", "off"), ("retention_days", "9"))
        )
    )

    assert await stores.servers.settings(GUILD_ID) == ServerSettings(Failover.OFF, Renewal.NEVER, 9)
    assert len(await stores.servers.deeds(GUILD_ID, 9)) == 3
