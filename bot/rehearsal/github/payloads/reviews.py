"""Reviews and comments on lines, in GitHub's JSON."""

from __future__ import annotations

from bot.rehearsal.github.payloads.accounts import user
from bot.rehearsal.github.payloads.issues import reactions
from bot.rehearsal.github.payloads.repositories import association, repository_url
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import Review, ReviewComment
from bot.rehearsal.github.world import Json, Repository, World


def review(world: World, shown: Repository, item: Review) -> Json:
    pull = f"{repository_url(world, shown)}/pulls/{item.number}"
    web = f"{world.web_url}/{shown.full_name}/pull/{item.number}#pullrequestreview-{item.id}"
    return {
        "id": item.id,
        "node_id": node_id("PRR", item.id),
        "user": user(world, item.author),
        "body": item.body,
        "state": item.state,
        "html_url": web,
        "pull_request_url": pull,
        "author_association": association(shown, item.author),
        "_links": {"html": {"href": web}, "pull_request": {"href": pull}},
        "submitted_at": moment(item.submitted_at),
        "commit_id": item.commit,
    }


def review_comment(world: World, shown: Repository, item: ReviewComment) -> Json:
    """After a push that changed the file, GitHub knows the line of then alone."""
    api = repository_url(world, shown)
    url, pull = f"{api}/pulls/comments/{item.id}", f"{api}/pulls/{item.number}"
    web = f"{world.web_url}/{shown.full_name}/pull/{item.number}#discussion_r{item.id}"
    position = item.hunk.count("\n")
    outdated = _is_outdated(shown, item)
    payload: Json = {
        "url": url,
        "pull_request_review_id": item.review,
        "id": item.id,
        "node_id": node_id("PRRC", item.id),
        "diff_hunk": item.hunk,
        "path": item.path,
        "position": None if outdated else position,
        "original_position": position,
        "commit_id": shown.pull_request(item.number).head_sha,
        "original_commit_id": item.commit,
        "user": user(world, item.author),
        "body": item.body,
        "created_at": moment(item.created_at),
        "updated_at": moment(item.updated_at),
        "html_url": web,
        "pull_request_url": pull,
        "author_association": association(shown, item.author),
        "_links": {"self": {"href": url}, "html": {"href": web}, "pull_request": {"href": pull}},
        "start_line": None,
        "original_start_line": None,
        "start_side": None,
        "line": None if outdated else item.line,
        "original_line": item.line,
        "side": "RIGHT",
        "subject_type": "line",
        "reactions": reactions(shown, ("review comment", item.id), url),
    }
    return payload if item.thread == item.id else {**payload, "in_reply_to_id": item.thread}


def _is_outdated(shown: Repository, item: ReviewComment) -> bool:
    head = shown.pull_request(item.number).head_sha
    if head == item.commit:
        return False
    return any(file.path == item.path for file in shown.git.changed_files(item.commit, head))
