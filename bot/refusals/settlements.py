"""Why a task is not attached to an attempt: told in a shell. A branch of the tree in `bot.errors`."""

from collections.abc import Mapping

from bot.errors import DramatisError
from bot.model import AttemptState


class SettlementRefused(DramatisError):
    """An unknown attempt was not given a task id, and nothing has changed."""


class ReferenceAmbiguous(SettlementRefused):
    """The reference is that of several jobs: `job_ids`."""

    def __init__(self, job_ids: tuple[str, ...]) -> None:
        super().__init__(job_ids)
        self.job_ids = job_ids


class NothingUnknown(SettlementRefused):
    """No attempt that was asked about is unknown; `states` are those of all attempts, by number."""

    def __init__(self, states: Mapping[int, AttemptState]) -> None:
        super().__init__(dict(states))
        self.states = states


class AttemptNotNamed(SettlementRefused):
    """The attempts `numbers` are all unknown."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        super().__init__(numbers)
        self.numbers = numbers


class JobErased(SettlementRefused):
    """Whose job it was has had it deleted: nobody is left to have the character."""


class TaskTaken(SettlementRefused):
    """The task is that of attempt `number` of `job_id`."""

    def __init__(self, job_id: str, number: int) -> None:
        super().__init__(job_id, number)
        self.job_id = job_id
        self.number = number


class TaskUnknown(SettlementRefused):
    """`provider` knows no task of this id."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self.provider = provider


class TaskUnchecked(SettlementRefused):
    """`provider` could not be asked whether it knows the task; `cause` is a short word."""

    def __init__(self, provider: str, cause: str) -> None:
        super().__init__(provider, cause)
        self.provider = provider
        self.cause = cause
