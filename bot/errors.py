"""The error tree, named by what the caller must do. Errors carry facts; the sentences are elsewhere.

DramatisError
  UserFault                  shown to the person, logged as information
    ClipRejected             which rule, what was found, what is accepted
    TextTooLong              which option, its length, the limit
    AttachmentGone           the clip's address no longer answers with the clip
    AttachmentUnreachable    the clip could not be fetched just now
    WrongPlace               the command cannot work in this kind of channel
    NoClipThere              the message holds no video
    ClipWithdrawn            the message with the clip, or the clip in it, is gone
    MessageUnreadable        the bot cannot read the messages of that channel
    FormUsed                 the form was sent before, and is a job
    FormLapsed               the form was open for too long
    ServerNotAllowed         the operator has not allowed this server
    PermissionsMissing       what the bot lacks here
    SourceRefused            why no character is taken from that video: `bot.orders.source_task`
    ServerPaused and others  what a server's moderators have decided: `bot.refusals.entries`
    LimitReached             which limit, when it resets
    NotFound                 no such thing, or not yours: deliberately one answer
    NotAllowed               seen, but not theirs to do
    NotRetryable             the attempt is in a state that cannot be retried
    AttemptsExhausted        the job has had all its attempts
    NotCancellable           the attempt has ended already
    NotMovable               the attempt cannot go on at that provider, and why
    NotOffered               no part of this clip is to be chosen, at least not any more
    PartNotThere             the part is not one that the clip has
    SettingRefused           which setting, what was given, what it takes
    CuttingBusy              so many clips are being cut that one more would have to wait too long
    …                        about characters: `bot.refusals.library`
  ProviderError              a provider call that did not do its work; carries the fault
    NotSent                  nothing left this machine: may be repeated
    Refused                  a parsed refusal: nothing was created
    Unanswered               no usable answer: after a submission nobody knows
  DeliveryPostponed          an announcement that has to wait: try it again later
  ClipMissing                the clip store has lost or altered the bytes
  ClipStoreUnavailable       the clip store did not do its work just now
  RecordsUnavailable         what is remembered cannot be read or written just now
  JobConflict                the row moved while we looked: reload, do nothing twice
  SettlementRefused          a task id that was not attached: `bot.refusals.settlements`
  DuplicateInteraction       this interaction was accepted before
  StartRefused               told on the command line: `bot.refusals.starts`
"""

from datetime import datetime

from bot.clip import ClipKind, ClipRule
from bot.fault import Fault
from bot.model import AttemptState


class DramatisError(Exception):
    """The root of everything this program raises on purpose."""


class UserFault(DramatisError):
    """Something the person can change."""


class ClipRejected(UserFault):
    """The clip breaks `rule`: `found` was measured, `accepted` is the limit, both ready to be read.

    `seconds`, `size_bytes` and `kind` are what had been measured by then. `mendable` says that re-cutting or
    re-encoding could make the clip acceptable.
    """

    def __init__(
        self,
        rule: ClipRule,
        *,
        found: str,
        accepted: str,
        seconds: float | None = None,
        size_bytes: int | None = None,
        kind: ClipKind | None = None,
        mendable: bool = False,
    ) -> None:
        super().__init__(rule, found, accepted)
        self.rule = rule
        self.found = found
        self.accepted = accepted
        self.seconds = seconds
        self.size_bytes = size_bytes
        self.kind = kind
        self.mendable = mendable


class TextTooLong(UserFault):
    """`option` holds `length` UTF-16 units of `limit`, the server's floor taking `floor_length` of them."""

    def __init__(self, option: str, *, length: int, limit: int, floor_length: int = 0) -> None:
        super().__init__(option, length, limit)
        self.option = option
        self.length = length
        self.limit = limit
        self.floor_length = floor_length


class AttachmentGone(UserFault):
    """The attachment's address answered with `status` instead of the clip."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class AttachmentUnreachable(UserFault):
    """The attachment could not be fetched; `cause` is a short word for logs, without any address."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class WrongPlace(UserFault):
    """Commands do not work in a channel of this kind."""

    def __init__(self, channel_kind: str) -> None:
        super().__init__(channel_kind)
        self.channel_kind = channel_kind


class NoClipThere(UserFault):
    """The message holds no video."""


class ClipWithdrawn(UserFault):
    """The message with the clip was deleted, or the clip was taken out of it."""


