"""`/characters-op`: the operator sees how the bot stands and works its switches, and nobody else does."""

from decimal import Decimal

import pytest

from sandbox.discord.commands import ClientRefused
from sandbox.kie.outcomes import Outcome
from tests.acceptance.moderation import lost, reference
from tests.acceptance.offices import REFUSED, Office
from tests.authorisation import OPERATOR_COMMANDS

ADMINISTRATOR = ["ADMINISTRATOR"]
pytest_plugins = ("tests.acceptance.office_fixtures",)


@pytest.mark.parametrize("name", OPERATOR_COMMANDS)
async def test_nobody_but_the_operator_is_served_whatever_a_server_gives_them(
    office: Office, name: str
) -> None:
    command = name.removeprefix("characters-op ")
    member = office.home.add_member("Eve")
    with pytest.raises(ClientRefused):
        await office.told(command, member, **OPERATOR_COMMANDS[name])
    administrator = office.home.add_member("Adam", ADMINISTRATOR)
    office.home.let_use("characters-op", member)

    for by in (member, administrator):
        assert await office.told(command, by, **OPERATOR_COMMANDS[name]) == REFUSED

    assert office.house.memory.rows("SELECT * FROM operating") == []
    assert office.house.memory.rows("SELECT * FROM barred_servers") == []


@pytest.mark.parametrize("name", OPERATOR_COMMANDS)
async def test_in_other_servers_there_is_no_such_command(office: Office, name: str) -> None:
    with pytest.raises(ClientRefused, match="no command"):
        await office.scene.guild.owner.run_command(office.scene.channel, name, **OPERATOR_COMMANDS[name])


async def test_health_shows_everything_at_a_glance(office: Office) -> None:
    job = await office.scene.order()
    await job.result()

    told = await office.told("health")

    for line in (
        "🟢 **Gateway** ",
        "🟢 **Shards** 1 of 1 connected",
        "🟢 **Clock** ",
        "**Privacy policy** ",
        "🟢 **Queue** 0 waiting; 0 at the provider",
        "**Deliveries** ",
        "**Reports** 0 before moderators",
        "🟢 **kie-sora-2-characters** takes orders, as far as I know; last character <t:",
        "🟢 **Balance** ",
        "**Disk** ",
        "🟢 **Clip store** answers",
    ):
        assert line in told


async def test_health_shows_what_keeps_the_queue_waiting(office: Office) -> None:
    office.house.expected_log_events |= {"circuit_opened"}
    office.house.kie.pause_model()
    job = await office.scene.order()
    await job.card_says("switched off at the provider")

    told = await office.told("health")

    assert "🔴 **kie-sora-2-characters** takes none since <t:" in told
    assert "The model is switched off at the provider right now." in told
    assert "🟢 **Queue** 1 waiting, the oldest since <t:" in told
    office.house.kie.resume_model()
    office.house.memory.let_time_pass(2000)
    await job.result()


async def test_credits_shows_the_balance_what_was_spent_and_changes_the_cap_for_everybody(
    office: Office,
) -> None:
    office.house.kie.script(Outcome(credits_field=None))
    job = await office.scene.order()
    await job.result()

    told = await office.told("credits")

    assert f"**Balance** {office.house.kie.balance.normalize():f} credits" in told
    assert "told by the provider (" in told
    assert "orders of unknown price" in told or "by the balance" in told
    assert "of 100000" in told
    counted = int(told.partition("**Attempts today** ")[2].split(" ")[0])
    capped = await office.told("credits", daily_cap=counted)
    assert f"**Attempts today** {counted} of {counted}" in capped
    refused = await office.scene.order()
    assert refused.response.message is not None
    assert "of this bot for a day, for everybody together, is used up" in refused.response.message.text
    await office.told("credits", daily_cap=100_000)
    await (await office.scene.order()).result()
    deeds = office.house.memory.rows("SELECT * FROM deeds WHERE guild_id = 0 AND action = 'daily_cap'")
    assert [(deed["actor_id"], deed["after"]) for deed in deeds] == [
        (office.operator.id, str(counted)),
        (office.operator.id, "100000"),
    ]


async def test_a_balance_that_is_low_is_called_that(office: Office) -> None:
    kept = office.house.kie.balance
    office.house.kie.balance = Decimal("150.5")

    told = await office.told("credits")

    office.house.kie.balance = kept
    assert "**Balance** 150.5 credits\nThat is below the 200 of `CREDITS_WARN_BELOW`." in told


