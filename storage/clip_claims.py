"""What of the clip store some row still needs."""

from typing import Any

from sqlalchemy import Select, case, exists, or_, select

from bot.model import AttemptState
from storage.schema import SCHEDULED, attempts, jobs


def wanted_keys() -> Select[Any]:
    """What each job needs of the clip store; an offer only until its clip is cut or it is over."""
    is_open = attempts.c.state.in_((AttemptState.OFFERED.value, AttemptState.MENDING.value))
    offered = exists().where(attempts.c.job_id == jobs.c.job_id, SCHEDULED, is_open)
    return select(
        jobs.c.clip_key,
        jobs.c.clip_poster_key,
        case((offered, jobs.c.offer_source_key)),
        case((offered, jobs.c.offer_sheet_key)),
    ).where(or_(jobs.c.clip_key.is_not(None), jobs.c.offer_source_key.is_not(None)))
