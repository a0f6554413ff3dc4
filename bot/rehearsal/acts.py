"""What people do during a rehearsed night, as a scenario file spells it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.core.references import is_repository
from bot.rehearsal.contents import Content
from bot.rehearsal.strict_model import StrictModel

_STATES = ("success", "failure", "error")  # of a status
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]


def _repository_name(name: str) -> str:
    if not is_repository(name):
        raise ValueError(f"{name!r} is not a repository: expected OWNER/REPO, such as octo/clock")
    return name


def _inner_path(path: str) -> str:
    if path.startswith("/") or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ValueError(f"{path!r} is not a path inside the repository, such as src/clock.py")
    return path


RepositoryName = Annotated[str, AfterValidator(_repository_name)]
InnerPath = Annotated[str, AfterValidator(_inner_path)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Count = Annotated[int, Field(ge=1, le=1000)]


class Comment(StrictModel):
    issue: str
    by: str
    text: str


class Labelling(StrictModel):
    issue: str
    by: str
    label: str = "auto"


class Edit(StrictModel):
    issue: str
    by: str
    title: str | None = None
    body: str | None = None


class Close(StrictModel):
    issue: str
    by: str
    reason: Literal["completed", "not_planned"] = "completed"


class OnIssue(StrictModel):
    """Something done to an issue, or to the pull request that Nightshift opened for it."""

    issue: str
    by: str


class Merge(OnIssue):
    """Of the pull request that Nightshift opened for the issue."""

    method: Literal["merge", "squash", "rebase"] = "merge"


class Push(StrictModel):
    """A commit on the branch that Nightshift owns for the issue, made by somebody else."""

    issue: str
    by: str
    files: dict[InnerPath, Content | None]  # None: removes the file


class LineComment(StrictModel):
    """A comment on a line of a file of the pull request that Nightshift opened for the issue."""

    path: InnerPath
    line: Count
    text: str


class Review(StrictModel):
    """A review of that pull request."""

    issue: str
    by: str
    event: Literal["approve", "request_changes", "comment"] = "comment"
    text: str = ""
    comments: tuple[LineComment, ...] = ()


class PullComment(StrictModel):
    """A comment on that pull request; with `path` and `line`, on a line of it."""

    issue: str
    by: str
    text: str
    path: InnerPath | None = None
    line: Count | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.path is None) != (self.line is None):
            raise ValueError("path and line go together")
        return self


class React(StrictModel):
    """A reaction to the last comment of the person `to` on the issue. GitHub sends no webhook for it."""

    issue: str
    by: str
    to: str
    content: Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"] = "+1"


class Press(StrictModel):
    """A button of a check run on the head of that pull request. It is pressed as soon as GitHub shows it."""

    issue: str
    by: str
    button: Literal["Retry", "More budget", "Stop"]


class CiResult(StrictModel):
    """What the continuous integration of others reports of a commit: a check run of an app, or a status of an
    account."""

    check: str | None = None
    status: str | None = None
    result: Literal[
        "success", "failure", "error", "timed_out", "cancelled", "skipped", "neutral", "action_required"
    ] = "failure"
    summary: str = ""  # what is said of it
    app: str = "github-actions"
    log: str | None = None  # of a job of GitHub Actions
    by: str | None = None  # the account of a status

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        self.exactly_one("check", "status")
        if (self.status is None) != (self.by is None):
            raise ValueError("status and by go together: the account that sets it")
        if self.status is not None and (self.log is not None or self.app != "github-actions"):
            raise ValueError("a status has no log and no app: only a check has")
        if self.status is not None and self.result not in _STATES:
            raise ValueError(f"the result of a status is one of {', '.join(_STATES)}")
        if self.check is not None and self.result == "error":
            raise ValueError("only a status ends in error; a check fails or is timed_out")
        return self


class RoleChange(StrictModel):
    person: str
    repository: RepositoryName
    role: Role
