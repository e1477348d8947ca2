"""What kie's models share: the account's client, and the way in which files get there."""

from collections.abc import AsyncIterator

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.ports import Capabilities, TaskReport
from bot.providers.kie.client import KieClient
from bot.providers.kie.uploads import Uploads


class KieModel:
    """One model of the account; how orders are placed and followed is its own to say."""

    def __init__(self, client: KieClient, uploads: Uploads, *, name: str, capabilities: Capabilities) -> None:
        self._client = client
        self._uploads = uploads
        self._name = name
        self._capabilities = capabilities

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def hand_over(
        self, source: StoredClip, kind: ClipKind | PictureKind, chunks: AsyncIterator[bytes]
    ) -> str:
        """Uploads the clip, or the picture of it; the pages of kie promise uploads 24 hours to 14 days.

        Raises:
            ClipMissing: `chunks` is not the source.
            ClipStoreUnavailable: it was needed a second time and could not be read.
            ProviderError: it did not work; nothing was charged.
        """
        return await self._uploads.hand_over(source, kind, chunks)


class KieTaskModel(KieModel):
    """One whose orders become tasks, under the name `model`."""

    def __init__(
        self, client: KieClient, uploads: Uploads, *, name: str, model: str, capabilities: Capabilities
    ) -> None:
        super().__init__(client, uploads, name=name, capabilities=capabilities)
        self._model = model

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
        await self._client.probe(self._model)
