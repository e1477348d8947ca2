"""The sentences about characters from a part of a video that the provider has made before."""

from bot.clip import SourceTask
from bot.source_task import LONGEST_SECONDS, SHORTEST_SECONDS, SourceProblem, SourceRefused
from cogs.markdown import shown

DESCRIPTION = "Create a character from a video that was made with this bot's account."
OPTIONS = {
    "task": "The number of the video's task at the provider.",
    "seconds": "Which 1 to 4 seconds of the video, such as 0.5-3.",
    "clip": "A clip of the same: its picture is shown, and it serves where the video can't.",
}
NOTHING_USED = "Nothing was charged."
FOUND_SHOWN = 60
TASK_SHOWN = 100
LENGTH = f"{SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} seconds"

_WHY: dict[SourceProblem, str] = {
    SourceProblem.NOT_OFFERED: "This bot takes no characters from videos.",
    SourceProblem.NO_TASK_ID: "That is not the number of a task of the provider's.",
    SourceProblem.NO_SPAN: "I can't read which seconds of the video those are.",
    SourceProblem.WRONG_LENGTH: f"The part of a video has to be {LENGTH} long.",
    SourceProblem.NO_PROMPT: "A character from a video takes a description.",
}
_NOW: dict[SourceProblem, str] = {
    SourceProblem.NOT_OFFERED: "`/character create` makes one of your clip.",
    SourceProblem.NO_TASK_ID: "It is 8 to 100 letters, digits, `-` and `_`, as the provider shows it.",
    SourceProblem.NO_SPAN: "Write where it begins and ends, in seconds, such as `0.5-3`.",
    SourceProblem.WRONG_LENGTH: "Write where it begins and ends, in seconds, such as `0.5-3`.",
    SourceProblem.NO_PROMPT: "Say in `prompt` who it is: look, voice, manner.",
}


def told(source: SourceTask | None) -> str:
    """From where it is taken, for who decides or looks into it; they cannot see the video. Else nothing."""
    if source is None:
        return ""
    task_id = shown(source.task_id, TASK_SHOWN)
    part = f"{source.start_seconds:g} to {source.end_seconds:g} s"
    return f"taken from a video that I can't show: {part} of the provider's task {task_id}"


def refused(error: SourceRefused) -> str:
    found = f" It says: {shown(error.found, FOUND_SHOWN)}" if error.found else ""
    return f"{_WHY[error.problem]}{found} {NOTHING_USED}\n{_NOW[error.problem]}"
