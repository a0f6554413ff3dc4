"""What must be so at every step of a simulation, and at its end: with its own words and numbers, none of the bot's.

After each commit the ledger is read with plain SQL; the hub is looked at after each change. Every sentence is one
promise that was broken.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.core.tasks import Task
from bot.rehearsal import documented
from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.simulation.attempts import BOT
from bot.rehearsal.simulation.hub import Hub
from bot.rehearsal.simulation.people import LABEL, MAINTAINER, People
from bot.rehearsal.simulation.scheduler import Scheduler
from bot.rehearsal.simulation.services import REPOSITORIES

# Which state may follow which, of what one commit leaves behind.
_MOVES = {
    ("queued", "running"),
    ("queued", "failed"),
    ("queued", "cancelled"),
    ("running", "in_review"),
    ("running", "failed"),
    ("running", "no_change"),
    ("running", "cancelled"),
    ("running", "queued"),
    ("in_review", "done"),
    ("in_review", "closed"),
    ("in_review", "queued"),
    ("in_review", "cancelled"),
    ("failed", "queued"),
    ("failed", "cancelled"),
    ("failed", "done"),
    ("no_change", "queued"),
    ("no_change", "done"),
    ("cancelled", "queued"),
    ("cancelled", "in_review"),
    ("cancelled", "done"),
    ("cancelled", "closed"),
    ("closed", "queued"),
    ("closed", "in_review"),
    ("closed", "done"),
    ("done", "queued"),
}
# Asked for again and refused in the same commit, such as for a text that no event shows as it was approved.
_MOVES |= {(state, "failed") for state in ("cancelled", "closed", "no_change", "done")}
_AT_REST = frozenset({"in_review", "done", "failed", "no_change", "cancelled", "closed"})
_TAG = re.compile(r"<!-- nightshift:(\w[\w-]*) ([^<>]*) -->\s*\Z")
_STATUS = "status"
_LAST_EVENT = "SELECT kind FROM task_events WHERE task_id ="
_TASKS = "SELECT id, repository, number, state, fence, snapshot, blocked_by, pull_request FROM tasks"
_LEFT = {
    "an attempt is open": "SELECT count(*) FROM attempts WHERE finished_at IS NULL",
    "a delivery is not done": "SELECT count(*) FROM deliveries WHERE done_at IS NULL",
    "a slot or a lease is left": "SELECT count(*) FROM tasks WHERE slot IS NOT NULL OR lease_until IS NOT NULL",
    "a message was given up": "SELECT count(*) FROM outbox WHERE due_at IS NULL AND note != ''",
    "a message was not sent": "SELECT count(*) FROM outbox WHERE due_at IS NOT NULL AND rank < 10",
}
_OWN_ERRORS = "SELECT last FROM own_errors"

_UNTIL_A_STOP_COUNTS = 900.0  # seconds: without webhooks two passes, and a worker may be frozen meanwhile

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Row:
    """Of the table of tasks, in the order of `_TASKS`."""

    id: int
    repository: str
    number: int
    state: str
    fence: int
    snapshot: str
    blocked_by: int
    pull_request: int | None

    @property
    def key(self) -> Key:
        return self.repository, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    state: str
    fence: int


@dataclass(slots=True, kw_only=True)
class Judge:
    """`broken`: the promises that were, each once, with when."""

    ledger: Path
    hub: Hub
    people: People
    scheduler: Scheduler
    broken: list[str] = field(default_factory=list)
    claims: int = 0
    _connection: sqlite3.Connection | None = None
    _has_looked: bool = True  # at this ledger: one that was put back holds what it holds
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _highest: int = 0
    _claimed: dict[int, tuple[float, int]] = field(default_factory=dict)  # by fence: when, after how many acts

    # -- at every step

    def look_at_ledger(self) -> None:
        for row in self._tasks():
            before, issue = self._seen.get(row.id), f"{row.repository}#{row.number}"
            if before is not None and (before.state, before.fence) == (row.state, row.fence):
                continue
            now = self._seen[row.id] = _Seen(state=row.state, fence=row.fence)
            if before is None or row.state != before.state:
                self.scheduler.say(f"{issue} {before.state if before else 'new'} -> {row.state}")
            self._compare(issue, before, now, is_restored=self._was_restored(row.id))
            if row.state == "running" and (before is None or before.fence != row.fence):
                self._begin(row)
        self._has_looked = True

    def _was_restored(self, task: int) -> bool:
        """Whether what happened last to it is that it was read from GitHub, after the ledger was lost."""
        return any(kind == "restored" for (kind,) in self._rows(f"{_LAST_EVENT} {task:d} ORDER BY id DESC LIMIT 1"))

    def _compare(self, issue: str, before: _Seen | None, now: _Seen, *, is_restored: bool) -> None:
        if before is None:
            if self._has_looked and now.state not in _AT_REST | {"queued"}:
                self._break(f"{issue} began as {now.state}")
            return
        if before.state != now.state and (before.state, now.state) not in _MOVES and not is_restored:
            self._break(f"{issue} moved from {before.state} to {now.state}")
        if now.fence < before.fence:
            self._break(f"the fence of {issue} fell from {before.fence} to {now.fence}")
        if now.fence != before.fence and before.state == now.state == "running":
            self._break(f"{issue} was claimed twice: {before.fence} and {now.fence}")

    def _begin(self, row: _Row) -> None:
        key, fence, snapshot = row.key, row.fence, row.snapshot
        self.claims += 1
        issue = f"{key[0]}#{key[1]}"
        if fence <= self._highest:
            self._break(f"{issue} runs under fence {fence}, after {self._highest}")
        self._highest = max(self._highest, fence)
        self._claimed[fence] = self.scheduler.now, self.people.acts_on.get(key, 0)
        approved = self.people.approved.get(key, 0)
        if not approved:
            self._break(f"{issue} runs, and no person with write permission asked for it")
        since = self.people.stopped.get(key)
        if since is not None and self.scheduler.now - since > _UNTIL_A_STOP_COUNTS:
            self._break(f"{issue} runs {self.scheduler.now - since:.0f} s after a person stopped it")
        for before, text in self.people.foreign.get(key, ()):
            if text in snapshot and approved <= before:
                self._break(f"{issue} runs with {text!r}, which a stranger wrote after the approval")

    def look_at_lost_claim(self, task: Task) -> None:
        """A worker learns that its task has another claim. It may have been frozen since it claimed the task, or a
        person has asked for that, by `/cancel` and `/retry` one after the other."""
        key = task.issue.repository, task.issue.number
        claimed_at, acts = self._claimed.get(task.fence, (0.0, -1))
        if self.scheduler.here.frozen_until <= claimed_at and acts == self.people.acts_on.get(key, 0):
            self._break(f"{task.issue} was taken from a worker that beats, under fence {task.fence}")

    def look_at_hub(self) -> None:
        """After each request that may have changed something."""
        for repository in REPOSITORIES:
            here = self.hub.world.repository(repository)
            self._look_at_pulls(repository, here.pull_requests())
            tags = Counter(
                (each.number, tag) for each in here.comments.values() if (tag := _tag_of(each.body, each.author))
            )
            for (number, tag), count in tags.items():
                if count > 1:
                    self._break(f"{repository}#{number} has {count} comments {tag}")

    def _look_at_pulls(self, repository: str, pulls: tuple[PullRequest, ...]) -> None:
        own = [pull for pull in pulls if pull.author == BOT]
        for (head, state), count in Counter((pull.head, pull.state) for pull in own).items():
            if state == "open" and count > 1:
                self._break(f"{repository} has {count} open pull requests of {head}")
        for head, count in Counter(pull.head for pull in own).items():
            asked = self.people.approved.get((repository, int(head.rpartition("/")[2])), 0)
            if count > asked:
                self._break(f"{repository} has {count} pull requests of {head}, which was asked for {asked} times")

    # -- at the end

    def is_at_rest(self) -> bool:
        waiting = "SELECT count(*) FROM tasks WHERE state = 'running' OR (state = 'queued' AND blocked_by = 0)"
        return not self._count(waiting) and not any(map(self._count, _LEFT.values()))

    def look_at_end(self) -> None:
        """What is left after a quiet time in which nothing went wrong."""
        for what, statement in _LEFT.items():
            if count := self._count(statement):
                self._break(f"{what} ({count})")
        self.look_at_own_errors()
        tasks = {row.key: row for row in self._tasks()}
        for (repository, number), row in tasks.items():
            for said in self._judge_task(row):
                self._break(f"{repository}#{number} {said}")
        for repository in REPOSITORIES:
            for issue in self.hub.issues(repository):
                key = repository, issue.number
                if self._is_asked_for(repository, issue) and key not in tasks and key not in self.people.called_off:
                    self._break(f"{repository}#{issue.number} has the label, and is no task")

    def look_at_own_errors(self) -> None:
        for row in self._rows(_OWN_ERRORS):
            self._break(f"an error of Nightshift itself: {row[0]}")
        for said in (*self.hub.world.violations, *self.hub.world.unmodelled):
            self._break(f"the simulated GitHub: {said}")

    def _is_asked_for(self, repository: str, issue: Issue) -> bool:
        """Whether it is open, and a person with write permission put the label on that it has."""
        events = self.hub.world.repository(repository).events
        put_on = [
            each.actor
            for each in events
            if each.number == issue.number and each.kind == "labeled" and each.label and each.label.name == LABEL
        ]
        return issue.state == "open" and LABEL in issue.labels and put_on[-1] == MAINTAINER

    def _judge_task(self, row: _Row) -> Iterator[str]:
        here, state = self.hub.world.repository(row.repository), row.state
        if state not in _AT_REST and not (state == "queued" and row.blocked_by):
            yield f"is {state} at the end"
        statuses = [each for each in here.comments_on(row.number) if _tag_of(each.body, each.author) == _STATUS]
        if len(statuses) != 1:
            yield f"has {len(statuses)} status comments"
            return
        record = documented.read_record(statuses[0].body)
        if record is None or record.get("state") != state:
            yield f"is {state}, and its comment says {record.get('state') if record else None}"
        yield from self._judge_labels(here.issues[row.number], state, statuses[0].body, record or {})
        yield from self._judge_pull(row.key, state, row.pull_request)

    def _judge_labels(self, issue: Issue, state: str, comment: str, record: Mapping[str, object]) -> Iterator[str]:
        failure = str(record.get("failure") or "")
        wanted = documented.state_label(state, failure=failure, waits=documented.says_it_waits(comment), prefix=LABEL)
        shown = {label for label in issue.labels if label in documented.state_labels(LABEL)}
        if shown != ({wanted} if wanted else set()):
            yield f"is {state}, and has the labels {sorted(shown)}"

    def _judge_pull(self, key: Key, state: str, number: int | None) -> Iterator[str]:
        pulls = self.hub.world.repository(key[0]).pull_requests()
        own = [pull for pull in pulls if pull.author == BOT and pull.head == f"auto/{key[1]}"]
        opened = [pull.number for pull in own if pull.state == "open"]
        if state == "in_review" and opened != [number]:
            yield f"is in review with pull request {number}, and open are {opened}"
        if state == "done" and not any(pull.merged_at for pull in own):
            yield "is done, and no pull request was merged"
        if state in {"no_change", "closed", "cancelled"} and opened:
            yield f"is {state}, and pull request {opened} is open"

    # -- reading

    def _tasks(self) -> list[_Row]:
        return [_Row(*row) for row in self._rows(_TASKS)]

    def _rows(self, statement: str) -> list[Any]:
        if self._connection is None:
            self._connection = sqlite3.connect(self.ledger, check_same_thread=False, isolation_level=None)
        return self._connection.execute(statement).fetchall()

    def _count(self, statement: str) -> int:
        return int(self._rows(statement)[0][0])

    def forget_ledger(self) -> None:
        """It was replaced by another one."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._seen, self._highest, self._has_looked = None, {}, 0, False

    def _break(self, what: str) -> None:
        if not any(what in said for said in self.broken):
            self.scheduler.say(f"BROKEN: {what}")
            self.broken.append(f"at {self.scheduler.now:.0f} s: {what}")


def _tag_of(body: str, author: str) -> str | None:
    """What keeps one of the bot's comments apart from all others."""
    found = _TAG.search(body) if author == BOT else None
    if found is None:
        return None
    return _STATUS if found[1] == _STATUS else f"{found[1]} {found[2]}"
