"""Lets GitHub make the commits of a publication again: those of an App it signs, and no key of the host could.

What was judged and what GitHub made have the same files, words and parents, which is checked; their names differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.adapters.git import Mirror
from bot.adapters.git.commits import Commit
from bot.adapters.git.made_by_github import bring, find_unsigned, read_tree, require_same, send_unsigned
from bot.adapters.github import GitHub
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.steps.publication import Publication

_UNSIGNED = (
    "GitHub made the commits and did not sign them. On an Enterprise Server its administrator enables that; without, "
    "set `SIGNED_BY_GITHUB` to `off`."
)


def let_sign(
    github: GitHub, mirror: Mirror, issue: IssueRef, publication: Publication, confirm: Callable[[], None]
) -> Publication:
    """The same publication with commits that GitHub has signed; as it is, if it has no others. Repeating it changes
    nothing on GitHub. `confirm`: called before each write. Raises GitHubFailed, and TaskFailed as a push does."""
    commits = find_unsigned(mirror, publication.head, there=_there(publication))
    if not commits:
        return publication
    branch = github.branches.of(issue)
    confirm()
    with send_unsigned(mirror, publication.head, branch):
        made = _make_again(github, mirror, issue.repository, commits, confirm)
        head = made.get(publication.head, publication.head)
        bring(mirror, head, branch)
    for commit in commits:
        require_same(mirror, commit, made[commit.name], _now(commit, made))
    below = publication.below_commit
    return replace(publication, head=head, below_commit=made.get(below, below) if below is not None else None)


def _there(publication: Publication) -> list[str]:
    """Commits of the branch, and of the one that it builds on. What merges several of them is made by the bot."""
    below = publication.below_commit if not publication.below_parts else None
    return [name for name in (publication.replaces, below) if name is not None]


def _make_again(
    github: GitHub, mirror: Mirror, repository: str, commits: Sequence[Commit], confirm: Callable[[], None]
) -> dict[str, str]:
    """What GitHub made of each."""
    made = dict[str, str]()
    for commit in commits:
        confirm()
        tree = github.create_tree(repository, read_tree(mirror, commit.tree))
        again = github.create_commit(repository, message=commit.message, tree=tree, parents=_now(commit, made))
        if not again.is_signed:
            raise TaskFailed(FailureKind.PUSH_REJECTED, _UNSIGNED)
        made[commit.name] = again.name
    return made


def _now(commit: Commit, made: Mapping[str, str]) -> list[str]:
    return [made.get(parent, parent) for parent in commit.parents]
