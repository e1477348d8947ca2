"""The operator takes down what was made in any server, and nobody else does so."""

import pytest

from cogs.controls import Control
from sandbox.discord.channels import Channel
from sandbox.discord.messages import Message
from sandbox.discord.people import Member
from tests.acceptance.moderation import forged, job_id, private, reference
from tests.acceptance.offices import REFUSED, Office
from tests.acceptance.scene import WAIT_SECONDS, Job
from tests.acceptance.test_departures import shared_elsewhere, until_departed
from tests.authorisation import OPERATOR_PRESSES

pytest_plugins = ("tests.acceptance.office_fixtures",)

REMOVE, KEEP = "Remove…", "Keep"
REASON = "the server's moderators are away"


async def timeline(office: Office, job: Job) -> Message:
    call = await office.operator.run_command(office.channel, "characters-op job", job=reference(job))
    response = await call.first_response()
    assert response.message is not None
    return response.message


async def question(office: Office, job: Job) -> Message:
    response = await (await office.operator.press(await timeline(office, job), REMOVE)).first_response()
    assert response.ephemeral
    assert response.message is not None
    return response.message


async def read_by_owner(office: Office) -> Message:
    dm = office.house.discord.dm(office.scene.mira)
    return await dm.wait_for_message(lambda one: "removed what you made" in one.text, WAIT_SECONDS)


async def test_what_moderators_leave_an_operator_takes_down(office: Office) -> None:
    job = await office.scene.order(name="Fen")
    result = await job.result()
    asked = await question(office, job)
    assert "one character" in asked.text

    form = await (await office.operator.press(asked, REMOVE)).wait_for_modal()
    told = await private(await office.operator.submit(form, reason=REASON))

    assert f"Removed: `{reference(job)}`" in told
    await office.house.discord.until(lambda: result.deleted or None, WAIT_SECONDS, "it should be deleted")
    await job.card_says("The people who run this bot removed what was made here")
    letter = await read_by_owner(office)
    assert f"Their reason: {REASON}" in letter.text
    assert "ask the people who run this bot" in letter.text
    assert "`/privacy show` says whom to ask and what is still stored" in letter.text
    assert office.operator.mention not in letter.text
    after = await timeline(office, job)
    assert "**Removed** by" in after.text
    assert REMOVE not in after.buttons
    audit = await private(
        await office.scene.guild.owner.run_command(office.scene.channel, "characters-admin set")
    )
    assert "took down, as somebody who runs this bot," in audit


async def test_also_what_was_made_in_a_server_that_the_bot_has_left(office: Office) -> None:
    shared_elsewhere(office.scene)
    job = await office.scene.order(name="Fen")
    await job.result()
    office.scene.guild.remove_bot()
    await until_departed(office.scene)

    form = await (await office.operator.press(await question(office, job), REMOVE)).wait_for_modal()
    told = await private(await office.operator.submit(form, reason=REASON))

    assert f"Removed: `{reference(job)}`" in told
    assert f"Their reason: {REASON}" in (await read_by_owner(office)).text
    memory = office.house.memory
    assert not memory.rows("SELECT 1 AS found FROM characters WHERE job_id = :id", id=job_id(job))


async def test_a_second_one_is_told_that_it_is_done_before_a_word_is_typed(office: Office) -> None:
    job = await office.scene.order()
    await job.result()
    asked, shown = await question(office, job), await timeline(office, job)
    form = await (await office.operator.press(asked, REMOVE)).wait_for_modal()
    await office.operator.submit(form, reason=REASON)
    await read_by_owner(office)

    for message in (asked, shown):
        assert "You were not the first" in await private(await office.operator.press(message, REMOVE))


async def test_keeping_it_changes_nothing(office: Office) -> None:
    job = await office.scene.order(name="Fen")
    await job.result()

    call = await office.operator.press(await question(office, job), KEEP)

    assert "Nothing was removed." in (await call.wait_for_answer()).text
    memory = office.house.memory
    assert memory.rows("SELECT 1 AS found FROM characters WHERE job_id = :id", id=job_id(job))


@pytest.mark.parametrize(("area", "action"), OPERATOR_PRESSES)
async def test_nobody_else_gets_through_with_a_press_wherever_they_are(
    office: Office, area: str, action: str
) -> None:
    job = await office.scene.order()
    await job.result()
    press = Control(area, action, job_id(job)).custom_id

    async def answered(by: Member, where: Channel) -> str:
        return await private(await by.press(forged(office.scene, press, where), "Press"))

    administrator = office.home.add_member("Adam", ["ADMINISTRATOR"])
    assert await answered(administrator, office.channel) == REFUSED
    for by in (office.scene.guild.owner, office.scene.mira):
        assert "not switched on for this server" in await answered(by, office.scene.channel)
    (row,) = office.house.memory.rows("SELECT removed_at FROM jobs WHERE job_id = :id", id=job_id(job))
    assert row["removed_at"] is None
