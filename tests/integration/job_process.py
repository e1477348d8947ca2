"""The real machine over ports at which it may die, and what it does not take along when it does."""

from dataclasses import dataclass, field
from typing import Any

from bot.jobs.lanes import LaneWork
from bot.stores import Rate
from tests.assembly import Machine, Ports, Rules
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

DAILY_CAP = 6
"""Few, so that it is reached."""
RULES = Rules(Rate(2, 10.0), DAILY_CAP, callback_url=lambda token: CALLBACKS + token)


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
        stores, fate = outside.plot.stores, outside.fate
        ports = Ports(
            jobs=mortal("jobs", stores.jobs, fate),
            announcements=mortal("announcements", stores.announcements, fate),
            characters=stores.characters,
            circuits=mortal("circuits", stores.circuits, fate),
            gates=stores.gates,
            clips=mortal("clips", outside.clips, fate),
            attachments=outside.attachments,
            judge=mortal("judge", outside.judge, fate),
            editor=mortal("editor", outside.editor, fate),
            announcer=mortal("discord", outside.discord, fate),
            provider=Listener(mortal("provider", outside.provider, fate), outside.ledger),
            clock=outside.clock,
            servers=stores.servers,
            stranded=stores.stranded,
            ledger=stores.credits,
            reviews=mortal("reviews", stores.reviews, fate),
        )
        machine = Machine(ports, RULES)
        self.desk, self.hints, self.reviewing = machine.desk, machine.hints, machine.reviewing
        # There is one provider: its name says nothing, and nothing moves on to another one.
        self.lanes: dict[str, LaneWork[Any]] = {
            lane.name.partition(" to ")[0]: lane._work
            for lane in machine.runner._lanes
            if lane.name != "moving on"
        }
