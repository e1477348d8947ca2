"""Renewing a character: a further attempt with its kept clip brings it a new id under its old name."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.clip import StoredClip
from bot.errors import ClipStoreUnavailable, JobConflict
from bot.jobs.lanes import Ring
from bot.jobs.library import CharacterLibrary
from bot.library_refusals import BeingRenewed, ClipGone, RenewalUnknown, RenewedSince
from bot.model import Attempt, AttemptState, Character, Person, Story
from bot.ports import ClipStore, Clock
from bot.stores import CircuitStore, JobStore

STORE_SECONDS = 1.0
"""Of the three in which a command has to be answered (Discord: Interactions)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RenewalRules:
    """What the operator decided. `providers` are in use, the first for what none of them made."""

    providers: Sequence[str]
    daily_cap: int


class Renewals:
    """Opens attempts that renew; the machine carries them through like any other, with the same limits."""

    def __init__(
        self,
        *,
        library: CharacterLibrary,
        jobs: JobStore,
        circuits: CircuitStore,
        clips: ClipStore,
        clock: Clock,
        rules: RenewalRules,
        new_id: Callable[[], str],
        new_token: Callable[[], str],
        ring: Ring,
    ) -> None:
        self._library = library
        self._jobs = jobs
        self._circuits = circuits
        self._clips = clips
        self._clock = clock
        self._rules = rules
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
            UserFault: what else the job's server has decided: `bot.gates`.
        """
        character = await self._library.character(person, reference)
        story = await self._jobs.story(character.job_id)
        if story is None or story.job.clip is None:
            raise ClipGone
        check_turn(character, story.attempt, after)
        if await self._is_lost(story.job.clip.stored):
            raise ClipGone
        await self._open(character, story, person)
        return character

    async def _open(self, character: Character, story: Story, person: Person) -> None:
        provider, now = self._provider_of(character), self._clock.now()
        circuit = await self._circuits.get(provider)
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
            fault=circuit.fault if circuit else None,
            renews=character.character_id,
        )
        try:
            asks = asking_in(story.job.order.place.guild_id, person)
            await self._jobs.open_attempt(attempt, daily_cap=self._rules.daily_cap, person=asks)
        except JobConflict:
            raise BeingRenewed from None
        self._ring(attempt.state)

    async def _is_lost(self, clip: StoredClip) -> bool:
        """Whether the store says so; while it says nothing, handing the clip over will tell, for free."""
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return not await self._clips.holds(clip)
        except (TimeoutError, ClipStoreUnavailable) as error:
            log.warning("clip_not_looked_for", key=clip.key, error=type(error).__name__)
            return False

    def _provider_of(self, character: Character) -> str:
        """The one that made it, while it is in use."""
        in_use = self._rules.providers
        return character.provider if character.provider in in_use else in_use[0]


def asking_in(guild_id: int | None, person: Person) -> Person:
    """The person in the job's own server, whose limits hold; from elsewhere nobody brings roles along."""
    return person if person.guild_id == guild_id else Person(person.user_id, guild_id)


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
