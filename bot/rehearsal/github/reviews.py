"""What people do with pull requests in review: submit reviews, comment on lines, answer, resolve threads.

Every function is called under the world's lock and raises `Refused` for what GitHub would refuse. A webhook about a
pull request asks git, which releases the lock: the state is changed before one is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.rehearsal.github import notifications, payloads
from bot.rehearsal.github.diffs import lines
from bot.rehearsal.github.issues import check_text
from bot.rehearsal.github.records import PullRequest, Review, ReviewComment
from bot.rehearsal.github.requested import fulfil_requests
from bot.rehearsal.github.world import Json, Refused, Repository, World, invalid

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_OPINIONS = ("APPROVED", "CHANGES_REQUESTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLine:
    """A comment to be made on a line of a file, as it is on the head of the pull request."""

    path: str
    line: int
    body: str


def submit_review(
    world: World,
    repository: Repository,
    number: int,
    author: str,
    *,
    event: str,
    body: str = "",
    comments: Sequence[OnLine] = (),
) -> Review:
    """`event` is a key of STATES. Anybody who may read may review; an author can only comment."""
    pull = repository.pull_request(number)
    if pull.author == author and event != "COMMENT":
        what = "approve" if event == "APPROVE" else "request changes on"
        raise Refused(422, "Unprocessable Entity", errors=[f"Can not {what} your own pull request"])  # type: ignore[list-item] # GitHub sends texts here
    if event != "APPROVE" and not body.strip() and not (event == "COMMENT" and comments):
        raise Refused(422, "Unprocessable Entity", errors=["Could not create review: body is required"])  # type: ignore[list-item]
    check_text("PullRequestReview", body=body)
    hunks = [_hunk(repository, pull, each) for each in comments]
    review = _keep_review(world, repository, pull, author, state=STATES[event], body=body)
    fulfil_requests(world, repository, number, author)
    made = [_keep_comment(world, repository, review, each, hunk) for each, hunk in zip(comments, hunks, strict=True)]
    texts = (body, *(each.body for each in comments))
    _touch(world, repository, number)
    notifications.reviewed(world, repository, number, actor=author, texts=texts)
    _tell_review(world, repository, review, "submitted", author)
    for comment in made:
        _tell_comment(world, repository, comment, author)
    return review


def comment_on_line(world: World, repository: Repository, number: int, author: str, comment: OnLine) -> ReviewComment:
    """A single comment is a review by itself, as on GitHub."""
    pull = repository.pull_request(number)
    check_text("PullRequestReviewComment", body=comment.body)
    hunk = _hunk(repository, pull, comment)
    review = _keep_review(world, repository, pull, author, state="COMMENTED", body="")
    made = _keep_comment(world, repository, review, comment, hunk)
    _touch(world, repository, number)
    notifications.reviewed(world, repository, number, actor=author, texts=(comment.body,))
    _tell_review(world, repository, review, "submitted", author)
    _tell_comment(world, repository, made, author)
    return made


def reply(
    world: World, repository: Repository, number: int, comment_id: int, *, author: str, body: str
) -> ReviewComment:
    """Answer the first comment of a thread: GitHub takes no replies to replies."""
    first = repository.review_comment(comment_id)
    if first.number != number or first.thread != first.id:
        raise invalid("PullRequestReviewComment", "in_reply_to", "invalid")
    check_text("PullRequestReviewComment", body=body)
    if not body.strip():
        raise invalid("PullRequestReviewComment", "body", "missing_field")
    review = _keep_review(world, repository, repository.pull_request(number), author, state="COMMENTED", body="")
    now = world.now()
    made = replace(
        first, id=world.next_id(), review=review.id, author=author, body=body, created_at=now, updated_at=now
    )
    repository.review_comments[made.id] = made
    _touch(world, repository, number)
    notifications.reviewed(world, repository, number, actor=author, texts=(body,))
    _tell_review(world, repository, review, "submitted", author)
    _tell_comment(world, repository, made, author)
    return made


def dismiss(world: World, repository: Repository, number: int, review_id: int, actor: str) -> Review:
    before = repository.review(number, review_id)
    if before.state not in _OPINIONS:
        raise Refused(422, f"Can not dismiss a {before.state.lower()} pull request review")
    review = repository.reviews[review_id] = replace(before, state="DISMISSED")
    _touch(world, repository, number)
    _tell_review(world, repository, review, "dismissed", actor)
    return review


def resolve(world: World, repository: Repository, comment_id: int, actor: str, *, resolved: bool = True) -> None:
    """Mark the thread of a comment as resolved, or as not resolved. The REST API cannot."""
    thread = repository.review_comment(comment_id).thread
    if (thread in repository.resolved) == resolved:
        return
    repository.resolved ^= {thread}
    number = repository.review_comments[thread].number
    comments = [each for each in repository.review_comments_on(number) if each.thread == thread]
    shown = [payloads.review_comment(world, repository, each) for each in comments]
    action = "resolved" if resolved else "unresolved"
    payload = {"node_id": payloads.node_id("PRRT", thread), "comments": shown}
    _tell(world, repository, number, f"pull_request_review_thread.{action}", actor, thread=payload)


def _keep_review(
    world: World, repository: Repository, pull: PullRequest, author: str, *, state: str, body: str
) -> Review:
    now = world.now()
    review = Review(
        id=world.next_id(),
        number=pull.number,
        author=author,
        state=state,
        body=body,
        commit=pull.head_sha,
        submitted_at=now,
    )
    repository.reviews[review.id] = review
    return review


def _keep_comment(world: World, repository: Repository, review: Review, comment: OnLine, hunk: str) -> ReviewComment:
    now, identity = world.now(), world.next_id()
    made = ReviewComment(
        id=identity,
        number=review.number,
        review=review.id,
        thread=identity,
        author=review.author,
        body=comment.body,
        path=comment.path,
        line=comment.line,
        hunk=hunk,
        commit=review.commit,
        created_at=now,
        updated_at=now,
    )
    repository.review_comments[identity] = made
    return made


def _hunk(repository: Repository, pull: PullRequest, comment: OnLine) -> str:
    """The hunk of the diff up to the line, as GitHub shows it above the comment."""
    changed = repository.git.changed_files(pull.base_sha, pull.head_sha)
    patch = next((file.patch for file in changed if file.path == comment.path), None)
    if patch is None:
        raise invalid("PullRequestReviewComment", "pull_request_review_thread.path", "invalid")
    hunk: list[str] = []
    for line in lines(patch):
        if line.kind == "hunk":
            hunk = []
        sign = {"added": "+", "removed": "-", "same": " "}.get(line.kind, "")
        hunk.append(f"{sign}{line.text}")
        if line.new == comment.line:
            return "\n".join(hunk)
    raise invalid("PullRequestReviewComment", "pull_request_review_thread.line", "invalid")


def _touch(world: World, repository: Repository, number: int) -> None:
    repository.issues[number] = replace(repository.issues[number], updated_at=world.now())


def _tell_review(world: World, repository: Repository, review: Review, action: str, actor: str) -> None:
    shown = {**payloads.review(world, repository, review), "state": review.state.lower()}
    _tell(world, repository, review.number, f"pull_request_review.{action}", actor, review=shown)


def _tell_comment(world: World, repository: Repository, comment: ReviewComment, actor: str) -> None:
    shown = payloads.review_comment(world, repository, comment)
    _tell(world, repository, comment.number, "pull_request_review_comment.created", actor, comment=shown)


def _tell(world: World, repository: Repository, number: int, what: str, actor: str, **parts: Json) -> None:
    """`what`: the event and its action."""
    event, _, action = what.partition(".")
    pull = payloads.pull_request_simple(world, repository, repository.pull_request(number))
    world.tell(repository, event, action, actor, {"pull_request": pull, **parts})
