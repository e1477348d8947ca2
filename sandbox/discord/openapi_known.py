"""Where discord.py 2.7.1 and Discord's own document are known to disagree, each with the reason."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """A disagreement: where it shows, how it reads, and why it is none of the bot's doing."""

    route: str  # regular expression over "METHOD template"
    json_path: str  # regular expression
    message: str  # regular expression
    reason: str


KNOWN: Final = (
    Known(
        r"(POST|PATCH) .*",
        r"\$(\.data)?\.attachments\[\d+\]\.id",
        r"is not of type 'string'",
        "new files are numbered with integers; the document wants every id as text",
    ),
    Known(
        r"POST /users/@me/channels",
        r"\$\.recipient_id",
        r"is not of type 'string'",
        "discord.py sends the id as an integer",
    ),
    Known(
        r"(POST|PATCH) .*",
        r"\$(\.data)?\.allowed_mentions\.(users|roles)\[\d+\]",
        r"is not of type 'string'",
        "discord.py sends ids as integers",
    ),
    Known(
        r"POST .*/messages",
        r"\$\.message_reference\.\w+",
        r"is not of type 'string'",
        "discord.py sends ids as integers",
    ),
    Known(
        r"(PUT|POST|PATCH) .*/commands.*",
        r"\$(\[\d+\])?",
        r"'nsfw' was unexpected",
        "discord.py sends `nsfw`; the document lists it in answers only",
    ),
    Known(
        r"(POST|PATCH) .*",
        r"\$(\.data)?\.embeds\[\d+\]",
        r"'flags' was unexpected",
        "discord.py sends the flags of an embed",
    ),
    Known(
        r"(PATCH .*/messages/.*|POST .*/callback)",
        r"\$(\.data)?",
        r"'tts' was unexpected",
        "discord.py sends `tts: false` with every message, edits and updating answers included",
    ),
    Known(
        r"(PUT|POST|PATCH) .*(/commands.*|/callback)",
        r"\$.*",
        r"'file_types' was unexpected",
        "the filter came on 5 August 2026, after this edition of the document",
    ),
    Known(
        r"POST /channels/\{channel_id\}/threads",
        r"\$(query\.use_nested_fields)?",
        r"(no such query parameter|'message' was unexpected)",
        "a forum post by discord.py brings `type`, `tts` in its message, and an old switch in the address",
    ),
    Known(
        r"PUT /channels/\{channel_id\}/permissions/\{overwrite_id\}",
        r"\$(\.(allow|deny))?",
        r"('id' was unexpected|is not of type 'integer')",
        "discord.py repeats the id in the body and sends bits as decimal text",
    ),
)
_COMPILED: Final = tuple(
    (re.compile(one.route), re.compile(one.json_path), re.compile(one.message), one.reason) for one in KNOWN
)


def known_reason(method: str, route: str, json_path: str, message: str) -> str | None:
    """Why a disagreement is accepted; None when it is not in the table."""
    for on_route, on_path, on_message, reason in _COMPILED:
        if (
            on_route.fullmatch(f"{method} {route}")
            and on_path.fullmatch(json_path)
            and on_message.search(message)
        ):
            return reason
    return None
