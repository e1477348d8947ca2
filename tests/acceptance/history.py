"""Judges what happened from outside: what was shown, what was paid, what is remembered. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

ENDED = frozenset({"succeeded", "failed", "expired", "unknown", "cancelled", "rejected"})
TOLD_AS_FAILURE = frozenset({"failed", "expired", "unknown"})
PAID = frozenset({"waiting", "succeeded"})
"""States that an attempt reaches only with a task of its own."""
MESSAGES_OF = {"result": "result", "failure": "failure", "attempt": "line about a retry"}
LONGEST_LEASE_SECONDS = 300
LONGEST_WAIT_SECONDS = 3 * 3600
"""Nothing in the outbox or the queue is put off for longer; a circuit is tried again within the hour."""
MICROSECONDS = 1_000_000
REFERENCE = re.compile(r"\bref ([0-9A-Z]{4}-[0-9A-Z]{4})\b")
OWN_THREAD = re.compile(r".* [0-9A-Z]{4}-[0-9A-Z]{4}")
"""The name of a thread whose job was given none."""
FAILURE_HEADINGS = (
    "This one didn't work.",
    "I stopped waiting for this one.",
    "I don't know how this one went.",
)
REFUSED = ("Not started", "couldn't start", "could not be used")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot's, everything it ever said included."""

    message_id: int
    place: str
    said: tuple[str, ...]
    pinged: frozenset[int] = frozenset()
    pings_everybody: bool = False
    is_response: bool = False  # to an interaction: a card, or a private answer

    @property
    def references(self) -> set[str]:
        """The jobs that it names."""
        return {found for text in self.said for found in REFERENCE.findall(text)}

    def ever_says(self, *words: str) -> bool:
        """Whether it held all of these at one time."""
        return any(all(word in text for word in words) for text in self.said)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was answered with a card: from here on somebody waits."""

    job_id: str
    owner_id: int
    said: tuple[str, ...]  # on the card and in the private answers, in order


@dataclass(frozen=True, slots=True)
class Paid:
    """What the provider made, or tries to make, and charged; without a task where it answers at once."""

    task_id: str | None
    prompt: str
    token: str | None  # of the attempt, from its callback address
    character_id: str


@dataclass(frozen=True, slots=True)
class Books:
    """What is remembered, as rows. `now` is in whole microseconds since 1970, as all times in them are."""

    now: int
    jobs: tuple[Row, ...] = ()
    attempts: tuple[Row, ...] = ()
    announcements: tuple[Row, ...] = ()
    characters: tuple[Row, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for the machine."""
        pending = any(row["state"] == "pending" for row in self.announcements)
        return not pending and all(row["state"] in ENDED for row in self.attempts)


@dataclass(frozen=True, slots=True)
class History:
    """One run, seen from outside."""

    books: Books
    accepted: Sequence[Accepted] = ()
    shown: Sequence[Shown] = ()
    paid: Sequence[Paid] = ()
    threads: Sequence[str] = ()  # the names of all threads that the bot opened
    _of_job: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list), init=False, repr=False)

    def __post_init__(self) -> None:
        for row in sorted(self.books.attempts, key=lambda row: int(row["number"])):
            self._of_job[row["job_id"]].append(row)

    def attempts_of(self, job_id: str) -> list[Row]:
        """The attempts of a job, the first one first."""
        return self._of_job.get(job_id, [])

    def attempts(self) -> Iterator[tuple[Row, Row]]:
        """Every attempt with its job."""
        for job in self.books.jobs:
            for attempt in self.attempts_of(job["job_id"]):
                yield job, attempt

    def notice(self, job_id: str, number: int, kind: str) -> Row | None:
        """An announcement as it is remembered."""
        wanted = (job_id, number, kind)
        for row in self.books.announcements:
            if (row["job_id"], row["attempt_number"], row["kind"]) == wanted:
                return row
        return None

    def tellings(self, job: Row, attempt: Row, kind: str) -> list[Shown]:
        """The messages that tell this about an attempt, wherever they stand."""
        reference = f"ref {reference_of(job['job_id'])}"
        number = attempt["number"]
        if kind == "result":
            return [
                one
                for character in self.books.characters
                if character["attempt_id"] == attempt["attempt_id"]
                or character["character_id"] == attempt["renews"]
                for one in self.shown
                if one.ever_says(f"```\n{character['provider_character_id']}\n```", reference)
            ]
        if kind == "failure":
            mark = f"{reference} · attempt {number} of"
            return [
                one for one in self.shown if any(one.ever_says(mark, heading) for heading in FAILURE_HEADINGS)
            ]
        return [one for one in self.shown if one.ever_says(f"Trying again: attempt {number} of", reference)]


