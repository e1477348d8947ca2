"""Reading the body of a message request: what may stand in it, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.discord.components import FILE, check_components, numbered
from sandbox.discord.embeds import check_embeds, shown_embed
from sandbox.discord.errors import FormFaults, refusal
from sandbox.discord.files import AttachmentFile, StoredFile, attachment_json
from sandbox.discord.hub import Json
from sandbox.discord.messages import COMPONENTS_V2, EPHEMERAL, Message, walk
from sandbox.discord.world import World

CONTENT_LIMIT: Final = 2000
NONCE_LIMIT: Final = 25
FILES_LIMIT: Final = 10
FILE_LIMIT_BYTES: Final = 10 * 1024 * 1024
MENTIONS_LIMIT: Final = 100
LEGACY_FIELDS: Final = ("content", "embeds", "poll", "sticker_ids", "stickers")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a multipart request, under the number in its name `files[n]`."""

    index: int
    filename: str
    body: bytes


@dataclass(frozen=True, slots=True)
class MessageForm:
    """A message request found acceptable. None means the field was not sent."""

    content: str | None
    embeds: tuple[Json, ...] | None
    components: tuple[Json, ...] | None
    flags: int | None
    allowed_mentions: Json | None
    attachments: list[Json] | None
    uploads: Mapping[int, Upload] = field(default_factory=dict)
    nonce: str | None = None

    @property
    def ephemeral(self) -> bool:
        return bool((self.flags or 0) & EPHEMERAL)

    def files(self, world: World, folder: str, kept: Sequence[StoredFile] = ()) -> list[StoredFile] | None:
        """Store the uploads; None when the request says nothing about files."""
        if self.attachments is None and not self.uploads:
            return None
        listed: list[Json] | None = self.attachments
        if listed is None:
            numbers = [*(file.attachment_id for file in kept), *self.uploads]
            listed = [{"id": number} for number in numbers]
        old = {file.attachment_id: file for file in kept}
        found: list[StoredFile] = []
        for entry in listed:
            number = int(entry["id"])
            upload = self.uploads.get(number)
            if upload is not None:
                name = entry.get("filename") or upload.filename
                file = world.store_file(AttachmentFile(name, upload.body), folder, ephemeral=self.ephemeral)
                file.description = entry.get("description")
                found.append(file)
            elif number in old:
                found.append(old[number])
        return found

    def shown_components(self, world: World, files: Sequence[StoredFile]) -> tuple[Json, ...] | None:
        """The components with numbers, and with links where they named an uploaded file."""
        if self.components is None:
            return None
        shown = numbered(self.components)
        stored = {f"attachment://{file.filename}": attachment_json(world, file) for file in files}
        for medium in _media(shown):
            medium.update(_unfurled(world, medium["url"], stored.get(medium["url"])))
        for component in walk(shown):
            if component["type"] == FILE:
                attachment = next(
                    (one for one in stored.values() if one["url"] == component["file"]["url"]), {}
                )
                component |= {
                    "name": attachment.get("filename"),
                    "size": attachment.get("size"),
                    "spoiler": False,
                }
        return shown


def _unfurled(world: World, url: str, attachment: Json | None) -> Json:
    """Discord's unfurled media item, for an uploaded file or an address elsewhere."""
    shape = {"id": str(world.mint.next()), "url": url, "proxy_url": url}
    if attachment is None:
        return shape
    shape |= {"url": attachment["url"], "proxy_url": attachment["proxy_url"]}
    return shape | {"attachment_id": attachment["id"], "content_type": attachment.get("content_type")}


def _media(components: Sequence[Json]) -> list[Json]:
    found: list[Json] = []
    for component in walk(list(components)):
        parts = [component, *component.get("items", ())]
        found += [
            part[name] for part in parts for name in ("media", "file") if isinstance(part.get(name), dict)
        ]
    return found


