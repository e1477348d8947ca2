"""Files in the account's area: stored on disk while they stream in, named, overwritten, lapsing, served."""

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path, PurePosixPath

from sandbox.kie.account import ACCOUNT_ID
from sandbox.kie.clock import SandboxClock, epoch_milliseconds
from sandbox.kie.inputs import Refused
from sandbox.kie.ledger import Ledger, Upload

# The most cautious of the documented lifetimes (14 days, 3 days, 24 hours).
UPLOAD_LIFETIME_SECONDS = 24 * 3600.0
# The proxy in front of the upload host takes no more; the pages advise the same ceiling.
UPLOAD_LIMIT_BYTES = 100_000_000
# Enough of a file's start to know its container.
HEAD_BYTES = 16

_EXTENSIONS = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/avi": "avi",
    "image/png": "png",
    "image/jpeg": "jpg",
}
_MIME_TYPES = {extension: mime_type for mime_type, extension in _EXTENSIONS.items()} | {
    "mov": "video/quicktime"
}


def container_of(head: bytes) -> str | None:
    """MIME type of an MP4, WebM or AVI file by its first bytes; QuickTime's own brand is not MP4."""
    if head[4:8] == b"ftyp" and head[8:12] != b"qt  ":
        return "video/mp4"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "video/avi"
    return None


def mime_type_of(head: bytes, file_name: str) -> str:
    """MIME type by signature, else by extension."""
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    extension = PurePosixPath(file_name).suffix.lstrip(".").lower()
    return container_of(head) or _MIME_TYPES.get(extension, "application/octet-stream")


class Sink:
    """One file on its way to disk; knows its size, hash and first bytes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.size_bytes = 0
        self.head = b""
        self._sha256 = hashlib.sha256()
        self._stream = file.open("wb")

    def write(self, piece: bytes) -> None:
        """Append a piece.

        Raises:
            Refused: 413, over the upload host's limit.
        """
        self.size_bytes += len(piece)
        if self.size_bytes > UPLOAD_LIMIT_BYTES:
            raise Refused(413, "Request entity too large", http_status=413)
        self.head = (self.head + piece[:HEAD_BYTES])[:HEAD_BYTES]
        self._sha256.update(piece)
        self._stream.write(piece)

    def close(self) -> str:
        """Finish the file and return its SHA-256 in hex."""
        self._stream.close()
        return self._sha256.hexdigest()


class FileArea:
    """The account's folder at the file host. `folder` is a real one that the sandbox removes at its end."""

    def __init__(self, clock: SandboxClock, ledger: Ledger, folder: Path) -> None:
        self.lifetime_seconds = UPLOAD_LIFETIME_SECONDS
        self.base_url = ""
        self._clock = clock
        self._ledger = ledger
        self._folder = folder
        self._sinks = 0

    def open_sink(self) -> Sink:
        self._sinks += 1
        return Sink(self._folder / f"{self._sinks}.bin")

    def keep(
        self, sink: Sink, *, endpoint: str, folder: str, name: str | None, original: str | None
    ) -> Upload:
        """File a finished sink under its public name, replacing an earlier file of the same name.

        `name` is the fileName asked for; without one a name is made up, with the extension of `original`.
        """
        sha256 = sink.close()
        mime_type = mime_type_of(sink.head, name or original or "")
        final_name = name or self._made_up_name(original, mime_type)
        url = f"{self.base_url}/{public_path(folder, final_name)}"
        upload = Upload(
            name=final_name,
            folder=folder,
            url=url,
            size_bytes=sink.size_bytes,
            sha256=sha256,
            mime_type=mime_type,
            at=self._clock.now(),
            endpoint=endpoint,
            overwrote=any(earlier.url == url for earlier in self._ledger.uploads),
            file=sink.file,
        )
        self._ledger.uploads.append(upload)
        self._ledger.note()
        return upload

    def find(self, path: str) -> Upload | None:
        """The newest upload under this public path, unless it has lapsed."""
        url = f"{self.base_url}/{path.lstrip('/')}"
        upload = next((upload for upload in reversed(self._ledger.uploads) if upload.url == url), None)
        if upload is None or self._clock.now() >= upload.at + timedelta(seconds=self.lifetime_seconds):
            return None
        return upload

    def _made_up_name(self, original: str | None, mime_type: str) -> str:
        extension = PurePosixPath(original or "").suffix.lstrip(".") or _EXTENSIONS.get(mime_type, "bin")
        return f"{epoch_milliseconds(self._clock.now())}-{secrets.token_hex(6)}.{extension}"


def public_path(folder: str, name: str) -> str:
    """`filePath` of an upload: the account's area, the folder asked for, the name."""
    return f"kieai/{ACCOUNT_ID}/{folder}/{name}"


def checked_folder(folder: object) -> str:
    """An uploadPath as the pages want it: present, no slash at either end.

    Raises:
        Refused: 400.
    """
    if not isinstance(folder, str) or not folder:
        raise Refused(400, "uploadPath is required")
    if folder.startswith("/") or folder.endswith("/") or ".." in folder.split("/"):
        raise Refused(400, "uploadPath must not start or end with a slash")
    return folder


def checked_name(name: object) -> str | None:
    """A fileName, when one was given; an empty one counts as not given.

    Raises:
        Refused: 400, not a plain file name.
    """
    if name is None or name == "":
        return None
    if not isinstance(name, str) or "/" in name or name in {".", ".."}:
        raise Refused(400, "fileName must be a plain file name")
    return name
