"""What the simulated GitHub holds, as values: accounts, issues, pull requests, comments, labels and their history.

Records never change; the world replaces them. So what a caller has read stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum

from bot.rehearsal.github.app_records import App, Installation
from bot.rehearsal.github.teams import Team


class Barrier(Enum):
    """What closes an account or an organization to a good token."""

    SAML = "single sign-on"
    ALLOW_LIST = "allow list"
    SUSPENDED = "suspended"


class Role(IntEnum):
    """What an account may do in a repository; GitHub's `role_name` is the name in lower case."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    @property
    def label(self) -> str:
        return self.name.lower()

    @property
    def legacy(self) -> str:
        """The coarser word of the API's `permission` field."""
        return {Role.TRIAGE: "read", Role.MAINTAIN: "write"}.get(self, self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: int
    login: str
    kind: str = "User"  # or Bot, Organization
    created_at: datetime
    signing_keys: tuple[str, ...] = ()  # public SSH keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Scopes make it a classic token; permissions a fine-grained one; an installation makes it that app's."""

    value: str = field(repr=False)
    login: str
    scopes: tuple[str, ...] | None = None
    permissions: Mapping[str, str] | None = None
    repositories: tuple[str, ...] | None = None  # None: all that its account can see
    installation: Installation | None = None
    client: str | None = None  # the client id of the app that a person let have it
    expires_at: datetime | None = None
    known_from: datetime | None = None  # until then it is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`labels` are names and `assignees` logins, in the order in which they were put on."""

    id: int
    number: int
    title: str
    body: str | None
    author: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    state: str = "open"
    state_reason: str | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest(Issue):
    """Shares its number with issues, as on GitHub. `head` and `base` are branches, the others commits. `closes`: the
    issues to which its description linked it when it was saved. `reviewers` and `teams`: the logins and slugs of those
    whose review is asked for and who gave none since."""

    pull_id: int
    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool = False
    closes: tuple[int, ...] = ()
    reviewers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: int
    number: int  # of its issue or pull request
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`state`: APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED; webhooks spell it in small letters."""

    id: int
    number: int  # of its pull request
    author: str
    state: str
    body: str
    commit: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComment:
    """A comment on a line of the diff. `thread`: the id of the first comment of its thread, its own for that one.
    `commit`: the head that the comment was made on; `line` counts in its file."""

    id: int
    number: int  # of its pull request
    review: int
    thread: int
    author: str
    body: str
    path: str
    line: int
    hunk: str
    commit: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    id: int
    subject: tuple[str, int]  # ("issue", number), ("comment", id) or ("review comment", id)
    author: str
    content: str  # eyes, +1, …
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an issue's history. `person` and `team`: who is assigned or asked for a review."""

    id: int
    number: int
    kind: str  # labeled, unlabeled, closed, reopened, renamed, merged, head_ref_deleted, assigned, review_requested, …
    actor: str
    created_at: datetime
    label: Label | None = None
    renamed: tuple[str, str] | None = None
    state_reason: str | None = None
    commit: str | None = None
    person: str | None = None
    team: Team | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    id: int
    sha: str
    name: str
    app: App
    status: str
    conclusion: str | None
    details_url: str | None
    external_id: str | None
    started_at: datetime
    completed_at: datetime | None
    output: Mapping[str, str | None] = field(default_factory=dict)
    actions: tuple[Mapping[str, str], ...] = ()  # its buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Active rules for the branches that one of the globs `branches` fits: by type, with their parameters. `bypass`:
    the accounts for which they do not hold."""

    id: int
    name: str
    branches: tuple[str, ...]
    rules: Mapping[str, Mapping[str, object]]
    bypass: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSettings:
    """What a repository says of merges, by GitHub's names, and as new repositories have it."""

    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    delete_branch_on_merge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """`app` makes it that app's hook, for its installations; else it is a hook of `repositories` (None: all)."""

    id: int
    url: str
    secret: str = field(repr=False)
    repositories: tuple[str, ...] | None = None
    app: int | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook as it was sent, or not: `status` is None where no answer came, and `error` says why."""

    id: int
    guid: str
    hook: int
    event: str
    action: str | None
    repository: str | None
    body: bytes = field(repr=False)
    delivered_at: datetime
    seconds: float
    status: int | None
    error: str = ""
    redelivery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One ref that was moved. `old` or `new` is all zeros for a ref that came or went; `at` is by the host's clock, to
    be compared with what happened elsewhere."""

    repository: str
    actor: str
    ref: str
    old: str
    new: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call of the API. `actor` is the login behind the token, or the app's slug, or None."""

    method: str
    path: str
    status: int
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `number`: of the issue or pull request. `event`: what was done there, by `actor`. `reason`: why the
    person gets it, in GitHub's words: author, comment, mention, assign, review_requested, push, state_change."""

    repository: str
    number: int
    login: str
    reason: str
    event: str
    actor: str
