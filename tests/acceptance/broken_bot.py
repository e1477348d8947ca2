"""The bot with one piece broken on purpose: `BREAK=sends-twice python -m tests.acceptance.broken_bot run`.

Only to show that the history checker sees what it is there for.
"""

import os
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from bot.__main__ import cli
from bot.jobs.checkpoint import Checkpoint
from bot.jobs.outbox import Outbox
from bot.jobs.submission import Submissions
from bot.model import Attempt, AttemptState, Job
from bot.notices import Announcement, NoticeKind
from bot.ports import Delivered, Provider, Submission
from bot.providers.kie.sora_2_characters import Sora2Characters
from cogs.delivery import marks
from cogs.delivery.calls import Calls

BREAK = "BREAK"


def send_twice() -> None:
    """An order that goes out a second time, as a client with retries of its own would do it."""
    submit = Sora2Characters.submit

    async def twice(self: Sora2Characters, submission: Submission) -> str:
        await submit(self, submission)
        return await submit(self, submission)

    _put(Sora2Characters, "submit", twice)


def send_the_unknown_again() -> None:
    """A bot that takes an order without an answer for one that was never sent."""

    async def again(self: Submissions, attempt: Attempt, cause: object = None) -> None:
        del cause
        back = attempt.move(AttemptState.HANDED_OVER, due_at=self._clock.now())
        await self._checkpoint.save(back)

    _put(Submissions, "lose_track", again)


def forget_what_was_said() -> None:
    """No nonce that outlives the process, and no reading back."""
    post = Calls.post

    async def post_anew(self: Calls, *place: Any, **options: Any) -> Any:
        return await post(self, *place, **options | {"nonce": uuid4().hex[:24]})

    _put(Calls, "post", post_anew)
    _put(marks, "may_be_a_repeat", lambda *_: False)


def mark_first() -> None:
    """Announcements that are noted as told before they are."""
    deliver = Outbox.deliver

    async def marked(self: Outbox, announcement: Announcement) -> None:
        if announcement.kind in (NoticeKind.RESULT, NoticeKind.FAILURE):
            await self._announcements.mark_delivered(announcement, Delivered(), self._clock.now())
        await deliver(self, announcement)

    _put(Outbox, "deliver", marked)


def forget_the_outbox() -> None:
    """Ends that are stored without the announcement that belongs to them."""
    save = Checkpoint.save

    async def silently(self: Checkpoint, attempt: Attempt, *_: NoticeKind, **facts: Any) -> bool:
        return await save(self, attempt, NoticeKind.CARD, **facts)

    _put(Checkpoint, "save", silently)


def write_down_too_late() -> None:
    """An order that leaves before anything says so."""

    async def submit(self: Submissions, job: Job, attempt: Attempt, provider: Provider) -> None:
        if attempt.handed_over is None:
            return
        order = self._submission(job, attempt.handed_over, attempt, provider.capabilities)
        answer = await provider.submit(order)
        now = self._clock.now()
        marked = await self._jobs.begin_submission(attempt, now=now, rate=self._rules.rate)
        if marked is not None:
            await self._store(job, marked, answer, provider.capabilities)

    _put(Submissions, "submit", submit)


def _put(owner: Any, name: str, piece: object) -> None:
    setattr(owner, name, piece)


BREAKS: dict[str, Callable[[], None]] = {
    "sends-twice": send_twice,
    "sends-the-unknown-again": send_the_unknown_again,
    "writes-down-too-late": write_down_too_late,
    "forgets-what-was-said": forget_what_was_said,
    "marks-first": mark_first,
    "forgets-the-outbox": forget_the_outbox,
}

if __name__ == "__main__":
    BREAKS[os.environ[BREAK]]()
    sys.exit(cli())
