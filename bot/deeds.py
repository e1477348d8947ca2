"""What people do in a server that others may want to look up. Standard library only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did in a server that others may want to look up: a line of its audit log.

    `subject` names what it was done to; `before` and `after` are its values, where it has any.
    """

    guild_id: int
    actor_id: int
    at: datetime
    action: str
    subject: str
    before: str | None = None
    after: str | None = None
