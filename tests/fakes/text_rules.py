"""What servers do not want in texts, in memory."""

from collections.abc import Sequence
from datetime import datetime

from bot.deeds import Deed
from bot.moderation.text_rules import RULES_AT_MOST, TextRule
from bot.refusals.rules import RuleRefused
from tests.fakes.world import World


class MemoryTextRuleStore:
    """A TextRuleStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def rules(self, guild_id: int) -> Sequence[TextRule]:
        return stored_rules(self._world, guild_id)

    async def put(self, guild_id: int, rule: TextRule, *, actor_id: int, now: datetime) -> None:
        others = [one for one in stored_rules(self._world, guild_id) if one.name != rule.name]
        if len(others) >= RULES_AT_MOST:
            raise RuleRefused("count", found=str(RULES_AT_MOST), accepted=f"at most {RULES_AT_MOST} rules")
        self._world.text_rules[guild_id, rule.name] = rule
        after = f"{rule.action} {rule.kind}: {rule.text}"
        self._world.deeds.append(Deed(guild_id, actor_id, now, "rule", rule.name, None, after))

    async def remove(self, guild_id: int, name: str, *, actor_id: int, now: datetime) -> bool:
        if self._world.text_rules.pop((guild_id, name), None) is None:
            return False
        self._world.deeds.append(Deed(guild_id, actor_id, now, "unrule", name))
        return True


def stored_rules(world: World, guild_id: int) -> Sequence[TextRule]:
    own = [rule for (guild, _), rule in world.text_rules.items() if guild == guild_id]
    return sorted(own, key=lambda rule: rule.name)
