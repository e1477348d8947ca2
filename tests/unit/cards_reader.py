"""Views read as a person and Discord read them."""

from typing import Any

from discord import ui

from bot.model import Attempt, Job, Story
from tests.builders import a_clip, a_job, an_attempt


def a_story(**changes: Any) -> Story:
    """A story of one attempt; fields of the job, its order, the attempt and the story, all by name."""
    of_story = ("character", "ahead", "circuit", "maker", "elsewhere")
    own = {name: changes.pop(name) for name in of_story if name in changes}
    of_attempt = {
        name: changes.pop(name) for name in Attempt.__slots__ if name in changes and name != "job_id"
    }
    of_job: dict[str, Any] = {"clip": a_clip()} | changes
    job: Job = a_job(**of_job)
    return Story(job=job, attempt=an_attempt(job, **of_attempt), **own)


def text_of(view: ui.LayoutView) -> str:
    """All that can be read, line by line."""
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


def buttons_of(view: ui.LayoutView) -> dict[str, str]:
    """Custom ids by label."""
    buttons = [item for item in view.walk_children() if isinstance(item, ui.Button)]
    return {button.label or "": button.custom_id or "" for button in buttons}