class MessageUnreadable(UserFault):
    """The bot cannot read the messages of `channel_id`."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(channel_id)
        self.channel_id = channel_id


class FormUsed(UserFault):
    """The form `form_id` of this member is a job already."""

    def __init__(self, form_id: str) -> None:
        super().__init__(form_id)
        self.form_id = form_id


class FormLapsed(UserFault):
    """The form was open longer than what it is about is kept."""


class ServerNotAllowed(UserFault):
    """The server is not in ALLOWED_GUILDS."""

    def __init__(self, guild_id: int) -> None:
        super().__init__(guild_id)
        self.guild_id = guild_id


class PermissionsMissing(UserFault):
    """The bot lacks `permissions` (Discord's snake-case names) in `channel_id`."""

    def __init__(self, permissions: tuple[str, ...], channel_id: int) -> None:
        super().__init__(permissions, channel_id)
        self.permissions = permissions
        self.channel_id = channel_id


class LimitReached(UserFault):
    """`limit` of `scope` are used up until `resets_at`."""

    def __init__(self, scope: str, *, limit: int, resets_at: datetime) -> None:
        super().__init__(scope, limit)
        self.scope = scope
        self.limit = limit
        self.resets_at = resets_at


class NotFound(UserFault):
    """No such `thing` for this person; whether it exists for somebody else is not told."""

    def __init__(self, thing: str) -> None:
        super().__init__(thing)
        self.thing = thing


class NotAllowed(UserFault):
    """The person may not do `action` here."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class NotRetryable(UserFault):
    """The job's latest attempt is in `state`, from which no new attempt starts."""

    def __init__(self, state: AttemptState) -> None:
        super().__init__(state)
        self.state = state


class AttemptsExhausted(UserFault):
    """The job has had all `limit` attempts."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class NotCancellable(UserFault):
    """The job's latest attempt is in `state`, which cannot be cancelled."""

    def __init__(self, state: AttemptState) -> None:
        super().__init__(state)
        self.state = state


class NotOffered(UserFault):
    """The job's latest attempt is in `state`, in which no part is chosen."""

    def __init__(self, state: AttemptState) -> None:
        super().__init__(state)
        self.state = state


class PartNotThere(UserFault):
    """The chosen part is not within the clip's `seconds`, or is none that is offered."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class CuttingBusy(UserFault):
    """All `limit` places of clips that wait to be cut are taken: the person's own, or else everybody's."""

    def __init__(self, limit: int, *, own: bool) -> None:
        super().__init__(limit, own)
        self.limit = limit
        self.own = own


class SettingRefused(UserFault):
    """The setting `name` does not take `found`; `accepted` says what it takes."""

    def __init__(self, name: str, *, found: str, accepted: str) -> None:
        super().__init__(name, found, accepted)
        self.name = name
        self.found = found
        self.accepted = accepted


class ProviderError(DramatisError):
    """A provider call that did not do its work.

    `code` is the provider's code or HTTP status as text, `text` its own words, cut to 500 characters.
    """

    def __init__(self, fault: Fault, *, code: str | None = None, text: str | None = None) -> None:
        super().__init__(fault, code, text)
        self.fault = fault
        self.code = code
        self.text = text


class NotSent(ProviderError):
    """Name look-up, connection or TLS failed before any byte of the request left."""


class Refused(ProviderError):
    """The provider answered, and the answer says that nothing was created."""


class Unanswered(ProviderError):
    """The request left and no usable answer came back."""


class DeliveryPostponed(DramatisError):
    """The announcement is to be tried again after `after_seconds`; `cause` is a short word for logs."""

    def __init__(self, after_seconds: float, cause: str) -> None:
        super().__init__(after_seconds, cause)
        self.after_seconds = after_seconds
        self.cause = cause


class ClipMissing(DramatisError):
    """The clip store does not hold the bytes that `key` and the stored digest promise."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class ClipStoreUnavailable(DramatisError):
    """The clip store did not do its work on `key` just now; `cause` is its own words.

    `turned_away` says that it answered: no such bucket, or no right. That ends only when somebody changes it.
    """

    def __init__(self, key: str, cause: str, *, turned_away: bool = False) -> None:
        super().__init__(key, cause)
        self.key = key
        self.cause = cause
        self.turned_away = turned_away


class RecordsUnavailable(DramatisError):
    """The database did not do its work just now, or not in time; `cause` is a short word for logs."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class JobConflict(DramatisError):
    """Somebody else moved the row first."""

    def __init__(self, row_id: str) -> None:
        super().__init__(row_id)
        self.row_id = row_id


class DuplicateInteraction(DramatisError):
    """Discord delivered an interaction that is already a job."""

    def __init__(self, interaction_id: int) -> None:
        super().__init__(interaction_id)
        self.interaction_id = interaction_id
