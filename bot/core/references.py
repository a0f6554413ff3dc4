"""Names of things on GitHub: `owner/repo`, `owner/repo#12`, `auto/12`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_HIDDEN = 2**31 - 1  # no repository gets that far, and every database holds it
_ISSUE = re.compile(rf"({_REPOSITORY.pattern})#([1-9][0-9]{{0,9}})")


@dataclass(frozen=True, slots=True, order=True)
class IssueRef:
    """One issue: `repository` is `owner/repo` as GitHub spells it, `number` counts from 1."""

    repository: str
    number: int

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"

    @property
    def is_hidden(self) -> bool:
        """Whether it stands for issues that must not be named, or cannot be."""
        return self.number == _HIDDEN


@dataclass(frozen=True, slots=True)
class OwnBranches:
    """The branches that the bot owns. `prefix` ends in a slash."""

    prefix: str = "auto/"

    def of(self, issue: IssueRef) -> str:
        return f"{self.prefix}{issue.number}"

    def include(self, branch: str) -> bool:
        return branch.startswith(self.prefix)

    def issue_of(self, repository: str, branch: str) -> IssueRef | None:
        """Whose branch it is; None for another one."""
        name = branch.removeprefix(self.prefix)
        return IssueRef(repository, int(name)) if self.include(branch) and name.isdecimal() else None


USUAL_BRANCHES = OwnBranches()


def parse_issue(text: str) -> IssueRef:
    """Read `owner/repo#12`. Raises ValueError that says what was expected."""
    match = _ISSUE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an issue: expected OWNER/REPO#NUMBER, such as octo/tools#12")
    return IssueRef(match[1], int(match[2]))


def hide_issue(repository: str) -> IssueRef:
    """What an issue of `repository` waits for in the place of what must not be named."""
    return IssueRef(repository, _HIDDEN)


def is_repository(text: str) -> bool:
    """Whether `text` has the shape `owner/repo` (and cannot step out of a folder named after it)."""
    if _REPOSITORY.fullmatch(text) is None:
        return False
    return all(part.strip(".") for part in text.split("/"))
