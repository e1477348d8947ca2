"""The machine as tests put it together: the real parts over whatever ports a test brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.jobs.acceptance import Acceptance
from bot.jobs.breaker import Breaker
from bot.jobs.characters.library import CharacterLibrary
from bot.jobs.characters.renewal import Renewals
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.desk import Desk, DeskRules
from bot.jobs.engine import Engine
from bot.jobs.failover import MovingOn, Ways, makers_of
from bot.jobs.following import Following
from bot.jobs.gatekeeper import Gatekeeper
from bot.jobs.hints import Hints
from bot.jobs.intake import Intake, IntakeLimits
from bot.jobs.lanes import Bell
from bot.jobs.mending import Mending
from bot.jobs.outbox import Outbox
from bot.jobs.reviewing import Reviewing
from bot.jobs.runner import Runner
from bot.jobs.submission import SubmissionRules, Submissions
from bot.jobs.timetable import Timetable
from bot.moderation.gates import GateStore
from bot.moderation.reviews import ReviewStore
from bot.operator.credits import CreditStore
from bot.ports import Announcer, Attachments, ClipEditor, ClipJudge, ClipStore, Clock, Provider
from bot.stores import (
    AnnouncementStore,
    CharacterStore,
    CircuitStore,
    JobStore,
    Rate,
    ServerStore,
    StrandedStore,
)
from tests.builders import an_id, serial

LIMIT_BYTES = 10_000
"""Of a clip: far below the real limit, so that a fake can pass it."""
MIDDLE = 0.5
"""The chance that adds no jitter to a look, and 2.5 s to a wait."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a machine stands on: fakes, stores of any make, or either behind something that watches."""

    jobs: JobStore
    announcements: AnnouncementStore
    characters: CharacterStore
    circuits: CircuitStore
    gates: GateStore
    clips: ClipStore
    attachments: Attachments
    judge: ClipJudge
    editor: ClipEditor
    announcer: Announcer
    provider: Provider
    clock: Clock
    servers: ServerStore
    stranded: StrandedStore
    ledger: CreditStore
    reviews: ReviewStore
    others: Sequence[Provider] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator decides. `callback_url` makes a public address of an attempt's token."""

    rate: Rate
    daily_cap: int
    poll_schedule: Sequence[float] | None = None
    callback_url: Callable[[str], str] | None = None
    allowed_guilds: frozenset[int] | None = None


