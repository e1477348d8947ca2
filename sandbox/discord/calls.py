"""Interactions: what the bot was called with, how it answered, and when the call expires."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sandbox.discord.hub import Json
from sandbox.discord.messages import LOADING, Message
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.people import Member
    from sandbox.discord.world import World

COMMAND: Final = 2
COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
MODAL_SUBMIT: Final = 5
# Discord: Receiving and Responding. The first answer, and everything after it.
FIRST_RESPONSE_SECONDS: Final = 3.0
TOKEN_LIFETIME: Final = timedelta(minutes=15)
RESPONSE_KINDS: Final = {
    4: "message",
    5: "deferred",
    6: "deferred_update",
    7: "update",
    8: "choices",
    9: "modal",
}


@dataclass(frozen=True, slots=True)
class Modal:
    """A form on somebody's screen: the answer to `call`, which brought it there."""

    call: Call = field(repr=False)
    title: str
    custom_id: str
    components: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """The first answer to a call.

    `kind` is message, deferred, deferred_update, update, choices or modal. `elapsed_seconds` runs from the
    moment the event was handed to the gateway until the answer arrived.
    """

    kind: str
    message: Message | None
    modal: Modal | None
    ephemeral: bool
    elapsed_seconds: float
    choices: tuple[Json, ...] = ()


@dataclass(slots=True, eq=False)
class Call:
    """One interaction, from the side of the person who caused it."""

    world: World
    id: int
    kind: int
    user: User
    member: Member | None
    channel: Channel
    label: str  # what the person did, for transcripts: "/character create", "press Try again"
    message: Message | None = None  # the message a pressed component stands on
    triggered_by: Call | None = None  # the call a submitted modal was the answer to
    created_at: datetime = field(init=False)
    started: float = field(init=False)
    token: str = field(init=False)
    response: Response | None = None
    original: Message | None = None  # the message that answers it, deferred ones included
    followups: list[Message] = field(default_factory=list)
    _followups_seen: int = 0

    def __post_init__(self) -> None:
        self.created_at = self.world.clock.now()
        self.started = self.world.clock.monotonic()
        mark = hashlib.sha256(self.world.secret + str(self.id).encode()).hexdigest()
        self.token = base64.urlsafe_b64encode(f"interaction:{self.id}:{mark}".encode()).decode().rstrip("=")
        self.world.calls[self.token] = self

    @property
    def age(self) -> timedelta:
        return self.world.clock.now() - self.created_at

    @property
    def is_too_late(self) -> bool:
        """Whether a first answer is refused now."""
        return self.age.total_seconds() > FIRST_RESPONSE_SECONDS

    @property
    def is_expired(self) -> bool:
        """Whether its token is refused now."""
        return self.age > TOKEN_LIFETIME

    @property
    def modal(self) -> Modal | None:
        return self.response.modal if self.response else None

    def answered(self, kind: int, *, modal: Json | None = None, choices: tuple[Json, ...] = ()) -> None:
        """Note the first answer; `original` has been set before where there is one."""
        shown = self.original if kind in {4, 7} else None
        self.response = Response(
            kind=RESPONSE_KINDS[kind],
            message=shown,
            modal=Modal(self, modal["title"], modal["custom_id"], tuple(modal["components"]))
            if modal
            else None,
            ephemeral=bool(self.original and self.original.ephemeral) and kind in {4, 5},
            elapsed_seconds=self.world.clock.monotonic() - self.started,
            choices=choices,
        )
        if kind in {6, 9}:
            self.world.record(RESPONSE_KINDS[kind], self.channel.place, self.world.bot.name, self.label)
        self.world.changed()

    async def first_response(self, timeout_seconds: float = FIRST_RESPONSE_SECONDS) -> Response:
        """The first answer.

        Raises:
            TimeoutError: "The application did not respond."
        """
        told = f"The application did not respond to {self.label!r} within {timeout_seconds} s"
        return await self.world.until(lambda: self.response, timeout_seconds, lambda: told)

    async def wait_for_modal(self) -> Modal:
        """The form that the call was answered with.

        Raises:
            LookupError: it was answered with something else.
            TimeoutError: "The application did not respond."
        """
        response = await self.first_response()
        if response.modal is None:
            raise LookupError(f"{self.label!r} was answered with {response.kind}: {response.message!r}")
        return response.modal

    async def wait_for_followup(self, timeout_seconds: float = 40.0) -> Message:
        """The next follow-up not returned before; a deferred answer counts once it has been filled in.

        Raises:
            TimeoutError: there was no further one.
        """
        told = f"no further follow-up to {self.label!r} after {self._followups_seen}"

        def probe() -> Message | None:
            return (
                self.followups[self._followups_seen] if len(self.followups) > self._followups_seen else None
            )

        message = await self.world.until(probe, timeout_seconds, lambda: told)
        self._followups_seen += 1
        return message

    async def wait_for_answer(self, timeout_seconds: float = 40.0) -> Message:
        """The message that answers the call: the first response, or the deferred one once it is filled in."""

        def probe() -> Message | None:
            return None if self.original is None or self.original.version.flags & LOADING else self.original

        return await self.world.until(probe, timeout_seconds, lambda: f"no answer to {self.label!r}")

    def metadata(self) -> Json:
        """Discord's interaction metadata object, for the messages that answer this call."""
        owner = str(self.channel.guild.id) if self.channel.guild else "0"
        shape: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.user.json(),
            "authorizing_integration_owners": {"0": owner},
        }
        if self.kind == COMPONENT and self.message:
            shape["interacted_message_id"] = str(self.message.id)
        if self.triggered_by is not None:
            shape["triggering_interaction_metadata"] = self.triggered_by.metadata()
        return shape
