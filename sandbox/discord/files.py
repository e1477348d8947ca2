"""Files: what a member attaches, what is kept of it, and the signed links under which it is served."""

import hashlib
import hmac
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sandbox.discord.hub import Hub, Json

LINK_LIFETIME: Final = timedelta(hours=24)  # Discord: Reference, Signed Attachment CDN URLs
SPOILER_FLAG: Final = 1 << 3
IMAGE_OR_CLIP: Final = ("image/", "video/")


@dataclass(frozen=True, slots=True)
class AttachmentFile:
    """A file a member attaches.

    `body` is the content, or a path to stream it from. `claims` replaces or adds fields of the attachment
    object the bot is told about (`size`, `content_type`, `width`, `duration_secs`, `url`, ...); a value of
    None removes the field.
    """

    filename: str
    body: bytes | Path = b""
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        return self.body.stat().st_size if isinstance(self.body, Path) else len(self.body)


@dataclass(slots=True)
class StoredFile:
    """A file on the sandbox's CDN."""

    attachment_id: int
    folder: str  # "attachments/<channel id>" or "ephemeral-attachments/<application id>"
    file: AttachmentFile
    description: str | None = None
    is_ephemeral: bool = False

    @property
    def filename(self) -> str:
        return self.file.filename

    @property
    def address(self) -> str:
        """Its path on the CDN, readable."""
        return f"/{self.folder}/{self.attachment_id}/{self.filename}"

    @property
    def path(self) -> str:
        """The same as it stands in a link."""
        return quote(self.address)

    @property
    def content_type(self) -> str | None:
        return mimetypes.guess_type(self.filename)[0]


def signature(secret: bytes, path: str, expires: int, issued: int) -> str:
    """The `hm` parameter of a signed link."""
    text = f"{path}?ex={expires:x}&is={issued:x}"
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def signed_url(hub: Hub, stored: StoredFile, now: datetime) -> str:
    """A link that stops working after `LINK_LIFETIME`, with Discord's three parameters."""
    issued = int(now.timestamp())
    expires = int((now + LINK_LIFETIME).timestamp())
    mark = signature(hub.secret, stored.path, expires, issued)
    return f"{hub.base_url}{stored.path}?ex={expires:x}&is={issued:x}&hm={mark}&"


def attachment_json(hub: Hub, stored: StoredFile) -> Json:
    """Discord's attachment object, with the claims of the test laid over it."""
    url = signed_url(hub, stored, hub.clock.now())
    shape: Json = {
        "id": str(stored.attachment_id),
        "filename": stored.filename,
        "size": stored.file.size_bytes,
        "url": url,
        "proxy_url": url,
        "content_type": stored.content_type,
        "description": stored.description,
        "ephemeral": True if stored.is_ephemeral else None,
        "flags": SPOILER_FLAG if stored.filename.startswith("SPOILER_") else None,
    }
    shape |= stored.file.claims
    return {name: value for name, value in shape.items() if value is not None}
