"""Why somebody may not start something in a server: what its moderators, or the operator, have decided.

UserFault
  SwitchedOff         the whole server has no use for the bot now
  ServerPaused        until when, and why
  MemberBlocked       who, until when, and why
  ChannelNotAllowed   where it would be allowed
  RoleMissing         which roles would do
  PrivateNotAllowed   results are to be seen there
  TooManyRunning      how many run, and how many may
  AlreadyOrdered      which job it is, and since when
  BlockRefused        why somebody cannot be blocked
  BotDraining         what the operator says to it
  ServerBarred        why
  ServerLeft          the bot is not in the server any more
"""

from datetime import datetime

from bot.errors import UserFault
from bot.model import reference_of


class SwitchedOff(UserFault):
    """The server's moderators have switched the bot off there."""


class ServerPaused(UserFault):
    """The server's moderators have paused it: `until`, or until they resume (None)."""

    def __init__(self, *, until: datetime | None, reason: str | None) -> None:
        super().__init__(until)
        self.until = until
        self.reason = reason


class MemberBlocked(UserFault):
    """The server's moderators have blocked the person, or (not `own`) the job's owner; None is no end."""

    def __init__(self, *, until: datetime | None, reason: str | None, own: bool) -> None:
        super().__init__(until, own)
        self.until = until
        self.reason = reason
        self.own = own


class ChannelNotAllowed(UserFault):
    """The server allows the making of characters in `channel_ids` only."""

    def __init__(self, channel_ids: tuple[int, ...]) -> None:
        super().__init__(channel_ids)
        self.channel_ids = channel_ids


class RoleMissing(UserFault):
    """It takes one of `role_ids`; `unseen` says that the person asks where nobody sees which they have."""

    def __init__(self, role_ids: tuple[int, ...], *, unseen: bool = False) -> None:
        super().__init__(role_ids)
        self.role_ids = role_ids
        self.unseen = unseen


class PrivateNotAllowed(UserFault):
    """The server's moderators want results to be seen, and this one was to be its owner's alone."""


class TooManyRunning(UserFault):
    """The person has `running` attempts under way, of `limit` at once."""

    def __init__(self, limit: int, *, running: int) -> None:
        super().__init__(limit, running)
        self.limit = limit
        self.running = running


class AlreadyOrdered(UserFault):
    """The same clip with the same words was ordered at `created_at`, and is `job_id`."""

    def __init__(self, job_id: str, *, created_at: datetime) -> None:
        super().__init__(job_id, created_at)
        self.job_id = job_id
        self.created_at = created_at

    @property
    def reference(self) -> str:
        """The short name of that job, as `Job.reference` has it."""
        return reference_of(self.job_id)


class BlockRefused(UserFault):
    """A member cannot be blocked; `why` is `yourself`, `bot` or `manager`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class BotDraining(UserFault):
    """The operator lets the bot finish what was begun, and begin nothing; `message` is theirs to members."""

    def __init__(self, message: str | None) -> None:
        super().__init__(message)
        self.message = message


class ServerBarred(UserFault):
    """The operator lets nothing be begun in this server."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


class ServerLeft(UserFault):
    """The bot was removed from the server in which it was asked for."""
