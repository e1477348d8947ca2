"""Answers as they were recorded or documented, one file each, and what the bot makes of them."""

from pathlib import Path

import pytest

from bot.errors import ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Absent, Broke, Made, Running
from bot.providers.kie.wire.classify import accepted_content
from bot.providers.kie.wire.requests import Endpoint
from bot.providers.kie.wire.results import (
    balance,
    download_url,
    made_character,
    task_id,
    task_report,
)

SAMPLES = Path(__file__).parents[1] / "samples" / "answers"
TASK_ID = "5b1f0c9e7a2d4c38b6e0f1a2938475d6"
CHARACTER_ID = "char_68f2a1c07b9d4e53"
CREATE, RECORD, CREDIT, UPLOAD = Endpoint.CREATE_TASK, Endpoint.RECORD_INFO, Endpoint.CREDIT, Endpoint.UPLOAD
MAKE = Endpoint.CREATE_CHARACTER


def read(endpoint: Endpoint, http_status: int, body: bytes) -> object:
    content = accepted_content(endpoint, http_status, body)
    match endpoint:
        case Endpoint.CREATE_TASK:
            return task_id(content)
        case Endpoint.CREATE_CHARACTER:
            return made_character(content)
        case Endpoint.RECORD_INFO:
            return task_report(content, TASK_ID)
        case Endpoint.CREDIT:
            return balance(content)
        case Endpoint.UPLOAD | Endpoint.UPLOAD_BASE64 | Endpoint.UPLOAD_URL:
            return download_url(content)


URL = "https://tempfile.example/kieai/100001/dramatis/a1.mp4"
LIKENESS_TEXT = "The upload may depict a realistic human"
URLS_TEXT = '{"resultUrls": ["[address]"]}'
TWO_IDS_TEXT = f'{{"character_id_list": ["{CHARACTER_ID}", "{CHARACTER_ID}b"]}}'

