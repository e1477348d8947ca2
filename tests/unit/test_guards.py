"""What is decided from the payload alone."""

from typing import Any

import discord
import pytest

from bot import invite
from bot.errors import NotAllowed, PermissionsMissing, ServerNotAllowed, WrongPlace
from bot.model import Place, PlaceKind, Visibility
from bot.moderation.servers import Results
from cogs import guards
from tests.builders import CHANNEL_ID, GUILD_ID, OWNER_ID
from tests.unit.discord_payloads import (
    GROUP,
    IN_PRIVATE_CHANNEL,
    a_channel,
    a_member,
    an_interaction,
    in_a_dm,
)

USER = {"id": str(OWNER_ID), "username": "mira", "discriminator": "0", "avatar": None}
NOTHING = discord.Permissions.none()


def test_the_invite_asks_for_what_the_guards_need_and_for_a_known_sum() -> None:
    needed = {name for kind in PlaceKind for name in guards.needed_in(kind, Results.THREAD)}

    assert invite.permissions_value(private_results=False) == 309_237_763_136
    assert needed | set(guards.NEEDED_FOR_PRIVATE) <= set(invite.PERMISSION_BITS)


def test_the_invite_names_permissions_as_discord_py_does() -> None:
    asked = discord.Permissions(**dict.fromkeys(invite.PERMISSION_BITS, True))

    assert asked.value == invite.permissions_value(private_results=False)


@pytest.mark.parametrize(
    ("channel_type", "kind"),
    [
        (0, PlaceKind.TEXT),
        (5, PlaceKind.ANNOUNCEMENT),
        (10, PlaceKind.THREAD),
        (11, PlaceKind.THREAD),
        (12, PlaceKind.THREAD),
        (2, PlaceKind.VOICE),
        (13, PlaceKind.VOICE),
    ],
)
def test_every_channel_of_a_server_that_takes_messages_is_a_place(channel_type: int, kind: PlaceKind) -> None:
    interaction = an_interaction(channel=a_channel(channel_type))

    assert guards.place_of(interaction) == Place(GUILD_ID, CHANNEL_ID, kind)


def test_a_direct_message_is_a_place_without_a_server() -> None:
    assert guards.place_of(in_a_dm()) == Place(None, CHANNEL_ID, PlaceKind.DM)


@pytest.mark.parametrize("channel_type", [4, 14, 15, 16])
def test_a_channel_that_takes_no_messages_is_the_wrong_place(channel_type: int) -> None:
    with pytest.raises(WrongPlace):
        guards.place_of(an_interaction(channel=a_channel(channel_type)))


def test_a_group_conversation_is_the_wrong_place() -> None:
    group = {"id": str(CHANNEL_ID), "type": GROUP, "recipients": [], "owner_id": str(OWNER_ID)}

    with pytest.raises(WrongPlace):
        guards.place_of(in_a_dm(channel=group))


def test_an_interaction_without_a_channel_is_the_wrong_place() -> None:
    with pytest.raises(WrongPlace):
        guards.place_of(an_interaction(channel={}))


def test_other_peoples_conversations_are_not_admitted() -> None:
    with pytest.raises(WrongPlace):
        guards.admit(in_a_dm(context=IN_PRIVATE_CHANNEL), allowed=None)


def test_a_server_that_is_not_allowed_is_not_admitted() -> None:
    with pytest.raises(ServerNotAllowed) as caught:
        guards.admit(an_interaction(), allowed=frozenset({1}))

    assert caught.value.guild_id == GUILD_ID


@pytest.mark.parametrize("allowed", [None, frozenset({GUILD_ID})])
def test_an_allowed_server_is_admitted(allowed: frozenset[int] | None) -> None:
    person = guards.admit(an_interaction(), allowed)

    assert (person.user_id, person.guild_id) == (OWNER_ID, GUILD_ID)


def test_direct_messages_are_admitted_whatever_servers_are_allowed() -> None:
    assert guards.admit(in_a_dm(), allowed=frozenset()).guild_id is None


def test_a_server_in_which_only_the_member_installed_the_bot_is_not_admitted() -> None:
    brought_along = an_interaction(authorizing_integration_owners={"1": str(OWNER_ID)})

    with pytest.raises(ServerNotAllowed):
        guards.admit(brought_along, allowed=None)


def test_another_bot_is_not_admitted() -> None:
    robot = a_member({**USER, "bot": True}, permissions="0")

    with pytest.raises(NotAllowed):
        guards.admit(an_interaction(member=robot), allowed=None)


@pytest.mark.parametrize(
    ("permissions", "may_manage"),
    [
        (NOTHING, False),
        (discord.Permissions(manage_channels=True, manage_threads=True, moderate_members=True), False),
        (discord.Permissions(manage_messages=True), True),
        (discord.Permissions(manage_guild=True), True),
        (discord.Permissions(administrator=True), True),
    ],
)
def test_who_may_act_on_the_jobs_of_others_is_read_from_the_call(
    permissions: discord.Permissions, *, may_manage: bool
) -> None:
    member = a_member(USER, permissions=str(permissions.value))

    assert guards.person_of(an_interaction(member=member)).may_manage is may_manage


