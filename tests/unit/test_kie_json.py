"""The strict loader, the envelope, and the quoting of strangers' words."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers.kie.wire.envelope import Envelope, read_envelope
from bot.providers.kie.wire.quoting import READ_LIMIT_CHARS, quote, quote_page, sanitize
from bot.providers.kie.wire.strict_json import DEPTH_LIMIT, UnreadableJson, load_json


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        ("{}".encode("utf-16"), "not_json"),
        ('"é"'.encode("latin-1"), "not_json"),
        (b"1" * 5000, "not_json"),
        (b"NaN", "not_finite"),
        (b"[-Infinity]", "not_finite"),
        (b"[1e999]", "not_finite"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "duplicate_key"),
        (nested(DEPTH_LIMIT + 1), "too_deep"),
        (nested(200_000), "too_deep"),
        (b'{"a":' * 200_000, "too_deep"),
    ],
)
def test_what_is_not_plain_json_is_refused(text: bytes, flaw: str) -> None:
    with pytest.raises(UnreadableJson) as caught:
        load_json(text)

    assert caught.value.flaw == flaw


def test_the_deepest_nesting_allowed_is_read() -> None:
    assert load_json(nested(DEPTH_LIMIT)) is not None


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "ü\u2028", [], {}, {"a": [{"b": None}]}])
def test_plain_json_is_read(value: object) -> None:
    assert load_json(json.dumps(value).encode()) == value
    assert load_json(json.dumps(value, ensure_ascii=False)) == value


@settings(deadline=None)  # the machine may be busy
@given(st.binary())
def test_the_loader_raises_one_error_only(body: bytes) -> None:
    with suppress(UnreadableJson):
        load_json(body)


@pytest.mark.parametrize(
    "code",
    ["true", "false", "null", "200.0", '""', '"2e2"', '"+200"', '"0200200"', "1000000", "[200]", '"２００"'],
)
def test_what_is_no_code_makes_no_envelope(code: str) -> None:
    assert read_envelope(f'{{"code": {code}, "msg": "m"}}'.encode()) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"msg": "a", "message": "b"}, Envelope(402, "a", None)),
        ({"msg": "", "message": "b"}, Envelope(402, "b", None)),
        ({"msg": None, "message": "b"}, Envelope(402, "b", None)),
        ({"msg": ["a"], "message": 5}, Envelope(402, "", None)),
        ({"data": {"a": 1}}, Envelope(402, "", {"a": 1})),
        ({"success": False}, Envelope(402, "", None, denied=True)),
        ({"success": True, "data": {"success": False}}, Envelope(402, "", {"success": False}, denied=True)),
        ({"success": "false"}, Envelope(402, "", None)),
    ],
)
def test_an_envelope_is_read_in_all_its_spellings(fields: dict[str, object], expected: Envelope) -> None:
    assert read_envelope(json.dumps({"code": 402, **fields}).encode()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see HTTPS://user:pw@host.example/a?b=c#d.", "see [address]"),
        ('"url":"https://host.example/a","next":1', '"url":"[address]","next":1'),
        (r"{\"u\":\"https://host.example/a\",\"n\":1}", r"{\"u\":\"[address]\",\"n\":1}"),
        ("s3://bucket/key and wss://x", "[address] and [address]"),
        ("Authorization: bearer abc.def", "Authorization: [key]"),
        ("a\x00b\r\n\tc\u202ed\ud800e", "a b c d e"),
        ("  plain  words ", "plain words"),
        ("ratio 16://", "ratio 16://"),
    ],
)
def test_addresses_keys_and_invisible_characters_go(text: str, expected: str) -> None:
    assert sanitize(text) == expected


@pytest.mark.parametrize("text", [None, "", " \n\x00 "])
def test_nothing_left_is_none(text: str | None) -> None:
    assert quote(text) is None


def test_only_the_head_of_a_message_is_looked_at() -> None:
    assert sanitize("é" * 5000) == "é" * READ_LIMIT_CHARS


def test_a_quote_has_at_most_500_characters() -> None:
    assert quote("é" * 501) == "é" * 500


def test_a_page_is_quoted_without_its_tags() -> None:
    page = b"<html><head><title>Oops</title></head><body class='x'>\n<h1>Bad &amp; sad</h1>\xff"

    assert quote_page(page) == "Oops Bad &amp; sad \ufffd"


@pytest.mark.parametrize("text", ["credit " * 200_000, "a" * 1_000_000, "<" * 1_000_000, "a.b+c-" * 200_000])
def test_a_long_message_costs_little_time(text: str) -> None:
    started = time.process_time()

    quote(text)
    quote_page(text.encode())

    assert time.process_time() - started < 0.5
