"""What moderators see of attempts that wait for their yes: the message in the review channel, and the list.

Drawing is pure: a story in, a fresh view out.
"""

from collections.abc import Sequence

import discord
from discord import ui

from bot.model import AttemptState, Story
from bot.prose import utf16_units
from bot.servers import ServerSettings
from cogs import controls
from cogs.cards import AMBER, COLOURS, Item
from cogs.controls import Control, DrawnButton
from cogs.job_links import jump_url
from cogs.pages import Page
from cogs.pictures import Picture
from cogs.replies import MARGIN_UNITS, TEXT_UNITS, layout
from cogs.texts import reviews as texts
from cogs.texts.diagnosis import PERMISSIONS

LISTED = 4
"""Entries of the list: with their buttons far below 40 components (Discord: Component Reference)."""
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
        ui.ActionRow(*_buttons(story, is_cut=texts.are_cut(story))),
        ui.TextDisplay(texts.footer(story)),
    ]
    return layout([ui.Container(*items, accent_colour=AMBER)])


def queue_view(waiting: Sequence[tuple[Story, str | None]], page: Page) -> ui.LayoutView:
    """A page of the list, the oldest first; with each why nobody could be asked about it, if so."""
    if not waiting:
        return layout([ui.TextDisplay(texts.NOTHING_WAITING)])
    items: list[Item] = [ui.TextDisplay(texts.queue_title(page.number, page.pages))]
    for (story, _), entry in zip(waiting, _entries(waiting), strict=True):
        items.append(ui.TextDisplay(entry))
        items.append(ui.ActionRow(*_buttons(story, is_cut=True), *_jump(story)))
    turning = page.buttons(lambda number: Control(controls.REVIEW, controls.PAGE, "0", str(number)))
    return layout([*items, *([ui.ActionRow(*turning)] if turning else [])])


def _entries(waiting: Sequence[tuple[Story, str | None]]) -> Sequence[str]:
    """With the beginning of what was written, or without where there is no room: **Read it all** shows it."""
    room = TEXT_UNITS - MARGIN_UNITS
    with_words = [_entry(story, unasked, words=True) for story, unasked in waiting]
    if sum(map(utf16_units, with_words)) <= room:
        return with_words
    return [_entry(story, unasked, words=False) for story, unasked in waiting]


def _entry(story: Story, unasked: str | None, *, words: bool) -> str:
    asked = story.review is not None and story.review.channel_id is not None
    return texts.queue_entry(story, unasked, asked=asked, words_shown=texts.IN_QUEUE_SHOWN if words else 0)


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


def _buttons(story: Story, *, is_cut: bool) -> list[Item]:
    actions = (controls.APPROVE, controls.REJECT, controls.BLOCK, controls.WORDS)
    approve, reject, block, read = (controls.review(one, story.attempt.attempt_id) for one in actions)
    buttons: list[Item] = [
        DrawnButton(approve, texts.APPROVE_LABEL, style=discord.ButtonStyle.success),
        DrawnButton(reject, texts.REJECT_LABEL),
        DrawnButton(block, texts.BLOCK_LABEL, style=discord.ButtonStyle.danger),
    ]
    has_words = bool(story.job.order.prompt or story.job.order.safety)
    return [*buttons, *([DrawnButton(read, texts.WORDS_LABEL)] if is_cut and has_words else [])]


def _jump(story: Story) -> list[Item]:
    url = jump_url(story.job)
    return [ui.Button(label=texts.JUMP_LABEL, url=url)] if url else []
