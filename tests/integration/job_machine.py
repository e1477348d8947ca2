"""Random histories of jobs, made up and cut down to the shortest by Hypothesis.

`python -m tests.integration.job_machine --examples 1000 --seed 7 --database postgresql` plays longer than the
suite does; without `--seed`, other histories each time.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import structlog
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.clip import ClipRule, Part
from bot.errors import (
    AttachmentGone,
    AttachmentUnreachable,
    ClipRejected,
    ClipStoreUnavailable,
    DeliveryPostponed,
    NotSent,
    ProviderError,
    Refused,
    Unanswered,
)
from bot.fault import Fault
from bot.jobs import submission
from bot.model import Job, Person, Visibility
from bot.moderation.servers import Approval
from bot.ports import Broke, Made, Parked
from tests.builders import GUILD_ID, OWNER_ID
from tests.integration.job_ground import Ground, NewPlot, in_memory, in_postgresql, in_sqlite
from tests.integration.job_life import Life, Shown, owner_of
from tests.integration.job_outside import Answer, Deed, Plan
from tests.postgres.server import started

MEMORY, SQLITE, POSTGRESQL = "memory", "sqlite", "postgresql"
MOST_ORDERS = 4
"""Few jobs, so that what happens meets the same ones again and again."""
STRANGER = 1200000000000000666
HOLDING = (Fault.MODEL_OFF, Fault.NO_CREDIT, Fault.MAINTENANCE)
OTHER_REFUSALS = (
    Fault.CONTENT,
    Fault.REQUEST_INVALID,
    Fault.SOURCE_UNREACHABLE,
    Fault.THROTTLED,
    Fault.PROVIDER_TROUBLE,
    Fault.UNEXPLAINED,
)
"""At least one of each class of consequences."""
POINTS = (
    "clips.stage",
    "clips.keep",
    "editor.cut",
    "provider.hand_over",
    "jobs.begin_submission",
    "provider.submit",
    "provider.look_up",
    "jobs.save",
    "reviews.decide",
    "discord.deliver",
    "announcements.mark_delivered",
)
"""Where a strike hurts most."""
WAITS_SECONDS = (0.5, 2.0, 10.0, 60.0, 241.0, 1000.0, 4000.0, 86_500.0)
NEXT_DUE = 0.0
"""Instead of a number of seconds: until a lane would look again."""

Answers = list[Answer | ProviderError]

MOSTLY, SELDOM = st.sampled_from((True, True, True, False)), st.sampled_from((False, False, False, True))
PICKS = st.integers(0, 7)
MOMENTS = {"call": st.integers(0, 7), "after": st.booleans()}
PLANS = st.none() | st.builds(Plan, deed=st.sampled_from(Deed), **MOMENTS)
LATE_PLANS = st.none() | st.builds(
    Plan,
    call=st.sampled_from(POINTS) | st.integers(0, 25),
    after=st.booleans(),
    deed=st.just(Deed.CRASH) | st.sampled_from(Deed),
)
SUBMISSION_PLANS = st.none() | st.builds(
    Plan,
    call=st.sampled_from(("jobs.begin_submission", "provider.submit", "jobs.save")),
    after=st.booleans(),
    deed=st.just(Deed.CRASH) | st.sampled_from(Deed),
)
STRIKES = st.none() | st.builds(Plan, deed=st.sampled_from((Deed.CRASH, Deed.TROUBLE)), **MOMENTS)
SHOWN = st.just(Shown.ACKNOWLEDGED) | st.sampled_from(Shown)
LANES = st.permutations(("intake", "cut", "upload", "submit", "overdue", "lost", "follow", "outbox"))
REFUSALS = (st.sampled_from(HOLDING) | st.sampled_from(OTHER_REFUSALS)).map(Refused)
NOT_SENT = st.just(Fault.UNREACHABLE).map(NotSent)
ANSWER = st.just(Answer.LOST_MADE) | st.sampled_from(Answer) | REFUSALS | NOT_SENT
ANSWERS = st.lists(ANSWER, max_size=2)
LOOK_TROUBLES = st.sampled_from(
    (Unanswered(Fault.NONSENSE), NotSent(Fault.UNREACHABLE), Refused(Fault.KEY_REFUSED))
)
CHARACTER_IDS = st.sampled_from(("char_1", " char.Ünï-02 ", "@x\u200by", "c" * 300))
REPORTS = CHARACTER_IDS.map(Made) | st.just(Broke(Fault.VIOLENCE, "501", "no", 0.0))
DELIVERIES = st.sampled_from((Parked("gone"), DeliveryPostponed(7.0, "503"), RuntimeError("broken")))
PEOPLE = st.sampled_from(("owner", "moderator", "stranger", "moderator elsewhere"))
PARTS = st.sampled_from((Part(4000, 4000), Part(0, 1000), Part(8500, 3500), Part(11_500, 4000)))
"""Of a clip of 12 s; the last one is not in it."""
CLIP_TROUBLES = st.sampled_from(
    (
        AttachmentGone(404),
        AttachmentUnreachable("reset"),
        ClipStoreUnavailable("incoming/1", "full"),
        ClipRejected(ClipRule.NO_VIDEO, found="0 video tracks", accepted="one"),
        ClipRejected(ClipRule.TOO_LONG, found="9 s", accepted="1 to 4 s", mendable=True),
    )
)


class JobMachine(RuleBasedStateMachine):
    """Rules draw what happens next; the life lives it; the laws are looked at after each."""

    def __init__(self, do: Callable[[Coroutine[Any, Any, Any]], Any], new_plot: NewPlot) -> None:
        super().__init__()
        self._do = do
        self.life = Life(do(new_plot()))

    def _some_job(self, pick: int) -> Job | None:
        jobs = list(self.life.seen.jobs.values())
        return jobs[pick % len(jobs)] if jobs else None

    def _act(self, plan: Plan | None, action: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._do(self.life.act(plan, action))

    @initialize(private=st.booleans(), lanes=LANES, steps=st.integers(1, 9), plan=SUBMISSION_PLANS)
    def first_orders(self, lanes: list[str], steps: int, plan: Plan | None, *, private: bool) -> None:
        self.order(shown=Shown.ACKNOWLEDGED, private=private, plan=None)
        self.order(shown=Shown.ACKNOWLEDGED, private=False, plan=None)
        self._act(plan, lambda: self.life.go_on(lanes, steps))

    @precondition(lambda self: len(self.life.orders) < MOST_ORDERS)
    @rule(shown=SHOWN, private=st.booleans(), plan=STRIKES)
    def order(self, *, shown: Shown, private: bool, plan: Plan | None) -> None:
        visibility = Visibility.PRIVATE if private else Visibility.THREAD
        self._act(plan, lambda: self.life.order(shown, visibility=visibility))

    @rule(pick=PICKS)
    def order_twice(self, pick: int) -> None:
        if job := self._some_job(pick):
            self._do(self.life.order_twice(job.order.ticket.interaction_id))

    @rule(pick=PICKS, plan=STRIKES)
    def acknowledge_late(self, pick: int, plan: Plan | None) -> None:
        job = self._some_job(pick)
        if job is not None and job.order.ticket.interaction_id in self.life.discord.shown:
            order = self.life.order_of(job)
            self._act(plan, lambda: self.life.acknowledge(order, job.job_id, only_show=False))

    @rule(lanes=LANES, plan=PLANS)
    def work(self, lanes: list[str], plan: Plan | None) -> None:
        self._act(plan, lambda: self.life.work(lanes))

    @rule(lanes=LANES, plan=LATE_PLANS, steps=st.integers(1, 4), answers=ANSWERS)
    def go_on(self, lanes: list[str], plan: Plan | None, steps: int, answers: Answers) -> None:
        self.life.provider.answers.extend(answers)
        self._act(plan, lambda: self.life.go_on(lanes, steps))

    # More than once, or too little would be under way when something strikes.
    @rule(lanes=LANES, plan=LATE_PLANS, steps=st.integers(2, 5), answers=ANSWERS)
    def go_on_a_while(self, lanes: list[str], plan: Plan | None, steps: int, answers: Answers) -> None:
        self.life.provider.answers.extend(answers)
        self._act(plan, lambda: self.life.go_on(lanes, steps))

    @rule(lanes=LANES, plan=LATE_PLANS, steps=st.integers(3, 7), answers=ANSWERS)
    def go_on_for_long(self, lanes: list[str], plan: Plan | None, steps: int, answers: Answers) -> None:
        self.life.provider.answers.extend(answers)
        self._act(plan, lambda: self.life.go_on(lanes, steps))

    @rule(lanes=LANES)
    def hold(self, lanes: list[str]) -> None:
        self._do(self.life.hold(lanes))

    @precondition(lambda self: self.life.held)
    @rule(pick=PICKS, plan=PLANS)
    def step_held(self, pick: int, plan: Plan | None) -> None:
        held = self.life.held.pop(pick % len(self.life.held))
        self._act(plan, lambda: self.life.step(held, late=True))

    @rule(
        clip=st.none() | CLIP_TROUBLES,
        upload=st.none() | REFUSALS | NOT_SENT,
        look=st.none() | LOOK_TROUBLES,
        probe=st.none() | REFUSALS | LOOK_TROUBLES,
        deliveries=st.lists(DELIVERIES, max_size=2),
        deaf=SELDOM,
    )
    def trouble_is_ahead(
        self,
        clip: Exception | None,
        upload: ProviderError | None,
        look: ProviderError | None,
        probe: ProviderError | None,
        deliveries: list[Exception | Parked],
        *,
        deaf: bool,
    ) -> None:
        life = self.life
        if isinstance(clip, AttachmentGone | AttachmentUnreachable):
            life.outside.attachments.spoil(clip, after_chunks=1)
        elif clip is not None:
            life.outside.judge.object_with(clip)
        life.provider.upload_troubles.extend([upload] if upload else [])
        life.provider.look_troubles.extend([look] if look else [])
        life.provider.probe_troubles.extend([probe] if probe else [])
        life.discord.outcomes.extend(deliveries)
        life.discord.deaf.extend([DeliveryPostponed(7.0, "503")] if deaf else [])

    @precondition(lambda self: self.life.provider.tasks)
    @rule(pick=PICKS, report=st.none() | REPORTS)
    def a_task_ends_or_is_forgotten(self, pick: int, report: Made | Broke | None) -> None:
        tasks = self.life.provider.tasks
        task_id = list(tasks)[pick % len(tasks)]
        if report is None:
            del tasks[task_id]
        else:
            self.life.provider.end(task_id, report)

    @precondition(lambda self: self.life.provider.task_of)
    @rule(pick=PICKS, signed=MOSTLY, ghost=SELDOM, plan=STRIKES)
    def hint(self, pick: int, plan: Plan | None, *, signed: bool, ghost: bool) -> None:
        tokens = list(self.life.provider.task_of.items())
        token, task_id = tokens[pick % len(tokens)]
        if ghost:
            task_id = "task_of_nobody" if signed else tokens[-1][1]
        self._act(plan, lambda: self.life.hint(token, task_id, signed=signed))

    @rule(pick=PICKS, who=PEOPLE, old=st.booleans(), plan=STRIKES)
    def retry(self, pick: int, who: str, *, old: bool, plan: Plan | None) -> None:
        if job := self._some_job(pick):
            latest = self.life.seen.attempts_of(job.job_id)[-1].number
            asked = max(latest - old, 1)
            self._act(plan, lambda: self.life.retry(job.job_id, asked, person(who, job)))

    @precondition(lambda self: any(job.offer for job in self.life.seen.jobs.values()))
    @rule(pick=PICKS, who=st.just("owner") | PEOPLE, part=PARTS, plan=STRIKES)
    def choose(self, pick: int, who: str, part: Part, plan: Plan | None) -> None:
        offered = [job for job in self.life.seen.jobs.values() if job.offer]
        job = offered[pick % len(offered)]
        self._act(plan, lambda: self.life.choose(job.job_id, part, person(who, job)))

    @rule(pick=PICKS, who=PEOPLE, plan=STRIKES, really=SELDOM)
    def cancel(self, pick: int, who: str, plan: Plan | None, *, really: bool) -> None:
        if really and (job := self._some_job(pick)):
            self._act(plan, lambda: self.life.cancel(job.job_id, person(who, job)))

    @rule(approval=st.sampled_from(Approval))
    def ask_moderators(self, approval: Approval) -> None:
        self._do(self.life.ask_moderators(approval))

    @precondition(lambda self: self.life.held_for_moderators())
    @rule(pick=PICKS, who=PEOPLE, plan=STRIKES, approves=MOSTLY)
    def decide(self, pick: int, who: str, plan: Plan | None, *, approves: bool) -> None:
        waiting = self.life.held_for_moderators()
        attempt = waiting[pick % len(waiting)]
        somebody = person(who, self.life.seen.jobs[attempt.job_id])
        self._act(plan, lambda: self.life.decide(attempt.attempt_id, somebody, approves=approves))

    @rule(seconds=st.sampled_from(WAITS_SECONDS))
    def wait(self, seconds: float) -> None:
        if seconds == NEXT_DUE:
            seconds = self.life.due_seconds()
        self.life.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self._do(self.life.restart())

    @invariant()
    def look(self) -> None:
        self._do(self.life.check())

    def teardown(self) -> None:
        self._do(self.life.come_to_rest())


def person(who: str, job: Job) -> Person:
    """Somebody who presses a button on a job's notice."""
    people = {
        "owner": owner_of(job.order),
        "moderator": Person(STRANGER, GUILD_ID, may_manage=True),
        "stranger": Person(STRANGER, GUILD_ID),
        "moderator elsewhere": Person(OWNER_ID, GUILD_ID + 1, may_manage=True),
    }
    return people[who]


