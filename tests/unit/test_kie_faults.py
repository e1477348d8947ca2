"""The tables of codes and words: what each means, which goes first, and that none is missing."""

import json

import pytest

from bot.errors import ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Broke
from bot.providers.kie.wire.classify import accepted_content
from bot.providers.kie.wire.requests import Endpoint
from bot.providers.kie.wire.results import task_report

CREATE, RECORD, CREDIT, UPLOAD = Endpoint.CREATE_TASK, Endpoint.RECORD_INFO, Endpoint.CREDIT, Endpoint.UPLOAD


def refusal(endpoint: Endpoint, http_status: int, code: object, message: str) -> ProviderError:
    body = json.dumps({"code": code, "msg": message, "data": None}).encode()
    with pytest.raises(ProviderError) as caught:
        accepted_content(endpoint, http_status, body)
    return caught.value


def failure(code: object, message: object) -> Broke:
    record = {"taskId": "t", "state": "fail", "failCode": code, "failMsg": message}
    report = task_report(record, "t")  # type: ignore[arg-type]  # a record may hold anything
    assert isinstance(report, Broke)
    return report


CODES = [
    (400, Fault.REQUEST_INVALID),
    (401, Fault.KEY_REFUSED),
    (402, Fault.NO_CREDIT),
    (403, Fault.KEY_REFUSED),
    (404, Fault.MODEL_OFF),
    (405, Fault.REQUEST_INVALID),
    (408, Fault.PROVIDER_TROUBLE),
    (409, Fault.REQUEST_INVALID),
    (413, Fault.REQUEST_INVALID),
    (422, Fault.REQUEST_INVALID),
    (429, Fault.THROTTLED),
    (433, Fault.KEY_LIMIT),
    (451, Fault.SOURCE_UNREACHABLE),
    (455, Fault.MAINTENANCE),
    (500, Fault.PROVIDER_TROUBLE),
    (501, Fault.PROVIDER_TROUBLE),
    (503, Fault.PROVIDER_TROUBLE),
    (505, Fault.FEATURE_OFF),
    (550, Fault.PROVIDER_TROUBLE),
]


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_a_code_in_the_body_of_a_200_is_a_refusal(code: int, fault: Fault) -> None:
    error = refusal(CREATE, 200, code, "no")

    assert (type(error), error.fault, error.code, error.text) == (Refused, fault, str(code), "no")


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_the_same_code_as_http_status_means_the_same(code: int, fault: Fault) -> None:
    error = refusal(CREATE, code, code, "no")

    assert (type(error), error.fault, error.code) == (Refused, fault, str(code))


@pytest.mark.parametrize(("code", "fault"), CODES)
def test_digits_in_a_string_are_a_code(code: int, fault: Fault) -> None:
    assert refusal(CREATE, 200, str(code), "no").fault == fault


@pytest.mark.parametrize("http_status", [400, 401, 402, 429])
def test_the_http_status_wins_over_the_body_when_it_is_not_2xx(http_status: int) -> None:
    assert refusal(CREATE, http_status, 505, "no").code == str(http_status)


@pytest.mark.parametrize(
    "message",
    [
        "sora-2-characters interface is Temporarily Paused",
        "The model name you specified is not supported, please check",
        "This page does not exist or is not published",
    ],
)
@pytest.mark.parametrize("code", [400, 401, 402, 404, 422, 429, 433, 455, 500, 505, 550, 777])
@pytest.mark.parametrize("endpoint", [CREATE, RECORD])
def test_a_model_that_is_off_is_seen_whatever_the_code(endpoint: Endpoint, code: int, message: str) -> None:
    assert refusal(endpoint, 200, code, message).fault == Fault.MODEL_OFF


@pytest.mark.parametrize("message", ["Insufficient credits", "credits balance: insufficient"])
@pytest.mark.parametrize("code", [400, 402, 422, 429, 433, 500])
def test_missing_credits_are_seen_whatever_the_code(code: int, message: str) -> None:
    assert refusal(CREATE, 200, code, message).fault == Fault.NO_CREDIT


