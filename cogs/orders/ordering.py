"""From what a member typed, in a command or in a form, to an accepted, acknowledged job."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import discord
import structlog

from bot.clips import rules
from bot.errors import RecordsUnavailable
from bot.jobs.desk import Desk
from bot.jobs.staff.moderation import Moderation
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
from bot.moderation.servers import SafetyFloor, ServerSettings
from bot.orders import names, prose
from bot.orders.source_task import source_task
from bot.ports import Clock
from cogs import failures, forms, guards, replies
from cogs.cards import progress_card
from cogs.controls import JOB, Control, DrawnButton, cancel
from cogs.delivery.policy import TROUBLE
from cogs.forms import Filled, FormId
from cogs.guards import AllowedGuilds
from cogs.texts import answers, notices, prices

log = structlog.get_logger(__name__)

UNKNOWN_INTERACTION = 10062
"""Discord: JSON Error Codes. Too late: nobody can be answered any more."""

FLOORS = {SafetyFloor.STRICT: prose.STRICT_FLOOR, SafetyFloor.STANDARD: prose.STANDARD_FLOOR}

COST_SECONDS = 0.5
"""Of the three in which a form has to be opened (Discord: Receiving and Responding)."""
RESPONSE_SECONDS = 10.0
LOOK_SECONDS = 5.0
"""Together under the 20 s after which the machine looks into jobs whose card it does not know."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a member gave, nothing of it judged yet. `form_id` is the form it was typed into, if any."""

    clip: Attachment
    subject: str
    prompt: str | None = field(default=None, repr=False)
    safety: str | None = field(default=None, repr=False)
    name: str | None = None
    visibility: str = Visibility.THREAD.value
    part: tuple[str, str] | None = None
    """Of a video: its task, and the seconds."""
    form_id: str | None = None


class Ordering:
    """Judges an order by its payload and a few rows, so that Discord's 3 seconds are far away."""

    def __init__(
        self,
        *,
        desk: Desk,
        moderation: Moderation,
        clock: Clock,
        allowed_guilds: AllowedGuilds,
    ) -> None:
        self._desk = desk
        self._moderation = moderation
        self._clock = clock
        self._allowed_guilds = allowed_guilds

    async def admit(
        self, interaction: discord.Interaction[Any], visibility: Visibility = Visibility.THREAD
    ) -> Place:
        """Where the job would be told, if this person may start one there.

        Raises:
            ServerNotAllowed, WrongPlace, NotAllowed: nobody, or not this one, may ask anything from there.
            PermissionsMissing: the result could not be told.
            RecordsUnavailable: nobody knows what the server has decided.
        """
        place, _ = await self._admit(interaction, visibility)
        return place

    async def welcome(self, interaction: discord.Interaction[Any]) -> None:
        """Refuses now what would be refused later, before anybody has typed for minutes.

        Raises:
            UserFault: as `admit`, and what the server's moderators have decided.
        """
        await self.admit(interaction)
        await self._moderation.check(guards.person_of(interaction))

    async def cost(self) -> str:
        """What an order will probably cost, in few words; nothing where that is not known, or not in time."""
        try:
            async with asyncio.timeout(COST_SECONDS):
                return prices.briefly(await self._desk.first_maker())
        except (TimeoutError, RecordsUnavailable):
            return ""

    async def order(self, interaction: discord.Interaction[Any], typed: Typed) -> None:
        """Stores what was ordered and shows its card, or takes it back where nobody can be told of it.

        Raises:
            UserFault, MalformedPayload: the order is not taken; the caller of this answers the member.
        """
        visibility = _visibility(typed.visibility)
        place, settings = await self._admit(interaction, visibility)
        rules.judge_attachment(typed.clip.size_bytes)
        prompt = prose.prompt(typed.prompt)
        order = Order(
            ticket=InteractionTicket(interaction.id, interaction.application_id, interaction.token),
            place=place,
            owner_id=interaction.user.id,
            subject=_subject(typed.subject),
            prompt=prompt,
            safety=prose.clean(typed.safety or ""),
            safety_sent=prose.safety_instruction(FLOORS[settings.safety_floor], typed.safety),
            name=names.name_of(typed.name),
            # A direct message is private already, so that both choices mean the same there.
            visibility=Visibility.THREAD if place.kind is PlaceKind.DM else visibility,
            attachment=replace(typed.clip, filename=prose.clean(typed.clip.filename)),
            source_task=source_task(*typed.part, prompt) if typed.part else None,
        )
        person = guards.person_of(interaction)
        await self._acknowledge(interaction, await self._desk.accept(order, typed.form_id, person))

    async def _admit(
        self, interaction: discord.Interaction[Any], visibility: Visibility
    ) -> tuple[Place, ServerSettings]:
        """The place, with what holds there: in direct messages nobody has decided anything."""
        guards.admit(interaction, self._allowed_guilds)
        place = guards.place_of(interaction)
        settings = ServerSettings()
        if place.guild_id is not None:
            settings = await self._moderation.settings(place.guild_id)
        guards.check_permissions(place, visibility, settings.results_go, interaction.app_permissions)
        return place, settings

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


def typed_from(filled: Filled, clip: Attachment, form_id: FormId) -> Typed:
    """What a form about this clip brought."""
    return Typed(
        clip=clip,
        subject=filled.values.get(forms.SUBJECT, ""),
        prompt=filled.values.get(forms.PROMPT),
        safety=filled.values.get(forms.SAFETY),
        name=filled.values.get(forms.NAME),
        form_id=form_id.custom_id,
    )


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


def _visibility(value: str) -> Visibility:
    try:
        return Visibility(value)
    except ValueError:
        raise failures.MalformedPayload from None
