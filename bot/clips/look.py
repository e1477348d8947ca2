"""Everything that is done with the bytes of one clip, in the child: scan, measure, second opinion."""

from bot.clip import ClipKind
from bot.clips import rules
from bot.clips.measure import header_seconds, measure
from bot.clips.report import Report
from bot.clips.rules import Measurement
from bot.clips.scan import scan
from bot.errors import ClipRejected


def look(content: bytes) -> Report:
    """What was found in a clip, good or bad."""
    try:
        outcome = _look(content)
    except ClipRejected as rejected:
        return Report(rejected, None)
    except MemoryError:
        return Report(rules.too_complex(None, "more than fits in memory", rules.ACCEPTED_FRAMES), None)
    mp4 = outcome.kind is ClipKind.MP4
    return Report(outcome, header_seconds(content) if mp4 else None)


def _look(content: bytes) -> Measurement:
    """Measures a clip, and what is refused for its container or its damage to see whether it can be mended.

    Raises:
        ClipRejected: whatever is inside, or without more than a look at it.
    """
    rules.judge_size(len(content))
    found = scan(content)
    if found.refusal is None:
        return measure(content, found)
    try:
        measured = measure(content[: found.whole_bytes], found)
    except ClipRejected:
        raise found.refusal from None
    raise rules.with_facts(found.refusal, measured, len(content))
