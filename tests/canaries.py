"""The secrets that bots are given in the tests, and what else nobody may read in anything that is said."""

import re

from sandbox.box import DEFAULT_KEY
from sandbox.discord.server import DEFAULT_TOKEN

WEBHOOK_KEY = "a-signature-key-of-the-sandbox"
DATABASE_PASSWORD = "a-password-of-the-database"
BUCKET_SECRET = "a-secret-key-of-the-bucket"
KNOWN = {
    "the Discord token": DEFAULT_TOKEN,
    "the provider key": DEFAULT_KEY,
    "the webhook key": WEBHOOK_KEY,
    "the database's password": DATABASE_PASSWORD,
    "the bucket's secret": BUCKET_SECRET,
}
CANARIES = {name: re.compile(re.escape(secret)) for name, secret in KNOWN.items()} | {
    # What Discord's begin with as well: "interaction" in Base64.
    "an interaction token": re.compile(r"aW50ZXJhY3Rpb24[\w-]{8,}"),
    "a signed address": re.compile(r"[?&](?:ex|is|hm)=[0-9a-f]{6,}|X-Amz-Signature=[0-9a-f]{6,}"),
    "the address of a callback": re.compile(r"/callbacks/kie/[0-9a-f]{32}"),
}
SHOWN_BEFORE, SHOWN_AFTER = 60, 10


def secrets_in(text: str) -> list[str]:
    """Each secret that a text holds, with what stands before it."""
    return [
        f"{name}, after {text[max(0, found.start() - SHOWN_BEFORE) : found.start()]!r}"
        for name, canary in CANARIES.items()
        for found in canary.finditer(text)
    ]
