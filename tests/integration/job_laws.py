"""What is promised of every job at every moment, and what of all of them when nothing is left to do."""

from collections import Counter
from datetime import timedelta

from bot import model
from bot.jobs.desk import MAX_ATTEMPTS
from bot.model import FREE_STATES, Attempt, AttemptState, Job
from bot.notices import JOB_WIDE_NOTICES, NoticeKind, NoticeState
from bot.ports import Made
from tests.assembly import Rules
from tests.fakes.clips import MemoryClipStore
from tests.integration.job_ground import Census
from tests.integration.job_outside import Ledger, ScriptedProvider

S = AttemptState
FINAL_STATES = frozenset({S.SUCCEEDED, S.FAILED, S.CANCELLED, S.REJECTED})
REVIVED_BY_HINT = frozenset({S.UNKNOWN, S.EXPIRED})
CLIPLESS_STATES = model.CLIPLESS_STATES | {S.REJECTED, S.CANCELLED}
UNCOUNTED = frozenset({S.REJECTED, S.CANCELLED})
"""What gives its place in the day back."""
TICKET_STATES = model.CLIPLESS_STATES | {S.REJECTED}
"""Where the interaction may still have to be answered."""
HELD_ENDS = frozenset({S.FAILED, S.EXPIRED, S.CANCELLED})
"""How an attempt ends that no moderator has let pass."""
OFFERED_STATES = frozenset({S.OFFERED, S.MENDING})
FINAL_NOTICES = {
    S.SUCCEEDED: NoticeKind.RESULT,
    S.FAILED: NoticeKind.FAILURE,
    S.EXPIRED: NoticeKind.FAILURE,
    S.UNKNOWN: NoticeKind.FAILURE,
    S.CANCELLED: NoticeKind.CARD,
    S.REJECTED: NoticeKind.REFUSAL,
}


