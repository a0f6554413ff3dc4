"""Pull requests and pushes: what git's refs and GitHub's pull requests do to each other.

Every function is called under the world's lock and raises `Refused` for what GitHub would refuse. Git releases the lock
while it works, so what git says is asked first, and the state is read, checked and changed after it in one go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.rehearsal.github import notifications, payloads
from bot.rehearsal.github.bare import Commit, GitRefused
from bot.rehearsal.github.closing import closed_by, closed_by_description
from bot.rehearsal.github.issues import check_text, close_issue, edit_issue, make_stale, record, reopen_issue
from bot.rehearsal.github.records import PullRequest, Push
from bot.rehearsal.github.stored import Content
from bot.rehearsal.github.world import Json, Refused, Repository, World, invalid

NOTHING = "0" * 40  # git's word for a ref that is not there
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One ref that moved; `old` or `new` is NOTHING for a ref that came or went."""

    ref: str
    old: str
    new: str


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
        created_at=now,
        updated_at=now,
    )
    repository.issues[pull.number] = pull
    make_stale(world, repository, "pull_requests", pull.number)
    notifications.opened(world, repository, pull.number, actor=author, text=body)
    _tell(world, repository, pull, "opened", author)
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
    world: World, repository: Repository, number: int, actor: str, *, state: str | None = None, **texts: str | None
) -> PullRequest:
    repository.pull_request(number)
    if texts:
        edit_issue(world, repository, number, actor, **texts)
    if state == "closed":
        close_issue(world, repository, number, actor)
    elif state == "open":
        _check_reopenable(repository, repository.pull_request(number))
        reopen_issue(world, repository, number, actor)
    return repository.pull_request(number)


def merge_pull_request(world: World, repository: Repository, number: int, actor: str) -> PullRequest:
    """Merge with a merge commit, and close what its description says that it closes."""
    pull = repository.pull_request(number)
    if pull.state != "open":
        raise Refused(405, "Pull Request is not mergeable")
    old = repository.git.branch(pull.base) or NOTHING
    message = f"Merge pull request #{number} from {repository.owner}/{pull.head}\n\n{pull.title}"
    try:
        sha = repository.git.merge(pull.base, pull.head_sha, author=actor, message=message, now=world.now())
    except GitRefused as refusal:
        raise Refused(405, "Pull Request is not mergeable") from refusal
    pull = repository.pull_request(number)  # as it is now
    merged = replace(pull, merged_at=world.now(), merged_by=actor, merge_sha=sha)
    repository.issues[number] = merged
    record(world, repository, merged, "merged", actor, commit=sha)
    close_issue(world, repository, number, actor)
    pushed(world, repository, [Update(ref=HEADS + pull.base, old=old, new=sha)], actor)
    if pull.base == repository.default_branch:
        _close_linked(world, repository, pull, actor)
    return repository.pull_request(number)


def pushed(world: World, repository: Repository, updates: list[Update], actor: str) -> None:
    """What GitHub does when refs have moved: it sends webhooks, and updates the pull requests of these branches."""
    for update in updates:
        world.pushes.append(_keep(repository, update, actor))
        branch = update.ref.removeprefix(HEADS)
        if update.ref.startswith(HEADS) and update.new != NOTHING:
            _move_heads(world, repository, branch, update.new, actor)
        _tell_push(world, repository, update, actor)
        if branch == repository.default_branch and update.old != NOTHING:
            _close_named(world, repository, update, actor)
        if update.ref.startswith(HEADS) and update.new == NOTHING:
            _lose_heads(world, repository, branch, actor)


def _keep(repository: Repository, update: Update, actor: str) -> Push:
    name, now = repository.full_name, datetime.now(UTC)
    return Push(repository=name, actor=actor, ref=update.ref, old=update.old, new=update.new, at=now)


def linked_issues(repository: Repository, body: str | None) -> tuple[int, ...]:
    """The issues of this repository that a description says it closes."""
    return closed_by_description(body, repository.full_name)


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


def _check_reopenable(repository: Repository, pull: PullRequest) -> None:
    if pull.merged_at is not None:
        raise _custom("state cannot be changed. The pull request cannot be reopened.")
    if repository.git.branch(pull.head) is None:
        raise _custom(f"state cannot be changed. The {pull.head} branch has been deleted.")


def _custom(message: str) -> Refused:
    error: Json = {"resource": "PullRequest", "code": "custom", "message": message}
    return Refused(422, "Validation Failed", errors=[error])


def _close_linked(world: World, repository: Repository, pull: PullRequest, actor: str) -> None:
    for number in linked_issues(repository, pull.body):
        if number in repository.issues:
            close_issue(world, repository, number, actor)