def read_form(body: Any, uploads: Sequence[Upload] = (), old: Message | None = None) -> MessageForm:
    """Check the body of a request that makes a message, or changes `old`.

    Raises:
        Refusal: 50035 with one entry per fault, 40005 for a file that is too big.
    """
    if not isinstance(body, dict):
        raise refusal(50109)
    faults = FormFaults()
    flags = body.get("flags") or 0
    is_v2 = bool((flags | (old.version.flags if old else 0)) & COMPONENTS_V2)
    _check_texts(body, faults, is_v2=is_v2)
    if body.get("components"):
        check_components(body["components"], faults, is_v2=is_v2)
    _check_allowed_mentions(body.get("allowed_mentions") or {}, faults)
    _check_nonce(body.get("nonce"), faults)
    _check_uploads(body, uploads, old, faults)
    faults.raise_if_found()
    return MessageForm(
        content=(body["content"] or "") if "content" in body else None,
        embeds=tuple(shown_embed(one) for one in body["embeds"] or ()) if "embeds" in body else None,
        components=tuple(body["components"] or ()) if "components" in body else None,
        flags=body.get("flags"),
        allowed_mentions=body.get("allowed_mentions"),
        attachments=body.get("attachments"),
        uploads={upload.index: upload for upload in uploads},
        nonce=None if body.get("nonce") is None else str(body["nonce"]),
    )


def _check_texts(body: Json, faults: FormFaults, *, is_v2: bool) -> None:
    if is_v2:
        for name in LEGACY_FIELDS:
            if body.get(name):
                told = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                faults.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", told)
        return
    content = body.get("content")
    if content is not None and not isinstance(content, str):
        faults.add(("content",), "STRING_TYPE_CONVERT", f'Could not interpret "{content}" as string.')
    elif content is not None:
        faults.too_long(("content",), content, CONTENT_LIMIT)
    check_embeds(body.get("embeds") or [], faults)


def _check_allowed_mentions(allowed: Json, faults: FormFaults) -> None:
    path = ("allowed_mentions",)
    for index, kind in enumerate(allowed.get("parse") or ()):
        faults.choice((*path, "parse", index), kind, ("roles", "users", "everyone"))
    for kind in ("users", "roles"):
        listed = allowed.get(kind) or []
        if listed and kind in (allowed.get("parse") or ()):
            told = f'Mutually exclusive with parse: ["{kind}"]'
            faults.add((*path, kind), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", told)
        faults.length((*path, kind), listed, 0, MENTIONS_LIMIT)


def _check_nonce(nonce: Any, faults: FormFaults) -> None:
    if isinstance(nonce, str):
        faults.too_long(("nonce",), nonce, NONCE_LIMIT)
    elif nonce is not None and (isinstance(nonce, bool) or not isinstance(nonce, int)):
        faults.add(("nonce",), "NONCE_TYPE_INVALID_TYPE", "Nonce must be a string or an integer.")


def _check_uploads(body: Json, uploads: Sequence[Upload], old: Message | None, faults: FormFaults) -> None:
    if any(len(upload.body) > FILE_LIMIT_BYTES for upload in uploads):
        raise refusal(40005)
    attachments = body.get("attachments") or []
    faults.length(("attachments",), attachments, 0, FILES_LIMIT)
    sent = {upload.index for upload in uploads}
    kept = {file.attachment_id for file in old.files} if old else set()
    for index, entry in enumerate(attachments):
        number = str(entry.get("id", ""))
        if not number.isdigit() or int(number) not in sent | kept:
            told = "This attachment does not exist."
            faults.add(("attachments", index), "ATTACHMENT_NOT_FOUND", told)
    _check_media(body, uploads, old, faults)


def _check_media(body: Json, uploads: Sequence[Upload], old: Message | None, faults: FormFaults) -> None:
    if faults.found or not isinstance(body.get("components"), list):
        return
    named = {entry.get("filename") for entry in body.get("attachments") or ()}
    named |= {upload.filename for upload in uploads} | (
        {file.filename for file in old.files} if old else set()
    )
    for medium in _media(body["components"]):
        scheme, _, filename = medium["url"].partition("://")
        if scheme == "attachment" and filename not in named:
            told = f"The referenced attachment '{filename}' was not found"
            faults.add(("components",), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", told)
