"""Taking down what was made in a server: what there is of a job, and the one step that ends it all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.deeds import Deed
from bot.model import AttemptState, MessageRef
from bot.removal import Removal


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is of a job that could be taken down; `state` is that of its latest attempt.

    `posts` counts the messages that show an id of its characters.
    """

    job_id: str
    owner_id: int
    created_at: datetime
    state: AttemptState
    characters: int
    posts: int
    removal: Removal | None = None


class TakedownStore(Protocol):
    """Jobs of a server, as far as they can be taken down."""

    async def job_called(self, guild_id: int, reference: str) -> str | None:
        """The job of the server's character that has this id now, or once had it, by our name or theirs."""
        ...

    async def sight(self, guild_id: int, job_id: str) -> Sight | None:
        """What there is of a job; None where the server has no such job."""
        ...

    async def take_down(self, job_id: str, removal: Removal, deed: Deed) -> None:
        """Notes who takes a job of the deed's server down, and ends all of it that is ours, at once.

        Its attempts are cancelled as far as they can be, its characters deleted with what they were shared
        with, its claim on clip and picture given up. What was posted of them comes due again, to be taken
        away, and card and owner are to be told; so are those who have reported it. Nothing of it is ever made
        again.

        Raises:
            AlreadyRemoved: somebody was first.
            NotFound: the server has no such job.
        """


class CharacterPosts(Protocol):
    """The messages in which members have shown characters."""

    async def note(self, job_id: str, message: MessageRef, now: datetime) -> None:
        """Notes that a message shows a character that this job has made; nothing where that job is gone."""

    async def of_job(self, job_id: str) -> list[MessageRef]:
        """Those of a job's characters."""
        ...

    async def forget(self, message: MessageRef) -> None:
        """It is gone, or cannot be taken away."""
