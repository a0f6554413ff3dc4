"""Asks people to look at a pull request: requests reviews, assigns, and takes a request back once the task goes on.

Every step is safe to repeat: GitHub tells a person once of a request or an assignment, however often it is made. After
a try whose answer was lost, who has reviewed the newest commit since is not asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.facts import Actor, PullRequestFacts
from bot.core.references import IssueRef
from bot.core.reviewers import (
    AskedReviewers,
    Asking,
    PullRequestSettings,
    find_assignees,
    find_outdated,
    find_reviewers,
    is_acceptable,
    is_reached,
    is_requested,
    is_team,
)

_log = logging.getLogger(__name__)

_REFUSALS = frozenset({403, 404, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewers:
    """Every method raises GitHubFailed."""

    store: Store
    github: GitHub
    me: Actor
    reached: Reached

    def ask(self, pull: IssueRef, approver: str, *, is_first: bool, may_have_asked: bool) -> AskedReviewers | None:
        """Ask the approver (empty for none) and those whom the repository's settings name. None where the pull request
        is merged or closed: then no person has to act. `is_first`: no person was assigned to this pull request yet;
        `may_have_asked`: an earlier try may have asked."""
        shown = self.github.pull_request(pull.repository, pull.number)
        if not shown.is_open:
            return None
        asking = Asking(
            approver=approver,
            me=self.me.login,
            owner=pull.repository.partition("/")[0],
            is_first=is_first,
            reviewed=self._find_reviewed(pull, shown) if may_have_asked else (),
        )
        with self.store.read() as ledger:
            settings = ledger.pull_request_settings.of(pull.repository)
        asked = self._assign(pull, AskedReviewers(pull_request=pull.number), find_assignees(settings, asking))
        asked = self._request(pull, asked, settings, asking, shown)
        self.reached(Checkpoint.REVIEWS_REQUESTED, str(pull))
        return replace(asked, is_reached=is_reached(asking, shown, asked.assigned, asked.reviews))

    def ask_again(self, pull: IssueRef, asked: AskedReviewers) -> bool:
        """After a repair, ask those for another review who gave one of an earlier commit: the others still have a
        request, or an assignment, to which they have not replied. False where the pull request is merged or closed."""
        shown = self.github.pull_request(pull.repository, pull.number)
        reviews = [(each.author.login, each.commit) for each in self.github.reviews(pull)]
        if shown.is_open and (names := find_outdated(asked, shown, reviews)):
            self._is_refused(lambda: self._request_reviews(pull, names))
        return shown.is_open

    def _find_reviewed(self, pull: IssueRef, shown: PullRequestFacts) -> frozenset[str]:
        return frozenset(each.author.login for each in self.github.reviews(pull) if each.commit == shown.head)

    def _assign(self, pull: IssueRef, asked: AskedReviewers, logins: Sequence[str]) -> AskedReviewers:
        if not logins:
            return asked
        there = set[str]()
        self._is_refused(lambda: there.update(login.lower() for login in self.github.assign(pull, logins)))
        return replace(
            asked,
            assigned=tuple(login for login in logins if login.lower() in there),
            unassigned=tuple(login for login in logins if login.lower() not in there),
        )

    def _request(
        self,
        pull: IssueRef,
        asked: AskedReviewers,
        settings: PullRequestSettings,
        asking: Asking,
        shown: PullRequestFacts,
    ) -> AskedReviewers:
        """All in one request; one by one where GitHub refuses them together: it answers 422 to all for one of them
        (kubernetes/test-infra#15811)."""
        names = find_reviewers(settings, asking, shown, asked.assigned)
        already = [name for name in names if is_requested(name, asking, shown)]
        accepted = [name for name in names if name not in already and is_acceptable(name, asking)]
        if accepted and self._is_refused(lambda: self._request_reviews(pull, accepted)):
            one_by_one = accepted if len(accepted) > 1 else []
            accepted = [name for name in one_by_one if not self._is_refused(self._requesting(pull, name))]
        requested = (*already, *accepted)
        return replace(asked, reviews=requested, refused=tuple(name for name in names if name not in requested))

    def _requesting(self, pull: IssueRef, name: str) -> Callable[[], None]:
        return lambda: self._request_reviews(pull, [name])

    def _request_reviews(self, pull: IssueRef, names: Sequence[str]) -> None:
        people, teams = _split(names)
        self.github.request_reviews(pull, people=people, teams=teams)

    def withdraw(self, asked: AskedReviewers, repository: str) -> None:
        """Take back what is still open of the requests, so that the next one tells the person again."""
        pull = IssueRef(repository, asked.pull_request)
        if not asked.reviews:
            return
        shown = self.github.pull_request(repository, pull.number)
        logins, slugs = ({name.lower() for name in names} for names in (shown.reviewers, shown.teams))
        people, teams = _split(asked.reviews)
        people = [login for login in people if login.lower() in logins]
        teams = [slug for slug in teams if slug.lower() in slugs]
        if shown.is_open and (people or teams):
            self._is_refused(lambda: self.github.withdraw_review_requests(pull, people=people, teams=teams))

    def _is_refused(self, send: Callable[[], None]) -> bool:
        """Whether GitHub refuses it for good. Raises GitHubFailed for what may succeed later."""
        try:
            send()
        except GitHubFailed as error:
            if error.transient or error.status not in _REFUSALS:
                raise
            _log.warning("a person cannot be asked to look at a pull request: %s", error)
            return True
        return False


def _split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Logins, and the slugs of teams."""
    return [name for name in names if not is_team(name)], [name.partition("/")[2] for name in names if is_team(name)]
