"""Whose callbacks are believed, and for which task."""

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers.kie.wire.signature import (
    CallbackFlaw,
    Stamp,
    TaskHint,
    check_callback,
    read_hint,
    read_stamp,
)

KEY = "fixture-key-not-a-secret"
TASK_ID = "0123456789abcdef0123456789abcdef"
TIMESTAMP = "1700000000"
SIGNATURE = "vfhXBx/LSAS3Gd4h1cJLl6JjPaLIkgvfsc+Gckkz0vE="
SENT_AT = datetime.fromtimestamp(1700000000, UTC)
BODY = json.dumps({"code": 200, "data": {"taskId": TASK_ID, "state": "success"}}).encode()
HINT = TaskHint(TASK_ID, SIGNATURE)


def headers(timestamp: str = TIMESTAMP, signature: str = SIGNATURE) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("X-Webhook-Timestamp", timestamp),
        ("X-Webhook-Signature", signature),
    ]


def signed(task_id: str, timestamp: str = TIMESTAMP, key: str = KEY, algorithm: str = "sha256") -> str:
    return b64encode(hmac.digest(key.encode(), f"{task_id}.{timestamp}".encode(), algorithm)).decode()


def checked(
    *,
    lines: list[tuple[str, str]] | None = None,
    body: bytes = BODY,
    keys: tuple[str, ...] = (KEY,),
    late: float = 0,
) -> TaskHint | CallbackFlaw:
    return check_callback(lines or headers(), body, keys, SENT_AT + timedelta(seconds=late))


def test_the_known_vector_is_believed() -> None:
    assert checked() == HINT


def test_header_names_have_any_case() -> None:
    lines = [(name.upper(), value) for name, value in headers()]

    assert checked(lines=lines) == HINT


@pytest.mark.parametrize("keys", [(KEY, "new"), ("new", KEY), ("", KEY)])
def test_either_of_two_keys_will_do(keys: tuple[str, ...]) -> None:
    assert checked(keys=keys) == HINT


@pytest.mark.parametrize("keys", [(), ("",)])
def test_without_a_key_nothing_is_believed(keys: tuple[str, ...]) -> None:
    assert checked(keys=keys) == CallbackFlaw.NO_KEY


@pytest.mark.parametrize("keys", [("other",), (KEY + " ",), (KEY.upper(),), ("other", "another")])
def test_another_key_is_a_forgery(keys: tuple[str, ...]) -> None:
    assert checked(keys=keys) == CallbackFlaw.FORGED


def test_a_key_is_its_utf_8_text() -> None:
    assert checked(lines=headers(signature=signed(TASK_ID, key="clé")), keys=("clé",)) == TaskHint(
        TASK_ID, signed(TASK_ID, key="clé")
    )


@pytest.mark.parametrize("late", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_fresh(late: float) -> None:
    assert checked(late=late) == HINT


@pytest.mark.parametrize("late", [-301, -300.5, 300.5, 301, 86400])
def test_longer_is_stale(late: float) -> None:
    assert checked(late=late) == CallbackFlaw.STALE


@pytest.mark.parametrize("missing", ["X-Webhook-Timestamp", "X-Webhook-Signature"])
def test_a_missing_header_is_unsigned(missing: str) -> None:
    assert checked(lines=[line for line in headers() if line[0] != missing]) == CallbackFlaw.UNSIGNED


@pytest.mark.parametrize("twice", [1, 2])
def test_a_repeated_header_is_malformed(twice: int) -> None:
    assert checked(lines=[*headers(), headers()[twice]]) == CallbackFlaw.MALFORMED


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        "0",
        "-1700000000",
        "+1700000000",
        "1_700_000_000",
        "1700000000.0",
        " 1700000000",
        "1700000000 ",
        "1700000000\n",
        "1700000000000",
        "1" * 30,
        "１７００００００００",
        "١٧٠٠٠٠٠٠٠٠",
        "0x6553f100",
        "abc",
        "\udcff",
    ],
)
def test_a_timestamp_is_ascii_digits(timestamp: str) -> None:
    assert checked(lines=headers(timestamp=timestamp)) == CallbackFlaw.MALFORMED


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        SIGNATURE[:-1],
        SIGNATURE + "=",
        SIGNATURE + "\n",
        " " + SIGNATURE,
        "sha256=" + SIGNATURE,
        "v1," + SIGNATURE,
        urlsafe_b64encode(b"\xff" * 32).decode(),
        hashlib.sha256(b"x").hexdigest(),
        signed(TASK_ID, algorithm="sha1"),
        signed(TASK_ID, algorithm="sha512"),
        "é" * 44,
        "\udcff" * 44,
        "A" * 10_000,
    ],
)
def test_a_signature_is_base64_of_32_bytes(signature: str) -> None:
    assert checked(lines=headers(signature=signature)) == CallbackFlaw.MALFORMED


