"""Who may use a command in a server: what its people decided under Server Settings, Integrations.

Discord: Application Commands, Permissions. Bots can read these decisions, and cannot make them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sandbox.discord.hub import Json
from sandbox.discord.users import Role

if TYPE_CHECKING:
    from sandbox.discord.people import Member

ROLE: Final = 1
USER: Final = 2


class Integrations:
    """The decisions of one server, by command."""

    def __init__(self) -> None:
        self._decisions: dict[str, dict[tuple[int, int], bool]] = {}  # by command, then kind and id

    def decide(self, command_id: str, target: Member | Role, *, allowed: bool) -> None:
        kind = ROLE if isinstance(target, Role) else USER
        self._decisions.setdefault(command_id, {})[kind, target.id] = allowed

    def verdict(self, command_id: str, member: Member) -> bool | None:
        """Whether a member may use a command; None where nobody decided, and its own default counts.

        A decision about the member beats those about their roles, of which one yes is enough; @everyone
        comes last.
        """
        decisions = self._decisions.get(command_id, {})
        everyone = (ROLE, member.guild.id)
        own = decisions.get((USER, member.id))
        if own is not None:
            return own
        by_role = [decisions[ROLE, role.id] for role in member.roles if (ROLE, role.id) in decisions]
        return any(by_role) if by_role else decisions.get(everyone)

    def json(self, application_id: int, guild_id: int, command_ids: Iterable[str]) -> list[Json]:
        """Discord's guild command permissions, for the commands about which something was decided."""
        return [
            {
                "id": command_id,
                "application_id": str(application_id),
                "guild_id": str(guild_id),
                "permissions": [
                    {"id": str(target_id), "type": kind, "permission": allowed}
                    for (kind, target_id), allowed in self._decisions[command_id].items()
                ],
            }
            for command_id in command_ids
            if command_id in self._decisions
        ]
