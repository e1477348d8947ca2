"""What is said of the provider that makes a character, and of another one that would."""

from bot.model import Character, Maker
from bot.refusals.library import NotMadeThere
from bot.refusals.moves import NotMovable, Unmovable
from cogs.texts import library, prices

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
    cost = prices.lately(maker)
    return f"It can also be made on **{maker.label}** now.{differs}{f' {cost}' if cost else ''}"


def label(maker: Maker) -> str:
    return f"Make it on {maker.label}"


def moved(maker: Maker) -> str:
    """After the button."""
    differs = f" {USES_PICTURE}" if maker.from_picture else ""
    return f"It goes on with **{maker.label}**.{differs} So far nothing has been charged for it."


def not_movable(error: NotMovable) -> str:
    return f"{_NOT_MOVABLE[error.reason]} Nothing was changed."


def confirm(character: Character, maker: Maker, *, may_cost_twice: bool) -> str:
    """Before a character of the library is made again elsewhere: what differs, what stays, what it costs."""
    lines = [f"Make **{library.name_of(character)}** again, on **{maker.label}**?"]
    lines += [USES_PICTURE] if maker.from_picture else []
    lines.append(
        "It keeps its name, stays shared as it is, and gets a new id there. The id of today becomes a former "
        "one: it is still found by it, and nobody takes it back at its provider."
    )
    lines.append("It is one more attempt: it counts against the same limits and costs what a new one costs.")
    lines += [prices.lately(maker)] if maker.price else []
    lines += [library.MAY_COST_TWICE] if may_cost_twice else []
    return "\n".join(lines)


def making(character: Character, maker: Maker) -> str:
    """After the button."""
    return (
        f"Making **{library.name_of(character)}** again on **{maker.label}**. I post its new id where it was "
        "made; until then it keeps the one that it has. `/character status` shows how it stands."
    )


def not_made_there(_: NotMadeThere) -> str:
    return (
        f"It can't be made there just now. {library.NOTHING_CHARGED} It keeps the id that it has.\n"
        "`/character show` offers what is possible."
    )
