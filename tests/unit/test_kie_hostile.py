"""Answers nobody should send, at every status and endpoint: never a crash, never a false success."""

import json
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.ports import Absent, Broke, Made, Running
from bot.providers.kie.wire.classify import ORDERS, accepted_content
from bot.providers.kie.wire.requests import Endpoint
from bot.providers.kie.wire.results import (
    balance,
    download_url,
    fetched_url,
    made_character,
    task_id,
    task_report,
)

TASK_ID = "a" * 32
STATUSES = [200, 204, 301, 400, 403, 429, 500, 502]
READERS: dict[Endpoint, Callable[..., object]] = {
    Endpoint.CREATE_TASK: task_id,
    Endpoint.CREATE_CHARACTER: made_character,
    Endpoint.CREDIT: balance,
    Endpoint.UPLOAD: download_url,
    Endpoint.UPLOAD_BASE64: download_url,
    Endpoint.UPLOAD_URL: lambda content: fetched_url(content, 5000),
    Endpoint.RECORD_INFO: lambda content: task_report(content, TASK_ID),
}


def wrapped(content: object, **more: object) -> bytes:
    return json.dumps({"code": 200, "msg": "success", "data": content, **more}).encode()


def record(**fields: object) -> bytes:
    return wrapped({"taskId": TASK_ID, "state": "success", "resultJson": "", **fields})


def made(character_id: object) -> bytes:
    return record(resultJson=json.dumps({"character_id": character_id}))


