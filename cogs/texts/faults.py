"""What is said about a fault or a refused clip: what happened, and what to do now; not what it cost.

The first sentence fits a failure message, a waiting card and a list alike. None blames anybody, or names a
time that is not known.
"""

from dataclasses import dataclass

from bot.clip import ClipRule
from bot.fault import Fault
from cogs.markdown import shown

LIMIT = 300
"""Code points of any sentence here, so that a message has room for several and for a prompt."""
FACT_LIMIT = 120
"""A measured value or a limit; they are short, but partly come from the clip."""

ANEW = "start a new one with `/character create`."
OPERATOR = "The people who run this bot have to sort that out; "
AGAIN_MARK = "**Try again**"
SAY_REFERENCE = "please give them the reference below."
SAME = "The same clip and prompt would probably be refused again. "


@dataclass(frozen=True, slots=True)
class FaultText:
    """`what` happened, and what to do `now` once the attempt has ended because of it."""

    what: str
    now: str


_F = Fault
FAULTS: dict[Fault, FaultText] = {
    _F.LIKENESS: FaultText(
        "The provider refused the clip: it shows a real person, or one who looks real.",
        f"{SAME}A different clip, or an animated or invented subject, usually works: {ANEW}",
    ),
    _F.THIRD_PARTY: FaultText(
        "The provider refused this: it sees a likeness to somebody else's character or work.",
        f"{SAME}With a subject and a prompt that are clearly your own it usually works: {ANEW}",
    ),
    _F.SEXUAL: FaultText(
        "The provider's filter took this for sexual content or nudity.",
        f"{SAME}With others that are fit for all ages it usually works: {ANEW}",
    ),
    _F.VIOLENCE: FaultText(
        "The provider's filter took this for violence or gore.",
        f"{SAME}Gentler ones usually work: {ANEW}",
    ),
    _F.HATE: FaultText(
        "The provider's filter took this for hate against people.",
        f"{SAME}Another wording, or another clip, usually works: {ANEW}",
    ),
    _F.SELF_HARM: FaultText(
        "The provider's filter took this for self-harm.",
        f"{SAME}Without that subject in them it usually works: {ANEW}",
    ),
    _F.ILLEGAL: FaultText(
        "The provider's filter took this for something illegal.",
        f"{SAME}Another subject usually works: {ANEW}",
    ),
    _F.CONTENT: FaultText(
        "The provider's content filter refused this and did not say what it minds.",
        f"{SAME}A plainer prompt or a different clip often gets through: {ANEW}",
    ),
    _F.CLIP_UNSUITABLE: FaultText(
        "The provider could not work with this clip.",
        f"One subject, well lit, in view the whole time, usually works: {ANEW}",
    ),
    _F.REQUEST_INVALID: FaultText(
        "The provider did not understand my order. That is a fault of this bot, not of your clip.",
        f"{OPERATOR}{SAY_REFERENCE}",
    ),
    _F.VIDEO_REFUSED: FaultText(
        "The provider did not take that part of that video. It has to be a finished video, made by the "
        "account that this bot uses, and the seconds have to lie inside it.",
        f"Look at the number of the task and at the seconds again; then {ANEW}",
    ),
    _F.SOURCE_UNREACHABLE: FaultText(
        "The provider could not fetch the clip from me.",
        "**Try again** hands the clip over afresh, which usually helps.",
    ),
    _F.CLIP_MISSING: FaultText(
        "My copy of the clip is gone or damaged, so there is nothing left to try again with.",
        f"Attach the clip once more and {ANEW}",
    ),
    _F.INTERRUPTED: FaultText(
        "I was stopped right after you asked, and for so long that I did not begin.",
        f"If you have not asked again since, {ANEW}",
    ),
    _F.ATTACHMENT_GONE: FaultText(
        "Discord no longer has the clip you attached.",
        f"Attach it once more and {ANEW}",
    ),
    _F.ATTACHMENT_UNREACHABLE: FaultText(
        "I could not fetch your clip from Discord.",
        f"Attach the clip again and {ANEW}",
    ),
    _F.PART_NOT_CHOSEN: FaultText(
        "The clip needed a cut, and nobody chose the part to keep in time.",
        f"Attach it again, choose the part within the hour, or cut it yourself: {ANEW}",
    ),
    _F.STORAGE: FaultText(
        "The place where I keep clips and records did not work.",
        f"**Try again** may help; if not, the people who run this bot have to look: {SAY_REFERENCE}",
    ),
    _F.MODEL_OFF: FaultText(
        "The model is switched off at the provider right now.",
        "Once it is back, **Try again** makes this character from the clip I kept.",
    ),
    _F.FEATURE_OFF: FaultText(
        "The provider has switched this function off for the bot's account.",
        f"{OPERATOR}afterwards **Try again** works.",
    ),
    _F.KEY_REFUSED: FaultText(
        "The provider does not accept this bot's key.",
        f"{OPERATOR}once the key is accepted, **Try again** works.",
    ),
    _F.NO_CREDIT: FaultText(
        "The bot's account at the provider has run out of credit.",
        f"{OPERATOR}once there is credit, **Try again** works.",
    ),
    _F.CREDIT_RESERVE: FaultText(
        "The bot's account at the provider is down to the reserve that the people who run it keep.",
        f"{OPERATOR}once the account is topped up, **Try again** works.",
    ),
    _F.KEY_LIMIT: FaultText(
        "The bot's key has reached its own spending limit at the provider.",
        f"{OPERATOR}once the limit allows it, **Try again** works.",
    ),
    _F.EDGE_REFUSED: FaultText(
        "The provider's network turned this bot away at the door.",
        f"{OPERATOR}once it is let in, **Try again** works.",
    ),
    _F.MAINTENANCE: FaultText(
        "The provider is closed for maintenance.",
        "It gives no time. Once it is open, **Try again** works.",
    ),
    _F.THROTTLED: FaultText(
        "The provider is taking no more orders from this bot at the moment.",
        "**Try again** puts this one back in the queue.",
    ),
    _F.PROVIDER_TROUBLE: FaultText(
        "The provider had trouble of its own.",
        "**Try again** often helps, with the same clip and the same prompt.",
    ),
    _F.UNREACHABLE: FaultText(
        "The provider cannot be reached.",
        "**Try again** asks it once more, with the clip I kept.",
    ),
    _F.NONSENSE: FaultText(
        "The provider gave an answer that I cannot make sense of.",
        f"**Try again** may help; if not, the people who run this bot can look into it: {SAY_REFERENCE}",
    ),
    _F.UNREADABLE_RESULT: FaultText(
        "The provider says the character is made, but its answer holds no id that I can read.",
        f"The people who run this bot can look it up: {SAY_REFERENCE} Trying again may cost a second time.",
    ),
    _F.TASK_NOT_FOUND: FaultText(
        "The provider had accepted the order, and now does not know it any more.",
        f"The people who run this bot can ask: {SAY_REFERENCE} Trying again may cost a second time.",
    ),
    _F.TOOK_TOO_LONG: FaultText(
        "The provider took the order and did not finish it within a day.",
        f"The people who run this bot can still ask for it: {SAY_REFERENCE} Trying again may cost twice.",
    ),
    _F.WAITED_TOO_LONG: FaultText(
        "The provider could not take this order for a whole day, so I stopped asking.",
        "**Try again** puts it back in the queue, with the clip I kept.",
    ),
    _F.SERVER_PAUSED: FaultText(
        "The moderators of this server have paused the making of characters.",
        "Once the pause is over, **Try again** puts it back in the queue, with the clip I kept.",
    ),
    _F.MEMBER_BLOCKED: FaultText(
        "The moderators of this server do not let the person who asked for it make characters now.",
        "Once they do again, **Try again** makes it from the clip I kept.",
    ),
    _F.SERVER_NOT_ALLOWED: FaultText(
        "Whoever runs this bot does not let this server make characters any more.",
        "Should they let it again, **Try again** makes it from the clip I kept.",
    ),
    _F.SERVER_LEFT: FaultText(
        "I was removed from the server in which this was asked for.",
        f"In another server, or in a direct message to me, {ANEW}",
    ),
    _F.NOT_APPROVED: FaultText(
        "A moderator of this server did not approve this.",
        f"The moderators can say more. Something else can go to them, too: {ANEW}",
    ),
    _F.NOT_REVIEWED: FaultText(
        "No moderator of this server looked at this within 24 hours.",
        "**Try again** asks them once more, with the clip I kept.",
    ),
    _F.OUTCOME_UNKNOWN: FaultText(
        "The provider may have taken the order, but its answer was lost.",
        "Trying again may cost a second time.",
    ),
    _F.CHARACTER_LOST: FaultText(
        "The provider may have made this one, but its answer, which holds the id, was lost.",
        "Trying again may make it, and cost, a second time.",
    ),
    _F.UNEXPLAINED: FaultText(
        "The provider gave up on this one, with a reason that I do not know.",
        f"**Try again** may help; if not, another clip or prompt may: {ANEW}",
    ),
    _F.INTERNAL: FaultText(
        "Something broke on my side. That is a fault of this bot, not of your clip.",
        f"**Try again** may help; if not, the people who run this bot can find out why: {SAY_REFERENCE}",
    ),
}

