"""All that the simulated GitHub knows. Its state is read and changed under `lock`, which git releases (`lock.py`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.rehearsal.github.app_records import App, Authorization, Installation, Registration
from bot.rehearsal.github.bare import BareRepository
from bot.rehearsal.github.faults import Faults
from bot.rehearsal.github.limits import RateLimits
from bot.rehearsal.github.lock import WorldLock
from bot.rehearsal.github.records import (
    Account,
    Barrier,
    CheckRun,
    Comment,
    Delivery,
    Event,
    Exchange,
    Hook,
    Issue,
    Label,
    Mail,
    MergeSettings,
    PullRequest,
    Push,
    Reaction,
    Review,
    ReviewComment,
    Role,
    Ruleset,
    Status,
    Token,
)
from bot.rehearsal.github.relations import Relations
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.teams import Team

Json = dict[str, Any]

_COPIED = (
    *("labels", "issues", "deleted", "comments", "reactions", "events"),
    *("reviews", "review_comments", "resolved"),
)
_REPLICA_SECONDS = 120.0  # for how long it is remembered how a repository was


class Refused(Exception):
    """GitHub's answer to what it will not do. `errors` are the details of a 422."""

    def __init__(self, status: int, message: str, *, errors: list[Json] | None = None) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.errors = errors


def not_found() -> Refused:
    return Refused(404, "Not Found")


def invalid(resource: str, field_name: str, code: str, message: str | None = None) -> Refused:
    """A 422 as GitHub words it. `code` is missing, missing_field, invalid, already_exists or custom."""
    error: Json = {"resource": resource, "code": code, "field": field_name}
    if message is not None:
        error["message"] = message
    return Refused(422, "Validation Failed", errors=[error])


