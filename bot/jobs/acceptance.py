"""A clip that is accepted: kept with a picture of it, and its attempt queued, or held for moderators."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.clip import ClipFacts, KeptClip, StoredClip
from bot.jobs.breaker import fault_of_circuit
from bot.jobs.checkpoint import Checkpoint
from bot.model import Attempt, AttemptState
from bot.moderation.reviews import ReviewStore, look_at
from bot.notices import NoticeKind
from bot.ports import ClipEditor, ClipStore, Clock
from bot.stores import CircuitStore


class Acceptance:
    """The way into the queue, for clips as they came and for clips that were cut."""

    def __init__(
        self,
        *,
        circuits: CircuitStore,
        reviews: ReviewStore,
        clips: ClipStore,
        editor: ClipEditor,
        checkpoint: Checkpoint,
        clock: Clock,
    ) -> None:
        self._circuits = circuits
        self._reviews = reviews
        self._clips = clips
        self._editor = editor
        self._checkpoint = checkpoint
        self._clock = clock

    async def keep(self, attempt: Attempt, staged: StoredClip, facts: ClipFacts) -> KeptClip:
        """Keeps a staged clip that was judged good, and its poster."""
        poster = await self._editor.poster(self._clips.read(staged))
        kept_poster = None if poster is None else await self.keep_picture(attempt, "poster", poster)
        return KeptClip(stored=await self._clips.keep(staged), facts=facts, poster=kept_poster)

    async def keep_picture(self, attempt: Attempt, name: str, picture: bytes) -> StoredClip:
        """Keeps something small that belongs to an attempt."""
        staged = await self._clips.stage(f"{attempt.attempt_id}-{name}", in_one_piece(picture))
        return await self._clips.keep(staged)

    async def queue(self, attempt: Attempt, kept: KeptClip) -> None:
        """Leaves the attempt QUEUED, or in REVIEW; the interaction has been answered for the last time."""
        if await self._reviews.of_attempt(attempt.attempt_id) is not None:
            await self._hold(attempt, kept)
            return
        fault = await fault_of_circuit(self._circuits, attempt.provider)
        queued = attempt.move(AttemptState.QUEUED, due_at=self._clock.now(), fault=fault)
        await self._checkpoint.save(queued, NoticeKind.CARD, NoticeKind.THREAD, clip=kept, forget_ticket=True)

    async def _hold(self, attempt: Attempt, kept: KeptClip) -> None:
        """A moderator looks at it first; the thread is opened when they have said yes."""
        now = self._clock.now()
        asked = replace(attempt, waits_since=now)
        held = asked.move(AttemptState.REVIEW, due_at=look_at(asked, now))
        await self._checkpoint.save(held, NoticeKind.CARD, NoticeKind.REVIEW, clip=kept, forget_ticket=True)


async def in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
