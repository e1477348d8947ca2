"""What a test may order for a task: how long it takes, how it ends, its result, its callback."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Self


class ResultShape(Enum):
    """How `resultJson` carries the character id once a task has succeeded.

    `PLAIN` is the documented one; the others are documentation slips, sibling endpoints, or nonsense.
    """

    PLAIN = auto()
    CAMEL_CASE = auto()  # characterId
    ID_LIST_TEXT = auto()  # character_id_list: "<id>"
    ID_LIST_ARRAY = auto()  # character_id_list: ["<id>"]
    NESTED = auto()  # resultObject: {character_id}
    DOUBLE_ENCODED = auto()
    LIST = auto()
    OBJECT = auto()  # the object itself where a string is promised
    NUMBER_ID = auto()
    MISSING_ID = auto()
    NOT_JSON = auto()
    EMPTY_TEXT = auto()
    NULL = auto()


class IdSpelling(Enum):
    """Where a callback body carries the task id; the provider's pages show all three places."""

    CAMEL_CASE = auto()  # data.taskId, the one of Market jobs
    SNAKE_CASE = auto()  # data.task_id
    TOP_LEVEL = auto()  # taskId beside data
    EVERYWHERE = auto()
    CONFLICTING = auto()  # data.taskId is right, data.task_id is another task
    NOWHERE = auto()


class Signature(Enum):
    """How a callback is signed; without a configured key nothing is ever signed."""

    VALID = auto()
    FORGED = auto()  # right form, wrong key
    MISSING = auto()  # headers absent although a key is configured
    OTHER_TASK = auto()  # a real signature, of another task id


@dataclass(frozen=True, slots=True)
class CallbackScript:
    """How the end of a task is called back. `deliveries=0` loses it, `2` doubles it.

    `early` posts the callback before the createTask answer leaves (the task has then ended at once).
    `altered` replaces fields of the body's `data`; the signature stays, as it covers only id and time.
    `timestamp_shift_seconds` moves the signed timestamp (negative: stale). `body` replaces the whole body.
    """

    deliveries: int = 1
    delay_seconds: float = 0.0
    early: bool = False
    spelling: IdSpelling = IdSpelling.CAMEL_CASE
    signature: Signature = Signature.VALID
    timestamp_shift_seconds: int = 0
    altered: Mapping[str, object] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one accepted task goes. Without `fail_code` it succeeds after `seconds`; `math.inf` never ends.

    `path` holds the words of `state` before the end, any words, each for an equal share of `seconds`.
    `result_json` replaces what `shape` would produce. For `hidden_seconds` recordInfo does not know the task.
    `credits_field` is the name under which the spend is told at the end (None: not told).
    `fields` are put into the record as they are (for example `progress`).
    """

    seconds: float = 1.0
    path: tuple[str, ...] = ("waiting", "queuing", "generating")
    fail_code: str | int | None = None
    fail_message: str | None = None
    refunds: bool = True
    character_id: str | None = None
    shape: ResultShape = ResultShape.PLAIN
    result_json: str | None = None
    hidden_seconds: float = 0.0
    task_id: str | None = None
    credits_field: str | None = "creditsConsumed"
    fields: Mapping[str, object] = field(default_factory=dict)
    callback: CallbackScript = field(default_factory=CallbackScript)

    @classmethod
    def fails(
        cls,
        code: str | int,
        message: str | None,
        *,
        seconds: float = 1.0,
        refunds: bool = True,
        callback: CallbackScript | None = None,
    ) -> Self:
        """A task that ends as `fail` with these `failCode` and `failMsg`."""
        return cls(
            seconds=seconds,
            fail_code=code,
            fail_message=message,
            refunds=refunds,
            callback=callback or CallbackScript(),
        )

    @classmethod
    def never(cls, *states: str) -> Self:
        """A task that stays in its last state until a test ends it."""
        return cls(seconds=math.inf, path=states or ("generating",))
