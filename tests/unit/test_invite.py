"""The link that adds the bot to a server."""

from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.invite import (
    PERMISSION_BITS,
    PRIVATE_RESULT_BITS,
    application_id_of,
    invite_link,
    permissions_value,
)

APPLICATION_ID = 1200000000000000009


def test_the_link_asks_for_the_bot_its_commands_and_its_permissions() -> None:
    parts = urlsplit(invite_link(APPLICATION_ID))

    assert (parts.scheme, parts.netloc, parts.path) == ("https", "discord.com", "/oauth2/authorize")
    assert parse_qs(parts.query) == {
        "client_id": [str(APPLICATION_ID)],
        "permissions": ["309237763136"],
        "scope": ["bot applications.commands"],
    }


def test_private_results_need_two_permissions_more() -> None:
    more = permissions_value(private_results=True) - permissions_value(private_results=False)

    assert more == 1 << 36 | 1 << 34
    assert f"permissions={309237763136 + more}&" in invite_link(APPLICATION_ID, private_results=True)


@pytest.mark.parametrize(("name", "bit"), sorted((PERMISSION_BITS | PRIVATE_RESULT_BITS).items()))
def test_every_permission_is_the_one_the_library_knows_under_its_name(name: str, bit: int) -> None:
    assert discord.Permissions(**{name: True}).value == 1 << bit


def test_no_permission_is_one_that_could_do_harm() -> None:
    asked_for = discord.Permissions(permissions_value(private_results=True))

    assert not asked_for.administrator
    assert not asked_for.manage_messages
    assert not asked_for.mention_everyone
    assert asked_for.is_subset(discord.Permissions.all())


@given(st.integers(10**16, 10**20 - 1))
def test_the_applications_id_is_the_first_part_of_the_token(application_id: int) -> None:
    first = urlsafe_b64encode(str(application_id).encode()).decode()

    for padded in (first, first.rstrip("=")):
        assert application_id_of(f"{padded}.GtOkEn.abc-DEF_123") == application_id


@pytest.mark.parametrize(
    "token",
    ["sandbox-token", "", ".", "MTIz.a.b", "bm90LWEtbnVtYmVy.a.b", "MV8yXzM.a", "é.a", "LTEyMw.a", "IDEy.a"],
)
def test_another_kind_of_token_names_no_application(token: str) -> None:
    assert application_id_of(token) is None


@given(st.text())
def test_no_text_at_all_breaks_it(token: str) -> None:
    assert (application_id_of(token) or 10**16) >= 10**16
