"""What is somebody's in the database, and what is left of it when they have it deleted."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.deeds import Deed
from bot.errors import JobConflict
from bot.gates import Block
from bot.jobs.privacy import Privacy
from bot.model import Attempt, AttemptState, Character, Job, Person, Place, PlaceKind
from bot.notices import NoticeKind
from bot.privacy import NOBODY, Category, Erasure, ExportTooSoon, Phase
from bot.removal import Removal
from bot.report import Report, ReportKind
from storage.database import Database, sqlite_url
from storage.privacy import SqlPrivacyStore
from storage.schema import metadata
from tests.builders import (
    CHANNEL_ID,
    GUILD_ID,
    NOON,
    OWNER_ID,
    a_character,
    a_clip,
    a_job,
    a_snowflake,
    an_attempt,
    an_id,
)
from tests.contract.stores import PLENTY, Stores, opened, stores_over
from tests.fakes.clock import FixedClock
from tests.postgres.server import PostgresServer

S = AttemptState
OTHER_ID = OWNER_ID + 1
MODERATOR_ID = OWNER_ID + 2
CANARY = "canary <@1> **words**"
HOUR = timedelta(hours=1)
EVERYTHING = frozenset(Category)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database, and everybody's rights to it."""

    database: Database
    stores: Stores
    store: SqlPrivacyStore
    privacy: Privacy
    clock: FixedClock

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.database.read() as connection:
            found = await connection.execute(select(metadata.tables[table]))
            return [dict(row) for row in found.mappings()]

    async def job(self, *, owner_id: int = OWNER_ID, **changes: Any) -> tuple[Job, Attempt]:
        """A job whose clip is kept, in the queue."""
        facts = {"owner_id": owner_id, "prompt": CANARY, "name": CANARY} | changes
        job = a_job(**facts)
        attempt = an_attempt(job)
        await self.stores.jobs.accept(job, attempt, daily_cap=PLENTY, form_id=an_id())
        queued = attempt.move(S.QUEUED)
        saved = await self.stores.jobs.save(queued, now=NOON, clip=a_clip(), notices=[NoticeKind.CARD])
        return job, saved

    async def ended(self, state: AttemptState = S.FAILED, **changes: Any) -> Job:
        job, attempt = await self.job(**changes)
        ended = attempt.move(state, ended_at=NOON)
        await self.stores.jobs.save(ended, now=NOON, notices=[NoticeKind.FAILURE])
        return job

    async def made(self, **changes: Any) -> Character:
        """A character, and the job that it comes from."""
        job, attempt = await self.job(**changes)
        for state in (S.HANDED_OVER, S.SUBMITTING, S.WAITING):
            attempt = await self.stores.jobs.save(attempt.move(state), now=NOON)
        character = a_character(attempt, owner_id=job.order.owner_id, name=CANARY)
        ended = attempt.move(S.SUCCEEDED, ended_at=NOON)
        await self.stores.jobs.save(ended, now=NOON, character=character)
        return character

    async def mentions(self, *wanted: object) -> list[tuple[str, str]]:
        """Where any of these stands, as table and column."""
        return [
            (name, column)
            for name in metadata.tables
            for row in await self.rows(name)
            for column, value in row.items()
            if value in wanted or (isinstance(value, str) and CANARY in wanted and CANARY in value)
        ]


