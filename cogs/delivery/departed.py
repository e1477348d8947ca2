"""What can still be told of jobs from a server that the bot was removed from: to their owners, directly."""

from dataclasses import replace

from bot.model import AttemptState, Place, PlaceKind, Story, Visibility
from bot.notices import NoticeKind

TOLD_DIRECTLY = frozenset({NoticeKind.RESULT, NoticeKind.FAILURE, NoticeKind.LAPSING, NoticeKind.REFUSAL})
"""What somebody waits for. The rest is about messages in that server, and none of them can be reached."""


def addressed_directly(story: Story) -> Story:
    """The story as one of its owner's direct messages, so that no place in the server is tried.

    What did not succeed is told as having no clip, and so without a button that would be refused.
    """
    job = story.job
    place = Place(None, job.order.place.channel_id, PlaceKind.DM)
    order = replace(job.order, place=place, visibility=Visibility.PRIVATE)
    clip = job.clip if story.attempt.state is AttemptState.SUCCEEDED else None
    return replace(story, job=replace(job, order=order, card=None, thread_id=None, clip=clip))
