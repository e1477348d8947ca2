"""Why what waits does not go on at another provider."""

from enum import StrEnum

from bot.errors import UserFault


class Unmovable(StrEnum):
    """Why an attempt does not go on at another provider."""

    NOT_WAITING = "not-waiting"
    """It does not wait in a queue: it is made already, or has ended."""
    THERE_ALREADY = "there-already"
    ON_AGAIN = "on-again"
    """Its own provider takes orders."""
    SWITCHED_OFF = "switched-off"
    """The server does not want it."""
    NOT_TAKEN = "not-taken"
    """The other provider takes nothing now, or nothing of this kind, or is not used any more."""


class NotMovable(UserFault):
    """The attempt cannot go on at that provider, for this reason."""

    def __init__(self, reason: Unmovable) -> None:
        super().__init__(reason)
        self.reason = reason