@pytest.mark.parametrize(
    ("permissions", "may_look_after"),
    [
        (NOTHING, False),
        (discord.Permissions(manage_messages=True, manage_channels=True), False),
        (discord.Permissions(manage_guild=True), True),
        (discord.Permissions(administrator=True), True),
    ],
)
def test_who_may_look_after_the_server_is_read_from_the_call(
    permissions: discord.Permissions, *, may_look_after: bool
) -> None:
    interaction = an_interaction(member=a_member(USER, permissions=str(permissions.value)))

    assert guards.admit_moderator(interaction, allowed=None) == GUILD_ID
    assert guards.person_of(interaction).may_administer is may_look_after


def test_there_is_nothing_to_look_after_in_a_direct_message() -> None:
    with pytest.raises(WrongPlace):
        guards.admit_moderator(in_a_dm(), allowed=None)


def test_a_server_that_is_not_allowed_is_not_looked_after() -> None:
    member = a_member(USER, permissions=str(discord.Permissions(manage_guild=True).value))

    with pytest.raises(ServerNotAllowed):
        guards.admit_moderator(an_interaction(member=member), allowed=frozenset())


def place(kind: PlaceKind) -> Place:
    return Place(None if kind is PlaceKind.DM else GUILD_ID, CHANNEL_ID, kind)


@pytest.mark.parametrize("results", list(Results))
@pytest.mark.parametrize("kind", [kind for kind in PlaceKind if kind is not PlaceKind.DM])
def test_each_needed_permission_is_missed_alone(kind: PlaceKind, results: Results) -> None:
    needed = guards.needed_in(kind, results)
    assert needed
    for name in needed:
        held = discord.Permissions(**dict.fromkeys(set(needed) - {name}, True))

        with pytest.raises(PermissionsMissing) as caught:
            guards.check_permissions(place(kind), Visibility.THREAD, results, held)

        assert caught.value.permissions == (name,)
        assert caught.value.channel_id == CHANNEL_ID


@pytest.mark.parametrize("results", list(Results))
@pytest.mark.parametrize("kind", list(PlaceKind))
def test_the_needed_permissions_are_enough(kind: PlaceKind, results: Results) -> None:
    held = discord.Permissions(**dict.fromkeys(guards.needed_in(kind, results), True))

    guards.check_permissions(place(kind), Visibility.THREAD, results, held)


@pytest.mark.parametrize("results", [Results.CHANNEL, Results.RESULTS_CHANNEL])
@pytest.mark.parametrize("kind", [PlaceKind.TEXT, PlaceKind.ANNOUNCEMENT])
def test_where_no_threads_are_wanted_none_has_to_be_allowed(kind: PlaceKind, results: Results) -> None:
    held = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True)

    guards.check_permissions(place(kind), Visibility.THREAD, results, held)

    with pytest.raises(PermissionsMissing) as caught:
        guards.check_permissions(place(kind), Visibility.THREAD, Results.THREAD, held)
    assert caught.value.permissions == ("create_public_threads", "send_messages_in_threads")


def test_a_private_job_needs_only_to_see_the_channel() -> None:
    sees = discord.Permissions(view_channel=True)
    guards.check_permissions(place(PlaceKind.TEXT), Visibility.PRIVATE, Results.THREAD, sees)

    with pytest.raises(PermissionsMissing) as caught:
        guards.check_permissions(place(PlaceKind.TEXT), Visibility.PRIVATE, Results.THREAD, NOTHING)
    assert caught.value.permissions == ("view_channel",)


def test_an_administrator_lacks_nothing() -> None:
    held = discord.Permissions(administrator=True)

    guards.check_permissions(place(PlaceKind.TEXT), Visibility.THREAD, Results.THREAD, held)


SOUND = {"id": "1", "filename": "fox.mp4", "url": "https://x", "proxy_url": "https://x", "size": 5}


@pytest.mark.parametrize(
    ("attachment", "sound"),
    [
        (SOUND, True),
        ({**SOUND, "size": -1}, True),
        ({**SOUND, "size": "5"}, False),
        ({**SOUND, "size": None}, False),
        ({**SOUND, "size": True}, False),
        ({**SOUND, "url": None}, False),
        ({name: value for name, value in SOUND.items() if name != "size"}, False),
        ({name: value for name, value in SOUND.items() if name != "filename"}, False),
    ],
)
def test_an_attachment_is_sound_when_its_fields_have_their_types(
    attachment: dict[str, Any], *, sound: bool
) -> None:
    assert guards.is_sound({"resolved": {"attachments": {"1": attachment}}}) is sound


def test_a_payload_without_attachments_is_sound() -> None:
    assert guards.is_sound({"name": "character"})
