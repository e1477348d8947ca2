"""The sentences about what is stored about somebody, and about having it or being rid of it."""

from collections.abc import Callable, Collection
from typing import Any

from bot.errors import UserFault
from bot.jobs.privacy import Receipt
from bot.privacy import Category, Erasure, ErasureUnconfirmed, ExportTooSoon, Holdings, Phase
from cogs.markdown import date_and_time, relative

GROUP_DESCRIPTION = "See, take along or delete what this bot stores about you."
SHOW = "What is stored about you, for how long, and who processes it."
EXPORT = "Get a file with everything stored about you."
DELETE = "Delete your clips, characters and history."
TITLE = "### What is stored about you"
EXPORT_LABEL = "Export"
DELETE_LABEL = "Delete…"

FORM_TITLE = "Delete my data"
FORM_NOTE = (
    "This can't be undone. Whatever you choose, your running jobs are stopped first; what the provider has "
    "begun may still be charged to the operator."
)
WHAT = "What to delete"
CATEGORIES = {
    Category.CLIPS: ("My clips", "Characters made of them stay, and can't be renewed any more."),
    Category.CHARACTERS: ("My characters", "With their former ids and the clips that nothing else needs."),
    Category.HISTORY: ("My history", "Jobs with all their texts, but for those of characters that you keep."),
}
WORD = "DELETE"
CONFIRM = "Type DELETE"
FILENAME = "my-data.zip"
MB = 1_000_000

_PROVIDER = (
    "**Who else has it.** Clips, descriptions and what to avoid go to the AI provider kie.ai, without your "
    "name or id. By its own pages it keeps uploads for up to 14 days and tasks for about two months, and it "
    "offers no way to delete them earlier. Discord keeps the messages. Nothing here trains AI models."
)
_JOBS = "Your texts, where you asked and how it went. Until you delete them."
_CLIPS = (
    "With a small picture of each. While there is a character of them; else 30 days after the job ended, "
    "unless the server has decided otherwise."
)
_STATEMENTS = (
    "With the time and a fingerprint of the clip. For a year, and as long as its character is there."
)
_REPORTS = "Moderators of the server see that they are from you. For a year after they were decided."
_BLOCKS = "A block stays until a moderator ends it."
_STAYS = (
    "What stays: that there were jobs, when, in which server, with the provider's task and price and what "
    "was stated about the clip, without your id and your words, so that nothing is paid twice; blocks and "
    "limits that moderators set for you; messages in Discord; what the provider holds by its own rules; the "
    "operator's backups until they lapse."
)
_WORDS = {Category.CLIPS: "clips", Category.CHARACTERS: "characters", Category.HISTORY: "history"}
_WAITING = {
    Phase.ASKED: "is under way",
    Phase.ERASED: "is done but for your id in today's counts, which goes after midnight UTC",
}


def overview(found: Holdings, privacy_url: str | None, terms_url: str | None) -> str:
    """Everything by kind, with how much, how long, and who else has it."""
    lines = [
        TITLE,
        f"- **Jobs**: {found.jobs}, {found.running} of them running. {_JOBS}",
        f"- **Clips**: {found.clips} ({found.clip_bytes / MB:.1f} MB). {_CLIPS}",
        f"- **Characters**: {found.characters}. Id, name, whom you share it with. Until you delete them.",
        f"- **Statements** about who is in your clips: {found.statements}. {_STATEMENTS}",
        f"- **Reports** that you made: {found.reports}. {_REPORTS}",
        f"- **Moderation**: {found.blocks} blocks, {found.deeds} lines in audit logs of servers. {_BLOCKS}",
        "",
        _PROVIDER,
        "",
        _links(privacy_url, terms_url),
        *(_deletion(one) for one in found.erasures),
    ]
    return "\n".join(lines)


def _links(privacy_url: str | None, terms_url: str | None) -> str:
    links = [
        f"[{name}](<{url}>)" for name, url in (("Privacy policy", privacy_url), ("Terms", terms_url)) if url
    ]
    if not links:
        return (
            "Whoever runs this bot has published no privacy policy. The server's moderators know who it is."
        )
    return f"**Whom to ask.** The operator, named in: {' · '.join(links)}"


def _deletion(erasure: Erasure) -> str:
    return (
        f"-# Deletion `{erasure.reference}`, asked {relative(erasure.asked_at)}, "
        f"{_WAITING.get(erasure.phase, 'is done')}."
    )


def exported(part: int, parts: int) -> str:
    """`part` counts from 1."""
    numbered = f" Part {part} of {parts}." if parts > 1 else ""
    return (
        f"This is all that is stored about you, as JSON and as tables (CSV).{numbered}\n"
        "Your clips themselves are not in it: you have them, and what is kept of each is described. "
        "Codes that only work for the bot are left out. You can get it again in an hour."
    )


def receipt(done: Receipt, chosen: Collection[Category]) -> str:
    """What went, what stays, and the reference."""
    lines = [f"### Deletion `{done.erasure.reference}`", _what_went(done, chosen)]
    if done.stopped:
        lines.append(f"{_jobs(done.stopped)} stopped. {_charged(done.perhaps_charged)}")
    if done.erasure.phase is Phase.ASKED:
        lines.append(
            "Something of yours is being handed to the provider at this very moment, or my records are busy: "
            "I noted your wish and finish it by myself within minutes. `/privacy show` says how it stands."
        )
    if done.erasure.phase is Phase.ERASED:
        lines.append("Your id stays in the counts of today's limits, and goes from there after midnight UTC.")
    return "\n".join([*lines, "Bytes of clips leave the disk within two hours.", "", _STAYS])


def _what_went(done: Receipt, chosen: Collection[Category]) -> str:
    counted = {
        Category.CLIPS: done.before.clips,
        Category.CHARACTERS: done.before.characters,
        Category.HISTORY: done.before.jobs,
    }
    listed = ", ".join(f"{_WORDS[one]} ({counted[one]})" for one in Category if one in chosen)
    verb = "To be deleted" if done.erasure.phase is Phase.ASKED else "Deleted"
    return f"{verb}, with what there was: {listed}."


def _jobs(count: int) -> str:
    return "1 running job was" if count == 1 else f"{count} running jobs were"


def _charged(count: int) -> str:
    if not count:
        return "Nothing was charged for that."
    return f"The provider had begun with {count} of them; that may still be charged to the operator."


def too_soon(error: ExportTooSoon) -> str:
    return (
        f"You got your file less than an hour ago. You can get it again at {date_and_time(error.again_at)}."
    )


def unconfirmed(_: ErasureUnconfirmed) -> str:
    return (
        f"Nothing was deleted. Choose at least one kind, and type `{WORD}` in capital letters into the last "
        "field of `/privacy delete-my-data`."
    )


TEXTS: dict[type[UserFault], Callable[[Any], str]] = {
    ExportTooSoon: too_soon,
    ErasureUnconfirmed: unconfirmed,
}
