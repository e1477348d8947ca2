"""A plain client of the provider's HTTP interface, and a receiver of callbacks; none of the bot's code."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.kie.server import Kie

KEY = "sandbox-key"
AGENT = "Dramatis/1.0 (+https://example.invalid)"
MODEL = "sora-2-characters"

# Not a playable clip; a start that names the container, and some more.
MP4 = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0" * 500
WEBM = b"\x1aE\xdf\xa3" + b"\0" * 60
AVI = b"RIFF\0\0\1\0AVI LIST" + b"\0" * 60


class Client:
    """The few calls the tests make, each returning the decoded body."""

    def __init__(self, kie: Kie, session: aiohttp.ClientSession) -> None:
        self.kie = kie
        self.session = session

    async def upload(self, content: bytes = MP4, **fields: str) -> dict[str, Any]:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(content), filename="clip.mp4", content_type="video/mp4")
        for name, value in ({"uploadPath": "clips"} | fields).items():
            form.add_field(name, value)
        return await self.post(f"{self.kie.upload_base_url}/api/file-stream-upload", data=form)

    async def uploaded_url(self, content: bytes = MP4) -> str:
        return str((await self.upload(content))["data"]["downloadUrl"])

    async def submit(
        self, clip_url: str | None = None, *, callback_url: str | None = None, **fields: object
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"model": MODEL}
        if callback_url:
            body["callBackUrl"] = callback_url
        return await self.create(
            body | {"input": {"character_file_url": [clip_url or await self.uploaded_url()]} | fields}
        )

    async def submitted(self, clip_url: str | None = None, **fields: Any) -> str:
        return str((await self.submit(clip_url, **fields))["data"]["taskId"])

    async def create(self, body: object) -> dict[str, Any]:
        return await self.post(f"{self.kie.api_base_url}/api/v1/jobs/createTask", json=body)

    async def poll(self, task_id: str) -> dict[str, Any]:
        return await self.get(f"{self.kie.api_base_url}/api/v1/jobs/recordInfo", taskId=task_id)

    async def record(self, task_id: str) -> dict[str, Any]:
        return dict((await self.poll(task_id))["data"])

    async def credit(self) -> dict[str, Any]:
        return await self.get(f"{self.kie.api_base_url}/api/v1/chat/credit")

    async def post(self, url: str, **content: Any) -> dict[str, Any]:
        async with self.session.post(url, **content) as response:
            return dict(await response.json())

    async def get(self, url: str, **query: str) -> dict[str, Any]:
        async with self.session.get(url, params=query) as response:
            return dict(await response.json())


@asynccontextmanager
async def open_client(kie: Kie) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {KEY}", "User-Agent": AGENT}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield Client(kie, session)


@dataclass
class Receiver:
    """Keeps what was posted to it; answers with the statuses ordered, then with 200."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    _posted: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5), self._posted:
            await self._posted.wait_for(lambda: len(self.bodies) >= count)

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        async with self._posted:
            self._posted.notify_all()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response({"code": status, "msg": "success"}, status=status)


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/cb/{token}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/cb"
        yield receiver
    finally:
        await runner.cleanup()
