"""The limits of embeds. Discord: Message, Embed Limits."""

from typing import Any, Final

from sandbox.discord.errors import FormFaults
from sandbox.discord.hub import Json
from sandbox.discord.messages import embed_texts

EMBEDS_LIMIT: Final = 10
FIELDS_LIMIT: Final = 25
ALL_TEXT_LIMIT: Final = 6000  # over all embeds of a message
TITLE_LIMIT, DESCRIPTION_LIMIT = 256, 4096
FIELD_NAME_LIMIT, FIELD_VALUE_LIMIT = 256, 1024
FOOTER_LIMIT, AUTHOR_LIMIT = 2048, 256


def check_embeds(embeds: Any, faults: FormFaults) -> None:
    """Add a fault for each broken limit."""
    faults.length(("embeds",), embeds, 0, EMBEDS_LIMIT)
    listed: list[Json] = [one for one in embeds if isinstance(one, dict)] if isinstance(embeds, list) else []
    for index, embed in enumerate(listed):
        _check_embed(embed, ("embeds", index), faults)
    if sum(len(text) for embed in listed for text in embed_texts(embed)) > ALL_TEXT_LIMIT:
        told = f"Embed size exceeds maximum size of {ALL_TEXT_LIMIT}"
        faults.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", told)


def _check_embed(embed: Json, path: tuple[str | int, ...], faults: FormFaults) -> None:
    faults.too_long((*path, "title"), embed.get("title") or "", TITLE_LIMIT)
    faults.too_long((*path, "description"), embed.get("description") or "", DESCRIPTION_LIMIT)
    faults.too_long((*path, "footer", "text"), (embed.get("footer") or {}).get("text") or "", FOOTER_LIMIT)
    faults.too_long((*path, "author", "name"), (embed.get("author") or {}).get("name") or "", AUTHOR_LIMIT)
    entries = embed.get("fields") or []
    faults.length((*path, "fields"), entries, 0, FIELDS_LIMIT)
    for index, entry in enumerate(entries):
        faults.length((*path, "fields", index, "name"), entry.get("name"), 1, FIELD_NAME_LIMIT)
        faults.length((*path, "fields", index, "value"), entry.get("value"), 1, FIELD_VALUE_LIMIT)


def shown_embed(embed: Json) -> Json:
    """An embed as Discord gives it back."""
    shape = {"type": "rich", **{name: value for name, value in embed.items() if value is not None}}
    if "fields" in shape:
        shape["fields"] = [{"inline": False, **entry} for entry in shape["fields"]]
    return shape
