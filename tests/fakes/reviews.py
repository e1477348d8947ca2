"""What is asked of moderators, and what they have decided, in memory."""

from collections.abc import Sequence

from bot.deeds import Deed
from bot.model import Attempt, AttemptState, Story
from bot.moderation.gates import Block, in_log
from bot.notices import NoticeKind
from bot.review import Review
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.world import World


class MemoryReviewStore:
    """A ReviewStore; nothing that awaits anything happens inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs = MemoryJobStore(world)

    async def of_attempt(self, attempt_id: str) -> Review | None:
        return self._world.reviews.get(attempt_id)

    async def story(self, attempt_id: str) -> Story | None:
        attempt = self._world.attempts.get(attempt_id)
        return None if attempt is None else self._world.story(attempt)

    async def waiting(self, guild_id: int, limit: int, offset: int = 0) -> list[Story]:
        found = [
            self._world.story(attempt)
            for attempt in self._world.attempts.values()
            if attempt.state is AttemptState.REVIEW
            and self._world.jobs[attempt.job_id].order.place.guild_id == guild_id
        ]
        in_order = sorted(found, key=lambda one: (one.attempt.created_at, one.attempt.attempt_id))
        return in_order[offset : offset + limit]

    async def count_waiting(self, guild_id: int) -> int:
        return len(await self.waiting(guild_id, len(self._world.attempts)))

    async def decide(
        self,
        attempt: Attempt,
        review: Review,
        *,
        deed: Deed,
        block: Block | None,
        notices: Sequence[NoticeKind],
    ) -> None:
        await self._jobs.save(attempt, now=deed.at, notices=notices)
        self._world.reviews[review.attempt_id] = review
        self._world.deeds.append(deed)
        if block is not None:
            self._world.blocks[deed.guild_id, block.user_id] = block
            subject = str(block.user_id)
            self._world.deeds.append(
                Deed(deed.guild_id, deed.actor_id, deed.at, "block", subject, None, in_log(block))
            )
