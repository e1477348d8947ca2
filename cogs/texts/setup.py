"""The words around a server's settings panel; what each setting decides is `moderation`'s to say."""

DESCRIPTION = "Open the settings panel for this server."
BACK, ON = "◀ Back", "Next ▶"
POST_PANEL = "Post a start panel here"
ROLES = "Choose roles"
CHANNELS = "Choose channels"
CHANNEL = "Choose a channel"


def title(number: int, pages: int) -> str:
    """Above the settings; `number` of the page counts from 0."""
    return (
        f"### Settings of this server\n-# Page {number + 1} of {pages}. A pick counts at once and is noted "
        "in the audit log. Channels and roles are taken back by picking none."
    )


def option(name: str, text: str) -> str:
    """What is picked, with the setting where the value alone would not say it."""
    return f"{name}: {text}"
