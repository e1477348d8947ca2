"""What is said of an order whose answer was lost: nobody knows whether it was taken; who can still tell."""

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


def outlook(settled_by: SettledBy, reference: str) -> str:
    """For the member: whether anything can still come, and through whom."""
    return _OUTLOOK[settled_by].format(reference=reference)


def outlook_for_moderators(settled_by: SettledBy, reference: str, attempt_number: int) -> str:
    """The same, with the command that the operator needs."""
    command = f"python -m bot jobs settle {reference} --attempt {attempt_number} --task TASK_ID"
    return f"{_FOR_MODERATORS[settled_by]}\n`{command}`"
