"""A clip that was picked from a message, until the form about it comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Attachment, MessageRef


@dataclass(frozen=True, slots=True)
class Pick:
    """A clip that `owner_id` picked from a message of their own, until the form about it comes back."""

    pick_id: str
    owner_id: int
    guild_id: int | None
    message: MessageRef
    attachment_id: int
    attachment: Attachment
    created_at: datetime


class PickStore(Protocol):
    """Clips picked from messages, until the forms about them come back."""

    async def keep(self, pick: Pick, *, forget_before: datetime) -> None:
        """Stores the pick, and deletes those made before `forget_before`."""

    async def get(self, pick_id: str) -> Pick | None: ...
