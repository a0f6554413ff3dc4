"""What an issue waits for by GitHub's own relations, joined with what its text names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.core.facts import IssueFacts, RelationCounts
from bot.core.references import IssueRef, hide_issue, is_repository
from bot.core.tasks import Blocker


def find_related(
    issue: IssueRef, blocked_by: Sequence[IssueFacts], sub_issues: Sequence[IssueFacts], ours: Callable[[str], bool]
) -> dict[IssueRef, IssueFacts]:
    """What the relations lead to, each issue once. Of the sub-issues, those are waited for that are in one of our
    repositories (`ours`): what they say elsewhere, its people decide."""
    children = [each for each in sub_issues if ours(each.repository)]
    found: dict[tuple[str, int], IssueFacts] = {}
    for facts in (*blocked_by, *children):
        if is_repository(facts.repository):
            found.setdefault((facts.repository.lower(), facts.number), facts)
    return {_spell(issue, facts): facts for facts in found.values()}


def hides_blockers(counts: RelationCounts, blocked_by: Sequence[IssueFacts]) -> bool:
    """Whether GitHub counts an open blocker that it does not list: the account may not see it. The totals are compared
    as well, since a blocker may have been closed between the count and the listing."""
    shown = sum(each.is_open for each in blocked_by)
    return counts.open_blockers > shown and counts.blockers > len(blocked_by)


def hidden_blocker(issue: IssueRef) -> Blocker:
    """In the place of what must not be named where `issue` is read."""
    return Blocker(issue=hide_issue(issue.repository))


def join_blockers(
    issue: IssueRef, named: Sequence[Blocker], related: Iterable[Blocker], *, may_show: Callable[[IssueRef], bool]
) -> tuple[Blocker, ...]:
    """One set: each issue once, the named ones first. One hidden blocker stands for all unmet ones that may not be
    shown: the status comment, its record and the ledger hold no trace of them."""
    known = {_key(blocker.issue) for blocker in named}
    more = [blocker for blocker in related if _key(blocker.issue) not in known]
    shown = [blocker for blocker in more if not blocker.issue.is_hidden and may_show(blocker.issue)]
    hidden = any(not blocker.met for blocker in more if blocker not in shown)
    return (*named, *shown, *([hidden_blocker(issue)] if hidden else []))


def _spell(issue: IssueRef, facts: IssueFacts) -> IssueRef:
    """A task has one spelling of its repository's name."""
    is_same = facts.repository.lower() == issue.repository.lower()
    return IssueRef(issue.repository if is_same else facts.repository, facts.number)


def _key(issue: IssueRef) -> tuple[str, int]:
    return issue.repository.lower(), issue.number
