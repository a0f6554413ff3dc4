"""Adds what an issue waits for by GitHub's own relations to what its text names.

They are asked for only where the issue itself says that it has any. What must not be named, since it is in a repository
that not everyone who reads the issue may read, is one hidden blocker; so is what GitHub does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.facts import IssueFacts, RelationCounts
from bot.core.labels import LabelSet
from bot.core.native_relations import find_related, hidden_blocker, hides_blockers, join_blockers
from bot.core.references import IssueRef, is_repository
from bot.core.stacking import BlockerState, blocker_state
from bot.core.tasks import Blocker


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedIssues:
    store: Store
    github: GitHub
    labels: LabelSet

    def add_to(self, issue: IssueRef, named: Sequence[Blocker], counts: RelationCounts) -> tuple[Blocker, ...]:
        """Raises GitHubFailed for an outage."""
        try:
            related = self._read(issue, counts)
        except GitHubFailed as error:
            if error.transient:
                raise
            related = [hidden_blocker(issue)]
        return join_blockers(issue, named, related, may_show=lambda each: self._may_show(issue, each))

    def _read(self, issue: IssueRef, counts: RelationCounts) -> list[Blocker]:
        blocked_by = self.github.blocked_by(issue) if counts.blockers else None
        children = self.github.sub_issues(issue) if counts.open_sub_issues else None
        wanted = [each for each in children or () if self.labels.is_wanted(each)]
        found = find_related(issue, blocked_by or (), wanted, self.github.account.knows)
        related = [self._blocker(each, facts, issue) for each, facts in found.items()]
        # Also where GitHub counts blockers and lists none, or lists them without saying where they are.
        hides = hides_blockers(counts, [each for each in blocked_by or () if is_repository(each.repository)])
        return [*related, *([hidden_blocker(issue)] if hides else [])]

    def _blocker(self, blocker: IssueRef, facts: IssueFacts, issue: IssueRef) -> Blocker:
        with self.store.read() as ledger:
            was_done = ledger.removed_tasks.was_done(blocker)
            state = BlockerState.COMPLETED if was_done else blocker_state(facts, ledger.tasks.find(blocker))
            met = ledger.blockers.is_met(state, blocker, issue)
        return Blocker(issue=blocker, met=met and blocker != issue)

    def _may_show(self, issue: IssueRef, other: IssueRef) -> bool:
        """Whether all who read the issue may read that one."""
        if other.repository == issue.repository:
            return True
        try:
            return self.github.repository(other.repository).is_public
        except GitHubFailed as error:
            if error.transient:
                raise
            return False
