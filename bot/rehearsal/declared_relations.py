"""The relations between issues that a scenario declares, added on the simulated GitHub once both issues are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.references import IssueRef
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.scenario import Issue

_Relation = tuple[str, str, str]


@dataclass(slots=True)
class DeclaredRelations:
    """Adds each relation once: as GitHub's own, and not as a text."""

    github: SimulatedGitHub
    issues: Sequence[Issue]
    _added: set[_Relation] = field(init=False, default_factory=set)

    def add(self, opened: Mapping[str, IssueRef]) -> None:
        """`opened`: the issues that are open on GitHub, by their keys."""
        for issue in self.issues:
            related = [("blocked_by", key) for key in issue.blocked_by]
            related += [("parent", issue.parent)] if issue.parent else []
            for kind, key in related:
                if issue.key in opened and key in opened and (kind, issue.key, key) not in self._added:
                    self._added.add((kind, issue.key, key))
                    self._add(kind, opened[issue.key], opened[key], by=issue.labeled_by or issue.author)

    def _add(self, kind: str, issue: IssueRef, other: IssueRef, *, by: str) -> None:
        here, there = (issue.repository, issue.number), (other.repository, other.number)
        if kind == "blocked_by":
            self.github.block(here, there, by=by)
        else:
            self.github.add_sub_issue(there, here, by=by)
