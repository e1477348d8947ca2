"""Why something cannot be done with a character; facts only, as in `bot.errors`."""

from enum import StrEnum

from bot.errors import UserFault


class NameTaken(UserFault):
    """The member has a character of that name; `free` is one like it that they have not."""

    def __init__(self, free: str) -> None:
        super().__init__(free)
        self.free = free


class NameEmpty(UserFault):
    """Nothing is left of the name that could be seen."""


class Unshareable(StrEnum):
    """Why a character is not shared as it was asked for."""

    NOBODY_NAMED = "nobody-named"
    NO_SERVER = "no-server"
    MADE_ELSEWHERE = "made-elsewhere"
    ITS_OWNER = "its-owner"
    A_BOT = "a-bot"
    SWITCHED_OFF = "switched-off"


class NotShareable(UserFault):
    """A character is not shared like that, for this `reason`."""

    def __init__(self, reason: Unshareable) -> None:
        super().__init__(reason)
        self.reason = reason


class BeingRenewed(UserFault):
    """A renewal of the character goes on, or another attempt with its clip."""


class RenewedSince(UserFault):
    """Something has been done about the character since the button that was pressed was drawn."""


class RenewalUnknown(UserFault):
    """Nobody knows how the last renewal went: another may be charged a second time.

    `character_id` and `number`, of that attempt, name what may be tried again all the same.
    """

    def __init__(self, character_id: str, number: int) -> None:
        super().__init__(character_id, number)
        self.character_id = character_id
        self.number = number


class NotMadeThere(UserFault):
    """The provider that was named does not make this character now; it may have been free a moment ago."""


class PictureSettled(UserFault):
    """The order is placed, or there is no picture yet: which one it is made of cannot be chosen now."""


class PictureUnavailable(UserFault):
    """No picture of the clip can be made now."""


class ClipGone(UserFault):
    """The clip that the character was made of is not in the store any more."""
