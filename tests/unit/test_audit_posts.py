"""Lines of the audit log are told once each, in order; a channel that takes nothing stops nobody else."""

from datetime import timedelta

from bot.deeds import Deed
from bot.errors import DeliveryPostponed
from bot.jobs.staff.audit_posts import GIVEN_UP_AFTER, AuditPosts
from bot.moderation.audit import LogLine
from tests.builders import GUILD_ID, NOON
from tests.fakes.clock import FixedClock
from tests.fakes.servers import MemoryLogLines
from tests.fakes.world import World

BUSY_SECONDS = 5.0
HERE, THERE, UNSERVED = GUILD_ID, GUILD_ID + 1, GUILD_ID + 2


class Channel:
    """Notes what it is told; in `busy` servers it is told nothing."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.busy: set[int] = set()
        self.tried = 0

    def serves(self, guild_id: int) -> bool:
        return guild_id != UNSERVED

    async def tell(self, line: LogLine) -> None:
        self.tried += 1
        if line.deed.guild_id in self.busy:
            raise DeliveryPostponed(BUSY_SECONDS, "busy")
        self.told.append(line.deed_id)


def a_line(deed_id: int, guild_id: int, *, age: timedelta = timedelta()) -> LogLine:
    return LogLine(deed_id, 9, Deed(guild_id, 1, NOON - age, "pause", "server"))


def posts(*lines: LogLine, clock: FixedClock | None = None) -> tuple[AuditPosts, Channel, World]:
    world, channel = World(log_lines=list(lines)), Channel()
    made = AuditPosts(lines=MemoryLogLines(world), channel=channel, clock=clock or FixedClock())
    return made, channel, world


async def test_each_line_is_told_once_and_in_order() -> None:
    made, channel, world = posts(a_line(1, HERE), a_line(2, THERE), a_line(3, HERE))

    await made.tell()
    await made.tell()

    assert channel.told == [1, 2, 3]
    assert world.log_lines == []


async def test_what_has_to_wait_keeps_its_place_and_holds_up_no_other_server() -> None:
    clock = FixedClock()
    made, channel, _ = posts(a_line(1, HERE), a_line(2, HERE), a_line(3, THERE), clock=clock)
    channel.busy = {HERE}

    await made.tell()
    channel.busy = set()
    clock.advance(BUSY_SECONDS)
    await made.tell()

    assert channel.told == [3, 1, 2]


async def test_a_channel_that_asked_for_time_is_left_alone_for_so_long() -> None:
    clock = FixedClock()
    made, channel, _ = posts(a_line(1, HERE), clock=clock)
    channel.busy = {HERE}

    await made.tell()
    clock.advance(BUSY_SECONDS - 1)
    await made.tell()
    tried = channel.tried
    clock.advance(1)
    await made.tell()

    assert (tried, channel.tried) == (1, 2)


async def test_a_server_of_another_process_is_left_to_that_one() -> None:
    made, channel, world = posts(a_line(1, UNSERVED), a_line(2, HERE))

    await made.tell()

    assert channel.told == [2]
    assert [line.deed_id for line in world.log_lines] == [1]


async def test_what_could_not_be_told_for_a_day_is_not_told_late() -> None:
    made, channel, _ = posts(a_line(1, HERE, age=GIVEN_UP_AFTER + timedelta(seconds=1)))

    await made.tell()

    assert channel.told == []
