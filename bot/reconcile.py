"""The periodic pass: re-read the truth and repair. It finds by itself whatever a webhook would have told.

A bot without a public address works by this alone; with webhooks, a delivery that was missed costs minutes. What
changed since the last pass is asked for with the tag of what was known, so that a pass over an idle repository costs
nothing of GitHub's rate limit (docs/decisions/0023). Every few minutes a census looks for what no change shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Listed, Store
from bot.core.due import is_due
from bot.core.effects import Effect
from bot.core.facts import IssueFacts, PullRequestFacts
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.task_rules import withdraw
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.blocker_check import BlockerCheck
from bot.steps.bookmarks import Bookmarks
from bot.steps.catching_up import CatchingUp
from bot.steps.effects import perform
from bot.steps.publication import cut_off_publications
from bot.steps.rebuild import Rebuilder
from bot.steps.switch import Switch

_log = logging.getLogger(__name__)


def _never() -> bool:
    return False


# GitHub takes 5,000 requests an hour. Reading again is content with 3,000: a pass that took more than a few is followed
# by a rest, and what is new is taken in some at a time. Their comments take longer than that in any case.
_CHEAP_PASS_READS = 40
_SECONDS_FOR_A_READ = 3600 / 3000
_READS_FOR_NEW = 200
_READS_BEFORE_GIVING_WAY = 20  # so that a repository is taken in however much else there is to do
_CENSUS_EVERY = timedelta(minutes=10)
_SHOWN = frozenset({State.IN_REVIEW, State.CLOSED, State.CANCELLED})
_CANCELLABLE = ACTIVE | {State.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One bounded part of a pass: a repository, the status issue, the log of deliveries. `look` raises GitHubFailed."""

    name: str
    look: Callable[[], object]


class _Stopped(Exception):
    """The worker was asked to stop amid a part: what it has not read, the next pass reads, as after a crash."""