async def test_sync_compares_and_publishes_what_differs(office: Office) -> None:
    book, home = office.house.discord.world.commands, office.home
    assert "already. Nothing was changed." in await office.told("sync")
    book.upsert(None, {"name": "ping", "type": 1, "description": "Pong."})
    (own,) = book.listed(home.id)
    book.change(home.id, own, own | {"description": "Free money."})

    look = await office.told("sync", dry_run=True)
    assert "- change `/characters-op` description" in look
    assert "- remove `/ping`" in look
    assert "Nothing was changed." in look
    assert "Published." in await office.told("sync")

    assert [one["description"] for one in book.listed(home.id)] == ["Run this bot."]
    assert "ping" not in {one["name"] for one in book.listed(None)}


async def test_a_drain_begins_nothing_and_finishes_what_runs(office: Office) -> None:
    office.house.kie.script(Outcome.never())
    running = await office.scene.order()
    await running.polled()

    told = await office.told("drain", on=True, message="Back at six, @everyone")

    assert "Draining: nothing new is begun." in told
    assert "at the provider: 1" in told
    refused = await office.scene.order()
    assert refused.response.ephemeral
    assert refused.response.message is not None
    answer = refused.response.message.text
    assert "let it begin nothing new just now" in answer
    assert "They say: Back at six" in answer
    assert refused.prompt in answer
    assert "🟡 **Drain** is on" in await office.told("health")
    await office.scene.mira.press(running.card, "Cancel")
    await running.card_says("Cancelled")
    await office.house.memory.until(
        lambda: not office.house.memory.rows("SELECT * FROM announcements WHERE state = 'pending'"),
        "everything should be told",
    )
    assert "Nothing is left: it is safe to stop." in await office.told("drain")

    assert "No drain is on" in await office.told("drain", on=False)
    await (await office.scene.order()).result()


async def test_a_job_of_any_server_is_shown_with_its_task_and_not_a_word_of_a_private_one(
    office: Office,
) -> None:
    job = await office.scene.order(name="Fen")
    await job.result()
    unknown = await lost(office.scene, visibility="private", name="Secret")

    told = await office.told("job", job=reference(job))
    hidden = await office.told("job", job=reference(unknown))

    assert job.tasks[0].task_id in told
    assert "Fen" in told
    assert "Outcome unknown" in hidden
    assert unknown.prompt not in hidden
    assert "Secret" not in hidden
    assert "No job is called so" in await office.told("job", job="0000-0000")


async def test_a_server_is_shown_blocked_and_allowed_again(office: Office) -> None:
    guild_id = str(office.scene.guild.id)
    await (await office.scene.order()).result()

    assert "1 jobs in all" in await office.told("guild", guild_id=guild_id)
    told = await office.told("guild", guild_id=guild_id, action="block", reason="spam, @everyone")
    assert "Nothing new is begun in that server" in told
    assert "🔴 Blocked by the operator: spam" in told
    refused = await office.scene.order()
    assert refused.response.message is not None
    assert "let nothing new be made in this server (reason: spam" in refused.response.message.text
    assert "Blocked" not in await office.told("guild", guild_id=guild_id, action="allow")
    assert "was not blocked" in await office.told("guild", guild_id=guild_id, action="allow")
    await (await office.scene.order()).result()
    assert "not the id of a server" in await office.told("guild", guild_id="1234567890123456x")


async def told_of_removal(office: Office, guild_id: str) -> str:
    """How a server stands, once the bot has noted that it is not there."""
    memory = office.house.memory
    await memory.until(lambda: memory.rows("SELECT * FROM departures"), "it should be noted")
    told = await office.told("guild", guild_id=guild_id)
    assert "I was removed from it" in told
    return told


async def test_a_server_is_left_on_request(office: Office) -> None:
    other = office.house.discord.add_guild("Elsewhere")
    guild_id = str(other.id)
    await office.house.memory.until(lambda: other.has_bot, "the bot should be there")

    told = ""
    for _ in range(50):
        told = await office.told("guild", guild_id=guild_id, action="leave")
        if "I have left that server." in told:
            break

    assert "I have left that server." in told
    assert not other.has_bot
    told = await told_of_removal(office, guild_id)
    assert "is deleted on" in told
