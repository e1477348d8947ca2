"""What somebody reports about a character, and what moderators decide about it. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportKind(StrEnum):
    """What is wrong, as the reporter sees it."""

    LIKENESS = "likeness"
    """It is them, or somebody, who did not agree."""
    MINOR = "minor"
    """Somebody under age is to be seen: its pictures are hidden at once."""
    SEXUAL = "sexual"
    HARASSMENT = "harassment"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """What came of it."""

    REMOVED = "removed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Report:
    """One member's report about what a job made.

    `channel_id` is where moderators are told of it, None where they look for it themselves; `message_id` the
    message there. `note` is what was said by whoever decided; the reporter reads it.
    """

    report_id: str
    job_id: str
    guild_id: int
    reporter_id: int
    kind: ReportKind
    words: str
    reported_at: datetime
    channel_id: int | None = None
    message_id: int | None = None
    decided_at: datetime | None = None
    decided_by: int | None = None
    outcome: ReportOutcome | None = None
    note: str | None = None