@pytest.fixture(params=["sqlite", "postgresql"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as stack:
        url = sqlite_url(tmp_path / "dramatis.db")
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.database())
        database = await stack.enter_async_context(opened(url))
        stores, store, clock = stores_over(database), SqlPrivacyStore(database), FixedClock(NOON)
        privacy = Privacy(store=store, jobs=stores.jobs, clock=clock, new_id=an_id, ring=lambda *_: None)
        yield Shelf(database, stores, store, privacy, clock)


async def test_what_is_somebodys_is_counted_and_nobody_elses(shelf: Shelf) -> None:
    await shelf.made()
    await shelf.job()
    await shelf.ended(owner_id=OTHER_ID)

    found = await shelf.privacy.holdings(OWNER_ID)

    assert (found.jobs, found.running, found.clips, found.characters) == (2, 1, 1, 1)
    assert found.clip_bytes == a_clip().stored.size_bytes
    assert (await shelf.privacy.holdings(MODERATOR_ID)).jobs == 0


async def test_a_file_holds_ones_own_rows_without_the_keys_of_the_bot(shelf: Shelf) -> None:
    job = await shelf.ended()
    other = await shelf.ended(owner_id=OTHER_ID)
    by_moderator = Block(OWNER_ID, reason="was rude")
    await shelf.stores.gates.block(GUILD_ID, by_moderator, actor_id=MODERATOR_ID, now=NOON)

    rows = await shelf.privacy.export(OWNER_ID)

    assert [row["job_id"] for row in rows["jobs"]] == [job.job_id]
    assert rows["jobs"][0]["prompt"] == CANARY
    assert [row["clip_sha256"] for row in rows["statements"]] == [a_clip().stored.sha256]
    text = repr(rows)
    assert "was rude" in text
    for hidden in (job.order.ticket.token, "callback_token", other.job_id, str(MODERATOR_ID)):
        assert hidden not in text


async def test_a_second_file_within_the_hour_is_refused_with_the_time(shelf: Shelf) -> None:
    await shelf.privacy.export(OWNER_ID)
    await shelf.privacy.export(OTHER_ID)
    shelf.clock.advance(3599)
    with pytest.raises(ExportTooSoon) as refused:
        await shelf.privacy.export(OWNER_ID)
    assert refused.value.again_at == NOON + HOUR
    shelf.clock.advance(1)
    await shelf.privacy.export(OWNER_ID)


async def test_after_a_deletion_of_everything_nothing_says_who_it_was_when_the_day_is_over(
    shelf: Shelf,
) -> None:
    await shelf.made()
    await shelf.ended()
    await shelf.ended(place=Place(None, CHANNEL_ID + 70, PlaceKind.DM))
    await shelf.job()
    kept = await shelf.made(owner_id=OTHER_ID)
    await shelf.stores.characters.share(OTHER_ID, kept.character_id, user_id=OWNER_ID, guild_id=None)
    await shelf.stores.gates.block(GUILD_ID, Block(OTHER_ID), actor_id=OWNER_ID, now=NOON)

    done = await shelf.privacy.erase(OWNER_ID, EVERYTHING)

    assert (done.stopped, done.perhaps_charged, done.erasure.phase) == (1, 0, Phase.ERASED)
    kinds = ("jobs", "running", "clips", "clip_bytes", "characters", "deeds", "statements", "reports")
    nothing = dict.fromkeys(kinds, 0)
    assert await shelf.privacy.holdings(OWNER_ID) == replace(done.before, **nothing, erasures=(done.erasure,))
    assert await shelf.stores.jobs.stories_of(OWNER_ID, GUILD_ID, 10) == []
    shelf.clock.advance(11 * 3600)
    await shelf.privacy.finish()
    assert ("attempts", "requested_by") in await shelf.mentions(OWNER_ID), "today's limits still hold"
    shelf.clock.advance(3600)
    await shelf.privacy.finish()
    assert await shelf.mentions(OWNER_ID, -OWNER_ID, str(OWNER_ID), CHANNEL_ID + 70) == []
    assert {row["job_id"] for row in await shelf.rows("jobs") if CANARY in row["prompt"]} == {kept.job_id}
    assert len(await shelf.rows("attempts")) == 5
    assert [row["phase"] for row in await shelf.rows("erasures")] == ["done"]


async def test_a_statement_outlives_its_job_and_its_clip_and_names_nobody_then(shelf: Shelf) -> None:
    job = await shelf.ended()

    await shelf.privacy.erase(OWNER_ID, EVERYTHING)

    (left,) = await shelf.rows("statements")
    assert left["user_id"] == NOBODY
    assert (left["job_id"], left["subject"]) == (job.job_id, job.order.subject.value)
    assert left["clip_sha256"] == a_clip().stored.sha256


async def test_who_reported_and_who_decided_are_nobody_once_they_have_deleted_their_history(
    shelf: Shelf,
) -> None:
    job = await shelf.ended(owner_id=OTHER_ID)
    report = Report(an_id(), job.job_id, GUILD_ID, OWNER_ID, ReportKind.MINOR, CANARY, NOON, 77)
    said = Deed(GUILD_ID, NOBODY, NOON, "report", job.reference)
    await shelf.stores.reports.file(report, at_most=9, within=HOUR, deed=said)
    removal = Removal(NOON, MODERATOR_ID, "no person agreed")
    done = Deed(GUILD_ID, MODERATOR_ID, NOON, "remove", job.reference)
    await shelf.stores.takedowns.take_down(job.job_id, removal, done)
    own = (await shelf.privacy.export(OWNER_ID))["reports"]
    decided = (await shelf.privacy.export(MODERATOR_ID))["reports_decided"]
    assert (own[0]["words"], "decided_by" in own[0]) == (CANARY, False)
    assert "reporter_id" not in decided[0]
    owners = repr(await shelf.privacy.export(OTHER_ID))
    assert str(OWNER_ID) not in owners, "whose character it is does not learn who reported it"
    assert str(MODERATOR_ID) not in owners

    for user_id in (OWNER_ID, MODERATOR_ID):
        await shelf.privacy.erase(user_id, EVERYTHING)

    left_in = {table for table, _ in await shelf.mentions(OWNER_ID, MODERATOR_ID)}
    assert left_in <= {"erasures", "exports"}
    (left,) = await shelf.rows("reports")
    assert (left["reporter_id"], left["words"], left["decided_by"]) == (NOBODY, "", NOBODY)
    (stands,) = [row for row in await shelf.rows("jobs") if row["job_id"] == job.job_id]
    assert (stands["removed_by"], stands["removed_reason"]) == (NOBODY, "no person agreed")


async def test_the_reason_of_a_takedown_goes_with_its_owners_history(shelf: Shelf) -> None:
    job = await shelf.ended()
    removal = Removal(NOON, MODERATOR_ID, "no person agreed")
    deed = Deed(GUILD_ID, MODERATOR_ID, NOON, "remove", job.reference)
    await shelf.stores.takedowns.take_down(job.job_id, removal, deed)
    rows = await shelf.privacy.export(OWNER_ID)
    assert rows["jobs"][0]["removed_reason"] == "no person agreed"
    assert str(MODERATOR_ID) not in repr(rows)

    await shelf.privacy.erase(OWNER_ID, EVERYTHING)

    (left,) = await shelf.rows("jobs")
    assert (left["owner_id"], left["removed_reason"]) == (NOBODY, None)
    assert left["removed_at"] == NOON, "nothing of it is ever made again"


async def test_a_day_that_is_used_up_is_not_given_back_by_deleting_it(shelf: Shelf) -> None:
    await shelf.made()
    before = await shelf.stores.gates.used(GUILD_ID, OWNER_ID, NOON)

    await shelf.privacy.erase(OWNER_ID, EVERYTHING)

    assert (await shelf.stores.gates.used(GUILD_ID, OWNER_ID, NOON)).today == before.today == 1


async def test_a_job_of_a_kept_character_stays_with_its_clip(shelf: Shelf) -> None:
    character, lost = await shelf.made(), await shelf.ended()

    await shelf.privacy.erase(OWNER_ID, {Category.HISTORY})

    assert [one.job.job_id for one in await shelf.stores.jobs.stories_of(OWNER_ID, GUILD_ID, 9)] == [
        character.job_id
    ]
    kept, erased = [await shelf.stores.jobs.job(one) for one in (character.job_id, lost.job_id)]
    assert kept is not None
    assert kept.clip == a_clip()
    assert erased is not None
    assert (erased.order.owner_id, erased.order.prompt, erased.clip) == (NOBODY, "", None)


async def test_clips_alone_leave_characters_and_texts(shelf: Shelf) -> None:
    character = await shelf.made()

    done = await shelf.privacy.erase(OWNER_ID, {Category.CLIPS})

    assert done.erasure.phase is Phase.DONE
    assert await shelf.stores.jobs.wanted_keys() == set()
    assert [one.character_id for one in await shelf.stores.characters.of_owner(OWNER_ID, 9)] == [
        character.character_id
    ]
    assert (await shelf.privacy.holdings(OWNER_ID)).jobs == 1


async def test_characters_alone_leave_jobs_and_the_clips_of_others(shelf: Shelf) -> None:
    await shelf.made()
    await shelf.ended()

    await shelf.privacy.erase(OWNER_ID, {Category.CHARACTERS})

    found = await shelf.privacy.holdings(OWNER_ID)
    assert (found.characters, found.jobs, found.clips) == (0, 2, 1)


async def test_what_is_being_submitted_is_waited_for_and_then_erased(shelf: Shelf) -> None:
    job, attempt = await shelf.job()
    for state in (S.HANDED_OVER, S.SUBMITTING):
        attempt = await shelf.stores.jobs.save(attempt.move(state), now=NOON)

    done = await shelf.privacy.erase(OWNER_ID, EVERYTHING)
    assert (done.stopped, done.erasure.phase) == (0, Phase.ASKED)
    await shelf.stores.jobs.save(attempt.move(S.WAITING, task_id="task"), now=NOON)
    shelf.clock.advance(30)
    await shelf.privacy.finish()

    story = await shelf.stores.jobs.story(job.job_id)
    assert story is not None
    assert (story.attempt.state, story.job.order.prompt) == (S.CANCELLED, "")


async def test_what_was_only_asked_for_when_the_process_died_is_finished_by_the_next(shelf: Shelf) -> None:
    await shelf.made()
    await shelf.job()
    await shelf.store.ask(Erasure(an_id(), OWNER_ID, EVERYTHING, NOON, Phase.ASKED, NOON))

    await shelf.privacy.finish()

    found = await shelf.privacy.holdings(OWNER_ID)
    assert (found.jobs, found.characters, found.clips) == (0, 0, 0)
    assert await shelf.mentions(CANARY) == []


async def test_what_was_begun_after_the_wish_stays(shelf: Shelf) -> None:
    erasure = Erasure(an_id(), OWNER_ID, EVERYTHING, NOON, Phase.ASKED, NOON)
    await shelf.store.ask(erasure)
    job, _ = await shelf.job(created_at=NOON + HOUR)

    await shelf.privacy.finish()
    shelf.clock.advance(24 * 3600)
    await shelf.privacy.finish()

    story = await shelf.stores.jobs.story(job.job_id)
    assert story is not None
    assert (story.attempt.state, story.attempt.requested_by) == (S.QUEUED, OWNER_ID)
    assert story.job.order.prompt == CANARY


async def test_a_callback_for_what_was_erased_finds_nothing(shelf: Shelf) -> None:
    job = await shelf.ended()
    story = await shelf.stores.jobs.story(job.job_id)
    assert story is not None

    await shelf.privacy.erase(OWNER_ID, EVERYTHING)

    assert await shelf.stores.jobs.attempt_of_token(story.attempt.callback_token) is None


async def test_who_moderated_is_nobody_in_jobs_of_others_once_their_data_are_deleted(shelf: Shelf) -> None:
    job = await shelf.ended()
    again = replace(an_attempt(job), number=2, requested_by=MODERATOR_ID)
    await shelf.stores.jobs.open_attempt(again, daily_cap=PLENTY, person=Person(MODERATOR_ID, GUILD_ID))

    await shelf.privacy.erase(MODERATOR_ID, EVERYTHING)
    shelf.clock.advance(12 * 3600)
    await shelf.privacy.finish()

    assert await shelf.mentions(MODERATOR_ID) == []
    story = await shelf.stores.jobs.story(job.job_id)
    assert story is not None
    assert story.job.order.owner_id == OWNER_ID


async def test_a_job_that_moves_while_it_is_stopped_is_stopped_all_the_same(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, attempt = await shelf.job()
    saving, moves = shelf.stores.jobs.save, iter([attempt.move(S.HANDED_OVER)])

    async def save(saved: Attempt, **more: Any) -> Attempt:
        for moved in moves:
            await saving(moved, now=NOON)
            raise JobConflict(job.job_id)
        return await saving(saved, **more)

    monkeypatch.setattr(shelf.stores.jobs, "save", save)

    assert (await shelf.privacy.erase(OWNER_ID, EVERYTHING)).stopped == 1


async def test_a_reference_is_short_enough_to_be_quoted(shelf: Shelf) -> None:
    done = await shelf.privacy.erase(OWNER_ID, {Category.CLIPS})

    assert len(done.erasure.reference) == 9
    assert a_snowflake() > NOBODY
