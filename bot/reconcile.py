"""The periodic pass: re-read the truth and repair. It finds by itself whatever a webhook would have told.

A bot without a public address works by this alone; with webhooks, a delivery that was missed costs minutes. What
changed since the last pass is asked for with the tag of what was known, so that a pass over an idle repository costs
nothing of GitHub's rate limit (docs/decisions/0023). Every few minutes a census looks for what no change shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Listed, Store
from bot.core.due import is_due
from bot.core.effects import Effect, Settle
from bot.core.facts import IssueFacts, PullRequestFacts
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.task_rules import is_met, withdraw
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.bookmarks import Bookmarks
from bot.steps.catching_up import CatchingUp
from bot.steps.effects import perform
from bot.steps.publication import cut_off_publications
from bot.steps.rebuild import Rebuilder
from bot.steps.switch import Switch

_log = logging.getLogger(__name__)

# GitHub takes 5,000 requests an hour. Reading again is content with 3,000: a pass that took more than a few is followed
# by a rest, and what is new is taken in some at a time. Their comments take longer than that in any case.
_READS_FOR_NOTHING = 40
_SECONDS_FOR_A_READ = 3600 / 3000
_READS_FOR_NEW = 200
_CENSUS_EVERY = timedelta(minutes=10)
_SHOWN = frozenset({State.IN_REVIEW, State.CLOSED, State.CANCELLED})
_CANCELLABLE = ACTIVE | {State.FAILED}


class Reconciler:
    """One thread uses it at a time. `also`: what else is looked at in each pass, by name."""

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
        also: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        self._store = store
        self._github = github
        self._approver = approver
        self._switch = switch
        self._rebuilder = rebuilder
        self._labels = labels
        self._clock = clock
        self._also = dict(also or {})
        self._bookmarks = Bookmarks(store, github, clock)
        self._catching_up = CatchingUp(
            store=store, github=github, approver=approver, labels=labels, bookmarks=self._bookmarks, clock=clock
        )
        self._census_at: dict[str, datetime] = {}
        self._rest: tuple[datetime, datetime] | None = None
        self._for_new = _READS_FOR_NEW  # what is left of this pass's

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
            rest = timedelta(seconds=taken * _SECONDS_FOR_A_READ if taken > _READS_FOR_NOTHING else 0)
            self._rest = (started, started + rest)

    @property
    def rest(self) -> timedelta:
        """How long what was read last keeps the next whole pass waiting."""
        return self._rest[1] - self._rest[0] if self._rest is not None else timedelta()

    def _rests(self, now: datetime) -> bool:
        """A clock that was set back ends the rest as well."""
        return self._rest is not None and self._rest[0] <= now < self._rest[1]

    def _each(self, look: Callable[[str], None]) -> list[str]:
        steps: dict[str, Callable[[], None]] = {**self._also, "the status issue": self._switch.look}
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
            self._bookmarks.begin(repository, self._clock())
            self._read_comments(repository)

    def poll_repository(self, repository: str) -> None:
        started = self._clock()
        self._rebuilder.once(repository)
        self._bookmarks.begin(repository, started)
        self._for_new = _READS_FOR_NEW
        with self._github.one_look():
            if is_due(self._census_at.get(repository), _CENSUS_EVERY, started):
                self._take_census(repository)
            self._read_issues(repository)
        self._read_comments(repository)
        self._look_for_cut_off(repository)
        self._ask_after(self._foreign(self._unmet(repository)), again=False)

    # -- what changed

    def _read_issues(self, repository: str) -> None:
        """Issues and pull requests that changed in any way, the oldest change first."""
        mark = self._bookmarks.issues(repository)
        listing = self._github.issues_changed(repository, mark.since, mark.tag)
        if listing is None:
            return
        changed = list(reversed(listing.items))
        put_off = self._catch_up(repository, changed)
        done = changed[: changed.index(put_off[0])] if put_off else changed
        self._bookmarks.move(mark, "" if put_off else listing.tag, [facts.updated_at for facts in done])

    def _catch_up(self, repository: str, listed: Iterable[IssueFacts]) -> list[IssueFacts]:
        """Returns those that are new and have to wait for the next pass, because this one has cost enough."""
        until, put_off = self._github.reads + self._for_new, []
        for facts in listed:
            issue = IssueRef(repository, facts.number)
            if self._github.reads >= until and self._approver.reader.task(issue) is None:
                put_off.append(facts)
            else:
                self._catching_up.with_issue(issue, facts)
        self._for_new = max(0, until - self._github.reads)
        return put_off

    def _read_comments(self, repository: str) -> None:
        """Commands in comments that no webhook brought. The first pass ever starts from now, not from the past."""
        mark = self._bookmarks.comments(repository)
        listing = self._github.comments_changed(repository, mark.since, mark.tag)
        if listing is None:
            return
        self._rebuilder.learn_answers(repository, listing.items)
        # An old one that was edited is passed over: a webhook tells only of new ones too.
        new = [comment for comment in listing.items if mark.is_new(comment.created_at)]
        for comment in sorted(new, key=lambda comment: comment.id):
            self._perform(self._approver.comment(IssueRef(repository, comment.issue), comment, None))
        self._bookmarks.move(mark, listing.tag, [each.updated_at or each.created_at for each in listing.items])

    def _look_for_cut_off(self, repository: str) -> None:
        """A task was cancelled while GitHub opened its pull request, and the answer reached nobody: once its attempt is
        over, it is looked for, once. One that is there is what people decide on."""
        with self._store.read() as ledger:
            cut_off = cut_off_publications(ledger, repository)
        for task in cut_off:
            pull = next(iter(self._github.pull_requests(repository, task.issue.branch)), None)
            effects = self._is_shown(task, pull) if pull else []
            with self._store.transaction() as ledger:
                ledger.publications.forget(task.id)
                if pull is not None:
                    ledger.tasks.update(task.id, now=self._clock(), pull_request=pull.number)
                perform(effects, ledger, self._clock())

    # -- what no change shows

    def _take_census(self, repository: str) -> None:
        """Compare all that is labelled and all that is open with the ledger: issues that are gone, and changes that
        came while the ledger was about to be written."""
        labelled, whole = self._labelled(repository)
        with self._store.read() as ledger:
            tasks = ledger.tasks.listed(repository)
        for each in tasks:
            if each.state in _CANCELLABLE and each.issue.number not in labelled:
                task = self._approver.reader.task(each.issue)
                self._perform(self._missing(task) if task is not None and task.state in _CANCELLABLE else [])
        self._count_pull_requests(tasks, repository)
        named = [each for each in self._unmet(repository) if each.repository != repository]
        here = [each for each in self._unmet(repository) if each.repository == repository]
        self._ask_after([*named, *(each for each in here if each.number not in labelled)], again=True)
        if whole:
            self._census_at[repository] = self._clock() + _CENSUS_EVERY

    def _labelled(self, repository: str) -> tuple[Collection[int], bool]:
        """The numbers of all, and whether all of them were looked at."""
        known = self._bookmarks.pages("labelled", repository)
        fresh, pages = self._github.labelled_census(repository, self._labels.trigger, known)
        put_off = {facts.number for facts in self._catch_up(repository, fresh)}
        done = takewhile(lambda page: put_off.isdisjoint(page.numbers), pages)
        self._bookmarks.keep_pages("labelled", repository, list(done))
        return frozenset(number for page in pages for number in page.numbers), not put_off

    def _missing(self, task: Task) -> list[Effect]:
        """A task that waits or runs, but whose issue is not among the open labelled ones: look at it again."""
        try:
            facts = self._github.issue(task.issue)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return withdraw(task, "the issue is gone")
        if facts.is_open and has(facts.labels, self._labels.trigger):
            return []
        return self._catching_up.not_wanted(task.issue, facts, task)

    def _count_pull_requests(self, tasks: Iterable[Listed], repository: str) -> None:
        shown = [task for task in tasks if task.pull_request and task.state in _SHOWN]
        if not shown:
            return
        pages = self._github.pull_request_census(repository, self._bookmarks.pages("pulls", repository))
        still_open = frozenset(number for page in pages for number in page.numbers)
        for each in shown:
            if (each.pull_request in still_open) != (each.state is State.IN_REVIEW):
                pull = self._github.pull_request(repository, each.pull_request or 0)
                task = self._approver.reader.task(each.issue)
                self._perform(self._is_shown(task, pull) if task is not None else [])
        self._bookmarks.keep_pages("pulls", repository, pages)

    def _is_shown(self, task: Task, pull: PullRequestFacts) -> list[Effect]:
        return self._approver.follow_pull_request(task, is_open=pull.is_open, merged_at=pull.merged_at)

    # -- blockers

    def _unmet(self, repository: str) -> list[IssueRef]:
        with self._store.read() as ledger:
            return ledger.blockers.unmet(repository)

    def _foreign(self, blockers: Iterable[IssueRef]) -> list[IssueRef]:
        """Those in repositories that are not looked after: nothing else tells what becomes of them."""
        here = {name.lower() for name in self._github.account.repositories()}
        return [each for each in blockers if each.repository.lower() not in here]

    def _ask_after(self, blockers: Sequence[IssueRef], *, again: bool) -> None:
        """`again`: also those that could not be seen when they were last asked after."""
        for blocker in blockers:
            tag = self._bookmarks.blocker(blocker)
            if tag is None and not again:
                continue
            found = self._seen(blocker, tag or "")
            if found is not None and is_met(found[0], self._approver.reader.task(blocker)):
                self._perform([Settle(blocker, met=True)])
            if found is not None:
                self._bookmarks.keep_blocker(blocker, found[1])

    def _seen(self, blocker: IssueRef, tag: str) -> tuple[IssueFacts, str] | None:
        """What cannot be seen holds its dependents back; their status says which issue it is."""
        try:
            return self._github.issue_if_changed(blocker, tag)
        except GitHubFailed as error:
            if error.transient:
                raise
            self._bookmarks.keep_blocker(blocker, None)
            return None

    def _perform(self, effects: Sequence[Effect]) -> None:
        if effects:
            with self._store.transaction() as ledger:
                perform(effects, ledger, self._clock())
