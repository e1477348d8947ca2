"""When an order counts as one that was given just before. Pure."""

from datetime import timedelta

from bot.model import OPEN_STATES, AttemptState, Order

REPEATED_WITHIN = timedelta(minutes=10)
GOES_ON = OPEN_STATES | {AttemptState.SUCCEEDED, AttemptState.UNKNOWN}
"""States of an attempt of the earlier job in which it stands for the new order as well.

Whoever meets with a failure, or cancels, may order the same anew.
"""


def is_repeated(order: Order, earlier: Order) -> bool:
    """Whether two orders are the same: same member and server, same texts and choices, same clip.

    The clip is not there yet when this is asked. What is known of it is what Discord says about the
    attachment: its address is new each time, so that its name and its size have to do. Two clips that agree
    in both, to the byte, with the same words beside them are taken for one; the answer says so, and that
    another word makes another order.
    """
    return _identity(order) == _identity(earlier)


def _identity(order: Order) -> tuple[object, ...]:
    return (
        order.owner_id,
        order.place.guild_id,
        order.subject,
        order.prompt,
        order.safety,
        order.name,
        order.visibility,
        order.attachment.filename,
        order.attachment.size_bytes,
        order.source_task,
    )
