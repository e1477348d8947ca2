"""The library of characters in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import NotFound
from bot.model import OPEN_STATES, Attempt, AttemptState, Character, Person
from bot.notices import NoticeKind
from bot.orders import names
from bot.refusals.library import BeingRenewed, NameTaken
from bot.stores import Lapse
from storage.database import Database
from storage.dialects import LIBRARY_LOCK, insert, take_turn
from storage.moments import Moment
from storage.rows import character_of, character_row, clip_row
from storage.schema import announcements, attempts, characters, former_ids, jobs

OPEN = attempts.c.state.in_(sorted(state.value for state in OPEN_STATES))
RENEWED_COLUMNS = ("provider", "provider_character_id", "may_stop_working_at")
"""What a renewal changes of a character; all else stays what its owner made of it."""

maker = attempts.alias("maker")
renewer = attempts.alias("renewer")

MADE_BY = (
    select(func.max(maker.c.number))
    .where(maker.c.job_id == characters.c.job_id, maker.c.state == AttemptState.SUCCEEDED.value)
    .where(or_(maker.c.attempt_id == characters.c.attempt_id, maker.c.renews == characters.c.character_id))
    .correlate(characters)
    .scalar_subquery()
)
"""The number of the attempt that made the id of today; none for a character whose job is gone."""
TRIED_SINCE = exists().where(
    renewer.c.job_id == characters.c.job_id,
    renewer.c.renews == characters.c.character_id,
    renewer.c.number > MADE_BY,
)
TOLD = exists().where(
    announcements.c.job_id == characters.c.job_id,
    announcements.c.attempt_number == MADE_BY,
    announcements.c.kind == NoticeKind.LAPSING.value,
)
LAPSING = (
    select(characters, MADE_BY.label("made_by"))
    .where(characters.c.may_stop_working_at > bindparam("after", type_=Moment()))
    .where(characters.c.may_stop_working_at <= bindparam("before", type_=Moment()))
    .where(MADE_BY.is_not(None), ~TRIED_SINCE, ~TOLD)
    .order_by(characters.c.may_stop_working_at, characters.c.character_id)
)


class SqlCharacterStore:
    """Characters by owner, and by whom they are shared with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        """A member's characters, newest first."""
        return await self._listed(characters.c.owner_id == owner_id, limit)

    async def shared_with(self, person: Person, limit: int) -> list[Character]:
        """Other people's characters that the person may use where they ask, newest first."""
        return await self._listed(is_shared_with(person), limit)

    async def find(self, owner_id: int, reference: str) -> Character | None:
        """One of the member's own characters by our id, the provider's id, a former one of it, or its name.

        An id goes before a name; case counts in ids only.
        """
        return await self._found(characters.c.owner_id == owner_id, reference)

    async def find_shared(self, person: Person, reference: str) -> Character | None:
        """One of the characters that others share with the person, by the same references."""
        return await self._found(is_shared_with(person), reference)

    async def former_ids(self, character_id: str) -> list[str]:
        """The ids that the provider once gave a character, the latest first."""
        former = (
            select(former_ids.c.provider_character_id)
            .where(former_ids.c.character_id == character_id)
            .order_by(former_ids.c.replaced_at.desc(), former_ids.c.provider_character_id)
        )
        async with self._database.read() as connection:
            return list(await connection.scalars(former))

    async def lapsing(self, after: datetime, before: datetime) -> list[Lapse]:
        """Characters that may stop working in that time, the first one first, and of which nobody was told.

        Not those that somebody tried to renew since, whatever came of it: that was told already.
        """
        async with self._database.read() as connection:
            rows = (await connection.execute(LAPSING, {"after": after, "before": before})).mappings().all()
        return [Lapse(character_of(row), row["made_by"]) for row in rows]

    async def rename(self, owner_id: int, character_id: str, name: str) -> Character:
        """Gives one of the member's characters another name.

        Raises:
            NotFound: it is gone.
            NameTaken: another one of theirs has this name, whatever its case.
        """
        async with self._database.write() as connection:
            await take_turn(connection, LIBRARY_LOCK)
            taken = await taken_names(connection, owner_id, besides=character_id)
            if names.folded(name) in taken:
                raise NameTaken(names.free_name(name, taken))
            changes = {"name": name, "name_folded": names.folded(name)}
            return await change(connection, owner_id, character_id, changes)

    async def share(
        self, owner_id: int, character_id: str, *, user_id: int | None, guild_id: int | None
    ) -> Character:
        """Lets one member, or everybody in a server, or nobody else use one of the member's characters.

        Raises:
            NotFound: it is gone.
        """
        changes = {"shared_with_user_id": user_id, "shared_with_guild_id": guild_id}
        async with self._database.write() as connection:
            return await change(connection, owner_id, character_id, changes)

    async def delete(self, owner_id: int, character_id: str) -> bool:
        """Deletes a character with its former ids, and its job's claim on the clip; whether it was given up.

        It stays while another character was made of the same job, or an attempt with it goes on.

        Raises:
            NotFound: it is gone.
            BeingRenewed: an attempt that renews it goes on.
        """
        async with self._database.write() as connection:
            await take_turn(connection, LIBRARY_LOCK)
            found = await one_of(connection, owner_id, character_id)
            if await connection.scalar(select(exists().where(attempts.c.renews == character_id, OPEN))):
                raise BeingRenewed
            await connection.execute(delete(former_ids).where(former_ids.c.character_id == character_id))
            await connection.execute(delete(characters).where(characters.c.character_id == character_id))
            return await give_clip_up(connection, found.job_id)

    async def _listed(self, whose: ColumnElement[bool], limit: int) -> list[Character]:
        statement = newest_first(select(characters).where(whose)).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [character_of(row) for row in rows]

    async def _found(self, whose: ColumnElement[bool], reference: str) -> Character | None:
        ours = characters.c.character_id == reference
        theirs = characters.c.provider_character_id == reference
        once_theirs = exists().where(
            former_ids.c.character_id == characters.c.character_id,
            former_ids.c.provider_character_id == reference,
        )
        named = characters.c.name_folded == names.folded(reference)
        by_rank = case((ours, 0), (theirs, 1), (once_theirs, 2), else_=3)
        called = select(characters).where(whose, or_(ours, theirs, once_theirs, named))
        async with self._database.read() as connection:
            row = (
                (await connection.execute(newest_first(called.order_by(by_rank)).limit(1))).mappings().first()
            )
        return None if row is None else character_of(row)


def newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(characters.c.created_at.desc(), characters.c.character_id.desc())


def is_shared_with(person: Person) -> ColumnElement[bool]:
    """The characters of others that are the person's to use where they ask; those of a server only in it."""
    with_server = false() if person.guild_id is None else characters.c.shared_with_guild_id == person.guild_id
    with_them = or_(characters.c.shared_with_user_id == person.user_id, with_server)
    return and_(characters.c.owner_id != person.user_id, with_them)


async def one_of(connection: AsyncConnection, owner_id: int, character_id: str) -> Character:
    """One of the member's own characters.

    Raises:
        NotFound: it is gone.
    """
    own = select(characters).where(
        characters.c.owner_id == owner_id, characters.c.character_id == character_id
    )
    row = (await connection.execute(own)).mappings().first()
    if row is None:
        raise NotFound("character")
    return character_of(row)


async def change(
    connection: AsyncConnection, owner_id: int, character_id: str, changes: dict[str, Any]
) -> Character:
    """Changes one of the member's characters; as it is then.

    Raises:
        NotFound: it is gone.
    """
    own = update(characters).where(
        characters.c.owner_id == owner_id, characters.c.character_id == character_id
    )
    await connection.execute(own.values(changes))
    return await one_of(connection, owner_id, character_id)


async def taken_names(connection: AsyncConnection, owner_id: int, besides: str | None = None) -> set[str]:
    """The folded names of a member's characters."""
    named = select(characters.c.name_folded).where(
        characters.c.owner_id == owner_id, characters.c.name_folded.is_not(None)
    )
    if besides is not None:
        named = named.where(characters.c.character_id != besides)
    return set(await connection.scalars(named))


async def give_clip_up(connection: AsyncConnection, job_id: str) -> bool:
    """Ends a job's claim on its clip and picture, unless something of that job needs them; whether it did."""
    needed = or_(
        exists().where(characters.c.job_id == job_id), exists().where(attempts.c.job_id == job_id, OPEN)
    )
    if await connection.scalar(select(needed)):
        return False
    await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(clip_row(None)))
    return True


async def add_character(connection: AsyncConnection, character: Character, now: datetime) -> None:
    """Stores what an attempt has made: a new character, or a new id of one that is there.

    What is paid for is never refused for its name: one that is taken gets a number. Of a job that moderators
    have taken down, nothing is stored.
    """
    await take_turn(connection, LIBRARY_LOCK)
    own_job = jobs.c.job_id == character.job_id
    if await connection.scalar(select(jobs.c.removed_at).where(own_job)) is not None:
        return
    known = select(characters).where(characters.c.character_id == character.character_id)
    row = (await connection.execute(known)).mappings().first()
    if row is not None:
        await renew(connection, character_of(row), character, now)
        return
    values = character_row(character)
    if character.name is not None:
        name = names.free_name(character.name, await taken_names(connection, character.owner_id))
        values |= {"name": name, "name_folded": names.folded(name)}
    await connection.execute(insert(connection, characters), values)


async def renew(connection: AsyncConnection, old: Character, new: Character, now: datetime) -> None:
    """Gives a character its new id and keeps the old one; an id that comes back is not a former one."""
    own = former_ids.c.character_id == old.character_id
    same = former_ids.c.provider_character_id == new.provider_character_id
    await connection.execute(delete(former_ids).where(own, former_ids.c.provider == new.provider, same))
    if (old.provider, old.provider_character_id) != (new.provider, new.provider_character_id):
        former = {
            "character_id": old.character_id,
            "provider": old.provider,
            "provider_character_id": old.provider_character_id,
            "replaced_at": now,
        }
        await connection.execute(insert(connection, former_ids).values(former))
    changes = {name: getattr(new, name) for name in RENEWED_COLUMNS}
    renewed = update(characters).where(characters.c.character_id == old.character_id)
    await connection.execute(renewed.values(changes))


async def check_renewable(connection: AsyncConnection, attempt: Attempt) -> None:
    """Makes sure that what the attempt renews is still there; the caller adds it in the same transaction.

    Raises:
        NotFound: it has been deleted.
    """
    await take_turn(connection, LIBRARY_LOCK)
    there = exists().where(characters.c.character_id == attempt.renews)
    if not await connection.scalar(select(there)):
        raise NotFound("character")
