"""Issues, pull requests and comments, in GitHub's JSON."""

from __future__ import annotations

from collections import Counter

from bot.rehearsal.github.payloads.accounts import team, user
from bot.rehearsal.github.payloads.repositories import association, label, repository, repository_url
from bot.rehearsal.github.payloads.stacks import membership
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import Comment, Event, Issue, PullRequest, Reaction
from bot.rehearsal.github.related import summaries
from bot.rehearsal.github.world import Json, Repository, World

_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")


def issue(world: World, shown: Repository, item: Issue) -> Json:
    api = f"{repository_url(world, shown)}/issues/{item.number}"
    kind = "pull" if isinstance(item, PullRequest) else "issues"
    payload: Json = {
        **_show_common(world, shown, item),
        "url": api,
        "repository_url": repository_url(world, shown),
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "timeline_url": f"{api}/timeline",
        "html_url": f"{world.web_url}/{shown.full_name}/{kind}/{item.number}",
        "id": item.id,
        "node_id": node_id("I", item.id),
        "comments": len(shown.comments_on(item.number)),
        "state_reason": item.state_reason,
        "type": None,
        "performed_via_github_app": None,
        "closed_by": None if item.closed_by is None else user(world, item.closed_by),
        "reactions": reactions(shown, ("issue", item.number), api),
        **summaries(world, item),
    }
    if isinstance(item, PullRequest):
        merged_at = None if item.merged_at is None else moment(item.merged_at)
        links = {**_pull_links(world, shown, item), "merged_at": merged_at}
        payload |= {"draft": item.draft, "pull_request": links}
    return payload


def pull_request(world: World, shown: Repository, item: PullRequest) -> Json:
    """A pull request whole, with its size, as GET of one and webhooks have it."""
    changed = shown.git.changed_files(item.base_sha, item.head_sha)
    return {
        **pull_request_simple(world, shown, item),
        "merged": item.merged_at is not None,
        "mergeable": None,  # GitHub works it out later, for the next request of this pull request
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None if item.merged_by is None else user(world, item.merged_by),
        "comments": len(shown.comments_on(item.number)),
        "review_comments": len(shown.review_comments_on(item.number)),
        "maintainer_can_modify": False,
        "commits": len(shown.git.commits(f"{item.base_sha}..{item.head_sha}")),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }


def pull_request_simple(world: World, shown: Repository, item: PullRequest) -> Json:
    api, issue_api = _pull_url(world, shown, item), f"{repository_url(world, shown)}/issues/{item.number}"
    links = {
        "self": api,
        "html": f"{world.web_url}/{shown.full_name}/pull/{item.number}",
        "issue": issue_api,
        "comments": f"{issue_api}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{repository_url(world, shown)}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{repository_url(world, shown)}/statuses/{item.head_sha}",
    }
    return {
        **_show_common(world, shown, item),
        **_pull_links(world, shown, item),
        **{f"{name}_url": url for name, url in links.items() if name not in ("self", "html")},
        "_links": {name: {"href": url} for name, url in links.items()},
        "id": item.pull_id,
        "node_id": node_id("PR", item.pull_id),
        "draft": item.draft,
        "head": _end(world, shown, item.head, item.head_sha),
        "base": _end(world, shown, item.base, item.base_sha),
        "merge_commit_sha": item.merge_sha,
        "merged_at": None if item.merged_at is None else moment(item.merged_at),
        "auto_merge": None,
        **membership(shown, item),
        "requested_reviewers": [user(world, login) for login in item.reviewers],
        "requested_teams": [team(world, found) for slug in item.teams if (found := world.team(shown.owner, slug))],
    }


def comment(world: World, shown: Repository, item: Comment) -> Json:
    api = f"{repository_url(world, shown)}/issues"
    kind = "pull" if isinstance(shown.issues.get(item.number), PullRequest) else "issues"
    return {
        "url": f"{api}/comments/{item.id}",
        "html_url": f"{world.web_url}/{shown.full_name}/{kind}/{item.number}#issuecomment-{item.id}",
        "issue_url": f"{api}/{item.number}",
        "id": item.id,
        "node_id": node_id("IC", item.id),
        "user": user(world, item.author),
        "created_at": moment(item.created_at),
        "updated_at": moment(item.updated_at),
        "author_association": association(shown, item.author),
        "body": item.body,
        "reactions": reactions(shown, ("comment", item.id), f"{api}/comments/{item.id}"),
        "performed_via_github_app": None,
    }


def reactions(shown: Repository, subject: tuple[str, int], url: str) -> Json:
    counts = Counter(reaction.content for reaction in shown.reactions_to(subject))
    return {
        "url": f"{url}/reactions",
        "total_count": counts.total(),
        **{content: counts[content] for content in _REACTIONS},
    }


def reaction(world: World, item: Reaction) -> Json:
    return {
        "id": item.id,
        "node_id": node_id("RE", item.id),
        "user": user(world, item.author),
        "content": item.content,
        "created_at": moment(item.created_at),
    }


def event(world: World, shown: Repository, item: Event) -> Json:
    payload: Json = {
        "id": item.id,
        "node_id": node_id("EV", item.id),
        "url": f"{repository_url(world, shown)}/issues/events/{item.id}",
        "actor": user(world, item.actor),
        "event": item.kind,
        "commit_id": item.commit,
        "commit_url": None,
        "created_at": moment(item.created_at),
        "performed_via_github_app": None,
    }
    if item.label is not None:
        payload["label"] = {"name": item.label.name, "color": item.label.color}
    if item.renamed is not None:
        payload["rename"] = dict(zip(("from", "to"), item.renamed, strict=True))
    if item.kind in ("closed", "reopened"):
        payload["state_reason"] = item.state_reason
    return payload | _list_asked(world, item)


def _list_asked(world: World, item: Event) -> Json:
    """Who was assigned or asked for a review, and by whom."""
    if item.kind in ("assigned", "unassigned") and item.person is not None:
        return {"assignee": user(world, item.person), "assigner": user(world, item.actor)}
    if item.team is not None:
        return {"requested_team": team(world, item.team), "review_requester": user(world, item.actor)}
    if item.person is not None:
        return {"requested_reviewer": user(world, item.person), "review_requester": user(world, item.actor)}
    return {}


def _show_common(world: World, shown: Repository, item: Issue) -> Json:
    """What an issue and a pull request have in common."""
    return {
        "number": item.number,
        "title": item.title,
        "body": item.body,
        "user": user(world, item.author),
        "labels": [label(world, shown, shown.labels[name.lower()]) for name in item.labels],
        "state": item.state,
        "locked": item.locked,
        "active_lock_reason": None,
        "assignee": user(world, item.assignees[0]) if item.assignees else None,
        "assignees": [user(world, login) for login in item.assignees],
        "milestone": None,
        "author_association": association(shown, item.author),
        "created_at": moment(item.created_at),
        "updated_at": moment(item.updated_at),
        "closed_at": None if item.closed_at is None else moment(item.closed_at),
    }


def _pull_url(world: World, shown: Repository, item: PullRequest) -> str:
    return f"{repository_url(world, shown)}/pulls/{item.number}"


def _pull_links(world: World, shown: Repository, item: PullRequest) -> Json:
    web = f"{world.web_url}/{shown.full_name}/pull/{item.number}"
    return {
        "url": _pull_url(world, shown, item),
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
    }


def _end(world: World, shown: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{shown.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(world, shown.owner),
        "repo": repository(world, shown),
    }
