"""Verbs about what moderators approve and what texts may not hold, ready to be broken off."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.deeds import Deed
from bot.fault import Fault
from bot.model import AttemptState, Person
from bot.moderation.gates import Block
from bot.moderation.text_rules import RuleAction, RuleKind, rule_of
from bot.notices import NoticeKind
from tests.builders import GUILD_ID, NOON, OWNER_ID, a_clip, a_job, an_attempt
from tests.contract.stores import PLENTY, Stores

Verb = Callable[[], Awaitable[Any]]
OWNER = Person(OWNER_ID, GUILD_ID)
BEARS = rule_of("bears", RuleKind.WORD, "bears", RuleAction.FLAG)


async def accept_for_review(stores: Stores) -> Verb:
    await stores.servers.change(GUILD_ID, "approval", "all", actor_id=OWNER_ID, now=NOON)
    job = a_job(created_at=NOON)
    return lambda: stores.jobs.accept(job, an_attempt(job), daily_cap=PLENTY, person=OWNER)


async def turn_down_and_block(stores: Stores) -> Verb:
    await stores.servers.change(GUILD_ID, "approval", "all", actor_id=OWNER_ID, now=NOON)
    job = a_job(created_at=NOON)
    attempt = an_attempt(job)
    review = await stores.jobs.accept(job, attempt, daily_cap=PLENTY, person=OWNER)
    assert review is not None
    held = await stores.jobs.save(
        attempt.move(AttemptState.REVIEW), now=NOON, notices=[NoticeKind.REVIEW], clip=a_clip()
    )
    ended = held.move(AttemptState.FAILED, fault=Fault.NOT_APPROVED)
    decided = replace(review, decided_at=NOON, decided_by=OWNER_ID + 5)
    deed = Deed(GUILD_ID, OWNER_ID + 5, NOON, "reject", job.reference)
    notices = (NoticeKind.CARD, NoticeKind.FAILURE, NoticeKind.REVIEW)
    return lambda: stores.reviews.decide(ended, decided, deed=deed, block=Block(OWNER_ID), notices=notices)


async def open_attempt_for_review(stores: Stores) -> Verb:
    job = a_job(created_at=NOON, clip=a_clip())
    attempt = an_attempt(job)
    await stores.jobs.accept(job, attempt, daily_cap=PLENTY)
    await stores.jobs.save(attempt.move(AttemptState.CANCELLED), now=NOON)
    await stores.servers.change(GUILD_ID, "approval", "all", actor_id=OWNER_ID, now=NOON)
    again = an_attempt(number=2, state=AttemptState.QUEUED, job_id=job.job_id, created_at=NOON)
    return lambda: stores.jobs.open_attempt(again, daily_cap=PLENTY, person=OWNER)


async def put_rule(stores: Stores) -> Verb:
    return lambda: stores.text_rules.put(GUILD_ID, BEARS, actor_id=OWNER_ID, now=NOON)


async def remove_rule(stores: Stores) -> Verb:
    await (await put_rule(stores))()
    return lambda: stores.text_rules.remove(GUILD_ID, BEARS.name, actor_id=OWNER_ID, now=NOON)


MODERATION_VERBS: tuple[Callable[[Stores], Awaitable[Verb]], ...] = (
    accept_for_review,
    turn_down_and_block,
    open_attempt_for_review,
    put_rule,
    remove_rule,
)
