"""What an order will probably cost, said before it is placed, where earlier ones were told."""

from bot.model import Maker
from bot.operator.credits import amount


def briefly(maker: Maker | None) -> str:
    """The same where there is room for a few words only, and one provider it can be about."""
    cost = _cost(maker)
    return f"Lately one cost {cost} credits." if cost else ""


def lately(maker: Maker | None) -> str:
    """A sentence about the latest characters of a provider; empty where nobody knows what they cost."""
    cost = _cost(maker)
    if maker is None or not cost:
        return ""
    return f"Lately a character on {maker.label} cost {cost} credits of this bot's account."


def _cost(maker: Maker | None) -> str:
    if maker is None or maker.price is None:
        return ""
    least, most = map(amount, maker.price)
    return least if least == most else f"{least} to {most}"