NEVER_ACCEPTED = [
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\xfa",
    b"<html><body>ok</body></html>",
    b"<" * 100_000,
    b"OK",
    b"null",
    b"true",
    b"200",
    b'"success"',
    b"[]",
    b"{}",
    b'[{"code": 200}]',
    b'{"code": 200',
    b'{"code": 200, "data": {"taskId": "' + b"a" * 32,
    b'{"code": 200, "code": 200, "data": {"taskId": "a"}}',
    b'{"code": 200, "data": {"taskId": "a", "taskId": "b"}}',
    b'{"code": NaN, "data": {}}',
    b'{"code": 200, "data": NaN}',
    b'{"code": 200, "data": Infinity}',
    b'{"code": 200, "data": -1e999}',
    b'{"code": 200, "x": 1e999, "data": 12}',
    b'{"code": ' + b"9" * 5000 + b', "data": 1}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"code": 200, "data": ' + b"[" * 40 + b"]" * 40 + b"}",
    b"\xef\xbb\xbf" + wrapped({"taskId": TASK_ID}),
    wrapped({"taskId": TASK_ID}).decode().encode("utf-16"),
    json.dumps({"code": True, "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": 200.0, "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": None, "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": [200], "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": "", "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": "２００", "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": " 200", "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": -200, "data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"data": {"taskId": TASK_ID}}).encode(),
    json.dumps({"code": 500, "data": {"taskId": TASK_ID}}).encode(),
    wrapped({"taskId": ""}),
    wrapped({"taskId": None}),
    wrapped({"taskId": 12}),
    wrapped({"taskId": [TASK_ID]}),
    wrapped({"taskId": "a" * 1_000_000}),
    wrapped({"taskId": "a b"}),
    wrapped({"taskId": "a\nb"}),
    wrapped({"taskId": "\ud800"}),
    wrapped({"task_id": TASK_ID}),
    wrapped([TASK_ID]),
    wrapped(TASK_ID),
    json.dumps({"code": 500, "data": {"characterId": "a"}}).encode(),
    json.dumps({"code": 422, "msg": "temporarily paused", "data": {"character_id": "a"}}).encode(),
    wrapped({"downloadUrl": ""}),
    wrapped({"downloadUrl": "javascript:alert(1)"}),
    wrapped({"downloadUrl": "file:///etc/passwd"}),
    wrapped({"downloadUrl": "https://"}),
    wrapped({"downloadUrl": "https://a b"}),
    wrapped({"downloadUrl": "https://a/\n"}),
    wrapped({"downloadUrl": "https://a/" + "b" * 5000}),
    wrapped({"downloadUrl": "https://a/clip.mp4", "success": False}),
    wrapped({"downloadUrl": "https://a/clip.mp4"}, success=False),
    wrapped("60.62"),
    wrapped(None),
    wrapped(content=True),
    json.dumps({"code": 200, "data": 10**400}).encode(),
]
UNREADABLE_IDS: list[object] = [
    "",
    None,
    12,
    True,
    ["a"],
    {"id": "a"},
    "a" * 129,
    "a" * 10_000,
    "a b",
    " a",
    "a\n",
    "`a`",
    "@everyone",
    "<@1>",
    "a\u200bb",
    "ａ",
    "\ud800",
    "[a](https://b.example)",
]
UNREADABLE_RESULTS = [
    record(),
    record(resultJson=None),
    record(resultJson="null"),
    record(resultJson="{"),
    record(resultJson="[" * 5000),
    record(resultJson='"' * 3),
    record(resultJson=json.dumps(json.dumps(json.dumps(json.dumps({"character_id": "a"}))))),
    record(resultJson='{"character_id": "a", "character_id": "b"}'),
    record(resultJson=7),
    record(resultJson=["a"]),
    record(resultJson={"resultObject": None}),
    record(resultJson=json.dumps({"character_id": "a", "characterId": "b"})),
    record(resultJson=json.dumps({"character_id_list": ["a", "b"]})),
    record(resultJson=json.dumps({"character_id_list": []})),
    *map(made, UNREADABLE_IDS),
]


def read(endpoint: Endpoint, http_status: int, body: bytes) -> object:
    return READERS[endpoint](accepted_content(endpoint, http_status, body))


def assert_storable(text: str | None) -> None:
    if text is not None:
        assert len(text) <= 500
        assert "\x00" not in text.encode("utf-8").decode()


@pytest.mark.parametrize("body", NEVER_ACCEPTED, ids=range(len(NEVER_ACCEPTED)))
def test_a_hostile_answer_is_an_error_with_facts_fit_to_store(body: bytes) -> None:
    for endpoint, http_status in product(Endpoint, STATUSES):
        try:
            found = read(endpoint, http_status, body)
        except ProviderError as error:
            assert_storable(error.text)
            assert_storable(error.code)
        else:
            # What is nonsense at one endpoint may be plain at another: a balance of 1, a record of null.
            assert isinstance(found, Absent) or (endpoint is Endpoint.CREDIT and isinstance(found, float))


@pytest.mark.parametrize("body", NEVER_ACCEPTED, ids=range(len(NEVER_ACCEPTED)))
def test_after_a_submission_a_hostile_answer_proves_nothing(body: bytes) -> None:
    for endpoint, http_status in product(ORDERS, (200, 204, 301, 502)):
        with pytest.raises(Unanswered):
            read(endpoint, http_status, body)


@pytest.mark.parametrize("body", UNREADABLE_RESULTS, ids=range(len(UNREADABLE_RESULTS)))
def test_a_finished_task_without_a_clean_id_is_told_as_unreadable(body: bytes) -> None:
    report = read(Endpoint.RECORD_INFO, 200, body)

    assert isinstance(report, Broke)
    assert report.fault == Fault.UNREADABLE_RESULT
    assert_storable(report.text)


@pytest.mark.parametrize("character_id", UNREADABLE_IDS, ids=range(len(UNREADABLE_IDS)))
def test_an_answer_without_a_clean_id_is_no_character_and_may_have_made_one(character_id: object) -> None:
    with pytest.raises(Unanswered) as caught:
        read(Endpoint.CREATE_CHARACTER, 200, wrapped({"characterId": character_id, "imageUrl": "https://a"}))

    assert_storable(caught.value.text)


def test_two_ids_in_one_answer_are_none() -> None:
    with pytest.raises(Unanswered):
        read(Endpoint.CREATE_CHARACTER, 200, wrapped({"characterId": "a", "character_id": "b"}))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"progress": 0}, Running("generating", 0)),
        ({"progress": 100}, Running("generating", 100)),
        ({"progress": 101}, Running("generating")),
        ({"progress": -1}, Running("generating")),
        ({"progress": "50"}, Running("generating")),
        ({"progress": True}, Running("generating")),
        ({"progress": 10**400}, Running("generating")),
        ({"state": ""}, Running("")),
        ({"state": "SUCCESS"}, Running("SUCCESS")),
        ({"state": "x" * 10_000}, Running("x" * 40)),
        ({"state": "a\x00\n\ud800b"}, Running("a b")),
    ],
)
def test_odd_progress_keeps_a_task_running(fields: dict[str, object], expected: Running) -> None:
    assert read(Endpoint.RECORD_INFO, 200, record(**{"state": "generating", **fields})) == expected


@pytest.mark.parametrize("state", [None, 1, [], {}, True])
def test_a_record_without_a_state_word_tells_nothing(state: object) -> None:
    with pytest.raises(Unanswered) as caught:
        read(Endpoint.RECORD_INFO, 200, record(state=state))

    assert caught.value.fault == Fault.NONSENSE


