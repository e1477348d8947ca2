"""What servers do not want in texts, in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.deeds import Deed
from bot.moderation.text_rules import RULES_AT_MOST, RuleAction, RuleKind, TextRule
from bot.refusals.rules import RuleRefused
from storage.database import Database
from storage.dialects import SETTINGS_LOCK, insert, take_turn
from storage.moderation_tables import text_rules
from storage.servers import add


class SqlTextRuleStore:
    """A row for each rule; a line of the audit log for every change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, guild_id: int) -> Sequence[TextRule]:
        """All rules of a server, by their names."""
        async with self._database.read() as connection:
            return await stored_rules(connection, guild_id)

    async def put(self, guild_id: int, rule: TextRule, *, actor_id: int, now: datetime) -> None:
        """Adds a rule, or replaces the one of its name.

        Raises:
            RuleRefused: the server has as many as it may.
        """
        own, row = text_rules.c.guild_id == guild_id, asdict(rule)
        others = select(func.count()).select_from(text_rules).where(own, text_rules.c.name != rule.name)
        async with self._database.write() as connection:
            await take_turn(connection, SETTINGS_LOCK)
            if (await connection.scalar(others) or 0) >= RULES_AT_MOST:
                limit = str(RULES_AT_MOST)
                raise RuleRefused("count", found=limit, accepted=f"at most {limit} rules")
            adding = insert(connection, text_rules).values({"guild_id": guild_id} | row)
            await connection.execute(
                adding.on_conflict_do_update(index_elements=("guild_id", "name"), set_=row)
            )
            after = f"{rule.action} {rule.kind}: {rule.text}"
            await add(connection, Deed(guild_id, actor_id, now, "rule", rule.name, None, after))

    async def remove(self, guild_id: int, name: str, *, actor_id: int, now: datetime) -> bool:
        """Takes a rule away; False where there is none of this name."""
        own = (text_rules.c.guild_id == guild_id) & (text_rules.c.name == name)
        async with self._database.write() as connection:
            if (await connection.execute(delete(text_rules).where(own))).rowcount == 0:
                return False
            await add(connection, Deed(guild_id, actor_id, now, "unrule", name))
        return True


async def stored_rules(connection: AsyncConnection, guild_id: int) -> Sequence[TextRule]:
    own = select(text_rules).where(text_rules.c.guild_id == guild_id).order_by(text_rules.c.name)
    rows = (await connection.execute(own)).mappings().all()
    return [
        TextRule(row["name"], RuleKind(row["kind"]), row["text"], RuleAction(row["action"])) for row in rows
    ]