def reference_of(job_id: str) -> str:
    """The short name that people read."""
    return f"{job_id[-8:-4]}-{job_id[-4:]}"


def violations(history: History) -> list[str]:
    """Everything that must not have happened and did, a sentence each; for a run that has come to rest."""
    return [sentence for check in CHECKS for sentence in check(history)]


def accepted_jobs_are_not_lost(history: History) -> Iterator[str]:
    """A job whose card is shown is remembered; only one that was told as refused may be forgotten."""
    known = {job["job_id"] for job in history.books.jobs}
    for accepted in history.accepted:
        refused = any(word in text for word in REFUSED for text in accepted.said)
        if accepted.job_id not in known and not refused:
            yield f"job {accepted.job_id} was accepted and is lost"
        if accepted.job_id in known and not history.attempts_of(accepted.job_id):
            yield f"job {accepted.job_id} has no attempt"


def each_attempt_ends_and_is_told_once(history: History) -> Iterator[str]:
    """One final message for each attempt that ended, or a recorded reason why there is none."""
    for job, attempt in history.attempts():
        name, state = _name(attempt), attempt["state"]
        if state not in ENDED:
            yield f"{name} never ended: it is {state}"
        elif state == "succeeded":
            yield from _told(history, job, attempt, "result")
        elif state in TOLD_AS_FAILURE:
            yield from _told(history, job, attempt, "failure")


def _told(history: History, job: Row, attempt: Row, kind: str) -> Iterator[str]:
    if history.tellings(job, attempt, kind):
        return
    notice = history.notice(job["job_id"], attempt["number"], kind)
    if notice is None:
        yield f"{_name(attempt)} ended as {attempt['state']} and nobody was to be told"
    elif notice["state"] == "delivered":
        yield f"the {kind} of {_name(attempt)} is noted as told, and nobody was told"
    elif notice["state"] == "parked" and not notice["parked_reason"]:
        yield f"the {kind} of {_name(attempt)} is parked without a reason"


def nothing_is_told_twice(history: History) -> Iterator[str]:
    """No notice of an attempt, no card and no thread of a job is there twice."""
    for job, attempt in history.attempts():
        for kind, words in MESSAGES_OF.items():
            count = len(history.tellings(job, attempt, kind))
            if count > 1:
                yield f"the {words} of {_name(attempt)} was shown {count} times"
    for job in history.books.jobs:
        reference = reference_of(job["job_id"])
        cards = [one for one in history.shown if one.ever_says("Safety: strict minimum", f"ref {reference}")]
        if len(cards) > 1:
            yield f"job {job['job_id']} has {len(cards)} cards"
    for name, count in Counter(filter(OWN_THREAD.fullmatch, history.threads)).items():
        if count > 1:
            yield f"{count} threads are called {name}"


def at_most_one_paid_order_per_attempt(history: History) -> Iterator[str]:
    """By the token in the callback address, and by the tasks that no attempt knows of."""
    for token, count in Counter(task.token for task in history.paid if task.token).items():
        if count > 1:
            yield f"the attempt of token {token} was paid {count} times"
    known = {row["task_id"] for row in history.books.attempts if row["task_id"]}
    told = {row["provider_character_id"] for row in history.books.characters}
    untold: defaultdict[str, int] = defaultdict(int)
    for job, attempt in history.attempts():
        untold[job["prompt"]] += attempt["state"] == "unknown" and not attempt["task_id"]
    strays = Counter(
        one.prompt
        for one in history.paid
        if (one.task_id not in known if one.task_id else one.character_id not in told)
    )
    for prompt, count in strays.items():
        if count > untold[prompt]:
            yield f"{count} tasks of {prompt!r} were paid that no attempt accounts for"


