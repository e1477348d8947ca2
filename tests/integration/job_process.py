"""The real machine over ports at which it may die, and what it does not take along when it does."""

from dataclasses import dataclass, field
from typing import Any

from bot.jobs.acceptance import Acceptance
from bot.jobs.breaker import Breaker
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.desk import Desk, DeskRules
from bot.jobs.engine import Engine
from bot.jobs.following import Following
from bot.jobs.hints import Hints
from bot.jobs.intake import Intake, IntakeLimits
from bot.jobs.lanes import Bell, LaneWork
from bot.jobs.mending import Mending
from bot.jobs.outbox import Outbox
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.ports import Rate
from tests.builders import PROVIDER, an_id, serial
from tests.fakes.attachments import FakeAttachments
from tests.fakes.clips import MemoryClipStore
from tests.fakes.clock import FixedClock
from tests.fakes.editor import FakeEditor
from tests.fakes.judge import FakeJudge
from tests.integration.job_ground import Plot
from tests.integration.job_outside import (
    CALLBACKS,
    Fate,
    Ledger,
    Listener,
    ScriptedDiscord,
    ScriptedProvider,
    mortal,
)

RATE = Rate(2, 10.0)
DAILY_CAP = 12
LIMIT_BYTES = 10_000


@dataclass
class Outside:
    """What a process does not take along when it dies."""

    plot: Plot
    clock: FixedClock = field(default_factory=FixedClock)
    fate: Fate = field(default_factory=Fate)
    clips: MemoryClipStore = field(default_factory=MemoryClipStore)
    attachments: FakeAttachments = field(default_factory=FakeAttachments)
    judge: FakeJudge = field(default_factory=FakeJudge)
    editor: FakeEditor = field(default_factory=FakeEditor)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.clock)
        self.provider = ScriptedProvider(self.ledger)
        self.discord = ScriptedDiscord(self.ledger)


class Process:
    """The real machine over ports at which it may die."""

    def __init__(self, outside: Outside) -> None:
        fate, stores = outside.fate, outside.plot.stores
        self._outside = outside
        self._clock = outside.clock
        self._jobs = mortal("jobs", stores.jobs, fate)
        self._announcements = mortal("announcements", stores.announcements, fate)
        self._circuits = mortal("circuits", stores.circuits, fate)
        self._clips = mortal("clips", outside.clips, fate)
        self._judge = mortal("judge", outside.judge, fate)
        self._editor = mortal("editor", outside.editor, fate)
        self._announcer = mortal("discord", outside.discord, fate)
        self._provider = Listener(mortal("provider", outside.provider, fate), outside.ledger)
        self._bell = Bell()
        self._timetable = Timetable(
            jobs=self._jobs, clock=self._clock, schedule=None, callbacks=False, chance=lambda: 0.5
        )
        self._checkpoint = Checkpoint(self._jobs, self._clock, self._bell.ring)
        self.hints = Hints(self._jobs, self._checkpoint, self._clock)
        self.desk = self._desk()
        self.runner = self._runner()
        self.lanes: dict[str, LaneWork[Any]] = {lane.name: lane._work for lane in self.runner._lanes}

    def _desk(self) -> Desk:
        return Desk(
            jobs=self._jobs,
            announcements=self._announcements,
            characters=self._outside.plot.stores.characters,
            circuits=self._circuits,
            clock=self._clock,
            rules=DeskRules(PROVIDER, DAILY_CAP),
            new_id=an_id,
            new_token=lambda: f"{next(serial):032x}",
            ring=self._bell.ring,
        )

    def _runner(self) -> Runner:
        outbox = Outbox(
            jobs=self._jobs,
            announcements=self._announcements,
            announcer=self._announcer,
            clock=self._clock,
            ring=self._bell.ring,
        )
        return Runner(
            engine=self._engine(),
            outbox=outbox,
            jobs=self._jobs,
            announcements=self._announcements,
            breaker=Breaker(
                circuits=self._circuits, provider=self._provider, clock=self._clock, ring=self._bell.ring
            ),
            rate=RATE,
            clock=self._clock,
            bell=self._bell,
        )

    def _engine(self) -> Engine:
        acceptance = Acceptance(
            circuits=self._circuits,
            clips=self._clips,
            editor=self._editor,
            checkpoint=self._checkpoint,
            clock=self._clock,
        )
        mending = Mending(
            clips=self._clips,
            editor=self._editor,
            judge=self._judge,
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
            jobs=self._jobs,
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
            jobs=self._jobs,
            clips=self._clips,
            attachments=self._outside.attachments,
            judge=self._judge,
            acceptance=acceptance,
            mending=mending,
            announcer=self._announcer,
            checkpoint=self._checkpoint,
            clock=self._clock,
            limits=IntakeLimits(LIMIT_BYTES, LIMIT_BYTES),
        )

    def _submissions(self, following: Following) -> Submissions:
        return Submissions(
            jobs=self._jobs,
            circuits=self._circuits,
            clips=self._clips,
            checkpoint=self._checkpoint,
            clock=self._clock,
            rules=SubmissionRules(RATE, lambda token: CALLBACKS + token),
            timetable=self._timetable,
            following=following,
            chance=lambda: 0.5,
        )
