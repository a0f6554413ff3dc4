"""In which order open pull requests are reviewed, so that each can be merged when its turn comes, and how long that
takes. Pure.

What another one builds on comes first. Of those that could come next, the one that most tasks wait for does, then the
best verdict, then the shortest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.core.checks import CheckStanding
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict

Pair = tuple[IssueRef, IssueRef]
_STANDINGS = (CheckStanding.VERIFIED, CheckStanding.FAILS_AS_BEFORE, CheckStanding.NOT_VERIFIED)
# Our estimate: careful reading takes some ten lines a minute, a removed line is read faster, and each file has to be
# understood where it stands.
_TO_BEGIN, _A_FILE, _ADDED, _REMOVED, _DOUBT = 1.0, 0.5, 0.1, 0.03, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReview:
    """A pull request in review. `merge_first`: the open ones that it builds on; `conflicts`: those beside which git
    cannot merge it; `unblocks`: the issues that wait for it. `minutes`: to read it, None where its size is
    not on record. `is_new`: since the night began."""

    issue: IssueRef
    pull_request: IssueRef
    title: str
    verdict: ShortVerdict | None = None
    merge_first: tuple[IssueRef, ...] = ()
    conflicts: tuple[IssueRef, ...] = ()
    unblocks: tuple[IssueRef, ...] = ()
    is_new: bool = True

    @property
    def minutes(self) -> int | None:
        return reading_minutes(self.verdict)


def reading_minutes(verdict: ShortVerdict | None) -> int | None:
    """At least one. A change that no check verifies, or with files to look at first, takes longer."""
    if verdict is None or verdict.size is None:
        return None
    size = verdict.size
    doubt = _DOUBT if verdict.flagged or verdict.standing is not CheckStanding.VERIFIED else 0.0
    return math.ceil(_TO_BEGIN + _A_FILE * size.files + _ADDED * size.added + _REMOVED * size.removed + doubt)


def order_reviews(reviews: Iterable[WaitingReview]) -> tuple[WaitingReview, ...]:
    """Pull requests that build on each other in a circle come in the order of the others."""
    left, ordered = sorted(reviews, key=_rank), list[WaitingReview]()
    while left:
        waiting = {each.pull_request for each in left}
        following = next((each for each in left if waiting.isdisjoint(each.merge_first)), left[0])
        left.remove(following)
        ordered.append(following)
    return tuple(ordered)


def conflicts_of(pull_request: IssueRef, pairs: Collection[Pair]) -> tuple[IssueRef, ...]:
    """The other one of each pair that it belongs to."""
    others = {two if one == pull_request else one for one, two in pairs if pull_request in (one, two)}
    return tuple(sorted(others - {pull_request}))


def total_minutes(reviews: Sequence[WaitingReview]) -> int:
    return sum(each.minutes or 0 for each in reviews)


def _rank(review: WaitingReview) -> tuple[int, int, bool, int, IssueRef]:
    verdict = review.verdict
    standing = _STANDINGS.index(verdict.standing) if verdict is not None else len(_STANDINGS)
    minutes = review.minutes
    return -len(review.unblocks), standing, minutes is None, minutes or 0, review.issue
