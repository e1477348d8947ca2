"""What is said while somebody chooses the picture that a character is made of."""

from bot.refusals.library import PictureSettled, PictureUnavailable
from cogs.texts import offers

LABEL = "Choose the picture"
ANOTHER_LABEL = "Choose another"
PLACEHOLDER = "The moment to use"
QUESTION = (
    "Which picture of the clip shall the character be made of? One clear look from the front, in good light, "
    "works best. If you choose none, it is the one on the card, and nothing waits for you."
)


def taken(moment: int) -> str:
    """After the choice; `moment` in milliseconds."""
    return f"The picture at **{offers.clock_time(moment)}** is the one that is used from now on."


def settled(_: PictureSettled) -> str:
    return (
        "Its picture can't be chosen just now: either its clip is still looked at, or the order is placed. "
        "Nothing was changed.\n"
        "When it is there, `/character show` makes it again, with another picture if you like."
    )


def unavailable(_: PictureUnavailable) -> str:
    return (
        "I can't make that picture of the clip just now. The one that it has stays. Nothing was charged.\n"
        "Try again in a minute."
    )