@dataclass(slots=True, kw_only=True)
class Reconciler:
    """One thread uses it at a time. `also`: what else is looked at in each pass, by name."""

    store: Store
    github: GitHub
    approver: Approver
    switch: Switch
    rebuilder: Rebuilder
    labels: LabelSet
    clock: Callable[[], datetime]
    also: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    _census_at: dict[str, datetime] = field(default_factory=dict)
    _rest: tuple[datetime, datetime] | None = None
    _reads: int = 0  # of this pass
    _for_new: int = 0  # how many this part may still take for what is new
    _should_stop: Callable[[], bool] = _never
    _gives_way: Callable[[], bool] = _never
    _bookmarks: Bookmarks = field(init=False)
    _catching_up: CatchingUp = field(init=False)
    _blockers: BlockerCheck = field(init=False)

    def __post_init__(self) -> None:
        self._bookmarks = Bookmarks(store=self.store, github=self.github, clock=self.clock)
        self._catching_up = CatchingUp(
            store=self.store,
            github=self.github,
            approver=self.approver,
            labels=self.labels,
            bookmarks=self._bookmarks,
            clock=self.clock,
        )
        self._blockers = BlockerCheck(
            store=self.store, github=self.github, approver=self.approver, bookmarks=self._bookmarks, clock=self.clock
        )

    def poll(self) -> list[str]:
        """One whole pass at once. Returns what could not be read, a line each; the others are done."""
        troubles = []
        for part in self.begin():
            try:
                part.look()
            except GitHubFailed as error:
                troubles.append(f"{part.name}: {error}")
        return troubles

    def begin(
        self, *, should_stop: Callable[[], bool] = _never, gives_way: Callable[[], bool] = _never
    ) -> Iterator[Part]:
        """The parts of the next pass, each to be looked at before the next one is asked for. Raises GitHubFailed.

        After an expensive pass, only what people wait for is looked at for a while: the switch, and commands. A part
        ends early once it `should_stop`; where it `gives_way` to what waits, it leaves what is new to the next pass.
        """
        self._should_stop, self._gives_way = should_stop, gives_way
        started = self.clock()
        if self._rests(started):
            yield from self._parts(self._read_commands)
            return
        self._reads = 0
        try:
            yield from self._parts(self.poll_repository)
        finally:
            cheap = self._reads <= _CHEAP_PASS_READS
            self._rest = (started, started + timedelta(seconds=0 if cheap else self._reads * _SECONDS_FOR_A_READ))

    @property
    def rest(self) -> timedelta:
        """How long what was read last keeps the next whole pass waiting."""
        return self._rest[1] - self._rest[0] if self._rest is not None else timedelta()

    def _rests(self, now: datetime) -> bool:
        """A clock that was set back ends the rest as well."""
        return self._rest is not None and self._rest[0] <= now < self._rest[1]

    def _parts(self, look: Callable[[str], None]) -> Iterator[Part]:
        for name, also in self.also.items():
            yield Part(name=name, look=partial(self._counted, also))
        yield Part(name="the status issue", look=partial(self._counted, self.switch.look))
        for name in self.github.account.repositories():
            yield Part(name=name, look=partial(self._counted, partial(look, name)))

    def _counted(self, look: Callable[[], None]) -> None:
        before = self.github.reads
        try:
            look()
        except _Stopped:
            _log.info("a pass ended early")
        finally:
            self._reads += self.github.reads - before

    def _check_stop(self) -> None:
        """Between two reads that a part may have many of."""
        if self._should_stop():
            raise _Stopped

    def _read_commands(self, repository: str) -> None:
        if self.rebuilder.has_looked_at(repository):
            self._bookmarks.begin(repository, self.clock())
            self._read_comments(repository)

    def poll_repository(self, repository: str) -> None:
        started = self.clock()
        self.rebuilder.once(repository)
        self._bookmarks.begin(repository, started)
        self._for_new = _READS_FOR_NEW
        with self.github.one_look():
            if is_due(self._census_at.get(repository), _CENSUS_EVERY, started):
                self._take_census(repository)
            self._read_issues(repository)
        self._read_comments(repository)
        self._look_for_cut_off(repository)
        self._blockers.ask_after_foreign(repository, self._check_stop)

    # -- what changed

    def _read_issues(self, repository: str) -> None:
        """Issues and pull requests that changed in any way, the oldest change first."""
        mark = self._bookmarks.issues(repository)
        listing = self.github.issues_changed(repository, mark.since)
        if listing is None:
            return
        changed = list(reversed(listing.value))
        put_off = self._catch_up(repository, changed)
        done = changed[: changed.index(put_off[0])] if put_off else changed
        self._bookmarks.move(mark, listing, [facts.updated_at for facts in done], whole=not put_off)

    def _catch_up(self, repository: str, listed: Iterable[IssueFacts]) -> list[IssueFacts]:
        """Returns those that are new and have to wait for the next pass, because this one has cost enough."""
        began, put_off = self.github.reads, list[IssueFacts]()
        for facts in listed:
            self._check_stop()
            issue = IssueRef(repository, facts.number)
            if self._has_read_enough(self.github.reads - began) and self.approver.reader.task(issue) is None:
                put_off.append(facts)
            else:
                self._catching_up.with_issue(issue, facts)
        self._for_new = max(0, self._for_new - (self.github.reads - began))
        return put_off

    def _has_read_enough(self, taken: int) -> bool:
        return taken >= self._for_new or (taken >= _READS_BEFORE_GIVING_WAY and self._gives_way())

    def _read_comments(self, repository: str) -> None:
        """Commands in comments that no webhook brought. The first pass ever starts from now, not from the past."""
        mark = self._bookmarks.comments(repository)
        listing = self.github.comments_changed(repository, mark.since)
        if listing is None:
            return
        self.rebuilder.learn_answers(repository, listing.value)
        # An old one that was edited is passed over: a webhook tells only of new ones too.
        new = [comment for comment in listing.value if mark.is_new(comment.created_at)]
        for comment in sorted(new, key=lambda comment: comment.id):
            self._check_stop()
            self._perform(self.approver.comment(IssueRef(repository, comment.issue), comment, None))
        self._bookmarks.move(mark, listing, [each.updated_at or each.created_at for each in listing.value])

    def _look_for_cut_off(self, repository: str) -> None:
        """A task was cancelled while GitHub opened its pull request, and the answer reached nobody: once its attempt is
        over, it is looked for, once. One that is there is what people decide on."""
        with self.store.read() as ledger:
            cut_off = cut_off_publications(ledger, repository)
        for task in cut_off:
            self._check_stop()
            pull = next(iter(self.github.pull_requests(repository, task.issue.branch)), None)
            effects = self._is_shown(task, pull) if pull else []
            with self.store.transaction() as ledger:
                ledger.publications.forget(task.id)
                if pull is not None:
                    ledger.tasks.update(task.id, now=self.clock(), pull_request=pull.number)
                perform(effects, ledger, self.clock())

    # -- what no change shows

    def _take_census(self, repository: str) -> None:
        """Compare all that is labelled and all that is open with the ledger: issues that are gone, and changes that
        came while the ledger was about to be written."""
        labelled, whole = self._labelled(repository)
        with self.store.read() as ledger:
            tasks = ledger.tasks.listed(repository)
        for each in tasks:
            self._check_stop()
            if each.state in _CANCELLABLE and each.issue.number not in labelled:
                task = self.approver.reader.task(each.issue)
                self._perform(self._missing(task) if task is not None and task.state in _CANCELLABLE else [])
        self._count_pull_requests(tasks, repository)
        self._blockers.ask_after_all(repository, labelled, self._check_stop)
        if whole:
            self._census_at[repository] = self.clock() + _CENSUS_EVERY

    def _labelled(self, repository: str) -> tuple[Collection[int], bool]:
        """The numbers of all, and whether all of them were looked at."""
        pages = self.github.labelled_census(repository, self.labels.trigger)
        fresh = [facts for page in pages for facts in page.value.items]
        put_off = {facts.number for facts in self._catch_up(repository, fresh)}
        for page in pages:
            if put_off.isdisjoint(page.value.numbers):
                self.github.keep(page)
        return frozenset(number for page in pages for number in page.value.numbers), not put_off

    def _missing(self, task: Task) -> list[Effect]:
        """A task that waits or runs, but whose issue is not among the open labelled ones: look at it again."""
        try:
            facts = self.github.issue(task.issue)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return withdraw(task, "the issue is gone")
        if facts.is_open and has(facts.labels, self.labels.trigger):
            return []
        return self._catching_up.not_wanted(task.issue, facts, task)

    def _count_pull_requests(self, tasks: Iterable[Listed], repository: str) -> None:
        shown = [task for task in tasks if task.pull_request and task.state in _SHOWN]
        if not shown:
            return
        pages = self.github.pull_request_census(repository)
        still_open = frozenset(number for page in pages for number in page.value.numbers)
        for each in shown:
            self._check_stop()
            if (each.pull_request in still_open) != (each.state is State.IN_REVIEW):
                pull = self.github.pull_request(repository, each.pull_request or 0)
                task = self.approver.reader.task(each.issue)
                self._perform(self._is_shown(task, pull) if task is not None else [])
        for page in pages:
            self.github.keep(page)

    def _is_shown(self, task: Task, pull: PullRequestFacts) -> list[Effect]:
        return self.approver.follow_pull_request(task, is_open=pull.is_open, merged_at=pull.merged_at)

    def _perform(self, effects: Sequence[Effect]) -> None:
        if effects:
            with self.store.transaction() as ledger:
                perform(effects, ledger, self.clock())
