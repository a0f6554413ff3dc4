"""What GitHub says right now, as values: the view that decisions are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.references import IssueRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something. `id` is GitHub's number, which outlives a renamed login."""

    login: str
    id: int
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """`kilobytes`: its size as GitHub counts it now and then, with its history. `is_public`: every account may read
    it. `id`: GitHub's number, which outlives the name; 0 if it was not shown."""

    full_name: str
    default_branch: str
    archived: bool
    kilobytes: int = 0
    is_public: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCounts:
    """How many relations of GitHub's own an issue has. `blockers`: what it is blocked by, `open_blockers` of which are
    open; `open_sub_issues`: sub-issues that are open."""

    blockers: int = 0
    open_blockers: int = 0
    open_sub_issues: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFacts:
    """One issue. `state_reason` is GitHub's: completed, not_planned, duplicate, reopened or None. `repository`: where
    it is; empty if that was not shown. `id`: GitHub's, which its relations go by. `relations` None: the host does not
    count them. `parent`: the issue whose sub-issue it is, where that was shown."""

    number: int
    title: str
    body: str
    is_open: bool
    author: Actor
    labels: frozenset[str]
    comments: int
    updated_at: datetime
    state_reason: str | None = None
    is_pull_request: bool = False
    merged_at: datetime | None = None
    repository: str = ""
    id: int = 0
    relations: RelationCounts | None = None
    parent: IssueRef | None = None

    @property
    def completed(self) -> bool:
        """Closed as completed; a pull request: merged. GitHub gives no reason for what was closed before reasons
        existed."""
        if self.is_pull_request:
            return self.merged_at is not None
        return not self.is_open and self.state_reason in {None, "completed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFacts:
    id: int
    issue: int
    body: str
    author: Actor
    created_at: datetime
    updated_at: datetime | None = None  # a comment from a webhook is new, so it has none
    likes: int = 0  # how many accounts reacted with 👍


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One account's reaction to a comment."""

    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestFacts:
    """`head`: the commit that its branch is at. `base`: the branch that it merges into; `base_commit`: where that was
    when GitHub last compared them. `mergeable`: False for a conflict; None where GitHub has not found out yet, and in a
    listing. `reviewers` and `teams`: the logins and slugs of those whose review is requested. `is_stacked`: it is part
    of a native stack, in which GitHub itself moves bases and commits."""

    number: int
    body: str
    head_branch: str
    is_open: bool
    merged_at: datetime | None
    author: Actor | None = None
    same_repository: bool = True  # not from a fork
    is_draft: bool = False
    head: str = ""
    base: str = ""
    base_commit: str = ""
    mergeable: bool | None = None
    reviewers: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    is_stacked: bool = False

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of an issue's history. `kind` is GitHub's: labeled, unlabeled, closed, reopened, renamed, …"""

    kind: str
    actor: Actor
    at: datetime
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFacts:
    """What lies in a folder, as GitHub lists it: `kind` is file, dir, symlink or submodule."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """One name in a folder of a git tree, in GitHub's words. `type`: blob, tree, or commit for a submodule."""

    path: str
    mode: str
    type: str
    sha: str
