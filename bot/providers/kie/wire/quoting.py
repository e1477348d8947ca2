"""Makes the provider's words fit to be stored: short, printable, without addresses and keys."""

import re

QUOTE_LIMIT_CHARS = 500
READ_LIMIT_CHARS = 4000
"""More of a message is never looked at; the longest real ones are a sentence or two."""
PAGE_LIMIT_BYTES = 4096
"""The head of an HTML page, where its title and the edge's own error number stand."""

# Messages may echo our callback address, which carries a secret, or the clip's, which carries the account's
# number. An address ends at a space, a quote, an angle bracket or the escape of JSON inside JSON.
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.\-]{1,15}://[^\s\"'<>\\]+", re.IGNORECASE)
_BEARER = re.compile(r"\bbearer\s+[^\s\"'<>\\]+", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
# Control characters (PostgreSQL refuses U+0000), direction marks, and halves of surrogate pairs, which no
# database can encode.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_SPACES = re.compile(r" {2,}")


def sanitize(text: str) -> str:
    """The text with addresses and bearer tokens blotted out and unprintable characters made spaces."""
    printable = _UNPRINTABLE.sub(" ", text[:READ_LIMIT_CHARS])
    without_keys = _BEARER.sub("[key]", _ADDRESS.sub("[address]", printable))
    return _SPACES.sub(" ", without_keys).strip()


def quote(text: str | None) -> str | None:
    """At most `QUOTE_LIMIT_CHARS` of the sanitized text; None when nothing is left."""
    return sanitize(text or "")[:QUOTE_LIMIT_CHARS] or None


def quote_page(body: bytes) -> str | None:
    """What a person would read at the top of an HTML or plain text answer."""
    return quote(_TAG.sub(" ", body[:PAGE_LIMIT_BYTES].decode("utf-8", "replace")))
