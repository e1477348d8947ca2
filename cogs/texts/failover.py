"""What is said of the provider that makes a character, and of another one that would."""

from bot.model import (
    Maker,
)
from bot.refused_moves import NotMovable, Unmovable

FROM_PICTURE = "from one picture of the clip"
USES_PICTURE = "It uses one picture of the clip, and not the clip itself."

_NOT_MOVABLE: dict[Unmovable, str] = {
    Unmovable.NOT_WAITING: "This one does not wait any more: its card says how it stands.",
    Unmovable.THERE_ALREADY: "This one has been handed on there already; it goes on by itself.",
    Unmovable.ON_AGAIN: "The provider of this one takes orders again, so it goes on there by itself.",
    Unmovable.SWITCHED_OFF: "In this server, what waits is not made elsewhere. Its place in line is kept.",
    Unmovable.NOT_TAKEN: "It can't be made there just now. Its place in line is kept.",
}


def made_by(maker: Maker) -> str:
    """For a footer: by whom, and from what where that is not the clip."""
    return f"{maker.label}, {FROM_PICTURE}" if maker.from_picture else maker.label


def offer(maker: Maker) -> str:
    """What goes after the sentence about waiting."""
    differs = f" {USES_PICTURE}" if maker.from_picture else ""
    return f"It can also be made on **{maker.label}** now.{differs}"


def label(maker: Maker) -> str:
    return f"Make it on {maker.label}"


def moved(maker: Maker) -> str:
    """After the button."""
    differs = f" {USES_PICTURE}" if maker.from_picture else ""
    return f"It goes on with **{maker.label}**.{differs} So far nothing has been charged for it."


def not_movable(error: NotMovable) -> str:
    return f"{_NOT_MOVABLE[error.reason]} Nothing was changed."
