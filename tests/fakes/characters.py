"""The library in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.errors import NotFound
from bot.model import AttemptState, Character, Person
from bot.notices import NoticeKind
from bot.orders import names
from bot.refusals.library import BeingRenewed, NameTaken
from bot.stores import Lapse
from tests.fakes.world import World


class MemoryCharacterStore:
    """A CharacterStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        return self._newest_first(lambda one: one.owner_id == owner_id)[:limit]

    async def shared_with(self, person: Person, limit: int) -> list[Character]:
        return self._newest_first(lambda one: is_shared(one, person))[:limit]

    async def find(self, owner_id: int, reference: str) -> Character | None:
        return self._found(lambda one: one.owner_id == owner_id, reference)

    async def find_shared(self, person: Person, reference: str) -> Character | None:
        return self._found(lambda one: is_shared(one, person), reference)

    async def former_ids(self, character_id: str) -> list[str]:
        return [former for _, former in reversed(self._world.former_ids.get(character_id, []))]

    async def lapsing(self, after: datetime, before: datetime) -> list[Lapse]:
        found: list[Lapse] = []
        for character in self._world.characters.values():
            number = self._made_by(character)
            stops = character.may_stop_working_at
            if number is None or stops is None or not after < stops <= before:
                continue
            if not self._is_known_to_lapse(character, number):
                found.append(Lapse(character, number))
        return sorted(
            found, key=lambda lapse: (lapse.character.may_stop_working_at, lapse.character.character_id)
        )

    def _made_by(self, character: Character) -> int | None:
        numbers = [
            one.number
            for one in self._world.attempts_of(character.job_id)
            if one.state is AttemptState.SUCCEEDED
            and (one.attempt_id == character.attempt_id or one.renews == character.character_id)
        ]
        return max(numbers, default=None)

    def _is_known_to_lapse(self, character: Character, number: int) -> bool:
        tried = [
            one
            for one in self._world.attempts_of(character.job_id)
            if one.renews == character.character_id and one.number > number
        ]
        told = [
            notice
            for notice in self._world.announcements_of(character.job_id)
            if (notice.kind, notice.attempt_number) == (NoticeKind.LAPSING, number)
        ]
        return bool(tried or told)

    async def rename(self, owner_id: int, character_id: str, name: str) -> Character:
        taken = self._world.taken_names(owner_id, besides=character_id)
        if names.folded(name) in taken:
            raise NameTaken(names.free_name(name, taken))
        return self._change(replace(self._own(owner_id, character_id), name=name))

    async def share(
        self, owner_id: int, character_id: str, *, user_id: int | None, guild_id: int | None
    ) -> Character:
        own = self._own(owner_id, character_id)
        return self._change(replace(own, shared_with_user_id=user_id, shared_with_guild_id=guild_id))

    async def delete(self, owner_id: int, character_id: str) -> bool:
        job_id = self._own(owner_id, character_id).job_id
        if any(one.renews == character_id and one.is_open for one in self._world.attempts.values()):
            raise BeingRenewed
        del self._world.characters[character_id]
        self._world.former_ids.pop(character_id, None)
        others = [one for one in self._world.characters.values() if one.job_id == job_id]
        if others or any(one.is_open for one in self._world.attempts_of(job_id)):
            return False
        if job_id in self._world.jobs:
            self._world.jobs[job_id] = replace(self._world.jobs[job_id], clip=None)
        return True

    def _own(self, owner_id: int, character_id: str) -> Character:
        found = self._world.characters.get(character_id)
        if found is None or found.owner_id != owner_id:
            raise NotFound("character")
        return found

    def _change(self, character: Character) -> Character:
        self._world.characters[character.character_id] = character
        return character

    def _newest_first(self, whose: Callable[[Character], bool]) -> list[Character]:
        found = [character for character in self._world.characters.values() if whose(character)]
        return sorted(found, key=lambda made: (made.created_at, made.character_id), reverse=True)

    def _found(self, whose: Callable[[Character], bool], reference: str) -> Character | None:
        theirs = self._newest_first(whose)
        formers = self._world.former_ids
        by_rank = (
            [one for one in theirs if one.character_id == reference]
            + [one for one in theirs if one.provider_character_id == reference]
            + [one for one in theirs if reference in [old for _, old in formers.get(one.character_id, [])]]
            + [one for one in theirs if one.name and names.folded(one.name) == names.folded(reference)]
        )
        return by_rank[0] if by_rank else None


def is_shared(character: Character, person: Person) -> bool:
    with_server = person.guild_id is not None and character.shared_with_guild_id == person.guild_id
    with_them = character.shared_with_user_id == person.user_id
    return character.owner_id != person.user_id and (with_server or with_them)
