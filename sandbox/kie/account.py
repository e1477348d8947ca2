"""The account the key belongs to: key, balance, rate windows, and whether the model is on."""

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from sandbox.kie.inputs import Refused

# Getting Started, rate limits: 20 new generation requests per 10 seconds and account.
SUBMISSIONS_PER_WINDOW = 20
SUBMISSION_WINDOW_SECONDS = 10.0
# The numeric id that shows in every upload URL.
ACCOUNT_ID = "100001"
# No price of this model is published; third parties name this one.
TASK_COST_CREDITS = Decimal(20)
# Nor of a character from a picture; a reseller calls it free.
OMNI_COST_CREDITS = Decimal(0)
STARTING_BALANCE_CREDITS = Decimal("5916.25")

# Default agents of HTTP libraries, which the CDN in front of both hosts may turn away (error 1010).
_LIBRARY_AGENT = re.compile(r"^(Python/|Python-urllib|python-requests|python-httpx|aiohttp)", re.IGNORECASE)


class ModelState(Enum):
    """Whether orders for a family of models are taken on."""

    SERVING = auto()
    PAUSED = auto()
    WITHDRAWN = auto()


class RateWindow:
    """At most `limit` requests within any `seconds`; what is over is dropped and does not count."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._moments: deque[datetime] = deque()

    def admits(self, now: datetime) -> bool:
        """Take one place in the window, or say that there is none."""
        oldest = now - timedelta(seconds=self.seconds)
        while self._moments and self._moments[0] <= oldest:
            self._moments.popleft()
        if len(self._moments) >= self.limit:
            return False
        self._moments.append(now)
        return True


def _submission_window() -> RateWindow:
    return RateWindow(SUBMISSIONS_PER_WINDOW, SUBMISSION_WINDOW_SECONDS)


@dataclass(slots=True)
class Account:
    """Everything that can be refused before a task is looked at.

    `throttle_status` is the HTTP status that goes with body code 429.
    """

    api_key: str
    balance: Decimal = STARTING_BALANCE_CREDITS
    task_cost: Decimal = TASK_COST_CREDITS
    omni_cost: Decimal = OMNI_COST_CREDITS
    model_state: ModelState = ModelState.SERVING
    omni_state: ModelState = ModelState.SERVING
    submission_window: RateWindow | None = field(default_factory=_submission_window)
    poll_window: RateWindow | None = None
    throttle_status: int = 429

    def check_key(self, authorization: str | None) -> None:
        """Compare the bearer key.

        Raises:
            Refused: 401 in the body, as the provider puts it.
        """
        if authorization != f"Bearer {self.api_key}":
            raise Refused(401, "Authentication failed: check the Authorization and Content-Type headers")

    def check_rate(self, window: RateWindow | None, now: datetime) -> None:
        """Take a place in a window.

        Raises:
            Refused: 429; the request is dropped, not queued.
        """
        if window and not window.admits(now):
            raise Refused(429, "Too many requests, please slow down", http_status=self.throttle_status)

    def check_model_is_on(self) -> None:
        """Answer for the whole `sora-2*` family.

        Raises:
            Refused: 500 while paused, 422 once withdrawn.
        """
        refuse_model_that_is_off(self.model_state)

    def check_omni_is_on(self) -> None:
        """Answer for the characters that are made at once; how it is told of them, nobody has seen.

        Raises:
            Refused: as the other family.
        """
        refuse_model_that_is_off(self.omni_state)

    def charge(self, cost: Decimal) -> Decimal:
        """Take the price of one order and return it.

        Raises:
            Refused: 402, the balance does not cover it.
        """
        if self.balance < cost:
            raise Refused(402, "The account credits are insufficient, please top up")
        self.balance -= cost
        return cost


def refuse_model_that_is_off(state: ModelState) -> None:
    """Let orders pass while the model serves.

    Raises:
        Refused: 500 while paused, 422 once withdrawn.
    """
    if state is ModelState.PAUSED:
        raise Refused(500, "The interface is temporarily paused, please try other models")
    if state is ModelState.WITHDRAWN:
        raise refused_model()


def refused_model() -> Refused:
    """The answer to a model name the provider does not serve."""
    return Refused(422, "The model name you specified is not supported, please check it")


def is_library_agent(user_agent: str) -> bool:
    """Whether the CDN takes this for a script rather than a product; a missing agent counts as one."""
    return not user_agent or bool(_LIBRARY_AGENT.match(user_agent))
