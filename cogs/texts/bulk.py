"""What moderators read who retry or cancel many jobs at once."""

from bot.jobs.staff.bulk import ADMINS_ABOVE, AT_MOST, Proposal
from bot.model import reference_of
from bot.moderation.bulks import DONE, BulkAction, Tally

DESCRIPTION = "Retry or cancel many jobs at once."
CONFIRM_LABEL = "Confirm"
ACTIONS = {
    BulkAction.RETRY: "Retry failed jobs",
    BulkAction.CANCEL_WAITING: "Cancel waiting jobs",
    BulkAction.CANCEL_ALL: "Cancel waiting and running jobs",
}
NOTHING = "There are no such jobs in this server. Nothing was changed."
LISTED = 20
"""Failures by name; the rest is counted."""
_COSTS = {
    BulkAction.RETRY: "Each may cost what a new character costs, and counts against your limits.",
    BulkAction.CANCEL_WAITING: "None of them has been ordered yet, so this costs nothing.",
    BulkAction.CANCEL_ALL: "What is ordered already may be charged all the same, without a character.",
}
_REASONS = {
    "LimitReached": "a limit for today is used up",
    "TooManyRunning": "you have too many running",
    "AttemptsExhausted": "no attempts are left for its clip",
    "NotRetryable": "it has changed meanwhile",
    "NotCancellable": "it has changed meanwhile, or is being ordered",
    "JobConflict": "it was changing at that moment",
    "NotFound": "it is not there any more",
    "MemberBlocked": "its member is blocked",
    "ServerPaused": "the server is paused",
    "SwitchedOff": "the bot is switched off here",
}
OTHERWISE = "it cannot be done now"


def proposal(found: Proposal) -> str:
    """How many jobs, and what it costs; nothing is done yet."""
    if not found.count:
        return NOTHING
    action = found.bulk.action
    lines = [f"### {ACTIONS[action]}: {_jobs(found.count)}", _COSTS[action]]
    if found.running:
        lines.append(f"{found.running} of them are at the provider already.")
    if found.count == AT_MOST:
        lines.append(f"There may be more: {AT_MOST} are done at once.")
    if found.count > ADMINS_ABOVE:
        lines.append(f"-# More than {ADMINS_ABOVE} take **Manage Server** or a role in `admin_roles`.")
    return "\n".join(lines)


def tally(found: Tally) -> str:
    """How far it has come, with what could not be done and why."""
    failed = {job_id: outcome for job_id, outcome in found.outcomes.items() if outcome != DONE}
    done = len(found.outcomes) - len(failed)
    state = "Finished" if found.is_over else "Going on, and it does so whatever happens to this message"
    lines = [
        f"### {ACTIONS[found.bulk.action]}: {_jobs(found.count)}",
        f"{state}. Done: {done} · not possible: {len(failed)} · left: {found.count - len(found.outcomes)}",
    ]
    for job_id, outcome in list(failed.items())[:LISTED]:
        lines.append(f"- `{reference_of(job_id)}`: {_REASONS.get(outcome, OTHERWISE)}")
    if len(failed) > LISTED:
        lines.append(f"-# … and {len(failed) - LISTED} more")
    return "\n".join(lines)


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
