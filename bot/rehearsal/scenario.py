"""What a night to rehearse is made of: repositories, people, issues, what the model does, what must come out.

These models are the whole format of a scenario file; `bot.rehearsal.reading` reads one and names each mistake in
it, and `docs/scenarios.md` shows every key. An unknown key is refused, because a misspelt expectation that is
ignored would let a night pass unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.acts import (
    CiResult,
    Close,
    Comment,
    Count,
    Edit,
    InnerPath,
    Key,
    Labelling,
    Merge,
    OnIssue,
    Press,
    PullComment,
    Push,
    React,
    RepositoryName,
    Review,
    RoleChange,
)
from bot.rehearsal.contents import Content
from bot.rehearsal.documented import WRITING_ROLES
from bot.rehearsal.faults import Fault
from bot.rehearsal.places import Person, Repository, Team, at_least_one
from bot.rehearsal.strict_model import Seconds, StrictModel

Reason = Literal["author", "comment", "mention", "assign", "review_requested", "push", "state_change"]

# The rehearsal sets these itself: with another value it would have no GitHub, no model or no ledger.
RESERVED_SETTINGS = frozenset(
    {"GITHUB_API_URL", "GITHUB_TOKEN", "WEBHOOK_SECRET", "REPOSITORIES", "DATA_DIR", "HOST", "PORT"}
    | {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "DATABASE_URL"}
    | {"GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY_FILE"}
)

# The kinds of failure whose commits a draft pull request shows.
_SHOWS_WORK = (
    "session_timeout",
    "wall_clock_timeout",
    "stalled",
    "budget_exhausted",
    "task_blocked",
    "verification_failed",
)
_MENTION = re.compile(r"#\{([^{}\s]+)\}")


def mentions(text: str) -> tuple[str, ...]:
    """The keys of the issues that `text` mentions as `#{key}`."""
    return tuple(_MENTION.findall(text))


def with_numbers(text: str, number_of: Callable[[str], int]) -> str:
    """`text` with each `#{key}` as GitHub would write it: `#12`."""
    return _MENTION.sub(lambda match: f"#{number_of(match[1])}", text)


class Finish(StrictModel):
    """What the session reports of its end, through Claude Code's `StructuredOutput`."""

    status: Literal["complete", "blocked", "needs_info"]
    summary: str = ""
    questions: tuple[str, ...] = ()


class ApiError(StrictModel):
    """An error of the Messages API in the place of an answer."""

    status: Annotated[int, Field(ge=400, le=599)]
    type: str = "api_error"
    message: str = "The API failed, as the scenario asks."
    headers: dict[str, str] = Field(default_factory=dict)


class Turn(StrictModel):
    """One answer of the model: exactly one kind, except that `say` beside `tools` is the text before the calls."""

    say: str | None = None
    tools: Annotated[tuple[dict[str, dict[str, Any]], ...], AfterValidator(at_least_one)] | None = None
    finish: Finish | None = None
    error: ApiError | None = None
    hang: Seconds | None = None
    drop: Literal[True] | None = None
    times: Count = 1

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("tools", "finish", "error", "hang", "drop")
        self.exactly_one(*(kinds if self.say is None or self.tools is not None else ("say", *kinds)))
        for call in self.tools or ():
            if len(call) != 1:
                raise ValueError("a tool call is one name with its input, such as {Bash: {command: ls}}")
        return self

    @property
    def is_fault(self) -> bool:
        """Whether it stands in the place of an answer, so that Claude Code asks again for the same turn."""
        return self.error is not None or self.hang is not None or self.drop is not None


class Expect(StrictModel):
    """The state in which an issue must be when the night is over. Only keys that are given are checked, unless the
    default says otherwise."""

    task: bool = True  # False: the issue must not have become a task
    state: State | None = State.IN_REVIEW  # None: any
    failure: FailureKind | None = None  # None: no failure
    pull_request: bool | None = None  # None: as the state implies
    attempts: int | None = None
    # On the pushed branch; None: must not be there.
    files: dict[InnerPath, Content | None] = Field(default_factory=dict)
    verdict: Literal["verified", "not verified", "fails as before"] | None = None  # on the change in review
    refused: int = 0  # so many refusals of the gate at least
    comment: tuple[str, ...] = ()  # texts that the status comment must contain
    # By login, the reasons of the mails that the bot makes GitHub send about the issue and its pull request, in their
    # order; with it, a person who is not named gets none.
    notified: dict[str, tuple[Reason, ...]] | None = None
    replies: tuple[str, ...] = ()  # a text of each other comment of the bot on the issue, in their order
    # The same of its pull requests: comments first, then comments on lines, then reviews.
    pull_replies: tuple[str, ...] = ()
    may_follow: bool = False  # besides, it may say on these that it merged another base into them
    check_run: tuple[str, ...] = ()  # texts of the check run on the head of its pull request, of an App

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.failure is not None) != (self.state is State.FAILED):
            raise ValueError("state: failed and failure: KIND go together")
        return self

    @property
    def has_pull_request(self) -> bool | None:
        """None: it may have one."""
        if self.pull_request is not None or (self.task and self.state is None):
            return self.pull_request
        if self.state is State.FAILED and self.failure in _SHOWS_WORK:
            return True if self.failure == FailureKind.VERIFICATION_FAILED else None
        return self.task and self.state in (State.IN_REVIEW, State.DONE, State.CLOSED)


