"""`/character create`: from the command to an accepted, acknowledged job."""

import asyncio
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot import prose
from bot.clips import rules
from bot.errors import RecordsUnavailable, TextTooLong
from bot.jobs.desk import Desk
from bot.model import (
    Attachment,
    InteractionTicket,
    MessageRef,
    Order,
    Place,
    PlaceKind,
    Story,
    Subject,
    Visibility,
)
from bot.ports import Clock
from cogs import failures, guards, replies
from cogs.cards import progress_card
from cogs.controls import JOB, Control, DrawnButton, cancel
from cogs.delivery.policy import TROUBLE
from cogs.guards import AllowedGuilds
from cogs.texts import answers, notices

log = structlog.get_logger(__name__)

NAME_UNITS = 40
CHOICES_SHOWN = 25
"""Discord: Application Commands, Autocomplete."""
UNKNOWN_INTERACTION = 10062
"""Discord: JSON Error Codes. Too late: nobody can be answered any more."""

RESPONSE_SECONDS = 10.0
LOOK_SECONDS = 5.0
"""Together under the 20 s after which the machine looks into jobs whose card it does not know."""

SUBJECTS = [
    app_commands.Choice(name="Me", value=Subject.ME.value),
    app_commands.Choice(name="Someone who gave me permission", value=Subject.PERSON_WITH_PERMISSION.value),
    app_commands.Choice(name="Fictional or animated character", value=Subject.FICTIONAL.value),
    app_commands.Choice(name="Animal or object", value=Subject.ANIMAL_OR_OBJECT.value),
]
VISIBILITIES = [
    app_commands.Choice(name="In a thread here", value=Visibility.THREAD.value),
    app_commands.Choice(name="Only me", value=Visibility.PRIVATE.value),
]


