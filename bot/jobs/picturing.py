"""Which picture of its clip a character is made of, where it is made of a picture: the owner may choose.

What is chosen takes the place of the poster, so that whatever hands a picture over, or shows one, needs no
rule of its own. Nobody has to choose, and nothing waits for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import structlog

from bot.clip import KeptClip
from bot.errors import ClipMissing, DramatisError, JobConflict, NotFound
from bot.jobs.acceptance import in_one_piece
from bot.jobs.checkpoint import SAVE_TRIES
from bot.model import QUEUE_STATES, Attempt, AttemptState, Person, Story
from bot.notices import NoticeKind
from bot.orders import parts
from bot.ports import ClipEditor, ClipStore, Clock
from bot.refusals.library import ClipGone, PictureSettled, PictureUnavailable
from bot.stores import JobStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a picture is chosen by: `sheet` is a JPEG of the clip at these `moments`, in milliseconds."""

    sheet: bytes
    moments: Sequence[int]


class Picturing:
    """Shows a clip to its owner, and takes their choice."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        clips: ClipStore,
        editor: ClipEditor,
        clock: Clock,
        ring: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._clips = clips
        self._editor = editor
        self._clock = clock
        self._ring = ring
        self._at_work_for: set[int] = set()

    async def look(self, job_id: str, person: Person) -> Glance:
        """The clip at a glance.

        Raises:
            NotFound: no such job of theirs.
            ClipGone: the clip is not kept any more.
            PictureSettled: it is too late, or too early.
            PictureUnavailable: it cannot be shown now.
        """
        _, clip = await self._open_to(job_id, person)
        moments = parts.moments(clip.facts.seconds)
        with self._alone(person), _made_known(job_id):
            return Glance(await self._editor.stills(self._clips.read(clip.stored), moments), moments)

    async def choose(self, job_id: str, moment: int, person: Person) -> bytes:
        """Makes the picture at that moment the one that is used; the picture, a JPEG.

        Raises:
            UserFault: as for `look`; it is PictureUnavailable, too, where the clip has no such moment.
            JobConflict: it changes all the time.
        """
        story, clip = await self._open_to(job_id, person)
        if moment not in parts.moments(clip.facts.seconds):
            raise PictureUnavailable
        with self._alone(person), _made_known(job_id):
            picture = await self._editor.poster(self._clips.read(clip.stored), moment)
            if picture is None:
                raise PictureUnavailable
            name = f"{story.attempt.attempt_id}-picture"
            kept = await self._clips.keep(await self._clips.stage(name, in_one_piece(picture)))
        for _ in range(SAVE_TRIES):
            story, clip = await self._open_to(job_id, person)
            try:
                await self._save(story.attempt, replace(clip, poster=kept))
            except JobConflict:
                continue
            self._ring()
            return picture
        raise JobConflict(job_id)

    async def _save(self, attempt: Attempt, clip: KeptClip) -> None:
        now, waits = self._clock.now(), attempt.state in QUEUE_STATES
        if attempt.state is AttemptState.HANDED_OVER:
            # The provider has the picture of before, and was not asked for anything yet.
            attempt = attempt.move(AttemptState.QUEUED, due_at=now, handed_over=None)
        # What has ended was made of the other picture, and its card goes on showing that.
        await self._jobs.save(attempt, now=now, clip=clip, notices=[NoticeKind.CARD] if waits else [])

    async def _open_to(self, job_id: str, person: Person) -> tuple[Story, KeptClip]:
        story = await self._jobs.story(job_id)
        if story is None or story.job.order.owner_id != person.user_id:
            raise NotFound("job")
        if story.job.media_hidden:
            raise PictureUnavailable
        if not can_choose(story):
            raise PictureSettled if story.attempt.is_open else ClipGone
        clip = story.job.clip
        if clip is None:
            raise ClipGone
        return story, clip

    @contextmanager
    def _alone(self, person: Person) -> Iterator[None]:
        """One look of each person at a time: others wait for the same few places."""
        if person.user_id in self._at_work_for:
            raise PictureUnavailable
        self._at_work_for.add(person.user_id)
        try:
            yield
        finally:
            self._at_work_for.discard(person.user_id)


@contextmanager
def _made_known(job_id: str) -> Iterator[None]:
    """Turns what can go wrong with clip, store and editor into what a person is told.

    Raises:
        ClipGone, PictureUnavailable: in place of everything else.
    """
    try:
        yield
    except ClipMissing:
        log.exception("clip_missing", job_id=job_id)
        raise ClipGone from None
    except DramatisError as error:
        log.warning("picture_not_made", job_id=job_id, error=type(error).__name__)
        raise PictureUnavailable from error


def can_choose(story: Story) -> bool:
    """Whether the picture of a job may be changed: while it waits for its provider, and once it has ended."""
    clip, attempt = story.job.shown_clip, story.attempt
    settled = attempt.is_open and attempt.state not in QUEUE_STATES
    return clip is not None and clip.poster is not None and not settled
