"""The sentences of the library: lists, sheets, what was changed, and why something was not."""

from collections.abc import Sequence
from datetime import datetime

from bot.jobs.characters.library import Scope
from bot.model import Character, Maker
from bot.refusals.library import (
    BeingRenewed,
    ClipGone,
    NameEmpty,
    NameTaken,
    NotShareable,
    RenewalUnknown,
    RenewedSince,
    Unshareable,
)
from cogs.markdown import calendar_date, fence_body, mention, relative, shown
from cogs.texts import prices

NOTHING_CHARGED = "Nothing was charged."
NOTHING_CHANGED = "Nothing was changed."
HOW_TO_MAKE = "`/character create` makes one from a clip of 1 to 4 seconds."
NO_CHARACTERS = f"You have no characters yet. {HOW_TO_MAKE}"
MAY_COST_TWICE = (
    "Nobody knows how its last renewal went: the answer to the order was lost, and it may have been "
    "charged. Renewing it again may cost a second time."
)
NO_NAME = "Unnamed character"
NAME_SHOWN = 40
ID_SHOWN = 12
"""Of an id in a line of suggestions."""
FORMER_IDS_SHOWN = 3
FORMER_ID_SHOWN = 128
AI_MADE = "-# AI-generated"

RENEW_LABEL = "Renew"
RENEW_ANYWAY_LABEL = "Renew anyway"
DELETE_LABEL = "Delete"
KEEP_LABEL = "Keep"
LEAVE_LABEL = "Leave it as it is"
UPLOAD_LABEL = "Upload the clip"
OPEN_PLACEHOLDER = "Open…"
BACK_TO_LIST_LABEL = "Back to the list"
KEPT = "Nothing was deleted."
ONLY_ME, ONE_MEMBER, EVERYONE_HERE = "Only me", "One member", "Everyone in this server"

SCOPES = {Scope.MINE: "Mine", Scope.SHARED: "Shared with me", Scope.SERVER: "This server"}
"""What can be chosen of; none chosen is everything that may be used."""
_TITLES = {
    Scope.ALL: "Your characters",
    Scope.MINE: "Characters that you made",
    Scope.SHARED: "Characters that others share with you",
    Scope.SERVER: "Characters of this server",
}
_EMPTY = {
    Scope.ALL: NO_CHARACTERS,
    Scope.MINE: NO_CHARACTERS,
    Scope.SHARED: "Nobody shares a character with you here. Their owners do so with `/character share`.\n"
    f"Your own: {HOW_TO_MAKE}",
    Scope.SERVER: "No character is shared with everybody in this server. `/character share` does that with "
    f"one of yours.\n{HOW_TO_MAKE}",
}
_NO_SERVER = (
    "There is no server here. Call this in the server whose characters you look for; "
    "`/character list` with **Mine** shows your own."
)

_UNSHAREABLE: dict[Unshareable, str] = {
    Unshareable.NOBODY_NAMED: "Say with whom: choose somebody in `member`, next to `access`.",
    Unshareable.NO_SERVER: "There is no server here to share it with. Call this in the server.",
    Unshareable.MADE_ELSEWHERE: "It wasn't made in this server, so its moderators never saw it and could not "
    "take it down. Share it with one member instead, or make it here.",
    Unshareable.ITS_OWNER: "It is yours already. Choose somebody else in `member`.",
    Unshareable.SWITCHED_OFF: "The moderators of this server have switched sharing off. Nothing was changed.",
    Unshareable.A_BOT: "Bots have no use for it. Choose a person in `member`.",
}


def title(scope: Scope, page: int, pages: int, count: int) -> str:
    """`page` counts from 0."""
    noun = "character" if count == 1 else "characters"
    turned = f" · page {page + 1} of {pages}" if pages > 1 else ""
    return f"### {_TITLES[scope]}\n{count} {noun}{turned}"


def empty(scope: Scope, *, in_server: bool) -> str:
    """What stands in place of a list that has nothing in it."""
    return _NO_SERVER if scope is Scope.SERVER and not in_server else _EMPTY[scope]


def name_of(character: Character) -> str:
    return shown(character.name or "", NAME_SHOWN) or NO_NAME


def plain_name(character: Character) -> str:
    """The name where nothing is formatted."""
    return fence_body(character.name or "") or NO_NAME


def short_id(character: Character) -> str:
    """The beginning of the provider's id, to tell characters apart."""
    return _cut(character.provider_character_id, ID_SHOWN)


def created(created_at: datetime) -> str:
    return f"made {relative(created_at)}"


def shared_by(character: Character, reader_id: int) -> str:
    """Whose a character is, for whom it is not their own."""
    return "" if character.owner_id == reader_id else f"shared by {mention(character.owner_id)}"