_R = ClipRule
RULES: dict[ClipRule, tuple[str, str, str]] = {
    # What is wrong; what introduces the limit; what to do now.
    _R.FILE_COUNT: ("I need exactly one clip", "I take", "Attach one."),
    _R.EMPTY: ("That file is empty", "I take", "It may have been cut off on its way: attach it again."),
    _R.TOO_BIG: ("That clip is too big", "I take", "Trim it, or export it at 720p."),
    _R.WRONG_CONTAINER: ("I cannot use that kind of file", "I take", "Save or export the clip as MP4."),
    _R.NO_VIDEO: ("There is no picture in that file", "I need", "Take a clip that shows your subject."),
    _R.UNDECODABLE: (
        "I cannot read the picture in that clip",
        "I need",
        "Export it again as MP4 (H.264).",
    ),
    _R.DAMAGED: (
        "That file is damaged",
        "I need",
        "Export it again, or copy it again from the camera.",
    ),
    _R.TOO_SHORT: ("That clip is too short", "it must be", "Take one that lasts a little longer."),
    _R.TOO_LONG: ("That clip is too long", "it must be", "Trim it in your gallery app."),
    _R.TOO_COMPLEX: (
        "That file asks more of me than a short clip should",
        "I take",
        "Export it again as a plain MP4 with one video track, at 1080p or less.",
    ),
}


def way_on(text: FaultText, *, has_clip: bool) -> str:
    """What to do now; where there is nothing to try again with, nothing is said of it."""
    return text.now if has_clip or AGAIN_MARK not in text.now else f"Attach the clip once more and {ANEW}"


def rule_sentence(rule: ClipRule, found: str | None, accepted: str | None) -> str:
    """All of `of_rule` in a row."""
    text = of_rule(rule, found, accepted)
    return f"{text.what} {text.now}"


def of_rule(rule: ClipRule, found: str | None, accepted: str | None) -> FaultText:
    """What is wrong with a clip, what was measured, what is accepted; and what to do about the clip."""
    wrong, limit, now = RULES[rule]
    facts = [_fact(found)] if found else []
    facts += [f"{limit} {_fact(accepted)}"] if accepted else []
    return FaultText(f"{wrong}: {'; '.join(facts)}." if facts else f"{wrong}.", now)


def _fact(text: str) -> str:
    return f"**{shown(text, FACT_LIMIT)}**"
