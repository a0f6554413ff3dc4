"""What people and bots do with issues: open, edit, label, close, comment, react. Each sends webhooks.

Every function is called under the world's lock and raises `Refused` for what GitHub would refuse. A webhook about a
pull request asks git, which releases the lock: read the issue again after sending one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.rehearsal.github import notifications, payloads
from bot.rehearsal.github.closing import find_links
from bot.rehearsal.github.conversations import check_may_speak
from bot.rehearsal.github.faults import StaleReads
from bot.rehearsal.github.records import Comment, Event, Issue, Label, PullRequest, Reaction
from bot.rehearsal.github.teams import Team
from bot.rehearsal.github.world import Json, Repository, World, invalid, not_found

TITLE_LIMIT = 256
BODY_LIMIT = 65536
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def open_issue(
    world: World, repository: Repository, *, title: str, body: str | None, author: str, labels: Iterable[str] = ()
) -> Issue:
    """Open an issue with labels on it from the start, as a template does it."""
    check_text("Issue", title=title, body=body)
    now = world.now()
    issue = Issue(
        id=world.next_id(),
        number=repository.next_number(),
        title=title,
        body=body,
        author=author,
        labels=tuple(find_or_make_label(world, repository, name, author).name for name in labels),
        created_at=now,
        updated_at=now,
    )
    repository.issues[issue.number] = issue
    notifications.opened(world, repository, issue.number, actor=author, text=body)
    tell(world, repository, issue, "opened", author)
    for name in issue.labels:
        _record_label(world, repository, issue, repository.labels[name.lower()], action="labeled", actor=author)
    return issue


def edit_issue(world: World, repository: Repository, number: int, actor: str, **texts: str | None) -> Issue:
    """Change `title`, `body` or both. What is saved as it was changes nothing."""
    before = repository.issue(number)
    check_text("Issue", title=texts.get("title", before.title), body=texts.get("body", before.body))
    changes = {name: {"from": getattr(before, name) or ""} for name in texts if texts[name] != getattr(before, name)}
    if not changes:
        return before
    issue = _replace(world, repository, before, **texts)
    if "body" in changes and isinstance(issue, PullRequest):
        issue = replace(issue, closes=find_links(repository, base=issue.base, body=issue.body))
        repository.issues[number] = issue
    if "title" in changes:
        record(world, repository, issue, "renamed", actor, renamed=(before.title, issue.title))
    tell(world, repository, issue, "edited", actor, changes=changes)
    return issue


def close_issue(world: World, repository: Repository, number: int, actor: str, reason: str = "completed") -> Issue:
    before = repository.issue(number)
    if before.state == "closed":
        return before
    pull = isinstance(before, PullRequest)
    now = world.now()
    issue = _replace(
        world,
        repository,
        before,
        state="closed",
        state_reason=None if pull else reason,
        closed_at=now,
        closed_by=actor,
    )
    notifications.state_changed(world, repository, number, actor=actor, event="closed")
    record(world, repository, issue, "closed", actor, state_reason=issue.state_reason)
    tell(world, repository, issue, "closed", actor)
    return issue


def reopen_issue(world: World, repository: Repository, number: int, actor: str) -> Issue:
    before = repository.issue(number)
    if before.state == "open":
        return before
    reason = None if isinstance(before, PullRequest) else "reopened"
    issue = _replace(world, repository, before, state="open", state_reason=reason, closed_at=None, closed_by=None)
    notifications.state_changed(world, repository, number, actor=actor, event="reopened")
    record(world, repository, issue, "reopened", actor)
    tell(world, repository, issue, "reopened", actor)
    return issue


def delete_issue(world: World, repository: Repository, number: int, actor: str) -> None:
    issue = repository.issue(number)
    del repository.issues[number]
    repository.deleted.add(number)
    tell(world, repository, issue, "deleted", actor)


def add_labels(world: World, repository: Repository, number: int, names: Iterable[str], actor: str) -> Issue:
    """Put labels on; those that the repository does not know come into being, as on GitHub."""
    repository.issue(number)
    for name in names:
        label = find_or_make_label(world, repository, name, actor)
        issue = repository.issue(number)
        if label.name not in issue.labels:
            issue = _replace(world, repository, issue, labels=(*issue.labels, label.name))
            _record_label(world, repository, issue, label, action="labeled", actor=actor)
    return repository.issue(number)


def remove_label(world: World, repository: Repository, number: int, name: str, actor: str) -> Issue:
    issue = repository.issue(number)
    label = repository.labels.get(name.lower())
    if label is None or label.name not in issue.labels:
        raise not_found_label()
    left = tuple(other for other in issue.labels if other != label.name)
    issue = _replace(world, repository, issue, labels=left)
    _record_label(world, repository, issue, label, action="unlabeled", actor=actor)
    return issue


def set_labels(world: World, repository: Repository, number: int, names: Iterable[str], actor: str) -> Issue:
    """Exactly these labels from now on."""
    wanted = list(names)
    kept = {name.lower() for name in wanted}
    for name in repository.issue(number).labels:
        if name.lower() not in kept:
            remove_label(world, repository, number, name, actor)
    return add_labels(world, repository, number, wanted, actor)


def create_label(
    world: World, repository: Repository, *, name: str, color: str, description: str | None, actor: str
) -> Label:
    if name.lower() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    label = Label(id=world.next_id(), name=name, color=color, description=description)
    repository.labels[name.lower()] = label
    world.tell(repository, "label", "created", actor, {"label": payloads.label(world, repository, label)})
    return label


def find_or_make_label(world: World, repository: Repository, name: str, actor: str) -> Label:
    known = repository.labels.get(name.lower())
    return known or create_label(world, repository, name=name, color="ededed", description=None, actor=actor)


def lock_issue(world: World, repository: Repository, number: int, actor: str, *, locked: bool = True) -> None:
    issue = _replace(world, repository, repository.issue(number), locked=locked)
    record(world, repository, issue, "locked" if locked else "unlocked", actor)
    tell(world, repository, issue, "locked" if locked else "unlocked", actor)


def add_comment(world: World, repository: Repository, number: int, author: str, body: str) -> Comment:
    issue = repository.issue(number)
    check_may_speak(repository, issue, author)
    check_text("IssueComment", body=body)
    if not body.strip():
        raise invalid("IssueComment", "data", "unprocessable", "Body cannot be blank")
    now = world.now()
    comment = Comment(id=world.next_id(), number=number, author=author, body=body, created_at=now, updated_at=now)
    repository.comments[comment.id] = comment
    make_stale(world, repository, "comments", comment.id)
    notifications.commented(world, repository, number, actor=author, text=body)
    _replace(world, repository, issue)
    _tell_comment(world, repository, comment, "created", author)
    return comment


def edit_comment(world: World, repository: Repository, comment_id: int, actor: str, body: str) -> Comment:
    before = repository.comment(comment_id)
    check_text("IssueComment", body=body)
    comment = replace(before, body=body, updated_at=world.now())
    repository.comments[comment_id] = comment
    _tell_comment(world, repository, comment, "edited", actor, changes={"body": {"from": before.body}})
    return comment


def delete_comment(world: World, repository: Repository, comment_id: int, actor: str) -> None:
    comment = repository.comment(comment_id)
    del repository.comments[comment_id]
    _tell_comment(world, repository, comment, "deleted", actor)


def react(
    world: World, repository: Repository, subject: tuple[str, int], author: str, content: str
) -> tuple[Reaction, bool]:
    """The reaction, and whether it is new: each account reacts once in each way. GitHub sends no webhook for it."""
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    for known in repository.reactions_to(subject):
        if (known.author, known.content) == (author, content):
            return known, False
    reaction = Reaction(id=world.next_id(), subject=subject, author=author, content=content, created_at=world.now())
    repository.reactions[reaction.id] = reaction
    return reaction, True


def make_stale(world: World, repository: Repository, kind: str, key: int) -> None:
    """Let a fault hide what has just been made from the next listings."""
    fault = world.faults.take(StaleReads, kind)
    if fault is not None:
        repository.stale[kind, key] = fault.reads


def check_text(resource: str, *, body: str | None, title: str | None = None) -> None:
    if title is not None and not title.strip():
        raise invalid(resource, "title", "missing_field")
    if title is not None and len(title) > TITLE_LIMIT:
        raise invalid(resource, "title", "custom", f"title is too long (maximum is {TITLE_LIMIT} characters)")
    if body is not None and len(body) > BODY_LIMIT:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")


def not_found_label() -> Exception:
    refusal = not_found()
    refusal.message = "Label does not exist"
    return refusal


def record(
    world: World,
    repository: Repository,
    issue: Issue,
    kind: str,
    actor: str,
    *,
    label: Label | None = None,
    renamed: tuple[str, str] | None = None,
    state_reason: str | None = None,
    commit: str | None = None,
    person: str | None = None,
    team: Team | None = None,
) -> None:
    """Write a line into an issue's history."""
    event = Event(
        id=world.next_id(),
        number=issue.number,
        kind=kind,
        actor=actor,
        created_at=world.now(),
        label=label,
        renamed=renamed,
        state_reason=state_reason,
        commit=commit,
        person=person,
        team=team,
    )
    repository.events.append(event)


