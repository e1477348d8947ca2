"""How a child's ending is told: whatever befell it on a clip is a refusal of that clip."""

import structlog

from bot.clip import ClipRule
from bot.clips import rules
from bot.clips.child_process import Ending
from bot.clips.report import READY
from bot.errors import ClipRejected

UNFINISHED = "a clip that could not be read to its end"
"""Its reader was killed: by a limit, by a fault of its own, or for taking too long."""
BROKEN = "a clip that broke its reader"

log = structlog.get_logger(__name__)


def last_word(ending: Ending, size_bytes: int) -> bytes:
    """What a child that was ready said after that.

    Raises:
        ClipRejected: it was killed, by the system or for taking too long.
    """
    if ending.exit_code < 0:
        log.warning("clip_child_killed", signal=-ending.exit_code, size_bytes=size_bytes)
        raise rules.too_complex(None, UNFINISHED, rules.ACCEPTED_FRAMES)
    return ending.output.removeprefix(READY)


def spoke_nonsense(ending: Ending, size_bytes: int) -> ClipRejected:
    """The refusal of a clip whose child did not answer as it should."""
    log.warning("clip_child_spoke_nonsense", exit_code=ending.exit_code, size_bytes=size_bytes)
    return ClipRejected(ClipRule.UNDECODABLE, found=BROKEN, accepted=rules.ACCEPTED_FRAMES)