def what_is_paid_has_its_task(history: History) -> Iterator[str]:
    """A paid state names a task that the provider has, and a success the character of this very task."""
    tasks = {one.task_id: one for one in history.paid if one.task_id}
    at_once = {one.character_id: one for one in history.paid if not one.task_id}
    made = {row["attempt_id"]: row for row in history.books.characters}
    renewed = {row["character_id"]: row for row in history.books.characters}
    renewals = {row["renews"] for row in history.books.attempts if row["state"] == "succeeded"}
    for job, attempt in history.attempts():
        character = renewed.get(attempt["renews"]) or made.get(attempt["attempt_id"])
        told = at_once.get(character["provider_character_id"]) if character else None
        name, task = _name(attempt), tasks.get(attempt["task_id"], told)
        if attempt["state"] in PAID and task is None:
            yield f"{name} is {attempt['state']} without a task of the provider's"
        elif task is not None and task.prompt != job["prompt"]:
            yield f"{name} follows the task of another job"
        if attempt["state"] != "succeeded":
            continue
        if character is None:
            yield f"{name} succeeded without a character"
        elif attempt["renews"] is None and character["character_id"] in renewals:
            continue  # its id of that time is a former one
        elif task is not None and character["provider_character_id"] != task.character_id:
            yield f"{name} was given a character that its task did not make"


def nobody_is_pinged_but_the_owner(history: History) -> Iterator[str]:
    """A message notifies the owner of the job it names, or nobody."""
    owners = {reference_of(job["job_id"]): job["owner_id"] for job in history.books.jobs}
    owners |= {reference_of(one.job_id): one.owner_id for one in history.accepted}
    for message in history.shown:
        allowed = {owners[one] for one in message.references if one in owners}
        if message.pings_everybody or not message.pinged <= allowed:
            yield f"message {message.message_id} in {message.place} pinged somebody who asked for nothing"


def nobody_is_pinged_twice_for_one_attempt(history: History) -> Iterator[str]:
    """An outcome is told once; a second ping needs an outcome that was unknown first."""
    for job, attempt in history.attempts():
        told = [*history.tellings(job, attempt, "result"), *history.tellings(job, attempt, "failure")]
        pings = sum(bool(one.pinged) for one in told)
        if pings > (2 if attempt["state"] == "succeeded" else 1):
            yield f"the owner was pinged {pings} times for {_name(attempt)}"


def nothing_is_held_for_ever(history: History) -> Iterator[str]:
    """What is finished is not leased, and no lease is longer than any step."""
    latest = history.books.now + LONGEST_LEASE_SECONDS * MICROSECONDS
    for row in history.books.attempts:
        if row["leased_until"] is not None and (row["state"] in ENDED or row["leased_until"] > latest):
            yield f"{_name(row)} is {row['state']} and still leased"
    for row in history.books.announcements:
        if row["leased_until"] is not None and (row["state"] != "pending" or row["leased_until"] > latest):
            yield f"announcement {row['announcement_id']} is {row['state']} and still leased"


def every_announcement_has_a_fate(history: History) -> Iterator[str]:
    """Delivered, parked with a reason, or pending with a time that will come."""
    latest = history.books.now + LONGEST_WAIT_SECONDS * MICROSECONDS
    for row in history.books.announcements:
        name = f"the {row['kind']} of job {row['job_id']}"
        if row["state"] not in {"delivered", "parked", "pending"}:
            yield f"{name} is {row['state']}, which is no state"
        if row["state"] == "parked" and not row["parked_reason"]:
            yield f"{name} is parked without a reason"
        if row["state"] == "pending" and (row["due_at"] is None or row["due_at"] > latest):
            yield f"{name} is pending and will never be due"


def _name(attempt: Row) -> str:
    return f"attempt {attempt['number']} of job {attempt['job_id']}"


Check = Callable[[History], Iterable[str]]
CHECKS: tuple[Check, ...] = (
    accepted_jobs_are_not_lost,
    each_attempt_ends_and_is_told_once,
    nothing_is_told_twice,
    at_most_one_paid_order_per_attempt,
    what_is_paid_has_its_task,
    nobody_is_pinged_but_the_owner,
    nobody_is_pinged_twice_for_one_attempt,
    nothing_is_held_for_ever,
    every_announcement_has_a_fate,
)
