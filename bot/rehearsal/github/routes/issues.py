"""Issues, their comments, reactions and history."""

from __future__ import annotations

import zlib
from datetime import datetime

from bot.rehearsal.github import issues, payloads, pulls
from bot.rehearsal.github.access import Need, role_of
from bot.rehearsal.github.conversations import check_may_speak
from bot.rehearsal.github.records import Comment, Issue, Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import Refused, not_found

_KINDS = ("issues", "pull_requests")  # either permission serves for what issues and pull requests share
READ = Need(permissions=_KINDS)
TALK = Need(permissions=_KINDS, level="write")
_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"


@route("GET", "/repos/{owner}/{repo}/issues", READ)
def list_issues(call: ApiCall) -> Reply:
    """Pull requests are among them, as on GitHub."""
    shown = [issue for issue in call.repository.issues.values() if _is_wanted(call, issue)]
    key = {"updated": "updated_at", "comments": "number"}.get(call.query.get("sort", ""), "created_at")
    ordered = sorted(shown, key=lambda issue: (getattr(issue, key), _order_of_ties(issue.number, key)))
    if call.query.get("direction", "desc") != "asc":
        ordered.reverse()
    return call.page(ordered, lambda issue: _list_issue(call, issue))


@route("POST", "/repos/{owner}/{repo}/issues", Need(permissions=("issues",), level="write"))
def create_issue(call: ApiCall) -> Reply:
    """Labels given without triage rights are ignored, as on GitHub."""
    trusted = role_of(call.actor, call.repository) >= Role.TRIAGE
    _refuse_assignees(call)
    issue = issues.open_issue(
        call.world,
        call.repository,
        title=text(call.body, "title"),
        body=call.body.get("body"),
        author=call.login,
        labels=_names(call.body.get("labels", [])) if trusted else (),
    )
    body = payloads.issue(call.world, call.repository, issue)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("GET", _ISSUE, READ)
def get_issue(call: ApiCall) -> Reply:
    return _show(call, call.repository.issue(call.number("issue_number")))


@route("PATCH", _ISSUE, TALK)
def update_issue(call: ApiCall) -> Reply:
    number, world, repository = call.number("issue_number"), call.world, call.repository
    trusted = role_of(call.actor, repository) >= Role.TRIAGE
    if not trusted and repository.issue(number).author != call.login:
        raise Refused(403, "Must have admin rights to Repository.")
    _refuse_assignees(call)
    texts = {name: call.body[name] for name in ("title", "body") if name in call.body}
    if texts:
        issues.edit_issue(world, repository, number, call.login, **texts)
    if "labels" in call.body and trusted:
        issues.set_labels(world, repository, number, _names(call.body["labels"]), call.login)
    if call.body.get("state") == "closed":
        reason = call.body.get("state_reason") or "completed"
        issues.close_issue(world, repository, number, call.login, reason)
    elif call.body.get("state") == "open":
        pulls.reopen(world, repository, number, call.login)
    return _show(call, repository.issue(number))


@route("GET", f"{_ISSUE}/comments", READ)
def list_comments(call: ApiCall) -> Reply:
    number = call.repository.issue(call.number("issue_number")).number
    return _comments(call, [comment for comment in call.repository.comments.values() if comment.number == number])


@route("GET", "/repos/{owner}/{repo}/issues/comments", READ)
def list_all_comments(call: ApiCall) -> Reply:
    key = "updated_at" if call.query.get("sort") == "updated" else "created_at"
    ordered = sorted(
        call.repository.comments.values(), key=lambda item: (getattr(item, key), _order_of_ties(item.id, key))
    )
    if "sort" in call.query and call.query.get("direction", "desc") != "asc":
        ordered.reverse()
    return _comments(call, ordered)


@route("POST", f"{_ISSUE}/comments", TALK)
def create_comment(call: ApiCall) -> Reply:
    number = call.number("issue_number")
    comment = issues.add_comment(call.world, call.repository, number, call.login, text(call.body, "body"))
    body = payloads.comment(call.world, call.repository, comment)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("GET", _COMMENT, READ)
def get_comment(call: ApiCall) -> Reply:
    comment = call.repository.comment(call.number("comment_id"))
    return Reply(body=payloads.comment(call.world, call.repository, comment))


@route("PATCH", _COMMENT, TALK)
def update_comment(call: ApiCall) -> Reply:
    comment_id = _own_comment(call)
    comment = issues.edit_comment(call.world, call.repository, comment_id, call.login, text(call.body, "body"))
    return Reply(body=payloads.comment(call.world, call.repository, comment))


@route("DELETE", _COMMENT, TALK)
def delete_comment(call: ApiCall) -> Reply:
    issues.delete_comment(call.world, call.repository, _own_comment(call), call.login)
    return Reply(status=204)


@route("GET", f"{_ISSUE}/reactions", READ)
def list_issue_reactions(call: ApiCall) -> Reply:
    return _reactions(call, ("issue", call.repository.issue(call.number("issue_number")).number))


@route("POST", f"{_ISSUE}/reactions", TALK)
def react_to_issue(call: ApiCall) -> Reply:
    return _react(call, ("issue", call.repository.issue(call.number("issue_number")).number))


@route("DELETE", f"{_ISSUE}/reactions/{{reaction_id}}", TALK)
def take_back_issue_reaction(call: ApiCall) -> Reply:
    return _take_back(call, ("issue", call.number("issue_number")))


