"""The machine as one process has it, over a database it shares; Discord and the provider are fakes."""

from bot.clock import SystemClock
from bot.jobs.breaker import Breaker
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.intake import Intake
from bot.jobs.lanes import Bell
from bot.jobs.outbox import Outbox
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.ports import Clock, Rate
from tests.builders import PROVIDER, an_id
from tests.contract.stores import Stores
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.attachments import FakeAttachments
from tests.fakes.clips import MemoryClipStore
from tests.fakes.judge import FakeJudge
from tests.fakes.provider import FakeProvider

LIMIT_BYTES = 10_000
LOOKS_AT_SECONDS = (0.1,)


class Process:
    """One bot: its own lanes and announcer; clips and provider are common, as they are in earnest."""

    def __init__(
        self,
        stores: Stores,
        provider: FakeProvider,
        clips: MemoryClipStore,
        rate: Rate,
        clock: Clock | None = None,
    ) -> None:
        self.stores = stores
        self.announcer = FakeAnnouncer()
        self.judge = FakeJudge()
        self.bell = Bell()
        self.heartbeat = Heartbeat(stores.instances, self.bell.ring)
        self._provider = provider
        self._clips = clips
        self._rate = rate
        self._clock = clock or SystemClock()
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
            living=self.heartbeat.living,
        )

    def _engine(self) -> Engine:
        return Engine(
            jobs=self.stores.jobs,
            providers={PROVIDER: self._provider},
            intake=self._intake(),
            submissions=self._submissions(),
            following=Following(
                checkpoint=self._checkpoint,
                clock=self._clock,
                timetable=self._timetable,
                new_id=an_id,
            ),
            checkpoint=self._checkpoint,
            clock=self._clock,
        )

    def _intake(self) -> Intake:
        return Intake(
            jobs=self.stores.jobs,
            circuits=self.stores.circuits,
            clips=self._clips,
            attachments=FakeAttachments(),
            judge=self.judge,
            announcer=self.announcer,
            checkpoint=self._checkpoint,
            clock=self._clock,
            limit_bytes=LIMIT_BYTES,
        )

    def _submissions(self) -> Submissions:
        return Submissions(
            jobs=self.stores.jobs,
            circuits=self.stores.circuits,
            clips=self._clips,
            checkpoint=self._checkpoint,
            clock=self._clock,
            rules=SubmissionRules(self._rate, lambda token: f"https://bot.example/{token}"),
            timetable=self._timetable,
            chance=lambda: 0.5,
        )
