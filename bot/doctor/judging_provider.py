"""What the provider's answers mean. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from bot.doctor import sentences as s
from bot.doctor.facts import ProviderFacts
from bot.doctor.lines import Check, Line, State
from bot.errors import ProviderError
from bot.model import Fault
from bot.settings import Settings

LOW_CREDITS = 200.0
"""Ten characters at the 20 credits that price tables of others name; the provider's own names none."""
CLOCK_DOUBT = timedelta(seconds=5)
CLOCK_LIMIT = timedelta(seconds=300)
"""From there on genuine callbacks are stale (`WINDOW_SECONDS`), and limits by day are off."""
KEY_ADVICE = {Fault.KEY_REFUSED: s.NEW_KEY, Fault.KEY_LIMIT: s.RAISE_CAP, Fault.EDGE_REFUSED: s.EDGE}
SWITCHED_OFF = frozenset({Fault.MODEL_OFF, Fault.FEATURE_OFF, Fault.MAINTENANCE})


def lines(settings: Settings, found: ProviderFacts) -> Iterator[Line]:
    yield key(found)
    yield balance(found.credits)
    for name in settings.providers:
        yield model(name, found.models[name], is_first=name == settings.providers[0])
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


def balance(left: float | ProviderError) -> Line:
    if isinstance(left, ProviderError):
        return Line(Check.BALANCE, State.SKIPPED, s.NO_BALANCE)
    if left <= 0:
        return Line(Check.BALANCE, State.FAILED, s.balance(left), s.TOP_UP)
    if left < LOW_CREDITS:
        return Line(Check.BALANCE, State.WARNING, s.balance(left), s.TOP_UP_SOON)
    return Line(Check.BALANCE, State.OK, s.balance(left))


def model(name: str, error: ProviderError | None, *, is_first: bool) -> Line:
    """Orders go to the first; the others are looked at so that they can stand in."""
    if error is None:
        return Line(Check.MODEL, State.OK, s.model_serves(name))
    if error.fault in KEY_ADVICE or error.fault is Fault.NO_CREDIT:
        return Line(Check.MODEL, State.SKIPPED, s.of_model(name, s.MODEL_UNASKED), s.SEE_KEY)
    told = s.of_model(name, s.answer(error))
    state = State.FAILED if is_first and error.fault is not Fault.THROTTLED else State.WARNING
    return Line(Check.MODEL, state, told, s.MODEL_WAITS if error.fault in SWITCHED_OFF else s.ASK_AGAIN)


def clock(skew: timedelta | None) -> Line:
    if skew is None:
        return Line(Check.CLOCK, State.SKIPPED, s.CLOCK_UNTOLD)
    if abs(skew) > CLOCK_LIMIT:
        return Line(Check.CLOCK, State.FAILED, s.skewed(skew), s.SET_CLOCK)
    if abs(skew) > CLOCK_DOUBT:
        return Line(Check.CLOCK, State.WARNING, s.skewed(skew), s.SET_CLOCK)
    return Line(Check.CLOCK, State.OK, s.skewed(skew))