@pytest.mark.parametrize(
    "message",
    [
        "This field is required",
        "model cannot be empty",
        "n_frames is not within the range of allowed options",
        "safety_instruction is required",
    ],
)
@pytest.mark.parametrize("code", [422, 500])
def test_validation_is_seen_through_its_disguise(code: int, message: str) -> None:
    assert refusal(CREATE, 200, code, message).fault == Fault.REQUEST_INVALID


@pytest.mark.parametrize("code", [400, 422, 500, 501])
def test_content_can_be_refused_before_a_task_exists(code: int) -> None:
    error = refusal(CREATE, 200, code, "The prompt was flagged by moderation")

    assert (type(error), error.fault) == (Refused, Fault.CONTENT)


def test_the_key_is_not_blamed_for_a_required_header() -> None:
    assert refusal(CREATE, 200, 401, "Authorization is required").fault == Fault.KEY_REFUSED


@pytest.mark.parametrize("code", [0, 1, 100, 201, 302, 399, 600, 999])
def test_a_code_of_no_known_kind_leaves_a_submission_unknown(code: int) -> None:
    error = refusal(CREATE, 200, code, "?")

    assert (type(error), error.fault) == (Unanswered, Fault.NONSENSE)


@pytest.mark.parametrize("http_status", [502, 504, 520, 522, 524])
def test_a_gateway_does_not_know_what_came_of_a_submission(http_status: int) -> None:
    error = refusal(CREATE, http_status, http_status, "gateway time-out")

    assert (type(error), error.fault) == (Unanswered, Fault.PROVIDER_TROUBLE)


@pytest.mark.parametrize(
    ("http_status", "code"), [(200, 402), (200, 500), (400, 200), (500, 500), (500, 200)]
)
def test_a_refusal_that_names_a_task_refuses_nothing(http_status: int, code: int) -> None:
    body = json.dumps({"code": code, "msg": "no", "data": {"taskId": "a" * 32}}).encode()

    with pytest.raises(Unanswered):
        accepted_content(CREATE, http_status, body)


def test_a_server_fault_around_a_success_is_a_contradiction() -> None:
    error = refusal(CREATE, 500, 200, "success")

    assert (type(error), error.fault) == (Unanswered, Fault.NONSENSE)


