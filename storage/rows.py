"""Rows to values and back; the one place that knows which column holds what."""

from dataclasses import asdict, fields
from typing import Any, Protocol

from bot.clip import ClipFacts, ClipKind, ClipRule, KeptClip, Offer, Part, SourceTask, StoredClip
from bot.fault import Fault
from bot.model import (
    Attachment,
    Attempt,
    AttemptState,
    Character,
    Circuit,
    HandedOver,
    InteractionTicket,
    Job,
    MessageRef,
    Order,
    Place,
    PlaceKind,
    Subject,
    Visibility,
)
from bot.notices import Announcement, NoticeKind, NoticeState
from bot.orders import names
from bot.orders.picks import Pick
from bot.removal import Removal
from bot.review import Flag, Review
from storage.schema import jobs


class Row(Protocol):
    """A row by column name."""

    def __getitem__(self, key: str, /) -> Any: ...


CLIP_COLUMNS = tuple(column.name for column in jobs.c if column.name.startswith("clip_"))
OFFER_COLUMNS = tuple(column.name for column in jobs.c if column.name.startswith("offer_"))
CHARACTER_COLUMNS = tuple(field.name for field in fields(Character))
PLAIN_ATTEMPT_COLUMNS = tuple(
    field.name for field in fields(Attempt) if field.name not in ("state", "handed_over", "fault", "rule")
)
"""Columns that hold the field of the same name as it is."""


def job_row(job: Job) -> dict[str, Any]:
    order = job.order
    return {
        "job_id": job.job_id,
        "created_at": job.created_at,
        "interaction_id": order.ticket.interaction_id,
        "application_id": order.ticket.application_id,
        "ticket_token": order.ticket.token,
        "guild_id": order.place.guild_id,
        "channel_id": order.place.channel_id,
        "place_kind": order.place.kind.value,
        "owner_id": order.owner_id,
        "subject": order.subject.value,
        "prompt": order.prompt,
        "safety": order.safety,
        "safety_sent": order.safety_sent,
        "name": order.name,
        "visibility": order.visibility.value,
        **attachment_row(order.attachment),
        **source_row(order.source_task),
        "thread_id": job.thread_id,
        **clip_row(job.clip),
        **offer_row(job.offer),
        **card_row(job.card),
        **removal_row(job.removal),
        "media_hidden": job.media_hidden,
    }


def card_row(card: MessageRef | None) -> dict[str, Any]:
    if card is None:
        return {"card_channel_id": None, "card_message_id": None}
    return {"card_channel_id": card.channel_id, "card_message_id": card.message_id}


def removal_row(removal: Removal | None) -> dict[str, Any]:
    return {
        "removed_at": removal and removal.at,
        "removed_by": removal and removal.actor_id,
        "removed_reason": removal and removal.reason,
        "removed_by_operator": removal is not None and removal.by_operator,
    }


def clip_row(clip: KeptClip | None) -> dict[str, Any]:
    if clip is None:
        return dict.fromkeys(CLIP_COLUMNS)
    return {
        **stored_row("clip", clip.stored),
        **stored_row("clip_poster", clip.poster),
        "clip_kind": clip.facts.kind.value,
        "clip_seconds": clip.facts.seconds,
        "clip_width": clip.facts.width,
        "clip_height": clip.facts.height,
        "clip_codec": clip.facts.codec,
        "clip_fps": clip.facts.fps,
    }


def offer_row(offer: Offer | None) -> dict[str, Any]:
    if offer is None:
        return dict.fromkeys(OFFER_COLUMNS)
    return {
        **stored_row("offer_source", offer.source),
        **stored_row("offer_sheet", offer.sheet),
        "offer_seconds": offer.seconds,
        **part_row(offer.part),
    }


def part_row(part: Part) -> dict[str, Any]:
    return {
        "offer_start_milliseconds": part.start_milliseconds,
        "offer_length_milliseconds": part.length_milliseconds,
    }


def stored_row(name: str, stored: StoredClip | None) -> dict[str, Any]:
    """Something in the clip store, in three columns that begin with `name`."""
    return {
        f"{name}_key": stored and stored.key,
        f"{name}_sha256": stored and stored.sha256,
        f"{name}_size_bytes": stored and stored.size_bytes,
    }


def job_of(row: Row) -> Job:
    return Job(
        job_id=row["job_id"],
        order=order_of(row),
        created_at=row["created_at"],
        clip=clip_of(row),
        card=message_of(row["card_channel_id"], row["card_message_id"]),
        thread_id=row["thread_id"],
        offer=offer_of(row),
        removal=removal_of(row),
        media_hidden=row["media_hidden"],
    )


def order_of(row: Row) -> Order:
    return Order(
        ticket=InteractionTicket(row["interaction_id"], row["application_id"], row["ticket_token"]),
        place=Place(row["guild_id"], row["channel_id"], PlaceKind(row["place_kind"])),
        owner_id=row["owner_id"],
        subject=Subject(row["subject"]),
        prompt=row["prompt"],
        safety=row["safety"],
        safety_sent=row["safety_sent"],
        name=row["name"],
        visibility=Visibility(row["visibility"]),
        attachment=attachment_of(row),
        source_task=source_of(row),
    )


def source_row(source: SourceTask | None) -> dict[str, Any]:
    return {
        "source_task_id": source and source.task_id,
        "source_start_seconds": source and source.start_seconds,
        "source_end_seconds": source and source.end_seconds,
    }


