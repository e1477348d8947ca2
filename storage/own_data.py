"""Which rows are whose, and what of them somebody may take along."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk_tables import bulks
from storage.entries import OPEN
from storage.moderation_tables import reviews
from storage.report_tables import reports
from storage.schema import (
    announcements,
    attempts,
    blocks,
    characters,
    deeds,
    erasures,
    exports,
    former_ids,
    forms,
    jobs,
    picks,
    quotas,
    turns,
)
from storage.statement_tables import statements
from storage.takedown_tables import character_posts

KEPT_BACK = frozenset(
    {"ticket_token", "callback_token", "attachment_url", "handed_over_url"}
    | {"leased_until", "leased_by", "revision", "name_folded", "nonce"}
)
"""Columns that hold a key to something, or say nothing about anybody."""


def whose(user_id: int) -> Mapping[str, tuple[Table, ColumnElement[bool], frozenset[str]]]:
    """What is somebody's, by what it is called in their file, and what is left out of it besides.

    Of what moderators did to somebody it is not said who did it.
    """
    own_jobs = select(jobs.c.job_id).where(jobs.c.owner_id == user_id)
    own_characters = select(characters.c.character_id).where(characters.c.owner_id == user_id)
    tried = or_(attempts.c.requested_by == user_id, attempts.c.job_id.in_(own_jobs))
    own_attempts = select(attempts.c.attempt_id).where(attempts.c.job_id.in_(own_jobs))
    nothing, other_people = frozenset[str](), frozenset({"requested_by"})
    return {
        "jobs": (jobs, jobs.c.owner_id == user_id, frozenset({"removed_by"})),
        "attempts": (attempts, tried, other_people),
        "announcements": (announcements, announcements.c.job_id.in_(own_jobs), nothing),
        "character_posts": (character_posts, character_posts.c.job_id.in_(own_jobs), nothing),
        "forms": (forms, forms.c.owner_id == user_id, nothing),
        "picks": (picks, picks.c.owner_id == user_id, nothing),
        "turns": (turns, or_(turns.c.owner_id == user_id, turns.c.place_id == -user_id), nothing),
        "characters": (characters, characters.c.owner_id == user_id, nothing),
        "former_ids": (former_ids, former_ids.c.character_id.in_(own_characters), nothing),
        "blocks": (blocks, blocks.c.user_id == user_id, nothing),
        "quotas": (quotas, quotas.c.target_id == user_id, nothing),
        "reviews": (reviews, reviews.c.attempt_id.in_(own_attempts), frozenset({"decided_by"})),
        "reviews_decided": (reviews, reviews.c.decided_by == user_id, nothing),
        "bulks": (bulks, bulks.c.actor_id == user_id, nothing),
        "deeds": (deeds, deeds.c.actor_id == user_id, nothing),
        "deeds_about": (deeds, deeds.c.subject == str(user_id), frozenset({"actor_id"})),
        "statements": (statements, statements.c.user_id == user_id, nothing),
        "reports": (reports, reports.c.reporter_id == user_id, frozenset({"decided_by"})),
        "reports_decided": (
            reports,
            reports.c.decided_by == user_id,
            frozenset({"reporter_id", "words"}),
        ),
        "exports": (exports, exports.c.user_id == user_id, nothing),
        "erasures": (erasures, erasures.c.user_id == user_id, nothing),
    }


async def rows_of(connection: AsyncConnection, user_id: int) -> dict[str, list[dict[str, Any]]]:
    """All rows that are somebody's."""
    found: dict[str, list[dict[str, Any]]] = {}
    for title, (table, own, left_out) in whose(user_id).items():
        shown = [column for column in table.c if column.name not in KEPT_BACK | left_out]
        rows = await connection.execute(select(*shown).where(own).order_by(*table.primary_key.columns))
        found[title] = [dict(row) for row in rows.mappings()]
    return found


async def counts(connection: AsyncConnection, user_id: int) -> dict[str, int]:
    """How much is somebody's, as `Holdings` names it."""
    own = jobs.c.owner_id == user_id
    clip = (jobs.c.clip_key, jobs.c.clip_size_bytes)
    clips = select(*clip).where(own, jobs.c.clip_key.is_not(None)).distinct().subquery()
    of_jobs = attempts.join(jobs, jobs.c.job_id == attempts.c.job_id)
    counted_by: dict[str, Select[Any]] = {
        "jobs": counting(jobs, own),
        "running": select(func.count()).select_from(of_jobs).where(own, OPEN),
        "clips": select(func.count()).select_from(clips),
        "clip_bytes": select(func.coalesce(func.sum(clips.c.clip_size_bytes), 0)),
        "characters": counting(characters, characters.c.owner_id == user_id),
        "blocks": counting(blocks, blocks.c.user_id == user_id),
        "statements": counting(statements, statements.c.user_id == user_id),
        "reports": counting(reports, reports.c.reporter_id == user_id),
        "deeds": counting(deeds, or_(deeds.c.actor_id == user_id, deeds.c.subject == str(user_id))),
    }
    return {name: int(await connection.scalar(counted) or 0) for name, counted in counted_by.items()}


def counting(table: Table, own: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(table).where(own)


def is_ended(own: ColumnElement[bool]) -> ColumnElement[bool]:
    """Jobs of which no attempt goes on."""
    going_on = select(attempts.c.attempt_id).where(attempts.c.job_id == jobs.c.job_id, OPEN).exists()
    return and_(own, ~going_on)
