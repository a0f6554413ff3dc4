"""The periodic pass: re-read the truth and repair. It finds by itself whatever a webhook would have told.

A bot without a public address works by this alone; with webhooks, a delivery that was missed costs minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import decisions
from bot.core.decisions import Effect
from bot.core.facts import IssueFacts
from bot.core.labels import LabelSet, priority
from bot.core.references import IssueRef
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approval import Approver, Text
from bot.steps.effects import label_key, perform
from bot.steps.rebuild import Rebuilder
from bot.steps.switch import Switch

_log = logging.getLogger(__name__)

# Asked from a little before the last pass on, so that nothing falls between two passes; comments are followed once.
_OVERLAP = timedelta(minutes=2)


# GitHub takes 5,000 requests an hour. Reading again is content with 3,000: a pass that took more than a few is followed
# by a rest, and what is new is taken in some at a time. Their comments take longer than that in any case.
_READS_FOR_NOTHING = 40
_SECONDS_FOR_A_READ = 3600 / 3000
_READS_FOR_NEW = 200

_CANCELLABLE = ACTIVE | {State.FAILED}


class Reconciler:
    """One thread uses it at a time."""

    def __init__(
        self,
        *,
        store: Store,
        github: GitHub,
        approver: Approver,
        switch: Switch,
        rebuilder: Rebuilder,
        labels: LabelSet,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._github = github
        self._approver = approver
        self._switch = switch
        self._rebuilder = rebuilder
        self._labels = labels
        self._clock = clock
        self._rest: tuple[datetime, datetime] | None = None

    def poll(self) -> list[str]:
        """One pass over every repository. Returns what could not be read, a line each; the others are done.

        After an expensive one, only what people wait for is looked at for a while: the switch, and commands.
        """
        started = self._clock()
        if self._rests(started):
            return self._each(self._read_commands)
        before = self._github.reads
        try:
            return self._each(self.poll_repository)
        finally:
            taken = self._github.reads - before
            rest = max(0, taken - _READS_FOR_NOTHING) * _SECONDS_FOR_A_READ
            self._rest = (started, started + timedelta(seconds=rest))

    @property
    def rest(self) -> timedelta:
        """How long what was read last keeps the next whole pass waiting."""
        return self._rest[1] - self._rest[0] if self._rest is not None else timedelta()

    def _rests(self, now: datetime) -> bool:
        """A clock that was set back ends the rest as well."""
        return self._rest is not None and self._rest[0] <= now < self._rest[1]

    def _each(self, look: Callable[[str], None]) -> list[str]:
        steps: dict[str, Callable[[], None]] = {"the status issue": self._switch.look}
        steps |= {name: partial(look, name) for name in self._github.account.repositories()}
        troubles = []
        for name, step in steps.items():
            try:
                step()
            except GitHubFailed as error:
                troubles.append(f"{name}: {error}")
        return troubles

    def _read_commands(self, repository: str) -> None:
        if self._rebuilder.has_looked_at(repository):
            self._read_comments(repository, self._clock())

    def poll_repository(self, repository: str) -> None:
        started = self._clock()
        self._rebuilder.once(repository)
        labelled = {issue.number: issue for issue in self._github.labeled_issues(repository, self._labels.trigger)}
        self._look_at(repository, labelled.values())
        with self._store.read() as ledger:
            tasks = ledger.tasks(repository=repository)
        for task in tasks:
            if task.state in _CANCELLABLE and task.issue.number not in labelled:
                self._perform(self._gone(task))
        self._perform(self._reviewed([task for task in tasks if task.state is State.IN_REVIEW], repository))
        self._perform(self._unblocked([task for task in tasks if task.state is State.QUEUED], repository, labelled))
        self._read_comments(repository, started)

    def _look_at(self, repository: str, labelled: Collection[IssueFacts]) -> None:
        """Those that need it: what shows already what it should is passed over, as the ledger has it in one reading."""
        with self._store.read() as ledger:
            tasks = {task.issue.number: task for task in ledger.tasks(repository=repository)}
        with self._github.one_look():
            until = self._github.reads + _READS_FOR_NEW
            for facts in labelled:
                if self._is_as_wanted(tasks.get(facts.number), facts):
                    continue
                if facts.number not in tasks and self._github.reads >= until:
                    continue  # in the next pass
                self._perform(self._labelled(IssueRef(repository, facts.number), facts))

    def _is_as_wanted(self, task: Task | None, facts: IssueFacts) -> bool:
        if task is None or task.state is State.CANCELLED:
            return False
        wanted = self._labels.state_label(task)
        shows = facts.labels & self._labels.states == ({wanted} if wanted else set())
        ranks = task.state is not State.QUEUED or task.priority is priority(facts.labels, self._labels)
        return shows and ranks

    def _labelled(self, issue: IssueRef, facts: IssueFacts) -> list[Effect]:
        """An issue with the label: new to us, or labelled again since its task ended."""
        with self._store.read() as ledger:
            task = ledger.task(issue)
        if task is not None and task.state is not State.CANCELLED:
            return self._repaired_label(task, facts) + self._approver.prioritized(issue, facts)
        if self._is_calm(issue, facts):
            return []
        labeling = self._github.last_labeling(issue, self._labels.trigger)
        if labeling is None:
            return []
        changed = self._approver.may_have_changed(issue, facts, labeling.at)
        text = Text(approver=labeling.actor, at=labeling.at, title=facts.title, body=facts.body, changed=changed)
        return self._approver.labelled(issue, facts, text)

    def _is_calm(self, issue: IssueRef, facts: IssueFacts) -> bool:
        """Whether this issue was looked at before and nothing about it has changed since: a refused or a cancelled
        one keeps its label, and must not cost requests in each pass for ever."""
        key, changed = f"looked:{issue}", facts.updated_at.isoformat()
        with self._store.read() as ledger:
            known = ledger.recall(key)
        if known == changed:
            return True
        if self._clock() - facts.updated_at > _OVERLAP:  # its changes of this very moment may not all be there yet
            with self._store.transaction() as ledger:
                ledger.remember(key, changed)
        return False

    def _repaired_label(self, task: Task, facts: IssueFacts) -> list[Effect]:
        """People and other bots may take state labels off or put them on; what they show is the ledger's say."""
        shown = facts.labels & self._labels.states
        wanted = self._labels.state_label(task)
        if shown == ({wanted} if wanted else set()):
            return []
        with self._store.transaction() as ledger:
            if ledger.recall(label_key(task.issue)) in {None, wanted or ""}:
                ledger.remember(label_key(task.issue), " ".join(sorted(shown)))
        return [decisions.ShowStatus(task.issue)]

    def _gone(self, task: Task) -> list[Effect]:
        """A task that waits or runs, but whose issue is not among the open labelled ones: look at it again."""
        try:
            facts = self._github.issue(task.issue)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return decisions.withdrawn(task, "the issue is gone")
        if not facts.is_open:
            return decisions.issue_closed(task.issue, facts, task)
        if self._labels.trigger not in facts.labels:
            return decisions.withdrawn(task, "the label was taken off")
        return []

    def _reviewed(self, tasks: Sequence[Task], repository: str) -> list[Effect]:
        """Pull requests that were merged or closed."""
        if not tasks:
            return []
        still_open = self._github.open_pull_requests(repository)
        ended = [task for task in tasks if task.pull_request and task.pull_request not in still_open]
        effects: list[Effect] = []
        for task in ended:
            pull = self._github.pull_request(repository, task.pull_request or 0)
            if not pull.is_open:
                effects += decisions.pull_request_ended(task, merged=pull.merged)
        return effects

    def _unblocked(self, tasks: Sequence[Task], repository: str, labelled: Collection[int]) -> list[Effect]:
        """Blockers that somebody may have closed. Those that were just seen open need not be asked about."""
        named = dict.fromkeys(blocker for task in tasks for blocker in task.unmet)
        unmet = [each for each in named if each.repository != repository or each.number not in labelled]
        return [decisions.Settle(blocker, met=True) for blocker in unmet if self._approver.is_met(blocker)]

    def _read_comments(self, repository: str, started: datetime) -> None:
        """Commands in comments that no webhook brought. The first pass ever starts from now, not from the past."""
        key = f"comments:{repository}"
        with self._store.read() as ledger:
            since = ledger.recall(key)
        if since is not None:
            after = datetime.fromisoformat(since)
            for comment in self._github.comments_since(repository, after):
                if comment.created_at < after:
                    continue  # an old one that was edited: a webhook tells only of new ones too
                self._perform(self._approver.comment(IssueRef(repository, comment.issue), comment, None))
        with self._store.transaction() as ledger:
            ledger.remember(key, (started - _OVERLAP).isoformat())

    def _perform(self, effects: Sequence[Effect]) -> None:
        if effects:
            with self._store.transaction() as ledger:
                perform(effects, ledger, self._clock())