class When(StrictModel):
    """A moment: so many seconds after the start, or when an issue's task is in a state, or once a comment of the bot on
    an issue says something, or when the pull request of an issue is the next to merge, or after another moment."""

    seconds: Seconds | None = None
    issue: str | None = None
    state: State | None = None
    says: str | None = Field(default=None, min_length=1)
    ready: str | None = None
    calm: bool = True  # with `ready`: only while Nightshift is not at work in that repository
    moment: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.issue is None) == ((self.state is None) != (self.says is None)):
            raise ValueError("issue and state go together: when its task is in that state; or issue and says")
        self.exactly_one("seconds", "issue", "ready", "moment")
        return self


class Issue(StrictModel):
    """One issue: how it comes, what the model does in each attempt at it, and what must come of it."""

    key: Key
    repository: RepositoryName
    title: str
    body: str = ""
    author: str
    labels: tuple[str, ...] = ("auto",)
    labeled_by: str | None = None  # None: the issue is opened with its labels, as a template does it
    blocked_by: tuple[str, ...] = ()  # by GitHub's own relation; keys of issues
    parent: str | None = None  # the issue is its sub-issue
    when: When | None = None  # None: before the night begins
    attempts: tuple[tuple[Turn, ...], ...] = ()
    ci: tuple[tuple[CiResult, ...], ...] = ()  # for each commit that becomes the head of its pull request
    expect: Expect = Expect()


ACTIONS = (
    *("comment", "label", "unlabel", "edit", "close", "reopen"),
    *("merge", "close_pull_request", "reopen_pull_request", "delete_branch", "review", "pull_comment", "push"),
    *("react", "press", "role", "fault"),
)


class Moment(StrictModel):
    """Something that happens during the night. With a `key`, another moment can follow it."""

    key: Key | None = None
    when: When
    comment: Comment | None = None
    label: Labelling | None = None
    unlabel: Labelling | None = None
    edit: Edit | None = None
    close: Close | None = None
    reopen: OnIssue | None = None
    merge: Merge | None = None
    close_pull_request: OnIssue | None = None
    reopen_pull_request: OnIssue | None = None
    delete_branch: OnIssue | None = None
    review: Review | None = None
    pull_comment: PullComment | None = None
    push: Push | None = None
    react: React | None = None
    press: Press | None = None
    role: RoleChange | None = None
    fault: Fault | None = None

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        self.exactly_one(*ACTIONS)
        return self

    @property
    def action(self) -> str:
        return self.exactly_one(*ACTIONS)


def _setting(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected text or a number")  # noqa: TRY004 - pydantic reports no TypeError
    return str(value)


class Scenario(StrictModel):
    """A whole night."""

    name: str = "night"
    seconds: Seconds = 120  # the night ends then, whatever is still running, and has failed
    settings: dict[str, Annotated[str, BeforeValidator(_setting)]] = Field(default_factory=dict)
    app: bool = False  # the bot is a GitHub App; otherwise it has a token
    repositories: Annotated[tuple[Repository, ...], AfterValidator(at_least_one)]
    people: Annotated[tuple[Person, ...], AfterValidator(at_least_one)]
    teams: tuple[Team, ...] = ()
    issues: Annotated[tuple[Issue, ...], AfterValidator(at_least_one)]
    moments: tuple[Moment, ...] = ()
    faults: tuple[Fault, ...] = ()
    # A text of each of the first lines of the issue that tells what the night came to; None: the night makes none.
    digest: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _only_apps_have_buttons(self) -> Self:
        if not self.app and any(moment.press is not None for moment in self.moments):
            raise ValueError("a press needs app: true, since GitHub takes check runs from Apps alone")
        return self

    def may_write(self, login: str, repository: str) -> bool | None:
        """Whether a person may give commands there; None where their role changes during the night."""
        changes = [moment.role for moment in self.moments if moment.role is not None]
        if any((change.person, change.repository) == (login, repository) for change in changes):
            return None
        return any(each.login == login and each.roles.get(repository) in WRITING_ROLES for each in self.people)
