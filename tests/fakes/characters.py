"""The library in memory."""

from bot.model import Character
from tests.fakes.world import World


class MemoryCharacterStore:
    """A CharacterStore."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def of_owner(self, owner_id: int, limit: int) -> list[Character]:
        owned = [character for character in self._world.characters.values() if character.owner_id == owner_id]
        newest_first = sorted(owned, key=lambda made: (made.created_at, made.character_id), reverse=True)
        return newest_first[:limit]

    async def find(self, owner_id: int, character_id: str) -> Character | None:
        owned = await self.of_owner(owner_id, len(self._world.characters))
        by_rank = (
            [character for character in owned if character.character_id == character_id]
            + [character for character in owned if character.provider_character_id == character_id]
            + [character for character in owned if character.name and same(character.name, character_id)]
        )
        return by_rank[0] if by_rank else None


def same(name: str, other: str) -> bool:
    return name.casefold() == other.casefold()
