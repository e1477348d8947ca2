"""What the provider's answers mean. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from bot.doctor import sentences as s
from bot.doctor.facts import ProviderFacts
from bot.doctor.lines import Check, Line, State
from bot.errors import ProviderError
from bot.fault import Fault
from bot.operator.credits import shortage
from bot.settings import Settings

CLOCK_DOUBT = timedelta(seconds=5)
CLOCK_LIMIT = timedelta(seconds=300)
"""From there on genuine callbacks are stale (`WINDOW_SECONDS`), and limits by day are off."""
KEY_ADVICE = {Fault.KEY_REFUSED: s.NEW_KEY, Fault.KEY_LIMIT: s.RAISE_CAP, Fault.EDGE_REFUSED: s.EDGE}
SHORT = frozenset({Fault.NO_CREDIT, Fault.CREDIT_RESERVE})
SWITCHED_OFF = frozenset({Fault.MODEL_OFF, Fault.FEATURE_OFF, Fault.MAINTENANCE})


def lines(settings: Settings, found: ProviderFacts) -> Iterator[Line]:
    yield key(found)
    yield balance(found.credits, settings.credits_warn_below, settings.credits_pause_below)
    for name in settings.providers:
        yield model(name, found.models[name], is_first=name == settings.providers[0])
        yield from assumed(name, found.assumed.get(name, ()))
    yield clock(found.skew)


def key(found: ProviderFacts) -> Line:
    """The key is as good as every answer it got."""
    errors = [one for one in (found.credits, *found.models.values()) if isinstance(one, ProviderError)]
    for error in errors:
        if error.fault in KEY_ADVICE:
            return Line(Check.KEY, State.FAILED, s.answer(error), KEY_ADVICE[error.fault])
    if isinstance(found.credits, ProviderError):
        return Line(Check.KEY, State.FAILED, s.answer(found.credits), s.ASK_AGAIN)
    return Line(Check.KEY, State.OK, s.KEY_TAKEN)


def balance(left: float | ProviderError, warn_below: float, pause_below: float) -> Line:
    if isinstance(left, ProviderError):
        return Line(Check.BALANCE, State.SKIPPED, s.NO_BALANCE)
    fault = shortage(left, pause_below)
    if fault is not None:
        reserve = fault is Fault.CREDIT_RESERVE
        told = s.balance_below(left, "CREDITS_PAUSE_BELOW", pause_below) if reserve else s.balance(left)
        return Line(Check.BALANCE, State.FAILED, told, s.TOP_UP)
    if left < warn_below:
        told = s.balance_below(left, "CREDITS_WARN_BELOW", warn_below)
        return Line(Check.BALANCE, State.WARNING, told, s.TOP_UP_SOON)
    return Line(Check.BALANCE, State.OK, s.balance(left))


def model(name: str, error: ProviderError | None, *, is_first: bool) -> Line:
    """Orders go to the first; the others are looked at so that they can stand in."""
    if error is None:
        return Line(Check.MODEL, State.OK, s.model_serves(name))
    if error.fault in KEY_ADVICE or error.fault in SHORT:
        return Line(Check.MODEL, State.SKIPPED, s.of_model(name, s.MODEL_UNASKED), s.SEE_KEY)
    told = s.of_model(name, s.answer(error))
    state = State.FAILED if is_first and error.fault is not Fault.THROTTLED else State.WARNING
    return Line(Check.MODEL, state, told, s.MODEL_WAITS if error.fault in SWITCHED_OFF else s.ASK_AGAIN)


def assumed(name: str, assumptions: tuple[str, ...]) -> Iterator[Line]:
    """A line for each thing that nobody can look up, so that a surprise has a place to be read about."""
    if not assumptions:
        yield Line(Check.ASSUMED, State.OK, s.of_model(name, s.NOTHING_ASSUMED))
    for assumption in assumptions:
        yield Line(Check.ASSUMED, State.SKIPPED, s.assumed(name, assumption))


def clock(skew: timedelta | None) -> Line:
    if skew is None:
        return Line(Check.CLOCK, State.SKIPPED, s.CLOCK_UNTOLD)
    if abs(skew) > CLOCK_LIMIT:
        return Line(Check.CLOCK, State.FAILED, s.skewed(skew), s.SET_CLOCK)
    if abs(skew) > CLOCK_DOUBT:
        return Line(Check.CLOCK, State.WARNING, s.skewed(skew), s.SET_CLOCK)
    return Line(Check.CLOCK, State.OK, s.skewed(skew))