def _close_named(world: World, repository: Repository, update: Update, actor: str) -> None:
    """Each commit that reaches the default branch closes what its message names."""
    for commit in _new_commits(repository, update):
        for number in closed_by(commit.message, repository.full_name):
            if number in repository.issues:
                close_issue(world, repository, number, actor)


def _move_heads(world: World, repository: Repository, branch: str, sha: str, actor: str) -> None:
    for number in [pull.number for pull in repository.pull_requests()]:
        pull = repository.pull_request(number)  # as it is now: telling of the one before has asked git
        if pull.state == "open" and pull.head == branch and pull.head_sha != sha:
            moved = replace(pull, head_sha=sha, updated_at=world.now())
            repository.issues[pull.number] = moved
            notifications.pushed(world, repository, pull.number, actor=actor)
            _tell(world, repository, moved, "synchronize", actor, before=pull.head_sha, after=sha)


def _lose_heads(world: World, repository: Repository, branch: str, actor: str) -> None:
    for pull in repository.pull_requests():
        if pull.state == "open" and pull.head == branch:
            record(world, repository, pull, "head_ref_deleted", actor)
            close_issue(world, repository, pull.number, actor)


def _tell(world: World, repository: Repository, pull: PullRequest, action: str, actor: str, **parts: str) -> None:
    body: Json = {"number": pull.number, "pull_request": payloads.pull_request(world, repository, pull), **parts}
    world.tell(repository, "pull_request", action, actor, body)


def _tell_push(world: World, repository: Repository, update: Update, actor: str) -> None:
    kind, name = ("branch", update.ref.removeprefix(HEADS)) if update.ref.startswith(HEADS) else ("tag", update.ref)
    here: Json = {"ref": name, "ref_type": kind, "pusher_type": "user"}
    if update.old == NOTHING:
        made = {**here, "master_branch": repository.default_branch, "description": None}
        world.tell(repository, "create", None, actor, made)
    if update.new == NOTHING:
        world.tell(repository, "delete", None, actor, here)
    world.tell(repository, "push", None, actor, _push(world, repository, update, actor))


def _push(world: World, repository: Repository, update: Update, actor: str) -> Json:
    commits = [_pushed_commit(world, repository, commit) for commit in _new_commits(repository, update)]
    web = f"{world.web_url}/{repository.full_name}"
    return {
        "ref": update.ref,
        "before": update.old,
        "after": update.new,
        "base_ref": None,
        "created": update.old == NOTHING,
        "deleted": update.new == NOTHING,
        "forced": _is_forced(repository, update),
        "compare": f"{web}/compare/{update.old[:12]}...{update.new[:12]}",
        "commits": commits,
        "head_commit": commits[-1] if commits else None,
        "pusher": {"name": actor, "email": f"{actor}@users.noreply.github.com"},
    }


def _new_commits(repository: Repository, update: Update) -> tuple[Commit, ...]:
    if update.new == NOTHING:
        return ()
    old = f"{HEADS}{repository.default_branch}" if update.old == NOTHING else update.old
    return repository.git.commits(f"{old}..{update.new}")


def _is_forced(repository: Repository, update: Update) -> bool:
    return NOTHING not in (update.old, update.new) and not repository.git.is_ancestor(update.old, update.new)


def _pushed_commit(world: World, repository: Repository, commit: Commit) -> Json:
    who = {"name": commit.author, "email": commit.email}
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.date,
        "url": f"{world.web_url}/{repository.full_name}/commit/{commit.sha}",
        "author": who,
        "committer": who,
        "added": [],
        "modified": [],
        "removed": [],
    }


def push_files(
    world: World,
    repository: Repository,
    branch: str,
    files: Mapping[str, Content | None],
    *,
    message: str,
    actor: str,
) -> str:
    """Push a commit to `branch` as `actor`; a new branch begins at the default one."""
    git = repository.git
    old, start = git.branch(branch) or NOTHING, git.branch(repository.default_branch)
    if old == NOTHING and start is not None:
        git.set_ref(HEADS + branch, start, old=NOTHING)
    sha = git.commit(branch, files, author=actor, message=message, now=world.now())
    pushed(world, repository, [Update(ref=HEADS + branch, old=old, new=sha)], actor)
    return sha


def delete_branch(world: World, repository: Repository, branch: str, actor: str) -> None:
    old = repository.git.branch(branch)
    if old is None:
        raise Refused(422, "Reference does not exist")
    repository.git.delete_ref(HEADS + branch, old=old)
    pushed(world, repository, [Update(ref=HEADS + branch, old=old, new=NOTHING)], actor)
