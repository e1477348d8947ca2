"""Which jobs a person has before them where they ask. Pure."""

from bot.model import Job, Person, Visibility
from bot.privacy import NOBODY


def is_within_reach(job: Job, person: Person) -> bool:
    """Whether it is a job of the place they ask from.

    To its owner it is told in direct messages where there is no better place, so it is in reach there, too.
    """
    is_own_message = person.guild_id is None and person.user_id == job.order.owner_id
    return job.order.place.guild_id == person.guild_id or is_own_message


def sees_card(job: Job, person: Person) -> bool:
    """Whether somebody who is not its owner has the job's card before them.

    What was taken down, or is nobody's any more since its owner had their history deleted, is not to be seen.
    """
    order = job.order
    is_shown = order.visibility is not Visibility.PRIVATE and order.owner_id != NOBODY and job.removal is None
    is_here = order.place.guild_id == person.guild_id and order.place.channel_id in person.channel_ids
    return is_shown and is_here
