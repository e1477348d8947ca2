"""Renewing: a further attempt with the kept clip, once, within the limits, and never by machine again."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import ClipStoreUnavailable, LimitReached, NotFound, NotRetryable
from bot.fault import Fault
from bot.jobs.characters import renewal
from bot.jobs.desk import MAX_ATTEMPTS
from bot.model import Attempt, AttemptState, Character, Circuit, Person
from bot.moderation.gates import Pause
from bot.notices import NoticeKind
from bot.ports import Broke, Made, TaskReport
from bot.refusals.entries import ServerPaused
from bot.refusals.library import BeingRenewed, ClipGone, RenewalUnknown, RenewedSince
from tests.builders import GUILD_ID, NOON, OWNER_ID, PROVIDER, a_character, a_snowflake
from tests.fakes.clips import MemoryClipStore
from tests.unit.engine_rig import KEPT, Rig

OWNER = Person(OWNER_ID, GUILD_ID)
STRANGER = Person(a_snowflake(), GUILD_ID, may_manage=True)
S = AttemptState


async def made(rig: Rig) -> Character:
    """A character of a job that ended well."""
    attempt = await rig.waiting(task_id="task_first")
    character = a_character(attempt, name="Fen", provider_character_id="char_old", may_stop_working_at=NOON)
    await rig.jobs.save(attempt.move(S.SUCCEEDED, ended_at=NOON), now=NOON, character=character)
    await rig.tell()
    return character


def latest(rig: Rig, character: Character) -> Attempt:
    return rig.world.attempts_of(character.job_id)[-1]


async def end(rig: Rig, character: Character, state: AttemptState) -> None:
    """Ends the present attempt, by whatever way leads there."""
    ways = {S.UNKNOWN: (S.HANDED_OVER, S.SUBMITTING, S.UNKNOWN)}
    for step in ways.get(state, (state,)):
        await rig.jobs.save(latest(rig, character).move(step), now=rig.clock.now())


async def carried_through(rig: Rig, character: Character, report: TaskReport | None = None) -> Attempt:
    """The present attempt, as far as the machine takes it; its task ends as reported."""
    attempt = latest(rig, character)
    while attempt.is_open:
        if attempt.state is S.WAITING and report is not None:
            rig.provider.tasks[attempt.task_id or ""] = report
        attempt = await rig.advance(attempt)
    return attempt


async def test_a_renewal_is_a_further_attempt_of_the_same_job() -> None:
    rig = Rig()
    character = await made(rig)
    rig.clock.advance(3600)
    rig.rung.clear()

    assert await rig.renewals.renew(OWNER, "fen") == character

    attempt = latest(rig, character)
    assert (attempt.number, attempt.state, attempt.renews) == (2, S.QUEUED, character.character_id)
    assert (attempt.provider, attempt.requested_by) == (PROVIDER, OWNER_ID)
    assert attempt.created_at == attempt.due_at == rig.clock.now()
    assert rig.pending(attempt) == [NoticeKind.ATTEMPT]
    assert rig.rung.is_set()


async def test_what_comes_of_it_is_a_new_id_under_the_same_name_with_one_more_submission() -> None:
    rig = Rig()
    character = await made(rig)
    renamed = await rig.library.rename(OWNER, "Fen", "Wren")
    rig.clock.advance(3600)

    await rig.renewals.renew(OWNER, "Wren")
    attempt = await carried_through(rig, character, Made("char_new"))

    assert attempt.state is S.SUCCEEDED
    assert len(rig.provider.submissions) == 1
    for reference in ("char_new", "char_old", "wren"):
        entry = await rig.library.entry(OWNER, reference)
        assert entry.character.character_id == character.character_id
        assert (entry.character.name, entry.character.provider_character_id) == (renamed.name, "char_new")
        assert entry.former_ids == ["char_old"]
    assert entry.character.may_stop_working_at != NOON
    assert set(rig.pending(attempt)) == {NoticeKind.ATTEMPT, NoticeKind.CARD, NoticeKind.RESULT}


async def test_a_renewal_that_fails_leaves_the_character_as_it_was_and_can_be_tried_again() -> None:
    rig = Rig()
    character = await made(rig)
    for _ in range(MAX_ATTEMPTS):
        rig.clock.advance(60)
        await rig.renewals.renew(OWNER, "Fen")
        assert (await carried_through(rig, character, Broke(Fault.LIKENESS))).state is S.FAILED
    number = latest(rig, character).number
    assert number > MAX_ATTEMPTS

    attempt = await rig.desk.retry(character.job_id, number, OWNER)

    assert (attempt.number, attempt.renews) == (number + 1, character.character_id)
    assert rig.world.characters[character.character_id] == character


async def test_two_renewals_at_once_make_one_attempt() -> None:
    rig = Rig()
    character = await made(rig)

    outcomes = await asyncio.gather(
        *(rig.renewals.renew(OWNER, "Fen") for _ in range(5)), return_exceptions=True
    )

    assert [type(one) for one in outcomes].count(Character) == 1
    assert [type(one) for one in outcomes].count(BeingRenewed) == 4
    assert latest(rig, character).number == 2


@pytest.mark.parametrize("state", [S.QUEUED, S.HANDED_OVER, S.SUBMITTING, S.WAITING])
async def test_while_one_goes_on_there_is_no_other(state: AttemptState) -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    way = [S.HANDED_OVER, S.SUBMITTING, S.WAITING]
    for step in way[: way.index(state) + 1] if state in way else []:
        await rig.jobs.save(latest(rig, character).move(step), now=NOON)

    for after in (None, 1, 2):
        with pytest.raises(BeingRenewed):
            await rig.renewals.renew(OWNER, "Fen", after)


async def test_a_button_renews_once_and_is_late_after_that() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, character.character_id, 1)
    await carried_through(rig, character, Made("char_new"))

    with pytest.raises(RenewedSince):
        await rig.renewals.renew(OWNER, character.character_id, 1)

    assert latest(rig, character).number == 2
    await rig.renewals.renew(OWNER, character.character_id, 2)


async def test_a_renewal_whose_outcome_is_unknown_is_repeated_only_by_who_was_told_so() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    await end(rig, character, S.UNKNOWN)

    with pytest.raises(RenewalUnknown) as warning:
        await rig.renewals.renew(OWNER, "Fen")

    assert latest(rig, character).number == 2
    assert (warning.value.character_id, warning.value.number) == (character.character_id, 2)
    await rig.renewals.renew(OWNER, warning.value.character_id, warning.value.number)
    assert latest(rig, character).number == 3


async def test_an_unknown_renewal_that_is_settled_late_keeps_every_id() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    await end(rig, character, S.UNKNOWN)
    unknown = latest(rig, character)
    await rig.renewals.renew(OWNER, "Fen", 2)
    await carried_through(rig, character, Made("char_third"))

    rig.provider.tasks["task_late"] = Made("char_second")
    await rig.jobs.save(unknown.move(S.WAITING, task_id="task_late"), now=NOON)
    await rig.advance(unknown)

    entry = await rig.library.entry(OWNER, "Fen")
    assert entry.character.provider_character_id == "char_second"
    assert entry.former_ids == ["char_third", "char_old"]


async def test_a_renewal_of_somebody_elses_character_is_not_found() -> None:
    rig = Rig()
    character = await made(rig)

    for after in (None, 1):
        with pytest.raises(NotFound):
            await rig.renewals.renew(STRANGER, character.character_id, after)

    assert latest(rig, character).number == 1


@pytest.mark.parametrize("gone", ["object", "row", "job"])
async def test_a_clip_that_is_gone_is_said_before_anything_is_opened(gone: str) -> None:
    rig = Rig()
    character = await made(rig)
    match gone:
        case "object":
            del rig.clips.objects[KEPT.key]
        case "row":
            await rig.characters.delete(OWNER_ID, character.character_id)
            rig.world.characters[character.character_id] = character
        case _:
            await rig.jobs.forget(character.job_id)

    with pytest.raises(ClipGone):
        await rig.renewals.renew(OWNER, "Fen")

    assert [one.number for one in rig.world.attempts_of(character.job_id)] == [1] * (gone != "job")
    assert (await rig.library.entry(OWNER, "char_old")).character == character


async def test_a_store_that_does_not_answer_leaves_it_to_the_machine_which_pays_nothing_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    character = await made(rig)

    async def down(_: object, clip: object) -> bool:
        raise ClipStoreUnavailable("sha256", str(clip))

    monkeypatch.setattr(MemoryClipStore, "holds", down)
    await rig.renewals.renew(OWNER, "Fen")
    del rig.clips.objects[KEPT.key]

    attempt = await carried_through(rig, character)

    assert (attempt.state, attempt.fault) == (S.FAILED, Fault.CLIP_MISSING)
    assert rig.provider.submissions == []


async def test_a_store_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    character = await made(rig)

    async def slow(_: object, __: object) -> bool:
        await asyncio.Event().wait()
        return False

    monkeypatch.setattr(MemoryClipStore, "holds", slow)
    monkeypatch.setattr(renewal, "STORE_SECONDS", 0.01)

    await rig.renewals.renew(OWNER, "Fen")

    assert latest(rig, character).number == 2


async def test_a_renewal_takes_a_place_of_the_days_cap() -> None:
    rig = Rig(daily_cap=1)
    character = await made(rig)

    with pytest.raises(LimitReached):
        await rig.renewals.renew(OWNER, "Fen")

    assert latest(rig, character).number == 1
    rig.clock.advance(timedelta(days=1).total_seconds())
    await rig.renewals.renew(OWNER, "Fen")


async def test_a_renewal_waits_behind_an_open_circuit_and_says_why() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.circuits.open(Circuit(PROVIDER, Fault.MODEL_OFF, NOON, NOON), NOON)

    await rig.renewals.renew(OWNER, "Fen")

    assert latest(rig, character).fault is Fault.MODEL_OFF


async def test_a_cancelled_renewal_costs_the_character_nothing() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")

    await rig.desk.cancel(character.job_id, OWNER)

    assert rig.world.characters[character.character_id] == character
    with pytest.raises(NotRetryable):
        await rig.desk.retry(character.job_id, 1, OWNER)
    await rig.renewals.renew(OWNER, "Fen")


async def test_a_renewal_of_what_was_deleted_meanwhile_is_not_tried_again() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.renewals.renew(OWNER, "Fen")
    await end(rig, character, S.FAILED)
    other = a_character(latest(rig, character), name="Owl")
    rig.world.characters[other.character_id] = other
    await rig.library.delete(OWNER, "Fen")

    with pytest.raises(NotFound):
        await rig.desk.retry(character.job_id, 2, OWNER)


async def test_a_renewal_keeps_to_what_the_jobs_server_has_decided_wherever_it_is_asked_for() -> None:
    rig = Rig()
    character = await made(rig)
    await rig.gates.pause(GUILD_ID, Pause(), actor_id=OWNER_ID, now=NOON)

    for person in (OWNER, Person(OWNER_ID, None)):
        with pytest.raises(ServerPaused):
            await rig.renewals.renew(person, character.character_id)

    assert len(rig.world.attempts_of(character.job_id)) == 1
