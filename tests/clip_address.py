"""A web server in front of a clip store's folder, as an operator would put one there; loopback only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web


class ClipAddress:
    """Serves `public/` of a folder and nothing else. `status` and `content` are what it says instead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base_url = ""
        self.asked: list[str] = []
        self.status = 200
        self.content: bytes | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        file = self.folder / request.path.lstrip("/")
        if self.status != 200:
            return web.Response(status=self.status)
        if not request.path.startswith("/public/") or not file.is_file():
            return web.Response(status=404)
        return web.Response(body=file.read_bytes() if self.content is None else self.content)


@asynccontextmanager
async def clip_address(folder: Path) -> AsyncIterator[ClipAddress]:
    address = ClipAddress(folder)
    app = web.Application()
    app.router.add_get("/{path:.*}", address.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield address
    finally:
        await runner.cleanup()
