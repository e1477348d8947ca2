"""The words of the form for a new character, of the menu that opens it, and of the panel that offers it."""

from bot.model import Subject
from bot.orders.prose import LIMIT_UNITS, utf16_units
from cogs.markdown import ELLIPSIS, fence_body

TITLE_UNITS = 45
"""Of a form's title (Discord: Receiving and Responding, Modal)."""
NOTE_UNITS = 100
"""Of the text under a field's label (Discord: Component Reference, Label)."""
TYPED_UNITS = 4000
"""Of a text field (Discord: Component Reference, Text Input): less than we and the provider take."""

NEW_DESCRIPTION = "Open a form for a new character: clip, long text, line breaks."
MENU_NAME = "Create character from clip"
PANEL_DESCRIPTION = "Post a button here with which everybody can open the form for a new character."

SUBJECTS: dict[Subject, str] = {
    Subject.ME: "Me",
    Subject.PERSON_WITH_PERMISSION: "Someone who gave me permission",
    Subject.FICTIONAL: "Fictional or animated character",
    Subject.ANIMAL_OR_OBJECT: "Animal or object",
}

TITLE = "New character"
CLIP = "Clip"
CLIP_NOTE = "1 to 4 seconds of one subject, clearly visible. From a longer clip you choose the part to keep."
PROMPT = "Description"
PROMPT_NOTE = (
    f"Look, voice, manner. Discord takes {TYPED_UNITS:,} characters here; /character create {LIMIT_UNITS:,}."
)
SUBJECT = "Who or what is in the clip?"
SUBJECT_NOTE = "Picking one confirms that you have the right to use it."
SAFETY = "What to avoid"
SAFETY_NOTE = "It adds to this bot's own safety text, which always applies."
NAME = "Name"
NAME_NOTE = "A short name for your library."

PANEL = (
    "### Make a character\n"
    "A clip of 1 to 4 seconds becomes an AI video character that you can use again. The button opens a form "
    "for the clip and a description; progress and result are posted here."
)
PANEL_BUTTON = "New character"
PANEL_POSTED = "The panel is here. Its button keeps working; delete the message when you no longer want it."
PANEL_REFUSED = (
    "Discord did not take the panel. If it does not show up here in a minute, look at my permissions in this "
    "channel's settings, and run the command again."
)


def name_note(cost: str) -> str:
    """Under the last field, above the button that orders; a form has no room for a text of its own."""
    return _fitted(f"{NAME_NOTE} {cost}".rstrip(), NOTE_UNITS)


def in_field(text: str) -> str:
    """As much of a text as a field holds, which may be less than a command takes."""
    return _fitted(text, TYPED_UNITS)


def title_from(filename: str) -> str:
    """The title of the form about a clip that is there already; it says which."""
    head = "Character from "
    name = " ".join(fence_body(filename).split()) or "your clip"
    return head + _fitted(name, TITLE_UNITS - utf16_units(head))


def _fitted(text: str, limit_units: int) -> str:
    """The text, or as much of its beginning as leaves room for an ellipsis."""
    if utf16_units(text) <= limit_units:
        return text
    kept = text[:limit_units]
    while utf16_units(kept) >= limit_units:
        kept = kept[:-1]
    return kept + ELLIPSIS