class Laws:
    """Compares what is stored with what was stored a moment ago, and with what the world remembers.

    `promised` maps interactions whose answer a member has seen to their jobs; `revivable` holds the tokens
    for which a signed hint came since the last look, `misled` those for which one ever named another task.
    `held` are the attempts that ever waited for a moderator.
    """

    def __init__(
        self, ledger: Ledger, provider: ScriptedProvider, clips: MemoryClipStore, rules: Rules
    ) -> None:
        self.promised: dict[int, str] = {}
        self.revivable: set[str] = set()
        self.misled: set[str] = set()
        self.held: set[str] = set()
        self._ledger = ledger
        self._provider = provider
        self._clips = clips
        self._rules = rules
        self._before: Census | None = None

    def look(self, now: Census) -> None:
        assert self._ledger.wrongs == []
        self._rate_was_kept()
        self._limits_were_kept(now)
        for job_id in self.promised.values():
            assert job_id in now.jobs or self._was_refused(job_id), f"lost: {job_id}"
        for attempt in now.attempts.values():
            self._has_what_its_state_says(attempt, now)
            if attempt.state in FINAL_NOTICES:
                self._is_told_or_will_be(attempt, now)
        self._nothing_held_went_on_without_a_yes(now)
        self._characters_are_verbatim(now)
        if self._before is not None:
            self._ends_are_ends(self._before, now)
        self._before = now
        self.revivable.clear()

    def look_at_deliveries(self) -> None:
        """Nothing was told twice, when no delivery is in hand."""
        for (announcement_id, revision), times in self._ledger.told.items():
            allowed = 1 + self._ledger.disturbed[announcement_id]
            assert times <= allowed, f"told {times} times: {announcement_id} at {revision}"

    def look_at_rest(self, now: Census) -> None:
        for attempt in now.attempts.values():
            assert attempt.state in FINAL_NOTICES, f"never ended: {attempt}"
        for notice in now.announcements.values():
            assert notice.state is not NoticeState.PENDING, f"never told: {notice}"
        for job in now.jobs.values():
            assert now.attempts_of(job.job_id)[-1].state is not S.REJECTED, "kept of a rejected job"
        self._no_task_was_lost(now)

    def _nothing_held_went_on_without_a_yes(self, now: Census) -> None:
        for attempt in now.attempts.values():
            if attempt.state is S.REVIEW:
                self.held.add(attempt.attempt_id)
                continue
            may_go_on = attempt.attempt_id not in self.held or attempt.attempt_id in now.approved
            assert may_go_on or attempt.state in HELD_ENDS, f"went on without a yes: {attempt}"

    def _no_task_was_lost(self, now: Census) -> None:
        attempts = {attempt.callback_token: attempt for attempt in now.attempts.values()}
        for token, task_id in self._provider.task_of.items():
            attempt = attempts[token]
            if token not in self.misled and attempt.state is not S.UNKNOWN:
                assert attempt.task_id == task_id, f"paid for and not known: {task_id}"

    def _limits_were_kept(self, now: Census) -> None:
        counted = [attempt for attempt in now.attempts.values() if attempt.state not in UNCOUNTED]
        days = Counter(attempt.created_at.date() for attempt in counted)
        assert max(days.values(), default=0) <= self._rules.daily_cap, "more in a day than the cap allows"
        for job_id in now.jobs:
            numbers = [attempt.number for attempt in now.attempts_of(job_id)]
            assert numbers == list(range(1, len(numbers) + 1)), "attempts are not counted through"
            assert len(numbers) <= MAX_ATTEMPTS, "more attempts than a job may have"

    def _rate_was_kept(self) -> None:
        requests, count = self._ledger.requests, self._rules.rate.count
        window = timedelta(seconds=self._rules.rate.window_seconds)
        for first, beyond in zip(requests, requests[count:], strict=False):
            assert beyond - first >= window, "more submissions than the rate allows"

    def _was_refused(self, job_id: str) -> bool:
        return (job_id, 1, NoticeKind.REFUSAL) in self._ledger.said

    def _has_what_its_state_says(self, attempt: Attempt, now: Census) -> None:
        job = now.jobs[attempt.job_id]
        if attempt.state not in CLIPLESS_STATES:
            assert job.clip is not None, "no clip"
            assert job.clip.stored.key in self._clips.objects, "the clip was not kept"
        if attempt.state in OFFERED_STATES:
            assert job.offer is not None, "no offer"
            assert job.offer.source.key in self._clips.objects, "the clip to cut was not kept"
        if attempt.state not in TICKET_STATES:
            assert job.order.ticket.token == "", "the interaction's token is kept"
        if attempt.state is S.WAITING:
            assert attempt.task_id is not None, "waits for nothing"
        if attempt.state in FREE_STATES:
            assert attempt.callback_token not in self._ledger.uncertain, "may be submitted a second time"
        if attempt.state is S.REJECTED:
            pending = [n for n in now.announcements_of(job.job_id) if n.state is NoticeState.PENDING]
            assert pending, "kept of a rejected job"

    def _is_told_or_will_be(self, attempt: Attempt, now: Census) -> None:
        kind = FINAL_NOTICES[attempt.state]
        number = 0 if kind in JOB_WIDE_NOTICES else attempt.number
        same = [
            notice
            for notice in now.announcements_of(attempt.job_id)
            if (notice.kind, notice.attempt_number) == (kind, number)
        ]
        was_said = (attempt.job_id, number, kind) in self._ledger.said
        if attempt.state is S.REJECTED and was_said:
            return
        assert same, f"nobody will be told: {attempt}"
        if same[0].state is NoticeState.DELIVERED:
            assert was_said, f"nobody was told: {attempt}"

    def _characters_are_verbatim(self, now: Census) -> None:
        owners = [made.attempt_id for made in now.characters]
        succeeded = [attempt.attempt_id for attempt in now.attempts.values() if attempt.state is S.SUCCEEDED]
        assert sorted(owners) == sorted(succeeded), "a character for each success, and no other"
        for made in now.characters:
            report = self._provider.ended[now.attempts[made.attempt_id].task_id or ""]
            assert isinstance(report, Made)
            assert made.provider_character_id == report.character_id, "not the provider's id"

    def _ends_are_ends(self, before: Census, now: Census) -> None:
        for was in before.attempts.values():
            is_now = now.attempts.get(was.attempt_id)
            if is_now is None:
                self._may_be_gone(was, before.jobs[was.job_id])
            elif was.state in FINAL_STATES:
                assert is_now == was, "an end has changed"
            elif was.state in REVIVED_BY_HINT and was.callback_token not in self.revivable:
                assert is_now == was, "an end has changed without a hint"

    def _may_be_gone(self, attempt: Attempt, job: Job) -> None:
        if self._was_refused(job.job_id):
            return
        assert job.order.ticket.interaction_id not in self.promised, f"gone: {attempt}"
        assert attempt.state is S.RECEIVED, f"gone: {attempt}"
