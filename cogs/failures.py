"""The one place where errors become answers, and where they are logged.

discord.py answers nobody when something raises, and only logs what happens in a button: everything that a
person can start ends here.
"""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.errors import DuplicateInteraction, JobConflict, RecordsUnavailable, UserFault
from cogs.delivery.policy import TROUBLE
from cogs.replies import OwnWords, Reply, plain, refusal
from cogs.texts import answers

log = structlog.get_logger(__name__)

REFERENCE_DIGITS = 6
ALREADY_ACKNOWLEDGED = 40060
"""Discord: JSON Error Codes."""


class MalformedPayload(app_commands.AppCommandError):
    """A command came in a form that Discord does not document."""


_OUTDATED = (
    app_commands.CommandNotFound,
    app_commands.CommandSignatureMismatch,
    app_commands.TransformerError,
    MalformedPayload,
)
"""What happens while a client still knows an older command list."""


def reference_of(event_id: int) -> str:
    """A name such as `7F3A-21` for one event, for people to quote; the same in the answer and in the log."""
    digits = b32encode(sha256(str(event_id).encode()).digest()).decode()
    return f"{digits[:4]}-{digits[4:REFERENCE_DIGITS]}"


async def answer(
    interaction: discord.Interaction[Any], error: BaseException, *, prompt: str = "", safety: str = ""
) -> None:
    """Tells the caller, privately, what went wrong, and gives their own words back. Never raises."""
    if isinstance(error, DuplicateInteraction):
        log.info("interaction_repeated", interaction_id=interaction.id)
        return
    reason = _reason(interaction, error)
    if interaction.type is discord.InteractionType.autocomplete:
        return
    await send_privately(interaction, refusal(reason, OwnWords(prompt, safety)))


async def on_tree_error(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
    """What the command tree does with any error; the member's texts are read from the command itself."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    options = _string_options(interaction.data or {})
    await answer(interaction, cause, prompt=options.get("prompt", ""), safety=options.get("safety", ""))


async def send_privately(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """Sends an answer that only the caller sees; what Discord does not take is logged and lost."""
    message: dict[str, Any] = {
        "view": reply.view,
        "files": list(reply.files),
        "ephemeral": True,
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    try:
        if not interaction.response.is_done():
            try:
                await interaction.response.send_message(**message)
            except discord.HTTPException as error:
                # Told at this very moment that the answer will come later: `cogs.presses.in_time`.
                if error.code != ALREADY_ACKNOWLEDGED:
                    raise
            else:
                return
        await interaction.followup.send(**message)
    except TROUBLE as error:
        log.warning("answer_lost", interaction_id=interaction.id, cause=str(error))


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """A private answer of words alone."""
    await send_privately(interaction, Reply(plain(text)))


def _reason(interaction: discord.Interaction[Any], error: BaseException) -> str:
    facts = {
        "interaction_id": interaction.id,
        "user_id": getattr(interaction.user, "id", None),
        "guild_id": interaction.guild_id,
        "error": type(error).__name__,
    }
    if isinstance(error, UserFault) and answers.has_text(type(error)):
        log.info("request_refused", **facts, details=error.args)
        return answers.refusal(error)
    if isinstance(error, JobConflict):
        log.info("request_too_early", **facts, row_id=error.row_id)
        return answers.BUSY
    if isinstance(error, _OUTDATED):
        log.warning("command_outdated", **facts)
        return answers.OUTDATED
    reference = reference_of(interaction.id)
    if isinstance(error, RecordsUnavailable):
        log.error("records_unavailable", **facts, reference=reference, exc_info=error)
        return answers.records_unavailable(reference)
    log.error("interaction_failed", **facts, reference=reference, exc_info=error)
    return answers.internal(reference)


def _string_options(payload: Mapping[str, Any]) -> dict[str, str]:
    """The text options of a command, however deep it is nested."""
    found: dict[str, str] = {}
    for option in payload.get("options", []):
        if isinstance(option.get("value"), str):
            found[option["name"]] = option["value"]
        found |= _string_options(option)
    return found
