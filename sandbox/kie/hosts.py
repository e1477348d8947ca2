"""The three hosts: which path on which host is which endpoint, and what any other path answers."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.kie.answers import refusal, upload_refusal
from sandbox.kie.api import ApiDesk
from sandbox.kie.faults import FILE, OMNI_CHARACTER
from sandbox.kie.files import FileArea
from sandbox.kie.front import Front
from sandbox.kie.ledger import Exchange
from sandbox.kie.omni import OmniDesk
from sandbox.kie.uploads import UploadDesk

# Room for a base64 upload of a 10 MB clip and its JSON.
BODY_LIMIT_BYTES = 20_000_000
LOOPBACK = "127.0.0.1"
# Requests still open when a host goes down (a drip, a delay) are cut off after this long.
GRACE_SECONDS = 0.1
# Clients in this event loop need so many turns to see that their kept-alive connections have ended.
LOOP_TURNS_TO_NOTICE = 3


class Site:
    """One host on a port of its own, which it keeps when it goes down and comes back."""

    def __init__(self, build: Callable[[], web.Application], port: int) -> None:
        self._build = build
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Listen; a site that listens already stays as it is."""
        if self._runner:
            return
        self._runner = web.AppRunner(self._build(), access_log=None, shutdown_timeout=GRACE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner:
            await self._runner.cleanup()
        self._runner = None
        for _ in range(LOOP_TURNS_TO_NOTICE):
            await asyncio.sleep(0)


def api_host(front: Front, desk: ApiDesk, omni: OmniDesk) -> web.Application:
    """Tasks, characters made at once, balance, download links."""
    app = web.Application(client_max_size=BODY_LIMIT_BYTES)
    app.router.add_post("/api/v1/jobs/createTask", front.route("createTask", desk.create_task))
    app.router.add_post("/api/v1/omni/character/create", front.route(OMNI_CHARACTER, omni.create))
    app.router.add_get("/api/v1/jobs/recordInfo", front.route("recordInfo", desk.record), allow_head=False)
    app.router.add_get("/api/v1/chat/credit", front.route("credit", desk.credit), allow_head=False)
    app.router.add_post("/api/v1/common/download-url", front.route("download-url", desk.download_url))
    app.router.add_route("*", "/{path:.*}", _no_such_endpoint)
    return app


def upload_host(front: Front, desk: UploadDesk) -> web.Application:
    """The three ways of handing a file over."""
    app = web.Application(client_max_size=BODY_LIMIT_BYTES)
    endpoints = {
        "file-stream-upload": desk.stream,
        "file-base64-upload": desk.base64,
        "file-url-upload": desk.from_url,
    }
    for endpoint, work in endpoints.items():
        app.router.add_post(f"/api/{endpoint}", front.route(endpoint, work))
        app.router.add_route("*", f"/api/{endpoint}", _wrong_method)
    app.router.add_route("*", "/{path:.*}", _no_such_endpoint)
    return app


def file_host(front: Front, area: FileArea) -> web.Application:
    """Uploaded files, to be read without a key."""

    async def served(request: web.Request, _: Exchange) -> web.Response:
        upload = area.find(request.path)
        if upload is None:
            return web.Response(status=404, text="not found")
        content = await asyncio.to_thread(upload.file.read_bytes)
        return web.Response(body=content, content_type=upload.mime_type)

    app = web.Application()
    app.router.add_get("/{path:.*}", front.route(FILE, served))
    return app


async def _no_such_endpoint(_: web.Request) -> web.StreamResponse:
    return web.json_response(refusal(404, "Not Found"), status=404)


async def _wrong_method(_: web.Request) -> web.StreamResponse:
    return web.json_response(upload_refusal(405, "Method not allowed"), status=405)
