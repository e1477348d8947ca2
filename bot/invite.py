"""The link that adds the bot to a server, with exactly the permissions it uses."""

import base64
import binascii
import re
from urllib.parse import urlencode

PERMISSION_BITS = {
    "view_channel": 10,
    "send_messages": 11,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "add_reactions": 6,
    "create_public_threads": 35,
    "send_messages_in_threads": 38,
}
"""Discord: Permissions, "Bitwise Permission Flags". What every server needs."""
PRIVATE_RESULT_BITS = {"create_private_threads": 36, "manage_threads": 34}
"""Optional: results for one member in a private thread (else in a direct message), and in locked threads."""
SNOWFLAKE = re.compile(rb"[1-9][0-9]{16,19}")


def permissions_value(*, private_results: bool) -> int:
    """The integer for the link."""
    bits = PERMISSION_BITS | (PRIVATE_RESULT_BITS if private_results else {})
    return sum(1 << bit for bit in bits.values())


def invite_link(application_id: int, *, private_results: bool = False) -> str:
    """Where a member with Manage Server adds the bot."""
    query = {
        "client_id": application_id,
        "permissions": permissions_value(private_results=private_results),
        "scope": "bot applications.commands",
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"


def application_id_of(token: str) -> int | None:
    """The application's id: the first part of a bot token, in base64; None for another kind of token."""
    first = token.split(".", maxsplit=1)[0]
    try:
        digits = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
    except (binascii.Error, ValueError):
        return None
    return int(digits) if SNOWFLAKE.fullmatch(digits) else None
