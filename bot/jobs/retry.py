"""What follows from a provider call that did not work. Pure; every fault has its consequence here, once."""

from dataclasses import dataclass

from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault


@dataclass(frozen=True, slots=True)
class Again:
    """Repeat the step after `after_seconds`.

    `fresh_upload` throws the old address away first; a repeat that is not `counted` uses up no try.
    """

    after_seconds: float
    fresh_upload: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """Open the provider's circuit: everybody waits for `seconds`, nobody is failed, nothing is paid."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """The attempt is over; a person may start another."""


@dataclass(frozen=True, slots=True)
class LoseTrack:
    """Nobody knows whether the provider took the order; never repeat it by machine."""


@dataclass(frozen=True, slots=True)
class StayOpen:
    """The circuit stays open, for this fault, and is tried again after `seconds`."""

    fault: Fault
    seconds: float


Consequence = Again | Hold | End | LoseTrack

HOLD_SECONDS: dict[Fault, float] = {
    Fault.MODEL_OFF: 1800.0,
    Fault.FEATURE_OFF: 1800.0,
    Fault.KEY_LIMIT: 3600.0,  # its shortest window is an hour
    Fault.KEY_REFUSED: 600.0,
    Fault.NO_CREDIT: 600.0,
    Fault.CREDIT_RESERVE: 600.0,
    Fault.EDGE_REFUSED: 600.0,
    Fault.MAINTENANCE: 60.0,
}
THROTTLE_SECONDS = 10.0
"""The provider counts 20 submissions per 10 seconds and drops the rest: wait a full window."""
SPREAD_SECONDS = 5.0
"""What is added to a wait, times a number from 0 to 1, so that waiters do not come back together."""
BACKOFF_SECONDS = (5.0, 15.0, 60.0, 300.0, 600.0, 900.0)
"""About half an hour in all: the time a provider that cannot be reached at all is waited for."""
TROUBLE_TRIES = 2
"""A refusal without a known reason is repeated this often."""
UPLOAD_TRIES = 5
UNCLEAR_PROBE_SECONDS = 60.0
"""After a probe that did not say how things stand: a free question may be repeated soon."""
SOURCE_TRIES = 1
"""An address that the provider could not read is replaced once."""


def after_handing_over(error: ProviderError, tries: int, chance: float) -> Consequence:
    """What follows when the clip could not be handed over for the `tries + 1`-th time; uploads are free."""
    held = _hold_or_wait(error.fault, chance)
    if held is not None:
        return held
    limit = len(BACKOFF_SECONDS) if isinstance(error, NotSent) else UPLOAD_TRIES
    return _backoff(tries, limit, chance, fresh_upload=False)


def after_submitting(error: ProviderError, tries: int, chance: float) -> Consequence:
    """What follows when the submission did not bring a task id, for the `tries + 1`-th time."""
    if isinstance(error, Unanswered):
        return LoseTrack()
    held = _hold_or_wait(error.fault, chance)
    if held is not None:
        return held
    if isinstance(error, NotSent):
        return _backoff(tries, len(BACKOFF_SECONDS), chance, fresh_upload=False)
    if error.fault is Fault.SOURCE_UNREACHABLE:
        return _backoff(tries, SOURCE_TRIES, chance, fresh_upload=True)
    if error.fault in (Fault.PROVIDER_TROUBLE, Fault.UNEXPLAINED):
        return _backoff(tries, TROUBLE_TRIES, chance, fresh_upload=False)
    return End()


def after_probe(error: ProviderError, open_for: Fault) -> StayOpen:
    """What follows when a probe of a circuit that is open for some fault was not answered with a yes."""
    if isinstance(error, Refused) and error.fault in HOLD_SECONDS:
        return StayOpen(error.fault, HOLD_SECONDS[error.fault])
    throttled = error.fault is Fault.THROTTLED
    return StayOpen(open_for, THROTTLE_SECONDS if throttled else UNCLEAR_PROBE_SECONDS)


def _hold_or_wait(fault: Fault, chance: float) -> Consequence | None:
    if fault in HOLD_SECONDS:
        return Hold(HOLD_SECONDS[fault])
    if fault is Fault.THROTTLED:
        return Again(THROTTLE_SECONDS + SPREAD_SECONDS * chance, counted=False)
    return None


def _backoff(tries: int, limit: int, chance: float, *, fresh_upload: bool) -> Consequence:
    if tries >= limit:
        return End()
    seconds = BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS) - 1)]
    return Again(seconds + SPREAD_SECONDS * chance, fresh_upload=fresh_upload)
