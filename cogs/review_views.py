"""What moderators see of an attempt that waits for their yes: the message in the review channel. Pure."""

import discord
from discord import ui

from bot.model import AttemptState, Story
from bot.moderation.servers import ServerSettings
from cogs import controls
from cogs.cards import AMBER, COLOURS, Item
from cogs.controls import DrawnButton
from cogs.job_links import jump_url
from cogs.pictures import Picture
from cogs.replies import layout
from cogs.texts import reviews as texts
from cogs.texts.diagnosis import PERMISSIONS

NEEDED = ("view_channel", "send_messages", "read_message_history", "attach_files")
"""What the bot must hold in the review channel."""


def review_message(story: Story, poster: Picture | None) -> ui.LayoutView:
    """The question while it is open, what came of it afterwards: the member's texts and picture go then."""
    if story.attempt.state is not AttemptState.REVIEW or story.review is None:
        texts_after = [
            ui.TextDisplay[ui.LayoutView](texts.outcome(story)),
            ui.TextDisplay(texts.footer(story)),
        ]
        return layout([ui.Container(*texts_after, accent_colour=COLOURS[story.attempt.state])])
    head = "\n".join([texts.title(story), texts.why(story.review)])
    items: list[Item] = [behind_spoiler(head, poster)]
    words = texts.words(story)
    items += [ui.TextDisplay(words)] if words else []
    items += [
        ui.ActionRow(*buttons_about(story, is_cut=texts.are_cut(story))),
        ui.TextDisplay(texts.footer(story)),
    ]
    return layout([ui.Container(*items, accent_colour=AMBER)])


def behind_spoiler(text: str, picture: Picture | None) -> Item:
    """The text, with the picture at its side, which shows when somebody asks for it."""
    shown = ui.TextDisplay[ui.LayoutView](text)
    if picture is None:
        return shown
    return ui.Section(shown, accessory=ui.Thumbnail(picture.url, spoiler=True))


def check_review_channel(
    guild: discord.Guild | None, settings: ServerSettings
) -> tuple[bool, tuple[str, ...]]:
    """Whether the review channel is there, and what the bot lacks in it, by the names of the permissions."""
    channel_id = settings.review_channel
    channel = guild.get_channel(channel_id) if guild and channel_id else None
    if guild is None or channel is None:
        return False, ()
    held = channel.permissions_for(guild.me)
    return True, tuple(PERMISSIONS[name][0] for name in NEEDED if not getattr(held, name))


def buttons_about(story: Story, *, is_cut: bool) -> list[Item]:
    """The ways to decide; where the texts are cut, the way to read them whole."""
    actions = (controls.APPROVE, controls.REJECT, controls.BLOCK, controls.WORDS)
    approve, reject, block, read = (controls.review(one, story.attempt.attempt_id) for one in actions)
    buttons: list[Item] = [
        DrawnButton(approve, texts.APPROVE_LABEL, style=discord.ButtonStyle.success),
        DrawnButton(reject, texts.REJECT_LABEL),
        DrawnButton(block, texts.BLOCK_LABEL, style=discord.ButtonStyle.danger),
    ]
    has_words = bool(story.job.order.prompt or story.job.order.safety)
    return [*buttons, *([DrawnButton(read, texts.WORDS_LABEL)] if is_cut and has_words else [])]


def link_to(story: Story) -> list[Item]:
    """The way to where it is told, if there is one."""
    url = jump_url(story.job)
    return [ui.Button(label=texts.JUMP_LABEL, url=url)] if url else []
