"""Merges by GitHub's button and its API, and what becomes of the branch that was merged."""

from __future__ import annotations

from bot.rehearsal.github import merge_commits
from bot.rehearsal.github.bare import Commit, GitRefused
from bot.rehearsal.github.bases import move_dependents
from bot.rehearsal.github.merge_commits import Signature
from bot.rehearsal.github.merged_pulls import close_linked, mark_merged
from bot.rehearsal.github.pushes import HEADS, NOTHING, Update, delete_branch, pushed
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.world import Refused, Repository, World

# By method: the setting that allows it, and GitHub's words where it is off (Mergifyio/mergify#1812).
_METHODS = {
    "merge": ("allow_merge_commit", "Merge commits are not allowed on this repository."),
    "squash": ("allow_squash_merge", "Squash merges are not allowed on this repository."),
    "rebase": ("allow_rebase_merge", "Rebase merges are not allowed on this repository."),
}


def merge_pull_request(
    world: World,
    repository: Repository,
    number: int,
    actor: str,
    *,
    method: str = "merge",
    title: str | None = None,
    text: str | None = None,
) -> PullRequest:
    """`method` is merge, squash or rebase; `title` and `text` are the message's, None: as GitHub proposes them."""
    pull = repository.pull_request(number)
    setting, refusal = _METHODS[method]
    if not getattr(repository.merging, setting):
        raise Refused(405, refusal)
    if pull.state != "open":
        raise Refused(405, "Pull Request is not mergeable")
    old = repository.git.branch(pull.base) or NOTHING
    sha = _make_commits(world, repository, pull, actor, (old, method, title, text))
    try:
        repository.git.set_ref(HEADS + pull.base, sha, old=old)
    except GitRefused as moved:
        raise Refused(405, "Base branch was modified. Review and try the merge again.") from moved
    mark_merged(world, repository, repository.pull_request(number), actor, sha)
    pushed(world, repository, [Update(ref=HEADS + pull.base, old=old, new=sha)], actor)
    close_linked(world, repository, repository.pull_request(number), actor)
    if repository.merging.delete_branch_on_merge and pull.head != repository.default_branch:
        delete_head_branch(world, repository, number, actor)
    return repository.pull_request(number)


def delete_head_branch(world: World, repository: Repository, number: int, actor: str) -> None:
    """GitHub's button below a pull request that is merged or closed."""
    pull = repository.pull_request(number)
    if pull.state == "open":
        raise Refused(422, "The pull request is open: its page has no button that deletes its branch.")
    if pull.merged_at is not None:
        move_dependents(world, repository, pull, actor)
    delete_branch(world, repository, pull.head, actor)


def _make_commits(
    world: World,
    repository: Repository,
    pull: PullRequest,
    actor: str,
    asked: tuple[str, str, str | None, str | None],
) -> str:
    """Returns the commit to which the base is to be moved."""
    base, method, title, text = asked
    git, now = repository.git, world.now()
    both = Signature(author=actor, committer=actor, now=now)
    try:
        if method == "rebase":
            return merge_commits.rebase(git, base, pull.head_sha, signature=both)
        if method == "squash":
            message = _squash_message(pull, git.commits(f"{base}..{pull.head_sha}"), title, text)
            one = Signature(author=pull.author, committer=actor, now=now)
            return merge_commits.squash(git, base, pull.head_sha, message=message, signature=one)
        proposed = f"Merge pull request #{pull.number} from {repository.owner}/{pull.head}"
        message = _message(title or proposed, pull.title if text is None else text)
        return merge_commits.merge(git, base, pull.head_sha, message=message, signature=both)
    except GitRefused as refusal:
        said = "This branch can't be rebased" if method == "rebase" else "Pull Request is not mergeable"
        raise Refused(405, said) from refusal


def _squash_message(pull: PullRequest, commits: tuple[Commit, ...], title: str | None, text: str | None) -> str:
    """One commit is proposed as it is, several as the pull request's title and a list:
    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges#merge-message-for-a-squash-merge
    """
    subjects = [commit.message.partition("\n") for commit in commits]
    if len(commits) == 1:
        subject, body = subjects[0][0], subjects[0][2].strip("\n")
    else:
        subject, body = pull.title, "\n\n".join(f"* {commit.message}" for commit in commits)
    return _message(title or f"{subject} (#{pull.number})", body if text is None else text)


def _message(title: str, text: str) -> str:
    return f"{title}\n\n{text}".strip()
