"""Ways from a list to a job: the link to where it is told, and the buttons for what can be done about it."""

from bot.model import AttemptState, Job, Story
from cogs import controls
from cogs.cards import CANCELLABLE_STATES, can_retry
from cogs.controls import DrawnButton
from cogs.offer_view import open_button
from cogs.texts import notices

JUMP_BASE = "https://discord.com/channels"


def jump_url(job: Job) -> str | None:
    """Where the job is told: its thread, else its card; None for one that was told privately."""
    where = job.order.place.guild_id or "@me"
    if job.thread_id is not None:
        return f"{JUMP_BASE}/{where}/{job.thread_id}"
    if job.card is not None:
        return f"{JUMP_BASE}/{where}/{job.card.channel_id}/{job.card.message_id}"
    return None


def buttons_for(story: Story) -> list[DrawnButton]:
    """What can be done about a job now; whether this person may is decided when it is pressed."""
    job, attempt = story.job, story.attempt
    if attempt.state in CANCELLABLE_STATES:
        first = [open_button(job.job_id)] if attempt.state is AttemptState.OFFERED else []
        return [*first, DrawnButton(controls.cancel(job.job_id), notices.CANCEL_LABEL)]
    if not can_retry(story):
        return []
    control = controls.retry(job.job_id, attempt.number)
    return [DrawnButton(control, notices.retry_label(attempt.state), emoji=controls.RETRY_EMOJI)]
