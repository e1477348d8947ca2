"""A REST request on its way to the function that answers it, and the table that finds that function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.form import Upload
from sandbox.discord.hub import Json
from sandbox.discord.world import World


@dataclass(slots=True)
class RecordedRequest:
    """A request the bot made; `status` is None until it was answered."""

    method: str
    path: str  # below /api/v10, without the query
    route: str  # the same as a template, "/channels/{channel_id}/messages"; "" when unknown
    query: dict[str, str]
    json: Any
    filenames: tuple[str, ...]
    headers: dict[str, str]  # without Authorization
    at: float  # monotonic seconds
    status: int | None = None
    answer: Any = None
    code: int = 0  # JSON error code of the answer


@dataclass(frozen=True, slots=True)
class Ask:
    """What a route function gets."""

    world: World
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    uploads: tuple[Upload, ...] = field(default=())

    def number(self, name: str) -> int:
        """An id in the path.

        Raises:
            Refusal: 50035 when it is not a number.
        """
        return snowflake(self.params[name], name)

    def page_limit(self, default: int, most: int) -> int:
        """How many entries of a list are asked for.

        Raises:
            Refusal: 50035 when it is not a number from 1 to `most`.
        """
        limit = snowflake(self.query.get("limit", default), "limit")
        if not 1 <= limit <= most:
            faults = FormFaults()
            faults.add(("limit",), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
            faults.raise_if_found()
        return limit

    def fields(self) -> Json:
        """The body, which must be an object.

        Raises:
            Refusal: 50109 when it is anything else.
        """
        if not isinstance(self.body, dict):
            raise refusal(50109)
        return self.body

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON of an answer; None has no body."""

    status: int = 200
    body: Any = None


NO_CONTENT = Answer(204)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and address, and who answers it."""

    method: str
    template: str
    answer: Callable[[Ask], Answer]


def snowflake(value: Any, name: str) -> int:
    """An id given as text or number.

    Raises:
        Refusal: 50035 when it is neither.
    """
    if not str(value).isdigit():
        faults = FormFaults()
        faults.add((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        faults.raise_if_found()
    return int(value)
