"""Who may do what: a rule for every command, menu entry, button and form that the bot has.

A test compares these tables with the command tree and the switchboard, so that whatever is added needs a rule
here; others try each rule with everybody.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cogs.admin.history import BLOCK_FORM
from cogs.forms import NEW, PICKED
from cogs.operator.removals import OPERATOR_TAKE_DOWN
from cogs.privacy import ERASE
from cogs.reviews.forms import BLOCK, REJECT
from cogs.reviews.reporting import DISMISS_FORM, REPORT
from cogs.reviews.takedown_views import TAKE_DOWN


class Role(StrEnum):
    """Somebody, in relation to a job and its server."""

    OWNER = "owner"
    MEMBER = "another member"
    MODERATOR = "member with Manage Messages"
    MANAGER = "member with Manage Server"
    KEEPER = "member with a role in mod_roles"
    STEWARD = "member with a role in admin_roles"
    OUTSIDER = "manager of another server"


R = Role
INSIDERS = frozenset(Role) - {R.OUTSIDER}
EVERYBODY = frozenset(Role)
MANAGERS = frozenset({R.MANAGER})
ADMINS = frozenset({R.MANAGER, R.STEWARD})
OWN_ADMINS = ADMINS | {R.OUTSIDER}
"""For what names nothing of any server: who administers another one is shown that one."""
OVERSEERS = frozenset({R.MANAGER, R.KEEPER, R.STEWARD})
OWN_OVERSEERS = OVERSEERS | {R.OUTSIDER}
OWNER_OR_MODERATOR = OVERSEERS | {R.OWNER, R.MODERATOR}
OWNER_ALONE = frozenset({R.OWNER})
MODERATORS = OVERSEERS | {R.MODERATOR}


@dataclass(frozen=True, slots=True)
class CommandRule:
    """Whom Discord's app offers a command by default, in the job's server.

    Integrations lets a server offer it to anybody; `takes_admin` says that Manage Server or a role in
    `admin_roles` is asked for all the same. `options` are good ones: MEMBER stands for a member, CLIP for a
    clip.
    """

    offered_to: frozenset[Role]
    takes_admin: bool = False
    options: dict[str, Any] = field(default_factory=dict)


MEMBER, CLIP = object(), object()
_OPEN = CommandRule(INSIDERS)
COMMANDS: dict[str, CommandRule] = {
    "character create": CommandRule(INSIDERS, options={"clip": CLIP, "subject": "fictional"}),
    "character new": _OPEN,
    "character status": _OPEN,
    "character help": _OPEN,
    "character retry": CommandRule(INSIDERS, options={"job": "nobody's"}),
    "character cancel": CommandRule(INSIDERS, options={"job": "nobody's"}),
    "character list": _OPEN,
    "character show": CommandRule(INSIDERS, options={"character": "nobody's"}),
    "character rename": CommandRule(INSIDERS, options={"character": "nobody's", "name": "Wren"}),
    "character share": CommandRule(INSIDERS, options={"character": "nobody's", "access": "only-me"}),
    "character delete": CommandRule(INSIDERS, options={"character": "nobody's"}),
    "character refresh": CommandRule(INSIDERS, options={"character": "nobody's"}),
    "privacy show": _OPEN,
    "privacy export-my-data": _OPEN,
    "privacy delete-my-data": _OPEN,
    "characters-admin jobs": CommandRule(MANAGERS),
    "characters-admin panel": CommandRule(MANAGERS),
    "characters-admin setup": CommandRule(MANAGERS, takes_admin=True),
    "characters-admin export": CommandRule(MANAGERS, takes_admin=True, options={"what": "audit"}),
    "characters-admin bulk": CommandRule(MANAGERS, options={"action": "retry"}),
    "characters-admin set": CommandRule(MANAGERS, takes_admin=True),
    "characters-admin queue": CommandRule(MANAGERS),
    "characters-admin rules add": CommandRule(
        MANAGERS,
        takes_admin=True,
        options={"name": "guns", "kind": "word", "text": "gun", "action": "flag"},
    ),
    "characters-admin rules remove": CommandRule(MANAGERS, takes_admin=True, options={"name": "guns"}),
    "characters-admin rules list": CommandRule(MANAGERS),
    "characters-admin rules test": CommandRule(MANAGERS, options={"text": "no guns"}),
    "characters-admin diagnose": CommandRule(MANAGERS),
    "characters-admin remove": CommandRule(MANAGERS, options={"what": "nobody's"}),
    "characters-admin block add": CommandRule(MANAGERS, options={"member": MEMBER}),
    "characters-admin block remove": CommandRule(MANAGERS, options={"member": MEMBER}),
    "characters-admin block list": CommandRule(MANAGERS),
    "characters-admin pause": CommandRule(MANAGERS),
    "characters-admin resume": CommandRule(MANAGERS),
    "characters-admin quota show": CommandRule(MANAGERS),
    "characters-admin quota set": CommandRule(
        MANAGERS, takes_admin=True, options={"target": MEMBER, "per_day": 5}
    ),
    "characters-admin quota reset": CommandRule(MANAGERS, takes_admin=True, options={"target": MEMBER}),
}
MEMBER_MENUS: dict[str, frozenset[Role]] = {"Character history": MANAGERS}
"""Whom Discord's app offers it on a member; Integrations lets a server offer it to anybody."""
OPERATOR_COMMANDS: dict[str, dict[str, Any]] = {
    "characters-op health": {},
    "characters-op credits": {"daily_cap": 7},
    "characters-op sync": {"dry_run": True},
    "characters-op drain": {"on": True},
    "characters-op job": {"job": "7F3A-21QX"},
    "characters-op guild": {"guild_id": "123456789012345678", "action": "block"},
}
"""For the application's owner and its team, in the operator's server alone, whoever else is given them there;
with good options. `test_operator` tries each with everybody."""
OPERATOR_PRESSES = (("opr", "look"), ("opr", "ask"), ("opr", "keep"))
"""For the same people, there alone; each names a job of any server. `test_operator_removals` tries each."""
COMMANDS_OF_SOME: dict[str, CommandRule] = {"character from-video": CommandRule(INSIDERS)}
"""For bots that have a provider for it: `test_source_tasks` tries it."""
MENUS: dict[str, frozenset[Role]] = {
    "Create character from clip": OWNER_ALONE,
    # On a message of the bot's; on any other it says that nothing was made there.
    "Report character": INSIDERS,
}
"""Who may use it on a message of the owner's."""
PRESSES: dict[tuple[str, str], tuple[frozenset[Role], str]] = {
    ("job", "retry"): (OWNER_OR_MODERATOR, "{job}:1"),
    ("job", "cancel"): (OWNER_OR_MODERATOR, "{job}"),
    ("job", "elsewhere"): (OWNER_OR_MODERATOR, "{job}:kie-gemini-omni"),
    # For all but the owner without a word of theirs: `tests/acceptance/test_details.py`.
    ("job", "info"): (INSIDERS, "{job}"),
    ("cut", "open"): (OWNER_ALONE, "{job}"),
    ("cut", "step"): (OWNER_ALONE, "{job}:0-2000"),
    ("cut", "start"): (OWNER_ALONE, "{job}:0-2000"),
    ("cut", "length"): (OWNER_ALONE, "{job}:0-2000"),
    ("cut", "use"): (OWNER_ALONE, "{job}:0-2000"),
    ("cut", "drop"): (OWNER_ALONE, "{job}"),
    ("pic", "open"): (OWNER_ALONE, "{job}"),
    ("pic", "take"): (OWNER_ALONE, "{job}"),
    ("lst", "page"): (EVERYBODY, "0:all_0"),
    ("pnl", "new"): (EVERYBODY, "0"),
    ("rev", "words"): (MODERATORS, "{attempt}"),
    ("rev", "page"): (MODERATORS | {R.OUTSIDER}, "0:1"),
    ("rev", "reject"): (MODERATORS, "{attempt}"),
    ("rev", "block"): (MODERATORS, "{attempt}"),
    ("rev", "approve"): (MODERATORS, "{attempt}"),
    ("prv", "export"): (EVERYBODY, "0"),
    ("prv", "delete"): (EVERYBODY, "0"),
    ("adm", "list"): (OVERSEERS, "{job}:0_any_any_member"),
    ("cfg", "page"): (OWN_ADMINS, "0:1"),
    ("cfg", "set"): (OWN_ADMINS, "0:renewal"),
    ("cfg", "panel"): (OWN_ADMINS, "0"),
    ("hst", "block"): (OVERSEERS, "{job}"),
    ("blk", "confirm"): (OWN_OVERSEERS, "{bulk}"),
    ("blk", "reload"): (OWN_OVERSEERS, "{bulk}"),
    ("tkd", "ask"): (OVERSEERS, "{job}"),
    ("rpt", "remove"): (OWN_OVERSEERS, "{report}"),
    ("rpt", "dismiss"): (OWN_OVERSEERS, "{report}"),
    ("tkd", "keep"): (EVERYBODY, "{job}"),
    ("adm", "open"): (OVERSEERS, "{job}:0_any_any_all"),
}
"""Who gets through with a button or a select about a job, whoever it was drawn for; and the end of its id."""
CHARACTER_PRESSES: dict[tuple[str, str], tuple[frozenset[Role], str]] = {
    # A select: what is opened is what was picked in it, and a press picks nothing.
    ("lst", "open"): (OWNER_ALONE, "0:all_0"),
    ("chr", "renew"): (OWNER_ALONE, "{character}"),
    ("chr", "elsewhere"): (OWNER_ALONE, "{character}:kie-gemini-omni"),
    ("chr", "make"): (OWNER_ALONE, "{character}:kie-gemini-omni_1"),
    ("chr", "leave"): (EVERYBODY, "{character}"),
    ("chr", "anew"): (OWNER_ALONE, "{character}"),
    ("chr", "delete"): (OWNER_ALONE, "{character}"),
    ("chr", "keep"): (EVERYBODY, "{character}"),
}
"""The same for a button about a character; moderators have no part in what is somebody's own."""
FORMS: dict[str, str] = {
    BLOCK_FORM: "whoever oversees the server, now; it names a job there, and thereby its owner",
    NEW: "whoever may start a job there, now; it names nothing that is anybody's",
    REJECT: "a moderator, about what somebody else has asked for and is still waiting",
    BLOCK: "the same",
    PICKED: "whoever picked the clip, in the server where they did",
    REPORT: "anybody in the server, once about each job there",
    DISMISS_FORM: "whoever oversees the server, now, about what is not their own; it names a report there",
    OPERATOR_TAKE_DOWN: "whoever runs the bot, now, in their own server; it names a job of any",
    TAKE_DOWN: "whoever oversees the server, now; it names a job there",
    ERASE: "whoever sends it: it is about their own data and nobody else's, wherever they are",
}
"""Whose a form is. Their own tests try it: `test_cogs_forms`, `test_cogs_message_clips`, `test_reviews`,
`test_privacy`."""
