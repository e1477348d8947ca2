"""The machine on fakes: one world, a clock that stands still, ids that count up, no network and no disc."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.clip import ClipRule, KeptClip, Offer, Part, StoredClip
from bot.deeds import Deed
from bot.jobs.heartbeat import Heartbeat
from bot.model import Attempt, AttemptState, Character, HandedOver, Job, MessageRef, Story
from bot.notices import NoticeKind, NoticeState
from bot.review import Flag, Review
from bot.stores import Rate
from tests.assembly import Machine, Ports, Rules
from tests.builders import PROVIDER, a_clip, a_job, a_snowflake, an_attempt
from tests.fakes.announcements import MemoryAnnouncementStore
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.attachments import FakeAttachments
from tests.fakes.characters import MemoryCharacterStore
from tests.fakes.circuits import MemoryCircuitStore
from tests.fakes.clips import MemoryClipStore
from tests.fakes.clock import FixedClock
from tests.fakes.credits import MemoryCreditStore
from tests.fakes.departures import MemoryDepartureStore
from tests.fakes.editor import SHEET, FakeEditor
from tests.fakes.gates import MemoryGateStore
from tests.fakes.instances import MemoryInstanceStore
from tests.fakes.jobs import MemoryJobStore
from tests.fakes.judge import FakeJudge
from tests.fakes.provider import FakeProvider
from tests.fakes.reviews import MemoryReviewStore
from tests.fakes.servers import MemoryServerStore
from tests.fakes.stranded import MemoryStrandedStore
from tests.fakes.world import World

LEASE_SECONDS = 240.0
LIMIT_SECONDS = 20.0
DAILY_CAP = 50
RATE = Rate(2, 10.0)
CLIP = b"RIFF the kept clip"
KEPT_SHEET = StoredClip("sha256/kept/sheet", sha256(SHEET).hexdigest(), len(SHEET))
KEPT = StoredClip("sha256/kept/clip", sha256(CLIP).hexdigest(), len(CLIP))
S = AttemptState


class SpoiltJobStore(MemoryJobStore):
    """The store with two handles: errors for the next saves, and things that happen just before one."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.save_errors: deque[Exception] = deque()
        self.before_save: deque[Callable[[], Awaitable[object]]] = deque()
        self.saves = 0

    async def save(
        self,
        attempt: Attempt,
        *,
        now: datetime,
        notices: Sequence[NoticeKind] = (),
        clip: KeptClip | None = None,
        offer: Offer | None = None,
        character: Character | None = None,
        forget_ticket: bool = False,
        deed: Deed | None = None,
    ) -> Attempt:
        self.saves += 1
        if self.before_save:
            await self.before_save.popleft()()
        if self.save_errors:
            raise self.save_errors.popleft()
        return await super().save(
            attempt,
            now=now,
            notices=notices,
            clip=clip,
            offer=offer,
            character=character,
            forget_ticket=forget_ticket,
            deed=deed,
        )


