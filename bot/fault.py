"""Why an attempt waits, or did not bring a character. Standard library only."""

from enum import StrEnum


class Fault(StrEnum):
    """Why something did not go on; each has its own consequence and its own sentence."""

    # The clip or the text, decided by the provider.
    LIKENESS = "likeness"
    THIRD_PARTY = "third_party"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    HATE = "hate"
    SELF_HARM = "self_harm"
    ILLEGAL = "illegal"
    CONTENT = "content"
    CLIP_UNSUITABLE = "clip_unsuitable"
    # Ours to mend.
    REQUEST_INVALID = "request_invalid"
    VIDEO_REFUSED = "video_refused"
    SOURCE_UNREACHABLE = "source_unreachable"
    CLIP_MISSING = "clip_missing"
    INTERRUPTED = "interrupted"
    ATTACHMENT_GONE = "attachment_gone"
    ATTACHMENT_UNREACHABLE = "attachment_unreachable"
    PART_NOT_CHOSEN = "part_not_chosen"
    STORAGE = "storage"
    # The operator's account or the model: the whole queue waits.
    MODEL_OFF = "model_off"
    FEATURE_OFF = "feature_off"
    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    CREDIT_RESERVE = "credit_reserve"
    KEY_LIMIT = "key_limit"
    EDGE_REFUSED = "edge_refused"
    MAINTENANCE = "maintenance"
    # The provider's bad day.
    THROTTLED = "throttled"
    PROVIDER_TROUBLE = "provider_trouble"
    UNREACHABLE = "unreachable"
    NONSENSE = "nonsense"
    UNREADABLE_RESULT = "unreadable_result"
    TASK_NOT_FOUND = "task_not_found"
    TOOK_TOO_LONG = "took_too_long"
    WAITED_TOO_LONG = "waited_too_long"
    # Decided by the server's moderators.
    SERVER_PAUSED = "server_paused"
    MEMBER_BLOCKED = "member_blocked"
    NOT_APPROVED = "not_approved"
    NOT_REVIEWED = "not_reviewed"
    # Decided by the operator.
    SERVER_NOT_ALLOWED = "server_not_allowed"
    # Decided by whoever removed the bot from the server.
    SERVER_LEFT = "server_left"
    # Nobody knows.
    OUTCOME_UNKNOWN = "outcome_unknown"
    CHARACTER_LOST = "character_lost"
    UNEXPLAINED = "unexplained"
    INTERNAL = "internal"


PERHAPS_MADE = frozenset({Fault.UNREADABLE_RESULT, Fault.TASK_NOT_FOUND})
"""Faults after which the provider may well have made, and charged for, a character."""
