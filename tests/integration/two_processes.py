"""The machine as one process has it, over a database it shares; Discord and the provider are fakes."""

from bot.clock import SystemClock
from bot.jobs.acceptance import Acceptance
from bot.jobs.breaker import Breaker
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.intake import Intake, IntakeLimits
from bot.jobs.lanes import Bell
from bot.jobs.mending import Mending
from bot.jobs.outbox import Outbox
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.ports import Rate
from tests.builders import PROVIDER, an_id
from tests.contract.stores import Stores
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.attachments import FakeAttachments
from tests.fakes.clips import MemoryClipStore
from tests.fakes.editor import FakeEditor
from tests.fakes.judge import FakeJudge
from tests.fakes.provider import FakeProvider

LIMIT_BYTES = 10_000
LOOKS_AT_SECONDS = (0.1,)


class Process:
    """One bot: its own lanes and announcer; clips and provider are common, as they are in earnest."""

    def __init__(self, stores: Stores, provider: FakeProvider, clips: MemoryClipStore, rate: Rate) -> None:
        self.stores = stores
        self.announcer = FakeAnnouncer()
        self.judge = FakeJudge()
        self.bell = Bell()
        self.heartbeat = Heartbeat(stores.instances, self.bell.ring)
        self._provider = provider
        self._clips = clips
        self._rate = rate
        self._clock = SystemClock()
        self._timetable = Timetable(
            jobs=stores.jobs,
            clock=self._clock,
            schedule=LOOKS_AT_SECONDS,
            callbacks=False,
            chance=lambda: 0.5,
        )
        self._checkpoint = Checkpoint(stores.jobs, self._clock, self.bell.ring)
        self.runner = Runner(
            engine=self._engine(),
            outbox=Outbox(
                jobs=stores.jobs,
                announcements=stores.announcements,
                announcer=self.announcer,
                clock=self._clock,
                ring=self.bell.ring,
            ),
            jobs=stores.jobs,
            announcements=stores.announcements,
            breaker=Breaker(
                circuits=stores.circuits, provider=provider, clock=self._clock, ring=self.bell.ring
            ),
            rate=rate,
            clock=self._clock,
            bell=self.bell,
        )

    def _engine(self) -> Engine:
        acceptance = Acceptance(
            circuits=self.stores.circuits,
            clips=self._clips,
            editor=FakeEditor(),
            checkpoint=self._checkpoint,
            clock=self._clock,
        )
        mending = Mending(
            clips=self._clips,
            editor=FakeEditor(),
            judge=self.judge,
            acceptance=acceptance,
            checkpoint=self._checkpoint,
            clock=self._clock,
        )
        intake = self._intake(acceptance, mending)
        following = Following(
            checkpoint=self._checkpoint,
            clock=self._clock,
            timetable=self._timetable,
            new_id=an_id,
        )
        return Engine(
            jobs=self.stores.jobs,
            providers={PROVIDER: self._provider},
            intake=intake,
            mending=mending,
            submissions=self._submissions(following),
            following=following,
            checkpoint=self._checkpoint,
            clock=self._clock,
        )

    def _intake(self, acceptance: Acceptance, mending: Mending) -> Intake:
        return Intake(
            jobs=self.stores.jobs,
            clips=self._clips,
            attachments=FakeAttachments(),
            judge=self.judge,
            acceptance=acceptance,
            mending=mending,
            announcer=self.announcer,
            checkpoint=self._checkpoint,
            clock=self._clock,
            limits=IntakeLimits(LIMIT_BYTES, LIMIT_BYTES),
        )

    def _submissions(self, following: Following) -> Submissions:
        return Submissions(
            jobs=self.stores.jobs,
            circuits=self.stores.circuits,
            clips=self._clips,
            checkpoint=self._checkpoint,
            clock=self._clock,
            rules=SubmissionRules(self._rate, lambda token: f"https://bot.example/{token}"),
            timetable=self._timetable,
            following=following,
            chance=lambda: 0.5,
        )
