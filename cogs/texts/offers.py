"""What is said while a clip waits to be cut: what is wrong with it, which part is kept, and what follows."""

from bot.clip import Part
from bot.errors import CuttingBusy, NotOffered, PartNotThere
from bot.model import Attempt, AttemptState, Story
from bot.orders import parts
from cogs.markdown import mention, relative
from cogs.texts import faults, notices, prices

OPEN_LABEL = "Choose the part to keep"
USE_LABEL = "Use this part"
USE_WHOLE_LABEL = "Use the whole clip"
DROP_LABEL = "Not this clip"
EARLIER_LABEL = "◀ ½ s"
LATER_LABEL = "½ s ▶"
STARTS = "Where it begins"
LENGTHS = "How long it is"
DROPPED = f"I let that clip go. {notices.NOT_CHARGED}"
BUSY_OWN = "I am cutting another clip of yours just now. Press the button again once it is done."
BUSY_ALL = (
    "So many clips are being cut just now that yours would have to wait too long. Try again in a minute."
)
CLOSED: dict[AttemptState, str] = {
    AttemptState.MENDING: "I am cutting this clip already. Its card shows how it goes.",
    AttemptState.REJECTED: "This clip is no longer waiting. Send it again with `/character create`.",
    AttemptState.CANCELLED: "This one was cancelled. Send the clip again with `/character create`.",
}
GONE_ON = "This clip was cut already, and the job has gone on. `/character status` shows how it stands."


def status_line(attempt: Attempt) -> str:
    return f"The clip needs a cut: choose the part to keep. The offer ends {relative(attempt.due_at)}."


def heading(story: Story) -> str:
    """What is wrong with the clip, and that there is a way."""
    attempt = story.attempt
    if attempt.rule is None:
        raise ValueError(attempt.attempt_id)
    text = faults.of_rule(attempt.rule, attempt.rule_found, attempt.rule_accepted)
    cost = prices.lately(story.maker)
    told = f"{cost}\n" if cost else ""
    return f"{text.what} {notices.NOT_CHARGED}\n{told}I can make it fit. Choose the part to keep:"


def late(story: Story) -> str:
    """The same for a message that cannot hold the choice itself."""
    owner = mention(story.job.order.owner_id)
    return f"{owner} The clip you sent needs a cut before I can use it.\n{status_line(story.attempt)}"


def kept(part: Part, seconds: float) -> str:
    """Which part is kept as things stand."""
    start, end = clock_time(part.start_milliseconds), clock_time(part.end_milliseconds)
    return f"Keeps **{start} – {end}**: {length(part.length_milliseconds)} of {seconds:.1f} s."


def use_label(part: Part, seconds: float) -> str:
    return USE_WHOLE_LABEL if part == parts.suggestion(seconds) and is_whole(part, seconds) else USE_LABEL


def is_whole(part: Part, seconds: float) -> bool:
    """Whether nothing that counts is cut away."""
    return part.start_milliseconds == 0 and part.end_milliseconds + parts.STEP > seconds * 1000


def footer(story: Story) -> str:
    return f"-# The offer ends {relative(story.attempt.due_at)} · {notices.reference(story)}"


def cutting(part: Part) -> str:
    start, end = clock_time(part.start_milliseconds), clock_time(part.end_milliseconds)
    return (
        f"Cutting **{start} – {end}** out of your clip. That takes some seconds; then everything goes on by "
        "itself, and `/character status` shows how it stands."
    )


def not_offered(error: NotOffered) -> str:
    return CLOSED.get(error.state, GONE_ON)


def part_not_there(error: PartNotThere) -> str:
    return f"The clip has no such part: it is {error.seconds:.1f} s long. Choose one from the lists."


def busy(error: CuttingBusy) -> str:
    return BUSY_OWN if error.own else BUSY_ALL


def length(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"


def clock_time(milliseconds: int) -> str:
    """Such as `0:05.0`, as on the contact sheet."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"
