"""Whom Nightshift asks to look at one of its pull requests: the approver, and those that the settings name.

GitHub sends a mail for a request of a review and for an assignment, and none to a person who was asked before. So a
person is either assigned or asked for a review when it becomes their turn, and not mentioned besides. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.core.facts import PullRequestFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestSettings:
    """What a repository's settings say of the bot's pull requests. `assignees` are logins; `reviewers` are logins, and
    teams as `OWNER/TEAM`. `draft`: every pull request is opened as a draft."""

    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReviewers:
    """Who was asked to look at the pull request for one rest of its task. `reviews`: from whom a review is requested,
    logins and teams, by any account. `refused` and `unassigned`: whom GitHub did not accept for a review, or did not
    assign. `is_reached`: no comment has to mention a person besides."""

    pull_request: int
    assigned: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unassigned: tuple[str, ...] = ()
    is_reached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is known before people are asked. `approver`: the person to notify, empty for none; `me`: the bot's login;
    `owner`: of the repository. `is_first`: no person was assigned to this pull request yet. `reviewed`: who gave a
    review of its newest commit, where an earlier try may have asked them already."""

    approver: str
    me: str
    owner: str
    is_first: bool = True
    reviewed: Collection[str] = ()


def find_assignees(settings: PullRequestSettings, asking: Asking) -> tuple[str, ...]:
    """Once for each pull request: people may take it from whom it was given to."""
    return _unique(settings.assignees) if asking.is_first else ()


def find_reviewers(
    settings: PullRequestSettings, asking: Asking, pull: PullRequestFacts, assigned: Collection[str]
) -> tuple[str, ...]:
    """Whose review is wanted. `assigned`: who learns of it by that. On a draft the approver is mentioned instead:
    GitHub may notify of a request only once it is ready for review."""
    wanted = (*settings.reviewers, asking.approver)
    if pull.is_draft:
        wanted = tuple(name for name in settings.reviewers if not _is_same(name, asking.approver))
    known = {*_lower(assigned), *_lower(asking.reviewed), ""}
    return tuple(name for name in _unique(wanted) if name.lower() not in known)


def find_outdated(
    asked: AskedReviewers, pull: PullRequestFacts, reviews: Collection[tuple[str, str]]
) -> tuple[str, ...]:
    """Who of those that were asked has reviewed the pull request, but not its newest commit, and has no request. None
    on a draft, as above. `reviews`: the login and the commit of each."""
    given = {login.lower() for login, _ in reviews}
    newest = {login.lower() for login, commit in reviews if commit == pull.head}
    named = _unique((*asked.assigned, *asked.reviews)) if not pull.is_draft else ()
    return tuple(name for name in named if name.lower() in given - newest - _lower(pull.reviewers))


def is_requested(name: str, asking: Asking, pull: PullRequestFacts) -> bool:
    """Whether the review is requested already, such as by the repository's CODEOWNERS."""
    teams = {f"{asking.owner}/{slug}".lower() for slug in pull.teams}
    return name.lower() in _lower(pull.reviewers) | teams


def is_acceptable(name: str, asking: Asking) -> bool:
    """Whether GitHub may accept a request: the author of a pull request gives no review, and a team is the owner's."""
    if is_team(name):
        return _is_same(name.partition("/")[0], asking.owner)
    return not _is_same(name, asking.me)


def is_reached(asking: Asking, pull: PullRequestFacts, assigned: Collection[str], reviews: Collection[str]) -> bool:
    """Whether the person whose turn it is learns of it from GitHub; without one, whether any person does. `reviews`:
    from whom a review was requested."""
    notified = {*_lower(assigned), *_lower(asking.reviewed)}
    if not pull.is_draft:
        notified |= _lower(reviews)
    return asking.approver.lower() in notified if asking.approver else bool(notified or reviews)


def is_team(name: str) -> bool:
    return "/" in name


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """The first of those that differ in case alone."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.lower(), name)
    return tuple(found.values())


def _lower(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}


def _is_same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