@pytest.mark.parametrize(
    ("http_status", "kind", "fault"),
    [
        (200, Unanswered, Fault.NONSENSE),
        (204, Unanswered, Fault.NONSENSE),
        (301, Unanswered, Fault.NONSENSE),
        (307, Unanswered, Fault.NONSENSE),
        (400, Refused, Fault.REQUEST_INVALID),
        (401, Refused, Fault.KEY_REFUSED),
        (402, Refused, Fault.NO_CREDIT),
        (403, Refused, Fault.EDGE_REFUSED),
        (404, Refused, Fault.MODEL_OFF),
        (405, Refused, Fault.REQUEST_INVALID),
        (408, Unanswered, Fault.PROVIDER_TROUBLE),
        (413, Refused, Fault.REQUEST_INVALID),
        (429, Refused, Fault.THROTTLED),
        (499, Unanswered, Fault.PROVIDER_TROUBLE),
        (500, Unanswered, Fault.PROVIDER_TROUBLE),
        (502, Unanswered, Fault.PROVIDER_TROUBLE),
        (503, Unanswered, Fault.PROVIDER_TROUBLE),
        (505, Unanswered, Fault.PROVIDER_TROUBLE),
        (524, Unanswered, Fault.PROVIDER_TROUBLE),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html></html>", b"null", b"[]", b'{"error": "1010"}'])
def test_a_submission_answered_without_envelope(
    http_status: int, body: bytes, kind: type[ProviderError], fault: Fault
) -> None:
    with pytest.raises(ProviderError) as caught:
        accepted_content(CREATE, http_status, body)

    assert (type(caught.value), caught.value.fault) == (kind, fault)


def test_content_is_not_judged_where_there_is_none() -> None:
    assert refusal(UPLOAD, 500, 500, "safety check of the disk failed").fault == Fault.PROVIDER_TROUBLE
    assert refusal(CREDIT, 404, 404, "not here").fault == Fault.REQUEST_INVALID


def test_another_422_is_not_a_missing_record() -> None:
    assert refusal(RECORD, 200, 422, "taskId is required").fault == Fault.REQUEST_INVALID


WORDS = [
    ("upload may depict a realistic human", Fault.LIKENESS),
    ("Please upload images without humans in them", Fault.LIKENESS),
    ("We do not take photorealistic people", Fault.LIKENESS),
    ("This clip shows a real person", Fault.LIKENESS),
    ("Blocked for similarity to third-party content", Fault.THIRD_PARTY),
    ("contains third party material", Fault.THIRD_PARTY),
    ("may contain nudity", Fault.SEXUAL),
    ("sexual content", Fault.SEXUAL),
    ("erotic material", Fault.SEXUAL),
    ("depicts violence", Fault.VIOLENCE),
    ("graphic imagery", Fault.VIOLENCE),
    ("hate speech", Fault.HATE),
    ("self-harm", Fault.SELF_HARM),
    ("illegal activity", Fault.ILLEGAL),
    ("stopped by our guardrails", Fault.CONTENT),
    ("against the content policy", Fault.CONTENT),
    ("content violates the rules", Fault.CONTENT),
    ("blocked by moderation", Fault.CONTENT),
    ("safety system", Fault.CONTENT),
    ("prohibited", Fault.CONTENT),
    ("sensitive material", Fault.CONTENT),
    ("Invalid duration", Fault.CLIP_UNSUITABLE),
    ("must be 1 to 4 seconds", Fault.CLIP_UNSUITABLE),
    ("the video is too long", Fault.CLIP_UNSUITABLE),
    ("the video is too short", Fault.CLIP_UNSUITABLE),
    ("wrong format", Fault.CLIP_UNSUITABLE),
    ("mime type not accepted", Fault.CLIP_UNSUITABLE),
    ("unsupported media", Fault.CLIP_UNSUITABLE),
    ("unknown codec", Fault.CLIP_UNSUITABLE),
    ("could not decode", Fault.CLIP_UNSUITABLE),
    ("failed to download the input", Fault.SOURCE_UNREACHABLE),
    ("could not fetch", Fault.SOURCE_UNREACHABLE),
    ("bad file url", Fault.SOURCE_UNREACHABLE),
    ("invalid character_file_url", Fault.SOURCE_UNREACHABLE),
    ("link expired", Fault.SOURCE_UNREACHABLE),
    ("got 404", Fault.SOURCE_UNREACHABLE),
    ("got 403", Fault.SOURCE_UNREACHABLE),
    ("under heavy load", Fault.PROVIDER_TROUBLE),
    ("server is busy", Fault.PROVIDER_TROUBLE),
    ("timeout", Fault.PROVIDER_TROUBLE),
    ("request timed out", Fault.PROVIDER_TROUBLE),
    ("please try again", Fault.PROVIDER_TROUBLE),
    ("internal error", Fault.PROVIDER_TROUBLE),
    ("interface is temporarily paused", Fault.MODEL_OFF),
    ("credits insufficient", Fault.NO_CREDIT),
    ("something odd", Fault.UNEXPLAINED),
    ("", Fault.UNEXPLAINED),
]
PRECEDENCE = [
    Fault.LIKENESS,
    Fault.THIRD_PARTY,
    Fault.SEXUAL,
    Fault.VIOLENCE,
    Fault.HATE,
    Fault.SELF_HARM,
    Fault.ILLEGAL,
    Fault.CONTENT,
    Fault.CLIP_UNSUITABLE,
    Fault.SOURCE_UNREACHABLE,
    Fault.PROVIDER_TROUBLE,
    Fault.UNEXPLAINED,
]


@pytest.mark.parametrize(("text", "fault"), WORDS)
@pytest.mark.parametrize("code", ["400", "500", "501", 500, "", None])
def test_the_words_of_a_failed_task_decide_not_its_code(code: object, text: str, fault: Fault) -> None:
    assert failure(code, text).fault == fault
    assert failure(code, text.upper()).fault == fault


@pytest.mark.parametrize("first", range(len(PRECEDENCE) - 1))
def test_of_two_meanings_the_earlier_in_the_stated_order_counts(first: int) -> None:
    by_fault = {fault: text for text, fault in reversed(WORDS)}

    for later in PRECEDENCE[first + 1 :]:
        text = f"{by_fault[later]}; {by_fault[PRECEDENCE[first]]}"
        assert failure("400", text).fault == PRECEDENCE[first]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Server busy, try again in 30 seconds", Fault.PROVIDER_TROUBLE),
        ("timed out after 600 seconds", Fault.PROVIDER_TROUBLE),
        ("the request took too long", Fault.UNEXPLAINED),
        ("whatever happened", Fault.UNEXPLAINED),
        ("illegal argument exception", Fault.UNEXPLAINED),
        ("third-party service unavailable", Fault.UNEXPLAINED),
        ("graphics card lost", Fault.UNEXPLAINED),
        ("more information follows", Fault.UNEXPLAINED),
        ("names are case-sensitive", Fault.UNEXPLAINED),
        ("error 4040", Fault.UNEXPLAINED),
        ("see https://help.example/safety/violence", Fault.UNEXPLAINED),
    ],
)
def test_a_word_inside_another_word_means_nothing(text: str, fault: Fault) -> None:
    assert failure("500", text).fault == fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("408", Fault.PROVIDER_TROUBLE),
        (429, Fault.PROVIDER_TROUBLE),
        ("451", Fault.SOURCE_UNREACHABLE),
        ("455", Fault.PROVIDER_TROUBLE),
        ("550", Fault.PROVIDER_TROUBLE),
        ("400", Fault.UNEXPLAINED),
        ("401", Fault.UNEXPLAINED),
        ("500", Fault.UNEXPLAINED),
        (True, Fault.UNEXPLAINED),
        (None, Fault.UNEXPLAINED),
        ([], Fault.UNEXPLAINED),
    ],
)
def test_only_a_code_with_one_meaning_explains_a_wordless_failure(code: object, fault: Fault) -> None:
    assert failure(code, None).fault == fault