def drop(*_event: object) -> NoReturn:
    raise structlog.DropEvent


@contextmanager
def quiet() -> Iterator[None]:
    """No logs, and no waiting between two tries to store a task."""
    no_waits = tuple(0.0 for _ in submission.STORE_TASK_WAITS_SECONDS)
    structlog.configure(processors=[drop])
    try:
        with patch.object(submission, "STORE_TASK_WAITS_SECONDS", no_waits):
            yield
    finally:
        structlog.reset_defaults()


def play(ground: Ground, examples: int, steps: int, *, seed_number: int | None = None) -> None:
    """Plays random histories on one ground, the same ones each time unless there is a seed.

    Raises:
        AssertionError: a promise was broken; the shortest history found is printed.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=seed_number is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with quiet(), asyncio.Runner() as runner:
        do = runner.get_loop().run_until_complete
        opened = ground()
        new_plot = do(opened.__aenter__())
        try:

            def machine() -> JobMachine:
                return JobMachine(do, new_plot)

            if seed_number is not None:
                machine = seed(seed_number)(machine)
            run_state_machine_as_test(machine, settings=chosen)  # type: ignore[arg-type]
        finally:
            do(opened.__aexit__(None, None, None))


@contextmanager
def ground_of(make: str) -> Iterator[Ground]:
    """A ground of one make, which is gone after the block."""
    if make == MEMORY:
        yield in_memory
    elif make == SQLITE:
        with tempfile.TemporaryDirectory() as folder:
            yield in_sqlite(Path(folder))
    else:
        with started() as server:
            yield in_postgresql(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="how many histories")
    parser.add_argument("--steps", type=int, default=60, help="how many events in each, at most")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--database", choices=(MEMORY, SQLITE, POSTGRESQL), default=MEMORY)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)  # noqa: T201 - a command line speaks
    with ground_of(given.database) as ground:
        play(ground, given.examples, given.steps, seed_number=given.seed)


if __name__ == "__main__":
    main()
