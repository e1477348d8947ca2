"""What moderators read of one member: their jobs, what they said of the clips, blocks and limits."""

from bot.jobs.staff.oversight import History
from bot.moderation.gates import Block
from bot.records import JobRecord
from cogs.markdown import date_and_time, mention, shown
from cogs.texts import admin
from cogs.texts.forms import SUBJECTS

MENU_NAME = "Character history"
BLOCK_LABEL = "Block…"
JOBS_LABEL = "Jobs"
BLOCK_TITLE = "Block this member"
GOOD = "good"
DURATION, FOR_GOOD = "For how long", "Until somebody unblocks them"
REASON, REASON_NOTE = "Reason", "They read it."
NOTHING_MADE = "They have started nothing in this server."
NOT_BLOCKED = "Not blocked here."
REASON_SHOWN = 300


def summary(user_id: int, history: History, block: Block | None) -> str:
    """How many jobs stand where, what was stated about clips, and whether the member is blocked."""
    counted = [f"{count} {admin.CHOICES[state].lower()}" for state, count in history.counts.items() if count]
    jobs = " · ".join(counted) or NOTHING_MADE
    stated = [f"{count} × {SUBJECTS[one]}" for one, count in history.stated.items()]
    lines = [f"Stated about clips: {' · '.join(stated)}"] if stated else []
    return "\n".join([f"### Character history of {mention(user_id)}", jobs, *lines, _block(block)])


def _block(block: Block | None) -> str:
    if block is None:
        return NOT_BLOCKED
    until = "for good" if block.until is None else f"until {date_and_time(block.until)}"
    reason = f": {shown(block.reason, REASON_SHOWN)}" if block.reason else ""
    return f"⛔ Blocked {until}{reason}"


def job(record: JobRecord) -> str:
    """One job, with what its owner stated about the clip."""
    stated = SUBJECTS[record.job.order.subject]
    return f"{admin.job_line(record)}\n-# Stated about the clip: {stated}"
