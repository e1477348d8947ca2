"""Every rule of who may do what, tried with everybody, on a job in every state."""

from typing import Any, Self

import pytest

from bot.errors import NotAllowed, NotFound
from cogs.texts import answers
from sandbox.discord.channels import GuildChannel
from sandbox.discord.commands import ClientRefused
from sandbox.discord.people import Member
from sandbox.kie.outcomes import Outcome
from tests.acceptance.clips import MENDABLE
from tests.acceptance.moderation import MANAGER, a_moderator, attempt_id, forged, job_id, lost, private, told
from tests.acceptance.scene import Job, Scene, clip_file
from tests.authorisation import (
    CHARACTER_PRESSES,
    CLIP,
    COMMANDS,
    INSIDERS,
    MEMBER,
    MEMBER_MENUS,
    MENUS,
    PRESSES,
    Role,
)

HARMLESS = {"bulk", "report", "reportable"}
"""Things that are not there, whoever asks: whoever is told so got through."""
DENIALS = {
    *(answers.refusal(NotAllowed(action)) for action in answers._ACTIONS),
    *(answers.refusal(NotFound(thing)) for thing in answers._NOT_FOUND if thing not in HARMLESS),
}
NO_SUCH_CHARACTER = answers.refusal(NotFound("character"))
NOTHING_OF_THEIRS = {
    NO_SUCH_CHARACTER,
    *(answers.refusal(NotFound(thing)) for thing in ("job", "removable")),
}
"""What a command says that names nobody's."""


NO_ROW = "0" * 26
"""Of an id that no server has: whoever gets so far is told that it is not there."""
RANKS = {Role.KEEPER: "mod_roles", Role.STEWARD: "admin_roles"}


