"""The machine as one process has it, over a database it shares; Discord and the provider are fakes."""

from bot.clock import SystemClock
from bot.jobs.heartbeat import Heartbeat
from bot.ports import Clock
from bot.stores import Rate
from tests.assembly import Machine, Ports, Rules
from tests.contract.stores import PLENTY, Stores
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.attachments import FakeAttachments
from tests.fakes.clips import MemoryClipStore
from tests.fakes.editor import FakeEditor
from tests.fakes.judge import FakeJudge
from tests.fakes.provider import FakeProvider

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
        ports = Ports(
            jobs=stores.jobs,
            announcements=stores.announcements,
            characters=stores.characters,
            circuits=stores.circuits,
            gates=stores.gates,
            clips=clips,
            attachments=FakeAttachments(),
            judge=self.judge,
            editor=FakeEditor(),
            announcer=self.announcer,
            provider=provider,
            clock=clock or SystemClock(),
            servers=stores.servers,
            stranded=stores.stranded,
            ledger=stores.credits,
            reviews=stores.reviews,
        )
        callback_url = "https://bot.example/{}".format
        rules = Rules(rate, PLENTY, LOOKS_AT_SECONDS, callback_url)
        machine = Machine(ports, rules, living=lambda: self.heartbeat.living())  # noqa: PLW0108 - it needs the bell of this machine
        self.bell, self.runner = machine.bell, machine.runner
        self.heartbeat = Heartbeat(stores.instances, self.bell.ring)
