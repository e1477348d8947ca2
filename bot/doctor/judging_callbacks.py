"""What came of calling our own public address. Pure."""

from http import HTTPStatus

from bot.doctor import sentences as s
from bot.doctor.facts import RoundTrip
from bot.doctor.lines import Check, Line, State
from bot.settings import Settings

FROM_PROXIES = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def line(settings: Settings, round_trip: RoundTrip | None) -> Line:
    signed = bool(settings.signature_keys)
    if round_trip is None or settings.public_base_url is None:
        return Line(Check.PUBLIC, State.SKIPPED, s.NO_PUBLIC, s.KEY_UNUSED if signed else "")
    found = s.status(settings.public_base_url, round_trip.genuine, round_trip.cause)
    advice = _flaw(round_trip, signed=signed)
    if advice is not None:
        # Nobody can answer for a bot that does not run; that is not the address's fault.
        idle = round_trip.listening is False
        return Line(
            Check.PUBLIC, State.WARNING if idle else State.FAILED, found, s.START_FIRST if idle else advice
        )
    if not signed:
        return Line(Check.PUBLIC, State.WARNING, found, s.UNSIGNED)
    return Line(Check.PUBLIC, State.OK, s.ROUND_TRIP)


def _flaw(round_trip: RoundTrip, *, signed: bool) -> str | None:
    """What to do about a round trip that did not go well."""
    match round_trip.genuine:
        case None:
            return s.NOBODY
        case code if code in FROM_PROXIES:
            return s.PROXY_ALONE
        case HTTPStatus.UNAUTHORIZED:
            return s.KEYS_DIFFER
        case HTTPStatus.OK:
            taken = signed and round_trip.forged != HTTPStatus.UNAUTHORIZED
            return s.FORGERY_TAKEN if taken else None
        case _:
            return s.NOT_OURS