def _replace(
    world: World, repository: Repository, issue: Issue, **changes: str | datetime | tuple[str, ...] | bool | None
) -> Issue:
    changed: Issue = replace(issue, updated_at=world.now(), **changes)  # type: ignore[arg-type] # names of its fields
    repository.issues[issue.number] = changed
    return changed


def _record_label(world: World, repository: Repository, issue: Issue, label: Label, *, action: str, actor: str) -> None:
    record(world, repository, issue, action, actor, label=label)
    tell(world, repository, issue, action, actor, label=payloads.label(world, repository, label))


def tell(world: World, repository: Repository, issue: Issue, action: str, actor: str, **parts: Any) -> None:
    """Send `issues.*`, or for a pull request `pull_request.*`."""
    if isinstance(issue, PullRequest):
        body: Json = {"number": issue.number, "pull_request": payloads.pull_request(world, repository, issue)}
        world.tell(repository, "pull_request", action, actor, {**body, **parts})
    else:
        world.tell(repository, "issues", action, actor, {"issue": payloads.issue(world, repository, issue), **parts})


def _tell_comment(
    world: World, repository: Repository, comment: Comment, action: str, actor: str, **parts: Any
) -> None:
    issue = payloads.issue(world, repository, repository.issue(comment.number))
    body = {"issue": issue, "comment": payloads.comment(world, repository, comment), **parts}
    world.tell(repository, "issue_comment", action, actor, body)