class Machine:
    """Everything a process has that works on jobs; ids count up, and chance is the middle."""

    def __init__(self, ports: Ports, rules: Rules, living: Callable[[], int] = lambda: 1) -> None:
        self._ports = ports
        self._rules = rules
        self.providers = {one.name: one for one in (ports.provider, *ports.others)}
        self.bell = Bell()
        self.checkpoint = Checkpoint(ports.jobs, ports.clock, self.bell.ring)
        self.hints = Hints(ports.jobs, self.checkpoint, ports.clock)
        self.ways = Ways(
            order=tuple(self.providers),
            makers=makers_of(self.providers),
            circuits=ports.circuits,
            servers=ports.servers,
            new_token=lambda: f"{next(serial):032x}",
            ledger=ports.ledger,
            clock=ports.clock,
        )
        self.desk = self._desk()
        self.library = CharacterLibrary(characters=ports.characters, jobs=ports.jobs)
        self.renewals = self._renewals()
        self.reviewing = Reviewing(
            store=ports.reviews,
            announcements=ports.announcements,
            circuits=ports.circuits,
            servers=ports.servers,
            checkpoint=self.checkpoint,
            clock=ports.clock,
            ring=self.bell.ring,
        )
        self.engine = self._engine()
        self.outbox = Outbox(
            jobs=ports.jobs,
            announcements=ports.announcements,
            announcer=ports.announcer,
            ways=self.ways,
            clock=ports.clock,
            ring=self.bell.ring,
        )
        breakers = [
            Breaker(circuits=ports.circuits, provider=one, clock=ports.clock, ring=self.bell.ring)
            for one in self.providers.values()
        ]
        self.breaker = breakers[0]
        self.moving_on = MovingOn(
            ways=self.ways,
            providers=tuple(self.providers),
            stranded=ports.stranded,
            jobs=ports.jobs,
            checkpoint=self.checkpoint,
            clock=ports.clock,
        )
        self.runner = Runner(
            engine=self.engine,
            outbox=self.outbox,
            jobs=ports.jobs,
            announcements=ports.announcements,
            breakers=breakers,
            moving_on=self.moving_on,
            rate=rules.rate,
            clock=ports.clock,
            bell=self.bell,
            living=living,
        )

    def _desk(self) -> Desk:
        return Desk(
            jobs=self._ports.jobs,
            announcements=self._ports.announcements,
            circuits=self._ports.circuits,
            servers=self._ports.servers,
            ways=self.ways,
            clock=self._ports.clock,
            rules=DeskRules(self._rules.daily_cap),
            new_id=an_id,
            new_token=lambda: f"{next(serial):032x}",
            ring=self.bell.ring,
        )

    def _renewals(self) -> Renewals:
        return Renewals(
            library=self.library,
            jobs=self._ports.jobs,
            circuits=self._ports.circuits,
            ways=self.ways,
            clips=self._ports.clips,
            clock=self._ports.clock,
            daily_cap=self._rules.daily_cap,
            new_id=an_id,
            new_token=lambda: f"{next(serial):032x}",
            ring=self.bell.ring,
        )

    def _engine(self) -> Engine:
        ports, rules = self._ports, self._rules
        timetable = Timetable(
            jobs=ports.jobs,
            clock=ports.clock,
            schedule=rules.poll_schedule,
            callbacks=rules.callback_url is not None,
            chance=lambda: MIDDLE,
        )
        following = Following(
            checkpoint=self.checkpoint, clock=ports.clock, timetable=timetable, new_id=an_id
        )
        intake, mending = self._clip_line()
        return Engine(
            jobs=ports.jobs,
            providers=self.providers,
            intake=intake,
            mending=mending,
            gatekeeper=Gatekeeper(
                store=ports.gates,
                checkpoint=self.checkpoint,
                clock=ports.clock,
                allowed_guilds=rules.allowed_guilds,
            ),
            reviewing=self.reviewing,
            submissions=self._submissions(timetable, following),
            following=following,
            checkpoint=self.checkpoint,
            clock=ports.clock,
        )

    def _clip_line(self) -> tuple[Intake, Mending]:
        ports = self._ports
        acceptance = Acceptance(
            circuits=ports.circuits,
            reviews=ports.reviews,
            clips=ports.clips,
            editor=ports.editor,
            checkpoint=self.checkpoint,
            clock=ports.clock,
        )
        mending = Mending(
            clips=ports.clips,
            editor=ports.editor,
            judge=ports.judge,
            acceptance=acceptance,
            checkpoint=self.checkpoint,
            clock=ports.clock,
        )
        intake = Intake(
            jobs=ports.jobs,
            clips=ports.clips,
            attachments=ports.attachments,
            judge=ports.judge,
            acceptance=acceptance,
            mending=mending,
            announcer=ports.announcer,
            checkpoint=self.checkpoint,
            clock=ports.clock,
            limits=IntakeLimits(LIMIT_BYTES, LIMIT_BYTES),
        )
        return intake, mending

    def _submissions(self, timetable: Timetable, following: Following) -> Submissions:
        return Submissions(
            jobs=self._ports.jobs,
            circuits=self._ports.circuits,
            clips=self._ports.clips,
            checkpoint=self.checkpoint,
            clock=self._ports.clock,
            rules=SubmissionRules(
                self._rules.rate,
                self._rules.callback_url,
                at_once=[name for name, one in self.providers.items() if one.capabilities.ends_at_once],
            ),
            timetable=timetable,
            following=following,
            chance=lambda: MIDDLE,
        )
