"""What an order will probably cost, said before it is placed, where earlier ones were told."""

from bot.credits import amount
from bot.model import Maker


def lately(maker: Maker | None) -> str:
    """A sentence about the latest characters of a provider; empty where nobody knows what they cost."""
    if maker is None or maker.price is None:
        return ""
    least, most = map(amount, maker.price)
    cost = least if least == most else f"{least} to {most}"
    return f"Lately a character on {maker.label} cost {cost} credits of this bot's account."
