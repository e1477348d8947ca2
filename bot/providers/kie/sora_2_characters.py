"""The model `sora-2-characters`: a clip of 1 to 4 seconds becomes a character."""

from datetime import timedelta

from bot.clip import ClipKind
from bot.ports import Capabilities, SourceKind, Submission
from bot.providers.kie.client import KieClient
from bot.providers.kie.kie_model import KieTaskModel
from bot.providers.kie.uploads import Uploads
from bot.providers.kie.wire.requests import character_task
from bot.takes import FileLimits, TextLimits

NAME = "kie-sora-2-characters"
MODEL = "sora-2-characters"
TEXT_UNITS = 5000
"""Of each of the two texts (kie: Sora 2 Characters)."""
TEXTS = TextLimits(TEXT_UNITS, TEXT_UNITS)
SECONDS = (0.95, 4.06)
"""1 to 4 by the same page, with what the bot's own judge lets pass beside them."""
UPLOAD_LASTS = timedelta(hours=24)
"""The shortest of the three times that kie's pages give; one of them ties an id's life to its clip."""
CAPABILITIES = Capabilities(
    label="Sora 2",
    source=SourceKind.CLIP,
    texts=TEXTS,
    files=FileLimits(
        frozenset({ClipKind.MP4, ClipKind.WEBM, ClipKind.AVI}), limit_bytes=10_000_000, seconds=SECONDS
    ),
    calls_back=True,
    id_lasts=UPLOAD_LASTS,
)


class Sora2Characters(KieTaskModel):
    """Provider: kie.ai's `sora-2-characters`."""

    def __init__(self, client: KieClient, uploads: Uploads) -> None:
        super().__init__(client, uploads, name=NAME, model=MODEL, capabilities=CAPABILITIES)

    async def submit(self, submission: Submission) -> str:
        """Asks for the character, once. Returns kie's task id.

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        return await self._client.create_task(character_task(MODEL, submission))
