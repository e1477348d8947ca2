"""`/characters-admin rules`: what a server does not want to read in prompts, safety texts and names."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.jobs.staff.text_ruling import TextRuling
from bot.moderation.text_rules import NAME_UNITS, TEXT_UNITS, RuleAction, RuleKind, rule_of
from cogs import failures
from cogs.moderators import Moderators
from cogs.replies import Block, Reply, stacked
from cogs.texts import text_rules as texts

Name = app_commands.Range[str, 1, NAME_UNITS]
Text = app_commands.Range[str, 1, TEXT_UNITS]
Sample = app_commands.Range[str, 1, 5000]


class AdminRules(commands.Cog):
    """Changing takes what changing a setting takes; the rest is for whom the server offers it to."""

    def __init__(self, group: app_commands.Group, *, ruling: TextRuling, moderators: Moderators) -> None:
        self._ruling = ruling
        self._moderators = moderators
        rules = app_commands.Group(name="rules", description="What texts may not hold here.", parent=group)
        for name, callback, description in (
            ("add", self.add, "Add a word or a pattern, or change the rule of that name."),
            ("remove", self.remove, "Take a rule away."),
            ("list", self.list_rules, "See all rules."),
            ("test", self.test, "See which rules a text would hit. Nothing is made."),
        ):
            rules.add_command(app_commands.Command(name=name, description=description, callback=callback))

    @app_commands.describe(
        name="Members read it when they hit the rule.",
        kind="A word counts as a whole; a pattern is in the syntax of RE2.",
        text="The word, or the pattern. Case, width, accents and look-alikes do not matter.",
        action="Whether the order is refused, or a moderator looks at it first.",
    )
    @app_commands.choices(
        kind=[app_commands.Choice(name=words, value=kind.value) for kind, words in texts.KINDS.items()],
        action=[app_commands.Choice(name=words, value=one.value) for one, words in texts.ACTIONS.items()],
    )
    async def add(
        self, interaction: discord.Interaction[Any], name: Name, kind: str, text: Text, action: str
    ) -> None:
        """Stores a rule.

        Raises:
            NotAllowed: the caller may not change what the server has decided.
            RuleRefused: it is none, or there are too many.
        """
        guild_id = await self._moderators.admin(interaction)
        if kind not in set(RuleKind) or action not in set(RuleAction):
            raise failures.MalformedPayload
        rule = rule_of(name, RuleKind(kind), text, RuleAction(action))
        await self._ruling.put(guild_id, rule, interaction.user.id)
        await failures.tell(interaction, texts.added(rule))

    @app_commands.describe(name="As the list shows it.")
    async def remove(self, interaction: discord.Interaction[Any], name: Name) -> None:
        """Takes a rule away.

        Raises:
            NotAllowed: the caller may not change what the server has decided.
        """
        guild_id = await self._moderators.admin(interaction)
        was_there = await self._ruling.remove(guild_id, name, interaction.user.id)
        await failures.tell(interaction, texts.REMOVED if was_there else texts.NOT_THERE)

    async def list_rules(self, interaction: discord.Interaction[Any]) -> None:
        """All rules, as many as a message holds."""
        guild_id = self._moderators.offered(interaction)
        lines = texts.listed(await self._ruling.rules(guild_id))
        await failures.send_privately(interaction, Reply(stacked(map(Block, lines))))

    @app_commands.describe(text="A text as a member could write it.")
    async def test(self, interaction: discord.Interaction[Any], text: Sample) -> None:
        """Which rules a text would hit."""
        guild_id = self._moderators.offered(interaction)
        lines = texts.hit(await self._ruling.hits(guild_id, text))
        await failures.send_privately(interaction, Reply(stacked(map(Block, lines))))
