"""The menu **Create character from clip** on a message, for whoever posted that message.

How the clip gets from the menu to the form that comes back, minutes later, in another interaction and perhaps
to another process:

- The command brings the whole message, whatever the bot may read (Discord: Gateway, Message Content Intent).
  The clip's address is stored with a `Pick`, and the form's id holds the id of that row. An id holds no
  address, and memory does not outlive the process.
- When the form comes back, the message is read again, to see that it is still there and whose it is:
  deleting the message, by its author or by a moderator, withdraws the clip. The address cannot be had by
  reading again: without that intent, which is privileged and which the bot does not ask for, a server's
  message comes without its attachments. Where they come, as in direct messages, the fresh address is used.
- So the bot has to be able to read the channel, and the menu says so before it opens the form.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.clips import rules
from bot.errors import (
    AttachmentUnreachable,
    ClipWithdrawn,
    FormLapsed,
    MessageUnreadable,
    NoClipThere,
    NotAllowed,
)
from bot.model import (
    Attachment,
    MessageRef,
)
from bot.orders.picks import Pick, PickStore
from bot.ports import Clock
from cogs import forms, guards
from cogs.delivery.policy import TROUBLE, Verdict, verdict_of
from cogs.forms import Filled, FormId, Forms
from cogs.orders.ordering import Ordering, typed_from
from cogs.texts.forms import MENU_NAME

KEPT = timedelta(hours=24)
"""As long as the signed address of an attachment works, by the example in Discord's reference."""
READ_SECONDS = 1.5
"""Half of the time that Discord gives to the first answer."""
CLIP_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
"""For files of which Discord does not say what they are; the content decides later."""


class MessageClips(commands.Cog):
    """Picks a clip from its author's message, and takes in the form about it."""

    def __init__(
        self,
        ordering: Ordering,
        *,
        picks: PickStore,
        clock: Clock,
        client: discord.Client,
        new_id: Callable[[], str],
    ) -> None:
        self._ordering = ordering
        self._picks = picks
        self._clock = clock
        self._client = client
        self._new_id = new_id
        self.menu = app_commands.ContextMenu(
            name=MENU_NAME,
            callback=self.pick,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    @property
    def forms(self) -> Forms:
        return {forms.PICKED: self.submit}

    async def pick(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """What would be refused later is refused now, before anybody has typed for minutes.

        Raises:
            NotAllowed: somebody else posted the message.
            NoClipThere: it holds no video.
            MessageUnreadable: nobody could see later whether it is still there.
        """
        guards.check_reading(guards.place_of(interaction), interaction.app_permissions)
        await self._ordering.welcome(interaction)
        if message.author.id != interaction.user.id:
            raise NotAllowed("pick")
        clip = first_clip(message.attachments)
        rules.judge_attachment(clip.size)
        pick = self._picked(interaction, message, clip)
        await self._picks.keep(pick, forget_before=pick.created_at - KEPT)
        form = forms.picked_form(pick.pick_id, clip.filename, await self._ordering.cost())
        await forms.show(interaction, form)

    async def submit(self, interaction: discord.Interaction[Any], form_id: FormId, filled: Filled) -> None:
        """Orders what the form says about the clip, if that is still there.

        Raises:
            FormLapsed: the pick is not known any more, or not to this person here.
            ClipWithdrawn, MessageUnreadable, AttachmentUnreachable: what became of the message.
        """
        await self._ordering.admit(interaction)
        pick = await self._picks.get(form_id.ref)
        now = self._clock.now()
        asked = (interaction.user.id, interaction.guild_id)
        if pick is None or (pick.owner_id, pick.guild_id) != asked or pick.created_at < now - KEPT:
            raise FormLapsed
        clip = clip_in(await self._read(pick.message), pick)
        await self._ordering.order(interaction, typed_from(filled, clip, form_id))

    def _picked(
        self, interaction: discord.Interaction[Any], message: discord.Message, clip: discord.Attachment
    ) -> Pick:
        return Pick(
            pick_id=self._new_id(),
            owner_id=interaction.user.id,
            guild_id=interaction.guild_id,
            message=MessageRef(message.channel.id, message.id),
            attachment_id=clip.id,
            attachment=Attachment(url=clip.url, filename=clip.filename, size_bytes=clip.size),
            created_at=self._clock.now(),
        )

    async def _read(self, message: MessageRef) -> Mapping[str, Any]:
        """The message as it is now.

        Raises:
            ClipWithdrawn: it is gone.
            MessageUnreadable: the bot may not read it.
            AttachmentUnreachable: Discord did not say in time.
        """
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._client.http.get_message(message.channel_id, message.message_id)
        except TROUBLE as error:
            verdict = verdict_of(error)
            if verdict is Verdict.GONE:
                raise ClipWithdrawn from error
            if verdict is Verdict.FORBIDDEN:
                raise MessageUnreadable(message.channel_id) from error
            raise AttachmentUnreachable(type(error).__name__) from error


def first_clip(attachments: Iterable[discord.Attachment]) -> discord.Attachment:
    """The first video of a message.

    Raises:
        NoClipThere: none.
    """
    for attachment in attachments:
        is_video = (attachment.content_type or "").startswith("video/")
        if is_video or attachment.filename.lower().endswith(CLIP_SUFFIXES):
            return attachment
    raise NoClipThere


def clip_in(message: Mapping[str, Any], pick: Pick) -> Attachment:
    """The picked clip, if the message as it is now leaves no doubt that it is still the author's and there.

    Raises:
        ClipWithdrawn: the message has another author, or the clip was taken out of it.
    """
    attachments: Sequence[Mapping[str, Any]] = message["attachments"]
    if int(message["author"]["id"]) != pick.owner_id:
        raise ClipWithdrawn
    for attachment in attachments:
        if int(attachment["id"]) == pick.attachment_id:
            return Attachment(attachment["url"], attachment["filename"], attachment["size"])
    # Empty where the bot is not shown what is attached: then the address itself will tell.
    if attachments or pick.guild_id is None:
        raise ClipWithdrawn
    return pick.attachment
