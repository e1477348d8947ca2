"""What the provider's codes and words mean, as tables. Who may trust which of them is decided elsewhere."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bot.fault import Fault

Words: TypeAlias = tuple[tuple[Fault, re.Pattern[str]], ...]

CODE_FAULTS: Mapping[int, Fault] = {
    # Union of all pages of kie's documentation, as a body code or as an HTTP status alike.
    400: Fault.REQUEST_INVALID,
    401: Fault.KEY_REFUSED,
    402: Fault.NO_CREDIT,
    403: Fault.KEY_REFUSED,  # in kie's own envelope: the key's address list; without one it is the edge
    408: Fault.PROVIDER_TROUBLE,
    429: Fault.THROTTLED,
    433: Fault.KEY_LIMIT,
    451: Fault.SOURCE_UNREACHABLE,
    455: Fault.MAINTENANCE,
    505: Fault.FEATURE_OFF,
}
FAIL_CODE_FAULTS: Mapping[str, Fault] = {
    # Of a task that failed without words we know. 400, 500 and 501 are said of everything, so they explain
    # nothing.
    "408": Fault.PROVIDER_TROUBLE,
    "429": Fault.PROVIDER_TROUBLE,
    "451": Fault.SOURCE_UNREACHABLE,
    "455": Fault.PROVIDER_TROUBLE,
    "550": Fault.PROVIDER_TROUBLE,
}
VALIDATION_CODES = frozenset({400, 422, 500, 501, 550})
"""Codes behind which both our mistakes and refusals of the content were seen; the words tell which."""


def _table(rows: Mapping[Fault, Sequence[str]]) -> Words:
    return tuple((fault, re.compile("|".join(words), re.IGNORECASE)) for fault, words in rows.items())


ACCOUNT_WORDS = _table(
    {
        Fault.MODEL_OFF: (
            r"temporarily paused",  # code 500 for all sora-2 models since June 2026
            r"model name you specified is not supported",  # 422
            r"page does not exist or is not published",  # 422
        ),
        # Seen with 402, and with 429 on a sibling service.
        Fault.NO_CREDIT: (r"\bcredits?\b.*\binsufficient", r"\binsufficient\b.*\bcredits?\b"),
    }
)
"""Words that hold whatever the code."""

VALIDATION_WORDS = _table({Fault.REQUEST_INVALID: (r"is required", r"cannot be empty", r"allowed options")})
"""Validation, also when it comes disguised as code 500."""

CONTENT_WORDS = _table(
    {
        # No failed character task of kie has been published. These are upstream's refusals, which kie passes
        # through for its other models. The order is the precedence: what names one thing stands first.
        Fault.LIKENESS: (
            r"realistic (?:human|person|people)",
            r"without humans",
            r"\breal (?:person|people)\b",
        ),
        Fault.THIRD_PARTY: (r"\bthird[- ]part(?:y|ies)\b(?! (?:service|server|provider|api)\b)",),
        Fault.SEXUAL: (r"nudity", r"sexual", r"erotic"),
        Fault.VIOLENCE: (r"violence", r"violent\b", r"\bgraphic\b"),
        Fault.HATE: (r"\bhat(?:e|ed|eful|red)\b",),
        Fault.SELF_HARM: (r"\bself[- ]?harm",),
        Fault.ILLEGAL: (r"\billegal\b(?! (?:argument|state|access|character)\b)",),
        Fault.CONTENT: (
            r"guardrail",
            r"content policy",
            r"content violat",
            r"moderation",
            r"\bsafety\b(?! instruction)",
            r"prohibited",
            r"(?<!case[- ])sensitive",
        ),
    }
)

TASK_WORDS = CONTENT_WORDS + _table(
    {
        Fault.CLIP_UNSUITABLE: (
            r"\bduration\b",
            r"\bseconds\b",
            r"(?<!took )too long",
            r"too short",
            r"\bformat",
            r"\bmime\b",
            r"unsupported",
            r"codec",
            r"\bdecod",
        ),
        Fault.SOURCE_UNREACHABLE: (r"download", r"fetch", r"file[ _]url", r"expired", r"\b40[34]\b"),
        # A dead address was once answered with "server is busy" as well: these words prove little.
        Fault.PROVIDER_TROUBLE: (
            r"heavy load",
            r"\bbusy\b",
            r"time-?out",
            r"timed out",
            r"try again",
            r"\binternal\b",
        ),
    }
)
"""Words of a failed task, in order of precedence."""

_WAIT = re.compile(r"\b(?:in|after) \d+(?:\.\d+)? ?(?:s|secs?|seconds?)\b", re.IGNORECASE)


def fault_in(words: Words, text: str) -> Fault | None:
    """The first row that knows the text, if any.

    A waiting time ("try again in 30 seconds") says nothing about the clip's length and is not looked at.
    """
    plain = _WAIT.sub(" ", text)
    return next((fault for fault, pattern in words if pattern.search(plain)), None)