def source_of(row: Row) -> SourceTask | None:
    task_id = row["source_task_id"]
    return (
        None
        if task_id is None
        else SourceTask(task_id, row["source_start_seconds"], row["source_end_seconds"])
    )


def clip_of(row: Row) -> KeptClip | None:
    stored = stored_of(row, "clip")
    if stored is None:
        return None
    facts = ClipFacts(
        kind=ClipKind(row["clip_kind"]),
        seconds=row["clip_seconds"],
        size_bytes=row["clip_size_bytes"],
        width=row["clip_width"],
        height=row["clip_height"],
        codec=row["clip_codec"],
        fps=row["clip_fps"],
    )
    return KeptClip(stored, facts, stored_of(row, "clip_poster"))


def offer_of(row: Row) -> Offer | None:
    source, sheet = stored_of(row, "offer_source"), stored_of(row, "offer_sheet")
    if source is None or sheet is None:
        return None
    part = Part(row["offer_start_milliseconds"], row["offer_length_milliseconds"])
    return Offer(source, sheet, row["offer_seconds"], part)


def stored_of(row: Row, name: str) -> StoredClip | None:
    key = row[f"{name}_key"]
    return None if key is None else StoredClip(key, row[f"{name}_sha256"], row[f"{name}_size_bytes"])


def removal_of(row: Row) -> Removal | None:
    at, by, reason = row["removed_at"], row["removed_by"], row["removed_reason"]
    return None if at is None else Removal(at, by or 0, reason or "", row["removed_by_operator"])


def message_of(channel_id: int | None, message_id: int | None) -> MessageRef | None:
    return None if channel_id is None or message_id is None else MessageRef(channel_id, message_id)


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """Everything but the lease, which is no part of the value."""
    handed_over = attempt.handed_over
    return {
        **{name: getattr(attempt, name) for name in PLAIN_ATTEMPT_COLUMNS},
        "state": attempt.state.value,
        "handed_over_url": handed_over and handed_over.url,
        "handed_over_at": handed_over and handed_over.at,
        "fault": attempt.fault and attempt.fault.value,
        "rule": attempt.rule and attempt.rule.value,
    }


def attempt_of(row: Row) -> Attempt:
    url, at = row["handed_over_url"], row["handed_over_at"]
    return Attempt(
        **{name: row[name] for name in PLAIN_ATTEMPT_COLUMNS},
        state=AttemptState(row["state"]),
        handed_over=None if url is None else HandedOver(url, at),
        fault=None if row["fault"] is None else Fault(row["fault"]),
        rule=None if row["rule"] is None else ClipRule(row["rule"]),
    )


def announcement_of(row: Row) -> Announcement:
    return Announcement(
        announcement_id=row["announcement_id"],
        job_id=row["job_id"],
        attempt_number=row["attempt_number"],
        kind=NoticeKind(row["kind"]),
        nonce=row["nonce"],
        state=NoticeState(row["state"]),
        due_at=row["due_at"],
        created_at=row["created_at"],
        revision=row["revision"],
        tries=row["tries"],
        message=message_of(row["channel_id"], row["message_id"]),
        parked_reason=row["parked_reason"],
    )


def character_row(character: Character) -> dict[str, Any]:
    folded = None if character.name is None else names.folded(character.name)
    return {**{name: getattr(character, name) for name in CHARACTER_COLUMNS}, "name_folded": folded}


def character_of(row: Row) -> Character:
    return Character(**{name: row[name] for name in CHARACTER_COLUMNS})


def pick_row(pick: Pick) -> dict[str, Any]:
    return {
        "pick_id": pick.pick_id,
        "owner_id": pick.owner_id,
        "guild_id": pick.guild_id,
        "channel_id": pick.message.channel_id,
        "message_id": pick.message.message_id,
        "attachment_id": pick.attachment_id,
        **attachment_row(pick.attachment),
        "created_at": pick.created_at,
    }


def pick_of(row: Row) -> Pick:
    return Pick(
        pick_id=row["pick_id"],
        owner_id=row["owner_id"],
        guild_id=row["guild_id"],
        message=MessageRef(row["channel_id"], row["message_id"]),
        attachment_id=row["attachment_id"],
        attachment=attachment_of(row),
        created_at=row["created_at"],
    )


def attachment_row(attachment: Attachment) -> dict[str, Any]:
    return {
        "attachment_url": attachment.url,
        "attachment_filename": attachment.filename,
        "attachment_size_bytes": attachment.size_bytes,
    }


def attachment_of(row: Row) -> Attachment:
    return Attachment(row["attachment_url"], row["attachment_filename"], row["attachment_size_bytes"])


def circuit_row(circuit: Circuit) -> dict[str, Any]:
    return {
        "provider": circuit.provider,
        "fault": circuit.fault.value,
        "opened_at": circuit.opened_at,
        "probe_at": circuit.probe_at,
    }


def circuit_of(row: Row) -> Circuit:
    return Circuit(row["provider"], Fault(row["fault"]), row["opened_at"], row["probe_at"])


def review_row(review: Review) -> dict[str, Any]:
    return asdict(review) | {"flags": " ".join(review.flags)}


def review_of(row: Row) -> Review:
    named = {field.name: row[field.name] for field in fields(Review)}
    return Review(**named | {"flags": tuple(map(Flag, row["flags"].split()))})
