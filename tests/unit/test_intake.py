"""A new job's clip: copied, judged and queued, or rejected with the reason, or fetched again."""

import pytest

from bot.clip import ClipRule
from bot.errors import AttachmentGone, AttachmentUnreachable, ClipRejected
from bot.fault import Fault
from bot.jobs.intake import FETCH_TRIES, FETCH_WAIT
from bot.model import AttemptState, Visibility
from bot.notices import NoticeKind
from tests.assembly import LIMIT_BYTES
from tests.builders import NOON
from tests.unit.engine_rig import CLIP, KEPT, Rig

S = AttemptState
CARD, THREAD, REFUSAL = NoticeKind.CARD, NoticeKind.THREAD, NoticeKind.REFUSAL


async def test_a_good_clip_is_kept_and_queued() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.clock.advance(3)

    queued = await rig.advance(attempt)

    assert (queued.state, queued.fault, queued.tries) == (S.QUEUED, None, 0)
    assert queued.due_at == rig.clock.now()
    job = rig.job_of(attempt)
    assert job.clip is not None
    assert rig.clips.objects[job.clip.stored.key] == rig.attachments.content == rig.judge.judged[0]
    assert job.clip.facts.size_bytes == len(rig.attachments.content)
    assert rig.pending(attempt) == [CARD, THREAD]


async def test_what_is_needed_no_longer_is_forgotten_with_the_queueing() -> None:
    rig = Rig()
    attempt = await rig.received()
    url = rig.job_of(attempt).order.attachment.url

    await rig.advance(attempt)

    order = rig.job_of(attempt).order
    assert rig.attachments.asked == [url]
    assert (order.ticket.token, order.attachment.url) == ("", "")
    assert staged(rig) == []


@pytest.mark.parametrize("rule", list(ClipRule))
async def test_a_clip_that_breaks_a_rule_ends_the_job_with_the_facts(rule: ClipRule) -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(ClipRejected(rule, found="0.6 s", accepted="1 to 4 s"))

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.ended_at) == (S.REJECTED, NOON)
    assert (rejected.rule, rejected.rule_found, rejected.rule_accepted) == (rule, "0.6 s", "1 to 4 s")
    assert rig.pending(attempt) == [CARD, REFUSAL]
    assert rig.clips.objects == {KEPT.key: CLIP}
    assert rig.job_of(attempt).clip is None


async def test_the_ticket_is_kept_for_the_refusal_it_has_to_bring() -> None:
    rig = Rig()
    attempt = await rig.received()
    rig.judge.object_with(ClipRejected(ClipRule.NO_VIDEO, found="none", accepted="a video"))

    await rig.advance(attempt)

    assert rig.job_of(attempt).order.ticket.token != ""


async def test_a_private_job_is_refused_in_private_only() -> None:
    rig = Rig()
    attempt = await rig.received(visibility=Visibility.PRIVATE)
    rig.judge.object_with(ClipRejected(ClipRule.TOO_LONG, found="9 s", accepted="4 s"))

    await rig.advance(attempt)

    assert rig.pending(attempt) == [REFUSAL]


async def test_a_clip_that_turns_out_too_big_on_the_way_is_refused_and_not_judged() -> None:
    rig = Rig()
    rig.attachments.content = b"x" * (LIMIT_BYTES + 1)
    attempt = await rig.received()

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.rule) == (S.REJECTED, ClipRule.TOO_BIG)
    assert rig.judge.judged == []
    assert staged(rig) == []


async def test_a_clip_that_is_gone_ends_the_job_and_says_so() -> None:
    rig = Rig()
    rig.attachments.spoil(AttachmentGone(404))
    attempt = await rig.received()

    rejected = await rig.advance(attempt)

    assert (rejected.state, rejected.fault) == (S.REJECTED, Fault.ATTACHMENT_GONE)
    assert (rejected.provider_code, rejected.rule) == ("404", None)
    assert rig.pending(attempt) == [CARD, REFUSAL]


async def test_a_clip_out_of_reach_is_fetched_again_a_little_later() -> None:
    rig = Rig()
    rig.attachments.spoil(AttachmentUnreachable("reset"), after_chunks=1)
    attempt = await rig.received()

    postponed = await rig.advance(attempt)

    assert (postponed.state, postponed.tries) == (S.RECEIVED, 1)
    assert rig.wait_seconds(attempt) == FETCH_WAIT.total_seconds()
    assert staged(rig) == []
    assert rig.pending(attempt) == []
    assert (await rig.advance(attempt)).state is S.QUEUED


async def test_a_clip_that_stays_out_of_reach_ends_the_job() -> None:
    rig = Rig()
    rig.attachments.spoil(AttachmentUnreachable("reset"), times=FETCH_TRIES)
    attempt = await rig.received()

    states = [(await rig.advance(attempt)).state for _ in range(FETCH_TRIES)]

    assert states == [S.RECEIVED, S.RECEIVED, S.REJECTED]
    assert rig.stored(attempt).fault is Fault.ATTACHMENT_UNREACHABLE
    assert len(rig.attachments.asked) == FETCH_TRIES
    assert rig.pending(attempt) == [CARD, REFUSAL]


def staged(rig: Rig) -> list[str]:
    return [key for key in rig.clips.objects if key.startswith("incoming/")]
