"""Stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

from bot.model import Part
from bot.ports import Preview


class ChildEditor:
    def __init__(self, folder: Path) -> None: ...
    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *a: object) -> None: ...
    async def preview(self, clip: AsyncIterator[bytes]) -> Preview:
        raise NotImplementedError

    async def cut(self, clip: AsyncIterator[bytes], part: Part) -> bytes:
        raise NotImplementedError

    async def poster(self, clip: AsyncIterator[bytes]) -> bytes | None:
        return None
