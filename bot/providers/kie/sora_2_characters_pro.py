"""The model `sora-2-characters-pro`: 1 to 4 seconds of a finished Sora video become a character.

The video is known by the task that made it, which has to be of the same account. `character_user_name` is not
sent: it is a handle of all of the provider's customers, and one that is taken would cost an order.
"""

from bot.errors import Refused
from bot.fault import Fault
from bot.ports import Capabilities, SourceKind, Submission
from bot.providers.kie.client import KieClient
from bot.providers.kie.kie_model import KieTaskModel
from bot.providers.kie.sora_2_characters import TEXTS
from bot.providers.kie.uploads import Uploads
from bot.providers.kie.wire.requests import character_from_task

NAME = "kie-sora-2-characters-pro"
MODEL = "sora-2-characters-pro"
CAPABILITIES = Capabilities(
    label="Sora 2 (from a video)",
    source=SourceKind.TASK,
    texts=TEXTS,
    calls_back=True,
    assumed=(
        "a video task that the account does not have is refused before the charge, or fails the order",
        "a handle for the character may be left out",
        "nobody says how long such an id works; no upload is behind it",
        "its callbacks are those of the other character model",
    ),
)


class Sora2CharactersPro(KieTaskModel):
    """Provider: kie.ai's `sora-2-characters-pro`."""

    def __init__(self, client: KieClient, uploads: Uploads) -> None:
        super().__init__(client, uploads, name=NAME, model=MODEL, capabilities=CAPABILITIES)

    async def submit(self, submission: Submission) -> str:
        """Asks for the character, once. Returns kie's task id.

        Raises:
            ValueError: the order names no video.
            NotSent: nothing left this machine.
            Refused: nothing was created.
            Unanswered: nobody knows.
        """
        try:
            return await self._client.create_task(character_from_task(MODEL, submission))
        except Refused as error:
            # Our texts and their form are judged before: what is left to object to is which part of what.
            if error.fault is Fault.REQUEST_INVALID:
                raise Refused(Fault.VIDEO_REFUSED, code=error.code, text=error.text) from error
            raise
