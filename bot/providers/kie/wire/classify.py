"""The one judge of every answer: (endpoint, HTTP status, body) -> what was accepted, or the error it means.

The HTTP status is the verdict when it is not 2xx, else the code in the body is: kie answers HTTP 200 for
nearly all refusals. On a submission the question behind it all is whether something may have been created.
"""

from http import HTTPStatus

from bot.errors import ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.providers.kie.wire.envelope import Envelope, read_envelope
from bot.providers.kie.wire.faults import (
    ACCOUNT_WORDS,
    CODE_FAULTS,
    CONTENT_WORDS,
    VALIDATION_CODES,
    VALIDATION_WORDS,
    fault_in,
)
from bot.providers.kie.wire.quoting import quote, quote_page, sanitize
from bot.providers.kie.wire.requests import UPLOADS, Endpoint
from bot.providers.kie.wire.results import ID_FIELDS
from bot.providers.kie.wire.strict_json import JsonValue

ACCEPTED = 200
TASK_FAILED = 501
"""The code around a failed task in callbacks; kie says that those equal the answers to look-ups."""
CODES_END = 600
GATEWAY_STATUSES = frozenset({502, 504, *range(520, 531)})
"""Said by a machine in between (RFC 9110 15.6; Cloudflare 5xx) that does not know what came of it."""
UNHEARD_STATUSES = frozenset({408, 499})
"""Bare, these may come from a machine in between that gave up on a request it had passed on."""
UNKNOWN_TASK_WORDS = "recordinfo is null"
ORDERS = frozenset({Endpoint.CREATE_TASK, Endpoint.CREATE_CHARACTER})
"""The submissions, which are charged; whose refusals may come from what was asked for."""
MADE_FIELDS = ("taskId", *ID_FIELDS)
"""What an order is answered with that something was made for."""


def accepted_content(endpoint: Endpoint, http_status: int, body: bytes) -> JsonValue:
    """The `data` of an answer that says yes.

    For RECORD_INFO, None means that the provider does not know the task: it says so with 404, with 422 and
    certain words, or with 200 and no data (kie: Get Task Detail, and its live answers).

    Raises:
        Refused: the answer says that nothing was created.
        Unanswered: it is no usable answer.
    """
    envelope = read_envelope(body)
    if envelope is None:
        raise _without_envelope(endpoint, http_status, body)
    verdict = envelope.code if HTTPStatus.OK <= http_status < HTTPStatus.MULTIPLE_CHOICES else http_status
    if endpoint is Endpoint.RECORD_INFO and _knows_no_task(verdict, envelope):
        return None
    if verdict == ACCEPTED and not envelope.denied:
        return envelope.content
    if endpoint is Endpoint.RECORD_INFO and verdict == TASK_FAILED and isinstance(envelope.content, dict):
        return envelope.content
    raise _refusal(endpoint, http_status, verdict, envelope)


def _knows_no_task(verdict: int, envelope: Envelope) -> bool:
    if verdict == ACCEPTED:
        return envelope.content is None
    if verdict == HTTPStatus.NOT_FOUND:
        return fault_in(ACCOUNT_WORDS, sanitize(envelope.message)) is None
    return verdict == HTTPStatus.UNPROCESSABLE_ENTITY and UNKNOWN_TASK_WORDS in envelope.message.lower()


def _without_envelope(endpoint: Endpoint, http_status: int, body: bytes) -> ProviderError:
    """Somebody in front of the application spoke, or the application in a broken way."""
    code, text = str(http_status), quote_page(body)
    if http_status == HTTPStatus.FORBIDDEN:
        # The edge refuses unwelcome user agents and addresses like this; the key was never looked at.
        return Refused(Fault.EDGE_REFUSED, code=code, text=text)
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR or http_status in UNHEARD_STATUSES:
        return Unanswered(Fault.PROVIDER_TROUBLE, code=code, text=text)
    lost_route = http_status == HTTPStatus.NOT_FOUND and endpoint is Endpoint.RECORD_INFO
    if (
        http_status < HTTPStatus.BAD_REQUEST or lost_route
    ):  # a route that is not there says nothing about a task
        return Unanswered(Fault.NONSENSE, code=code, text=text)
    return Refused(_fault_of_code(endpoint, http_status), code=code, text=text)


def _refusal(endpoint: Endpoint, http_status: int, verdict: int, envelope: Envelope) -> ProviderError:
    code, text = str(verdict), quote(envelope.message)
    if endpoint in ORDERS and _names_what_was_made(envelope.content):
        return Unanswered(Fault.NONSENSE, code=code, text=text)
    words = sanitize(envelope.message)
    if known := fault_in(ACCOUNT_WORDS, words):
        return Refused(known, code=code, text=text)
    if http_status in GATEWAY_STATUSES:
        return Unanswered(Fault.PROVIDER_TROUBLE, code=code, text=text)
    if verdict == ACCEPTED and endpoint in UPLOADS:  # only uploads have a say in `success`
        return Refused(Fault.PROVIDER_TROUBLE, code=code, text=text)
    contradiction = envelope.code == ACCEPTED and verdict >= HTTPStatus.INTERNAL_SERVER_ERROR
    if contradiction or not HTTPStatus.BAD_REQUEST <= verdict < CODES_END:
        return Unanswered(Fault.NONSENSE, code=code, text=text)
    return Refused(_fault_of_words(endpoint, verdict, words), code=code, text=text)


def _fault_of_words(endpoint: Endpoint, verdict: int, words: str) -> Fault:
    known: Fault | None = None
    if verdict in VALIDATION_CODES:
        known = fault_in(VALIDATION_WORDS, words)
        if known is None and endpoint in ORDERS:
            # Prompts are checked before the charge, so content can be refused here as well.
            known = fault_in(CONTENT_WORDS, words)
    return known or _fault_of_code(endpoint, verdict)


def _fault_of_code(endpoint: Endpoint, code: int) -> Fault:
    if code == HTTPStatus.NOT_FOUND and endpoint in ORDERS:
        return Fault.MODEL_OFF  # also reported for model names that are gone
    ours = code < HTTPStatus.INTERNAL_SERVER_ERROR
    return CODE_FAULTS.get(code) or (Fault.REQUEST_INVALID if ours else Fault.PROVIDER_TROUBLE)


def _names_what_was_made(content: JsonValue) -> bool:
    return isinstance(content, dict) and any(content.get(name) for name in MADE_FIELDS)