@pytest.mark.parametrize(
    ("fields", "spent"),
    [
        ({"creditsConsumed": 20}, 20.0),
        ({"creditsConsumed": 0}, 0.0),
        ({"creditsConsumed": None, "consumeCredits": 1.5}, 1.5),
        ({"creditsConsumed": 2, "consumeCredits": 1.5}, 2.0),
        ({"creditsConsumed": -1}, None),
        ({"creditsConsumed": "20"}, None),
        ({"creditsConsumed": True}, None),
        ({"creditsConsumed": 10**400}, None),
        ({}, None),
    ],
)
def test_credits_are_numbers_or_not_told(fields: dict[str, object], spent: float | None) -> None:
    body = record(resultJson='{"character_id": "a"}', **fields)

    assert read(Endpoint.RECORD_INFO, 200, body) == Made("a", spent)


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"createTime": 1793000000000, "completeTime": 1793000041500}, 41.5),
        ({"createTime": 1793000000000, "completeTime": 1793000000000}, None),
        ({"createTime": 1793000041500, "completeTime": 1793000000000}, None),
        ({"createTime": "1793000000000", "completeTime": 1793000041500}, None),
        ({"createTime": True, "completeTime": 1793000041500}, None),
        ({"createTime": -1, "completeTime": 1793000041500}, None),
        ({"createTime": 1, "completeTime": 10**400}, None),
        ({"completeTime": 1793000041500}, None),
        ({}, None),
    ],
)
def test_a_duration_is_read_from_two_good_moments_or_not_at_all(
    fields: dict[str, object], seconds: float | None
) -> None:
    succeeded = read(Endpoint.RECORD_INFO, 200, record(resultJson='{"character_id": "a"}', **fields))
    failed = read(Endpoint.RECORD_INFO, 200, record(state="fail", **fields))

    assert isinstance(succeeded, Made)
    assert isinstance(failed, Broke)
    assert succeeded.task_seconds == failed.task_seconds == seconds


@pytest.mark.parametrize("character_id", ["a", "char_1", "A-b.c:d_9", "a" * 128])
def test_an_id_is_passed_on_as_it_is_spelt(character_id: str) -> None:
    assert read(Endpoint.RECORD_INFO, 200, made(character_id)) == Made(character_id)
    assert read(Endpoint.CREATE_CHARACTER, 200, wrapped({"characterId": character_id})) == Made(character_id)


@pytest.mark.parametrize("number", [60.62, 0, -3.5])
def test_a_balance_may_be_fractional_or_overdrawn(number: float) -> None:
    assert read(Endpoint.CREDIT, 200, wrapped(number)) == number


def test_our_secrets_in_the_providers_words_are_blotted_out() -> None:
    message = "cannot call https://bot.example/kie/cb/s3cret?x=1 with Bearer s3cret now"
    with pytest.raises(Refused) as caught:
        read(Endpoint.CREATE_TASK, 200, json.dumps({"code": 400, "msg": message}).encode())

    assert caught.value.text == "cannot call [address] with [key] now"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["code", "msg", "message", "data", "success"]
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "taskId": st.just(TASK_ID) | JSON,
        "characterId": JSON,
        "state": st.sampled_from(["success", "fail", "waiting"]) | JSON,
        "resultJson": JSON
        | JSON.map(json.dumps)
        | JSON.map(lambda value: json.dumps({"character_id": value})),
        "failCode": st.sampled_from(["400", "500", ""]) | JSON,
        "failMsg": JSON,
        "progress": JSON,
        "creditsConsumed": JSON,
        "downloadUrl": JSON,
    },
)
CODE = st.sampled_from([200, "200", 402, 404, 422, 500, 501]) | JSON
ANSWER = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"code": CODE, "data": CONTENT | JSON}, optional={"msg": JSON, "success": JSON}
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(list(Endpoint)), st.integers(100, 999), ANSWER)
def test_the_reader_raises_nothing_but_provider_errors(
    endpoint: Endpoint, http_status: int, body: bytes
) -> None:
    try:
        found = read(endpoint, http_status, body)
    except ProviderError as error:
        assert_storable(error.text)
        assert_storable(error.code)
    else:
        assert isinstance(found, (str, float, Running, Made, Broke, Absent))
        if isinstance(found, Broke):
            assert_storable(found.text)
            assert_storable(found.code)
