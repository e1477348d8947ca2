"""The model `sora-2-characters`: a clip of 1 to 4 seconds becomes a character."""

import secrets
from collections.abc import AsyncIterator, Callable

from bot.errors import ClipMissing
from bot.model import ClipKind, StoredClip
from bot.ports import Submission, TaskReport
from bot.providers.kie.client import KieClient
from bot.providers.kie.multipart import StreamMismatch
from bot.providers.kie.wire.requests import CONTENT_TYPES, character_task

NAME = "kie-sora-2-characters"
MODEL = "sora-2-characters"
UPLOAD_PATH = "dramatis"
NAME_BYTES = 16
"""128 random bits: an upload of the same name would replace the clip, and anyone who knows it may read it."""


def random_name() -> str:
    """A file name without extension that nobody guesses or repeats."""
    return secrets.token_hex(NAME_BYTES)


class Sora2Characters:
    """Provider: kie.ai's `sora-2-characters`. `new_name` names uploads and must never repeat itself."""

    def __init__(self, client: KieClient, new_name: Callable[[], str] = random_name) -> None:
        self._client = client
        self._new_name = new_name

    @property
    def name(self) -> str:
        return NAME

    async def hand_over(self, clip: StoredClip, kind: ClipKind, chunks: AsyncIterator[bytes]) -> str:
        """Uploads the clip; the pages of kie promise it 24 hours to 14 days.

        Raises:
            ClipMissing: `chunks` is not the clip.
            ProviderError: it did not work; nothing was charged.
        """
        try:
            return await self._client.upload_stream(
                f"{self._new_name()}.{kind}", CONTENT_TYPES[kind], chunks, clip.size_bytes, UPLOAD_PATH
            )
        except StreamMismatch:
            raise ClipMissing(clip.key) from None

    async def submit(self, submission: Submission) -> str:
        """Asks for the character, once. Returns kie's task id.

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        return await self._client.create_task(character_task(MODEL, submission))

    async def look_up(self, task_id: str) -> TaskReport:
        """How the task stands; free.

        Raises:
            ProviderError: no usable answer; says nothing about the task.
        """
        return await self._client.record_info(task_id)

    async def probe(self) -> None:
        """Asks whether a submission would be taken; free, and nothing is created.

        Raises:
            Refused: it would not, for this fault.
            ProviderError: no usable answer.
        """
        await self._client.probe(MODEL)
