"""Gemini Omni characters: one picture and a description become a character, whose id is the answer.

kie has no public page about it; the fields come from public clients and their tests (summer and autumn 2026).
What is assumed beyond those is in `CAPABILITIES.assumed`, for the operator to read. No answer of it was ever
recorded by us. One picture is sent, because some sources allow no second one.
"""

from bot.clip import PictureKind
from bot.ports import Absent, Capabilities, Made, SourceKind, Submission
from bot.providers.kie.client import KieClient
from bot.providers.kie.kie_model import KieModel
from bot.providers.kie.uploads import Uploads
from bot.providers.kie.wire.requests import omni_character
from bot.takes import FileLimits, TextLimits

NAME = "kie-gemini-omni"
TEXT_UNITS = 20_000
"""Of `descriptions`, in which both texts are sent."""
CAPABILITIES = Capabilities(
    label="Gemini Omni",
    source=SourceKind.PICTURE,
    texts=TextLimits(TEXT_UNITS, TEXT_UNITS, joined=True),
    files=FileLimits(frozenset({PictureKind.JPEG}), limit_bytes=20_000_000),
    ends_at_once=True,
    assumed=(
        "refusals come with the codes and words of createTask, a paused model included",
        "an empty order is refused before the charge, and tells whether the model is on",
        "an account without credits gets no character",
        "the character is made within 120 seconds",
        "the answer's lack of a price means that none is told, not that it is free",
        "the provider keeps a copy of the picture, so an id outlives its upload; nobody says for how long",
        "a safety text is heeded where it stands in the description",
        "an order counts towards the account's rate like every other",
    ),
)


class GeminiOmni(KieModel):
    """Provider: kie.ai's Gemini Omni characters."""

    def __init__(self, client: KieClient, uploads: Uploads) -> None:
        super().__init__(client, uploads, name=NAME, capabilities=CAPABILITIES)

    async def submit(self, submission: Submission) -> Made:
        """Has the character made, once; there is no task, and nobody calls back.

        Raises:
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        return await self._client.create_character(omni_character(submission))

    async def look_up(self, task_id: str) -> Absent:  # noqa: ARG002 - the port's signature
        """Nothing: there are no tasks here."""
        return Absent()

    async def probe(self) -> None:
        """Asks whether a submission would be taken; free, and nothing is created.

        Raises:
            Refused: it would not, for this fault.
            ProviderError: no usable answer.
        """
        await self._client.probe_characters()