@pytest.mark.parametrize(
    "signature",
    [
        signed("f" * 32),
        signed(TASK_ID, timestamp="1700000001"),
        SIGNATURE.replace("vf", "fv"),
        SIGNATURE.swapcase(),
        SIGNATURE[:-2] + "F=",
        "A" * 43 + "=",
    ],
)
def test_a_signature_for_something_else_is_a_forgery(signature: str) -> None:
    assert checked(lines=headers(signature=signature)) == CallbackFlaw.FORGED


def test_the_signed_text_is_the_literal_header() -> None:
    padded = "0" + TIMESTAMP

    assert checked(lines=headers(padded)) == CallbackFlaw.FORGED
    assert checked(lines=headers(padded, signed(TASK_ID, padded))) == TaskHint(
        TASK_ID, signed(TASK_ID, padded)
    )


@pytest.mark.parametrize(
    "event",
    [
        {"data": {"taskId": TASK_ID}},
        {"data": {"task_id": TASK_ID}},
        {"taskId": TASK_ID},
        {"taskId": TASK_ID, "data": {"taskId": TASK_ID, "task_id": TASK_ID}},
        {"taskId": None, "data": {"taskId": None, "task_id": TASK_ID}},
        {"taskId": TASK_ID, "data": None},
        {"taskId": TASK_ID, "data": [1]},
        {"code": "x", "data": {"taskId": TASK_ID, "state": 5, "resultJson": {"@everyone": []}}},
    ],
)
def test_the_id_may_stand_in_three_places(event: object) -> None:
    assert checked(body=json.dumps(event).encode()) == HINT


@pytest.mark.parametrize(
    "event",
    [
        {"data": {"taskId": TASK_ID, "task_id": "f" * 32}},
        {"taskId": "f" * 32, "data": {"taskId": TASK_ID}},
        {"taskId": TASK_ID, "data": {"task_id": ""}},
        {"taskId": TASK_ID, "data": {"taskId": 5}},
    ],
)
def test_places_that_disagree_are_refused(event: object) -> None:
    assert checked(body=json.dumps(event).encode()) == CallbackFlaw.CONTRADICTORY


@pytest.mark.parametrize(
    "task_id",
    ["", "a.b", "a b", "a\n", "a/b", "é", "\ud800", "a" * 129, "a" * 50_000, 5, 1.5, True, [TASK_ID], {}],
)
def test_an_id_is_a_short_word_without_a_full_stop(task_id: object) -> None:
    body = json.dumps({"data": {"taskId": task_id}}).encode()

    assert checked(body=body, lines=headers(signature=signed("a"))) == CallbackFlaw.NO_TASK_ID


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"x"', b"1", b"{}", b'{"data": {}}', b'{"data": "taskId"}']
)
def test_a_body_without_an_id_is_refused(body: bytes) -> None:
    assert checked(body=body) == CallbackFlaw.NO_TASK_ID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 60_000,
        BODY + b" " * 64 * 1024,
        BODY.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + BODY,
        b"\xff" + BODY,
        b'{"taskId": "a", "taskId": "a"}',
        b'{"taskId": "a", "x": NaN}',
    ],
)
def test_a_body_that_is_not_plain_json_is_unreadable(body: bytes) -> None:
    assert checked(body=body) == CallbackFlaw.UNREADABLE


def test_the_headers_alone_can_be_refused_before_a_body_is_read() -> None:
    assert read_stamp(headers(), SENT_AT) == Stamp(TIMESTAMP, SIGNATURE)
    assert read_stamp(headers(), SENT_AT + timedelta(hours=1)) == CallbackFlaw.STALE
    assert read_hint(Stamp(TIMESTAMP, SIGNATURE), BODY, [KEY]) == HINT


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.tuples(st.sampled_from(["X-Webhook-Timestamp", "X-Webhook-Signature"]), st.text())),
    st.binary(),
)
def test_nothing_but_the_key_makes_a_hint(lines: list[tuple[str, str]], body: bytes) -> None:
    assert isinstance(check_callback(lines, body, [KEY], SENT_AT), CallbackFlaw)