@dataclass(slots=True, kw_only=True)
class Repository:
    """One repository with all that hangs on it. Issues and pull requests share `issues`, as they share numbers."""

    id: int
    full_name: str
    default_branch: str
    private: bool
    git: BareRepository
    created_at: datetime
    archived: bool = False
    has_drafts: bool = True  # private repositories of free accounts have no draft pull requests
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)  # by the name in lower case
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    comments: dict[int, Comment] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    review_comments: dict[int, ReviewComment] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)  # threads, by the id of their first comment
    reactions: dict[int, Reaction] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    disabled_workflows: set[str] = field(default_factory=set)  # their paths
    merging: MergeSettings = field(default_factory=MergeSettings)
    late_base_changes: int = 0  # of how many merged pull requests the dependents are closed before they get a new base
    has_stacks: bool = False  # whether the preview of native stacks is on
    stacks: dict[int, Stack] = field(default_factory=dict)
    rulesets: dict[int, Ruleset] = field(default_factory=dict)
    made_trees: set[str] = field(default_factory=set)  # which the API made
    job_logs: dict[int, str] = field(default_factory=dict)  # by the check run's id
    stale: dict[tuple[str, int], int] = field(default_factory=dict)  # what listings leave out, and how often yet
    mergeable: dict[tuple[str, str], bool | None] = field(default_factory=dict)  # by base and head; None: not known yet
    earlier: list[tuple[datetime, Repository]] = field(default_factory=list)  # as it was after each change

    @property
    def owner(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.split("/")[1]

    def issue(self, number: int) -> Issue:
        if number in self.deleted:
            raise Refused(410, "This issue was deleted")
        if number not in self.issues:
            raise not_found()
        return self.issues[number]

    def pull_request(self, number: int) -> PullRequest:
        found = self.issues.get(number)
        if not isinstance(found, PullRequest):
            raise not_found()
        return found

    def pull_requests(self) -> tuple[PullRequest, ...]:
        return tuple(issue for issue in self.issues.values() if isinstance(issue, PullRequest))

    def stack_of(self, number: int) -> Stack | None:
        """The native stack that a pull request is part of."""
        return next((stack for stack in self.stacks.values() if number in stack.pulls), None)

    def comment(self, comment_id: int) -> Comment:
        if comment_id not in self.comments:
            raise not_found()
        return self.comments[comment_id]

    def review(self, number: int, review_id: int) -> Review:
        found = self.reviews.get(review_id)
        if found is None or found.number != number:
            raise not_found()
        return found

    def reviews_of(self, number: int) -> tuple[Review, ...]:
        return tuple(review for review in self.reviews.values() if review.number == number)

    def review_comment(self, comment_id: int) -> ReviewComment:
        if comment_id not in self.review_comments:
            raise not_found()
        return self.review_comments[comment_id]

    def review_comments_on(self, number: int) -> tuple[ReviewComment, ...]:
        return tuple(comment for comment in self.review_comments.values() if comment.number == number)

    def comments_on(self, number: int) -> tuple[Comment, ...]:
        return tuple(comment for comment in self.comments.values() if comment.number == number)

    def reactions_to(self, subject: tuple[str, int]) -> tuple[Reaction, ...]:
        return tuple(reaction for reaction in self.reactions.values() if reaction.subject == subject)

    def next_number(self) -> int:
        return max([0, *self.issues, *self.deleted]) + 1

    def role(self, login: str | None) -> Role:
        """What an account may do here: any may read what is public, the owner may do everything."""
        if login is not None and login.lower() == self.owner.lower():
            return Role.ADMIN
        least = Role.NONE if self.private else Role.READ
        return max(least, self.roles.get((login or "").lower(), least))

    def remember(self, now: datetime) -> None:
        """Keep a copy of how it is now, for replicas that are behind. Records never change: a shallow one is enough.
        What is as it was is shared with the copy before."""
        oldest = now - timedelta(seconds=_REPLICA_SECONDS)
        self.earlier = [(at, then) for at, then in self.earlier if at > oldest]
        last = self.earlier[-1][1] if self.earlier else None
        copies: dict[str, Any] = {name: _copy(getattr(self, name), getattr(last, name, None)) for name in _COPIED}
        self.earlier.append((now, replace(self, **copies, earlier=[])))

    def as_of(self, moment: datetime) -> Repository:
        """How it was then: as it was left by the last change before. Its git is always as it is now."""
        before = [then for at, then in self.earlier if at <= moment]
        return before[-1] if before else self


def _copy(now: Any, before: Any) -> Any:
    return before if now == before else copy(now)


Listener = Callable[[Repository, str, str | None, str, Json], None]
Sender = Callable[[Delivery], None]


def _ignore_event(_repository: Repository | None, _event: str, _action: str | None, _actor: str, _parts: Json) -> None:
    """The default `tell`."""


def _ignore_delivery(_delivery: Delivery) -> None:
    """The default `send_again`."""


@dataclass(slots=True, kw_only=True)
class World:
    """`tell(repository, event, action, actor, parts)` is called after each change, for the webhooks; what they sent is
    in `deliveries`, in order, and `send_again` repeats one."""

    folder: Path
    clock: Callable[[], datetime]
    web_url: str
    tell: Listener = _ignore_event
    send_again: Sender = _ignore_delivery
    lock: WorldLock = field(default_factory=WorldLock)
    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    teams: dict[tuple[str, str], Team] = field(default_factory=dict)  # by owner and slug, in lower case
    apps: dict[int, App] = field(default_factory=dict)
    log_addresses: dict[str, tuple[datetime, str]] = field(default_factory=dict)  # since when, and what is there
    installations: dict[int, Installation] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)  # apps just made, by the code that shows them
    signed_in: str | None = None  # who looks at the pages
    authorizations: dict[str, Authorization] = field(default_factory=dict)  # by the code that stands for each
    authorized: set[tuple[int, str]] = field(default_factory=set)  # the apps that people let know them
    suspended: set[str] = field(default_factory=set)  # logins, in lower case
    barriers: dict[str, Barrier] = field(default_factory=dict)  # what closes an owner's repositories
    repositories: dict[str, Repository] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)  # former name -> name now
    moved_issues: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)  # repository's id and number
    hooks: dict[int, Hook] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    exchanges: list[Exchange] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    subscribers: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)  # by login, why
    violations: list[str] = field(default_factory=list)
    unmodelled: list[str] = field(default_factory=list)
    relations: Relations = field(default_factory=Relations)
    lists_counts: bool = True  # whether listings of issues count relations, as some have found that they do not
    shows_parents: bool = True  # whether a sub-issue names its parent, as GitHub describes it and may not do
    limits: RateLimits = field(default_factory=RateLimits)
    most_numbered: int = 10**9  # items of a listing whose pages have numbers; larger ones have cursors
    new_token_seconds: float = 0.0  # for which a new installation token is refused, with this status:
    refuses_new_tokens: int = 401
    enterprise: str = ""  # the version of a GitHub Enterprise Server, as which it is without rate limits
    # One count for all ids, far from any issue's number: a client that takes one for the other finds nothing.
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_001))

    @property
    def api_url(self) -> str:
        return f"{self.web_url}/api/v3"

    def next_id(self) -> int:
        return next(self._ids)

    def now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def rate(self, actor: str | None) -> dict[str, int]:
        """What is left of an actor's requests of this hour."""
        return self.limits.shown(actor, self.now())

    def account(self, login: str) -> Account:
        if login.lower() not in self.accounts:
            raise LookupError(f"there is no account {login!r} here: add_user({login!r}) first")
        return self.accounts[login.lower()]

    def team(self, owner: str, slug: str) -> Team | None:
        return self.teams.get((owner.lower(), slug.lower()))

    def repository(self, full_name: str) -> Repository:
        if full_name.lower() not in self.repositories:
            raise LookupError(f"there is no repository {full_name!r} here: add_repository({full_name!r}, …) first")
        return self.repositories[full_name.lower()]

    def installation_for(self, full_name: str) -> Installation | None:
        for installation in self.installations.values():
            if full_name in installation.repositories:
                return installation
        return None

    def hidden(self, repository: Repository, kind: str, key: int) -> bool:
        """Whether a listing leaves this out because a fault makes it stale. Each asking counts as one reading."""
        left = repository.stale.get((kind, key), 0)
        if left:
            repository.stale[kind, key] = left - 1
        return left > 0
