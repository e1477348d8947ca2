"""Renewing a character: a further attempt with its kept clip brings it a new id under its old name.

The attempt goes where the id of today came from, or to another provider that its owner names.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.clip import StoredClip
from bot.errors import ClipStoreUnavailable, JobConflict
from bot.jobs.breaker import fault_of_circuit
from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.failover import Ways
from bot.jobs.lanes import Ring
from bot.model import Attempt, AttemptState, Character, Job, Maker, Person, Story
from bot.ports import ClipStore, Clock
from bot.refusals.library import BeingRenewed, ClipGone, NotMadeThere, RenewalUnknown, RenewedSince
from bot.stores import CircuitStore, JobStore

STORE_SECONDS = 1.0
"""Of the three in which a command has to be answered (Discord: Interactions)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Remake:
    """A character that could be made again, `after` the latest attempt of its job, at `maker`."""

    character: Character
    story: Story
    maker: Maker

    @property
    def after(self) -> int:
        return self.story.attempt.number

    @property
    def may_cost_twice(self) -> bool:
        """Whether nobody knows how the last renewal went."""
        return is_unknown(self.character, self.story.attempt)


class Renewals:
    """Opens attempts that renew; the machine carries them through like any other, with the same limits."""

    def __init__(
        self,
        *,
        library: CharacterLibrary,
        jobs: JobStore,
        circuits: CircuitStore,
        ways: Ways,
        clips: ClipStore,
        clock: Clock,
        daily_cap: int,
        new_id: Callable[[], str],
        new_token: Callable[[], str],
        ring: Ring,
    ) -> None:
        self._library = library
        self._jobs = jobs
        self._circuits = circuits
        self._ways = ways
        self._clips = clips
        self._clock = clock
        self._daily_cap = daily_cap
        self._new_id = new_id
        self._new_token = new_token
        self._ring = ring

    async def renew(self, person: Person, reference: str, after: int | None = None) -> Character:
        """Starts the renewal of one of the person's characters; the character as it still is.

        `after` is the number of the latest attempt that the person was shown, if they were shown one: then
        they know how it stands, and of two presses on one button the second is late.

        Raises:
            NotFound: no such character, or not theirs.
            BeingRenewed, RenewedSince: somebody was first.
            RenewalUnknown: the last renewal may have been charged, and the person was not shown that.
            ClipGone: there is nothing to renew it from.
            LimitReached: no attempts are left for today.
            UserFault: what else the job's server has decided: `bot.moderation.gates`.
        """
        character, story = await self._kept(person, reference)
        check_turn(character, story.attempt, after)
        await self._open(character, story, person, self._ways.preferred(character.provider))
        return character

    async def maker(self, character: Character) -> Maker:
        """Who would renew the character, with what that cost lately."""
        return await self._ways.first(character.provider)

    async def again(self, person: Person, reference: str) -> Remake:
        """What it would be to renew one of the person's characters.

        Raises:
            NotFound: no such character, or not theirs.
            ClipGone: there is nothing to renew it from.
            BeingRenewed: an attempt with its clip goes on.
        """
        character, story = await self._kept(person, reference)
        if story.attempt.is_open:
            raise BeingRenewed
        maker = await self.maker(character)
        await self._check_source(story.job, maker.provider)
        return Remake(character, story, maker)

    async def makers(self, character: Character, story: Story) -> list[Maker]:
        """The other providers that would make the character again, now."""
        return await self._ways.others(character.provider, story.job)

    async def elsewhere(self, person: Person, reference: str, provider: str) -> Remake:
        """What it would be to make one of the person's characters again at another provider.

        Raises:
            NotFound: no such character, or not theirs.
            ClipGone: there is nothing to make it of.
            BeingRenewed: an attempt with its clip goes on.
            NotMadeThere: the provider takes nothing now, or nothing of this kind, or made it already.
        """
        character, story = await self._kept(person, reference)
        if story.attempt.is_open:
            raise BeingRenewed
        makers = await self.makers(character, story)
        maker = next((one for one in makers if one.provider == provider), None)
        if maker is None:
            raise NotMadeThere
        return Remake(character, story, await self._ways.priced(maker))

    async def make_elsewhere(self, person: Person, reference: str, provider: str, after: int) -> Remake:
        """Has it made there; `after` is the number of the latest attempt that the person was shown.

        Raises:
            UserFault: as for `elsewhere` and `renew`.
        """
        remake = await self.elsewhere(person, reference, provider)
        check_turn(remake.character, remake.story.attempt, after)
        await self._open(remake.character, remake.story, person, provider)
        return remake

    async def _kept(self, person: Person, reference: str) -> tuple[Character, Story]:
        """One of the person's characters with its job, whose clip is there.

        Raises:
            NotFound, ClipGone: as for `renew`.
        """
        character = await self._library.character(person, reference)
        story = await self._jobs.story(character.job_id)
        if story is None or story.job.clip is None:
            raise ClipGone
        return character, story

    async def _open(self, character: Character, story: Story, person: Person, provider: str) -> None:
        await self._check_source(story.job, provider)
        now = self._clock.now()
        attempt = Attempt(
            attempt_id=self._new_id(),
            job_id=character.job_id,
            number=story.attempt.number + 1,
            state=AttemptState.QUEUED,
            provider=provider,
            requested_by=person.user_id,
            callback_token=self._new_token(),
            created_at=now,
            due_at=now,
            fault=await fault_of_circuit(self._circuits, provider),
            renews=character.character_id,
        )
        try:
            asks = person.asking_in(story.job.order.place.guild_id)
            await self._jobs.open_attempt(attempt, daily_cap=self._daily_cap, person=asks)
        except JobConflict:
            raise BeingRenewed from None
        self._ring(attempt.state)

    async def _check_source(self, job: Job, provider: str) -> None:
        """Makes sure that what the provider takes is still in the store, as far as that can be told in time.

        Raises:
            ClipGone: it is not.
        """
        maker = self._ways.maker(provider)
        if job.clip is None:
            raise ClipGone
        source = job.clip.poster if maker is not None and maker.from_picture else job.clip.stored
        if source is None or await self._is_lost(source):
            raise ClipGone

    async def _is_lost(self, clip: StoredClip) -> bool:
        """Whether the store says so; while it says nothing, handing the clip over will tell, for free."""
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return not await self._clips.holds(clip)
        except (TimeoutError, ClipStoreUnavailable) as error:
            log.warning("clip_not_looked_for", key=clip.key, error=type(error).__name__)
            return False


def check_turn(character: Character, latest: Attempt, after: int | None) -> None:
    """Lets a renewal begin after the `latest` attempt with the same clip, or says why not.

    Raises:
        BeingRenewed, RenewedSince, RenewalUnknown: as for `Renewals.renew`.
    """
    if latest.is_open:
        raise BeingRenewed
    if after is not None and latest.number != after:
        raise RenewedSince
    if after is None and is_unknown(character, latest):
        raise RenewalUnknown(character.character_id, latest.number)


def is_unknown(character: Character, latest: Attempt) -> bool:
    """Whether nobody knows how the character's last renewal went."""
    return latest.state is AttemptState.UNKNOWN and latest.renews == character.character_id
