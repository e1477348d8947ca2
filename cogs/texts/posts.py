"""What a post in a server's forum is called."""

from bot.model import Job
from cogs.texts import notices


def title(job: Job) -> str:
    """It ends with the reference, by which the post is found again."""
    named = notices.thread_name(job)
    return named if named.endswith(job.reference) else f"{named} · {job.reference}"