OF_THE_ENGINE = {
    Fault.CLIP_MISSING,
    Fault.INTERRUPTED,
    Fault.ATTACHMENT_GONE,
    Fault.ATTACHMENT_UNREACHABLE,
    Fault.PART_NOT_CHOSEN,
    Fault.STORAGE,
    Fault.TASK_NOT_FOUND,
    Fault.TOOK_TOO_LONG,
    Fault.WAITED_TOO_LONG,
    Fault.OUTCOME_UNKNOWN,
    Fault.CHARACTER_LOST,
    Fault.SERVER_PAUSED,
    Fault.MEMBER_BLOCKED,
    Fault.SERVER_NOT_ALLOWED,
    Fault.SERVER_LEFT,
    Fault.NOT_APPROVED,
    Fault.NOT_REVIEWED,
    Fault.INTERNAL,
    Fault.CREDIT_RESERVE,
}
OF_THE_CONNECTION = {Fault.UNREACHABLE}
OF_THE_READERS = {Fault.UNREADABLE_RESULT, Fault.NONSENSE, Fault.EDGE_REFUSED}
"""Proven one by one with recorded answers."""
OF_ONE_MODEL = {Fault.VIDEO_REFUSED}
"""What one model's module makes of an answer: `test_provider_pro`."""


def test_every_fault_of_the_provider_can_come_from_it() -> None:
    producible = {fault for _, fault in CODES} | {fault for _, fault in WORDS} | OF_THE_READERS

    assert producible | OF_THE_ENGINE | OF_THE_CONNECTION | OF_ONE_MODEL == set(Fault)
    assert not producible & OF_THE_ENGINE
