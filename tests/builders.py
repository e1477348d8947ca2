"""Values with sensible defaults, every field of which can be set by name."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.clip import ClipFacts, ClipKind, KeptClip, StoredClip
from bot.model import (
    Attachment,
    Attempt,
    AttemptState,
    Character,
    InteractionTicket,
    Job,
    Order,
    Place,
    PlaceKind,
    Subject,
    Visibility,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When everything in a test happens unless it says otherwise."""
GUILD_ID = 1200000000000000001
CHANNEL_ID = 1200000000000000002
OWNER_ID = 1200000000000000003
PROVIDER = "kie-sora-2-characters"

serial = count(1)


def an_id() -> str:
    """A new id of a job, an attempt or a character: 26 characters, sorting by creation."""
    return f"01K{next(serial):023d}"


def a_snowflake() -> int:
    """A new Discord id, wider than 32 bits."""
    return 1300000000000000000 + next(serial)


def an_order(**changes: Any) -> Order:
    defaults: dict[str, Any] = {
        "ticket": InteractionTicket(a_snowflake(), 1200000000000000009, "interaction-token"),
        "place": Place(GUILD_ID, CHANNEL_ID, PlaceKind.TEXT),
        "owner_id": OWNER_ID,
        "subject": Subject.ME,
        "prompt": "a calm voice",
        "safety": "no weapons",
        "safety_sent": "be kind\nno weapons",
        "name": "Mira",
        "visibility": Visibility.THREAD,
        "attachment": Attachment(
            "https://cdn.discordapp.com/attachments/1/2/clip.mp4?ex=1", "clip.mp4", 41_230 + next(serial)
        ),
    }
    return Order(**defaults | changes)


def a_job(**changes: Any) -> Job:
    """A job just accepted. What is not a field of a job is set on its order."""
    own = {name: changes.pop(name) for name in Job.__slots__ if name in changes}
    defaults: dict[str, Any] = {"job_id": an_id(), "created_at": NOON}
    if "order" not in own:
        own["order"] = an_order(**changes)
    return Job(**defaults | own)


def an_attempt(job: Job | None = None, **changes: Any) -> Attempt:
    """The first attempt at `job`, as it is when the job has just been accepted."""
    created_at = changes.get("created_at", job.created_at if job else NOON)
    defaults: dict[str, Any] = {
        "attempt_id": an_id(),
        "job_id": job.job_id if job else an_id(),
        "number": 1,
        "state": AttemptState.RECEIVED,
        "provider": PROVIDER,
        "requested_by": job.order.owner_id if job else OWNER_ID,
        "callback_token": f"{next(serial):032x}",
        "created_at": created_at,
        "due_at": created_at,
    }
    return Attempt(**defaults | changes)


def a_clip(**changes: Any) -> KeptClip:
    """A clip that was accepted. `stored` and `facts` can be replaced whole."""
    digest = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
    defaults: dict[str, Any] = {
        "stored": StoredClip(f"sha256/{digest[:2]}/{digest}", digest, 41_230),
        "facts": ClipFacts(ClipKind.MP4, 3.2, 41_230, 720, 1280, "h264", 29.97),
    }
    return KeptClip(**defaults | changes)


def a_character(attempt: Attempt | None = None, **changes: Any) -> Character:
    """What `attempt` left behind."""
    defaults: dict[str, Any] = {
        "character_id": an_id(),
        "job_id": attempt.job_id if attempt else an_id(),
        "attempt_id": attempt.attempt_id if attempt else an_id(),
        "owner_id": OWNER_ID,
        "guild_id": GUILD_ID,
        "name": "Mira",
        "provider": attempt.provider if attempt else PROVIDER,
        "provider_character_id": f"char_{next(serial):06d}.Mira",
        "created_at": NOON,
        "may_stop_working_at": None,
    }
    return Character(**defaults | changes)
