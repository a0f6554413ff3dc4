"""Brings back tasks that GitHub shows and the ledger lacks, after the ledger was lost or a backup was restored.

GitHub is read first and nothing is said there. What comes back is recorded together with what was said about it
already (the status comment, answers, commands that were followed), so that nothing is said or done a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.github import GitHubFailed
from bot.adapters.store import Bookmark, Ledger, Store
from bot.core.facts import CommentFacts
from bot.core.references import IssueRef
from bot.core.revision import NO_REPAIRS, Revision
from bot.steps.approve_issue import Approver
from bot.steps.bookmarks import COMMENTS
from bot.steps.effects import perform
from bot.steps.findings import Finder, Findings, Return
from bot.steps.posted_before import keep_posted
from bot.steps.repository_names import NameFollower
from bot.steps.stop import CheckStop, never_stop

_log = logging.getLogger(__name__)

_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Rebuilder:
    """Not thread-safe. `folder`: the data folder."""

    store: Store
    finder: Finder
    approver: Approver
    clock: Callable[[], datetime]
    folder: Path | None = None
    names: NameFollower = field(init=False)
    _looked_at: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = NameFollower(store=self.store, github=self.finder.github, clock=self.clock, folder=self.folder)

    def once(self, repository: str, check_stop: CheckStop = never_stop) -> None:
        """Before a process decides anything about a repository: bring back what there is. Raises GitHubFailed."""
        if repository not in self._looked_at:
            self.rebuild(repository, check_stop)

    def find(self, repository: str) -> Findings:
        """What a rebuild would bring back. Changes nothing; raises GitHubFailed."""
        return self.finder.find(repository)

    def rebuild(self, repository: str, check_stop: CheckStop = never_stop) -> Findings:
        """Raises GitHubFailed, and then nothing was changed; the next try goes on where this one ended. `check_stop`
        is called before each request, since there may be many for each issue, and raises to end the search."""
        with self.finder.github.checking(check_stop):
            found = self.find(repository)
        self._apply(found)
        self.finder.forget(repository)
        self._looked_at.add(repository)
        for line in found.ignored:
            _log.warning("not restored from GitHub: %s", line)
        for each in found.returns:
            _log.info("%s is restored from GitHub: %s", each.rebuilt.task.issue, each.rebuilt.task.state)
        return found

    def bring_back(self, number: IssueRef, changed_at: datetime | None = None) -> bool:
        """Something may have happened on an issue, or on its pull request, whose task ended so long ago that it was
        removed: restore it as GitHub shows it, so that it is not taken for a new one. `changed_at`: when GitHub says
        that it last changed. False if that was before the removal: there is nothing to do. Raises GitHubFailed."""
        with self.store.read() as ledger:
            removed = ledger.removed_tasks.find(number)
        if removed is None:
            return True
        issue, removed_at = removed
        if changed_at is not None and changed_at < removed_at - _CLOCKS_DIFFER:
            return False
        found = Findings()
        try:
            self.finder.look(issue, self.finder.github.issue(issue), None, found)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return False
        # What was asked for since, the caller has before it.
        found.returns = [replace(each, unfollowed=()) for each in found.returns]
        self._apply(found)
        with self.store.transaction() as ledger:
            ledger.removed_tasks.forget(issue)
        return True

    def learn_answers(self, repository: str, comments: Sequence[CommentFacts]) -> None:
        """What was answered before the ledger was lost, maybe on an issue that has no task, must not be said again."""
        answered = self.finder.answers(repository, comments)
        with self.store.read() as ledger:
            unknown = ledger.replies.unknown(answered)
        if unknown:
            with self.store.transaction() as ledger:
                for key in unknown:
                    ledger.replies.keep(key, str(answered[key]), self.clock())

    def _apply(self, found: Findings) -> None:
        with self.store.transaction() as ledger:
            for each in found.returns:
                self._put(ledger, each)
                _keep_in_reach(ledger, each)
            keep_posted(ledger, found.posted, self.clock())
            if any(each.is_mislabelled for each in found.returns):
                ledger.queue_state.keep_labels_after(0)
        for each in found.returns:  # each in its turn, since what is decided depends on the tasks that are back
            for comment in each.unfollowed:
                effects = self.approver.comment(each.rebuilt.task.issue, comment, None)
                with self.store.transaction() as ledger:
                    perform(effects, ledger, self.clock())

    def _put(self, ledger: Ledger, each: Return) -> None:
        task = each.rebuilt.task
        if not ledger.restoring.restore(task, each.rebuilt.attempts, instead_of=each.instead_of):
            return
        known = ledger.tasks.find(task.issue)
        if known is not None and known.pull_request is not None and each.rebuilt.is_revised:
            by, at = task.snapshot.approved_by or "a maintainer", task.snapshot.approved_at or self.clock()
            ledger.revisions.keep(known.id, Revision(pull_request=known.pull_request, by=by, at=at))
        if known is not None and each.rebuilt.repairs != NO_REPAIRS:
            ledger.repairs.keep(known.id, each.rebuilt.repairs)
        if known is not None:
            ledger.stacks.keep(known.id, each.rebuilt.below)
        if each.rebuilt.shows:
            ledger.outbox.post_status(task.issue, self.clock())


def _keep_in_reach(ledger: Ledger, each: Return) -> None:
    """If GitHub fails before the commands are followed, the periodic pass still finds them."""
    repository = each.rebuilt.task.issue.repository
    if each.unfollowed and ledger.bookmarks.of(repository, COMMENTS) is None:
        since = min(comment.created_at for comment in each.unfollowed)
        ledger.bookmarks.keep(repository, COMMENTS, Bookmark(since=since, newest=since))
