"""Tells the people who run the bot what they have to know: each of them once."""

from collections.abc import Collection, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog

from bot.errors import DeliveryPostponed
from bot.jobs.rounds import rounds
from bot.operator.news import OperatorLetters, OperatorNews, OperatorNewsStore
from bot.ports import Clock

EVERY_SECONDS = 5.0
GIVEN_UP_AFTER = timedelta(days=1)
"""By then it is old news; `/characters-op health` and the log have it all the time."""

log = structlog.get_logger(__name__)


class OperatorPosts:
    """First privately; where none of them takes private messages, in the log channel of their server."""

    def __init__(self, *, news: OperatorNewsStore, letters: OperatorLetters, clock: Clock) -> None:
        self._news = news
        self._letters = letters
        self._clock = clock

    async def tell(self) -> None:
        """Tells what is untold; whoever cannot be told now holds it up for a day at most."""
        if not self._letters.serves():
            return
        untold = await self._news.untold_news()
        if not untold:
            return
        try:
            operators = await self._letters.operators()
        except DeliveryPostponed as postponed:
            await self._put_off(untold, postponed)
        else:
            for news in untold:
                await self._tell_or_put_off(news, operators)

    def telling(self) -> AbstractAsyncContextManager[None]:
        """Looks every few seconds, for as long as the block."""
        return rounds(self.tell, every_seconds=EVERY_SECONDS, failed="operator_news_untold", at_once=False)

    async def _tell_or_put_off(self, news: OperatorNews, operators: Collection[int]) -> None:
        try:
            await self._tell(news, operators)
        except DeliveryPostponed as postponed:
            await self._put_off([news], postponed)
        else:
            await self._news.forget_news(news)

    async def _put_off(self, untold: Iterable[OperatorNews], postponed: DeliveryPostponed) -> None:
        """Leaves it for later, but what is old news by then."""
        log.info("operator_news_postponed", cause=postponed.cause)
        for news in untold:
            if self._clock.now() - news.at >= GIVEN_UP_AFTER:
                await self._news.forget_news(news)

    async def _tell(self, news: OperatorNews, operators: Collection[int]) -> None:
        """Tells everybody who was not told yet.

        Raises:
            DeliveryPostponed: somebody could not be told now.
        """
        reached, held_up = bool(news.told_to), None
        for user_id in sorted(set(operators) - news.told_to):
            try:
                taken = await self._letters.tell(user_id, news)
            except DeliveryPostponed as postponed:
                held_up = postponed
                continue
            if taken:
                await self._news.note_told(news, user_id)
                reached = True
        if held_up is not None:
            raise held_up
        if not reached and not await self._letters.tell_in_server(operators, news):
            log.error("operators_unreachable", operators=len(operators))
