"""What members have made: looking it up, naming it, sharing it, deleting it. Decides whose it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.clip import KeptClip
from bot.errors import NotFound
from bot.model import Character, Person, Story
from bot.orders import names
from bot.refusals.library import NameEmpty, NotShareable, Unshareable
from bot.stores import CharacterStore, JobStore

LIBRARY_LIMIT = 200
REFERENCE_LIMIT = 1000
"""Far longer than any id or name; what is longer is not looked for."""
CODE_MARK = "`"
"""Comes along where an id is copied out of a message."""


class Scope(StrEnum):
    """Which of the characters that somebody may use are meant."""

    ALL = "all"
    MINE = "mine"
    SHARED = "shared"
    """What others share with them, alone or with everybody where they ask."""
    SERVER = "server"
    """What is shared with everybody where they ask, their own included."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A character; its job as that stands, unless it is gone; and the ids that the character once had."""

    character: Character
    story: Story | None = None
    former_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody whom a character may be shared with."""

    user_id: int
    is_bot: bool = False


class CharacterLibrary:
    """Own characters, and those that others share. What is neither does not exist: one answer for both."""

    def __init__(self, *, characters: CharacterStore, jobs: JobStore) -> None:
        self._characters = characters
        self._jobs = jobs

    async def own(self, person: Person) -> list[Character]:
        """The person's own characters, newest first."""
        return await self._characters.of_owner(person.user_id, LIBRARY_LIMIT)

    async def usable(self, person: Person) -> list[Character]:
        """Own characters and those that others share with the person where they ask, newest first."""
        shared = await self._characters.shared_with(person, LIBRARY_LIMIT)
        both = [*await self.own(person), *shared]
        return sorted(both, key=lambda one: (one.created_at, one.character_id), reverse=True)

    async def listed(self, person: Person, scope: Scope) -> list[Character]:
        """Those of them that are meant, newest first."""
        match scope:
            case Scope.MINE:
                return await self.own(person)
            case Scope.SHARED:
                return await self._characters.shared_with(person, LIBRARY_LIMIT)
            case Scope.SERVER:
                usable = await self.usable(person) if person.guild_id is not None else []
                return [one for one in usable if one.shared_with_guild_id == person.guild_id]
            case Scope.ALL:
                return await self.usable(person)

    async def clips(self, characters: Sequence[Character]) -> list[KeptClip | None]:
        """What is kept of the clips that they were made of."""
        jobs = await asyncio.gather(*(self._jobs.job(one.job_id) for one in characters))
        return [job.shown_clip if job else None for job in jobs]

    async def entry(self, person: Person, reference: str) -> Entry:
        """One of them by our id, the provider's id, a former one, or its name; own ones go first.

        Raises:
            NotFound: no such character, or not for this person.
        """
        found = await self._find_own(person, reference)
        if found is None and is_reference(reference):
            found = await self._characters.find_shared(person, plain(reference))
        if found is None:
            raise NotFound("character")
        story = await self._jobs.story(found.job_id)
        return Entry(found, story, await self._characters.former_ids(found.character_id))

    async def character(self, person: Person, reference: str) -> Character:
        """One of the person's own characters, by the same references.

        Raises:
            NotFound: no such character, or not theirs.
        """
        found = await self._find_own(person, reference)
        if found is None:
            raise NotFound("character")
        return found

    async def rename(self, person: Person, reference: str, name: str) -> Character:
        """Gives one of their characters another name.

        Raises:
            NotFound: no such character, or not theirs.
            NameEmpty, TextTooLong, NameTaken: it is no name, or that of another one of theirs.
        """
        found = await self.character(person, reference)
        cleaned = names.name_of(name)
        if cleaned is None:
            raise NameEmpty
        return await self._characters.rename(person.user_id, found.character_id, cleaned)

    async def share_with_nobody(self, person: Person, reference: str) -> Character:
        """Takes back whatever sharing there was.

        Raises:
            NotFound: no such character, or not theirs.
        """
        return await self._share(person, reference, user_id=None, guild_id=None)

    async def share_with_member(self, person: Person, reference: str, member: Member | None) -> Character:
        """Lets one member use it, wherever they are, and nobody else any more.

        Raises:
            NotFound: no such character, or not theirs.
            NotShareable: no member was named, or one that cannot have it.
        """
        if member is None:
            raise NotShareable(Unshareable.NOBODY_NAMED)
        if member.user_id == person.user_id:
            raise NotShareable(Unshareable.ITS_OWNER)
        if member.is_bot:
            raise NotShareable(Unshareable.A_BOT)
        return await self._share(person, reference, user_id=member.user_id, guild_id=None)

    async def share_with_server(self, person: Person, reference: str) -> Character:
        """Lets everybody in the server where they ask use it there, and nobody else any more.

        Raises:
            NotFound: no such character, or not theirs.
            NotShareable: they ask in direct messages, or in a server that it was not made in, whose
                moderators could not take it down.
        """
        if person.guild_id is None:
            raise NotShareable(Unshareable.NO_SERVER)
        if not is_for_all_in(person.guild_id, await self.character(person, reference)):
            raise NotShareable(Unshareable.MADE_ELSEWHERE)
        return await self._share(person, reference, user_id=None, guild_id=person.guild_id)

    async def delete(self, person: Person, reference: str) -> bool:
        """Deletes one of their characters; True when the bot gave up its copy of the clip with it.

        The copy itself is swept out of the store within two hours: other jobs may share its bytes.

        Raises:
            NotFound: no such character, or not theirs.
            BeingRenewed: a renewal of it goes on.
        """
        found = await self.character(person, reference)
        return await self._characters.delete(person.user_id, found.character_id)

    async def _find_own(self, person: Person, reference: str) -> Character | None:
        if not is_reference(reference):
            return None
        return await self._characters.find(person.user_id, plain(reference))

    async def _share(
        self, person: Person, reference: str, *, user_id: int | None, guild_id: int | None
    ) -> Character:
        found = await self.character(person, reference)
        return await self._characters.share(
            person.user_id, found.character_id, user_id=user_id, guild_id=guild_id
        )


def is_for_all_in(guild_id: int, character: Character) -> bool:
    """Whether it may be shown to everybody in a server: only where moderators had it before them.

    `docs/decisions/0015-shown-to-all-where-it-was-made.md` says why.
    """
    return character.guild_id == guild_id


def plain(reference: str) -> str:
    """What was typed without what comes along when an id is copied."""
    return reference.strip().strip(CODE_MARK).strip()


def is_reference(text: str) -> bool:
    """Whether any character can be called so: no database holds a NUL, or half of a surrogate pair."""
    return (
        0 < len(plain(text)) <= REFERENCE_LIMIT
        and "\0" not in text
        and not any("\ud800" <= sign <= "\udfff" for sign in text)
    )
