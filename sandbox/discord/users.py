"""Users and roles: state only; what people do is in `people`."""

from dataclasses import dataclass, field

from sandbox.discord.hub import Json


@dataclass(slots=True, eq=False)
class User:
    """An account."""

    id: int
    name: str
    is_bot: bool = False
    accepts_direct_messages: bool = True
    locale: str = "en-US"

    def json(self) -> Json:
        """Discord's user object."""
        return {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.is_bot,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }


@dataclass(slots=True, eq=False)
class Role:
    """A role of a server. The one with the server's own id is @everyone."""

    id: int
    name: str
    permissions: int = 0
    mentionable: bool = False
    managed: bool = False
    position: int = field(default=1)

    def json(self) -> Json:
        """Discord's role object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
