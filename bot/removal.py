"""That a job was taken down, by its server's moderators or by the operator. Standard library only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """Who has taken a job down, with all that it made, and why; its owner reads the reason.

    `by_operator` says that it was somebody who runs the bot, and not a moderator of its server. `reason` is
    empty, and `actor_id` 0, once what it said of somebody has been erased.
    """

    at: datetime
    actor_id: int
    reason: str
    by_operator: bool = False