class Create(commands.Cog):
    """Judges a command by its payload alone, so that the answer comes well within Discord's 3 seconds."""

    def __init__(
        self,
        group: app_commands.Group,
        *,
        desk: Desk,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
        safety_floor: str,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._allowed_guilds = allowed_guilds
        self._safety_floor = safety_floor
        group.add_command(
            app_commands.Command(
                name="create",
                description="Create a character from a short video clip.",
                callback=self.create,
            )
        )

    async def safety_presets(
        self, _interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        found = [preset for preset in answers.SAFETY_PRESETS if current.casefold() in preset.casefold()]
        return [app_commands.Choice(name=preset, value=preset) for preset in found[:CHOICES_SHOWN]]

    @app_commands.describe(
        clip="The video clip to use: 1 to 4 seconds, one subject, clearly visible.",
        subject="Who or what is in the clip. Picking one confirms that you have the right to use it.",
        prompt="Describe the character: look, voice, manner.",
        safety="What to avoid. It adds to this bot's own safety text, which always applies.",
        name="A short name for your library.",
        visibility="Where progress and result are posted.",
    )
    @app_commands.choices(subject=SUBJECTS, visibility=VISIBILITIES)
    @app_commands.autocomplete(safety=safety_presets)
    async def create(  # noqa: PLR0917  # Discord's options arrive by name; discord.py wants plain parameters
        self,
        interaction: discord.Interaction[Any],
        clip: discord.Attachment,
        subject: str,
        prompt: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        safety: app_commands.Range[str, 0, prose.LIMIT_UNITS] | None = None,
        name: app_commands.Range[str, 1, NAME_UNITS] | None = None,
        visibility: str = Visibility.THREAD.value,
    ) -> None:
        """Errors go to the tree, which answers them and gives the texts back."""
        guards.admit(interaction, self._allowed_guilds)
        place = guards.place_of(interaction)
        rules.judge_size(clip.size)
        chosen = _visibility(visibility, place)
        guards.check_permissions(place, chosen, interaction.app_permissions)
        order = Order(
            ticket=InteractionTicket(interaction.id, interaction.application_id, interaction.token),
            place=place,
            owner_id=interaction.user.id,
            subject=_subject(subject),
            prompt=prose.prompt(prompt),
            safety=prose.clean(safety or ""),
            safety_sent=prose.safety_instruction(self._safety_floor, safety),
            name=_name(name),
            visibility=chosen,
            attachment=Attachment(url=clip.url, filename=clip.filename, size_bytes=clip.size),
        )
        await self._acknowledge(interaction, await self._desk.accept(order))

    async def _acknowledge(self, interaction: discord.Interaction[Any], story: Story) -> None:
        """Shows the card and starts the job; a job that nobody was told of is taken back."""
        job_id = story.job.job_id
        try:
            shown_id = await self._respond(interaction, story)
        except TROUBLE as error:
            await self._desk.withdraw(job_id)
            age = self._clock.now() - interaction.created_at
            log.warning("acknowledgement_failed", job_id=job_id, cause=str(error), age=age.total_seconds())
            if not _is_too_late(error):
                raise
            return
        private = story.job.order.visibility is Visibility.PRIVATE
        card = None if private else MessageRef(story.job.order.place.channel_id, shown_id)
        try:
            await self._desk.acknowledge(job_id, card)
        except RecordsUnavailable as error:
            # The card is shown: soon the machine asks Discord for it by itself.
            log.error("acknowledgement_not_stored", job_id=job_id, cause=error.cause)  # noqa: TRY400 - foreseen

    async def _respond(self, interaction: discord.Interaction[Any], story: Story) -> int:
        """The id of the first response, once it is certain that it is shown."""
        private = story.job.order.visibility is Visibility.PRIVATE
        view = _private_card(story) if private else progress_card(story, self._clock.now())
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                response = await interaction.response.send_message(
                    view=view, ephemeral=private, allowed_mentions=discord.AllowedMentions.none()
                )
        except TROUBLE as error:
            # discord.py repeats a response after a 5xx, and may meet its own first try (40060).
            shown_id = None if _is_too_late(error) else await _own_response(interaction, story.job.job_id)
            if shown_id is None:
                raise
            return shown_id
        return response.message_id or (await interaction.original_response()).id


async def _own_response(interaction: discord.Interaction[Any], job_id: str) -> int | None:
    """The id of the response that is there after all, if it is about this very job."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            message = await interaction.original_response()
    except TROUBLE:
        return None
    return message.id if job_id in job_ids_on(message) else None


def job_ids_on(message: discord.Message) -> set[str]:
    """The jobs that the buttons of a message are about."""
    children = discord.ui.LayoutView.from_message(message, timeout=None).walk_children()
    buttons = (child for child in children if isinstance(child, discord.ui.Button))
    controls = (Control.parse(button.custom_id or "") for button in buttons)
    return {control.ref for control in controls if control is not None and control.area == JOB}


def _private_card(story: Story) -> discord.ui.LayoutView:
    return replies.plain(
        answers.PRIVATE_ACCEPTED, DrawnButton(cancel(story.job.job_id), notices.CANCEL_LABEL)
    )


def _is_too_late(error: BaseException) -> bool:
    return isinstance(error, discord.NotFound) and error.code == UNKNOWN_INTERACTION


def _subject(value: str) -> Subject:
    try:
        return Subject(value)
    except ValueError:
        raise failures.MalformedPayload from None


def _visibility(value: str, place: Place) -> Visibility:
    """What was chosen; a direct message is private already, so that both choices mean the same there."""
    try:
        chosen = Visibility(value)
    except ValueError:
        raise failures.MalformedPayload from None
    return Visibility.THREAD if place.kind is PlaceKind.DM else chosen


def _name(name: str | None) -> str | None:
    """The library name on one line, or None for an empty one.

    Raises:
        TextTooLong: over 40 UTF-16 units.
    """
    cleaned = " ".join(prose.clean(name or "").split())
    length = prose.utf16_units(cleaned)
    if length > NAME_UNITS:
        raise TextTooLong("name", length=length, limit=NAME_UNITS)
    return cleaned or None