@route("GET", f"{_COMMENT}/reactions", READ)
def list_comment_reactions(call: ApiCall) -> Reply:
    return _reactions(call, ("comment", call.repository.comment(call.number("comment_id")).id))


@route("POST", f"{_COMMENT}/reactions", TALK)
def react_to_comment(call: ApiCall) -> Reply:
    return _react(call, ("comment", call.repository.comment(call.number("comment_id")).id))


@route("DELETE", f"{_COMMENT}/reactions/{{reaction_id}}", TALK)
def take_back_comment_reaction(call: ApiCall) -> Reply:
    return _take_back(call, ("comment", call.number("comment_id")))


@route("GET", f"{_ISSUE}/events", READ)
def list_events(call: ApiCall) -> Reply:
    number = call.repository.issue(call.number("issue_number")).number
    history = [event for event in call.repository.events if event.number == number]
    return call.page(history, lambda event: payloads.event(call.world, call.repository, event))


@route("GET", f"{_ISSUE}/timeline", READ)
def list_timeline(call: ApiCall) -> Reply:
    """Events and comments in the order in which they came."""
    number = call.repository.issue(call.number("issue_number")).number
    events = [(event.created_at, event.id, event) for event in call.repository.events if event.number == number]
    said = [(comment.created_at, comment.id, comment) for comment in call.repository.comments_on(number)]
    lines = sorted([*events, *said], key=lambda line: line[:2])
    return call.page(lines, lambda line: _line(call, line[2]))


def _list_issue(call: ApiCall, issue: Issue) -> object:
    shown = payloads.issue(call.world, call.repository, issue)
    left_out = () if call.world.lists_counts else ("issue_dependencies_summary", "sub_issues_summary")
    return {name: value for name, value in shown.items() if name not in left_out}


def _refuse_assignees(call: ApiCall) -> None:
    if call.body.get("assignees") or call.body.get("assignee"):
        raise Refused(422, "The simulation takes assignees by their own operation alone.")


def _line(call: ApiCall, item: object) -> object:
    if isinstance(item, Comment):
        comment = payloads.comment(call.world, call.repository, item)
        return {**comment, "event": "commented", "actor": comment["user"]}
    return payloads.event(call.world, call.repository, item)  # type: ignore[arg-type]  # the only other kind of line


def _show(call: ApiCall, issue: Issue) -> Reply:
    return Reply(body=payloads.issue(call.world, call.repository, issue))


def _names(labels: list[object]) -> list[str]:
    """Labels come as names or as objects with one."""
    return [str(label["name"]) if isinstance(label, dict) else str(label) for label in labels]


def _is_wanted(call: ApiCall, issue: Issue) -> bool:
    query = call.query
    labels = {name.lower() for name in query.get("labels", "").split(",") if name}
    return (
        query.get("state", "open") in ("all", issue.state)
        and labels <= {name.lower() for name in issue.labels}
        and query.get("creator", issue.author).lower() == issue.author.lower()
        and _is_recent(call, issue.updated_at)
    )


def _order_of_ties(number: int, key: str) -> int:
    """GitHub promises no order for what was updated in the same second: any order but that of the numbers."""
    return number if key != "updated_at" else zlib.crc32(str(number).encode())


def _is_recent(call: ApiCall, updated_at: datetime) -> bool:
    since = call.since()
    return since is None or updated_at >= since


def _is_newer(call: ApiCall, updated_at: datetime) -> bool:
    """Documented as "updated after the given time": for comments, taken as not listing what changed in that second."""
    since = call.since()
    return since is None or updated_at > since


def _comments(call: ApiCall, comments: list[Comment]) -> Reply:
    """GitHub lists what was *updated* since, in both of its listings of comments."""
    fresh = [
        comment
        for comment in comments
        if _is_newer(call, comment.updated_at) and not call.world.hidden(call.repository, "comments", comment.id)
    ]
    return call.page(fresh, lambda comment: payloads.comment(call.world, call.repository, comment))


def _own_comment(call: ApiCall) -> int:
    comment = call.repository.comment(call.number("comment_id"))
    if comment.author != call.login and role_of(call.actor, call.repository) < Role.WRITE:
        raise Refused(403, "Must have admin rights to Repository.")
    return comment.id


def _reactions(call: ApiCall, subject: tuple[str, int]) -> Reply:
    wanted = call.query.get("content")
    shown = [item for item in call.repository.reactions_to(subject) if wanted in (None, item.content)]
    return call.page(shown, lambda item: payloads.reaction(call.world, item))


def _react(call: ApiCall, subject: tuple[str, int]) -> Reply:
    content = text(call.body, "content")
    check_may_speak(call.repository, call.repository.issue(_number_of(call, subject)), call.login, "create reaction")
    reaction, new = issues.react(call.world, call.repository, subject, call.login, content)
    return Reply(status=201 if new else 200, body=payloads.reaction(call.world, reaction))


def _number_of(call: ApiCall, subject: tuple[str, int]) -> int:
    kind, identity = subject
    return identity if kind == "issue" else call.repository.comment(identity).number


def _take_back(call: ApiCall, subject: tuple[str, int]) -> Reply:
    reaction = call.repository.reactions.get(call.number("reaction_id"))
    if reaction is None or reaction.subject != subject:
        raise not_found()
    if reaction.author != call.login:
        raise Refused(403, "Must have admin rights to Repository.")
    del call.repository.reactions[reaction.id]
    return Reply(status=204)
