"""Reviews of pull requests, comments on their lines, and reactions to these."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from bot.rehearsal.github import issues, payloads, reviews
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import ReviewComment, Role
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import Json, Refused

_READ = Need(permissions=("pull_requests",))
_TALK = Need(permissions=("pull_requests",), level="write")
_WRITE = Need(permissions=("pull_requests",), level="write", role=Role.WRITE)
_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"


@route("GET", f"{_PULL}/reviews", _READ)
def list_reviews(call: ApiCall) -> Reply:
    """In the order in which they were submitted."""
    found = call.repository.reviews_of(_pull(call))
    return call.page(found, lambda review: payloads.review(call.world, call.repository, review))


@route("POST", f"{_PULL}/reviews", _TALK)
def create_review(call: ApiCall) -> Reply:
    if "event" not in call.body:
        raise Refused(422, "The simulation has no pending reviews.")
    comments = [_on_line(each) for each in call.body.get("comments", [])]
    review = reviews.submit_review(
        call.world,
        call.repository,
        _pull(call),
        call.login,
        event=text(call.body, "event"),
        body=text(call.body, "body"),
        comments=comments,
    )
    return Reply(body=payloads.review(call.world, call.repository, review))


@route("GET", f"{_PULL}/reviews/{{review_id}}", _READ)
def get_review(call: ApiCall) -> Reply:
    review = call.repository.review(_pull(call), call.number("review_id"))
    return Reply(body=payloads.review(call.world, call.repository, review))


@route("PUT", f"{_PULL}/reviews/{{review_id}}/dismissals", _WRITE)
def dismiss_review(call: ApiCall) -> Reply:
    review = reviews.dismiss(call.world, call.repository, _pull(call), call.number("review_id"), call.login)
    return Reply(body=payloads.review(call.world, call.repository, review))


@route("GET", f"{_PULL}/reviews/{{review_id}}/comments", _READ)
def list_comments_of_review(call: ApiCall) -> Reply:
    review = call.repository.review(_pull(call), call.number("review_id"))
    found = [each for each in call.repository.review_comments_on(review.number) if each.review == review.id]
    return call.page(found, lambda each: _of_review(call, each))


@route("GET", f"{_PULL}/comments", _READ)
def list_review_comments(call: ApiCall) -> Reply:
    return _comments(call, call.repository.review_comments_on(_pull(call)))


@route("GET", "/repos/{owner}/{repo}/pulls/comments", _READ)
def list_all_review_comments(call: ApiCall) -> Reply:
    return _comments(call, call.repository.review_comments.values())


@route("POST", f"{_PULL}/comments", _TALK)
def create_review_comment(call: ApiCall) -> Reply:
    comment = reviews.comment_on_line(call.world, call.repository, _pull(call), call.login, _on_line(call.body))
    return _make(call, comment)


@route("POST", f"{_PULL}/comments/{{comment_id}}/replies", _TALK)
def reply_to_review_comment(call: ApiCall) -> Reply:
    number, comment = _pull(call), call.number("comment_id")
    said = reviews.reply(call.world, call.repository, number, comment, author=call.login, body=text(call.body, "body"))
    return _make(call, said)


@route("GET", _COMMENT, _READ)
def get_review_comment(call: ApiCall) -> Reply:
    comment = call.repository.review_comment(call.number("comment_id"))
    return Reply(body=payloads.review_comment(call.world, call.repository, comment))


@route("GET", f"{_COMMENT}/reactions", _READ)
def list_reactions(call: ApiCall) -> Reply:
    found = call.repository.reactions_to(_subject(call))
    return call.page(found, lambda item: payloads.reaction(call.world, item))


@route("POST", f"{_COMMENT}/reactions", _TALK)
def react_to_review_comment(call: ApiCall) -> Reply:
    content = text(call.body, "content")
    reaction, new = issues.react(call.world, call.repository, _subject(call), call.login, content)
    return Reply(status=201 if new else 200, body=payloads.reaction(call.world, reaction))


def _pull(call: ApiCall) -> int:
    return call.repository.pull_request(call.number("pull_number")).number


def _subject(call: ApiCall) -> tuple[str, int]:
    return "review comment", call.repository.review_comment(call.number("comment_id")).id


def _on_line(given: Json) -> OnLine:
    if "line" not in given or "path" not in given:
        raise Refused(422, "The simulation takes comments on a line of a file alone.")
    return OnLine(path=str(given["path"]), line=int(given["line"]), body=text(given, "body"))


def _make(call: ApiCall, comment: ReviewComment) -> Reply:
    body = payloads.review_comment(call.world, call.repository, comment)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


def _of_review(call: ApiCall, comment: ReviewComment) -> Json:
    """This listing knows no lines: GitHub gives the places in the diff alone."""
    shown = payloads.review_comment(call.world, call.repository, comment)
    return {name: value for name, value in shown.items() if "line" not in name and "side" not in name}


def _comments(call: ApiCall, comments: Iterable[ReviewComment]) -> Reply:
    """By their ids, unless another order is asked for. What changed in the second of `since` is left out."""
    since, updated = call.since(), call.query.get("sort") == "updated"
    fresh = [each for each in comments if since is None or each.updated_at > since]
    if "sort" in call.query:
        fresh.sort(
            key=lambda each: (each.updated_at if updated else each.created_at, zlib.crc32(str(each.id).encode()))
        )
        if call.query.get("direction", "desc") != "asc":
            fresh.reverse()
    return call.page(fresh, lambda each: payloads.review_comment(call.world, call.repository, each))
