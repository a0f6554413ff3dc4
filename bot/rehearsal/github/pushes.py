"""Pushes: what GitHub does when refs have moved, by a push, by its API or by a merge.

Every function is called under the world's lock; what `pulls.py` says of git holds here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.rehearsal.github import notifications
from bot.rehearsal.github.bare import Commit, GitRefused
from bot.rehearsal.github.bases import lose_base
from bot.rehearsal.github.closing import closed_by
from bot.rehearsal.github.issues import close_issue, record, tell
from bot.rehearsal.github.merged_pulls import merge_contained
from bot.rehearsal.github.records import Push
from bot.rehearsal.github.stored import Content
from bot.rehearsal.github.world import Json, Refused, Repository, World

NOTHING = "0" * 40  # git's word for a ref that is not there
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One ref that moved; `old` or `new` is NOTHING for a ref that came or went."""

    ref: str
    old: str
    new: str


def pushed(world: World, repository: Repository, updates: list[Update], actor: str) -> None:
    """What GitHub does when refs have moved: it sends webhooks, and updates the pull requests of these branches."""
    for update in updates:
        world.pushes.append(_keep(repository, update, actor))
        if not update.ref.startswith((HEADS, "refs/tags/")):  # GitHub tells of branches and tags alone
            continue
        branch = update.ref.removeprefix(HEADS)
        if update.ref.startswith(HEADS) and update.new != NOTHING:
            _move_heads(world, repository, branch, update.new, actor)
            merge_contained(world, repository, branch, update.new, actor)
        _tell_push(world, repository, update, actor)
        if branch == repository.default_branch and update.old != NOTHING:
            _close_named(world, repository, update, actor)
        if update.ref.startswith(HEADS) and update.new == NOTHING:
            _lose_heads(world, repository, branch, actor)
            lose_base(world, repository, branch, actor)


def _keep(repository: Repository, update: Update, actor: str) -> Push:
    name, now = repository.full_name, datetime.now(UTC)
    return Push(repository=name, actor=actor, ref=update.ref, old=update.old, new=update.new, at=now)


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
            base_sha = repository.git.branch(pull.base) or pull.base_sha  # a push to the head alone renews it
            if repository.git.is_ancestor(sha, base_sha):  # closed with the head that it had: dimikot/git-grok#30
                close_issue(world, repository, number, actor)
                continue
            before = repository.pull_request(number)  # git has released the lock
            if before.state != "open":
                continue
            moved = replace(before, head_sha=sha, base_sha=base_sha, updated_at=world.now())
            repository.issues[number] = moved
            notifications.pushed(world, repository, number, actor=actor)
            tell(world, repository, moved, "synchronize", actor, before=before.head_sha, after=sha)


def _lose_heads(world: World, repository: Repository, branch: str, actor: str) -> None:
    for pull in repository.pull_requests():
        if pull.state == "open" and pull.head == branch:
            record(world, repository, pull, "head_ref_deleted", actor)
            close_issue(world, repository, pull.number, actor)


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


def create_branch(world: World, repository: Repository, branch: str, start: str, actor: str) -> str:
    sha = repository.git.resolve(start)
    if sha is None:
        raise Refused(422, "Object does not exist")
    try:
        repository.git.set_ref(HEADS + branch, sha, old=NOTHING)
    except GitRefused as refusal:
        raise Refused(422, "Reference already exists") from refusal
    pushed(world, repository, [Update(ref=HEADS + branch, old=NOTHING, new=sha)], actor)
    return sha


def delete_branch(world: World, repository: Repository, branch: str, actor: str) -> None:
    old = repository.git.branch(branch)
    if old is None:
        raise Refused(422, "Reference does not exist")
    repository.git.delete_ref(HEADS + branch, old=old)
    pushed(world, repository, [Update(ref=HEADS + branch, old=old, new=NOTHING)], actor)
