"""Why nothing is taken down; facts only, as in `bot.errors`.

UserFault
  AlreadyRemoved   somebody was first: who, when and why
  ReasonMissing    its owner would read nothing
"""

from bot.errors import UserFault
from bot.removal import Removal


class AlreadyRemoved(UserFault):
    """The job was taken down before."""

    def __init__(self, removal: Removal) -> None:
        super().__init__(removal.at)
        self.removal = removal


class ReasonMissing(UserFault):
    """Nothing that could be seen was given as the reason."""
