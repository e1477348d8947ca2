"""What is said of an order whose answer was lost: nobody knows whether it was taken; who can still tell."""

from bot.fault import Fault
from bot.model import Attempt
from bot.notices import SettledBy

NOBODY_KNOWS = "Nobody knows whether the provider took this order; it may have been charged."

_OUTLOOK: dict[SettledBy, str] = {
    SettledBy.CALLBACK: "If the provider reports the character after all, I still post it.",
    SettledBy.OPERATOR: (
        "Nothing will tell me by itself how it went. The people who run this bot can look it up at the "
        "provider, and then I go on with it: please give them the reference `{reference}`."
    ),
}
_FOR_MODERATORS: dict[SettledBy, str] = {
    SettledBy.CALLBACK: (
        "A late report of the provider settles it by itself. So can the people who run this bot, once they "
        "have found the task at the provider:"
    ),
    SettledBy.OPERATOR: (
        "Nothing will settle it by itself: signed callbacks are not set up. The people who run this bot can, "
        "once they have found the task at the provider:"
    ),
}
_LOST_FOR_GOOD = (
    "This provider tells an id once and keeps no list, so nobody can find it again. What it cost shows only "
    "on the balance of the people who run this bot."
)


def outlook(settled_by: SettledBy, reference: str, fault: Fault | None) -> str:
    """For the member: whether anything can still come, and through whom."""
    if fault is Fault.CHARACTER_LOST:
        return _LOST_FOR_GOOD
    return _OUTLOOK[settled_by].format(reference=reference)


def outlook_for_moderators(settled_by: SettledBy, reference: str, attempt: Attempt) -> str:
    """The same, with the command that the operator needs."""
    if attempt.fault is Fault.CHARACTER_LOST:
        return _LOST_FOR_GOOD
    command = f"python -m bot jobs settle {reference} --attempt {attempt.number} --task TASK_ID"
    return f"{_FOR_MODERATORS[settled_by]}\n`{command}`"