YES: list[tuple[Endpoint, str, object]] = [
    (CREATE, "create-accepted.json", TASK_ID),
    (CREATE, "create-accepted-older-wording.json", "task_sora-2-characters_1793000000000"),
    (MAKE, "character-made.json", Made(CHARACTER_ID)),
    (CREDIT, "credit-balance.json", 5916.25),
    (UPLOAD, "upload-stored.json", URL),
    (RECORD, "record-waiting.json", Running("waiting")),
    (RECORD, "record-generating-with-progress.json", Running("generating", 37)),
    (RECORD, "record-unknown-state.json", Running("polishing")),
    (RECORD, "record-success.json", Made(CHARACTER_ID, 20.0)),
    (RECORD, "record-success-older-credits.json", Made(CHARACTER_ID, 19.5)),
    (RECORD, "record-success-camel-case.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-nested.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-nested-text.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-listed.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-listed-text.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-twice-encoded.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-object.json", Made(CHARACTER_ID)),
    (RECORD, "record-success-urls-only.json", Broke(Fault.UNREADABLE_RESULT, None, URLS_TEXT, 20.0)),
    (RECORD, "record-success-empty-result.json", Broke(Fault.UNREADABLE_RESULT)),
    (RECORD, "record-success-two-ids.json", Broke(Fault.UNREADABLE_RESULT, None, TWO_IDS_TEXT)),
    (RECORD, "record-failed-realistic-human.json", Broke(Fault.LIKENESS, "400", LIKENESS_TEXT, 0.0)),
    (RECORD, "record-failed-internal.json", Broke(Fault.PROVIDER_TROUBLE, "500", "Internal server error")),
    (RECORD, "record-failed-without-words.json", Broke(Fault.UNEXPLAINED, "500")),
    (
        RECORD,
        "record-failed-inside-501.json",
        Broke(Fault.CONTENT, "501", "Content violates our content policy"),
    ),
    (RECORD, "record-unknown-task.json", Absent()),
    (RECORD, "record-unknown-task-404.json", Absent()),
    (RECORD, "record-null-data.json", Absent()),
]
NO: list[tuple[Endpoint, str, int, type[ProviderError], Fault, str]] = [
    (CREATE, "create-without-task-id.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (CREATE, "create-null-data.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (CREATE, "create-no-credit.json", 200, Refused, Fault.NO_CREDIT, "402"),
    (CREATE, "create-key-refused.json", 200, Refused, Fault.KEY_REFUSED, "401"),
    (CREATE, "create-paused.json", 200, Refused, Fault.MODEL_OFF, "500"),
    (CREATE, "create-unknown-model.json", 200, Refused, Fault.MODEL_OFF, "422"),
    (CREATE, "create-unpublished-model.json", 200, Refused, Fault.MODEL_OFF, "422"),
    (CREATE, "create-field-required.json", 200, Refused, Fault.REQUEST_INVALID, "500"),
    (CREATE, "create-outside-options.json", 200, Refused, Fault.REQUEST_INVALID, "500"),
    (CREATE, "create-throttled.json", 200, Refused, Fault.THROTTLED, "429"),
    (CREATE, "create-throttled.json", 429, Refused, Fault.THROTTLED, "429"),
    (CREATE, "create-key-limit.json", 200, Refused, Fault.KEY_LIMIT, "433"),
    (CREATE, "create-maintenance.json", 200, Refused, Fault.MAINTENANCE, "455"),
    (CREATE, "create-feature-off.json", 200, Refused, Fault.FEATURE_OFF, "505"),
    (CREATE, "create-server-fault.json", 200, Refused, Fault.PROVIDER_TROUBLE, "500"),
    (CREATE, "create-connection-denied.json", 200, Refused, Fault.PROVIDER_TROUBLE, "550"),
    (CREATE, "create-source-unreachable.json", 200, Refused, Fault.SOURCE_UNREACHABLE, "451"),
    (CREATE, "edge-refusal.html", 403, Refused, Fault.EDGE_REFUSED, "403"),
    (CREATE, "bad-gateway.html", 502, Unanswered, Fault.PROVIDER_TROUBLE, "502"),
    (CREATE, "origin-silent.html", 524, Unanswered, Fault.PROVIDER_TROUBLE, "524"),
    (CREATE, "bad-gateway.html", 200, Unanswered, Fault.NONSENSE, "200"),
    (MAKE, "character-without-id.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (MAKE, "create-accepted.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (MAKE, "create-null-data.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (MAKE, "create-paused.json", 200, Refused, Fault.MODEL_OFF, "500"),
    (MAKE, "create-field-required.json", 200, Refused, Fault.REQUEST_INVALID, "500"),
    (MAKE, "create-source-unreachable.json", 200, Refused, Fault.SOURCE_UNREACHABLE, "451"),
    (MAKE, "bad-gateway.html", 502, Unanswered, Fault.PROVIDER_TROUBLE, "502"),
    (MAKE, "bad-gateway.html", 404, Refused, Fault.MODEL_OFF, "404"),
    (RECORD, "record-of-another-task.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (RECORD, "record-silent-upstream.json", 200, Refused, Fault.PROVIDER_TROUBLE, "408"),
    (RECORD, "bad-gateway.html", 404, Unanswered, Fault.NONSENSE, "404"),
    (CREDIT, "credit-key-refused.json", 200, Refused, Fault.KEY_REFUSED, "401"),
    (UPLOAD, "upload-parameter-missing.json", 400, Refused, Fault.REQUEST_INVALID, "400"),
    (UPLOAD, "upload-parameter-missing.json", 200, Refused, Fault.REQUEST_INVALID, "400"),
    (UPLOAD, "upload-denied-inside-200.json", 200, Refused, Fault.PROVIDER_TROUBLE, "200"),
    (UPLOAD, "upload-quickstart-shape.json", 200, Unanswered, Fault.NONSENSE, "200"),
    (UPLOAD, "edge-refusal.html", 403, Refused, Fault.EDGE_REFUSED, "403"),
]


@pytest.mark.parametrize(("endpoint", "name", "expected"), YES, ids=[row[1] for row in YES])
def test_a_good_answer_is_read(endpoint: Endpoint, name: str, expected: object) -> None:
    assert read(endpoint, 200, (SAMPLES / name).read_bytes()) == expected


@pytest.mark.parametrize("row", NO, ids=[f"{row[0].name}-{row[1]}-{row[2]}" for row in NO])
def test_a_bad_answer_becomes_the_error_it_means(
    row: tuple[Endpoint, str, int, type[ProviderError], Fault, str],
) -> None:
    endpoint, name, http_status, kind, fault, code = row

    with pytest.raises(ProviderError) as caught:
        read(endpoint, http_status, (SAMPLES / name).read_bytes())

    assert (type(caught.value), caught.value.fault, caught.value.code) == (kind, fault, code)


def test_the_edges_own_words_are_kept_for_the_operator() -> None:
    with pytest.raises(Refused) as caught:
        read(CREATE, 403, (SAMPLES / "edge-refusal.html").read_bytes())

    assert caught.value.text == "Access denied Access denied error code: 1010 Ray ID: 8f0000000000abcd"


def test_every_sample_is_judged() -> None:
    judged = {row[1] for row in YES} | {row[1] for row in NO}

    assert judged == {path.name for path in SAMPLES.iterdir()}
