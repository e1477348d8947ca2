"""That the balance is low reaches each of the bot's people once, whatever some of them take."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from structlog.testing import LogCapture

from bot.balance_news import BalanceLevel, BalanceNews, is_news
from bot.errors import DeliveryPostponed
from bot.jobs.balance_posts import GIVEN_UP_AFTER, BalancePosts
from cogs.texts import operating as texts
from tests.builders import NOON
from tests.fakes.clock import FixedClock
from tests.fakes.operating import MemoryOperatingStore
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

    async def tell(self, user_id: int, news: BalanceNews) -> bool:
        assert news.at == NOON
        if user_id in self.busy:
            raise DeliveryPostponed(5.0, "busy")
        if user_id not in self.closed:
            self.told.append(user_id)
        return user_id not in self.closed

    async def tell_in_server(self, user_ids: Collection[int], news: BalanceNews) -> bool:
        assert news.at == NOON
        if self.channel is not None:
            self.channel.append(user_ids)
        return self.channel is not None


async def low(letters: Letters, clock: FixedClock | None = None) -> tuple[BalancePosts, MemoryOperatingStore]:
    store = MemoryOperatingStore(World())
    await store.note_balance(LOW)
    return BalancePosts(news=store, letters=letters, clock=clock or FixedClock()), store


async def test_everybody_is_told_once() -> None:
    letters = Letters()
    posts, store = await low(letters)

    for _ in range(3):
        await posts.tell()

    assert letters.told == [ADA, BOB]
    assert await store.untold_news() is None


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
    assert await store.untold_news() == LOW
    clock.advance(GIVEN_UP_AFTER.total_seconds())
    await posts.tell()

    assert await store.untold_news() is None


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
    assert texts.balance_news(LOW, [ADA]).startswith(f"<@{ADA}> ")


def test_what_gets_worse_is_news_and_what_is_well_again() -> None:
    levels = list(BalanceLevel)

    found = {(before.value, after.value) for before in levels for after in levels if is_news(before, after)}

    assert found == {("well", "low"), ("well", "short"), ("low", "short"), ("low", "well"), ("short", "well")}
