"""What of a job a provider is given, and whether it takes that, by what it says of itself. Pure."""

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing
from bot.model import Job
from bot.orders.prose import utf16_units
from bot.ports import SourceKind
from bot.takes import FileLimits, TextLimits


def source_of(job: Job, wanted: SourceKind) -> tuple[StoredClip, ClipKind | PictureKind]:
    """What of a job is handed over to a provider: its clip, or the picture of it.

    Raises:
        ClipMissing: there is none.
    """
    if job.clip is None:
        raise ClipMissing(job.job_id)
    if wanted is SourceKind.CLIP:
        return job.clip.stored, job.clip.facts.kind
    if job.clip.poster is None:
        raise ClipMissing(job.clip.stored.key)
    return job.clip.poster, PictureKind.JPEG


def suits(job: Job, wanted: SourceKind, files: FileLimits | None, texts: TextLimits | None) -> bool:
    """Whether a provider with these limits takes the job, None being none; of a task it is for it to say.

    Raises:
        ClipMissing: there is nothing of the wanted kind.
    """
    order = job.order
    if texts is not None and not texts.fit(utf16_units(order.prompt), utf16_units(order.safety_sent)):
        return False
    if wanted is SourceKind.TASK:
        return order.source_task is not None
    source, kind = source_of(job, wanted)
    seconds = job.clip.facts.seconds if job.clip is not None and wanted is SourceKind.CLIP else None
    return files is None or files.fit(kind, source.size_bytes, seconds)
