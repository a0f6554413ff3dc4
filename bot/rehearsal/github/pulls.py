"""Pull requests: opened, edited, closed and reopened.

Every function is called under the world's lock and raises `Refused` for what GitHub would refuse. Git releases the lock
while it works, so what git says is asked first, and the state is read, checked and changed after it in one go.
"""

from __future__ import annotations

from dataclasses import replace

from bot.rehearsal.github import notifications
from bot.rehearsal.github.bases import change_base
from bot.rehearsal.github.closing import find_links
from bot.rehearsal.github.issues import check_text, close_issue, edit_issue, make_stale, reopen_issue, tell
from bot.rehearsal.github.pushes import HEADS
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.world import Json, Refused, Repository, World, invalid


def open_pull_request(
    world: World,
    repository: Repository,
    *,
    title: str,
    body: str | None,
    head: str,
    base: str,
    author: str,
    draft: bool = False,
) -> PullRequest:
    """`head` is a branch of this repository, bare or as `owner:branch`."""
    check_text("PullRequest", title=title, body=body)
    if draft and not repository.has_drafts:
        raise Refused(422, "Draft pull requests are not supported in this repository.")  # SWE-agent#179 shows it
    branch = head.removeprefix(f"{repository.owner}:")
    head_sha, base_sha = _find_ends(repository, branch, base)
    _check_only_one(repository, branch, base)  # no git from here on: of two at the same time one is refused
    now = world.now()
    pull = PullRequest(
        id=world.next_id(),
        pull_id=world.next_id(),
        number=repository.next_number(),
        title=title,
        body=body,
        author=author,
        head=branch,
        base=base,
        head_sha=head_sha,
        base_sha=base_sha,
        draft=draft,
        closes=find_links(repository, base=base, body=body),
        created_at=now,
        updated_at=now,
    )
    repository.issues[pull.number] = pull
    make_stale(world, repository, "pull_requests", pull.number)
    notifications.opened(world, repository, pull.number, actor=author, text=body)
    tell(world, repository, pull, "opened", author)
    return pull


def _find_ends(repository: Repository, branch: str, base: str) -> tuple[str, str]:
    """The commits of both branches. Raises Refused unless there is something to merge."""
    head_sha, base_sha = repository.git.branch(branch), repository.git.branch(base)
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    _check_commits(repository, branch, base, head_sha)
    return head_sha, base_sha


def edit_pull_request(
    world: World,
    repository: Repository,
    number: int,
    actor: str,
    *,
    state: str | None = None,
    base: str | None = None,
    **texts: str | None,
) -> PullRequest:
    """Of a request that closes and names a base, the first half is done and the second refused: go-github#3456."""
    pull = repository.pull_request(number)
    if base is not None and pull.state == "closed":
        change_base(world, repository, number, base, actor)  # refused even if it is to be reopened: mithril.js#2862
    if texts:
        edit_issue(world, repository, number, actor, **texts)
    if state == "closed":
        close_issue(world, repository, number, actor)
    elif state == "open" and pull.state == "closed":
        _reopen(world, repository, number, actor)
    if base is not None:
        change_base(world, repository, number, base, actor)
    return repository.pull_request(number)


def _check_only_one(repository: Repository, head: str, base: str) -> None:
    for pull in repository.pull_requests():
        if pull.state == "open" and (pull.head, pull.base) == (head, base):
            raise _custom(f"A pull request already exists for {repository.owner}:{head}.")


def _check_commits(repository: Repository, head: str, base: str, head_sha: str) -> None:
    _check_only_one(repository, head, base)
    if head == base or not repository.git.commits(f"{HEADS}{base}..{head_sha}"):
        raise _custom(f"No commits between {base} and {head}")
    if repository.git.merge_base(f"{HEADS}{base}", head_sha) is None:
        raise _custom(f"The {head} branch has no history in common with {base}")


def reopen(world: World, repository: Repository, number: int, actor: str) -> None:
    """An issue or a pull request, which share their operations."""
    if isinstance(repository.issue(number), PullRequest):
        edit_pull_request(world, repository, number, actor, state="open")
    else:
        reopen_issue(world, repository, number, actor)


def _reopen(world: World, repository: Repository, number: int, actor: str) -> None:
    """It shows what has been pushed to both branches meanwhile."""
    head_sha, base_sha = _check_reopenable(repository, repository.pull_request(number))
    pull = repository.pull_request(number)
    repository.issues[number] = replace(pull, head_sha=head_sha, base_sha=base_sha)
    reopen_issue(world, repository, number, actor)


def _check_reopenable(repository: Repository, pull: PullRequest) -> tuple[str, str]:
    """The commits of both branches. GitHub's words: pytorch/pytorch#114423 and cilium/cilium#47088; a head may have got
    more commits, and may not have lost any (isaacs/github#361)."""
    if pull.merged_at is not None:
        raise _refuse_state("The pull request cannot be reopened.")
    head_sha, base_sha = repository.git.branch(pull.head), repository.git.branch(pull.base)
    for branch, sha in ((pull.head, head_sha), (pull.base, base_sha)):
        if sha is None:
            raise _refuse_state(f"The {branch} branch has been deleted.")
    assert head_sha is not None and base_sha is not None, "both have just been looked at"  # noqa: S101 - for mypy
    if not repository.git.is_ancestor(pull.head_sha, head_sha):
        raise _refuse_state(f"The {pull.head} branch was force-pushed or recreated.")
    for other in repository.pull_requests():
        if (other.state, other.head, other.base) == ("open", pull.head, pull.base):
            raise _refuse_state(f"There is already an open pull request from {pull.head} to {pull.base}.")
    return head_sha, base_sha


def _refuse_state(reason: str) -> Refused:
    return invalid("PullRequest", "state", "custom", f"state cannot be changed. {reason}")


def _custom(message: str) -> Refused:
    error: Json = {"resource": "PullRequest", "code": "custom", "message": message}
    return Refused(422, "Validation Failed", errors=[error])
