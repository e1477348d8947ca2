"""What moderators decide about texts. Who may decide is judged by whoever asks."""

from collections.abc import Sequence

from bot.moderation import text_rules
from bot.moderation.text_rules import TextRule, TextRuleStore
from bot.ports import Clock


class TextRuling:
    """One counter for the commands about a server's rules."""

    def __init__(self, *, store: TextRuleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def rules(self, guild_id: int) -> Sequence[TextRule]:
        """All rules of a server, by their names."""
        return await self._store.rules(guild_id)

    async def put(self, guild_id: int, rule: TextRule, actor_id: int) -> None:
        """Adds a rule, or replaces the one of its name.

        Raises:
            RuleRefused: the server has as many as it may.
        """
        await self._store.put(guild_id, rule, actor_id=actor_id, now=self._clock.now())

    async def remove(self, guild_id: int, name: str, actor_id: int) -> bool:
        """Takes a rule away; False where there is none of this name, however it is written."""
        known = text_rules.name_of(name)
        return await self._store.remove(guild_id, known, actor_id=actor_id, now=self._clock.now())

    async def hits(self, guild_id: int, text: str) -> Sequence[TextRule]:
        """Which rules a text would hit, those that block in front."""
        return text_rules.hits(await self._store.rules(guild_id), text)
