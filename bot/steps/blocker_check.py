"""Reads the state of blockers that no listing of a periodic pass shows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.adapters.github import Fresh, GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.effects import Settle
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState, blocker_state
from bot.core.tasks import State
from bot.steps.approve_issue import Approver
from bot.steps.bookmarks import Bookmarks
from bot.steps.catching_up import CatchingUp


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockerCheck:
    """Every method raises GitHubFailed. `between` is called before each request, and may raise to end the check."""

    store: Store
    github: GitHub
    approver: Approver
    bookmarks: Bookmarks
    catching_up: CatchingUp

    def ask_after_foreign(self, repository: str, between: Callable[[], None]) -> None:
        """Ask for blockers in other repositories than the bot's, except those that could not be read the last time."""
        for blocker in self._unmet(repository):
            if not self.github.account.knows(blocker.repository) and not self.bookmarks.is_unseen(blocker):
                between()
                self._ask_after(blocker)

    def ask_after_all(
        self,
        repository: str,
        labelled: Collection[int],
        listed: Collection[IssueFacts],
        between: Callable[[], None],
    ) -> None:
        """Those of other repositories, then those here that are not among the `labelled` ones. `listed`: of these, what
        GitHub showed anew; each says how many relations it has."""
        self._follow_relations(repository, listed, between)
        unmet = self._unmet(repository)
        foreign = [each for each in unmet if each.repository != repository]
        here = [each for each in unmet if each.repository == repository and each.number not in labelled]
        for blocker in [*foreign, *here]:
            between()
            self._ask_after(blocker)

    def _follow_relations(self, repository: str, listed: Collection[IssueFacts], between: Callable[[], None]) -> None:
        relations = self.approver.relations
        for facts in listed:
            between()
            self.catching_up.perform(relations.follow(IssueRef(repository, facts.number), facts))
        shown = {facts.number for facts in listed}
        with self.store.read() as ledger:
            waiting = ledger.tasks.in_states(State.QUEUED, repository=repository)
            waiting += [task for task in ledger.tasks.in_cycles() if task.issue.repository == repository]
        for task in waiting:
            if task.issue.number not in shown and relations.has_native(task):
                between()
                self._ask_again(task.issue)

    def _ask_again(self, issue: IssueRef) -> None:
        """One relation in the place of another leaves the counts, and so the listing of issues, as they are."""
        pages = self.github.relations_now(issue)
        if any(isinstance(page, Fresh) for page in pages):
            self.catching_up.perform(self.approver.relations.follow(issue))
        for page in pages:
            self.github.keep(page)

    def _unmet(self, repository: str) -> list[IssueRef]:
        with self.store.read() as ledger:
            return [each for each in ledger.blockers.unmet(repository) if not each.is_hidden]

    def _ask_after(self, blocker: IssueRef) -> None:
        """A blocker that cannot be read holds its dependents back; their status names it."""
        try:
            found = self.github.issue_now(blocker)
        except GitHubFailed as error:
            if error.transient:
                raise
            self.bookmarks.note_seen(blocker, seen=False)
            return
        state = blocker_state(found.value, self.approver.reader.task(blocker))
        if state is not BlockerState.OPEN:
            self.catching_up.perform([Settle(blocker, state)])
        self.bookmarks.note_seen(blocker, seen=True)
        self.github.keep(found)
