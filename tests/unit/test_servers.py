"""What may stand in a setting, how it is read, and how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingRefused
from bot.moderation import servers
from bot.moderation.servers import IDS_AT_MOST, NAMES, RULES, ServerSettings

IDS = st.frozensets(st.integers(10**16, 10**19), max_size=IDS_AT_MOST)
LIMITS = ("quota_per_day", "quota_at_once", "quota_server_per_day")
SETS = ("allowed_channels", "allowed_roles", "mod_roles", "admin_roles")


def test_every_setting_has_a_rule_and_its_default_can_be_written_and_read() -> None:
    assert set(NAMES) == set(RULES)
    for name in NAMES:
        assert (
            servers.changed(ServerSettings(), name, servers.written(ServerSettings(), name))
            == ServerSettings()
        )


@given(st.sampled_from(SETS), IDS)
def test_channels_and_roles_come_back_as_they_were_written(name: str, ids: frozenset[int]) -> None:
    settings = servers.changed(
        ServerSettings(), name, " ".join(map(str, ids)) or servers.RULES[name].choices[0]
    )

    assert getattr(settings, name) == ids
    assert servers.changed(ServerSettings(), name, servers.written(settings, name)) == settings


def test_channels_and_roles_are_read_as_discord_writes_them() -> None:
    one, two = 12345678901234567, 12345678901234568

    channels = servers.changed(ServerSettings(), "allowed_channels", f" <#{one}>,  <#{two}>\n")
    roles = servers.changed(ServerSettings(), "allowed_roles", f"<@&{one}> {two}")

    assert channels.allowed_channels == roles.allowed_roles == {one, two}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    "text",
    ["", ",", "<@12345678901234567>", "general", "1", "-12345678901234567", "9" * 21, "١" * 18, "any 1"],
)
def test_anything_else_names_no_channel_and_no_role(name: str, text: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        servers.changed(ServerSettings(), name, text)

    assert refused.value.found == text


def test_a_channel_is_no_role() -> None:
    with pytest.raises(SettingRefused):
        servers.changed(ServerSettings(), "allowed_roles", "<#12345678901234567>")


def test_a_setting_holds_as_many_as_a_select_does() -> None:
    ids = range(10**17, 10**17 + IDS_AT_MOST + 1)

    with pytest.raises(SettingRefused):
        servers.changed(ServerSettings(), "allowed_roles", " ".join(map(str, ids)))


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("text", ["-1", "1000000000000000000", "1,000", "1e3", "٥", "", "nan", "0x10", "1.5"])
def test_limits_are_whole_numbers_in_their_span_or_none(name: str, text: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        servers.changed(ServerSettings(), name, text)

    assert "none" in refused.value.accepted


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_can_be_taken_away_again(name: str) -> None:
    limited = servers.changed(ServerSettings(), name, "5")

    assert getattr(limited, name) == 5
    assert servers.changed(limited, name, "None") == ServerSettings()


def test_nobody_may_be_allowed_to_run_none_at_once() -> None:
    assert servers.changed(ServerSettings(), "quota_per_day", "0").quota_per_day == 0
    with pytest.raises(SettingRefused):
        servers.changed(ServerSettings(), "quota_at_once", "0")


@pytest.mark.parametrize("name", ["enabled", "sharing", "reaction_retry"])
def test_a_switch_is_on_or_off(name: str) -> None:
    off = servers.changed(ServerSettings(), name, " OFF ")

    assert getattr(off, name) is False
    assert servers.written(off, name) == "off"
    for text in ("", "0", "no", "true"):
        with pytest.raises(SettingRefused):
            servers.changed(ServerSettings(), name, text)


def test_one_channel_is_one_channel_or_none() -> None:
    one = 12345678901234567
    found = servers.changed(ServerSettings(), "log_channel", f"<#{one}>")

    assert found.log_channel == one
    assert servers.changed(found, "log_channel", "none").log_channel is None
    for text in ("any", f"{one} {one + 1}", f"<@&{one}>", "-1", str(10**18 * 1000)):
        with pytest.raises(SettingRefused):
            servers.changed(ServerSettings(), "log_channel", text)


def test_what_is_deleted_leaves_all_settings_but_is_the_last_to_admit_somebody() -> None:
    gone, left = 12345678901234567, 12345678901234568
    both, only = frozenset({gone, left}), frozenset({gone})

    settings = ServerSettings(
        allowed_channels=only, allowed_roles=both, mod_roles=only, admin_roles=both, log_channel=gone
    )

    changes = servers.without(settings, gone)
    assert changes == {
        "allowed_roles": str(left),
        "mod_roles": "none",
        "admin_roles": str(left),
        "log_channel": "none",
    }
    assert servers.without(settings, 1) == {}
    for name, text in changes.items():
        settings = servers.changed(settings, name, text)
    assert servers.without(settings, gone) == {}
