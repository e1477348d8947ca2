"""What the account held, in memory."""

from datetime import datetime, timedelta

from bot.model import Attempt, AttemptState
from bot.moderation.gates import is_given_back
from bot.operator.credits import Balance, Charge
from tests.fakes.world import World

S = AttemptState
UNCOUNTED = (S.REJECTED, S.CANCELLED)


class MemoryCreditStore:
    """A CreditStore; nothing awaits inside a verb, so each is a transaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def sample(self, balance: Balance) -> None:
        kept = {at: left for at, left in self._world.balances.items() if at >= balance.at - timedelta(62)}
        self._world.balances = {**kept, balance.at: balance.credits}

    async def latest(self) -> Balance | None:
        return max(self._all(), key=lambda one: one.at, default=None)

    async def balances(self, since: datetime) -> list[Balance]:
        before = [one for one in self._all() if one.at < since][-1:]
        return before + [one for one in self._all() if one.at >= since]

    async def charges(self, since: datetime) -> list[Charge]:
        ordered = [
            one for one in self._world.attempts.values() if one.submitted_at and one.submitted_at >= since
        ]
        return [_charge(one) for one in ordered if may_have_cost(one)]

    async def told(self, provider: str, limit: int) -> list[float]:
        made = [
            (one.ended_at, one.credits_spent)
            for one in self._world.attempts.values()
            if (one.provider, one.state) == (provider, S.SUCCEEDED)
            and one.ended_at is not None
            and one.task_seconds is not None
            and one.credits_spent is not None
        ]
        return [cost for _, cost in sorted(made, reverse=True)[:limit]]

    async def counted(self, now: datetime) -> int:
        return count_of_day(self._world, now)

    def _all(self) -> list[Balance]:
        return [Balance(at, left) for at, left in sorted(self._world.balances.items())]


def may_have_cost(attempt: Attempt) -> bool:
    return attempt.state not in (S.QUEUED, S.HANDED_OVER) and not is_given_back(attempt)


def _charge(attempt: Attempt) -> Charge:
    assert attempt.submitted_at is not None
    goes_on = attempt.state in (S.SUBMITTING, S.WAITING)
    return Charge(attempt.submitted_at, None if goes_on else attempt.ended_at, attempt.credits_spent)


def count_of_day(world: World, moment: datetime) -> int:
    same_day = [one for one in world.attempts.values() if one.created_at.date() == moment.date()]
    return len([one for one in same_day if one.state not in UNCOUNTED])
