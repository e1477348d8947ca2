"""What operators have to know reaches each of them once, whatever some of them take."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import LogCapture

from bot.errors import DeliveryPostponed
from bot.jobs.staff.operator_posts import GIVEN_UP_AFTER, OperatorPosts
from bot.model import reference_of
from bot.operator.balance_news import BalanceLevel, BalanceNews, is_news
from bot.operator.news import OperatorNews, ReportNews
from bot.report import ReportKind
from cogs.texts import operating as texts
from cogs.texts.reports import KINDS
from tests.builders import NOON, an_id
from tests.fakes.clock import FixedClock
from tests.fakes.operating import MemoryOperatingStore, MemoryOperatorNewsStore
from tests.fakes.world import World

ADA, BOB = 1, 2
LOW = BalanceNews(NOON, level=BalanceLevel.LOW, credits=150.5, warn_below=200.0, pause_below=50.0)


@dataclass
class Letters:
    """Notes who was told; whoever is `closed` takes no letter, whoever is `busy` none now."""

    told: list[int] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    channel: list[Collection[int]] | None = None
    here: bool = True

    def serves(self) -> bool:
        return self.here

    async def operators(self) -> Collection[int]:
        return (BOB, ADA)

    async def tell(self, user_id: int, news: OperatorNews) -> bool:
        assert news.at == NOON
        if user_id in self.busy:
            raise DeliveryPostponed(5.0, "busy")
        if user_id not in self.closed:
            self.told.append(user_id)
        return user_id not in self.closed

    async def tell_in_server(self, user_ids: Collection[int], news: OperatorNews) -> bool:
        assert news.at == NOON
        if self.channel is not None:
            self.channel.append(user_ids)
        return self.channel is not None


async def low(
    letters: Letters, clock: FixedClock | None = None
) -> tuple[OperatorPosts, MemoryOperatorNewsStore]:
    world = World()
    await MemoryOperatingStore(world).note_balance(LOW)
    store = MemoryOperatorNewsStore(world)
    return OperatorPosts(news=store, letters=letters, clock=clock or FixedClock()), store


async def test_everybody_is_told_once() -> None:
    letters = Letters()
    posts, store = await low(letters)

    for _ in range(3):
        await posts.tell()

    assert letters.told == [ADA, BOB]
    assert await store.untold_news() == []


async def test_whoever_can_not_be_told_now_is_told_later_and_the_others_are_not_told_again() -> None:
    letters = Letters(busy={ADA})
    posts, _ = await low(letters)

    await posts.tell()
    await posts.tell()
    letters.busy.clear()
    await posts.tell()

    assert letters.told == [BOB, ADA]


async def test_where_nobody_takes_letters_their_server_is_told_once() -> None:
    letters = Letters(closed={ADA, BOB}, channel=[])
    posts, _ = await low(letters)

    await posts.tell()
    await posts.tell()

    assert letters.channel == [(BOB, ADA)]


async def test_where_one_is_told_the_server_is_not() -> None:
    letters = Letters(closed={ADA}, channel=[])

    await (await low(letters))[0].tell()

    assert (letters.told, letters.channel) == ([BOB], [])


async def test_where_nobody_can_be_told_the_log_says_so_once(log: LogCapture) -> None:
    letters = Letters(closed={ADA, BOB})
    posts, _ = await low(letters)

    await posts.tell()
    await posts.tell()

    assert [entry["event"] for entry in log.entries] == ["operators_unreachable"]


async def test_old_news_are_given_up() -> None:
    clock = FixedClock()
    letters = Letters(busy={ADA, BOB})
    posts, store = await low(letters, clock)

    await posts.tell()
    assert await store.untold_news() == [LOW]
    clock.advance(GIVEN_UP_AFTER.total_seconds())
    await posts.tell()

    assert await store.untold_news() == []


async def test_a_process_without_the_first_shard_tells_nobody() -> None:
    letters = Letters(here=False)

    await (await low(letters))[0].tell()

    assert letters.told == []


def test_the_letter_says_how_much_there_is_and_what_follows() -> None:
    assert "150.5 credits, below the 200" in texts.balance_news(LOW)
    assert "Below 50, nothing is ordered any more" in texts.balance_news(LOW)
    short = replace(LOW, level=BalanceLevel.SHORT, credits=9.0)
    assert "Nothing is ordered until there is more" in texts.balance_news(short)
    well = replace(LOW, level=BalanceLevel.WELL, credits=900.0)
    assert "Once it is empty" in texts.balance_news(replace(LOW, pause_below=0.0))
    assert "well again" in texts.balance_news(well)
    assert texts.letter(LOW, [ADA]) == f"<@{ADA}> {texts.balance_news(LOW)}"


@pytest.mark.parametrize("kind", list(ReportKind))
def test_a_letter_about_a_report_says_what_where_and_what_follows_and_names_nobody(kind: ReportKind) -> None:
    filed = ReportNews(an_id(), an_id(), 77, kind, NOON)
    removed = replace(filed, is_removed=True)

    for news in (filed, removed):
        letter = texts.letter(news)
        for words in (reference_of(news.job_id), "`77`", KINDS[kind], "/characters-op job"):
            assert words in letter
        assert "<@" not in letter
    assert ("hidden until they decide" in texts.letter(filed)) is (kind is ReportKind.MINOR)
    assert "taken down" in texts.letter(removed)
    assert filed.nonce != removed.nonce
    assert max(len(filed.nonce), len(removed.nonce)) <= 25


async def test_what_cannot_be_told_now_holds_up_nothing_else() -> None:
    letters = Letters(busy={ADA})
    posts, store = await low(letters)
    report = ReportNews(an_id(), an_id(), 77, ReportKind.OTHER, NOON)
    store._world.have_told(report)

    await posts.tell()
    letters.busy.clear()
    await posts.tell()

    assert letters.told == [BOB, BOB, ADA, ADA]
    assert await store.untold_news() == []


def test_what_gets_worse_is_news_and_what_is_well_again() -> None:
    levels = list(BalanceLevel)

    found = {(before.value, after.value) for before in levels for after in levels if is_news(before, after)}

    assert found == {("well", "low"), ("well", "short"), ("low", "short"), ("low", "well"), ("short", "well")}
