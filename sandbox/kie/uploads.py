"""The three upload endpoints: multipart stream, base64 in JSON, fetch of a URL."""

import base64
import binascii
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.kie import answers
from sandbox.kie.account import Account
from sandbox.kie.files import FileArea, Sink, checked_folder, checked_name, public_path
from sandbox.kie.inputs import Refused, is_http_url, json_object
from sandbox.kie.ledger import Exchange, Upload
from sandbox.kie.outbound import Outbound, Unreachable

_CHUNK_BYTES = 64 * 1024


class UploadDesk:
    """Takes files in. Each method is the work of one endpoint and returns the answer's body."""

    def __init__(self, account: Account, area: FileArea, outbound: Outbound) -> None:
        self._account = account
        self._area = area
        self._outbound = outbound

    async def stream(self, request: web.Request, exchange: Exchange) -> dict[str, Any]:
        """`file-stream-upload`: fields in any order; the file goes to disk as it arrives."""
        self._account.check_key(request.headers.get("Authorization"))
        if request.content_type != "multipart/form-data":
            raise Refused(400, "multipart/form-data is required")
        sink = self._area.open_sink()
        try:
            fields, original = await _read_form(request, sink)
        finally:
            sink.close()
        if original is None:
            raise Refused(400, "file is required")
        folder = checked_folder(fields.get("uploadPath"))
        name = checked_name(fields.get("fileName"))
        return _stored(
            self._area.keep(sink, endpoint=exchange.endpoint, folder=folder, name=name, original=original)
        )

    async def base64(self, request: web.Request, exchange: Exchange) -> dict[str, Any]:
        """`file-base64-upload`: raw base64 or a data URL."""
        body = self._json(request, exchange)
        folder, name = checked_folder(body.get("uploadPath")), checked_name(body.get("fileName"))
        sink = self._area.open_sink()
        try:
            sink.write(_decoded(body.get("base64Data")))
        finally:
            sink.close()
        return _stored(
            self._area.keep(sink, endpoint=exchange.endpoint, folder=folder, name=name, original=None)
        )

    async def from_url(self, request: web.Request, exchange: Exchange) -> dict[str, Any]:
        """`file-url-upload`: the provider fetches the file itself."""
        body = self._json(request, exchange)
        folder, name = checked_folder(body.get("uploadPath")), checked_name(body.get("fileName"))
        url = body.get("fileUrl")
        if not is_http_url(url):
            raise Refused(400, "fileUrl must be a valid http or https URL")
        sink = self._area.open_sink()
        try:
            await self._outbound.fetch(str(url), sink.write)
        except Unreachable:
            raise Refused(500, "Failed to download the file from the given URL") from None
        finally:
            sink.close()
        return _stored(
            self._area.keep(sink, endpoint=exchange.endpoint, folder=folder, name=name, original=str(url))
        )

    def _json(self, request: web.Request, exchange: Exchange) -> dict[str, Any]:
        self._account.check_key(request.headers.get("Authorization"))
        require_json(request)
        return json_object(exchange.body)


def require_json(request: web.Request) -> None:
    """Demand the JSON content type.

    Raises:
        Refused: 401, whose text blames key and Content-Type alike.
    """
    if request.content_type != "application/json":
        raise Refused(401, "Authentication failed: check the Authorization and Content-Type headers")


async def _read_form(request: web.Request, sink: Sink) -> tuple[dict[str, str], str | None]:
    """Text fields, and the file part's own file name ("" when it has none, None when there was no file)."""
    fields: dict[str, str] = {}
    original: str | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, aiohttp.BodyPartReader):
                raise Refused(400, "nested multipart is not supported")
            if part.name == "file":
                original = part.filename or ""
                while piece := await part.read_chunk(_CHUNK_BYTES):
                    sink.write(piece)
            else:
                fields[part.name or ""] = await part.text()
    except ValueError:
        raise Refused(400, "the multipart body could not be read") from None
    return fields, original


def _decoded(encoded: object) -> bytes:
    if not isinstance(encoded, str) or not encoded:
        raise Refused(400, "base64Data is required")
    raw = encoded.partition(",")[2] if encoded.startswith("data:") else encoded
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "Base64 decoding failed") from None


def _stored(upload: Upload) -> dict[str, Any]:
    return answers.stored(
        name=upload.name,
        path=public_path(upload.folder, upload.name),
        url=upload.url,
        size_bytes=upload.size_bytes,
        mime_type=upload.mime_type,
        at=upload.at,
    )
