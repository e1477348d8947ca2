"""What moderators read of a member's statement about a clip."""

from bot.moderation.statements import Statement
from cogs.markdown import date_and_time, mention
from cogs.texts.forms import SUBJECTS


def stated(statement: Statement | None) -> str:
    """Who stated what about which clip, and when; empty where no clip was accepted."""
    if statement is None:
        return ""
    return (
        f"-# Stated about the clip: **{SUBJECTS[statement.subject]}**, by {mention(statement.user_id)} at "
        f"{date_and_time(statement.stated_at)} · SHA-256 `{statement.clip_sha256}`"
    )
