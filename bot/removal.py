"""That a server's moderators have taken a job down. Standard library only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """Who has taken a job down, with all that it made, and why; its owner reads the reason.

    `reason` is empty, and `actor_id` 0, once what it said of somebody has been erased.
    """

    at: datetime
    actor_id: int
    reason: str