class People:
    """Somebody of every kind, and where they are."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.elsewhere = Scene(scene.house, "elsewhere")
        self.by_role: dict[Role, Member] = {
            Role.OWNER: scene.mira,
            Role.MEMBER: scene.sven,
            Role.MODERATOR: scene.ola,
            Role.MANAGER: a_moderator(scene),
            Role.OUTSIDER: self.elsewhere.guild.add_member("Ulf", MANAGER),
        }
        for role, setting in RANKS.items():
            rank = scene.guild.add_role(setting)
            self.by_role[role] = scene.guild.add_member(setting.title(), roles=[rank])

    @classmethod
    async def gathered(cls, scene: Scene) -> Self:
        """With the roles set by which the server knows its own moderators."""
        people = cls(scene)
        by = people.by_role[Role.MANAGER]
        for role, setting in RANKS.items():
            (rank,) = people.by_role[role].roles
            await told(by, scene.channel, "set", setting=setting, value=f"<@&{rank.id}>")
        return people

    def channel(self, role: Role) -> GuildChannel:
        return self.elsewhere.channel if role is Role.OUTSIDER else self.scene.channel

    def options(self, name: str) -> dict[str, Any]:
        stands_for = {MEMBER: self.scene.guild.add_member("Tom"), CLIP: clip_file()}
        return {key: stands_for.get(value, value) for key, value in COMMANDS[name].options.items()}


async def failed(scene: Scene) -> Job:
    scene.house.kie.script(scene.fails())
    job = await scene.order()
    await job.failure()
    return job


async def running(scene: Scene) -> Job:
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    await job.polled()
    return job


async def offered(scene: Scene) -> Job:
    clip = MENDABLE["too long"]
    job = await scene.order(clip=clip_file(clip.body(), clip.filename))
    await job.call.wait_for_followup()
    return job


async def done(scene: Scene) -> Job:
    job = await scene.order()
    await job.result()
    return job


async def in_review(scene: Scene) -> Job:
    await told(a_moderator(scene), scene.channel, "set", setting="approval", value="all")
    job = await scene.order()
    await job.card_says("Waiting for a moderator")
    return job


STATES = {
    "failed": failed,
    "running": running,
    "offered": offered,
    "done": done,
    "unknown": lost,
    "in review": in_review,
}


@pytest.mark.parametrize("state", STATES)
async def test_a_button_lets_through_whom_its_rule_names_and_nobody_else(scene: Scene, state: str) -> None:
    people = await People.gathered(scene)
    job = await STATES[state](scene)
    before = job.states

    for allowed in (False, True):
        for (area, action), (may, rest) in PRESSES.items():
            custom_id = f"c1:{area}:{action}:" + rest.format(
                job=job_id(job), attempt=attempt_id(job), bulk=NO_ROW, report=NO_ROW
            )
            for role in [role for role in Role if (role in may) is allowed]:
                answer = await people.by_role[role].press(
                    forged(people.elsewhere if role is Role.OUTSIDER else scene, custom_id), "Press"
                )
                response = await answer.first_response()
                text = response.message.text if response.message else ""
                assert (text not in DENIALS) is allowed, (role, area, action, text)
        if not allowed:
            assert job.states == before, "who was not let through has changed nothing"


async def test_a_button_about_a_character_lets_through_nobody_but_its_owner(scene: Scene) -> None:
    people = await People.gathered(scene)
    job = await done(scene)
    of_job = "SELECT * FROM characters WHERE job_id = :job_id"
    (before,) = scene.house.memory.rows(of_job, job_id=job_id(job))

    for (area, action), (may, rest) in CHARACTER_PRESSES.items():
        custom_id = f"c1:{area}:{action}:{rest.format(character=before['character_id'])}"
        for role in [role for role in Role if role not in may]:
            place = people.elsewhere if role is Role.OUTSIDER else scene
            call = await people.by_role[role].press(forged(place, custom_id), "Press")
            response = await call.first_response()
            assert response.message is not None
            assert response.message.text == NO_SUCH_CHARACTER, (role, action)

    assert scene.house.memory.rows(of_job, job_id=job_id(job)) == [before]
    assert job.states == ["succeeded"]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_is_offered_to_whom_its_rule_names_and_nobody_else(scene: Scene, name: str) -> None:
    people, rule = await People.gathered(scene), COMMANDS[name]

    for role in sorted(INSIDERS):
        try:
            call = await people.by_role[role].run_command(scene.channel, name, **people.options(name))
        except ClientRefused:
            assert role not in rule.offered_to
            continue
        response = await call.first_response()
        text = response.message.text if response.message else ""
        assert role in rule.offered_to
        assert text not in DENIALS - NOTHING_OF_THEIRS


@pytest.mark.parametrize(
    "name", [name for name, rule in COMMANDS.items() if Role.MEMBER not in rule.offered_to]
)
async def test_whoever_is_given_a_command_may_do_what_its_rule_leaves_to_the_server(
    scene: Scene, name: str
) -> None:
    people, rule = await People.gathered(scene), COMMANDS[name]
    scene.guild.let_use(name.split(" ", maxsplit=1)[0], scene.sven)

    call = await scene.sven.run_command(scene.channel, name, **people.options(name))

    assert (await private(call) in DENIALS - NOTHING_OF_THEIRS) is rule.takes_admin
    if rule.takes_admin:
        steward = people.by_role[Role.STEWARD]
        scene.guild.let_use(name.split(" ", maxsplit=1)[0], steward)
        allowed = await steward.run_command(scene.channel, name, **people.options(name))
        response = await allowed.first_response()
        assert (response.message.text if response.message else "") not in DENIALS


@pytest.mark.parametrize("name", MENUS)
async def test_a_menu_entry_works_for_whom_its_rule_names(scene: Scene, name: str) -> None:
    people = await People.gathered(scene)
    message = await scene.mira.write(scene.channel, "look", [clip_file()])

    for role in sorted(INSIDERS):
        call = await people.by_role[role].run_message_command(message, name)
        response = await call.first_response()
        text = response.message.text if response.message else ""
        assert (text not in DENIALS) is (role in MENUS[name]), role


@pytest.mark.parametrize("name", MEMBER_MENUS)
async def test_a_menu_entry_on_a_member_is_offered_to_whom_its_rule_names(scene: Scene, name: str) -> None:
    people = await People.gathered(scene)

    for role in sorted(INSIDERS):
        try:
            call = await people.by_role[role].run_member_command(scene.channel, scene.mira, name)
        except ClientRefused:
            assert role not in MEMBER_MENUS[name]
            continue
        assert role in MEMBER_MENUS[name]
        assert await private(call) not in DENIALS