def may_stop(may_stop_working_at: datetime | None) -> str:
    if may_stop_working_at is None:
        return "The provider names no last day for it."
    return f"May stop working {calendar_date(may_stop_working_at)}"


def former(ids: Sequence[str]) -> str:
    """The ids by which it is found as well, the latest first."""
    if not ids:
        return ""
    listed = [f"`{_cut(one, FORMER_ID_SHOWN)}`" for one in ids[:FORMER_IDS_SHOWN]]
    more = len(ids) - len(listed)
    return f"-# Former ids: {', '.join(listed)}" + (f" and {more} more" if more > 0 else "")


def choice_label(character: Character, now: datetime, reader_id: int) -> str:
    """A line for autocompletion, which shows no timestamps: `Fen · made 3 days ago · char_7Qk2f9…`."""
    days = max(0, (now - character.created_at).days)
    made = {0: "made today", 1: "made yesterday"}.get(days, f"made {days} days ago")
    parts = [plain_name(character)]
    parts += ["shared with you"] if character.owner_id != reader_id else []
    return " · ".join([*parts, made, short_id(character)])


def renamed(character: Character) -> str:
    return f"Renamed to **{name_of(character)}**."


def usable_by(character: Character) -> str:
    """Exactly who can use it now."""
    if character.shared_with_user_id is not None:
        who = f"only you and {mention(character.shared_with_user_id)} can use it and see its picture"
    elif character.shared_with_guild_id is not None:
        who = "everybody in this server can use it here and see its picture"
    else:
        who = "only you can use it"
    return f"**{name_of(character)}**: {who} now."


def sharing(character: Character, reader_id: int) -> str:
    """Whom its owner shares it with, for the owner's own sheet."""
    if character.owner_id != reader_id:
        return ""
    if character.shared_with_user_id is not None:
        return f"Shared with {mention(character.shared_with_user_id)}."
    return "Shared with everybody in a server." if character.shared_with_guild_id is not None else ""


def confirm_deletion(character: Character) -> str:
    """What would go and what would stay."""
    return (
        f"Delete **{name_of(character)}**?\n"
        "Its entry here and its former ids go, and so does my copy of its clip unless another job of yours "
        "still needs it. It can't be renewed after that."
    )


def deleted(*, clip_given_up: bool) -> str:
    """What went and what stays."""
    clip = (
        "My copy of its clip is deleted within two hours, unless somebody else sent the very same clip."
        if clip_given_up
        else "My copy of its clip stays, because another character or a running job needs it."
    )
    return (
        f"Deleted here. {clip}\n"
        "The provider offers no way to delete an id, so the id itself may go on to exist there; messages in "
        "Discord that show it stay, too."
    )


def confirm_renewal(character: Character, maker: Maker, *, may_cost_twice: bool) -> str:
    """Before a renewal: what changes, what stays, what it costs."""
    lines = [f"Renew **{name_of(character)}**?"]
    lines.append(
        "It gets a new id under the same name, from my copy of its clip; the id of today is still found. "
        "It is one more attempt: it counts against the same limits and costs what a new one costs."
    )
    lines += [prices.lately(maker)] if maker.price else []
    lines += [MAY_COST_TWICE] if may_cost_twice else []
    return "\n".join(lines)


def renewing(character: Character) -> str:
    return (
        f"Renewing **{name_of(character)}** from my copy of its clip. I post its new id where it was made; "
        "the old one is still found. `/character status` shows how it stands."
    )


def name_taken(error: NameTaken) -> str:
    return (
        f"Another character of yours has this name. {NOTHING_CHANGED}\n"
        f"This one is free: **{shown(error.free, NAME_SHOWN)}**"
    )


def name_empty(_: NameEmpty) -> str:
    return f"There is nothing in that name that could be seen. {NOTHING_CHANGED}\nUse 1 to 40 characters."


def not_shareable(error: NotShareable) -> str:
    return f"{NOTHING_CHANGED} {_UNSHAREABLE[error.reason]}"


def being_renewed(_: BeingRenewed) -> str:
    return f"It is being renewed already. {NOTHING_CHARGED} `/character status` shows how it stands."


def renewed_since(_: RenewedSince) -> str:
    return (
        f"This button is from before the latest renewal, so I did nothing. {NOTHING_CHARGED}\n"
        "`/character show` has the id of today, and `/character refresh` renews it once more."
    )


def renewal_unknown(_: RenewalUnknown) -> str:
    return MAY_COST_TWICE


def clip_gone(_: ClipGone) -> str:
    return (
        "My copy of the clip it was made of is gone, so I can't make it once more. "
        f"{NOTHING_CHARGED} Its id stays here.\nMake it anew with `/character create` and the clip."
    )


def _cut(provider_character_id: str, limit: int) -> str:
    plain = fence_body(provider_character_id)
    return plain if len(plain) <= limit else f"{plain[:limit]}…"