@dataclass
class Rig:
    """Everything a test of the machine touches."""

    daily_cap: int = DAILY_CAP
    poll_schedule: tuple[float, ...] | None = None
    callback_url: Callable[[str], str] | None = None
    allowed_guilds: frozenset[int] | None = None
    world: World = field(default_factory=World)
    clock: FixedClock = field(default_factory=FixedClock)
    clips: MemoryClipStore = field(default_factory=MemoryClipStore)
    attachments: FakeAttachments = field(default_factory=FakeAttachments)
    judge: FakeJudge = field(default_factory=FakeJudge)
    editor: FakeEditor = field(default_factory=FakeEditor)
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    provider: FakeProvider = field(default_factory=lambda: FakeProvider(PROVIDER))
    others: Sequence[FakeProvider] = ()

    def __post_init__(self) -> None:
        self.jobs = SpoiltJobStore(self.world)
        self.announcements = MemoryAnnouncementStore(self.world)
        self.characters = MemoryCharacterStore(self.world)
        self.circuits = MemoryCircuitStore(self.world)
        self.gates = MemoryGateStore(self.world)
        self.servers = MemoryServerStore(self.world)
        self.stranded = MemoryStrandedStore(self.world)
        self.reviews = MemoryReviewStore(self.world)
        self.departures = MemoryDepartureStore(self.world)
        self.clips.objects[KEPT.key] = CLIP
        machine = self._machine()
        self.bell, self.checkpoint, self.desk = machine.bell, machine.checkpoint, machine.desk
        self.engine, self.outbox = machine.engine, machine.outbox
        self.library, self.renewals = machine.library, machine.renewals
        self.breaker, self.runner = machine.breaker, machine.runner
        self.ways, self.moving_on = machine.ways, machine.moving_on
        self.reviewing = machine.reviewing
        self.heartbeat = Heartbeat(MemoryInstanceStore(self.world), self.bell.ring)
        self.rung = self.bell.subscribe()

    def _machine(self) -> Machine:
        ports = Ports(
            jobs=self.jobs,
            announcements=self.announcements,
            characters=self.characters,
            circuits=self.circuits,
            gates=self.gates,
            clips=self.clips,
            attachments=self.attachments,
            judge=self.judge,
            editor=self.editor,
            announcer=self.announcer,
            provider=self.provider,
            clock=self.clock,
            servers=self.servers,
            stranded=self.stranded,
            ledger=MemoryCreditStore(self.world),
            reviews=self.reviews,
            others=self.others,
        )
        rules = Rules(RATE, self.daily_cap, self.poll_schedule, self.callback_url, self.allowed_guilds)
        return Machine(ports, rules)

    async def received(self, **changes: Any) -> Attempt:
        """The first attempt of a job whose card is shown."""
        return await self._accepted(a_job(**{"card": a_card(), "created_at": self.clock.now()} | changes))

    async def offered(self, **changes: Any) -> Attempt:
        """An attempt whose clip of 12 s waits for a choice; fields of the offer or of the job may be set."""
        lasts = changes.pop("due_at", self.clock.now() + timedelta(hours=1))
        self.clips.objects[KEPT_SHEET.key] = SHEET
        seconds, part = changes.pop("seconds", 12.0), changes.pop("part", Part(4000, 4000))
        offer = Offer(KEPT, KEPT_SHEET, seconds, part)
        attempt = await self.received(**changes)
        offered = attempt.move(
            S.OFFERED, due_at=lasts, rule=ClipRule.TOO_LONG, rule_found="12 s", rule_accepted="1 to 4 s"
        )
        return await MemoryJobStore.save(self.jobs, offered, now=self.clock.now(), offer=offer)

    async def mending(self, **changes: Any) -> Attempt:
        """An attempt whose owner has chosen a part."""
        attempt = await self.offered(**changes)
        return await self._save(attempt.move(S.MENDING, due_at=self.clock.now()))

    async def queued(self, **changes: Any) -> Attempt:
        """An attempt whose clip is kept; fields of the attempt, or of its job, may be set."""
        job, own = self._split(changes)
        attempt = await self._accepted(job)
        return await self._save(attempt.move(S.QUEUED, **own))

    async def handed_over(self, **changes: Any) -> Attempt:
        """An attempt whose clip the provider can read since just now."""
        own = {"handed_over": HandedOver("https://files.example/1.mp4", self.clock.now())} | changes
        job, fields = self._split(own)
        attempt = await self._save((await self._accepted(job)).move(S.QUEUED))
        return await self._save(attempt.move(S.HANDED_OVER, **fields))

    async def submitting(self, **changes: Any) -> Attempt:
        """An attempt that its process marked, and then died."""
        attempt = await self.handed_over(**changes)
        marked = await self.jobs.begin_submission(attempt, now=self.clock.now(), rate=Rate(1000, 1.0))
        assert marked is not None
        return marked

    async def waiting(self, **changes: Any) -> Attempt:
        """An attempt that the provider works on, as task `task_0001` unless told otherwise."""
        own = {
            name: changes.pop(name) for name in ("task_id", "polls", "misses", "due_at") if name in changes
        }
        attempt = await self.submitting(**changes)
        return await self._save(attempt.move(S.WAITING, **{"task_id": "task_0001"} | own))

    async def in_review(self, **changes: Any) -> Attempt:
        """An attempt of a kept clip that waits for a moderator's yes."""
        job, own = self._split(changes)
        attempt = await self._accepted(job)
        now = self.clock.now()
        self.world.reviews[attempt.attempt_id] = Review(attempt.attempt_id, (Flag.EVERYTHING,), 77)
        asked = {"due_at": now + timedelta(hours=1), "waits_since": now} | own
        return await self._save(attempt.move(S.REVIEW, **asked))

    async def ended(self, state: AttemptState, **changes: Any) -> Attempt:
        """An attempt in `state`, by whatever way leads there."""
        if state is S.REJECTED:
            attempt = await self.received(**changes)
        elif state is S.UNKNOWN:
            attempt = await self.submitting(**changes)
        elif state in (S.SUCCEEDED, S.EXPIRED):
            attempt = await self.waiting(**changes)
        else:
            attempt = await self.queued(**changes)
        return await self._save(attempt.move(state, ended_at=self.clock.now()))

    async def in_state(self, state: AttemptState, **changes: Any) -> Attempt:
        """An attempt in any state."""
        ways = {
            S.RECEIVED: self.received,
            S.OFFERED: self.offered,
            S.MENDING: self.mending,
            S.REVIEW: self.in_review,
            S.QUEUED: self.queued,
            S.HANDED_OVER: self.handed_over,
            S.SUBMITTING: self.submitting,
            S.WAITING: self.waiting,
        }
        return await (ways[state](**changes) if state in ways else self.ended(state, **changes))

    async def advance(self, attempt: Attempt) -> Attempt:
        """One step of the machine on an attempt, due or not; the attempt as it is stored afterwards."""
        await self.engine.advance(await self.claimed(attempt))
        return self.stored(attempt)

    async def claimed(self, attempt: Attempt) -> Attempt:
        """The attempt in a lane's hands, as soon as it may be; it has to be the first of its state."""
        stored = self.stored(attempt)
        soonest = max(stored.due_at, self.clock.now())
        (claimed,) = await self.jobs.claim([stored.state], soonest, LEASE_SECONDS, 1)
        assert claimed.attempt_id == attempt.attempt_id
        return claimed

    async def tell(self) -> list[NoticeKind]:
        """Delivers what is due, one claim after another; what the announcer told of it."""
        before = len(self.announcer.told)
        while claimed := await self.announcements.claim(self.clock.now(), LEASE_SECONDS, 10):
            for announcement in claimed:
                await self.outbox.deliver(announcement)
        return self.announcer.kinds[before:]

    def stored(self, attempt: Attempt) -> Attempt:
        return self.world.attempts[attempt.attempt_id]

    def job_of(self, attempt: Attempt) -> Job:
        return self.world.jobs[attempt.job_id]

    async def story_of(self, attempt: Attempt) -> Story:
        story = await self.jobs.story(attempt.job_id)
        assert story is not None
        return story

    def pending(self, attempt: Attempt) -> list[NoticeKind]:
        """What still has to be told of an attempt's job, in the order in which it was stored."""
        notices = self.world.announcements_of(attempt.job_id)
        return [notice.kind for notice in notices if notice.state is NoticeState.PENDING]

    def wait_seconds(self, attempt: Attempt) -> float:
        """From now until the stored attempt comes due."""
        return (self.stored(attempt).due_at - self.clock.now()).total_seconds()

    async def _accepted(self, job: Job) -> Attempt:
        attempt = an_attempt(job)
        await self.jobs.accept(job, attempt, daily_cap=1000)
        return attempt

    async def _save(self, attempt: Attempt) -> Attempt:
        return await MemoryJobStore.save(self.jobs, attempt, now=self.clock.now())

    def _split(self, changes: dict[str, Any]) -> tuple[Job, dict[str, Any]]:
        own = {name: changes[name] for name in changes if name in Attempt.__slots__}
        others = {name: changes[name] for name in changes if name not in own}
        defaults = {"card": a_card(), "clip": a_clip(stored=KEPT), "created_at": self.clock.now()}
        return a_job(**defaults | others), own


def a_card() -> MessageRef:
    return MessageRef(1200000000000000002, a_snowflake())


async def until(rig: Rig, is_so: Callable[[], bool]) -> None:
    """Returns once it is so; looks whenever something was stored."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not is_so():
            rig.rung.clear()
            await rig.rung.wait()
